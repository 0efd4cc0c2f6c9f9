from __future__ import annotations

from dataclasses import replace

import pytest

from policies.errors import PolicyBuildError
from policies.lines import Effect, Line, PolicyFacts, patterns
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action
from vocabulary.rows import EVERYTHING, OwnAreas, RowRule, WithinArea


@pytest.mark.parametrize(
    ("rule", "written"),
    [(EVERYTHING, "any"), (OwnAreas(), "own"), (WithinArea(Area("310115")), "310115")],
)
def test_a_line_knows_its_name_and_its_columns(rule: RowRule, written: str) -> None:
    line = Line(12, "policy.csv", "any", rule, "*", Action.READ, "any", "any", Effect.ALLOW, "plain")
    assert line.name == "policy.csv:12"
    assert line.columns == ("any", written, "*", "read", "any", "any", "allow", "plain")


def test_three_patterns_cover_a_coordinate() -> None:
    assert patterns(Coordinate("Resident", "name")) == ("Resident.name", "Resident.*", "*")


def test_a_purpose_called_any_is_refused(facts: PolicyFacts) -> None:
    with pytest.raises(PolicyBuildError, match="purpose"):
        replace(facts, purposes=frozenset({"any"}))


def test_a_mask_called_plain_is_refused(facts: PolicyFacts) -> None:
    with pytest.raises(PolicyBuildError, match="mask"):
        replace(facts, masks=frozenset({"plain"}))
