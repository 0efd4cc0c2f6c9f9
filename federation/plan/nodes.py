"""What a plan is made of.

A plan has two halves. **Hops** lead from rows to rows and are fetched in waves; hops of one wave that ask one source
the same thing are one request. **Outputs** say how the masked columns of the rows that a hop reached become an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from federation.document.operation import Field
from federation.document.structure import Item, Structure
from federation.schema.supergraph import Companion
from vocabulary.condition import Condition
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.fetch import ALWAYS, Fetch, Op, Order, Predicate
from vocabulary.receipt import Shown
from vocabulary.rows import RowRule, Tie


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


@dataclass(frozen=True, slots=True)
class EntityPlan:
    """What one type needs in this plan, whatever the paths that reach it: its rows are fetched and masked once.

    `raw` are the fields asked of the source, hidden ones included. `subject` is the raw field that identifies the
    data subject and `subject_type` the type it is a key of. The area of a row is in raw field `area`, or that of the
    entity that `place` leads to, or (where `area_of` names a type) that of its subject. `judged` says where conditions
    find what they judge; `facts` how facts of the subject are had, where some are needed. `tells_masks`: each row says
    which of its cells are masked.
    """

    type: str
    source: str
    key: str | None
    subject: str | None
    subject_type: str | None
    area: str | None
    area_of: str | None
    visible: RowRule
    raw: tuple[str, ...]
    columns: tuple[ColumnPlan, ...]
    sealed: bool
    tells_masks: bool = False
    judged: tuple[Judged, ...] = ()
    facts: FactsPlan | None = None
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
class Hop:
    """From the rows of hop `parent` (None at the root) to rows of `type`.

    `given` is the raw field of the parent rows whose values are sent; `rows` says of which parent rows. `sort`: as much
    of a relation's own order as the reader sees plainly; beyond it the rows of one owner are told in no order.
    `unruled` is what is asked without the row rule, for a source that can't apply it: its rows are decided where they
    arrive all the same.
    """

    id: int
    lead: Lead
    type: str
    wave: int
    parent: int | None = None
    field: str = ""
    given: str = ""
    rows: RowRule | None = None
    source: str = ""
    fetch: Fetch | None = None
    deliver: Deliver | None = None
    page: Page | None = None
    slot: int | None = None
    many: bool = False
    sort: tuple[Order, ...] = ()
    unruled: Predicate = ALWAYS
    named: Named | None = None


class Part(StrEnum):
    """What fills one response key of an object."""

    TYPENAME = "typename"
    ID = "id"
    COLUMN = "column"
    MASKED = "masked"  # which of the columns asked for are masked, and how
    LINK = "link"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Output:
    """One response key: a column of the type, or the objects that a hop leads to."""

    key: str
    part: Part
    name: str = ""
    hop: int | None = None
    many: bool = False
    fields: tuple[Output, ...] = ()


@dataclass(frozen=True, slots=True)
class RootOutput:
    """One response key of the root: a page of a collection, entities by id, a type name, or introspection.

    `slot`: the list of entities that another exchange asks for.
    `shape` repeats what was asked of the wrapper types (`edges`, `node`, `pageInfo`…), aliases and all.
    """

    key: str
    kind: str
    hops: tuple[int, ...] = ()
    shape: tuple[Wrapper, ...] = ()
    objects: tuple[tuple[Output, ...], ...] = ()
    slot: int | None = None


@dataclass(frozen=True, slots=True)
class Wrapper:
    """One response key inside a connection, an edge or a page info."""

    key: str
    name: str
    fields: tuple[Wrapper, ...] = ()
    output: tuple[Output, ...] = ()


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
    """An act to be done before anything is fetched, under `decision`; hop `hop` leads to what it concerned."""

    key: str
    name: str
    arguments: tuple[tuple[str, Structure], ...]
    decision: Decision
    hop: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan. `constants` are values that the policy itself names (areas), by the slot names of the fetches.

    `areas` are the slots that hold areas as the asker wrote them; `meets` those that hold the areas which several other
    slots have in common. `conditions` are pushed somewhere; `ties` are what some row rule rests on.
    """

    entities: Mapping[str, EntityPlan]
    waves: tuple[tuple[Hop, ...], ...]
    roots: tuple[RootOutput, ...]
    withheld: tuple[Withheld, ...]
    shown: tuple[Shown, ...]
    constants: Mapping[str, Item]
    slots: tuple[tuple[str, int], ...]
    bands: tuple[Band, ...]
    areas: frozenset[str]
    meets: Mapping[str, tuple[str, ...]]
    conditions: tuple[Condition, ...]
    ties: frozenset[Tie]
    probes: tuple[Probe, ...]
    introspective: bool
    masked: Mapping[str, tuple[str, ...]]
    acts: tuple[PlannedAct, ...] = ()

    @property
    def judges(self) -> tuple[Condition, ...]:
        """The conditions that its rows are decided by."""
        return tuple(place.condition for entity in self.entities.values() for place in entity.judged)

    @property
    def cells(self) -> list[Coordinate]:
        """The coordinates that it shows cells of."""
        return [column.decision.coordinate for entity in self.entities.values() for column in entity.columns]
