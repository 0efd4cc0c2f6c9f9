"""What the steps of a request hand on, from the question that was read to the masked columns (`pipeline.py`)."""

from __future__ import annotations

from dataclasses import dataclass

from federation.document.operation import Question
from federation.execute.state import State
from federation.execute.subjects import Ties
from federation.execute.trail import Recorded
from federation.plan.govern import Governance
from federation.plan.places import Plan
from federation.stages import Identified
from federation.views import View
from policies.keeper import InForce
from policies.rulebook import DeclaredEmergency
from vocabulary.limits import Left
from vocabulary.rows import Asker


@dataclass(frozen=True, slots=True)
class Understood:
    """The question, read against what its organisation can see of the schema."""

    identified: Identified
    view: View
    question: Question


@dataclass(frozen=True, slots=True)
class Decided:
    """The policy that decides, its decisions for this standing, and the emergencies that it rests on."""

    understood: Understood
    in_force: InForce
    governance: Governance
    emergencies: tuple[DeclaredEmergency, ...]
    record: Recorded


@dataclass(frozen=True, slots=True)
class Planned:
    """What will be asked of whom, and what belongs to whoever asks."""

    decided: Decided
    plan: Plan
    asker: Asker
    ties: Ties


@dataclass(frozen=True, slots=True)
class Fetched:
    """Everything has arrived, and it is decided what of it may be seen; nothing can be shown yet."""

    planned: Planned
    state: State
    left: Left | None = None


@dataclass(frozen=True, slots=True)
class Masked:
    """Every column is as its reader may see it; `data` is the JSON put together from that, and not sent yet."""

    fetched: Fetched
    data: bytes
