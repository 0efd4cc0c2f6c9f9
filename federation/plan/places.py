"""What a plan is made of: places, where objects stand, and what is asked so that they stand there.

A **place** is a position of the question: the objects that one field leads to, whatever they are. **Columns** are what
they hold; **kept** says, for the objects of one type, which of them may be seen and how their columns are shown.

What is asked is of two forms, by what its source can be asked. A **step** is asked of a Federation subgraph, at the
root or about entities at one place by their representations; the steps of one subgraph and wave are one **request**. A
**hop** is asked of a declared source: rows of one type, by keys or as a page of a collection, with as much of the row
rule as the source can decide. Whatever arrives knows the place where it belongs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from federation.document.structure import Item, Structure
from federation.plan.nodes import (
    Band,
    ColumnPlan,
    Deliver,
    FactsPlan,
    Judged,
    Lead,
    Named,
    Page,
    PlannedAct,
    Probe,
    Withheld,
)
from federation.schema.join_graph import Leaf
from vocabulary.condition import Condition
from vocabulary.coordinate import Coordinate
from vocabulary.fetch import ALWAYS, Fetch, Order, Predicate
from vocabulary.receipt import Shown as Recorded
from vocabulary.rows import EVERYTHING, RowRule, Tie

Argument: TypeAlias = tuple[str, str, Structure]
"""Name, type as text, and value."""


@dataclass(frozen=True, slots=True)
class Take:
    """One field that a step selects: what arrives is column `column` of the place.

    `select`: it leads to objects; else `leaf` is what its values must be.
    """

    column: str
    name: str
    arguments: tuple[Argument, ...] = ()
    select: Select | None = None
    leaf: Leaf | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What is selected on objects of these types; `on` is the fragment's condition, None where there is no need."""

    on: str | None
    types: frozenset[str]
    takes: tuple[Take, ...]


@dataclass(frozen=True, slots=True)
class Select:
    """What a step selects at one place, in `lists` lists. `typename`: each object says of which type it is.

    `alike`: objects that are told alike may be taken for one, and this column is what to find them by; empty: each is
    one of its own.
    """

    place: int
    lists: int
    typename: bool
    parts: tuple[Part, ...]
    alike: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """One field of a representation: a column of the place, or the objects that it leads to, by their types."""

    name: str
    column: str
    place: int | None = None
    of: Mapping[str, tuple[Sent, ...]] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Representation:
    """How objects of these types are named to a subgraph: by `name`, and what it is told of them.

    `keys` are the fields without which an object can't be asked for. `delivers` says of which objects the subgraph's
    organisation may be told; empty: it is told nothing of another's. `rows`: of which of them anything that is asked
    for is shown, or needed. `echoes`: keys that the answer repeats, with their columns; an entity of another key
    than it was asked for is none of them.
    """

    name: str
    types: frozenset[str]
    sent: tuple[Sent, ...]
    keys: tuple[str, ...]
    delivers: tuple[Deliver, ...] = ()
    rows: RowRule = EVERYTHING
    echoes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """What is asked of one subgraph. `place` is where its entities stand; None: it is asked at the root.

    `act`: it is a mutation's field of this response key, and is never asked twice.
    """

    id: int
    graph: str
    wave: int
    select: Select
    place: int | None = None
    representations: tuple[Representation, ...] = ()
    act: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """Everything that one subgraph is asked in one wave. `document` is a query, unless a step of it is an act.

    `entries` has, for each step about entities, the key of its answer and the name of the variable that holds their
    representations; both are empty for a step at the root. `variables` are all others. `about` is what it asks about,
    by types: named in errors.
    """

    graph: str
    document: str
    steps: tuple[Step, ...]
    entries: tuple[tuple[str, str], ...]
    variables: tuple[tuple[str, Structure], ...]
    about: str

    @property
    def is_act(self) -> bool:
        """Whether asking changes something, so that it must be asked once."""
        return bool(self.steps[0].act)


@dataclass(frozen=True, slots=True)
class Hop:
    """Rows of one type that come to stand at `place`, from the rows of its parent place (None: from the root).

    `given` is the raw field of the parent rows whose values are sent; `rows` says of which parent rows. `sort`: as much
    of a relation's own order as the reader sees plainly; beyond it the rows of one owner are told in no order.
    `unruled` is what is asked without the row rule, for a source that can't apply it: its rows are decided where they
    arrive all the same. `fetch` is None where the rows are known already, and nothing is asked.
    """

    place: int
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


