"""What a plan over a federated graph is made of: places, where objects stand, and steps, which fetch what they hold.

A **place** is a position of the question: the objects that one field leads to, whatever they are. A **step** is asked
of one subgraph: at the root, or about entities at one place by their representations. What it selects is written by
place, so that whatever arrives knows where it belongs. **Columns** are what the objects of a place hold; **kept** says,
for the objects of one type at one place, which of them may be seen and how their columns are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from federation.document.structure import Structure
from federation.plan.nodes import ColumnPlan, Deliver, Withheld
from federation.schema.join_graph import Leaf
from vocabulary.condition import Condition
from vocabulary.coordinate import Coordinate
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
class Place:
    """Where objects of these types stand: below column `column` of place `parent`.

    `opaque`: which type each is of is not known when they arrive; it is told by a later step. `of`: the types at the
    parent whose column it is; other types there may have one of the same name, which leads elsewhere. `alike`: one
    object may stand for several that were told alike, here or above.
    """

    id: int
    parent: int | None
    column: str
    types: tuple[str, ...]
    opaque: bool = False
    of: tuple[str, ...] = ()
    alike: bool = False


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a fact of an object is found: through these columns to this place, in that column."""

    through: tuple[str, ...]
    places: tuple[int, ...]
    column: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The objects of one type at one place: which may be seen, what that rests on, and how their columns are shown.

    `wave`: what they are decided by has arrived. `links`: by column, from which objects it may be followed. `is_open`:
    all of them may be seen, and all above them, and be followed to here, whatever they are.
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


@dataclass(frozen=True, slots=True)
class Shown:
    """One response key of the objects of one type: their type's name (no `column`), a column, or what it leads to.

    `of` has what is shown of the objects that it leads to, by their types: those of other types are null. An empty
    column is null.
    """

    key: str
    column: str | None
    place: int | None = None
    of: Mapping[str, tuple[Shown, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Federated:
    """The whole plan; place 0 is the root. What it says for the log and beside the answer is as in `plan.nodes.Plan`.

    `paths`: where in the answer the objects of a place stand, down to the first list.
    """

    places: tuple[Place, ...]
    waves: tuple[tuple[Request, ...], ...]
    kept: tuple[Kept, ...]
    answer: tuple[Shown, ...]
    paths: Mapping[int, tuple[str, ...]]
    withheld: tuple[Withheld, ...]
    shown: tuple[Recorded, ...]
    masked: Mapping[str, tuple[str, ...]]
    ties: frozenset[Tie]
    conditions: tuple[Condition, ...]
    introspective: bool

    @property
    def judges(self) -> tuple[Condition, ...]:
        """The conditions that its objects are decided by."""
        return self.conditions

    @property
    def cells(self) -> list[Coordinate]:
        """The coordinates that it shows cells of."""
        return [column.decision.coordinate for one in self.kept for column in one.columns]
