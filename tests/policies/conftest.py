from __future__ import annotations

from collections.abc import Callable

import pytest

from policies.compile import Policy
from policies.lines import CoordinateFacts, PolicyFacts
from policies.load import load
from vocabulary.coordinate import Coordinate

COORDINATES = {
    "Resident.id": CoordinateFacts(),
    "Resident.identityNo": CoordinateFacts(("partial", "pseudonym", "redact"), identifier=True),
    "Resident.name": CoordinateFacts(("partial", "surname", "redact")),
    "Resident.phone": CoordinateFacts(("partial", "redact")),
    "Resident.birthDate": CoordinateFacts(("redact",)),
    "Resident.ageBand": CoordinateFacts(),
    "Visit.date": CoordinateFacts(("redact",)),
    "Visit.place": CoordinateFacts(("redact",)),
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
    )


@pytest.fixture
def policy(facts: PolicyFacts) -> Callable[..., Policy]:
    """A policy of these lines, each without its line feed."""

    def build(*lines: str) -> Policy:
        said = load("".join(f"{line}\n" for line in lines), file="policy.csv", facts=facts)
        return Policy.build(said.lines, said.role_links, facts)

    return build
