"""What is known so far while one plan is executed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from federation.document.structure import Item
from federation.errors import Code, InternalError
from federation.execute.cells import Reader, recipient_of
from federation.execute.coverage import Coverage
from federation.execute.rows import EntityRows
from federation.execute.trail import Trail
from federation.identity.envoy import Vouch, nobody
from federation.plan.nodes import Hop, Plan
from vocabulary.fetch import Below, Fetch
from vocabulary.principal import Principal
from vocabulary.values import Column, Value


@dataclass(frozen=True, slots=True)
class Failure:
    """A fetch that did not arrive: its fields are null, with this error beside the answer.

    `path`: the response keys down to it, or to the first list on the way.
    """

    code: Code
    source: str
    coordinate: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one entity: its cells in the order of `FactsPlan.fields`, and its area."""

    cells: Sequence[Value]
    area: Value


@dataclass(frozen=True, slots=True)
class Released:
    """What an answer releases of one type: rows, and the keys of their subjects (of type `subject_type`)."""

    type: str
    source: str
    rows: int
    subject_type: str | None
    subjects: Column


def owner_of(principal: Principal) -> str:
    """Whose cursors something is: two organisations, or exchanges, may each have somebody of one name."""
    return f"{recipient_of(principal)}/{principal.id}"


@dataclass(slots=True)
class State:
    """One request's rows, links and failures. Lives as long as the request, and never outside memory.

    `reached[hop]`: distinct positions in the rows of the hop's type. `links[type, field]`: key of an owner →
    positions of the rows that the relation leads to. `ways[hop]`: the parent's rows from which it may be followed.
    `pages[hop]`: whether more rows follow; `examined[hop]`: the values of the order at the last row that was looked
    at, where rows behind the last one shown were looked at and may not be seen. `known`: by type and fields, hidden
    facts of entities that the plan does not reach. `named[hop]`: of what another exchange asks for by ids, the key
    of each that is of the hop's type; `searched[hop]`: which of them were named by a pseudonym. `below`: by type and
    field, why another exchange withheld it. `vouch`: how others are told who asks. `receivers`: what each
    organisation's system may be told, for this request.
    """

    plan: Plan
    principal: Principal
    reader: Reader
    values: dict[str, Item]
    receivers: Mapping[str, Coverage]
    trail: Trail
    vouch: Vouch = nobody
    entities: dict[str, EntityRows] = field(init=False)
    hops: dict[int, Hop] = field(init=False)
    reached: dict[int, list[int]] = field(default_factory=dict)
    links: dict[tuple[str, str], dict[Value, list[int]]] = field(default_factory=dict)
    ways: dict[int, frozenset[int]] = field(default_factory=dict)
    pages: dict[int, bool] = field(default_factory=dict)
    examined: dict[int, list[Value]] = field(default_factory=dict)
    failed: set[int] = field(default_factory=set)
    failures: list[Failure] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    known: dict[tuple[str, tuple[str, ...]], dict[Value, Known]] = field(default_factory=dict)
    named: dict[int, list[Value]] = field(default_factory=dict)
    searched: dict[int, list[bool]] = field(default_factory=dict)
    below: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hops = {hop.id: hop for wave in self.plan.waves for hop in wave}
        self.entities = {name: EntityRows(entity, self.reader) for name, entity in self.plan.entities.items()}

    @property
    def owner(self) -> str:
        """Whose cursors these are: two organisations may each have somebody of one name."""
        return owner_of(self.principal)

    def released(self) -> Iterator[Released]:
        """What an answer releases, by type."""
        for one in self.entities.values():
            if one.count:
                subjects = one.raw(one.plan.subject) if one.plan.subject else []
                yield Released(one.plan.type, one.plan.source, one.count, one.plan.subject_type, subjects)

    @property
    def masked(self) -> dict[str, tuple[str, ...]]:
        """`Type.field` → the masks that cells may be shown through: of the plan, and as other exchanges name theirs."""
        found = dict(self.plan.masked)
        for one in self.entities.values():
            for name, masks in one.veiled().items():
                coordinate = f"{one.plan.type}.{name}"
                theirs = (f"{one.plan.source}/{mask}" for mask in masks)
                found[coordinate] = tuple(dict.fromkeys((*found.get(coordinate, ()), *theirs)))
        return found

    def hear(self, source: str, below: Below, fetch: Fetch) -> None:
        """Keep what another exchange says beside its rows."""
        self.trail.elsewhere.update(dict.fromkeys(below.receipts))
        self.below.update({(fetch.type, name): reason for name, reason in below.withheld.items()})
        if below.is_partial:
            failure = Failure(Code.SOURCE_ERROR, source, fetch.type, ())
            if failure not in self.failures:
                self.failures.append(failure)

    def mask(self) -> None:
        """Mask every column of every type; nothing can be shown before."""
        for rows in self.entities.values():
            rows.mask()

    def parent(self, hop: Hop) -> tuple[EntityRows, list[int]]:
        """The rows that a hop leads from."""
        if hop.parent is None:
            raise InternalError(f"hop {hop.id} starts at the root: it has no parent")
        parent = self.hops[hop.parent]
        return self.entities[parent.type], self.reached.get(parent.id, [])

    def followed(self, hop: Hop) -> list[int]:
        """The parent's rows from which a hop may be followed: its own rule, and what the receiver may be told."""
        rows, reached = self.parent(hop)
        ways = [] if hop.rows is None else [rows.covered(hop.rows, self.reader.coverage)]
        if hop.deliver is not None:
            ways.append(rows.covered(hop.deliver.decision.plain, self.receivers[hop.deliver.organisation]))
        return [row for row in reached if all(covered[row] for covered in ways)]
