"""One suite for every kind of connector: the rows of entities and relations; then lists, and sources that misbehave.

What a kind cannot do is refused in a typed way, never skipped.
"""

from __future__ import annotations

import datetime as dt

import pytest

from connectors.errors import GapKind, UnsupportedError
from tests.connectors.conforming import FIELDS, PERSON, by_owner, fetched, visits
from tests.connectors.served import MANY, ODD, Served, keeps_offsets, unheld, unstorable
from vocabulary.fetch import Fetch
from vocabulary.values import SCALARS


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
    """For each owner; which owner's rows come first is nothing that anybody is told."""
    request = visits("any", "day", "place")
    once, again = (by_owner(fetched(served, request, keys=("p1", "p4"))) for _ in range(2))
    assert once == again
