"""One suite for every kind of connector. What a kind cannot do is refused in a typed way, never skipped."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Connector
from connectors.errors import DeclarationError, FailureKind, GapKind, SourceError, UnsupportedError
from tests.connectors.served import (
    MANY,
    ODD,
    PEOPLE,
    SERVED,
    Served,
    keeps_offsets,
    no_text,
    patience,
    serve,
    unheld,
    unoffered,
    unstorable,
    until,
)
from vocabulary.fetch import (
    ALWAYS,
    NEVER,
    And,
    Compare,
    Fetch,
    IsNull,
    Not,
    Op,
    Or,
    Order,
    Predicate,
    Table,
    Via,
    Within,
)
from vocabulary.values import SCALARS, Value

FIELDS = ("id", "name", "age", "score", "livesAlone", "birthDate", "seenAt", "area", "boss.id")
PERSON = Via("Person", "id")


def visits(relation: str, *fields: str) -> Fetch:
    return Fetch("Visit", fields or ("place",), Via("Human", "id", relation))


@pytest.fixture(params=SERVED)
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    yield from serve(request, tmp_path)


def run(served: Served, ask: Callable[[Connector], Awaitable[Any]], **changes: Any) -> Any:
    """Ask a connector and close it. Nothing may stay open behind it."""

    async def journey() -> Any:
        connector = served.connector(**changes)
        try:
            return await ask(connector)
        finally:
            await asyncio.wait_for(connector.close(), 10)

    try:
        return asyncio.run(journey())
    finally:
        assert served.open == 0


def fetched(served: Served, request: Fetch, **values: Value | tuple[Value, ...]) -> Table:
    async def ask(connector: Connector) -> Table:
        return await connector.fetch(request, values)

    table: Table = run(served, ask)
    assert table.fields == request.fields
    assert all(len(column) == table.count for column in table.columns)
    assert table.owners is None or len(table.owners) == table.count
    return table


def by_owner(table: Table) -> dict[Value, list[tuple[Value, ...]]]:
    """The rows of each owner, in their order."""
    assert table.owners is not None
    rows = list(zip(table.owners, *table.columns, strict=True))
    return {owner: [row[1:] for row in rows if row[0] == owner] for owner in table.owners}


def failed(served: Served, request: Fetch, **values: Value | tuple[Value, ...]) -> SourceError:
    with pytest.raises(SourceError) as caught:
        fetched(served, request, **values)
    assert caught.value.source == "town"
    return caught.value


# ------------------------------------------------------------------------------------------ values, keys, entities


def test_cells_are_exactly_of_their_scalars_type(served: Served) -> None:
    table = fetched(served, Fetch("Person", FIELDS, PERSON), keys=("p1", "p2", "p3", "p4"))
    rows = {row[0]: row[1:] for row in zip(*table.columns, strict=True)}
    east = dt.timezone(dt.timedelta(hours=8))
    seen = (
        dt.datetime(2024, 5, 1, 8, 30, tzinfo=east),
        dt.datetime(2024, 5, 1, 1, 0, tzinfo=dt.UTC),
        dt.datetime(2024, 5, 1, 0, 30, 0, 1, tzinfo=dt.UTC),
    )
    assert rows == {
        "p1": ("王小明", 73, 1.5, True, dt.date(1951, 2, 3), seen[0], "310115016003001", "p2"),
        "p2": ("王", 40, -2.0, False, dt.date(1984, 12, 31), seen[1], "310115016003002", None),
        "p3": (*(None,) * 7, "p1"),
        "p4": ("Wang", 40, 0.0, False, dt.date(1984, 12, 30), seen[2], "310104", "p1"),
    }
    kept = "2024-05-01 08:30:00+08:00" if keeps_offsets(served) else "2024-05-01 00:30:00+00:00"
    assert {str(cell) for cell in table.column("seenAt")} >= {kept}
    scalars = ("String", "String", "Int", "Float", "Boolean", "Date", "DateTime", "String", "String")
    for field, scalar in zip(FIELDS, scalars, strict=True):
        assert {type(cell) for cell in table.column(field)} <= {SCALARS[scalar], type(None)}
    assert table.owners is None


def test_no_keys_no_request(served: Served) -> None:
    for request in (Fetch("Person", FIELDS, PERSON), visits("visits"), visits("latest", "day", "place")):
        for keys in ((), (None,)):
            table = fetched(served, request, keys=keys)
            assert (table.count, table.columns) == (0, tuple([] for _ in request.fields))
            assert (table.owners == []) is (request.type == "Visit")
    assert served.asked == 0


def test_unknown_keys_bring_nothing(served: Served) -> None:
    assert fetched(served, Fetch("Person", FIELDS, PERSON), keys=("nobody", "p")).count == 0
    assert fetched(served, visits("visits"), keys=("nobody", "P1", "p1 ")).owners == []


def test_a_key_asked_twice_is_answered_once(served: Served) -> None:
    table = fetched(served, Fetch("Person", ("id", "name"), PERSON), keys=("p1", "p1", "p2", "p1"))
    assert sorted(map(str, table.column("id"))) == ["p1", "p2"]


def test_the_key_need_not_be_among_the_fields(served: Served) -> None:
    assert fetched(served, Fetch("Person", ("age",), PERSON), keys=("p1",)).columns == ([73],)
    assert fetched(served, Fetch("Person", (), PERSON), keys=("p1", "p2")).count == 2


def test_case_tells_keys_apart(served: Served) -> None:
    table = fetched(served, Fetch("Person", ("id", "name"), PERSON), keys=("P4",))
    assert table.columns == (["P4"], ["wang"])


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_odd_keys_and_values_are_only_ever_values(served: Served, odd: str) -> None:
    if odd in unheld(served):
        assert fetched(served, Fetch("Person", ("id",), PERSON), keys=(odd,)).count == 0
        return
    if odd in unstorable(served):
        for request in (Fetch("Person", ("id",), PERSON), visits("visits")):
            with pytest.raises(UnsupportedError, match="never: a value that the database has no form for"):
                fetched(served, request, keys=(odd, "p1"))
        return
    assert fetched(served, Fetch("Person", ("id", "name", "boss.id"), PERSON), keys=(odd,)).columns == ([odd],) * 3
    table = fetched(served, visits("visits", "place", "person.id"), keys=(odd, "nobody"))
    assert (table.columns, table.owners) == (([odd], [odd]), [odd])
    assert fetched(served, Fetch("Person", ("id",), PERSON), keys=("p1",)).count == 1  # the table still stands


def test_more_keys_than_fit_into_one_request_are_split(served: Served) -> None:
    keys = tuple(f"m{i:05d}" for i in range(MANY))
    table = fetched(served, Fetch("Person", ("id", "age"), PERSON), keys=keys)
    assert sorted(map(str, table.column("id"))) == list(keys)
    assert served.asked >= -(-MANY // served.connector().capabilities.max_keys) > 1


def test_a_key_that_no_text_can_hold_is_refused_in_a_typed_way(served: Served) -> None:
    with pytest.raises(UnsupportedError) as caught:
        fetched(served, Fetch("Person", ("id",), PERSON), keys=("\ud800",))
    assert caught.value.kind is GapKind.NEVER


# ------------------------------------------------------------------------------------------------------- relations


def test_relation_many_in_its_order_with_nulls_smallest(served: Served) -> None:
    table = fetched(served, visits("visits", "day", "place"), keys=("p1", "p2", "nobody", "p4"))
    day = dt.date
    assert by_owner(table) == {
        "p1": [(None, "z"), (day(2024, 1, 2), "b"), (day(2024, 2, 1), "c"), (day(2024, 3, 1), "a")],
        "p2": [(None, "only")],
        "p4": [(day(2023, 1, 1), "early"), (day(2023, 1, 2), None)],
    }
    assert table.count == 7


@pytest.mark.parametrize(
    ("relation", "expected"),
    [("latest", ["a", "only", None]), ("earliest", ["z", "only", "early"]), ("any", None)],
)
def test_relation_one_is_the_first_row_of_each_owner(served: Served, relation: str, expected: list[str] | None) -> None:
    table = fetched(served, visits(relation), keys=("p1", "p2", "p3", "p4"))
    assert table.owners is not None
    assert sorted(map(str, table.owners)) == ["p1", "p2", "p4"]
    if expected is not None:
        assert dict(zip(table.owners, table.column("place"), strict=True)) == dict(
            zip(("p1", "p2", "p4"), expected, strict=True)
        )


def test_relation_bound_is_per_owner(served: Served) -> None:
    table = fetched(served, visits("two"), keys=("p1", "p2", "p4"))
    assert by_owner(table) == {"p1": [("a",), ("c",)], "p2": [("only",)], "p4": [(None,), ("early",)]}


def test_reference_key_is_the_references_column(served: Served) -> None:
    table = fetched(served, visits("visits", "person.id"), keys=("p1", "p4"))
    assert table.column("person.id") == table.owners


def test_the_same_question_has_the_same_answer(served: Served) -> None:
    request = visits("any", "day", "place")
    assert fetched(served, request, keys=("p1", "p4")) == fetched(served, request, keys=("p1", "p4"))


# ----------------------------------------------------------------------------------------- where, order, limit, root

VALUES: dict[str, Value | tuple[Value, ...]] = {
    "forty": 40,
    "ages": (40, 73, None),
    "none": (),
    "wang": "Wang",
    "w": "王",
    "a": "a",
    "blank": "",
    "true": True,
    "born": dt.date(1984, 12, 31),
    "seen": dt.datetime(2024, 5, 1, 0, 30, tzinfo=dt.UTC),
    "null": None,
    "one": ("310115016003",),
    "two": ("310115016003001", "310104"),
    "score": 0.0,
}
SMALL = Or((Compare("id", Op.IN, "small"),))
SMALL_IDS = ("p1", "p2", "p3", "p4", "P4")

WHERE: list[tuple[Predicate, str]] = [
    (ALWAYS, "p1 p2 p3 p4 P4"),
    (NEVER, ""),
    (Not(ALWAYS), ""),
    (Not(NEVER), "p1 p2 p3 p4 P4"),
    (Compare("age", Op.EQ, "forty"), "p2 p4"),
    (Compare("age", Op.NE, "forty"), "p1 P4"),
    (Compare("age", Op.LT, "forty"), "P4"),
    (Compare("age", Op.LE, "forty"), "p2 p4 P4"),
    (Compare("age", Op.GT, "forty"), "p1"),
    (Compare("age", Op.GE, "forty"), "p1 p2 p4"),
    (Compare("age", Op.IN, "ages"), "p1 p2 p4"),
    (Compare("age", Op.IN, "none"), ""),
    (Not(Compare("age", Op.EQ, "forty")), "p1 P4"),
    (Not(Compare("age", Op.NE, "forty")), "p2 p4"),
    (Not(Compare("age", Op.LT, "forty")), "p1 p2 p4"),
    (Not(Compare("age", Op.IN, "ages")), ""),  # a null in the list: no row is known not to be in it
    (Not(Compare("age", Op.IN, "none")), "p1 p2 p4 P4"),
    (Compare("age", Op.EQ, "null"), ""),
    (Not(Compare("age", Op.EQ, "null")), ""),
    (IsNull("age"), "p3"),
    (Not(IsNull("age")), "p1 p2 p4 P4"),
    (Compare("name", Op.EQ, "wang"), "p4"),
    (Compare("name", Op.STARTS_WITH, "w"), "p1 p2"),
    (Compare("name", Op.STARTS_WITH, "blank"), "p1 p2 p4 P4"),
    (Compare("name", Op.STARTS_WITH, "null"), ""),
    (Not(Compare("name", Op.STARTS_WITH, "w")), "p4 P4"),
    (Compare("name", Op.GT, "a"), "p1 p2 P4"),  # by code point: "Wang" sorts before "a"
    (Compare("livesAlone", Op.EQ, "true"), "p1 P4"),
    (Not(Compare("livesAlone", Op.EQ, "true")), "p2 p4"),
    (Compare("birthDate", Op.GE, "born"), "p2 P4"),
    (Compare("birthDate", Op.LT, "born"), "p1 p4"),
    (Compare("seenAt", Op.EQ, "seen"), "p1"),  # 08:30 in Shanghai
    (Compare("seenAt", Op.GT, "seen"), "p2 p4"),  # p4 by one microsecond
    (Compare("score", Op.GE, "score"), "p1 p4 P4"),
    (Within("area", "none"), ""),
    (Not(Within("area", "none")), "p1 p2 p4 P4"),
    (Within("area", "one"), "p1 p2"),
    (Within("area", "two"), "p1 p4"),
    (Not(Within("area", "two")), "p2 P4"),
    (And((Compare("age", Op.EQ, "forty"), Not(Compare("livesAlone", Op.EQ, "true")))), "p2 p4"),
    (Or((IsNull("name"), Compare("age", Op.GT, "forty"))), "p1 p3"),
    (Not(And((IsNull("age"), Compare("age", Op.EQ, "forty")))), "p1 p2 p4 P4"),
    (Not(Or((Compare("age", Op.EQ, "forty"), Compare("livesAlone", Op.EQ, "true")))), ""),
]


def refused(served: Served, request: Fetch, **values: Value | tuple[Value, ...]) -> None:
    """What a connector cannot do, it refuses: typed, saying whether it may come, and without asking the source."""
    with pytest.raises(UnsupportedError) as caught:
        fetched(served, request, **values)
    gap = served.connector().capabilities.gap
    assert gap is not None
    assert caught.value.kind is gap.kind
    assert gap.reason in str(caught.value)
    assert served.asked == 0


@pytest.mark.parametrize(("where", "expected"), WHERE, ids=lambda part: str(part)[:60])
def test_where_is_three_valued(served: Served, where: Predicate, expected: str) -> None:
    values = {**VALUES, "small": SMALL_IDS}
    request = Fetch("Person", ("id",), where=And((SMALL, where)))
    if not served.connector().capabilities.collections or where in unoffered(served):
        return refused(served, request, **values)
    assert set(map(str, fetched(served, request, **values).column("id"))) == set(expected.split())
    return None


def test_where_beside_keys_holds_before_order_and_bound(served: Served) -> None:
    request = Fetch("Visit", ("place",), Via("Human", "id", "latest"), Compare("place", Op.NE, "hidden"))
    if not served.connector().capabilities.operators or request.where in unoffered(served):
        return refused(served, request, keys=("p1",), hidden="a")
    assert fetched(served, request, keys=("p1",), hidden="a").columns == (["c"],)
    return None


def test_order_and_limit(served: Served) -> None:
    def ids(limit: int, *order: Order) -> list[Value]:
        request = Fetch("Person", ("id",), where=SMALL, order=order, limit=True)
        return fetched(served, request, small=SMALL_IDS, limit=limit).column("id")

    if not served.connector().capabilities.order:
        refused(served, Fetch("Person", ("id",), order=(Order("id"),), limit=True), limit=2)
        return refused(served, Fetch("Person", ("id",), limit=True), limit=2)
    assert ids(9, Order("id")) == ["P4", "p1", "p2", "p3", "p4"]
    assert ids(2, Order("id", descending=True)) == ["p4", "p3"]
    assert ids(9, Order("age")) == ["p3", "P4", "p2", "p4", "p1"]  # null is smallest; equals by key
    assert ids(9, Order("age", descending=True)) == ["p1", "p2", "p4", "P4", "p3"]
    assert ids(9, Order("seenAt")) == ["p3", "P4", "p1", "p4", "p2"]  # as instants, whatever their offsets
    assert ids(9, Order("livesAlone"), Order("birthDate", descending=True)) == ["p3", "p2", "p4", "P4", "p1"]
    assert ids(0, Order("id")) == []
    return None


def test_a_sample_is_the_first_rows_whatever_is_wrong_with_them(served: Served) -> None:
    def sample(limit: int) -> Table:
        request = Fetch("Person", ("id",), where=SMALL, limit=True)
        table: Table = run(served, lambda one: one.sample(request, {"small": SMALL_IDS, "limit": limit}))
        return table

    if not served.connector().capabilities.collections:
        with pytest.raises(UnsupportedError):
            sample(2)
        return
    assert set(map(str, sample(9).column("id"))) == {"P4", "p1", "p2", "p3", "p4"}
    assert sample(2).count == 2
    served.repeat("p1")
    assert sorted(map(str, sample(9).column("id"))) == ["P4", "p1", "p1", "p2", "p3", "p4"]


def test_what_no_declaration_has_is_refused(served: Served) -> None:
    for request in (
        Fetch("Person", ("remarks",), PERSON),
        Fetch("Nobody", ("id",), PERSON),
        Fetch("Person", ("id",), Via("Person", "id", "friends")),
        Fetch("Person", ("id",), Via("Person", 'id" OR 1=1 --')),
        Fetch("Person", ("id",), PERSON, limit=True),
        Fetch("Person", ("id",), PERSON, order=(Order("id"),)),
    ):
        with pytest.raises(UnsupportedError):
            fetched(served, request, keys=("p1",), limit=1)
    assert served.asked == 0


# ---------------------------------------------------------------------------------------------- sources that misbehave


@pytest.mark.parametrize(
    ("type_name", "column", "value"),
    [
        ("Person", "age", "SECRET"),
        ("Person", "age", 1.5),
        ("Person", "name", ...),
        ("Person", "score", "SECRET"),
        ("Person", "alone", 2),
        ("Person", "alone", "SECRET"),
        ("Person", "born", "1951-02-30"),
        ("Person", "born", "1951-W05-3"),
        ("Person", "born", "SECRET"),
        ("Person", "born", 19510203),
        ("Person", "seen", "1951-02-03"),
        ("Person", "seen", "SECRET"),
        ("Person", "boss", ...),
        ("Visit", "day", "SECRET"),
    ],
)
def test_a_value_of_another_type_is_a_lie_and_is_not_quoted(
    served: Served, type_name: str, column: str, value: object
) -> None:
    value = no_text(served) if value is ... else value
    served.change(type_name, "p1", column, value)
    request = Fetch("Person", FIELDS, PERSON) if type_name == "Person" else visits("visits", "day", "place")
    error = failed(served, request, keys=("p1", "p2"))
    assert error.kind is FailureKind.INVALID
    assert str(value) not in str(error)
    assert type_name in str(error)


@pytest.mark.parametrize("column", ["id", "boss"])
def test_an_identifier_with_full_width_digits_is_a_lie_and_is_not_quoted(served: Served, column: str) -> None:
    """It would never equal the real one, and nobody would see why."""
    odd = "３１0115"
    served.change("Person", "p4", column, odd)
    keys = ("p2", odd if column == "id" else "p4")
    error = failed(served, Fetch("Person", ("name", "id", "boss.id"), PERSON), keys=keys)
    assert error.kind is FailureKind.INVALID
    assert f"full-width digits in Person.{column if column == 'id' else 'boss.id'}" in str(error)
    assert odd not in str(error)
    assert fetched(served, Fetch("Person", ("name",), PERSON), keys=("p1", "p2")).count == 2


def test_full_width_digits_elsewhere_are_text_like_any_other(served: Served) -> None:
    served.change("Person", "p2", "name", "３１")
    assert fetched(served, Fetch("Person", ("name",), PERSON), keys=("p2",)).columns == (["３１"],)


def test_when_its_data_last_changed_is_known_or_left_out(served: Served) -> None:
    """Aware, and not later than now. A source that can't say so leaves it out; one that has to be asked may be gone."""

    async def ask(connector: Connector) -> object:
        known = await connector.changed()
        for type_name, moment in known.items():
            assert type_name in {"Person", "Visit"}
            assert dt.datetime(2024, 1, 1, tzinfo=dt.UTC) < moment <= dt.datetime.now(dt.UTC)
        return set(known)

    assert run(served, ask) in ({"Person", "Visit"}, set())
    assert served.asked == 0
    served.kill()

    async def gone(connector: Connector) -> object:
        try:
            return await connector.changed()
        except SourceError as error:
            return error.kind

    assert run(served, gone) in ({}, FailureKind.UNAVAILABLE)


