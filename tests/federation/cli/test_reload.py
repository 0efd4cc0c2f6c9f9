"""A running router, by one process and by two: its supergraph is replaced, answers change, and a bad one changes nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from audit.search import Search
from federation.serving import listening
from tests.support.supergraphs import supergraph

pytestmark = pytest.mark.server
COMMAND = "from federation.cli import main; main()"
USER = {"__typename": "User", "id": "1", "name": "Ann", "nick": "annie"}


def graph(field: str, url: str) -> str:
    types = f"""
type Query @join__type(graph: A) {{ me: User @join__field(graph: A) }}
type User @join__type(graph: A, key: "id") {{ id: ID!  {field}: String }}
"""
    return supergraph(types).replace("http://127.0.0.1:9201/a", url)


class Subgraph(ThreadingHTTPServer):
    """It answers whatever it is asked about a user; while `may_answer` is not set, it waits."""

    daemon_threads = True

    def __init__(self) -> None:
        self.may_answer, self.is_asked = threading.Event(), threading.Event()
        self.may_answer.set()
        super().__init__(("127.0.0.1", 0), _Answering)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/graphql"


class _Answering(BaseHTTPRequestHandler):
    server: Subgraph
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.is_asked.set()
        self.server.may_answer.wait(8)
        body = json.dumps({"data": {"me": USER}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing is written."""


@pytest.fixture
def subgraph() -> Iterator[Subgraph]:
    with Subgraph() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.may_answer.set()
        server.shutdown()
        thread.join()


