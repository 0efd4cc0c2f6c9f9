"""Steps that ask one subgraph about the same objects in the same wave, made one: each object is told once.

It happens where a step was put off, to one that tells more because a field requires it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from federation.plan.places import Part, Representation, Select, Step, Take
from federation.schema.join_graph import FieldIn, JoinGraph


def unite(steps: Sequence[Step], graph: JoinGraph) -> tuple[Step, ...]:
    """The same steps, but for those that another tells all of, about the same objects and to whom it may as well."""
    united: list[Step] = list(steps)
    for one in steps:
        host = next((other for other in united if _takes_in(other, one)), None)
        if host is not None and one in united and not _may_cost(host, graph):
            united.remove(one)
            united[united.index(host)] = replace(host, select=_joined(host.select, one.select))
    return tuple(united)


def _takes_in(host: Step, other: Step) -> bool:
    """Whether a step tells its subgraph all that another does, of the same objects, and needs no more permission."""
    if host.id == other.id or host.act or other.act or host.place is None:
        return False
    if (host.graph, host.place, host.wave) != (other.graph, other.place, other.wave):
        return False
    return len(host.representations) == len(other.representations) and all(
        any(_tells(mine, theirs) for mine in host.representations) for theirs in other.representations
    )


def _tells(mine: Representation, theirs: Representation) -> bool:
    return replace(mine, sent=()) == replace(theirs, sent=()) and set(theirs.sent) <= set(mine.sent)


def _may_cost(step: Step, graph: JoinGraph) -> bool:
    """Whether a field that can't be computed, since what it requires has not come, takes its whole object with it."""
    return any(one.requires and one.text.endswith("!") for one in _fields(step, graph))


def _fields(step: Step, graph: JoinGraph) -> Iterator[FieldIn]:
    for part in step.select.parts:
        for type_name in part.types:
            inside = graph.types[type_name].inside.get(step.graph)
            if inside is not None:
                yield from (inside.fields[take.name] for take in part.takes if take.name in inside.fields)


def _joined(mine: Select, theirs: Select) -> Select:
    parts: dict[str | None, Part] = {one.on: one for one in mine.parts}
    for one in theirs.parts:
        known = parts.get(one.on)
        parts[one.on] = one if known is None else replace(known, takes=_all(known.takes, one.takes))
    return replace(mine, parts=tuple(parts.values()), typename=mine.typename or theirs.typename)


def _all(mine: tuple[Take, ...], theirs: tuple[Take, ...]) -> tuple[Take, ...]:
    return tuple({one.column: one for one in (*mine, *theirs)}.values())
