"""A plan over declared sources that is being written: what each walk adds to, before it is laid down."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from federation.plan.nodes import PlannedAct
from federation.plan.places import Hop
from vocabulary.rows import RowRule


@dataclass(eq=False)
class Draft:
    """Hops, each at the index of its place, less one for the root; and what is asked of the rows of each type.

    `stores`: by type, the place at which its rows are held. `asked` are fields that are shown, `hidden` raw ones that
    are needed; `sealed` types show ids, `telling` ones say what is masked. `rules` are those that rows are decided by.
    """

    hops: list[Hop] = field(default_factory=list)
    known: dict[tuple[object, ...], Hop] = field(default_factory=dict)
    stores: dict[str, int] = field(default_factory=dict)
    asked: dict[str, dict[str, None]] = field(default_factory=dict)
    hidden: dict[str, dict[str, None]] = field(default_factory=dict)
    sealed: set[str] = field(default_factory=set)
    telling: set[str] = field(default_factory=set)
    rules: dict[str, set[RowRule]] = field(default_factory=dict)
    acts: list[PlannedAct] = field(default_factory=list)

    def hop(self, hop: Hop) -> Hop:
        """Register a hop; the same way from the same rows is one hop however often it is asked."""
        key = (hop.parent, hop.field, hop.lead, hop.type, hop.slot)
        known = self.known.get(key)
        if known is None:
            known = self.known[key] = replace(hop, place=len(self.hops) + 1)
            self.hops.append(known)
            self.stores.setdefault(hop.type, known.place)
        return known

    def owner(self, hop: Hop) -> str | None:
        """The type of the rows that a hop leads from."""
        return None if hop.parent is None else self.hops[hop.parent - 1].type

    def hide(self, type_name: str, name: str) -> None:
        """Ask for a raw field that no answer shows."""
        self.hidden.setdefault(type_name, {})[name] = None
