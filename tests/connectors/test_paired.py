"""A source behind pairwise pseudonyms: what goes in is opened, what comes out is sealed, and no real key ever leaves."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import traceback
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Capabilities, Connector, Rows
from connectors.errors import DeclarationError, FailureKind, GapKind, SourceError, UnsupportedError
from connectors.paired import Paired
from masking import Pair
from tests.connectors.served import PERSON, VISIT, declaration, relation, taken
from vocabulary.catalogue import ReferenceDeclaration, RelationDeclaration, SourceDeclaration, Words
from vocabulary.fetch import ALWAYS, And, Compare, Fetch, IsNull, Not, Op, Or, Order, Predicate, Table, Values, Via
from vocabulary.values import Column, Value

PAIR = Pair(bytes(range(64)), "human")
EVERYTHING = Capabilities(frozenset(Op), boolean=True, collections=True, order=True, max_keys=2)
WANG, LI = "310115195102030014", "310115198412310027"
FIELDS = {"Visit": frozenset({"person.id"})}
OWNERS = frozenset({"Human"})
BY_HUMAN = Fetch("Visit", ("place", "person.id"), Via("Human", "id", "visits"))
LISTED = replace(VISIT, collection="visits", fields=(*VISIT.fields, taken("serial", "Int")), page_by="serial")


class Health(Connector):
    """A source of one's own, which remembers what it was asked for; `answers` go before what it knows."""

    def __init__(self, *answers: Rows | Exception, **changes: object) -> None:
        super().__init__(declaration("health", {}, **{"types": (PERSON, LISTED), **changes}), EVERYTHING)
        self.answers = list(answers)
        self.asked: list[Value | tuple[Value, ...]] = []
        self.checked = self.closed = 0

    async def _ask(self, request: Fetch, values: Values, deadline: float) -> Rows:  # noqa: ARG002
        keys = values.get("keys", ())
        self.asked.append(keys)
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        places: Column = ["a", "b", "c"]
        serials: Column = [1, 2, 3]
        owners: Column = [key for key in (WANG, WANG, LI) if not isinstance(keys, tuple) or not keys or key in keys]
        by_field: dict[str, Column] = {
            "place": places[: len(owners)],
            "person.id": owners,
            "serial": serials[: len(owners)],
        }
        return Rows([list(by_field[field]) for field in request.fields], len(owners), list(owners))

    async def check(self) -> None:
        self.checked += 1

    async def changed(self) -> Mapping[str, dt.datetime]:
        return {"Visit": dt.datetime(2024, 5, 1, tzinfo=dt.UTC)}

    async def close(self) -> None:
        self.closed += 1


def paired(health: Connector, *, owners: frozenset[str] = OWNERS, fields: dict[str, frozenset[str]] = FIELDS) -> Paired:
    return Paired(health, fields, owners, PAIR.seal, PAIR.open)


def sealed(*texts: str) -> tuple[Value, ...]:
    return tuple(PAIR.seal(list(texts)))


def ask(health: Connector, request: Fetch, **values: Value | tuple[Value, ...]) -> Table:
    return asyncio.run(paired(health).fetch(request, values))


# ── in and out ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_source_is_asked_by_real_keys_and_answers_by_pseudonyms() -> None:
    health = Health()
    wang, li = sealed(WANG, LI)
    table = ask(health, BY_HUMAN, keys=(li, wang))
    assert health.asked == [(LI, WANG)]
    assert table == Table(BY_HUMAN.fields, (["a", "b", "c"], [wang, wang, li]), 3, [wang, wang, li])


def test_more_keys_than_fit_are_split_as_ever() -> None:
    health = Health(*[Rows([[], []], 0, [])] * 2)
    ask(health, BY_HUMAN, keys=sealed("a", "b", "c"))
    assert health.asked == [("a", "b"), ("c",)]


