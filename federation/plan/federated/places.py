"""What a plan over a federated graph is made of: places, where objects stand, and steps, which fetch what they hold.

A **place** is a position of the question: the objects that one field leads to, whatever they are. A **step** is one
request to one subgraph: at the root, or for entities at one place by their representations. What a step selects is
written by place, so that whatever arrives knows where it belongs. **Columns** are what the objects of a place hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from federation.document.structure import Structure


@dataclass(frozen=True, slots=True)
class Constant:
    """An argument that a field set names: a literal, as text."""

    text: str


Argument: TypeAlias = tuple[str, str, Structure | Constant]
"""Name, type as text, and value."""


@dataclass(frozen=True, slots=True)
class Take:
    """One field that a step selects: what arrives is column `column` of the place. `select`: it leads to objects."""

    column: str
    name: str
    arguments: tuple[Argument, ...] = ()
    select: Select | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What is selected on objects of these types; `on` is the fragment's condition, None where there is no need."""

    on: str | None
    types: tuple[str, ...]
    takes: tuple[Take, ...]


@dataclass(frozen=True, slots=True)
class Select:
    """What a step selects at one place. `typename`: each object says of which type it is."""

    place: int
    lists: int
    typename: bool
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """One field of a representation: a column of the place, or objects that it leads to, by their types."""

    name: str
    column: str
    place: int | None = None
    of: Mapping[str, tuple[Sent, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Representation:
    """How objects of these types are named to a subgraph: by `name`, and what it is sent of them.

    `keys` are the columns without which an object can't be asked for.
    """

    name: str
    types: tuple[str, ...]
    sent: tuple[Sent, ...]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One request. `place` is where its entities stand; None: it is asked at the root, of `operation`."""

    id: int
    graph: str
    wave: int
    operation: str
    select: Select
    place: int | None = None
    representations: tuple[Representation, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where objects of these types stand: below column `column` of place `parent`, in so many lists.

    `opaque`: which type each is of is not known when they arrive; it is told by a later step.
    """

    id: int
    parent: int | None
    column: str
    lists: int
    types: tuple[str, ...]
    opaque: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """One response key of the objects of one type: their type's name (no `column`), a column, or what it leads to.

    `of` has what is shown of the objects that it leads to, by their types: those of other types are null.
    """

    key: str
    column: str | None
    place: int | None = None
    of: Mapping[str, tuple[Shown, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Federated:
    """The whole plan. `shown` is what the answer holds; place 0 is the root."""

    places: tuple[Place, ...]
    waves: tuple[tuple[Step, ...], ...]
    shown: tuple[Shown, ...]
