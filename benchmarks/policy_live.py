"""What a change of the policy costs a running exchange, and how soon it acts: real gateways, asked without a pause."""

from __future__ import annotations

import datetime as dt
import selectors
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, islice, product
from pathlib import Path
from time import perf_counter

import orjson

from benchmarks.load import Connection, LoadError, Run, run
from benchmarks.measure import MANY, ROWS, Effort, Series
from benchmarks.questions import PAGE, post
from benchmarks.servers import Server
from federation.rules import POLICY_FILE, open_registry
from federation.settings import Settings
from policies.epoch import epoch, parts
from policies.registry.actor import Act, Actor

TARGET = 1.0
"""T, in seconds: no process acts on an older policy (docs/operator.md)."""

_OWN = ("310115016005",)
_TAKEN = "p, role:health-analyst, own, Resident.livesAlone, read, epidemic-control, ordinary, allow, plain\n"
_ONE, _OTHER = Actor("one", "data-bureau", "benchmark"), Actor("other", "data-bureau", "benchmark")
_SURE = 25
"""So many answers of each process without the field, one after the other, and none will show it again."""
_PATIENCE = 60.0
_FIELDS = ("name", "phone", "address", "area", "birthDate", "sex", "livesAlone", "identityNo")


@dataclass(frozen=True, slots=True)
class Kept:
    """The answers a second of one gateway, quiet and with one change of the policy a second, by round."""

    lines: int
    quiet: Series
    changing: Series


@dataclass(frozen=True, slots=True)
class Revocations:
    """Seconds from the approval of each change, over all processes.

    `shown`: to the last answer that still had what was taken away (0: none had). `without`: until every process had
    answered without it.
    """

    lines: int
    shown: tuple[float, ...]
    without: tuple[float, ...]


@dataclass
class _Watched:
    """One gateway that is asked again as soon as it has answered, and its answers since it was last cleared."""

    connection: Connection
    request: bytes
    seen: list[tuple[float, bool]] = field(default_factory=list)

    def is_settled(self, *, shows: bool) -> bool:
        """Whether its last answers all show the field, or all do not."""
        return len(self.seen) >= _SURE and all(shown is shows for _, shown in self.seen[-_SURE:])

    def taken(self, since: float) -> tuple[float, float]:
        """Seconds to its last answer with the field, and to the first after that."""
        last = max((at for at, shown in self.seen if shown), default=since)
        first = min(at for at, shown in self.seen if not shown and at >= last)
        return max(last - since, 0.0), max(first - since, 0.0)


def put_in_force(home: Path, text: str) -> float:
    """Make a text the policy of a running exchange, by two people; the moment before the second of them approves.

    The one place here that knows how: straight into the registry, from a process that is no gateway, so that what is
    measured is what every gateway pays for a change, and not what one pays for taking it.
    """
    registry = open_registry(Settings(home=home))
    try:
        approved = registry.changes.approved_text()
        if approved is None:
            raise LoadError("the exchange has no policy yet")
        digest, whole = epoch({**parts(approved), POLICY_FILE: text})
        at = dt.datetime.now(dt.UTC)
        made = registry.changes.propose(_ONE, at, _unrecorded, digest=digest, text=whole, reason=b"")
        moment = perf_counter()
        registry.changes.approve(_OTHER, at, _unrecorded, made.id)
    finally:
        registry.close()
    return moment


def long_policy(base: str, lines: int) -> str:
    """The policy with as many lines more, none of which is about whoever asks."""
    wanted = islice(product(range(1, 17), range(1, 101), range(1, 11), _FIELDS), lines)
    return base + "".join(
        f"p, role:committee-worker, 3101{district:02}{street:03}{committee:03}, Resident.{name}, "
        f"read, any, any, allow, plain\n"
        for district, street, committee, name in wanted
    )


def kept(home: Path, gateway: Server, base: str, lines: int, effort: Effort) -> Kept:
    """Slices without a change and slices with one a second, in turn; what changes is nothing to whoever asks."""
    text, numbers = long_policy(base, lines), count()
    put_in_force(home, text)
    request = post(PAGE, {"first": ROWS}, gateway.headers(_OWN))
    run(gateway.port, request, connections=MANY, seconds=effort.seconds)
    quiet: list[Run] = []
    changing: list[Run] = []
    for _ in range(effort.rounds):
        quiet.append(run(gateway.port, request, connections=MANY, seconds=effort.seconds))
        ended = threading.Event()
        changes = threading.Thread(target=_change, args=(home, text, numbers, ended))
        changes.start()
        try:
            changing.append(run(gateway.port, request, connections=MANY, seconds=effort.seconds))
        finally:
            ended.set()
            changes.join()
    return Kept(lines, Series(tuple(quiet)), Series(tuple(changing)))


def revocations(home: Path, gateways: Sequence[Server], base: str, lines: int, changes: int) -> Revocations:
    """Take a field away and give it back, as often as there are changes, while every gateway is asked for it."""
    text = long_policy(base, lines)
    without = text.replace(_TAKEN, "")
    if without == text:
        raise LoadError("the policy does not show the field that is to be taken away")
    asked = [post(PAGE, {"first": 1}, one.headers(_OWN)) for one in gateways]
    watched = [_Watched(Connection(one.port), request) for one, request in zip(gateways, asked, strict=True)]
    last, first = [], []
    try:
        for number in range(changes):
            _put(home, f"{text}# {number}\n", watched, shows=True)
            moment = _put(home, f"{without}# {number}\n", watched, shows=False)
            found = [one.taken(moment) for one in watched]
            last.append(max(shown for shown, _ in found))
            first.append(max(gone for _, gone in found))
    finally:
        for one in watched:
            one.connection.socket.close()
    put_in_force(home, text)
    return Revocations(lines, tuple(last), tuple(first))


def _put(home: Path, text: str, watched: Sequence[_Watched], *, shows: bool) -> float:
    """Put a text in force while everybody is asked, until all answers are as it says; the moment of its approval."""
    moments: list[float] = []
    changing = threading.Thread(target=lambda: moments.append(put_in_force(home, text)))
    for one in watched:
        one.seen.clear()
        one.connection.send(one.request)
    changing.start()
    deadline = perf_counter() + _PATIENCE
    with selectors.DefaultSelector() as selector:
        for one in watched:
            selector.register(one.connection.socket, selectors.EVENT_READ, one)
        while selector.get_map():
            for key, _ in selector.select(_PATIENCE):
                _take(selector, key.data, is_over=bool(moments) and key.data.is_settled(shows=shows))
            if perf_counter() > deadline:
                raise LoadError("a change of the policy does not act")
    changing.join()
    return moments[0]


def _take(selector: selectors.BaseSelector, one: _Watched, *, is_over: bool) -> None:
    """Read what an answer shows, and ask again unless it is over."""
    if not one.connection.receive():
        return
    (node,) = orjson.loads(one.connection.body)["data"]["residents"]["nodes"]
    one.seen.append((perf_counter(), node["livesAlone"] is not None))
    if is_over:
        selector.unregister(one.connection.socket)
    else:
        one.connection.send(one.request)


def _change(home: Path, text: str, numbers: Iterator[int], ended: threading.Event) -> None:
    """One change a second: each a policy that never was, with one line more than the text or one less."""
    while not ended.wait(1.0):
        number = next(numbers)
        more = f"p, role:committee-worker, 31{number % 90 + 10:02}01, Resident.sex, read, any, any, deny,\n"
        put_in_force(home, f"{text}{more if number % 2 else ''}# {number}\n")


def _unrecorded(_act: Act) -> None:
    """The receipts of the acts are not what is measured."""