def test_a_unique_key_that_comes_twice_is_a_lie(served: Served) -> None:
    served.repeat("p1")
    assert failed(served, Fetch("Person", ("age",), PERSON), keys=("p1", "p2")).kind is FailureKind.INVALID


def test_a_dead_source_is_unavailable_and_names_no_address(served: Served) -> None:
    served.kill()
    error = failed(served, Fetch("Person", ("id",), PERSON), keys=("p1",))
    assert error.kind is FailureKind.UNAVAILABLE
    assert not any(word in str(error) for word in ("example", "sqlite", "/", "p1", "refused"))


def test_check_passes_and_asks_for_nobodys_data(served: Served) -> None:
    run(served, lambda connector: connector.check())
    assert served.asked == 0


@pytest.mark.parametrize("column", ["born", "boss"])
def test_check_names_the_column_that_is_not_there_and_what_is(served: Served, column: str) -> None:
    served.drop_column(column)
    with pytest.raises(DeclarationError, match=rf"person.* {column} .*write one of: .*area"):
        run(served, lambda connector: connector.check())


# ------------------------------------------------------------------------------------------ time, load, cancellation


@pytest.mark.whole
def test_timeout_is_kept_and_the_connector_serves_on(served: Served) -> None:
    request = Fetch("Person", ("id",), PERSON)

    async def ask(connector: Connector) -> None:
        await connector.fetch(request, {"keys": ("p1",)})
        served.slow()
        started = asyncio.get_running_loop().time()
        for _ in range(3):  # more than its concurrency: none of them holds a slot for ever
            with pytest.raises(SourceError) as caught:
                await connector.fetch(request, {"keys": ("p1",)})
            assert caught.value.kind is FailureKind.TIMEOUT
        assert asyncio.get_running_loop().time() - started < 3 * patience(served) + 1
        served.quick()
        assert (await connector.fetch(request, {"keys": ("p1",)})).columns == (["p1"],)

    run(served, ask, timeout=patience(served))