@pytest.mark.parametrize("request_", [BY_HUMAN, Fetch("Visit", (), BY_HUMAN.via)])
@pytest.mark.parametrize(
    "keys", [(), (None,), (WANG,), (WANG, 5, 1.5, True, "", "\ud800", dt.date(2024, 1, 1)), (sealed(WANG)[0], None)]
)
def test_keys_that_do_not_open_are_nobodys_and_nothing_is_asked_for_them(
    request_: Fetch, keys: tuple[Value, ...]
) -> None:
    """A real key least of all: whoever guesses one would learn that somebody is in the table."""
    health = Health()
    table = ask(health, request_, keys=keys)
    if sealed(WANG)[0] in keys:
        assert health.asked == [(WANG,)]
        assert table.owners == [*sealed(WANG), *sealed(WANG)]
    else:
        assert health.asked == []
        assert table == Table(request_.fields, tuple([] for _ in request_.fields), 0, [])


def test_a_pseudonym_of_another_pair_is_nobodys() -> None:
    health = Health()
    others = tuple(Pair(bytes(64), "human").seal([WANG]) + Pair(bytes(range(64)), "firm").seal([WANG]))
    assert ask(health, BY_HUMAN, keys=others).count == 0
    assert health.asked == []


def test_without_a_pair_secret_nobody_is_found_and_nothing_is_shown() -> None:
    health, none = Health(), Pair(b"", "human")
    without = Paired(health, FIELDS, OWNERS, none.seal, none.open)
    assert asyncio.run(without.fetch(BY_HUMAN, {"keys": sealed(WANG)})).count == 0
    assert health.asked == []
    table = asyncio.run(without.fetch(Fetch("Visit", ("person.id",), limit=True), {"limit": 3}))
    assert table.columns == ([None] * 3,)


def test_a_key_that_is_asked_for_twice_is_told_once() -> None:
    health = Health()
    ask(health, BY_HUMAN, keys=sealed(LI, LI))
    assert health.asked == [(LI,)]


def test_keys_that_are_no_tuple_are_a_mistake() -> None:
    with pytest.raises(TypeError):
        ask(Health(), BY_HUMAN, keys=str(sealed(WANG)[0]))


def test_entities_of_other_types_are_asked_for_by_their_own_keys() -> None:
    health = Health(Rows([["p1"], ["p2"]], 1, ["p1"]))
    table = ask(health, Fetch("Person", ("id", "boss.id"), Via("Person", "id")), keys=("p1",))
    assert (health.asked, table.columns, table.owners) == ([("p1",)], (["p1"], ["p2"]), None)


def test_entities_that_are_named_by_pseudonym_themselves() -> None:
    fields = {"Person": frozenset({"id", "boss.id"}), **FIELDS}
    unlisted = replace(PERSON, collection=None)
    health = Health(Rows([[WANG], ["王"], [LI]], 1, [WANG]), types=(unlisted, VISIT))
    wrapped = paired(health, owners=frozenset({"Human", "Person"}), fields=fields)
    request = Fetch("Person", ("id", "name", "boss.id"), Via("Person", "id"))
    table = asyncio.run(wrapped.fetch(request, {"keys": sealed(WANG)}))
    assert health.asked == [(WANG,)]
    assert table == Table(request.fields, (list(sealed(WANG)), ["王"], list(sealed(LI))), 1)


def test_a_list_and_a_sample_come_sealed_too() -> None:
    everything = Fetch("Visit", ("serial", "person.id"), order=(Order("serial"),), limit=True)
    shown = Table(everything.fields, ([1, 2, 3], list(sealed(WANG, WANG, LI))), 3)
    assert ask(Health(), everything, limit=3) == shown
    assert asyncio.run(paired(Health()).sample(everything, {"limit": 3})) == shown


def test_what_the_source_handed_over_is_left_as_it_was() -> None:
    column: Column = [WANG]
    ask(Health(Rows([["a"], column], 1, [WANG])), BY_HUMAN, keys=sealed(WANG))
    assert column == [WANG]


def test_a_key_that_cannot_be_sealed_is_null() -> None:
    table = ask(Health(Rows([["\ud800", None]], 2)), Fetch("Visit", ("person.id",), limit=True), limit=2)
    assert table.columns == ([None, None],)


# ── nothing leads past it ─────────────────────────────────────────────────────────────────────────────────────────────

EQ, PLACE = Compare("person.id", Op.EQ, "x"), Compare("place", Op.EQ, "x")


