"""The made-up policy is one, and what the table compares gives the same answers: otherwise its ratios mean nothing."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import policy as measured
from benchmarks.policy import CLASS, DisagreementError, Trouble, at_size, in_turn
from benchmarks.policy_lines import COORDINATES, ORGANISATIONS, ROLES, made_up_facts, made_up_standing, made_up_text
from benchmarks.policy_simple import Simple
from policies import compile as compiled
from policies.compile import Policy
from policies.conditions import make_condition
from policies.errors import PolicyFileError, PolicyRefusedError
from policies.lines import CoordinateFacts, Effect, Line, PolicyFacts, RoleLink
from policies.load import load, matched_by, read_line
from policies.text import rows as text_rows
from vocabulary.area import Area
from vocabulary.condition import ConditionDeclaration
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.principal import Action, Mode, Standing
from vocabulary.rows import EVERYTHING, OWN, Holds, RowRule, WithinArea

pytestmark = pytest.mark.whole

ALONE = make_condition(ConditionDeclaration("alone", "value", {"field": "alone", "values": [True]}))
KNOWN = {
    Coordinate("T", "a"): CoordinateFacts(("m1", "m2"), identifier=True, personal=True),
    Coordinate("T", "b"): CoordinateFacts(
        ("m2", "m1"), personal=True, conditions=frozenset({"alone"}), safeguards={"any": ("alone",)}
    ),
    Coordinate("U", "c"): CoordinateFacts(safeguards={"care": ("alone",)}, conditions=frozenset({"alone"})),
}
FACTS = PolicyFacts(
    organisations=frozenset({"o1", "o2"}),
    roles=frozenset({"r0", "r1", "r2", "r3"}),
    purposes=frozenset({"care", "audit", "tax"}),
    masks=frozenset({"m1", "m2"}),
    coordinates=KNOWN,
    conditions={"alone": ALONE},
)
LINKS = st.lists(
    st.sampled_from([("r0", "r1"), ("r1", "r2"), ("r0", "r3"), ("r3", "r2")]), unique=True, max_size=4
).map(lambda pairs: [RoleLink(number, "policy.csv", f"role:{a}", f"role:{b}") for number, (a, b) in enumerate(pairs)])
RULES: tuple[RowRule, ...] = (EVERYTHING, EVERYTHING, OWN, WithinArea(Area("310115")), Holds(ALONE))
STANDINGS = st.builds(
    Standing,
    st.frozensets(st.sampled_from(["r0", "r1", "r2", "r3", "nobody"]), max_size=3),
    st.sampled_from(["o1", "o2", "nobody"]),
    st.sampled_from(["care", "audit", "tax", "nothing", ""]),
    st.sampled_from(Mode),
    st.sampled_from(["", "", "A-1", "A-2"]),
)


@st.composite
def policy_lines(draw: st.DrawFn) -> list[Line]:
    """Lines as the loader and the agreements give them; several may stand at one place."""
    count = draw(st.integers(0, 14))
    return [replace(draw(one_line()), number=number // 2 + 1, part=number % 2 + 1) for number in range(count)]


@st.composite
def one_line(draw: st.DrawFn) -> Line:
    effect = draw(st.sampled_from([Effect.ALLOW, Effect.ALLOW, Effect.DENY]))
    pattern = draw(st.sampled_from(["T.a", "T.b", "U.c", "T.*", "U.*", "*"]))
    return Line(
        number=1,
        file=draw(st.sampled_from(["policy.csv", "lists.yaml"])),
        subject=draw(st.sampled_from(["any", "org:o1", "org:o2", "role:r0", "role:r1", "role:r2", "role:r3"])),
        rows=draw(st.sampled_from(RULES)),
        pattern=pattern,
        action=draw(st.sampled_from([Action.READ, Action.READ, Action.DERIVE])),
        purpose=draw(st.sampled_from(["any", "care", "audit", "tax"])),
        mode=draw(st.sampled_from(["any", "any", *Mode])),
        effect=effect,
        shown=draw(st.sampled_from(["plain", "m1", "m2"] if pattern[0] == "T" else ["plain"]))
        if effect == "allow"
        else "",
        agreement=draw(st.sampled_from(["", "", "", "A-1", "A-2"])),
    )


@settings(max_examples=400, deadline=None)
@given(policy_lines(), LINKS, st.lists(STANDINGS, min_size=1, max_size=6), st.sampled_from([1, 3, 200_000]))
def test_compiled_grants_are_always_those_of_the_simple_version(
    lines: list[Line], links: list[RoleLink], standings: list[Standing], remembered: int
) -> None:
    """Whoever asked before, and however little is remembered: equal values, and so equal order, reasons and names."""
    policy = Policy.build(lines, links, FACTS)
    asked = [*KNOWN, Coordinate("T", "nothing")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "REMEMBERED", remembered)
        for standing in standings:
            simple = Simple(lines, links, FACTS, standing)
            for coordinate in asked:
                for action in (Action.READ, Action.DERIVE):
                    decision = simple.decide(coordinate, action)
                    assert policy.decide(standing, coordinate, action) == decision
                    assert policy.decide(standing, coordinate, action) == decision


@pytest.mark.parametrize("count", [50, 1_000])
def test_the_made_up_policy_is_right_and_has_as_many_lines_as_it_says(count: int) -> None:
    text = made_up_text(count)

    said = load(text, file="policy.csv", facts=made_up_facts())

    assert len(said.lines) == count
    assert len(said.role_links) == 360
    assert made_up_text(count) == text


def test_the_made_up_policy_has_something_of_everything() -> None:
    lines = load(made_up_text(2_000), file="policy.csv", facts=made_up_facts()).lines

    assert {line.action for line in lines} == {Action.READ, Action.MATCH, Action.DERIVE, Action.DELIVER}
    assert {line.subject.partition(":")[0] for line in lines} == {"any", "org", "role"}
    assert {type(line.rows) for line in lines} == {type(EVERYTHING), type(OWN), WithinArea}
    assert {line.mode for line in lines} == {"any", "ordinary", "emergency"}
    assert {line.shown for line in lines} == {"", "plain", "partial", "surname", "redact"}
    assert len(ORGANISATIONS) == 67
    assert len(ROLES) == 400
    assert len(COORDINATES) == 4_500


def test_made_up_policies_too_are_compiled_as_the_simple_version_has_them() -> None:
    facts, chance = made_up_facts(), random.Random(1)
    said = load(made_up_text(3_000), file="policy.csv", facts=facts)
    policy = Policy.build(said.lines, said.role_links, facts)
    reasons = set()
    for standing in (CLASS, *(made_up_standing(chance) for _ in range(3))):
        simple = Simple(said.lines, said.role_links, facts, standing)
        for coordinate in chance.sample(COORDINATES, 10):
            decision = policy.decide(standing, coordinate, Action.READ)
            assert decision == simple.decide(coordinate, Action.READ)
            reasons.add(decision.reason)
    assert {"", "purpose"} <= reasons


def test_standings_for_whom_the_same_lines_count_share_one_decision() -> None:
    line = Line(1, "policy.csv", "any", OWN, "T.*", Action.READ, "any", "any", Effect.ALLOW, "plain")
    policy = Policy.build([line], [], FACTS)
    first, second = (Standing(frozenset(roles), "o1", "care", Mode.ORDINARY) for roles in (["r0"], ["r1", "r2"]))
    asked = Coordinate("T", "a")

    assert policy.decide(first, asked, Action.READ) is policy.decide(second, asked, Action.READ)
    assert policy.decide(replace(first, mode=Mode.EMERGENCY), asked, Action.READ) != policy.decide(
        first, asked, Action.READ
    )


GOOD = (
    "p, role:r0, any alone, T.b, read, care, any, allow, plain",
    "p, role:r1, any alone, T.b, read, care, any, allow, plain",
    "p, role:r1, 310115, T.a, read, care, any, allow, m1",
    "p, role:r1, 310115000000, T.*, derive, any, any, allow, plain",
    "p, any, own, U.c, read, tax, any, allow, plain",
)
BAD = (
    "p, role:r1, any alone, T.a, read, care, any, allow, plain",
    "p, role:r2, any alone, T.*, read, care, any, allow, plain",
    "p, role:r1, 3101150, T.a, read, care, any, allow, m1",
    "p, role:r2, 3101150, T.a, read, care, any, allow, m1",
    "p, any, own, T.a, read, tax, any, deny,",
    "p, any, parent, T.a, read, tax, any, allow, plain",
    "p, any, any alone alone, T.b, read, tax, any, allow, plain",
    "p, any, any lonely, T.b, read, tax, any, allow, plain",
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(GOOD + BAD), min_size=1, max_size=12, unique=True))
def test_a_line_is_always_read_beside_others_as_it_is_alone(texts: list[str]) -> None:
    """The loader uses row rules again that it has read before; neither what is right nor what is wrong may change."""
    alone: list[PolicyFileError] = []
    text, matched = "".join(f"{one}\n" for one in texts), matched_by(FACTS)
    rows = text_rows(text, "policy.csv", alone)
    lines = tuple(line for row in rows if (line := read_line(row, FACTS, matched)) is not None)
    if alone:
        with pytest.raises(PolicyRefusedError) as refused:
            load(text, file="policy.csv", facts=FACTS)
        assert [str(one) for one in refused.value.problems] == [str(one) for one in alone]
    else:
        assert load(text, file="policy.csv", facts=FACTS).lines == lines
    wrong = {number for number, one in enumerate(texts, start=1) if one in BAD}
    assert {one.line for one in alone} == wrong
    assert len(lines) == len(texts) - len(wrong)


def test_lines_that_say_the_same_are_refused_however_they_are_written() -> None:
    line = "p, any, {}, T.b, read, care, any, allow, plain\n"
    for one, other in (("310115", "310115000000"), ("310115 alone", "310115000000 alone"), ("own", "own")):
        with pytest.raises(PolicyRefusedError, match="the same as line 1"):
            load(line.format(one) + line.format(other), file="policy.csv", facts=FACTS)
    load(line.format("own") + line.format("own alone"), file="policy.csv", facts=FACTS)


def test_what_is_measured_is_seen_to_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    little = Trouble(builds=1, enforced=3, role_sets=3)

    found = at_size(200, little)
    assert 0 < found.steady < found.cold
    assert found.steady < found.casbin

    monkeypatch.setattr(measured, "enforce", lambda *_args, **_named: None)
    with pytest.raises(DisagreementError, match="Casbin"):
        at_size(200, little)
    monkeypatch.setattr(Simple, "decide", lambda _self, one, _action: Decision(one, reason="never"))
    with pytest.raises(DisagreementError, match="simple"):
        at_size(200, little)


def test_role_sets_in_turn_are_all_different_and_leave_a_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "REMEMBERED", 100)
    few = in_turn(200, Trouble(builds=1, enforced=1, role_sets=40))
    monkeypatch.undo()
    all_kept = in_turn(200, Trouble(builds=1, enforced=1, role_sets=40))

    assert few.most < all_kept.most / 2
    assert len({standing.roles for standing, _ in measured._questions(500)}) == 500
