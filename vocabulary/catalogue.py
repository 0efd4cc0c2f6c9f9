"""What `exchange.yaml` declares, once it has been read and found right: who owns what, and how it is governed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vocabulary.area import Area
from vocabulary.condition import ConditionDeclaration
from vocabulary.limits import LimitsDeclaration


@dataclass(frozen=True, slots=True)
class Words:
    """A text for people, in the city's language and in English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Organisation:
    """A department, a company or a committee. `contact` is where to ask for what it withholds."""

    id: str
    name: Words
    contact: str
    areas: tuple[Area, ...]


@dataclass(frozen=True, slots=True)
class FieldDeclaration:
    """A scalar field taken from a source's column.

    `level` is its classification (1 open to 4 most sensitive), `category` its personal category, `masks` its chain
    from the least strict to the strictest, `reveals` the fields of the same type that its plain value gives away.
    `identifier`: `match` lines may be written for it. `filterable`: it stands in the collection's `where`.
    `inaccessible`: the exchange uses it, the graph does not show it (Federation's `@inaccessible`).
    `part`: what is taken of a column that holds several values: `longitude` or `latitude` of a point, or a JSON pointer
    (RFC 6901) into a document or array.
    `codes`: its code list (代码表), all values that it should have; empty: any. It is counted against, never enforced.
    """

    name: str
    scalar: str
    column: str
    level: int
    description: Words
    category: str | None = None
    masks: tuple[str, ...] = ()
    reveals: tuple[str, ...] = ()
    identifier: bool = False
    filterable: bool = True
    inaccessible: bool = False
    part: str | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CompanionDeclaration:
    """A field computed by the exchange from one of the same type (`ageBand` of `birthDate`), by a companion mask."""

    name: str
    scalar: str
    of: str
    kind: str
    parameters: Mapping[str, object]
    level: int
    description: Words
    category: str | None = None


@dataclass(frozen=True, slots=True)
class ReferenceDeclaration:
    """A to-one field whose own table holds the key of the entity it leads to (`column` → `type.key`)."""

    name: str
    type: str
    key: str
    column: str
    level: int
    description: Words


@dataclass(frozen=True, slots=True)
class RelationDeclaration:
    """A field of entity `owner` that leads to rows of `type` in this source, whose field or reference key `by`
    (`identityNo`, or `resident.identityNo`) equals the owner's key. `many` False: the first row by `order`.
    `bound` is the largest number of rows per owner.
    """  # noqa: D205

    name: str
    owner: str
    owner_key: str
    type: str
    by: str
    many: bool
    order: tuple[str, ...]  # field names, "-" before one that descends
    bound: int
    level: int
    description: Words


@dataclass(frozen=True, slots=True)
class ActArgument:
    """What an act is told: a value of a scalar of the graph or `ID`; `many`: a list of strings instead."""

    name: str
    scalar: str
    required: bool
    description: Words
    many: bool = False


@dataclass(frozen=True, slots=True)
class ActDeclaration:
    """Something that can be done in a source: a field of Mutation, under `write` lines of its own.

    It returns the entity of `type` that it concerned, which this source is the home of, or null; what of that is shown
    is decided like any other row. `level` is as that of a field.
    """

    name: str
    type: str
    arguments: tuple[ActArgument, ...]
    level: int
    description: Words


@dataclass(frozen=True, slots=True)
class TypeDeclaration:
    """A type that a source is the home of.

    `key`: the field that identifies an entity, or None for rows that are only reached through their subject.
    `subject`: the field that identifies the data subject, or the reference field that leads to it; None: not personal.
    `area`: the field that holds the area code of a row; None with a `subject` reference: the subject's area.
    `collection`: the root field that lists it, or None. `page_by`: the unique field, "-" before it if descending, that
    pages a collection where the asker names no order; it must say nothing about anyone (an order by identity number
    would give birth dates away), so it is usually inaccessible.
    `changed_by`: the Date or DateTime field whose newest value says when the data last changed; it goes before what the
    source itself knows.
    """

    name: str
    table: str
    description: Words
    key: str | None
    subject: str | None
    area: str | None
    collection: str | None
    fields: tuple[FieldDeclaration, ...]
    page_by: str | None = None
    companions: tuple[CompanionDeclaration, ...] = ()
    references: tuple[ReferenceDeclaration, ...] = ()
    changed_by: str | None = None


