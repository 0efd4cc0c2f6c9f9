"""Mutations over a federated graph: refused before the first is done, on record before they are sent, done once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import pytest

from audit.log import Log
from connectors.errors import FailureKind, SourceError
from connectors.remote import Remote
from federation.document.limits import Limits
from federation.document.operation import Questions
from federation.document.parse import Documents
from federation.errors import Code, Refusal
from federation.execute.answer import assemble
from federation.execute.book import MaskBook
from federation.execute.cells import Reader
from federation.execute.coverage import Coverage
from federation.execute.engine import Engine, Whom
from federation.execute.facts import About
from federation.execute.receipts import Recorder
from federation.execute.sources import Sources
from federation.execute.subgraphs import Subgraphs
from federation.execute.trail import Recorded, Trail
from federation.execute.waves import Waves
from federation.plan.planner import Planner
from tests.support.executing import AT, KEYS, NAMES, SEALER, Entries
from tests.support.federating import Federation
from tests.support.subgraphs import Subgraph
from tests.support.town import THERE, lines, person
from vocabulary.area import Area
from vocabulary.moment import day_of
from vocabulary.principal import Principal
from vocabulary.receipt import Kind, Who
from vocabulary.rows import Asker

TYPES = """
type Query @join__type(graph: A) @join__type(graph: B) { x: Int @join__field(graph: A) }
type Mutation @join__type(graph: A) @join__type(graph: B) {
  rename(id: ID, name: String): Person @join__field(graph: A)
  close(id: ID): Boolean @join__field(graph: B)
}
type Person @join__type(graph: A, key: "id") { id: ID! name: String phone: String area: String }
"""
WRITE = ("any Mutation.rename write", "any Mutation.close write", "any Person.name", "any Person.id")
BOTH = '{ rename(id: "p1", name: "Eve") { name } close(id: "p1") }'


def acting(policy: str, done: list[str], **more: Any) -> Federation:
    def rename(**given: str) -> dict[str, Any]:
        done.append(f"rename {given['id']}")
        return {**person(given["id"]), "name": given["name"]}

    def close(**given: str) -> bool:
        done.append(f"close {given['id']}")
        return True

    return Federation(
        TYPES,
        {
            "a": Subgraph(
                "type Query { x: Int } type Mutation { rename(id: ID, name: String): Person }"
                "type Person { id: ID! name: String phone: String area: String }",
                {"rename": rename},
            ),
            "b": Subgraph("type Query { x: Int } type Mutation { close(id: ID): Boolean }", {"close": close}),
        },
        policy,
        **{"subjects": {"Person": "id"}, "areas": {"Person": "area"}, **more},
    )


@pytest.mark.parametrize("missing", ["any Mutation.rename write", "any Mutation.close write"])
def test_without_write_nothing_is_done_at_all(missing: str) -> None:
    done: list[str] = []
    graph = acting(lines(*(one for one in WRITE if one != missing)), done)
    with pytest.raises(Refusal) as refused:
        graph.ask(f"mutation {BOTH}")
    assert refused.value.code is Code.ACT_REFUSED
    assert not done


@pytest.mark.parametrize(
    "other", ["any Mutation.close read", "own Mutation.close write", "310115 Mutation.close write"]
)
def test_no_other_line_stands_for_write_on_every_row(other: str) -> None:
    done: list[str] = []
    with pytest.raises(Exception):  # noqa: B017, PT011  (the loader refuses some, planning the others)
        acting(lines(WRITE[0], other, *WRITE[2:]), done).ask(f"mutation {BOTH}")
    assert not done


def test_an_act_hides_behind_no_alias_and_no_fragment() -> None:
    done: list[str] = []
    graph = acting(lines(WRITE[0], *WRITE[2:]), done)
    with pytest.raises(Refusal):
        graph.ask(
            'mutation { rename(id: "p1", name: "E") { name } ...f } fragment f on Mutation { ok: close(id: "p1") }'
        )
    assert not done


def test_each_is_on_record_before_it_is_sent_and_done_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    append = Entries.append

    async def noted(log: Any, entry: Any) -> Any:
        order.append(f"{entry.kind} {', '.join(one.coordinate for one in entry.given)}".strip())
        return await append(log, entry)

    monkeypatch.setattr(Entries, "append", noted)
    acting(lines(*WRITE), order).ask(f"mutation {BOTH}")
    assert order == ["wave Mutation.rename", "rename p1", "wave Mutation.close", "close p1", "release"]


def test_where_the_entry_fails_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(Entries, "append", failing)
    done: list[str] = []
    with pytest.raises(OSError, match="the disk is full"):
        acting(lines(*WRITE), done).ask(f"mutation {BOTH}")
    assert not done


def test_what_an_act_gives_back_is_read_by_its_own_lines() -> None:
    done: list[str] = []
    answer = acting(lines(*WRITE), done).ask('mutation { rename(id: "p1", name: "E") { id name phone } }')
    assert answer.data == {"rename": {"id": "p1", "name": "E", "phone": None}}
    (entry,) = (one for one in answer.entries if one.kind is Kind.RELEASE)
    assert len(entry.subjects["Person"]) == 1
    hidden = acting(lines(*WRITE[:2], "own Person.*"), done).ask(
        'mutation { rename(id: "p2", name: "E") { name } }', areas=["310115"]
    )
    assert hidden.data == {"rename": None}
    assert done == ["rename p1", "rename p2"]
    assert person("p2")["area"] == THERE


def test_an_act_is_not_done_twice_when_the_policy_changes_on_the_way() -> None:
    done: list[str] = []
    graph = acting(lines(*WRITE), done)
    assert twice(graph, f"mutation {BOTH}") == [{"rename": {"name": "Eve"}, "close": True}] * 2
    assert done == ["rename p1", "close p1"]


def test_an_act_that_failed_is_not_tried_again_either() -> None:
    """Whether it was done isn't known."""
    graph = acting(lines(*WRITE), [])
    other = graph.subgraphs["b"]
    other.failing = SourceError("b", FailureKind.TIMEOUT, "is slow")
    assert twice(graph, f"mutation {BOTH}") == [{"rename": {"name": "Eve"}, "close": None}] * 2
    assert len(other.asked) == 1


