"""What a supergraph says of its types, fields and collections, as planner and gateway read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Companion:
    """How the exchange computes a field: from the field `of` of the same row, by a companion mask of this kind."""

    of: str
    kind: str
    parameters: Mapping[str, object] = field(hash=False)


class FieldKind(StrEnum):
    """What a field leads to."""

    SCALAR = "scalar"
    ID = "id"  # the sealed id, which the exchange makes
    COMPANION = "companion"
    REFERENCE = "reference"  # one entity, whose key stands in the row
    RELATION = "relation"  # rows that are found by the owner's key
    PLAIN = "plain"  # of a connection, an edge or a page: ungoverned, since it holds no cell


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """One field of a governed type. `type` is the named type; `many`: a list of it.

    `graph` is the one source that resolves it (None for the id, and for the key of a type without a home here);
    `reveals` are the fields of the same type that its plain value gives away.
    """

    name: str
    type: str
    many: bool
    kind: FieldKind
    graph: str | None
    inaccessible: bool
    level: int
    category: str | None
    masks: tuple[str, ...]
    identifier: bool
    reveals: tuple[str, ...]
    companion: Companion | None
    description: str


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """One governed type. `home` is the source of its own facts, `key` the field that identifies an entity.

    `subject` and `area` are the fields of its data subject and of its area; None: not personal, and no area of its own.
    """

    name: str
    home: str | None
    key: str | None
    subject: str | None
    area: str | None
    fields: Mapping[str, FieldFacts] = field(hash=False)
    description: str


@dataclass(frozen=True, slots=True)
class Collection:
    """A field of Query that lists entities of a type, in this order where the asker names none."""

    field: str
    type: str
    graph: str
    page_by: str
    descending: bool
