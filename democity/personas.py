"""Made-up people of the demo city, whom `tongguan token --as NAME` can speak for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Persona:
    """Someone who asks."""

    person: str
    organisation: str
    application: str
    roles: tuple[str, ...]
    areas: tuple[str, ...]
    purpose: str


PERSONAS: Final = {
    "analyst": Persona(
        "wang.min", "health-commission", "epidemic-desk", ("health-analyst",), ("31",), "epidemic-control"
    ),
    "committee": Persona(
        "li.na", "huamu-committee-3", "committee-page", ("committee-worker",), ("310115016003",), "epidemic-control"
    ),
    "neighbour": Persona(
        "chen.jie", "huamu-committee-4", "committee-page", ("committee-worker",), ("310115016004",), "epidemic-control"
    ),
    "officer": Persona("zhao.qiang", "data-bureau", "audit-desk", ("security-officer",), ("31",), "security-audit"),
}
