"""What plans say beside their places: how a column is shown, what is told to whom, what is judged, found and done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from federation.document.operation import Field
from federation.document.structure import Structure
from federation.schema.supergraph import Companion
from vocabulary.condition import Condition
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.fetch import Op, Order


@dataclass(frozen=True, slots=True)
class Deliver:
    """What another organisation's source is told, and which line permits it."""

    organisation: str
    coordinate: Coordinate
    decision: Decision


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """One governed field of a type as it is shown: read from raw field `source`, through a companion if it has one.

    `way` is how every row that is visible at all shows it (`plain` or one mask), or None where rows differ.
    """

    field: str
    source: str
    decision: Decision
    companion: Companion | None
    way: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """Where the value that a condition judges is found, for the rows of one type.

    `field`: raw, of the row itself; `subject_field`: of its subject; neither: its subject's consent.
    """

    condition: Condition
    field: str | None = None
    subject_field: str | None = None


@dataclass(frozen=True, slots=True)
class FactsPlan:
    """Facts of the entity of `type` whose key stands in raw field `by` of the rows that rest on them.

    They are fetched, hidden, from the one source that knows them, before those rows are decided, for entities that the
    plan has not reached already. `fields` begins with the key. The area is in field `area`, or it is that of the entity
    that `place` leads to; neither: nobody needs it. `personal`: those entities are data subjects. `deliver`: the keys
    are another organisation's.
    """

    type: str
    source: str
    by: str
    fields: tuple[str, ...]
    area: str | None
    personal: bool
    deliver: Deliver | None
    place: FactsPlan | None = None


class Lead(StrEnum):
    """How a hop gets its rows."""

    COLLECTION = "collection"
    NODE = "node"
    RELATION = "relation"
    REFERENCE = "reference"
    BACK = "back"  # to the subject whose relation led here: it is known already, nothing is fetched
    ACT = "act"  # to what an act concerned
    ENTITIES = "entities"  # to entities that another exchange names


@dataclass(frozen=True, slots=True)
class Page:
    """How a collection hop is paged: the slots of its arguments, its whole order, ending in a unique field, and the
    field as it was asked, which its cursors are bound to.
    """  # noqa: D205

    first: int | None
    after: int | None
    order: tuple[Order, ...]
    asked: Field


@dataclass(frozen=True, slots=True)
class Named:
    """How another exchange may name entities beside their ids: in `field`, by pairwise pseudonyms of this label.

    That is a search by an identifier, which `match` permits, and on which rows.
    """

    field: str
    label: str
    match: Decision


@dataclass(frozen=True, slots=True)
class Band:
    """A comparison on a companion, decided on the field it is computed from once its value is known.

    `prefix` names the values that its intervals bind, `count` how many intervals there are.
    """

    prefix: str
    coordinate: Coordinate
    companion: Companion
    op: Op
    slot: int
    count: int


@dataclass(frozen=True, slots=True)
class Probe:
    """An identifier that the asker searches for: those people are recorded, found or not.

    A search of rows that are about nobody in particular (the log) may be about a subject of any type.
    """

    subject_types: tuple[str, ...]
    slot: int


@dataclass(frozen=True, slots=True)
class Withheld:
    """A coordinate that was asked for and is not shown at all: why, and how to ask for it.

    `request` is a draft of an agreement that would show it, to be sent as it is with a basis and an end: the variables
    of `draftAgreement`.
    """

    coordinate: Coordinate
    reason: str
    ask: str
    request: Mapping[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class PlannedAct:
    """An act to be done before anything is fetched, under `decision`; what it concerned stands at `place`."""

    key: str
    name: str
    arguments: tuple[tuple[str, Structure], ...]
    decision: Decision
    place: int
