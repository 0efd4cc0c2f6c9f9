"""What is known so far while one plan is executed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from federation.document.structure import Item
from federation.errors import Code, InternalError
from federation.execute.coverage import Coverage
from federation.execute.rows import EntityRows, Reader
from federation.plan.nodes import Hop, Plan
from vocabulary.principal import Principal
from vocabulary.values import Column, Value


@dataclass(frozen=True, slots=True)
class Failure:
    """A fetch that did not arrive: its fields are null, with this error beside the answer."""

    code: Code
    source: str
    coordinate: str
    root: str


@dataclass(slots=True)
class State:
    """One request's rows, links and failures. Lives as long as the request, and never outside memory.

    `reached[hop]`: distinct positions in the rows of the hop's type. `links[type, field]`: key of an owner →
    positions of the rows that the relation leads to. `ways[hop]`: the parent's rows from which it may be followed.
    `pages[hop]`: whether more rows follow.
    """

    plan: Plan
    principal: Principal
    reader: Reader
    values: dict[str, Item]
    entities: dict[str, EntityRows] = field(init=False)
    hops: dict[int, Hop] = field(init=False)
    reached: dict[int, list[int]] = field(default_factory=dict)
    links: dict[tuple[str, str], dict[Value, list[int]]] = field(default_factory=dict)
    ways: dict[int, frozenset[int]] = field(default_factory=dict)
    pages: dict[int, bool] = field(default_factory=dict)
    failed: set[int] = field(default_factory=set)
    failures: list[Failure] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hops = {hop.id: hop for wave in self.plan.waves for hop in wave}
        self.entities = {name: EntityRows(entity, self.reader) for name, entity in self.plan.entities.items()}

    @property
    def owner(self) -> str:
        """Whose cursors these are: two organisations may each have somebody of one name."""
        return f"{self.principal.organisation}/{self.principal.id}"

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

    def followed(self, hop: Hop, deliver: Mapping[str, Coverage]) -> list[int]:
        """The parent's rows from which a hop may be followed: its own rule, and what the receiver may be told."""
        rows, reached = self.parent(hop)
        areas: Column = [rows.areas[row] for row in reached]
        covered = [True] * len(reached) if hop.rows is None else self.reader.coverage.rows(hop.rows, areas)
        if hop.deliver is not None:
            told = deliver[hop.deliver.organisation].rows(hop.deliver.decision.plain, areas)
            covered = [mine and theirs for mine, theirs in zip(covered, told, strict=True)]
        return [row for row, follow in zip(reached, covered, strict=True) if follow]
