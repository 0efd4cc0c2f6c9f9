from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import threading
import weakref
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from audit.errors import LogUnavailableError
from federation import reloading
from federation.http.metrics import Metrics
from federation.looking_after import look_after_supergraph, notes_of
from federation.reloading import Origin, on_hangup
from federation.schema.declare import parse
from policies.epoch import parts
from tests.support.subgraphs import Subgraph
from tests.support.supergraphs import DECLARED, EXCHANGE, OPEN, USERS, home_of, supergraph
from tests.support.supplied import Asked, asked_of
from vocabulary.coordinate import Coordinate

NICK = USERS.replace("name: String!", "nick: String!")
NICK_DECLARED = DECLARED.replace("name: {", "nick: {")
NICKNAME = Coordinate("User", "nick")
HOSTILE = "type Query { x: Int }"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reloading, "QUIET", 0.0)


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    user = {"__typename": "User", "id": "1", "name": "Ann", "nick": "annie", "area": "31", "tags": []}
    sdl = "type Query { me: User } type User { id: ID! name: String nick: String area: String tags: [String!] }"
    a = Subgraph(sdl, {"me": user}, {"User": lambda _: user})
    b = Subgraph("type Query { posts: Int } type User { id: ID! posts: Int }", entities={"User": lambda _: None})
    yield from asked_of(home_of(tmp_path / "home"), {"a": a, "b": b})


def put(asked: Asked, text: str, name: str = "supergraph.graphql") -> None:
    """Renamed into place, as the documentation has it."""
    draft = asked.home / f".{name}"
    draft.write_text(text, encoding="utf-8")
    draft.rename(asked.home / name)


def look(asked: Asked, *, is_told: bool = False) -> bool:
    assert asked.exchange.reloading is not None
    return asyncio.run(asked.exchange.reloading.look(is_told=is_told))


def metrics(asked: Asked) -> str:
    return asked.get("/metrics").text


def digest(types: str) -> str:
    return sha256(supergraph(types).encode()).hexdigest()


def in_force(asked: Asked) -> list[tuple[str, str]]:
    return [(one["outcome"], one["epoch"]) for one in asked.entries() if one["kind"] == "policy"]


def test_another_supergraph_is_in_force_and_on_record_and_the_one_before_is_closed(asked: Asked) -> None:
    assert "nick" not in str(asked.ask("{ me { nick } }").json().get("data"))
    first = list(asked.served)
    home_of(asked.home, NICK, NICK_DECLARED)
    assert look(asked)
    assert asked.told("{ me { nick } }", asked.token("worker"))[0] == {"me": {"nick": "annie"}}
    assert "data" not in asked.ask("{ me { name } }").json()
    assert all(one.is_closed for one in first)
    assert f'tongguan_supergraph_in_force{{sha256="{digest(NICK)}"}} 1.0' in metrics(asked)
    assert digest(USERS) not in metrics(asked)
    assert 'tongguan_supergraph_reloads_total{outcome="taken"} 1.0' in metrics(asked)
    outcome, epoch = in_force(asked)[0]
    assert (outcome, epoch) == ("in force", asked.exchange.keeper.current().epoch)
    assert parts(asked.exchange.keeper.current().archive)["supergraph.graphql"] == supergraph(NICK)


def test_it_is_on_record_each_time_also_where_it_was_in_force_before(asked: Asked) -> None:
    asked.ask("{ me { id } }")
    for types, declared in ((NICK, NICK_DECLARED), (USERS, DECLARED), (NICK, NICK_DECLARED)):
        home_of(asked.home, types, declared)
        assert look(asked)
        asked.ask("{ me { id } }")
    epochs = [epoch for _, epoch in in_force(asked)]
    assert len(epochs) == 4
    assert epochs[0] == epochs[2] != epochs[1] == epochs[3]


