"""The slots of a plan: what its fetches need bound for each request, collected while they are compiled."""

from __future__ import annotations

from dataclasses import dataclass, field

from federation.document.structure import Item, Slot
from federation.plan.nodes import Band, Probe
from vocabulary.condition import Condition
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.rows import Tie

OWN_AREAS, EXACTLY, OUTERMOST, PARENTS, EMERGENCY = "own", "exactly", "outermost", "parents", "emergency"
"""Slots of the areas of the asker and of emergencies; and, as registers may write them, of the asker's areas, of those
that lie in no other of them, and of those right above."""


def tied_slot(tie: Tie, type_name: str) -> str:
    """The slot of the keys of subjects of this type that are tied to the asker."""
    return f"{tie}.{type_name}"


@dataclass(slots=True)
class Bindings:
    """What the compiled arguments and rules of one plan need bound."""

    slots: dict[str, int] = field(default_factory=dict)
    constants: dict[str, Item] = field(default_factory=dict)
    bands: list[Band] = field(default_factory=list)
    probes: list[Probe] = field(default_factory=list)
    meets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    areas: set[str] = field(default_factory=set)
    used: dict[Coordinate, tuple[str, Decision]] = field(default_factory=dict)
    conditions: dict[str, Condition] = field(default_factory=dict)

    def slot(self, slot: Slot) -> str:
        """The name under which a slot's value is bound."""
        name = f"v{slot.index}"
        self.slots[name] = slot.index
        return name