class Router:
    """`tongguan router` in processes of its own."""

    def __init__(self, folder: Path, url: str, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.url = url
        self.process = process

    def put(self, text: str) -> None:
        """Renamed into place, as the documentation has it."""
        draft = self.folder / "draft.graphql"
        draft.write_text(text, encoding="utf-8")
        draft.rename(self.folder / "supergraph.graphql")

    def ask(self, field: str) -> Any:
        answer = httpx.post(f"{self.url}/graphql", json={"query": f"{{ me {{ {field} }} }}"}, timeout=15)
        return answer.json().get("data")

    def metrics(self) -> str:
        return httpx.get(f"{self.url}/metrics").text

    def everywhere(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds many times in a row, by whichever process answers: each connection is taken by any."""
        deadline = time.monotonic() + 30
        while not all(holds() for _ in range(12)):
            assert time.monotonic() < deadline
            assert self.process.poll() is None
            time.sleep(0.1)

    def told(self) -> str:
        return (self.folder / "router.log").read_text()


@contextlib.contextmanager
def started(folder: Path, text: str, workers: int, every: float = 0.2) -> Iterator[Router]:
    with listening("127.0.0.1", 0) as one:
        port = int(one.getsockname()[1])
    (folder / "supergraph.graphql").write_text(text, encoding="utf-8")
    words = ("router", "--supergraph", "supergraph.graphql", "--home", "home", "--port", str(port))
    environment = {**os.environ, "TONGGUAN_RELOAD_EVERY": str(every), "PYTHONPATH": str(Path(__file__).parents[3])}
    with (folder / "router.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, *words, "--workers", str(workers)],
            cwd=folder,
            env=environment,
            stderr=log,
        )
    router = Router(folder, f"http://127.0.0.1:{port}", process)
    try:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{router.url}/health/ready").is_success:
                    break
            assert process.poll() is None, router.told()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield router
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_replaced_file_is_in_force_everywhere_and_a_bad_one_changes_nothing(
    tmp_path: Path, subgraph: Subgraph, workers: int
) -> None:
    first, second = graph("name", subgraph.url), graph("nick", subgraph.url)
    with started(tmp_path, first, workers) as router:
        assert router.ask("name") == {"me": {"name": "Ann"}}
        router.put(second)
        router.everywhere(lambda: router.ask("nick") == {"me": {"nick": "annie"}})
        assert (tmp_path / "home" / "supergraph.graphql").read_text() == second
        digest = sha256(second.encode()).hexdigest()
        router.everywhere(lambda: f'tongguan_supergraph_in_force{{sha256="{digest}"}} 1.0' in router.metrics())

        router.put(second[: len(second) // 2])
        router.everywhere(lambda: "tongguan_supergraph_refused 1.0" in router.metrics())
        assert 'tongguan_supergraph_reloads_total{outcome="refused"} 1.0' in router.metrics()
        assert digest in router.metrics()
        assert router.ask("nick") == {"me": {"nick": "annie"}}
        assert (tmp_path / "home" / "supergraph.graphql").read_text() == second
        assert router.told().count("the supergraph is refused") == workers

        router.put(first)
        router.everywhere(lambda: router.ask("name") == {"me": {"name": "Ann"}})
        router.everywhere(lambda: "tongguan_supergraph_refused 0.0" in router.metrics())
    search = Search(tmp_path / "home" / "audit")
    search.catch_up()
    epochs = [fields["epoch"] for _, fields in reversed(search.recent(None, 1_000)) if fields["kind"] == "policy"]
    assert epochs[0] == epochs[-1]
    assert len(set(epochs)) == 2
    assert 3 <= len(epochs) <= 1 + 2 * workers  # by each worker that was asked under it


def test_a_request_under_way_ends_well_by_what_it_began_with(tmp_path: Path, subgraph: Subgraph) -> None:
    with started(tmp_path, graph("name", subgraph.url), 1) as router, ThreadPoolExecutor(1) as pool:
        subgraph.may_answer.clear()
        under_way = pool.submit(router.ask, "name")
        assert subgraph.is_asked.wait(10)
        router.put(graph("nick", subgraph.url))
        router.everywhere(lambda: "another supergraph is in force" in router.told())
        assert not under_way.done()
        subgraph.may_answer.set()
        assert under_way.result(10) == {"me": {"name": "Ann"}}
        assert router.ask("nick") == {"me": {"nick": "annie"}}


@pytest.mark.parametrize("workers", [1, 2])
def test_without_an_interval_a_signal_takes_it(tmp_path: Path, subgraph: Subgraph, workers: int) -> None:
    with started(tmp_path, graph("name", subgraph.url), workers, every=0) as router:
        router.everywhere(lambda: router.ask("name") == {"me": {"name": "Ann"}})
        router.put(graph("nick", subgraph.url))
        router.process.send_signal(signal.SIGHUP)
        router.everywhere(lambda: router.ask("nick") == {"me": {"nick": "annie"}})
        router.process.send_signal(signal.SIGTERM)
        assert router.process.wait(20) == (0 if workers == 2 else -signal.SIGTERM)


def test_questions_by_the_hundred_meanwhile_all_end_well(tmp_path: Path, subgraph: Subgraph) -> None:
    """`id` is in both graphs: whichever takes a question, it has an answer."""

    async def ask(router: Router, until: Callable[[], bool]) -> int:
        async with httpx.AsyncClient(timeout=15) as client:
            count = 0
            while not until():
                answer = await client.post(f"{router.url}/graphql", json={"query": "{ me { id } }"})
                assert answer.json()["data"] == {"me": {"id": "1"}}
                count += 1
            return count

    with started(tmp_path, graph("name", subgraph.url), 1) as router:

        async def run() -> int:
            def is_over() -> bool:
                return router.told().count("another supergraph is in force") >= 3

            async def replace() -> None:
                for number, field in enumerate(("nick", "name", "nick")):
                    router.put(graph(field, subgraph.url))
                    async with asyncio.timeout(20):
                        while router.told().count("another supergraph is in force") <= number:  # noqa: ASYNC110  (another process)
                            await asyncio.sleep(0.05)

            counts = await asyncio.gather(*(ask(router, is_over) for _ in range(4)), replace())
            return sum(one or 0 for one in counts)

        assert asyncio.run(run()) > 20
