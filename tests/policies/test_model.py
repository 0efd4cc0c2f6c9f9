from __future__ import annotations

from collections.abc import Callable

from policies.compile import Policy
from policies.model import MODEL, enforce, subjects_of
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode, Standing

WORKER = Standing(frozenset({"worker"}), "health", "care", Mode.ORDINARY)
NAME = Coordinate("Resident", "name")
OPEN = "p, any, any, *, read, any, any, allow, plain"


def sees(policy: Policy, area: str | None, own: str = "310115", coordinate: Coordinate = NAME) -> bool:
    row = Area(area) if area else None
    return enforce(policy.enforcer, WORKER, own=(Area(own),), coordinate=coordinate, action=Action.READ, area=row)


def test_the_model_is_shipped_with_the_package() -> None:
    assert "some(where (p.eft == allow)) && !some(where (p.eft == deny))" in MODEL


def test_subjects_are_every_role_and_the_organisation() -> None:
    standing = Standing(frozenset({"worker", "analyst"}), "health", "care", Mode.ORDINARY)
    assert subjects_of(standing) == ("role:analyst", "role:worker", "org:health")


def test_enforce_sees_own_rows_only(policy: Callable[..., Policy]) -> None:
    own = policy("p, role:worker, own, Resident.name, read, care, ordinary, allow, plain")
    assert sees(own, "310115016")
    assert not sees(own, "310107")
    assert not sees(own, None)
    assert not sees(own, "310115016", coordinate=Coordinate("Resident", "phone"))


def test_a_deny_wins_and_holds_where_the_area_is_not_known(policy: Callable[..., Policy]) -> None:
    closed = policy(OPEN, "p, any, 310115016, Resident.*, read, any, any, deny,")
    assert sees(closed, "310115")
    assert not sees(closed, "310115016003")
    assert not sees(closed, None)


def test_enforce_ex_names_no_line_for_an_allow(policy: Callable[..., Policy]) -> None:
    """Why the compiled grants must name theirs: Casbin names the line of a deny, and none that allowed."""
    opened = policy(OPEN)
    request = (subjects_of(WORKER), (Area("31"),), None, NAME, Action.READ, "care", Mode.ORDINARY)
    assert opened.enforcer.enforce_ex(*request) == (True, [])
    assert [grant.line for grant in opened.decide(WORKER, NAME, Action.READ).grants] == ["policy.csv:1"]
    closed = policy(OPEN, "p, any, any, Resident.*, read, any, any, deny,")
    said, rule = closed.enforcer.enforce_ex(*request)
    assert (said, rule[-1]) == (False, "policy.csv:2")


def test_casbin_counts_an_effect_under_another_name_as_an_allow(policy: Callable[..., Policy]) -> None:
    """Why the model calls its token `eft`."""
    closed = policy(OPEN, "p, any, any, Resident.*, read, any, any, deny,")
    assert not sees(closed, "310115")
    assertion = closed.enforcer.model["p"]["p"]
    assertion.tokens = ["p_effect" if token == "p_eft" else token for token in assertion.tokens]
    closed.enforcer.model["m"]["m"].value = closed.enforcer.model["m"]["m"].value.replace("p_eft", "p_effect")
    assert sees(closed, "310115")


def test_a_disabled_enforcer_would_allow_everything_and_decides_nothing(policy: Callable[..., Policy]) -> None:
    """Casbin has an off switch (`enable_enforce`); compiled decisions don't pass by it."""
    closed = policy("p, role:analyst, any, Resident.name, read, any, any, allow, plain")
    closed.enforcer.enable_enforce(enabled=False)
    assert sees(closed, "310115")
    assert closed.decide(WORKER, NAME, Action.READ).reason == "not-granted"
