"""Which objects of a place may be seen: decided once, as soon as what that rests on has arrived.

An object that can be reached from no visible one is not there, and nothing is asked for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from federation.execute.coverage import Facts
from federation.execute.decided import Decided
from federation.execute.facts import About
from federation.execute.held import Held, Link, numbers
from federation.execute.state import State
from federation.plan.places import Kept, Trace
from vocabulary.area import Area, NotAnAreaError
from vocabulary.rows import EVERYTHING
from vocabulary.values import Column, Value


async def decide(place: int, state: State, about: About, *, before: int | None = None) -> None:
    """Decide the objects of a place, and of those above it, as far as that rests on what has arrived `before` a wave.

    None: everything has.
    """
    kept = due(place, state, before)
    if kept and all(one.is_open for one in kept):
        for one in kept:
            mine = everyone(one, state.held[place])
            state.decided[place, one.type] = Decided(one, mine, Facts([None] * len(mine)))
        return
    if not kept:
        return
    parent = state.held[place].place.parent
    if parent is not None:
        await decide(parent, state, about, before=before)
    there = present(place, state)
    for one in kept:
        state.decided[place, one.type] = await _decided(
            one, _among(state.held[place], (one.type,), there), state, about
        )


def everyone(kept: Kept, held: Held) -> range | list[int]:
    """All objects of a type."""
    return _among(held, (kept.type,), range(held.count))


def due(place: int, state: State, before: int | None) -> list[Kept]:
    """What is to be decided at a place, and can be."""
    waiting = state.kept.get(place, ())
    return [one for one in waiting if (before is None or one.wave < before) and (place, one.type) not in state.decided]


def present(place: int, state: State) -> range | list[int]:
    """The objects of a place that some object which may be seen leads to, as far as those above are decided."""
    held = state.held[place]
    parent, name = held.place.parent, held.place.column
    if parent is None:
        return range(held.count)
    above, links = state.held[parent], state.held[parent].link(name)
    kept = [one for one in state.kept.get(parent, ()) if one.type in held.place.of]
    decided = [one for one in kept if (parent, one.type) in state.decided]
    if not decided:
        there = _among(above, held.place.of, present(parent, state))
        followed: Iterable[Link] = links if _is_whole(there, above) else (links[number] for number in there)
    else:
        several = [_followed(one, name, links, state) for one in decided]
        followed = several[0] if len(several) == 1 else [link for those in several for link in those]
    if followed is links or (isinstance(followed, list) and len(followed) == above.count and followed == links):
        return range(held.count)
    found = dict.fromkeys(number for link in followed for number in numbers(link))
    return range(held.count) if len(found) == held.count else sorted(found)


def _followed(kept: Kept, name: str, links: Sequence[Link], state: State) -> Sequence[Link]:
    """Where the objects of a type lead to by a column: as far as it is shown, and where it is hidden, all of them."""
    if name in kept.links:
        return state.followed(kept, name)
    return [links[number] for number in state.decided[kept.place, kept.type].numbers]


def _is_whole(some: object, held: Held) -> bool:
    return isinstance(some, range) and len(some) == held.count


def _among(held: Held, types: Sequence[str], there: range | list[int]) -> range | list[int]:
    """Those objects that are of some types."""
    if held.kinds is None:
        return there
    return [number for number in there if held.kinds[number] in types]


async def _decided(kept: Kept, mine: range | list[int], state: State, about: About) -> Decided:
    facts = await _facts(kept, mine, state, about)
    if kept.visible == EVERYTHING and kept.subject is None:
        return Decided(kept, mine, facts)
    seen = [True] * len(mine)
    if kept.visible != EVERYTHING:
        seen = state.reader.coverage.rows(kept.visible, facts)
    if kept.subject is not None:  # nobody could find in the log whose data an object without a subject was
        people = facts.subjects
        seen = [
            one and person is not None and person not in facts.barred for one, person in zip(seen, people, strict=True)
        ]
    if all(seen):
        return Decided(kept, mine, facts)
    return Decided(kept, [number for number, one in zip(mine, seen, strict=True) if one], _only(facts, seen))


async def _facts(kept: Kept, mine: range | list[int], state: State, about: About) -> Facts:
    if kept.area is None and kept.subject is None and not kept.judged:
        return Facts([None] * len(mine))
    areas: Column = [None] * len(mine)
    if kept.area is not None:
        areas = _read(_traced(kept, kept.area, mine, state), _area)
    people: Column = []
    if kept.subject is not None:
        people = _read(_traced(kept, kept.subject, mine, state), _person)
    kind, keys = kept.subject_type or "", [str(one) for one in dict.fromkeys(people) if one is not None]
    values: dict[str, Column] = {}
    for condition, trace in kept.judged:
        if trace is not None:
            values[condition.name] = _traced(kept, trace, mine, state)
        else:
            known: Mapping[str, bool] = {}
            if keys:
                known = await about.consents(state.trail.record.purpose, kind, keys)
            values[condition.name] = [known.get(str(one)) for one in people] or [None] * len(mine)
    barred: frozenset[Value] = frozenset()
    if keys and (closed := await about.barred(kind, keys)):
        barred = frozenset(one for one in people if str(one) in closed)
    return Facts(areas, kind, people, values, barred)


def _traced(kept: Kept, trace: Trace, mine: range | list[int], state: State) -> Column:
    """A fact of each object, by the way that leads to it; of one that leads nowhere, or to several, none."""
    held = state.held[kept.place]
    at: list[int | None] = list(mine)
    for name, place in zip(trace.through, trace.places, strict=True):
        links = held.link(name)
        led = [None if number is None else links[number] for number in at]
        at = [link if isinstance(link, int) else None for link in led]
        held = state.held[place]
    cells = held.column(trace.column)
    return [None if number is None else _scalar(cells[number]) for number in at]


def _scalar(cell: Value) -> Value:
    """A fact is one value: of a list or an object nothing could be said."""
    return None if isinstance(cell, list | dict) else cell


def _read(column: Column, read: Callable[[Value], str | None]) -> Column:
    """Facts as they are compared; each distinct one is read once."""
    known: dict[tuple[type, Value], str | None] = {}
    for cell in column:
        if (key := (type(cell), cell)) not in known:
            known[key] = read(cell)
    return [known[type(cell), cell] for cell in column]


def _area(cell: Value) -> str | None:
    """The shortest code of an area; of what is none, nothing, so that no area contains it."""
    if not isinstance(cell, str):
        return None
    try:
        return Area.parse(cell).code
    except NotAnAreaError:
        return None


def _person(cell: Value) -> str | None:
    """Whom a row is about, as ties and the log name them."""
    return str(cell) if isinstance(cell, str | int) and not isinstance(cell, bool) else None


def _only(facts: Facts, seen: list[bool]) -> Facts:
    def those(column: Column) -> Column:
        return [cell for cell, one in zip(column, seen, strict=True) if one]

    values = {name: those(column) for name, column in facts.values.items()}
    subjects = those(facts.subjects) if facts.subjects else []
    return Facts(those(facts.areas), facts.subject_type, subjects, values, facts.barred)