def twice(graph: Federation, document: str) -> list[Mapping[str, Any]]:
    """Executed and, as the pipeline does when the policy has changed before release, once more on the same trail."""
    return asyncio.run(_twice(graph, document))


async def _twice(graph: Federation, document: str) -> list[Mapping[str, Any]]:
    async def consents(*_: object) -> Mapping[str, bool]:
        return {}

    async def barred(*_: object) -> frozenset[str]:
        return frozenset()

    parsed = Documents(graph.api, Limits()).parse(document)
    question = Questions(graph.api, Limits()).ask(parsed, None, {})
    asker = Asker("bureau", (Area("31"),), at=AT)
    recorder = Recorder(cast(Log, Entries()), NAMES)
    remotes = cast(Mapping[str, Remote], graph.subgraphs)
    about = About(consents, barred)
    sources, subgraphs = Sources({}, recorder, about, _unobserved), Subgraphs(remotes, graph.world, about, _unobserved)
    engine = Engine(Planner(graph.world), Waves(graph.world, sources, subgraphs, recorder, about))
    trail = Trail(Recorded(Who("somebody", "bureau", "test", ("worker",), ()), AT, "care", "ordinary"))
    reader = Reader("bureau", Coverage(asker), MaskBook({}, KEYS), SEALER, day_of(AT))
    who = Whom(Principal("somebody", "bureau", "test", frozenset(("worker",)), asker.areas), asker, reader, trail)
    answers: list[Mapping[str, Any]] = []
    for _ in range(2):
        plan = engine.plan(question.operation, graph._governance(frozenset(("worker",))))
        state = await engine.fetch(plan, question, who)
        state.mask()
        answers.append(assemble(state, question, {}))
    return answers


def _unobserved(_source: str, _how: str) -> None:
    """No metric here."""
