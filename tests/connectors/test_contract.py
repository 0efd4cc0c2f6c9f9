"""The duties that `Connector.fetch` performs for every kind, with a kind that neglects them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from connectors.contract import Capabilities, Connector, Gap, Rows
from connectors.errors import DeclarationError, FailureKind, GapKind, SourceError, UnsupportedError
from tests.connectors.served import declaration, relation
from vocabulary.fetch import (
    ALWAYS,
    NEVER,
    NOTHING_BELOW,
    And,
    Below,
    Compare,
    Fetch,
    IsNull,
    Not,
    Op,
    Or,
    Order,
    Predicate,
    Table,
    Values,
    Veil,
    Via,
    Within,
)
from vocabulary.receipt import Elsewhere

EVERYTHING = Capabilities(frozenset(Op), boolean=True, collections=True, order=True, max_keys=2)
NOT_YET = Gap(GapKind.NOT_YET, "nobody wrote it")
BY_ID = Fetch("Person", ("id",), Via("Person", "id"))


class Told(Connector):
    """Answers with what it was told to, whatever is asked."""

    def __init__(self, *answers: Rows, capabilities: Capabilities = EVERYTHING, **changes: object) -> None:
        super().__init__(declaration("told", {}, **changes), capabilities)
        self.answers = list(answers)
        self.batches: list[object] = []

    async def _ask(self, request: Fetch, values: Values, deadline: float) -> Rows:  # noqa: ARG002  (it does not care)
        self.batches.append(values.get("keys"))
        return self.answers.pop(0)

    async def check(self) -> None:
        """Nothing to see."""

    async def close(self) -> None:
        """Nothing to end."""


def people(*ids: str | None) -> Rows:
    return Rows([list(ids)], len(ids), list(ids))


def ask(connector: Connector, request: Fetch, **values: object) -> Table:
    return asyncio.run(connector.fetch(request, values))  # type: ignore[arg-type]  # wrong ones too


@pytest.mark.parametrize(
    ("request_", "rows", "lie"),
    [
        (BY_ID, people("a", "z"), "nobody asked for"),
        (BY_ID, people("a", None), "nobody asked for"),
        (BY_ID, Rows([["a"]], 1), "nobody asked for"),
        (BY_ID, people("a", "a"), "more than one row"),
        (Fetch("Visit", ("place",), Via("Human", "id", "latest")), people("a", "a"), "more than one row"),
        (Fetch("Visit", ("place",), Via("Human", "id", "visits")), people("a", "z", "a"), "nobody asked for"),
        (Fetch("Person", ("id",)), people("a", "b", "a"), "more than one row"),
        (Fetch("Person", ("id",), limit=True), people("a", "b", "c"), "more rows"),
    ],
)
def test_a_lie_is_found_whoever_tells_it(request_: Fetch, rows: Rows, lie: str) -> None:
    with pytest.raises(SourceError, match=lie) as caught:
        ask(Told(rows), request_, keys=("a", "b"), limit=2)
    assert caught.value.kind is FailureKind.INVALID


def test_a_lie_in_one_batch_costs_the_whole_fetch() -> None:
    with pytest.raises(SourceError):
        ask(Told(people("a"), people("a")), BY_ID, keys=("a", "b", "c"))


def test_what_does_not_fit_its_declaration_any_more_costs_its_own_fields() -> None:
    """At the start it is refused; in a running exchange it must not end questions that are about more than this."""

    class Astray(Told):
        async def _ask(self, request: Fetch, values: Values, deadline: float) -> Rows:  # noqa: ARG002
            raise DeclarationError("the password 'hunter2' is gone")

    everything = Fetch("Person", ("id",), limit=True)
    for work in (Astray().fetch(BY_ID, {"keys": ("p1",)}), Astray().sample(everything, {"limit": 1})):
        with pytest.raises(SourceError) as caught:
            asyncio.run(work)
        assert caught.value.kind is FailureKind.INVALID
        assert "Person" in str(caught.value)
        assert "hunter2" not in str(caught.value)


def test_rows_without_a_key_are_no_duplicates_of_each_other() -> None:
    assert ask(Told(people(None, None, "a")), Fetch("Person", ("id",))).count == 3


def test_keys_are_asked_for_once_each_and_in_batches() -> None:
    told = Told(people("b", "a"), people("c"))
    table = ask(told, BY_ID, keys=("a", "b", "a", None, "c"))
    assert told.batches == [("a", "b"), ("c",)]
    assert table == Table(("id",), (["b", "a", "c"],), 3)


def test_a_sample_may_hold_what_breaks_the_declaration_and_no_more_than_was_asked_for() -> None:
    request = Fetch("Person", ("id",), limit=True)
    sampled = asyncio.run(Told(people("a", "a", None)).sample(request, {"limit": 3}))
    assert sampled == Table(("id",), (["a", "a", None],), 3)
    with pytest.raises(SourceError, match="more rows") as caught:
        asyncio.run(Told(people("a", "a", None)).sample(request, {"limit": 2}))
    assert caught.value.kind is FailureKind.INVALID


@pytest.mark.parametrize("request_", [BY_ID, Fetch("Person", ("id",)), Fetch("Person", ("remarks",), limit=True)])
def test_a_sample_is_the_first_rows_of_a_collection(request_: Fetch) -> None:
    told = Told(people("a"))
    with pytest.raises(UnsupportedError):
        asyncio.run(told.sample(request_, {"limit": 1, "keys": ("a",)}))
    assert told.batches == []


def test_a_sample_waits_for_its_turn_and_for_no_longer_than_the_timeout() -> None:
    async def journey() -> None:
        told = Told(people("a"), concurrency=1, timeout=0.05)
        busy = [told.is_busy]
        await told._cap._free.acquire()  # somebody's fetch is under way
        busy.append(told.is_busy)
        with pytest.raises(SourceError) as caught:
            await told.sample(Fetch("Person", ("id",), limit=True), {"limit": 1})
        assert (caught.value.kind, busy) == (FailureKind.OVERLOADED, [False, True])

    asyncio.run(journey())


def test_a_source_need_not_know_when_it_changed() -> None:
    assert asyncio.run(Told().changed()) == {}


def test_keys_that_are_no_tuple_are_a_mistake() -> None:
    with pytest.raises(TypeError):
        ask(Told(), BY_ID, keys="ab")


EQ, LT = Compare("id", Op.EQ, "x"), Compare("id", Op.LT, "x")


@pytest.mark.parametrize(
    ("where", "lacking"),
    [
        (EQ, {"operators": frozenset(Op) - {Op.EQ}}),
        (IsNull("id"), {"operators": frozenset({Op.LT})}),
        (Within("area", "x"), {"operators": frozenset({Op.LT})}),
        (Within("area", "x"), {"operators": frozenset({Op.GE})}),
        (And((EQ,)), {"boolean": False}),
        (Not(EQ), {"boolean": False}),
        (NEVER, {"boolean": False}),
        (Or((EQ, Not(And((LT,))))), {"operators": frozenset({Op.EQ})}),
        (ALWAYS, {"collections": False}),
        (ALWAYS, {"order": False}),
    ],
)
def test_what_is_lacking_is_refused_before_anything_is_asked(where: Predicate, lacking: dict[str, object]) -> None:
    can: dict[str, object] = {"operators": frozenset(Op), "boolean": True, "collections": True, "order": True}
    short = Capabilities(**{**can, **lacking}, max_keys=2, gap=NOT_YET)  # type: ignore[arg-type]  # by name
    request = Fetch("Person", ("id",), where=where, order=(Order("id"),))
    told = Told(people("a"), capabilities=short)
    with pytest.raises(UnsupportedError, match="not yet: nobody wrote it"):
        ask(told, request, x="a")
    assert told.batches == []
    assert ask(Told(people("a")), request, x="a").count == 1


@pytest.mark.parametrize("where", [Compare("remarks", Op.EQ, "x"), Not(IsNull("remarks")), Within('area" --', "x")])
def test_a_filter_on_what_is_not_declared_is_refused(where: Predicate) -> None:
    with pytest.raises(UnsupportedError, match="declares no field"):
        ask(Told(people()), Fetch("Person", ("id",), where=where), x="a")


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"type": "Nobody"}, "Nobody is no type"),
        ({"by": "owner.id"}, r"no owner\.id; write one of: day, place, person\.id"),
        ({"order": ("-when",)}, "no when; write one of"),
    ],
)
def test_a_relation_that_leads_nowhere_is_refused_at_start(changes: dict[str, object], hint: str) -> None:
    wrong = replace(relation("visits", many=True), **changes)  # type: ignore[arg-type]  # by name
    with pytest.raises(DeclarationError, match=hint):
        Told(relations=(wrong,))


# ── what another exchange says beside its rows ────────────────────────────────────────────────────────────────────────

ONE, OTHER = Elsewhere("told", "log", 1, "a" * 64), Elsewhere("told", "log", 2, "b" * 64)


def told(*ids: str, **below: Any) -> Rows:
    return replace(people(*ids), below=Below(**below))


def test_what_is_said_of_several_batches_is_put_together_row_by_row() -> None:
    first = told("a", "b", veils={"id": Veil([None, "B"], [None, "m"])}, receipts=(ONE,), withheld={"x": "rows"})
    third = told("e", veils={"z": Veil(["E"], ["n"])}, receipts=(ONE, OTHER), withheld={"y": "deny"}, is_partial=True)
    table = ask(Told(first, people("c"), third), BY_ID, keys=("a", "b", "c", "d", "e"))
    assert table.columns == (["a", "b", "c", "e"],)
    assert table.below == Below(
        {
            "id": Veil([None, "B", None, None], [None, "m", None, None]),
            "z": Veil([None, None, None, "E"], [None, None, None, "n"]),
        },
        {"x": "rows", "y": "deny"},
        (ONE, OTHER),
        is_partial=True,
    )


def test_nothing_said_of_any_batch_stays_nothing() -> None:
    assert ask(Told(people("a"), people("c")), BY_ID, keys=("a", "b", "c")).below is NOTHING_BELOW


def test_a_list_keeps_what_is_said_of_it_and_so_does_its_head() -> None:
    veil = Veil(["A", None, "C"], ["m", None, "m"])
    table = ask(Told(told("a", "b", "c", veils={"id": veil}, receipts=(ONE,))), Fetch("Person", ("id",)))
    assert table.below == Below({"id": veil}, receipts=(ONE,))
    assert table.head(2).below == Below({"id": Veil(["A", None], ["m", None])}, receipts=(ONE,))
    assert table.head(3) is table


def test_who_names_no_asker_is_the_same_for_everybody() -> None:
    connector = Told(people("a"))
    assert connector.on_behalf_of(lambda: {"X-Passport": "never made"}) is connector
