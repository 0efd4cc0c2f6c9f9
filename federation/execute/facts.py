"""What rules rest on, for rows that have just arrived: their own cells, their subject's, and the subject's consent.

Each governed type has one source of its subject and area facts (promise 4). What the plan has not reached already is
asked of that source, hidden, before the rows are decided; where that may not be asked, or does not answer, the fact is
not known, and nothing that rests on it is shown.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from federation.execute.coverage import Facts
from federation.execute.rows import Rows
from federation.execute.state import Known, State
from federation.plan.nodes import FactsPlan
from federation.plan.places import RowsPlan
from vocabulary.fetch import Table
from vocabulary.values import Column, Value

Ask: TypeAlias = Callable[[FactsPlan, tuple[Value, ...]], Awaitable[Table | None]]
"""Asks the home of a type for facts of entities by their keys, on record first; None: it did not answer, or may not."""
Consents: TypeAlias = Callable[[str, str, Sequence[str]], Awaitable[Mapping[str, bool]]]
"""Purpose, type of subject, keys → what is on record of each: True given, False objected; absent: nothing."""

Barred: TypeAlias = Callable[[str, Sequence[str]], Awaitable[frozenset[str]]]
"""Type of subject, keys → those of whom nothing more may be told: their disclosure budget is spent."""


@dataclass(frozen=True, slots=True)
class About:
    """Who knows what about subjects, beside the sources."""

    consents: Consents
    barred: Barred


async def facts_of(table: Table, rows: Rows, state: State, ask: Ask, about: About) -> Facts:
    """The facts of the rows of a table."""
    plan, kind = rows.plan, rows.kept.subject_type
    known: Mapping[Value, Known] = {}
    if plan.facts is not None:
        known = await _known(table.column(plan.facts.by), plan.facts, state, ask)
    people = table.column(plan.subject) if plan.subject is not None else []
    values: dict[str, Column] = {}
    for place in plan.judged:
        if place.field is not None:
            values[place.condition.name] = table.column(place.field)
        elif place.subject_field is not None and plan.facts is not None:
            at = plan.facts.fields.index(place.subject_field)
            values[place.condition.name] = [
                one.cells[at] if (one := known.get(key)) is not None else None for key in table.column(plan.facts.by)
            ]
        else:
            values[place.condition.name] = await _consented(people, kind, state, about.consents)
    barred: frozenset[str] = frozenset()
    if kind is not None and people:
        barred = await about.barred(kind, _distinct(people))
    areas = await _areas(table, plan, known, state, ask)
    return Facts(areas, kind or "", people, values, _as_in(people, barred))


async def _areas(table: Table, plan: RowsPlan, known: Mapping[Value, Known], state: State, ask: Ask) -> Column:
    """The area of each row, from the one source that knows it: the row's own, its place's, or its subject's."""
    if plan.area is not None:
        return table.column(plan.area)
    facts = plan.facts
    if plan.place is not None:
        facts = plan.place
        known = await _known(table.column(facts.by), facts, state, ask)
    if facts is None:
        return [None] * table.count
    return [one.area if (one := known.get(key)) is not None else None for key in table.column(facts.by)]


async def _known(keys: Column, facts: FactsPlan, state: State, ask: Ask) -> Mapping[Value, Known]:
    """The facts of the entities with these keys: of those that the plan has reached, and of others from their home."""
    known: dict[Value, Known] = {}
    reached = state.rows.get(facts.type)
    asked = state.known.setdefault((facts.type, facts.fields), {})
    columns = [reached.column(field) for field in facts.fields] if reached is not None else []
    missing: dict[Value, None] = {}
    for key in dict.fromkeys(keys):
        at = reached.positions.get(key) if reached is not None else None
        if reached is not None and at is not None:
            known[key] = Known([column[at] for column in columns], reached.facts.areas[at])
        elif key in asked:
            known[key] = asked[key]
        elif key is not None:
            missing[key] = None
    if missing and (table := await ask(facts, tuple(missing))) is not None:
        areas = await _areas_of(table, facts, state, ask)
        for key, cells, area in zip(
            table.column(facts.fields[0]), zip(*table.columns, strict=True), areas, strict=True
        ):
            asked[key] = Known(cells, area)
        known.update((key, asked[key]) for key in missing if key in asked)
    return known


async def _areas_of(table: Table, facts: FactsPlan, state: State, ask: Ask) -> Column:
    """The areas of entities that were asked for: their own, or those of the entities that they name."""
    if facts.area is not None:
        return table.column(facts.area)
    if facts.place is None:
        return [None] * table.count
    places = await _known(table.column(facts.place.by), facts.place, state, ask)
    return [one.area if (one := places.get(key)) is not None else None for key in table.column(facts.place.by)]


async def _consented(people: Column, kind: str | None, state: State, consents: Consents) -> Column:
    """What is on record of each subject for the purpose of the question."""
    if kind is None:
        return [None] * len(people)
    keys = _distinct(people)
    states = await consents(state.trail.record.purpose, kind, keys) if keys else {}
    return [states.get(str(one)) for one in people]


def _distinct(people: Column) -> list[str]:
    return [str(one) for one in dict.fromkeys(people) if one is not None]


def _as_in(people: Column, keys: frozenset[str]) -> frozenset[Value]:
    """Keys as the rows have them."""
    return frozenset(one for one in people if str(one) in keys) if keys else frozenset()