@dataclass(frozen=True, slots=True)
class Place:
    """Where objects of these types stand: below column `column` of place `parent`.

    `opaque`: which type each is of is not known when they arrive; it is told by a later step. `of`: the types at the
    parent whose column it is; other types there may have one of the same name, which leads elsewhere. `alike`: one
    object may stand for several that were told alike, here or above. `store`: the place at which its objects are held;
    the rows of a declared type are held once, however many places they stand at.
    """

    id: int
    parent: int | None
    column: str
    types: tuple[str, ...]
    opaque: bool = False
    of: tuple[str, ...] = ()
    alike: bool = False
    store: int = -1

    def __post_init__(self) -> None:
        if self.store < 0:
            object.__setattr__(self, "store", self.id)


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a fact of an object is found: through these columns to this place, in that column."""

    through: tuple[str, ...]
    places: tuple[int, ...]
    column: str


@dataclass(frozen=True, slots=True)
class RowsPlan:
    """How rows of a declared type are decided where they arrive, whatever the places that they come to.

    `raw` are the fields asked of the source, hidden ones included. `subject` is the raw field that identifies the
    data subject. The area of a row is in raw field `area`, or that of the entity that `place` leads to, or (where
    `area_of` names a type) that of its subject. `judged` says where conditions find what they judge; `facts` how facts
    of the subject are had, where some are needed. `sealed`: ids are shown. `tells_masks`: each row says which of its
    cells are masked.
    """

    raw: tuple[str, ...]
    key: str | None = None
    subject: str | None = None
    area: str | None = None
    area_of: str | None = None
    sealed: bool = False
    tells_masks: bool = False
    judged: tuple[Judged, ...] = ()
    facts: FactsPlan | None = None
    place: FactsPlan | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The objects of one type at one place: which may be seen, what that rests on, and how their columns are shown.

    `wave`: what they are decided by has arrived. `links`: by column, from which objects it may be followed. `is_open`:
    all of them may be seen, and all above them, and be followed to here, whatever they are. `rows`: they are rows of a
    declared type, held at this place; then that says what it rests on.
    """

    place: int
    type: str
    wave: int
    visible: RowRule
    columns: tuple[ColumnPlan, ...]
    links: Mapping[str, RowRule]
    source: str
    subject: Trace | None = None
    subject_type: str | None = None
    area: Trace | None = None
    judged: tuple[tuple[Condition, Trace | None], ...] = ()
    is_open: bool = False
    rows: RowsPlan | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """One response key of the objects of one type: their type's name (no `column`), a column, or what it leads to.

    `of` has what is shown of the objects that it leads to, by their types: those of other types are null. An empty
    column is null. `shape`: they are a page, written so. `others`: what else may stand there, where it is null.
    """

    key: str
    column: str | None
    place: int | None = None
    of: Mapping[str, tuple[Shown, ...]] | None = None
    shape: tuple[Wrapper, ...] = ()
    others: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Wrapper:
    """One response key inside a connection, an edge or a page info; `output` is of the rows themselves."""

    key: str
    name: str
    fields: tuple[Wrapper, ...] = ()
    output: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole plan; place 0 is the root.

    `paths`: where in the answer the objects of a place stand, down to the first list. `shown` is for the log; `masked`
    and `withheld` are named beside the answer. `judges`: the conditions that its objects are decided by; `ties`: what
    some row rule rests on.

    What hops need bound: `constants`, values that the policy itself names (areas), by the names of the slots;
    `slots`, the values of the question; `areas` are those that hold areas as the asker wrote them; `meets` those that
    hold the areas which several others have in common; `conditions` are pushed somewhere; `bands` and `probes`.
    """

    places: tuple[Place, ...]
    waves: tuple[tuple[Request | Hop, ...], ...]
    kept: tuple[Kept, ...]
    answer: tuple[Shown, ...]
    paths: Mapping[int, tuple[str, ...]]
    withheld: tuple[Withheld, ...]
    shown: tuple[Recorded, ...]
    masked: Mapping[str, tuple[str, ...]]
    ties: frozenset[Tie]
    judges: tuple[Condition, ...]
    introspective: bool
    constants: Mapping[str, Item] = field(default_factory=dict)
    slots: tuple[tuple[str, int], ...] = ()
    bands: tuple[Band, ...] = ()
    areas: frozenset[str] = frozenset()
    meets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()
    probes: tuple[Probe, ...] = ()
    acts: tuple[PlannedAct, ...] = ()

    @property
    def has_hops(self) -> bool:
        """Whether declared sources are asked."""
        return any(isinstance(one, Hop) for wave in self.waves for one in wave)

    @property
    def cells(self) -> list[Coordinate]:
        """The coordinates that it shows cells of."""
        return [column.decision.coordinate for one in self.kept for column in one.columns]
