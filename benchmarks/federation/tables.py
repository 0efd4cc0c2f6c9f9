"""The whole run of the federation benchmark: start everybody, measure, stop everybody."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from benchmarks.federation import contenders, governed, masks, wrk
from benchmarks.federation.contenders import Absent, Contender
from benchmarks.federation.given import Given, read
from benchmarks.federation.measure import Effort, check, key, measure
from benchmarks.federation.peers import PEERS
from benchmarks.federation.report import FederationReport
from benchmarks.federation.stubs import supergraph_at
from benchmarks.load import LoadError

PROCESSES: Final = (1, 2)
_FLOOR, _MASKED, _LIBRARIES = "floor", "floor, masked", "floor on libraries"
_ROUTER, _GOVERNED = "tongguan router", "tongguan router, governed"
_PATIENCE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are: the benchmark's folder, the peers' (None: no peers), and one for logs and homes."""

    given: Path
    peers: Path | None
    work: Path


@dataclass(frozen=True, slots=True)
class _Setup:
    places: Places
    given: Given
    stubs: int
    supergraph: str
    stack: ExitStack


def measure_federation(machine: str, places: Places, effort: Effort) -> FederationReport:
    """Measure everybody who is there.

    Raises:
        NotGivenError: the benchmark's folder is not there.
        NoWrkError: `wrk` is not installed.
    """
    given = read(places.given)
    wrk.program()
    with ExitStack() as stack:
        port = stack.enter_context(contenders.stubs(places.given, places.work))
        setup = _Setup(places, given, port, supergraph_at(given, port), stack)
        everybody = [*_own(setup), *_peers(setup)]
        there = [one for one in everybody if isinstance(one, Contender)]
        return FederationReport(
            machine=machine,
            contenders=there,
            absent=[one for one in everybody if isinstance(one, Absent)],
            found=measure(there, given.question, port, effort),
            sizes={key(one): check(one, given.question) for one in there},
            versions=_versions(places.peers),
        )


def _own(setup: _Setup) -> Iterator[Contender | Absent]:
    """The floors, and this project's gateway, which is divided by the floor that does the same."""
    home, open_home = governed.governed_home(setup.places.work / "home"), setup.places.work / "open"
    supergraph = setup.places.work / "supergraph.graphql"
    supergraph.write_text(setup.supergraph, "utf-8")
    routers = [
        (one, processes, setup.stack.enter_context(governed.router(supergraph, one, processes)))
        for one in (open_home, home)
        for processes in PROCESSES
    ]
    keys = governed.keys_of(home)
    plain, masked = setup.given.expected, masks.masked(setup.given.expected, keys)
    for name, expected, with_keys in ((_FLOOR, plain, None), (_MASKED, masked, keys)):
        for processes in PROCESSES:
            floor = contenders.floor(setup.stubs, processes, setup.places.work, with_keys)
            yield Contender(name, processes, setup.stack.enter_context(floor), expected, f"{name} {processes}")
    for name, beside, expected, with_keys in (
        (_LIBRARIES, _FLOOR, plain, None),
        (f"{_LIBRARIES}, masked", _MASKED, masked, keys),
    ):
        floor = contenders.floor(setup.stubs, 1, setup.places.work, with_keys, of=contenders.LIBRARY_FLOOR)
        yield Contender(name, 1, setup.stack.enter_context(floor), expected, f"{beside} 1")
    for one, processes, port in routers:
        name, beside, expected = (_ROUTER, _FLOOR, plain) if one == open_home else (_GOVERNED, _MASKED, masked)
        yield _when_it_answers(Contender(name, processes, port, expected, f"{beside} {processes}"), setup)


def _peers(setup: _Setup) -> Iterator[Contender | Absent]:
    """A peer whose threads use every core is divided by the floor of as many processes as are measured at most."""
    for number, peer in enumerate(PEERS):
        if setup.places.peers is None or peer.version(setup.places.peers) is None:
            yield Absent(peer.name, "not installed")
            continue
        folder = setup.places.work / f"peer-{number}"
        folder.mkdir()
        port = setup.stack.enter_context(peer.start(setup.places.peers, setup.supergraph, folder))
        floor = f"{_FLOOR} {peer.processes or PROCESSES[-1]}"
        yield _when_it_answers(Contender(peer.name, peer.processes, port, setup.given.expected, floor), setup)


def _when_it_answers(one: Contender, setup: _Setup) -> Contender:
    """It listens before it has read its schema."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            check(one, setup.given.question)
        except (LoadError, httpx.TransportError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return one


def _versions(peers: Path | None) -> dict[str, str]:
    found = {peer.package: peer.version(peers) for peer in PEERS} if peers is not None else {}
    return {package: version for package, version in found.items() if version is not None}