@pytest.mark.whole
def test_load_cap_is_kept_and_waiting_counts(served: Served) -> None:
    request = Fetch("Person", ("id",), PERSON)

    async def ask(connector: Connector) -> None:
        tables = await asyncio.gather(*(connector.fetch(request, {"keys": ("p1",)}) for _ in range(20)))
        assert all(table.count == 1 for table in tables)
        assert served.most <= 2
        served.slow()
        failures = await asyncio.gather(
            *(connector.fetch(request, {"keys": ("p1",)}) for _ in range(5)), return_exceptions=True
        )
        kinds = [failure.kind for failure in failures if isinstance(failure, SourceError)]
        # A third may have its turn at the very moment at which the first two give up.
        assert len(kinds) == 5
        assert kinds[:2] == [FailureKind.TIMEOUT] * 2
        assert set(kinds) <= {FailureKind.TIMEOUT, FailureKind.OVERLOADED}
        assert served.most <= 2
        served.quick()
        asked = served.asked
        for _ in range(2):
            await connector._cap._free.acquire()
        with pytest.raises(SourceError) as caught:
            await connector.fetch(request, {"keys": ("p1",)})
        assert caught.value.kind is FailureKind.OVERLOADED
        assert served.asked == asked

    run(served, ask, timeout=max(0.8, patience(served)))


