"""Every combination of what can be searched by, against the log read from end to end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.log import Log
from audit.note import SigningKey
from audit.search import Found, Search, Wanted
from tests.audit.conftest import Made
from vocabulary.moment import CITY_ZONE, day_of
from vocabulary.receipt import Entry, Kind, Step, Who

PERSONS, ORGANISATIONS = ("wang.min", "li.na", "' OR 1=1 --"), ("health-commission", "eatwell", "")
START = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
KINDS = (Kind.RELEASE, Kind.WAVE, Kind.REFUSAL, Kind.ACT, Kind.POLICY)
MADE = Made()


def entry(number: int) -> Entry:
    """Entries of many shapes; a clock that is set back now and then; some with nobody known."""
    at = START + dt.timedelta(hours=5 * number % 97 - 40 * (number % 11 == 0), milliseconds=number)
    person, organisation = PERSONS[number % 3], ORGANISATIONS[number % 2]
    who = None if number % 7 == 0 else Who(person, organisation, "portal", (), ())
    kind = KINDS[number % 5]
    return Entry(
        kind,
        at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "ok",
        who=who,
        subjects={"Resident": MADE.pseudonyms(number % 3, number % 4)} if kind is Kind.RELEASE else {},
        probed={"Firm": MADE.pseudonyms(1, number % 4)} if number % 13 == 0 else {},
        agreement=f"A-{number % 2}" if number % 4 == 0 else "",
        act=Step("agreement", f"A-{number % 3}", "ask") if kind is Kind.ACT else None,
    )


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Search]:
    directory: Path = tmp_path_factory.mktemp("walks")
    log = Log.open(directory, origin="test", signing_key=SigningKey.generate("test"))
    for number in range(120):
        log.append_sync(entry(number))
    log.append_sync(MADE.release(3000))  # with chunks
    yield Search(directory)
    log.close()


def is_as(one: Found, wanted: Wanted, chunks: dict[int, set[str]]) -> bool:
    """The reference: what `Wanted` says, field by field."""
    fields: dict[str, Any] = one.fields
    who, act = fields.get("who", {}), fields.get("act", {})
    names = {name for key in ("subjects", "probed") for each in fields.get(key, {}).values() for name in each}
    marks = {fields.get("agreement"), act.get("id"), f"every {act['what']}" if act else None}
    return (
        (
            wanted.subjects is None
            or (fields["kind"] != "subjects" and bool(wanted.subjects & (names | chunks.get(one.index, set()))))
        )
        and (wanted.under is None or wanted.under in marks)
        and (wanted.persons is None or who.get("person") in wanted.persons)
        and (wanted.organisations is None or who.get("organisation") in wanted.organisations)
        and (wanted.kinds is None or fields["kind"] in wanted.kinds)
        and (wanted.since is None or one.at >= wanted.since)
        and (wanted.until is None or one.at < wanted.until)
        and (wanted.first is None or one.index >= wanted.first)
        and (wanted.before is None or one.index < wanted.before)
    )


def some(values: tuple[str, ...]) -> st.SearchStrategy[frozenset[str] | None]:
    return st.none() | st.frozensets(st.sampled_from(values), max_size=3)


def times() -> st.SearchStrategy[dt.datetime | None]:
    far = (dt.datetime(1, 1, 2, tzinfo=dt.UTC), dt.datetime(9999, 12, 30, tzinfo=dt.UTC))
    return st.none() | st.integers(-60, 130).map(lambda hours: START + dt.timedelta(hours=hours)) | st.sampled_from(far)


WANTED = st.builds(
    Wanted,
    subjects=some((*MADE.pseudonyms(4), MADE.pseudonym(2_999), "nobody")),
    under=st.none() | st.sampled_from(("A-0", "A-1", "A-9", "every agreement", "")),
    persons=some((*PERSONS, "nobody", "")),
    organisations=some((*ORGANISATIONS, "nobody")),
    kinds=some((*KINDS, "subjects", "nonsense", "")),
    since=times(),
    until=times(),
    first=st.none() | st.integers(-1, 130),
    before=st.none() | st.integers(-1, 130),
)


@pytest.mark.whole
@settings(max_examples=400, deadline=None)
@given(wanted=WANTED, limit=st.integers(0, 12))
def test_a_search_finds_all_that_is_so_and_nothing_else_newest_first(
    search: Search, wanted: Wanted, limit: int
) -> None:
    everything = search.find(Wanted(), 1_000)
    closing = everything[0]
    named = {
        name for one in everything if one.fields["kind"] == "subjects" for name in one.fields["subjects"]["Resident"]
    }
    expected = [one.index for one in everything if is_as(one, wanted, {closing.index: named})]
    found = search.find(wanted, limit)
    assert [one.index for one in found] == expected[:limit]
    assert all(one.body == everything[len(everything) - 1 - one.index].body for one in found)


@pytest.mark.whole
@settings(max_examples=100, deadline=None)
@given(wanted=WANTED, size=st.integers(1, 7))
def test_pages_are_the_whole(search: Search, wanted: Wanted, size: int) -> None:
    whole = [one.index for one in search.find(wanted, 1_000)]
    paged: list[int] = []
    at = wanted.before
    while page := search.find(replace(wanted, before=at), size):
        paged += [one.index for one in page]
        at = paged[-1]
    assert paged == whole


def test_counts_are_those_of_searches(search: Search) -> None:
    """Each entry counts once, on its day of the city: what a search of that day, kind and organisation finds."""
    first, last = dt.date(2026, 11, 1), dt.date(2026, 12, 31)
    tallies = search.tallies(first, last)
    assert sum(tally.count for tally in tallies) == len(search.find(Wanted(), 1_000))
    assert [tally.day for tally in tallies] == sorted((tally.day for tally in tallies), reverse=True)
    for tally in tallies:
        since = dt.datetime.combine(tally.day, dt.time(), CITY_ZONE)
        wanted = Wanted(kinds=frozenset({tally.kind}), since=since, until=since + dt.timedelta(days=1))
        found = [
            one
            for one in search.find(wanted, 1_000)
            if one.fields.get("who", {}).get("organisation", "") == tally.organisation
        ]
        assert len(found) == tally.count
        assert {day_of(one.at) for one in found} == {tally.day}
    some_day = tallies[0].day
    assert search.tallies(some_day, some_day) == [tally for tally in tallies if tally.day == some_day]
    assert search.tallies(last, first) == []
