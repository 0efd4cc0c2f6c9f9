"""A plan that is being written: what `places.py` freezes, while the walk still adds to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from federation.document.operation import Field
from federation.plan.nodes import Deliver
from federation.plan.places import Argument, Sent
from federation.schema.field_set import FieldSet
from federation.schema.join_graph import Leaf, TypeIn

ColumnKey: TypeAlias = tuple[str, tuple[tuple[str, object], ...], str]


@dataclass(eq=False)
class DraftTake:
    """A field that is taken; `pick` is what is selected of the objects that it leads to."""

    column: str
    name: str
    arguments: tuple[Argument, ...]
    leaf: Leaf | None
    pick: Pick | None = None


@dataclass(eq=False)
class Pick:
    """What is selected at one place, by the fragments that it stands in."""

    place: DraftPlace
    lists: int
    typename: bool = False
    takes: dict[str | None, dict[str, DraftTake]] = field(default_factory=dict)


@dataclass(eq=False)
class DraftRepresentation:
    """What a step tells of the objects of some types, by the names of the fields."""

    sent: dict[str, Sent]
    keys: tuple[str, ...]
    delivers: dict[Deliver, None]


@dataclass(eq=False)
class DraftStep:
    """What is asked of one subgraph."""

    id: int
    graph: str
    wave: int
    pick: Pick
    place: DraftPlace | None = None
    act: str = ""
    told: dict[tuple[str, frozenset[str]], DraftRepresentation] = field(default_factory=dict)


@dataclass(eq=False)
class Spot:
    """Where fields of the objects of one type can be asked for. `on` is the fragment that they stand in there."""

    step: DraftStep
    pick: Pick
    inside: TypeIn
    on: str | None
    provided: FieldSet = ()

    @property
    def graph(self) -> str:
        """The subgraph that is asked."""
        return self.step.graph

    @property
    def wave(self) -> int:
        """When it answers."""
        return self.step.wave


@dataclass(eq=False)
class Column:
    """What was asked for, and when it arrives. `graphs` were asked; `below` is where it leads to.

    `hidden`: it is needed as it is, of every object, whatever of it is shown.
    """

    name: str
    wave: int
    below: DraftPlace | None = None
    graphs: set[str] = field(default_factory=set)
    hidden: bool = False


@dataclass(eq=False)
class Site:
    """The objects of one type at one place. `wave`: when they are known to be of that type; `rests`: what tells whether
    they may be seen has arrived. `seen`: they are decided; others are passed through, or told, all of them or none.
    """  # noqa: D205

    place: DraftPlace
    type: str
    wave: int
    rests: int = -1
    seen: bool = False
    spots: list[Spot] = field(default_factory=list)
    columns: dict[ColumnKey, Column] = field(default_factory=dict)
    entering: set[tuple[str, FieldSet]] = field(default_factory=set)
    asking: set[ColumnKey] = field(default_factory=set)

    @property
    def decided(self) -> int:
        """The wave after which it is known which of them may be seen: of which type they are, and those above them."""
        return max((self.wave, self.rests, *(one.decided for one in self.place.origins)))

    @contextmanager
    def held(self, graph: str, requires: FieldSet) -> Iterator[None]:
        """While a subgraph is being entered, it is no way to what it needs to be entered."""
        key = (graph, requires)
        fresh = key not in self.entering
        self.entering.add(key)
        try:
            yield
        finally:
            if fresh:
                self.entering.discard(key)


@dataclass(eq=False)
class DraftPlace:
    """Where a field leads to. `origin` is the site and the field; `graphs` could have been asked for it as well.

    `origins` are all sites that lead here: several where a subgraph can't tell their types apart.
    """

    id: int
    parent: DraftPlace | None
    column: str
    opaque: bool = False
    sites: dict[str, Site] = field(default_factory=dict)
    names: dict[str, dict[tuple[object, ...], str]] = field(default_factory=dict)
    origin: tuple[Site, Field] | None = None
    origins: list[Site] = field(default_factory=list)
    graphs: frozenset[str] = frozenset()

    def name(self, field_name: str, key: tuple[object, ...]) -> str:
        """A name for a column that no other at this place has: the field's own, or a numbered one."""
        names = self.names.setdefault(field_name, {})
        if key not in names:
            taken = {name for used in self.names.values() for name in used.values()}
            name, number = field_name, 1
            while name in taken:
                name, number = f"{field_name}_{number}", number + 1
            names[key] = name
        return names[key]


@dataclass(frozen=True, slots=True)
class Telling:
    """What a subgraph is told of the objects of one type, under a name: the first fields are their `keys`."""

    site: Site
    name: str
    fields: Sequence[Field]
    columns: Sequence[Column]
    keys: int

    @property
    def of(self) -> tuple[str, frozenset[str]]:
        """Under which name, and of which type."""
        return self.name, frozenset((self.site.type,))

    def clashes(self, step: DraftStep) -> bool:
        """Whether a step tells something else under one of these names: the same field with other arguments."""
        told = step.told.get(self.of)
        pairs = zip(self.fields, self.columns, strict=True)
        return told is not None and any(
            field.name in told.sent and told.sent[field.name].column != column.name for field, column in pairs
        )
