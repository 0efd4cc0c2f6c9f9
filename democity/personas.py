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
    "steward": Persona("sun.li", "health-commission", "governance-desk", ("data-steward",), ("31",), "data-governance"),
    "owner-steward": Persona(
        "qian.wei", "public-security-bureau", "governance-desk", ("data-steward",), ("31",), "data-governance"
    ),
    "policy-steward": Persona(
        "feng.lei", "data-bureau", "governance-desk", ("policy-steward",), ("31",), "data-governance"
    ),
    "second-policy-steward": Persona(
        "tang.yi", "data-bureau", "governance-desk", ("policy-steward",), ("31",), "data-governance"
    ),
    "registrar": Persona("gao.xin", "data-bureau", "register-desk", ("registrar",), ("31",), "data-governance"),
    "emergency-officer": Persona(
        "zhou.tao", "emergency-bureau", "command-desk", ("emergency-officer",), ("31",), "emergency-response"
    ),
    "second-officer": Persona(
        "wu.fang", "emergency-bureau", "command-desk", ("emergency-officer",), ("31",), "emergency-response"
    ),
    "doctor": Persona("xu.yan", "health-commission", "rescue-desk", ("emergency-doctor",), ("31",), "medical-rescue"),
    "caseworker": Persona(
        "he.ping", "huamu-committee-3", "care-desk", ("caseworker",), ("310115016003",), "elderly-care"
    ),
    "meals": Persona(
        "lin.yue", "huamu-street-office", "meal-desk", ("meal-coordinator",), ("310115016",), "elderly-care"
    ),
    "operator": Persona(
        "shen.bo", "huamu-street-office", "operation-desk", ("street-operator",), ("310115016",), "street-order"
    ),
    "firefighter": Persona("lu.gang", "fire-brigade", "fire-desk", ("fire-officer",), ("31",), "fire-safety"),
    "officer": Persona("zhao.qiang", "data-bureau", "audit-desk", ("security-officer",), ("31",), "security-audit"),
}

RESIDENT: Final = Persona("resident", "citizens", "resident-page", ("resident",), (), "own-records")
"""A resident, whose token names own records besides: `tongguan token --resident 310115195001011234`."""