@dataclass(frozen=True, slots=True)
class PairDeclaration:
    """Between a source and another one that is an exchange: by pseudonyms of this label their entities are joined."""

    source: str
    label: str


@dataclass(frozen=True, slots=True)
class SourceDeclaration:
    """A system that holds data: its owner, how it is reached, and what is taken from it.

    `options` belong to the kind of connector. `timeout` is in seconds, for one request; `concurrency` is the most
    requests that the exchange has open there at a time. `paired`: it knows entities of another exchange by their real
    keys, which the graph knows by pseudonyms. `acts` are those of the exchange's own sources, which declare
    them in code; no word of `exchange.yaml` makes one.
    """

    name: str
    owner: str
    connector: str
    options: Mapping[str, object] = field(hash=False)
    timeout: float = 2.0
    concurrency: int = 8
    types: tuple[TypeDeclaration, ...] = ()
    relations: tuple[RelationDeclaration, ...] = ()
    paired: PairDeclaration | None = None
    acts: tuple[ActDeclaration, ...] = ()

    def type(self, name: str) -> TypeDeclaration:
        """The declaration of one of its types; KeyError where it is not the home of it."""
        for declared in self.types:
            if declared.name == name:
                return declared
        raise KeyError(name)

    def relation(self, owner: str, name: str) -> RelationDeclaration:
        """The declaration of the relation `owner.name`; KeyError where there is none."""
        for declared in self.relations:
            if (declared.owner, declared.name) == (owner, name):
                return declared
        raise KeyError(f"{owner}.{name}")


@dataclass(frozen=True, slots=True)
class AnonymousDeclaration:
    """Who somebody is that shows nothing, and what for they ask where they do not say."""

    organisation: str
    roles: tuple[str, ...]
    areas: tuple[Area, ...]
    purpose: str


@dataclass(frozen=True, slots=True)
class SubgraphDeclaration:
    """One subgraph of a supplied supergraph, as far as it is declared: None is the operator, or the supergraph's URL.

    `timeout` and `concurrency` are as those of a source; `options` hold what the connector needs (`tls`, `auth`).
    """

    name: str
    owner: str | None = None
    url: str | None = None
    options: Mapping[str, object] = field(default_factory=dict, hash=False)
    timeout: float = 2.0
    concurrency: int = 32


@dataclass(frozen=True, slots=True)
class GraphField:
    """How one field of a supplied supergraph is governed, as that of a source."""

    name: str
    level: int = 1
    category: str | None = None
    masks: tuple[str, ...] = ()
    reveals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GraphType:
    """How one type of a supplied supergraph is governed.

    `subject` and `area` are a leaf field of the type, or a path of two: a field that leads to one object, and its leaf.
    """

    name: str
    subject: tuple[str, ...] = ()
    area: tuple[str, ...] = ()
    fields: Mapping[str, GraphField] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class GraphDeclaration:
    """How a supplied supergraph is governed; what it does not name is of level 1, about nobody, and has no area."""

    anonymous: AnonymousDeclaration | None = None
    subgraphs: Mapping[str, SubgraphDeclaration] = field(default_factory=dict, hash=False)
    types: Mapping[str, GraphType] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class MaskDeclaration:
    """A mask by name: its kind and parameters."""

    name: str
    kind: str
    parameters: Mapping[str, object] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Safeguard:
    """Every `read` grant on these categories, for these purposes (none named: all), needs these conditions too."""

    categories: tuple[str, ...]
    purposes: tuple[str, ...]
    require: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExchangeDeclaration:
    """Another exchange that may ask this one: the name that it signs with, and the organisation that runs it."""

    name: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The whole declared exchange. `operator` is the organisation that runs it, and owns its log.

    `graph`: its graph is a supplied supergraph, whose subgraphs are the sources; None: it composes that of its sources.
    """

    name: str
    operator: str
    organisations: Mapping[str, Organisation]
    purposes: Mapping[str, Words]
    roles: Mapping[str, Words]
    masks: Mapping[str, MaskDeclaration]
    sources: Mapping[str, SourceDeclaration]
    conditions: Mapping[str, ConditionDeclaration] = field(default_factory=dict)
    safeguards: tuple[Safeguard, ...] = ()
    limits: LimitsDeclaration = field(default_factory=LimitsDeclaration)
    graph: GraphDeclaration | None = None
    exchanges: Mapping[str, ExchangeDeclaration] = field(default_factory=dict)