@pytest.mark.parametrize(
    "where",
    [EQ, Not(EQ), IsNull("person.id"), Or((PLACE, EQ)), And((PLACE, Not(And((EQ,))))), replace(EQ, op=Op.STARTS_WITH)],
)
def test_a_filter_on_a_sealed_field_is_refused_before_anything_is_asked(where: Predicate) -> None:
    """It would compare real values: a prefix of a number is a birth date, found in some questions."""
    health = Health()
    for request in (replace(BY_HUMAN, where=where), Fetch("Visit", ("place",), where=where, limit=True)):
        with pytest.raises(UnsupportedError, match=r"never: Visit\.person\.id is a pseudonym here") as caught:
            ask(health, request, keys=sealed(WANG), x=WANG, limit=3)
        assert caught.value.kind is GapKind.NEVER
        assert WANG not in str(caught.value)
    assert health.asked == []


@pytest.mark.parametrize("order", [(Order("person.id"),), (Order("serial"), Order("person.id", descending=True))])
def test_an_order_by_a_sealed_field_is_refused(order: tuple[Order, ...]) -> None:
    """Real keys in their order say who is older."""
    health = Health()
    request = Fetch("Visit", ("place",), order=order, limit=True)
    for work in (paired(health).fetch(request, {"limit": 3}), paired(health).sample(request, {"limit": 3})):
        with pytest.raises(UnsupportedError, match="is a pseudonym here"):
            asyncio.run(work)
    assert health.asked == []


def test_a_filter_and_an_order_on_other_fields_stand() -> None:
    health = Health()
    assert ask(health, Fetch("Visit", ("place",), where=PLACE, order=(Order("place"),)), x="a").count == 3
    assert ask(health, replace(BY_HUMAN, where=PLACE), keys=sealed(WANG), x="a").count == 2
    assert ask(health, replace(BY_HUMAN, where=ALWAYS), keys=sealed(WANG)).count == 2


def test_the_way_by_which_a_connector_asks_its_source_is_closed() -> None:
    health = Health()
    with pytest.raises(UnsupportedError):
        asyncio.run(paired(health)._ask(BY_HUMAN, {"keys": (WANG,)}, 0.0))
    assert health.asked == []


CELLS: st.SearchStrategy[Value] = st.sampled_from([WANG, LI, None])


@given(st.lists(CELLS, max_size=4), st.lists(st.sampled_from([WANG, LI, "", "x", *sealed(WANG, LI)]), max_size=4))
def test_no_real_key_is_in_any_table(named: list[Value], keys: list[Value]) -> None:
    """Whatever is asked by, and whatever the source answers or fails with."""
    count = len(named)
    owners: Column = [WANG for _ in named]
    health = Health(Rows([list(named), ["p"] * count], count, owners))
    request = Fetch("Visit", ("person.id", "place"), BY_HUMAN.via)
    try:
        table = ask(health, request, keys=tuple(keys))
    except SourceError as error:  # the source told of somebody that nobody asked about
        told = "".join(traceback.format_exception(error))
        table = Table((), ([told],), 1)
    shown = [*(cell for column in table.columns for cell in column), *(table.owners or ())]
    assert not any(key in str(cell) for cell in shown for key in (WANG, LI))


