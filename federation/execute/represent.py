"""The objects of a place as a subgraph is told of them: each entity once, however many objects it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from federation.execute.held import Held, Link
from federation.plan.places import Representation, Sent, Step


class Told:
    """The entities of one list that a subgraph is told, each once: those of all steps that ask the same about them."""

    __slots__ = ("kinds", "known", "representations")

    def __init__(self) -> None:
        self.representations: list[dict[str, Any]] = []
        self.kinds: list[str] = []
        self.known: dict[object, int] = {}


@dataclass(frozen=True, slots=True)
class Found:
    """The entities that were found for a step. `at`, `kinds`: as of `Entities`. `is_other`: some were of another key,
    and are null.
    """  # noqa: D205

    entities: list[Any]
    at: list[int | None]
    kinds: list[str] | None
    is_other: bool


@dataclass(frozen=True, slots=True)
class Entities:
    """What a step asks about. `at`: for each object of the place which representation it is, None for none of them.

    `kinds`: the type of each, where the place has several. `objects`: for each representation of the step, of which.
    `echoes`: by name, the keys that each answer repeats.
    """

    representations: list[dict[str, Any]]
    at: list[int | None]
    kinds: list[str] | None
    objects: Sequence[Sequence[int]]
    echoes: Mapping[str, tuple[tuple[str, str], ...]]

    @property
    def is_empty(self) -> bool:
        """Whether the step asks about nothing; others may ask about something in its list."""
        return not any(self.objects)

    def taken(self, found: list[Any]) -> Found:
        """Of what was found, what the step asked for: what is wrong with others' entities is none of its own."""
        asked, at, kinds = self.representations, self.at, self.kinds
        mine = sorted({one for one in at if one is not None})
        if len(mine) < len(found):
            place = {index: number for number, index in enumerate(mine)}
            found, asked = [found[one] for one in mine], [asked[one] for one in mine]
            at = [None if one is None else place[one] for one in at]
            kinds = None if kinds is None else [kinds[one] for one in mine]
        if not any(self.echoes.values()):
            return Found(found, at, kinds, is_other=False)
        kept = [
            one if one is None or self._is_same(one, other) else None for one, other in zip(found, asked, strict=True)
        ]
        return Found(kept, at, kinds, kept.count(None) > found.count(None))

    def _is_same(self, one: Any, asked: Mapping[str, Any]) -> bool:
        echoes = self.echoes[asked["__typename"]]
        return not echoes or (
            isinstance(one, dict) and all(_is_equal(one.get(column), asked[key]) for key, column in echoes)
        )


def entities(step: Step, held: Sequence[Held], may: Sequence[Sequence[int]], told: Told) -> Entities:
    """The entities of a step, `told` with those of others.

    `may` are the objects that its subgraph may be told of, for each representation.
    """
    here = held[step.place or 0]
    at: list[int | None] = [None] * here.count
    objects: list[Sequence[int]] = []
    known, representations = told.known, told.representations
    for one, permitted in zip(step.representations, may, strict=True):
        rows, names, kind = _with_keys(one, here, permitted), [sent.name for sent in one.sent], next(iter(one.types))
        is_flat = not any([sent.place is not None for sent in one.sent])  # noqa: C419  (half as dear as a generator)
        columns = [_column(sent, here, held, rows) for sent in one.sent]
        for row, cells in zip(rows, zip(*columns)):  # noqa: B905  (all are as long)
            mark: object = (one.name, cells) if is_flat else (one.name, orjson.dumps(cells))
            try:
                index = known.get(mark)
            except TypeError:  # a key that is a list or an object, of a scalar of the graph's own
                mark = (one.name, orjson.dumps(cells))
                index = known.get(mark)
            if index is None:
                index = known[mark] = len(representations)
                entity = {"__typename": one.name}
                entity.update(zip(names, cells))  # noqa: B905
                representations.append(entity)
                told.kinds.append(kind)
            at[row] = index
        objects.append(rows)
    echoes = {one.name: one.echoes for one in step.representations}
    return Entities(representations, at, told.kinds if here.kinds is not None else None, objects, echoes)


def _is_equal(told: object, asked: object) -> bool:
    """Whether two values are one key: an ID may come as a number."""
    if isinstance(told, str | int) and isinstance(asked, str | int):
        return str(told) == str(asked)
    return told == asked


def _with_keys(one: Representation, here: Held, rows: Sequence[int]) -> Sequence[int]:
    """The objects that have all of their keys: one without is none that its subgraph could know."""
    for sent in one.sent:
        if sent.name in one.keys:
            cells: Sequence[object] = here.column(sent.column) if sent.place is None else here.link(sent.column)
            if None in cells:
                rows = [row for row in rows if cells[row] is not None]
    return rows


def _column(sent: Sent, here: Held, held: Sequence[Held], rows: Sequence[int]) -> list[Any]:
    if sent.place is None or sent.of is None:
        cells = here.column(sent.column)
        return cells if len(rows) == here.count else [cells[row] for row in rows]
    links = here.link(sent.column)
    return [_below(links[row], held[sent.place], sent.of, held) for row in rows]


def _below(link: Link, here: Held, of: Mapping[str, tuple[Sent, ...]], held: Sequence[Held]) -> Any:
    """The objects that a field leads to, as far as a subgraph is told of them."""
    if link is None:
        return None
    if not isinstance(link, int):
        return [_below(one, here, of, held) for one in link]
    kind = here.kinds[link] if here.kinds is not None else here.place.types[0]
    told: dict[str, Any] = {"__typename": kind}
    for sent in of.get(kind or "", ()):
        told[sent.name] = _column(sent, here, held, (link,))[0]
    return told
