"""The peers: gateways of others, installed outside the repository by npm, and started as their manuals say.

`npm install grafbase @graphql-hive/gateway @graphql-hive/router-runtime` in a folder of one's own, named by `--peers`.
What is not there is not measured, and the table says so. De-duplication of requests under way is off in each: the
benchmark repeats one question, and would measure that it is repeated.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from benchmarks.federation.subgraphs import subgraphs_of
from benchmarks.servers import free_port, running

_HIVE_CONFIG: Final = """\
export const gatewayConfig = {
  logging: 'error',
  inboundInflightRequestDeduplication: false,
  transportEntries: { '*.http': { options: { deduplicateInflightRequests: false } } },
};
"""
_GRAFBASE_CONFIG: Final = "[graph]\nintrospection = false\n"


@dataclass(frozen=True, slots=True)
class Peer:
    """One peer. `processes` is 0 where its threads use every core; `start` makes it serve a supergraph from a folder
    of its own, and yields its port.
    """

    name: str
    package: str
    processes: int
    start: Callable[[Path, str, Path], contextlib.AbstractContextManager[int]]

    def version(self, peers: Path) -> str | None:
        """The version that is installed there; None where it is not."""
        package = peers / "node_modules" / self.package / "package.json"
        if not package.is_file():
            return None
        version: str = orjson.loads(package.read_bytes())["version"]
        return version


@contextlib.contextmanager
def _grafbase(peers: Path, supergraph: str, folder: Path) -> Iterator[int]:
    """The native gateway. This version composes by itself: it is given the subgraphs. It has no de-duplication."""
    overrides = []
    for one in subgraphs_of(supergraph):
        (folder / f"{one.name}.graphql").write_text(one.sdl, "utf-8")
        overrides.append(f'[subgraphs.{one.name}]\nurl = "{one.url}"\nschema_path = "{one.name}.graphql"\n')
    (folder / "overrides.toml").write_text("\n".join(overrides), "utf-8")
    (folder / "grafbase.toml").write_text(_GRAFBASE_CONFIG, "utf-8")
    port = free_port()
    command = [str(peers / "node_modules" / "grafbase" / "grafbase"), "--home", str(folder), "dev"]
    command += ["-c", "grafbase.toml", "-o", "overrides.toml", "-p", str(port)]
    with running(command, port, folder / "log", folder=folder, surroundings=os.environ):
        yield port


def _hive(processes: int) -> Callable[[Path, str, Path], contextlib.AbstractContextManager[int]]:
    @contextlib.contextmanager
    def start(peers: Path, supergraph: str, folder: Path) -> Iterator[int]:
        """Hive Gateway on Node.js, with the planner and the executor of its Rust router's runtime."""
        (folder / "supergraph.graphql").write_text(supergraph, "utf-8")
        (folder / "gateway.config.mjs").write_text(_HIVE_CONFIG, "utf-8")
        port = free_port()
        program = peers / "node_modules" / "@graphql-hive" / "gateway" / "dist" / "bin.js"
        command = ["node", str(program), "supergraph", "supergraph.graphql", "--hive-router-runtime"]
        command += ["--config-path", str(folder / "gateway.config.mjs"), "--fork", str(processes)]
        command += ["--host", "127.0.0.1", "--port", str(port)]
        surroundings = {**os.environ, "NODE_ENV": "production"}
        # Its primary process does not end on SIGTERM while it has workers; they end with it.
        farewell = signal.SIGTERM if processes == 1 else signal.SIGKILL
        log = folder / "log"
        with running(command, port, log, folder=folder, surroundings=surroundings, farewell=farewell):
            yield port

    return start


PEERS: Final = (
    Peer("grafbase", "grafbase", 0, _grafbase),
    Peer("hive-gateway, Rust planner", "@graphql-hive/gateway", 1, _hive(1)),
    Peer("hive-gateway, Rust planner", "@graphql-hive/gateway", 2, _hive(2)),
)