@pytest.mark.parametrize(
    "answer",
    [
        SourceError("town", FailureKind.TIMEOUT, "no answer within 5 s"),
        UnsupportedError("town", GapKind.NEVER, "a value that the database has no form for"),
        DeclarationError(f"no column for {WANG}"),
        Rows([["a"], [LI]], 1, [LI]),
        Rows([["a"], [WANG.replace("3", "３")]], 1, [WANG]),
    ],
    ids=lambda answer: type(answer).__name__,
)
def test_no_real_key_is_in_an_error_or_in_a_log(answer: Rows | Exception, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises((SourceError, UnsupportedError)) as caught:
        ask(Health(answer), BY_HUMAN, keys=sealed(WANG))
    told = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(paired(Health()))
    assert not any(key in told for key in (WANG, LI, WANG.replace("3", "３")))


# ── what would leave a way open is refused at start ───────────────────────────────────────────────────────────────────

FIRST = relation("visits", many=True)
DOCTOR = ReferenceDeclaration("doctor", "Human", "id", "doctor", 1, Words("", ""))
NUMBER = taken("number", "String", "person")


@pytest.mark.parametrize(
    ("changes", "fields", "owners", "problem"),
    [
        ({}, {"Visits": frozenset({"person.id"})}, OWNERS, "Visits, of which fields are to be sealed, is no type"),
        ({}, {"Visit": frozenset({"person.ref"})}, OWNERS, r"Visit\.person\.ref, which is to be sealed, is no field"),
        ({}, {"Visit": frozenset({"person.id", "day"})}, OWNERS, r"Visit\.day is no String"),
        ({}, {}, OWNERS, r"Visit\.person\.id names Human: seal both or neither"),
        ({}, FIELDS, frozenset(), r"Visit\.person\.id names Human: seal both or neither"),
        ({"types": (PERSON, replace(LISTED, references=(*VISIT.references, DOCTOR)))}, FIELDS, OWNERS, r"Visit\.doctor\.id"),
        ({}, FIELDS, OWNERS | {"Person"}, r"Person\.boss\.id names Person"),
        ({"types": (PERSON, replace(LISTED, fields=(*LISTED.fields, NUMBER)))}, FIELDS, OWNERS, r"Visit\.number shows"),
        ({"relations": (replace(FIRST, order=("-person.id",)),)}, FIELDS, OWNERS, r"Human\.visits can't be in the order"),
        ({"relations": (replace(FIRST, owner="Firm"),)}, FIELDS, OWNERS, r"Visit\.person\.id leads to Firm"),
        ({"relations": (replace(FIRST, by="place"),)}, FIELDS, OWNERS, r"Visit\.place leads to Human"),
        ({"types": (PERSON, replace(LISTED, page_by="-person.id"))}, FIELDS, OWNERS, "Visit can't be listed"),
        (
            {},
            {**FIELDS, "Person": frozenset({"id", "boss.id"})},
            OWNERS | {"Person"},
            "Person can't be listed, since its rows come in the order",
        ),
    ],
)  # fmt: skip
def test_a_way_for_a_real_key_to_come_out_is_refused(
    changes: dict[str, object], fields: dict[str, frozenset[str]], owners: frozenset[str], problem: str
) -> None:
    health = Health(**{"relations": (FIRST,), **changes})
    with pytest.raises(DeclarationError, match=f"source town: {problem}"):
        paired(health, fields=fields, owners=owners)


def test_a_plain_field_may_be_what_leads_to_an_owner() -> None:
    """Then it is sealed as a reference would be."""
    number = RelationDeclaration("visits", "Human", "id", "Visit", "number", True, (), 9, 1, Words("", ""))
    visit = replace(VISIT, fields=(*VISIT.fields, NUMBER), references=())
    health = Health(Rows([[WANG]], 1, [WANG]), types=(visit,), relations=(number,))
    wrapped = paired(health, fields={"Visit": frozenset({"number"})})
    table = asyncio.run(
        wrapped.fetch(Fetch("Visit", ("number",), Via("Human", "id", "visits")), {"keys": sealed(WANG)})
    )
    assert (table.columns, table.owners) == ((list(sealed(WANG)),), list(sealed(WANG)))


# ── everything else is the wrapped one's ──────────────────────────────────────────────────────────────────────────────


def test_everything_else_is_the_wrapped_ones() -> None:
    async def journey() -> None:
        health = Health(concurrency=1)
        wrapped = paired(health)
        stands: SourceDeclaration = wrapped.declaration
        assert stands is health.declaration
        assert wrapped.capabilities is health.capabilities
        assert await wrapped.changed() == await health.changed()
        await wrapped.check()
        busy = [wrapped.is_busy]
        await health._cap._free.acquire()
        assert [*busy, wrapped.is_busy] == [False, True]
        await wrapped.close()
        await wrapped.close()
        assert (health.checked, health.closed) == (1, 2)

    asyncio.run(journey())


def test_one_load_is_counted_once() -> None:
    """Not a cap of its own beside the wrapped one's."""

    async def journey() -> None:
        health = Health(concurrency=1, timeout=0.05)
        await health._cap._free.acquire()
        with pytest.raises(SourceError) as caught:
            await paired(health).fetch(BY_HUMAN, {"keys": sealed(WANG)})
        assert caught.value.kind is FailureKind.OVERLOADED

    asyncio.run(journey())
