from __future__ import annotations

from collections.abc import Callable

import pytest

from policies.compile import Policy
from policies.lines import CoordinateFacts, PolicyFacts
from policies.load import load
from tests.support.rules import CONDITIONS
from vocabulary.coordinate import Coordinate

ABOUT_PEOPLE = frozenset({"mine", "adult", "agreed", "unopposed"})
COORDINATES = {
    "Resident.id": CoordinateFacts(personal=True, conditions=ABOUT_PEOPLE),
    "Resident.identityNo": CoordinateFacts(
        ("partial", "pseudonym", "redact"), identifier=True, personal=True, conditions=ABOUT_PEOPLE
    ),
    "Resident.name": CoordinateFacts(("partial", "surname", "redact"), personal=True, conditions=ABOUT_PEOPLE),
    "Resident.phone": CoordinateFacts(("partial", "redact"), personal=True, conditions=ABOUT_PEOPLE),
    "Resident.birthDate": CoordinateFacts(("redact",), personal=True, conditions=ABOUT_PEOPLE),
    "Resident.ageBand": CoordinateFacts(personal=True, conditions=ABOUT_PEOPLE),
    "Visit.date": CoordinateFacts(("redact",), personal=True, conditions=ABOUT_PEOPLE | {"today"}),
    "Visit.place": CoordinateFacts(("redact",), personal=True, conditions=ABOUT_PEOPLE | {"today"}),
    "Visit.finding": CoordinateFacts(
        ("redact",),
        personal=True,
        conditions=ABOUT_PEOPLE | {"today"},
        safeguards={"any": ("adult",), "care": ("agreed",)},
    ),
    "Place.name": CoordinateFacts(("redact",), conditions=frozenset({"mine", "open"})),
    "Mutation.assignCase": CoordinateFacts(act=True),
}
DEEP = frozenset(f"deep{level}" for level in range(12))


@pytest.fixture
def facts() -> PolicyFacts:
    return PolicyFacts(
        organisations=frozenset({"health", "eatwell"}),
        roles=frozenset({"analyst", "worker", "officer"}) | DEEP,
        purposes=frozenset({"care", "audit"}),
        masks=frozenset({"partial", "surname", "pseudonym", "redact"}),
        coordinates={Coordinate.parse(name): known for name, known in COORDINATES.items()},
        conditions=CONDITIONS,
    )


@pytest.fixture
def policy(facts: PolicyFacts) -> Callable[..., Policy]:
    """A policy of these lines, each without its line feed."""

    def build(*lines: str) -> Policy:
        said = load("".join(f"{line}\n" for line in lines), file="policy.csv", facts=facts)
        return Policy.build(said.lines, said.role_links, facts)

    return build
