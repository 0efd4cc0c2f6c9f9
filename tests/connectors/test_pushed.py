"""Row rules over every connector: the rows of a pushed rule, decided on arrival, are those of the whole fetch.

A source that can't apply a rule says so in a typed way, and is asked without it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.errors import UnsupportedError
from federation.execute.coverage import Coverage, Facts
from federation.schema.facts import TypeFacts
from tests.connectors.served import ODD, SERVED, Served, serve, unstorable
from tests.support.planning import asked_of, field_facts
from tests.support.rules import combined, condition
from vocabulary.area import Area
from vocabulary.fetch import ALWAYS, And, Compare, Fetch, IsNull, Not, Or, Order, Predicate, Table, Values, Via, Within
from vocabulary.moment import CITY_ZONE
from vocabulary.rows import (
    EVERYTHING,
    NOTHING,
    OWN,
    Asker,
    Holds,
    InEmergency,
    RelatedArea,
    Relation,
    RowRule,
    Tie,
    TiedSubject,
    WithinArea,
    all_of,
    leaves,
    negate,
)

SCALARS = {
    "id": "String",
    "name": "String",
    "age": "Int",
    "score": "Float",
    "livesAlone": "Boolean",
    "birthDate": "Date",
    "seenAt": "DateTime",
    "area": "String",
}
PEOPLE = TypeFacts(
    "Person",
    "town",
    key="id",
    subject="id",
    area="area",
    fields={name: field_facts(name, scalar) for name, scalar in SCALARS.items()},
    description="",
)
KEYS = ("p1", "p2", "p3", "p4", "P4", "m00000", "m00001", "nobody", *ODD)
FIELDS = tuple(SCALARS)
AREAS = [Area(code) for code in ("31", "310115", "310115016003", "310115016003001", "310104")]
CONDITIONS = {
    one.name: one
    for one in (
        condition("mine", "organisation", field="name"),
        condition("named", "value", field="name", values=["Wang", *ODD]),
        condition("forty", "value", field="age", values=[40, 0, -1]),
        condition("alone", "value", field="livesAlone", values=[True]),
        condition("together", "value", field="livesAlone", values=[False]),
        condition("fresh", "not-older", field="seenAt", hours=1),
        condition("recent", "not-older", field="birthDate", days=10_000),
        condition("adult", "age", field="birthDate", atLeast=18),
        condition("young", "age", field="birthDate", atLeast=4, below=40),
    )
}
leaf_rules: st.SearchStrategy[RowRule] = st.one_of(
    st.sampled_from([EVERYTHING, NOTHING, InEmergency()]),
    st.sampled_from(list(Relation)).map(RelatedArea),
    st.sampled_from(AREAS).map(WithinArea),
    st.just(TiedSubject(Tie.CASE)),
    st.sampled_from(list(CONDITIONS.values())).map(Holds),
)
areas = st.lists(st.sampled_from(AREAS), max_size=2, unique=True).map(tuple)
moments = st.sampled_from(
    [
        dt.datetime(2024, 5, 1, 1, 30, tzinfo=dt.UTC),  # p1 was seen an hour ago, to the microsecond
        dt.datetime(2024, 5, 1, 1, 30, 0, 1, tzinfo=dt.UTC),  # p1 longer ago, and p4 an hour
        dt.datetime(2024, 5, 1, 10, 0, tzinfo=CITY_ZONE),
        dt.datetime(2024, 12, 30, 16, 0, tzinfo=dt.UTC),  # midnight in the city: p2 is forty from now on
        dt.datetime(2024, 12, 30, 15, 59, 59, tzinfo=dt.UTC),
        dt.datetime(2024, 2, 29, 12, tzinfo=CITY_ZONE),
        dt.datetime(2038, 2, 28, 12, tzinfo=CITY_ZONE),
        dt.datetime(2038, 3, 1, 0, 0, tzinfo=CITY_ZONE),  # eighteen years and a day after 29 February
    ]
)
askers = st.builds(
    Asker,
    organisation=st.sampled_from(["王", "wang", *ODD]),
    areas=areas,
    emergencies=areas,
    tied=st.frozensets(st.sampled_from(KEYS), max_size=3).map(lambda keys: {(Tie.CASE, "Person"): keys}),
    at=moments,
)
SOMEBODY = Asker("wang", (Area("31"),), (), {}, dt.datetime(2024, 5, 1, 1, 30, tzinfo=dt.UTC))
NESTED = replace(SOMEBODY, areas=(Area("31"), Area("310115016003001")))
brief = settings(max_examples=60, deadline=None)


class Source:
    """One connector of a kind, for the many questions of a property."""

    def __init__(self, served: Served, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._connector = served.connector()
        self.capabilities = self._connector.capabilities
        self.unstorable = unstorable(served)
        self.offers: Callable[[Predicate, bool], bool] = getattr(served, "offers", lambda _where, _by_key: True)

    def fetched(self, where: Predicate, values: Values, *, via: Via | None) -> Table:
        """The rows of a fetch by key, or of the whole collection."""
        if via is None:
            every = Fetch("Person", FIELDS, where=where, order=(Order("id"),), limit=True)
            return self._runner.run(self._connector.fetch(every, {**values, "limit": 10_000}))
        keys = tuple(key for key in KEYS if key not in self.unstorable)
        return self._runner.run(self._connector.fetch(Fetch("Person", FIELDS, via, where), {**values, "keys": keys}))

    def close(self) -> None:
        self._runner.run(self._connector.close())


@pytest.fixture(scope="module", params=SERVED)
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    with asyncio.Runner() as runner, contextmanager(serve)(request, tmp_path_factory.mktemp("served")) as served:
        made = Source(served, runner)
        yield made
        made.close()


def decided(table: Table, rule: RowRule, asker: Asker) -> set[object]:
    """The keys of the rows of a table that are covered where they arrive."""
    values = {name: table.column(str(one.field)) for name, one in CONDITIONS.items()}
    facts = Facts(table.column("area"), "Person", table.column("id"), values)
    seen = Coverage(asker).rows(rule, facts)
    return {key for key, covered in zip(table.column("id"), seen, strict=True) if covered}


def slots(where: Predicate) -> set[str]:
    """The names of the values that it compares with."""
    match where:
        case And(parts) | Or(parts):
            return set().union(*map(slots, parts))
        case Not(part):
            return slots(part)
        case Compare() | Within():
            return {where.slot}
        case IsNull():
            return set()


def can_apply(source: Source, where: Predicate, values: Values, *, by_key: bool) -> bool:
    """Not where the kind has no such predicates, nor where a value is none that its database has a form for."""
    if not source.offers(where, by_key):
        return False
    held = {one for slot in map(values.get, slots(where)) for one in (slot if isinstance(slot, tuple) else (slot,))}
    return where == ALWAYS or (source.capabilities.boolean and source.unstorable.isdisjoint(held))


@brief
@given(rule=combined(leaf_rules), asker=askers)
@example(Holds(CONDITIONS["fresh"]), SOMEBODY)
@example(negate(Holds(CONDITIONS["fresh"])), SOMEBODY)
@example(all_of(OWN, negate(RelatedArea(Relation.WITHIN))), SOMEBODY)
@example(RelatedArea(Relation.WITHIN), NESTED)
def test_rows_by_key_are_the_same_pushed_or_decided_on_arrival(source: Source, rule: RowRule, asker: Asker) -> None:
    where, values = asked_of(rule, PEOPLE, asker)
    everything = source.fetched(ALWAYS, {}, via=Via("Person", "id"))
    if can_apply(source, where, values, by_key=True):
        found = source.fetched(where, values, via=Via("Person", "id"))
        assert decided(found, rule, asker) == decided(everything, rule, asker)
        assert found.count <= everything.count
    else:
        with pytest.raises(UnsupportedError):
            source.fetched(where, values, via=Via("Person", "id"))


@settings(brief, max_examples=15)
@given(rule=combined(leaf_rules), asker=askers)
def test_rows_of_a_collection_are_the_same_pushed_or_decided_on_arrival(
    source: Source, rule: RowRule, asker: Asker
) -> None:
    where, values = asked_of(rule, PEOPLE, asker)
    if not source.capabilities.collections or not can_apply(source, where, values, by_key=False):
        with pytest.raises(UnsupportedError):
            source.fetched(where, values, via=None)
        return
    everything = source.fetched(ALWAYS, {}, via=None)
    found = source.fetched(where, values, via=None)
    assert decided(found, rule, asker) == decided(everything, rule, asker)


@pytest.mark.parametrize("name", CONDITIONS)
def test_every_condition_covers_some_of_the_rows_and_leaves_others(source: Source, name: str) -> None:
    """Else the comparison above would prove little."""
    everything = source.fetched(ALWAYS, {}, via=Via("Person", "id"))
    rule = Holds(CONDITIONS[name])
    assert leaves(rule) == {rule}
    assert 0 < len(decided(everything, rule, SOMEBODY)) < everything.count