def test_without_a_change_nothing_is_read_and_nothing_replaced(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not look(asked)
    graph = asked.exchange.graphs.current

    def never() -> dict[str, str]:
        raise AssertionError("read again")

    monkeypatch.setattr(asked.exchange.reloading, "_origin", Origin((), never))
    assert not look(asked)
    assert asked.exchange.graphs.current is graph
    assert "reloads_total{" not in metrics(asked)


def test_a_changed_policy_alone_is_the_keepers_affair(asked: Asked) -> None:
    look(asked)
    graph = asked.exchange.graphs.current
    put(asked, "p, any, any, User.id, read, any, any, allow, plain\n", "policy.csv")
    assert not look(asked)
    assert asked.exchange.graphs.current is graph


BAD = {
    "nothing": "",
    "cut": supergraph(USERS)[:-40],
    "another kind": HOSTILE,
    "a type of the declaration gone": supergraph(USERS.replace("User", "Person")),
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_a_bad_one_keeps_the_running_one_and_is_told_once(
    asked: Asked, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    graph, record = asked.exchange.graphs.current, in_force(asked)
    put(asked, text)
    for _ in range(3):
        assert not look(asked)
    assert asked.exchange.graphs.current is graph
    assert asked.told("{ me { id } }", asked.token("worker"))[0] == {"me": {"id": "1"}}
    told = [one.getMessage() for one in caplog.records if one.name == "tongguan.reloading"]
    assert len(told) == 1
    assert "is refused" in told[0]
    assert 'tongguan_supergraph_reloads_total{outcome="refused"} 1.0' in metrics(asked)
    assert "tongguan_supergraph_refused 1.0" in metrics(asked)
    assert digest(USERS) in metrics(asked)
    assert len(notes_of(asked.exchange)) == 1
    assert [one for one in in_force(asked) if one not in record] == in_force(asked)[:1]  # the first question's
    put(asked, supergraph(USERS))
    assert not look(asked)
    assert "tongguan_supergraph_refused 0.0" in metrics(asked)
    assert not notes_of(asked.exchange)


def test_what_is_wrong_is_told_by_name_and_nothing_of_the_text_is_quoted(
    asked: Asked, caplog: pytest.LogCaptureFixture
) -> None:
    put(asked, supergraph(USERS) + '\ntype X { "said by Ann" y: Int = "said by Ann" }')
    look(asked)
    put(asked, supergraph(USERS.replace("User", "Person")))
    look(asked)
    assert "said by Ann" not in caplog.text
    assert "127.0.0.1" not in caplog.text
    assert "no GraphQL (line " in caplog.text
    assert "User: it is declared" in caplog.text


def test_a_file_that_is_gone_keeps_the_running_one(asked: Asked) -> None:
    (asked.home / "supergraph.graphql").unlink()
    assert not look(asked)
    assert asked.told("{ me { id } }", asked.token("worker"))[0] == {"me": {"id": "1"}}
    assert "tongguan_supergraph_refused 1.0" in metrics(asked)
    assert asked.get("/health/ready").json()["notes"] == [
        "supergraph.graphql or exchange.yaml is refused; what was in force before stays"
    ]


def test_one_that_does_not_fit_the_policy_is_taken_once_the_policy_does(asked: Asked) -> None:
    shown = ("User.name", "User.tags", "Query.me")
    line = "".join(f"p, any, any, {one}, read, any, any, allow, plain\n" for one in shown)
    put(asked, line, "policy.csv")
    home_of(asked.home, NICK, NICK_DECLARED, line)
    assert not look(asked)
    assert "tongguan_supergraph_refused 1.0" in metrics(asked)
    put(asked, line.replace("name", "nick"), "policy.csv")
    assert look(asked)
    assert asked.told("{ me { nick } }", asked.token("worker"))[0] == {"me": {"nick": "annie"}}


def test_files_that_are_being_written_are_left_for_the_next_look(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    (asked.home / "exchange.yaml").write_text(EXCHANGE + NICK_DECLARED, encoding="utf-8")
    (asked.home / "supergraph.graphql").write_text(supergraph(NICK)[:200], encoding="utf-8")

    async def meanwhile(_: float) -> None:
        monkeypatch.undo()
        (asked.home / "supergraph.graphql").write_text(supergraph(NICK), encoding="utf-8")

    monkeypatch.setattr("federation.reloading.asyncio.sleep", meanwhile)
    assert not look(asked)
    assert "tongguan_supergraph_refused 0.0" in metrics(asked)
    assert look(asked)


def test_what_was_wired_at_the_start_is_taken_at_the_next_start(asked: Asked, caplog: pytest.LogCaptureFixture) -> None:
    """Half a declaration may open what the whole one keeps shut: a role that is gone stays in the tokens that hold it."""
    changes = [
        ("roles", EXCHANGE.replace("  worker:", "  guest:"), DECLARED),
        ("exchange", EXCHANGE.replace("exchange: small", "exchange: other"), DECLARED),
        ("operator", EXCHANGE.replace("operator: bureau", "operator: people"), DECLARED),
        ("organisations", EXCHANGE.replace('areas: ["31"]', 'areas: ["32"]'), DECLARED),
        ("limits", EXCHANGE.replace("masks:", "limits: {subject: {disclosures: 1, days: 1}}\nmasks:"), DECLARED),
        ("supergraph.anonymous", EXCHANGE, DECLARED.replace('areas: ["31"], purpose', "areas: [], purpose")),
    ]
    for word, exchange, declared in changes:
        caplog.clear()
        put(asked, exchange + declared, "exchange.yaml")
        assert not look(asked), word
        assert f"exchange.yaml: {word}: a change of that is taken at the next start" in caplog.text
    put(asked, EXCHANGE + DECLARED, "exchange.yaml")
    assert not look(asked)
    assert not notes_of(asked.exchange)


def test_what_governs_the_graph_is_taken_with_it(asked: Asked) -> None:
    before = asked.exchange.catalogue
    put(asked, EXCHANGE.replace("kind: redact", "kind: partial-name, keep: ends") + DECLARED, "exchange.yaml")
    assert look(asked)
    assert asked.exchange.catalogue.masks["redact"] != before.masks["redact"]
    assert digest(USERS) in metrics(asked)


def test_one_that_can_not_be_put_on_record_waits_until_it_can(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    home_of(asked.home, NICK, NICK_DECLARED)
    graph = asked.exchange.graphs.current

    def full(*_: object) -> bool:
        raise LogUnavailableError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(type(asked.exchange.log), "archive", full)
        for _ in range(2):
            assert not look(asked)
        assert asked.exchange.graphs.current is graph
        assert 'reloads_total{outcome="refused"} 1.0' in metrics(asked)
    assert look(asked)


def test_whatever_goes_wrong_the_running_one_stays(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    home_of(asked.home, NICK, NICK_DECLARED)

    def crash(_: object) -> None:
        raise ZeroDivisionError("said by Ann")

    monkeypatch.setattr(asked.exchange.reloading, "_make", crash)
    assert not look(asked)
    assert "ZeroDivisionError" in caplog.text
    assert "said by Ann" not in caplog.text
    assert asked.told("{ me { id } }", asked.token("worker"))[0] == {"me": {"id": "1"}}


def test_whoever_asks_for_it_is_told_again(asked: Asked, caplog: pytest.LogCaptureFixture) -> None:
    put(asked, HOSTILE)
    assert not look(asked)
    caplog.clear()
    assert not look(asked, is_told=True)
    assert "is refused" in caplog.text
    assert 'reloads_total{outcome="refused"} 2.0' in metrics(asked)


def test_a_request_under_way_ends_on_the_old_one(asked: Asked) -> None:
    async def run() -> None:
        may_answer, is_asked = asyncio.Event(), asyncio.Event()

        async def slowly(reply: object) -> object:
            is_asked.set()
            await may_answer.wait()
            return reply

        asked.subgraphs["a"].answering = slowly  # type: ignore[assignment]
        assert asked.exchange.reloading is not None
        under_way = asyncio.create_task(asked.asking("{ me { name } }", asked.token("worker")))
        await is_asked.wait()
        old = list(asked.served)
        home_of(asked.home, NICK, NICK_DECLARED)
        looking = asyncio.create_task(asked.exchange.reloading.look())
        async with asyncio.timeout(10):
            while NICKNAME not in asked.exchange.supergraph.coordinates():  # noqa: ASYNC110  (nobody tells of it)
                await asyncio.sleep(0.001)
        assert not any(one.is_closed for one in old)
        asked.subgraphs["a"].answering = None
        new = await asked.asking("{ me { nick } }", asked.token("worker"))
        assert new.json()["data"] == {"me": {"nick": "annie"}}
        may_answer.set()
        answer = await under_way
        assert (answer.status_code, answer.json()["data"]) == (200, {"me": {"name": "Ann"}})
        assert await looking
        assert all(one.is_closed for one in old)

    asyncio.run(run())


def test_of_a_graph_that_was_replaced_nothing_is_left(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that takes supergraphs for years must not keep them all; the first was frozen when it started."""
    graphs: list[weakref.ref[object]] = []
    declared = [(NICK, NICK_DECLARED), (USERS, DECLARED), (NICK, NICK_DECLARED)]
    looking: Any = asked.exchange.reloading
    look = looking.look

    async def once(*, is_told: bool) -> bool:
        if not declared:
            raise asyncio.CancelledError
        home_of(asked.home, *declared.pop())
        graphs.append(weakref.ref(asked.exchange.pipeline))
        return bool(await look(is_told=is_told))

    monkeypatch.setattr(looking, "look", once)
    object.__setattr__(asked.exchange, "settings", replace(asked.exchange.settings, reload_every=0.001))
    asked.ask("{ me { id } }")
    try:
        gc.freeze()
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(look_after_supergraph(asked.exchange))
    finally:
        gc.unfreeze()
    assert len(graphs) == 3
    assert all(one() is None for one in graphs)


def test_the_operators_interval_and_a_signal(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[bool] = []

    async def look(*, is_told: bool) -> bool:
        looks.append(is_told)
        if is_told:
            raise asyncio.CancelledError
        os.kill(os.getpid(), signal.SIGHUP)
        return True

    monkeypatch.setattr(asked.exchange.reloading, "look", look)
    object.__setattr__(asked.exchange, "settings", replace(asked.exchange.settings, reload_every=0.001))
    before = signal.getsignal(signal.SIGHUP)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(look_after_supergraph(asked.exchange))
    assert looks == [False, True]
    assert signal.getsignal(signal.SIGHUP) == before


def test_a_loop_in_another_thread_hears_of_no_signal() -> None:
    heard: list[int] = []

    async def wait() -> None:
        with on_hangup(lambda: heard.append(1)):
            await asyncio.sleep(0)

    before = signal.getsignal(signal.SIGHUP)
    thread = threading.Thread(target=lambda: asyncio.run(wait()))
    thread.start()
    thread.join()
    assert (heard, signal.getsignal(signal.SIGHUP)) == ([], before)


def test_a_failure_to_close_does_not_end_the_looking(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks: list[int] = []

    async def look(**_: object) -> bool:
        looks.append(1)
        if len(looks) == 2:
            raise asyncio.CancelledError
        raise OSError("10.0.0.7")

    monkeypatch.setattr(asked.exchange.reloading, "look", look)
    object.__setattr__(asked.exchange, "settings", replace(asked.exchange.settings, reload_every=0.001))
    caplog.set_level(logging.WARNING)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(look_after_supergraph(asked.exchange))
    assert "OSError" in caplog.text
    assert "10.0.0.7" not in caplog.text


def test_the_declaration_of_the_start_fits_itself() -> None:
    catalogue = parse(EXCHANGE + DECLARED, file="exchange.yaml")
    reloading.require_as_started(catalogue, catalogue)
    assert OPEN
    assert "reloads_total{" not in Metrics().text().decode()
