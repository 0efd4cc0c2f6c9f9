"""What a supergraph says of its types, fields and collections, as planner and gateway read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

MUTATION: Final = "Mutation"
"""The type whose fields are the acts."""

ID: Final = "id"
"""The field of an entity that is sealed for whoever asks (`FieldKind.ID`)."""


ANONYMOUS: Final = "anonymous"
"""The role that whoever shows no credential has, where that is permitted; it is taken from nobody."""


@dataclass(frozen=True, slots=True)
class Companion:
    """How the exchange computes a field: from the field `of` of the same row, by a companion mask of this kind."""

    of: str
    kind: str
    parameters: Mapping[str, object] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a supergraph asks of whoever is shown a field, beside the policy: all the roles of one of these groups.

    No group: nobody has them. `word` is the reason where they are lacking. A requirement only narrows.
    """

    word: str
    groups: tuple[frozenset[str], ...] = ()
    known: bool = False  # it asks for somebody who has shown a credential, and for no role

    def is_met(self, roles: frozenset[str]) -> bool:
        """Whether an asker with these roles has what is asked for."""
        return ANONYMOUS not in roles if self.known else any(group <= roles for group in self.groups)


class FieldKind(StrEnum):
    """What a field leads to."""

    SCALAR = "scalar"
    ID = "id"  # the sealed id, which the exchange makes
    COMPANION = "companion"
    REFERENCE = "reference"  # one entity, whose key stands in the row
    RELATION = "relation"  # rows that are found by the owner's key
    ACT = "act"  # what is done, and the entity that it concerned
    PLAIN = "plain"  # of a connection, an edge or a page: ungoverned, since it holds no cell


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """One field of a governed type. `type` is the named type; `many`: a list of it.

    `graph` is the one source that resolves it (None for the id, and for the key of a type without a home here);
    `reveals` are the fields of the same type that its plain value gives away; `requires`: all of it must be met.
    In a supplied supergraph `graph` is the first that resolves it, and several may.
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
    requires: tuple[Requirement, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """One governed type. `home` is the source of its own facts, `key` the field that identifies an entity.

    `subject` and `area` are the fields of its data subject and of its area; None: not personal, and no area of its own.
    `area_by` is the reference to the entity whose area a row has, in place of `area`.
    In a supplied supergraph there are no keys and no homes, and `subject` and `area` may be paths of two (`author.id`):
    over a field that leads to one object, to its leaf.
    """

    name: str
    home: str | None
    key: str | None
    subject: str | None
    area: str | None
    fields: Mapping[str, FieldFacts] = field(hash=False)
    description: str
    area_by: str | None = None

    @property
    def subject_field(self) -> FieldFacts | None:
        """The field that identifies the subject or leads to it; None: the type is about nobody."""
        return None if self.subject is None else self.fields[self.subject.partition(".")[0]]

    @property
    def has_area(self) -> bool:
        """Whether a row has an area of its own, be it in a field or that of an entity that it names."""
        return self.area is not None or self.area_by is not None


@dataclass(frozen=True, slots=True)
class Collection:
    """A field of Query that lists entities of a type, in this order where the asker names none."""

    field: str
    type: str
    graph: str
    page_by: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Argument:
    """What an act is told: a scalar of the graph or `ID`, or a list of strings (`many`)."""

    name: str
    scalar: str
    many: bool
    required: bool


@dataclass(frozen=True, slots=True)
class Act:
    """A field of Mutation: done by one source, which is the home of the entity that it returns, or null.

    `type` is the type of that entity, which has a key: it is read, decided and shown like any other.
    """

    field: str
    type: str
    graph: str
    arguments: tuple[Argument, ...]
    level: int
    description: str
    requires: tuple[Requirement, ...] = ()

    @property
    def facts(self) -> FieldFacts:
        """The act as what a policy line may name: no cell, so nothing masks it, and nobody is searched for by it."""
        return FieldFacts(
            name=self.field,
            type=self.type,
            many=False,
            kind=FieldKind.ACT,
            graph=self.graph,
            inaccessible=False,
            level=self.level,
            category=None,
            masks=(),
            identifier=False,
            reveals=(),
            companion=None,
            description=self.description,
            requires=self.requires,
        )