def test_a_cancelled_fetch_leaves_nothing_open(served: Served) -> None:
    request = Fetch("Person", ("id",), PERSON)

    async def ask(connector: Connector) -> None:
        await connector.fetch(request, {"keys": ("p1",)})
        served.slow()
        waiting = [asyncio.ensure_future(connector.fetch(request, {"keys": ("p1",)})) for _ in range(4)]
        await until(lambda: served.open == 2)
        for task in waiting:
            task.cancel()
        assert all(
            isinstance(answer, asyncio.CancelledError)
            for answer in await asyncio.gather(*waiting, return_exceptions=True)
        )
        served.quick()
        assert (await connector.fetch(request, {"keys": ("p1",)})).count == 1

    run(served, ask, timeout=30.0)


def test_closing_ends_what_is_under_way(served: Served) -> None:
    async def ask(connector: Connector) -> None:
        served.slow()
        waiting = asyncio.ensure_future(connector.fetch(Fetch("Person", ("id",), PERSON), {"keys": ("p1",)}))
        await until(lambda: served.open)
        await asyncio.wait_for(connector.close(), 10)
        await connector.close()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    run(served, ask, timeout=30.0)


def test_people_are_as_many_as_the_data_says(served: Served) -> None:
    keys = tuple(row["id"] for row in PEOPLE if row["id"] not in unstorable(served))
    assert fetched(served, Fetch("Person", ("id",), PERSON), keys=keys).count == len(keys) - len(unheld(served))
