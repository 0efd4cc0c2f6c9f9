"""Pages of which rows are dropped on arrival: they are filled, within a bound, and never tell of what was dropped."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from federation.execute.sources import _LOOK, _LOOKS
from tests.support.executing import NAMES, Bench, Told, line, person
from vocabulary.fetch import Fetch

AGREED = line("any agreed", "Person.name")
DOCUMENT = """
query($first: Int, $after: String) {
  people(first: $first, after: $after) { edges { cursor node { name } } pageInfo { hasNextPage endCursor } }
}
"""
patterns = st.lists(st.booleans(), max_size=60)
NONE_AT_ALL = [False] * 60
LAST_OF_MANY = [*[False] * 59, True]
LAST_OF_VERY_MANY = [*[False] * 2_999, True]


def town(consenting: list[bool]) -> Bench:
    """People of whom these have consented, and the others not."""
    people = [person(serial) for serial in range(len(consenting))]
    consented = frozenset(str(one["number"]) for one, agreed in zip(people, consenting, strict=True) if agreed)
    return Bench(AGREED, {"register": {"Person": people}}, consented)


def names_of(consenting: list[bool]) -> list[str]:
    """Whose names may be seen, in the order of the list."""
    return [f"name {serial}" for serial, agreed in enumerate(consenting) if agreed]


def page(told: Told) -> tuple[list[str], bool, str | None]:
    people = told.data["people"]
    info = people["pageInfo"]
    return [edge["node"]["name"] for edge in people["edges"]], info["hasNextPage"], info["endCursor"]


def walk(bench: Bench, first: int, after: str | None = None) -> list[tuple[Told, list[str], bool]]:
    """All pages, one by one, by the cursors that they end with."""
    pages: list[tuple[Told, list[str], bool]] = []
    while True:
        told = bench.ask(DOCUMENT, {"first": first, "after": after})
        names, more, after = page(told)
        pages.append((told, names, more))
        assert len(pages) < 200
        if not more:
            return pages
        assert after is not None


@settings(max_examples=60, deadline=None)
@given(patterns, st.integers(1, 5))
@example(NONE_AT_ALL, 1)
@example(LAST_OF_MANY, 1)
@example([True] * 60, 5)
@example([], 3)
def test_pages_hold_everything_that_may_be_seen_exactly_once_and_nothing_else(
    consenting: list[bool], first: int
) -> None:
    pages = walk(town(consenting), first)
    assert [name for _, names, _ in pages for name in names] == names_of(consenting)
    assert all(len(names) <= first for _, names, _ in pages)


@settings(max_examples=60, deadline=None)
@given(patterns, st.integers(1, 5))
@example(NONE_AT_ALL, 2)
@example(LAST_OF_MANY, 2)
@example([True, *[False] * 40], 1)
def test_a_page_says_that_more_follows_because_of_what_may_be_seen_or_of_the_bound(
    consenting: list[bool], first: int
) -> None:
    left = names_of(consenting)
    for told, names, more in walk(town(consenting), first):
        left = left[len(names) :]
        looks = len(told.asked["register"])
        assert looks <= _LOOKS
        if looks < _LOOKS:  # the bound was not reached: full where more may be seen, and else the last
            assert more is bool(left)
            assert len(names) == first or not left


@settings(max_examples=40, deadline=None)
@given(patterns, st.integers(1, 5))
def test_every_cursor_leads_to_what_follows_its_row(consenting: list[bool], first: int) -> None:
    bench, expected = town(consenting), names_of(consenting)
    told = bench.ask(DOCUMENT, {"first": first})
    for at, edge in enumerate(told.data["people"]["edges"], start=1):
        following = walk(bench, 5, edge["cursor"])
        assert [name for _, names, _ in following for name in names] == expected[at:]


@pytest.mark.whole
@settings(max_examples=40, deadline=None)
@given(patterns, st.integers(1, 5))
@example([False, True, False, True, True], 1)
def test_what_is_hidden_is_in_no_receipt(consenting: list[bool], first: int) -> None:
    for told, names, _ in walk(town(consenting), first):
        numbers = [f"n{int(name.removeprefix('name ')):03d}" for name in names]
        assert told.closing.subjects.get("Person", ()) == tuple(NAMES.of("Person", numbers))
        assert told.closing.rows == ({"Person": len(names)} if names else {})
        assert told.waves == []


def test_a_page_that_its_source_fills_is_asked_for_once() -> None:
    told = town([True] * 10).ask(DOCUMENT, {"first": 3})
    ((fetch, values),) = told.asked["register"]
    assert isinstance(fetch, Fetch)
    assert values["limit"] == 4
    assert page(told)[:2] == (["name 0", "name 1", "name 2"], True)


def test_a_page_looks_on_where_rows_were_dropped_and_stops_where_the_source_ends() -> None:
    told = town([True, False, False, True, False]).ask(DOCUMENT, {"first": 2})
    assert len(told.asked["register"]) == 2
    assert page(told)[:2] == (["name 0", "name 3"], False)


def test_a_full_page_looks_for_one_more_row_that_may_be_seen() -> None:
    """That a hidden row follows is no next page."""
    assert page(town([True, False, False, False]).ask(DOCUMENT, {"first": 1}))[:2] == (["name 0"], False)
    assert page(town([True, False, False, True]).ask(DOCUMENT, {"first": 1}))[:2] == (["name 0"], True)


def test_at_the_bound_a_page_may_be_empty_and_its_cursor_leads_on_behind_all_that_was_looked_at() -> None:
    bench = town(LAST_OF_VERY_MANY)
    told = bench.ask(DOCUMENT, {"first": 1})
    names, more, after = page(told)
    assert (names, more, len(told.asked["register"])) == ([], True, _LOOKS)
    again = bench.ask(DOCUMENT, {"first": 1, "after": after})
    slots = [value for name, value in again.state.bound.items() if name.startswith("after")]
    assert slots == [2 + (_LOOKS - 1) * _LOOK - 1]  # first at one row more than a page, then at many
    assert told.closing.rows == {}


@pytest.mark.parametrize("dies_after", [0, 1, 3])
def test_a_source_that_dies_while_a_page_is_filled_costs_the_page(dies_after: int) -> None:
    told = replace(town(LAST_OF_VERY_MANY), dead={"register": dies_after}).ask(DOCUMENT, {"first": 2})
    assert told.data == {"people": None}
    assert [failure.source for failure in told.state.failures] == ["register"]
    assert told.closing.outcome == "partial"


def test_two_lists_of_one_document_are_filled_each_on_its_own() -> None:
    document = "{ a: people(first: 1) { nodes { name } } b: people(first: 2) { nodes { name } } }"
    told = town([False, True, False, True, True]).ask(document)
    assert told.data == {
        "a": {"nodes": [{"name": "name 1"}]},
        "b": {"nodes": [{"name": "name 1"}, {"name": "name 3"}]},
    }
    assert told.closing.rows == {"Person": 2}


def test_people_of_whom_nothing_more_may_be_told_are_passed_over_in_the_same_way() -> None:
    bench = replace(town([True] * 6), barred=frozenset({"n000", "n002", "n005"}))
    assert [name for _, names, _ in walk(bench, 1) for name in names] == ["name 1", "name 3", "name 4"]
    assert page(bench.ask(DOCUMENT, {"first": 3}))[1] is False


def test_what_the_source_can_decide_costs_no_second_look() -> None:
    """Only consent is judged on arrival here: areas are asked for, so that rows elsewhere are never looked at."""
    people = [person(n, area="310104" if n % 2 else "310115016003") for n in range(20)]
    bench = Bench(line("own", "Person.name"), {"register": {"Person": people}})
    told = bench.ask(DOCUMENT, {"first": 5}, areas=["310115"])
    assert len(told.asked["register"]) == 1
    assert page(told)[:2] == ([f"name {n}" for n in range(0, 10, 2)], True)


def test_a_handful_of_hidden_rows_shows_in_nothing() -> None:
    """A filter can't be used to find out that hidden rows match it: the answer is that of a list without them."""
    hidden, empty = (town(rows).ask(DOCUMENT, {"first": 1}) for rows in ([False] * 1_500, []))
    assert page(hidden) == page(empty) == ([], False, None)
