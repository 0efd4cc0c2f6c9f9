"""The reference evaluator against the compiled grants and against Casbin, on random policies, principals and cells."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.compile import Policy
from policies.errors import PolicyRefusedError
from policies.lines import CoordinateFacts, Effect, Line, PolicyFacts, PolicyLines
from policies.load import load
from policies.model import enforce
from policies.reference import cell
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.principal import Action, Mode, Principal, Standing
from vocabulary.rows import EVERYTHING, OwnAreas, covers

EXAMPLES = 300
"""Raise it for a long run: every example is a policy, a principal and all of its cells."""

COORDINATES = {
    Coordinate("T", "a"): CoordinateFacts(("m1", "m2", "m3"), identifier=True),
    Coordinate("T", "b"): CoordinateFacts(("m3", "m2")),
    Coordinate("U", "c"): CoordinateFacts(),
}
ROLES = ("r0", "r1", "r2", "r3")
FACTS = PolicyFacts(
    organisations=frozenset({"o1", "o2"}),
    roles=frozenset(ROLES),
    purposes=frozenset({"care", "audit"}),
    masks=frozenset({"m1", "m2", "m3"}),
    coordinates=COORDINATES,
)
CODES = ("31", "310115", "310115016", "310115016003", "310115004", "310107")
AREAS = (None, *map(Area, CODES))
MASKS = {"T.a": ("plain", "m1", "m2", "m3"), "T.b": ("plain", "m3", "m2"), "T.*": ("plain", "m2", "m3")}


@st.composite
def a_line(draw: st.DrawFn) -> str:
    action = draw(st.sampled_from(["read", "read", "read", "match", "deliver", "derive"]))
    effect = draw(st.sampled_from(["allow", "allow", "allow", "deny"]))
    patterns = ["T.a"] if action == "match" else ["T.a", "T.b", "U.c", "T.*", "U.*", "*"]
    pattern = draw(st.sampled_from(patterns))
    subjects = ["any", "org:o1", "org:o2", *(() if action == "deliver" else (f"role:{role}" for role in ROLES))]
    subject = draw(st.sampled_from(subjects))
    areas = ["own", "any", "any", *CODES[:4]] if effect == "allow" else ["any", *CODES[1:]]
    area = draw(st.sampled_from(areas))
    purpose = draw(st.sampled_from(["care", "audit", "any", "any", "any"]))
    mode = draw(st.sampled_from(["ordinary", "emergency", "any", "any", "any"]))
    masks = MASKS.get(pattern, ("plain",)) if action == "read" else ("plain",)
    mask = draw(st.sampled_from(masks)) if effect == "allow" else ""
    return f"p, {subject}, {area}, {pattern}, {action}, {purpose}, {mode}, {effect}, {mask}\n"


@st.composite
def a_policy(draw: st.DrawFn) -> PolicyLines:
    pairs = [(low, high) for low, high in product(ROLES, ROLES) if low < high]
    links = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=4))
    lines = draw(st.lists(a_line(), min_size=4, max_size=14, unique=True))
    text = "".join([*lines, *(f"g, role:{holder}, role:{held}\n" for holder, held in links)])
    return load(text, file="policy.csv", facts=FACTS)


def principals(*, areas: st.SearchStrategy[tuple[Area, ...]] | None = None) -> st.SearchStrategy[Principal]:
    some = st.lists(st.sampled_from(CODES).map(Area), max_size=2, unique=True).map(tuple)
    return st.builds(
        Principal,
        id=st.just("someone"),
        organisation=st.sampled_from(["o1", "o2"]),
        application=st.just("desk"),
        roles=st.frozensets(st.sampled_from(ROLES), max_size=2),
        areas=some if areas is None else areas,
    )


def standing_of(principal: Principal, purpose: str, mode: Mode, action: Action = Action.READ) -> Standing:
    roles: frozenset[str] = frozenset() if action is Action.DELIVER else principal.roles
    return Standing(roles, principal.organisation, purpose, mode)


def shown(decision: Decision, area: Area | None, own: tuple[Area, ...]) -> str:
    """How a decision shows one cell, by the words of its docstring."""
    if covers(decision.denied, area, own) is not False:
        return "withheld"
    return next((grant.shown for grant in decision.grants if covers(grant.rows, area, own) is True), "withheld")


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    a_policy(),
    principals(),
    st.sampled_from(["care", "audit"]),
    st.sampled_from(list(Mode)),
    st.sampled_from([Action.READ, Action.READ, Action.MATCH, Action.DERIVE, Action.DELIVER]),
)
def test_compiled_reference_and_casbin_agree_on_every_cell(
    said: PolicyLines, principal: Principal, purpose: str, mode: Mode, action: Action
) -> None:
    policy = Policy.build(said.lines, said.role_links, FACTS)
    standing = standing_of(principal, purpose, mode, action)
    own = principal.areas
    for coordinate, known in COORDINATES.items():
        decision = policy.decide(standing, coordinate, action)
        answers = set()
        for area in AREAS:
            expected = cell(
                said.lines,
                said.role_links,
                principal,
                standing,
                coordinate=coordinate,
                action=action,
                area=area,
                chain=known.chain,
            )
            answers.add(expected)
            assert shown(decision, area, own) == expected
            visible = expected != "withheld"
            assert (covers(decision.visible, area, own) is True) == visible
            said_by_casbin = enforce(
                policy.enforcer, standing, own=own, coordinate=coordinate, action=action, area=area
            )
            assert said_by_casbin == visible
            assert (covers(decision.plain, area, own) is True) == (expected == "plain")
        if decision.reason:
            assert answers == {"withheld"}


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    a_policy(),
    principals(areas=st.just((Area("310107"), Area("310115")))),
    st.sampled_from(["care", "audit"]),
    st.sampled_from(["310115016", "310115016003", "310115004"]),
)
def test_down_the_tree_it_only_narrows(said: PolicyLines, principal: Principal, purpose: str, below: str) -> None:
    """Promise 7: with a descendant for an area, every cell is shown as before, more strictly, or not at all."""
    policy = Policy.build(said.lines, said.role_links, FACTS)
    standing = standing_of(principal, purpose, Mode.ORDINARY)
    for coordinate, known in COORDINATES.items():
        decision = policy.decide(standing, coordinate, Action.READ)
        strictness = ("plain", *known.chain, "withheld")
        for area in AREAS:
            wide = shown(decision, area, principal.areas)
            narrow = shown(decision, area, (Area("310107"), Area(below)))
            assert strictness.index(narrow) >= strictness.index(wide)


@pytest.mark.parametrize(("area", "seen"), [(None, "withheld"), ("310115016", "withheld"), ("310107", "m1")])
def test_a_row_whose_area_is_not_known_may_be_the_denied_one(area: str | None, seen: str) -> None:
    text = "p, any, any, T.a, read, any, any, allow, m1\np, any, 310115, T.*, read, any, any, deny,\n"
    said = load(text, file="policy.csv", facts=FACTS)
    someone = Principal("someone", "o1", "desk", frozenset(), (Area("31"),))
    standing = standing_of(someone, "care", Mode.ORDINARY)
    row = Area(area) if area else None
    coordinate = Coordinate("T", "a")
    chain = COORDINATES[coordinate].chain
    assert seen == cell(
        said.lines, [], someone, standing, coordinate=coordinate, action=Action.READ, area=row, chain=chain
    )
    decision = Policy.build(said.lines, [], FACTS).decide(standing, coordinate, Action.READ)
    assert shown(decision, row, someone.areas) == seen


def test_a_deny_in_own_areas_would_widen_down_the_tree() -> None:
    """Why the loader refuses one: it closes fewer rows for a smaller area, and an allow of any row covers them."""
    open_line = Line(1, "policy.csv", "any", EVERYTHING, "*", Action.READ, "any", "any", Effect.ALLOW, "plain")
    own_deny = replace(open_line, number=2, area=OwnAreas(), effect=Effect.DENY, shown="")
    district = Principal("someone", "o1", "desk", frozenset(), (Area("310115"),))
    street = replace(district, areas=(Area("310115016"),))
    sibling = Area("310115004")
    seen = [
        cell(
            [open_line, own_deny],
            [],
            who,
            standing_of(who, "care", Mode.ORDINARY),
            coordinate=Coordinate("T", "a"),
            action=Action.READ,
            area=sibling,
            chain=(),
        )
        for who in (district, street)
    ]
    assert seen == ["withheld", "plain"]
    with pytest.raises(PolicyRefusedError, match="smaller area"):
        load("p, any, own, *, read, any, any, deny,\n", file="policy.csv", facts=FACTS)


def test_siblings_never_meet() -> None:
    said = load("p, role:r0, own, *, read, any, any, allow, plain\n", file="policy.csv", facts=FACTS)
    policy = Policy.build(said.lines, said.role_links, FACTS)
    decision = policy.decide(
        Standing(frozenset({"r0"}), "o1", "care", Mode.ORDINARY), Coordinate("T", "a"), Action.READ
    )
    assert shown(decision, Area("310115016003"), (Area("310115016003"),)) == "plain"
    assert shown(decision, Area("310115016004"), (Area("310115016003"),)) == "withheld"
    assert shown(decision, Area("310115016"), (Area("310115016003"),)) == "withheld"
    assert shown(decision, None, (Area("31"),)) == "withheld"
