from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.compile import Policy
from policies.lines import PolicyFacts
from policies.load import load
from policies.reference import WITHHELD
from policies.trial import Case, CaseRow, Disagreement, Expected, Failure, Undecided, run, shown_on, stubbed
from tests.policies.drawn import COORDINATES, FACTS, a_policy, a_row, a_standing, an_asker, shown
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.principal import Action, Mode, Standing
from vocabulary.rows import EVERYTHING, Tie

WORKER = Standing(frozenset({"worker"}), "health", "care", Mode.ORDINARY)
NAME = "p, role:worker, %s, Resident.name, read, care, any, allow, plain"
OWN = (Area("310115016"),)
Failures = Callable[..., tuple[Failure, ...]]
chances = st.randoms(use_true_random=False)


def expect(shown: str, what: str = "Resident.name", action: Action = Action.READ) -> Expected:
    return Expected(5, Coordinate.parse(what), action, shown)


@pytest.fixture
def failures(facts: PolicyFacts) -> Failures:
    """What fails of one case, with these lines."""

    def look(lines: list[str], case: Case) -> tuple[Failure, ...]:
        said = load("".join(f"{line}\n" for line in lines), file="policy.csv", facts=facts)
        return run([case], said.lines, said.role_links, facts, lambda policy: policy)

    return look


def case(expected: Expected, row: CaseRow | None = None, standing: Standing = WORKER) -> Case:
    return Case("it holds", standing, OWN, row, (expected,))


@pytest.mark.parametrize(
    ("rows", "row", "seen"),
    [
        ("own", CaseRow(Area("310115016003")), "plain"),
        ("own", CaseRow(Area("310115017")), WITHHELD),
        ("own", CaseRow(), WITHHELD),
        ("any", CaseRow(), "plain"),
        ("case", CaseRow(tied=frozenset({Tie.CASE})), "plain"),
        ("case", CaseRow(tied=frozenset({Tie.GLASS})), WITHHELD),
        ("own adult", CaseRow(Area("310115016"), holds=frozenset({"adult"})), "plain"),
        ("own adult", CaseRow(Area("310115016"), fails=frozenset({"adult"})), WITHHELD),
        ("own adult", CaseRow(Area("310115016")), WITHHELD),
        ("any unopposed", CaseRow(Area("310115016")), WITHHELD),  # not named, so not known, whatever its kind
    ],
    ids=str,
)
def test_a_row_is_what_the_case_says_of_it(failures: Failures, rows: str, row: CaseRow, seen: str) -> None:
    assert failures([NAME % rows], case(expect(seen), row)) == ()
    other = "plain" if seen == WITHHELD else WITHHELD
    (failure,) = failures([NAME % rows], case(expect(other), row))
    assert (failure.shown, failure.by_lines) == (seen, seen)
    assert f"line 5: it holds: Resident.name read: expected {other}, is {seen}" in str(failure)
    assert ("[policy.csv:1]" in str(failure)) == (seen == "plain")


@pytest.mark.parametrize(
    ("lines", "most"),
    [
        ([NAME % "own"], "plain"),
        ([NAME % "within"], "plain"),
        ([NAME % "310104 adult"], "plain"),
        ([NAME % "case"], "plain"),
        ([NAME % "own", "p, any, any, *, read, any, any, deny,"], WITHHELD),
        ([NAME % "own", "p, any, any adult, Resident.*, read, any, any, deny,"], "plain"),
        ([NAME % "own adult", "p, any, any adult, Resident.*, read, any, any, deny,"], WITHHELD),
        ([NAME % "any", "p, any, 310115, *, read, any, any, deny,"], "plain"),
        ([NAME % "own", "p, any, 310115, *, read, any, any, deny,"], WITHHELD),
        ([NAME % "own", "p, any, 310115016099, *, read, any, any, deny,"], "plain"),
        (["p, role:worker, own, Resident.name, read, audit, any, allow, plain"], WITHHELD),
    ],
    ids=str,
)
def test_without_a_row_the_most_that_any_row_shows_is_expected(failures: Failures, lines: list[str], most: str) -> None:
    assert failures(lines, case(expect(most))) == ()
    assert failures(lines, case(expect("redact"))) != ()


def test_without_a_row_and_with_too_many_kinds_of_rows_a_row_is_asked_for(failures: Failures) -> None:
    lines = [NAME % f"3101{number}" for number in range(15, 99)] + [
        NAME % f"{tie} mine adult agreed unopposed" for tie in Tie
    ]
    (failure,) = failures(lines, case(expect(WITHHELD)))
    assert isinstance(failure, Undecided)
    assert "write a row" in str(failure)


def test_an_emergency_is_declared_for_where_the_row_lies(failures: Failures) -> None:
    urgent = replace(WORKER, mode=Mode.EMERGENCY)
    assert failures([NAME % "own"], case(expect("plain"), CaseRow(Area("310115016")), urgent)) == ()
    assert failures([NAME % "any"], case(expect(WITHHELD), CaseRow(), urgent)) == ()


def test_what_is_told_is_told_to_the_organisation_whatever_its_roles(failures: Failures) -> None:
    line = "p, org:health, any, Resident.identityNo, deliver, care, any, allow, plain"
    told = expect("plain", "Resident.identityNo", Action.DELIVER)
    assert failures([line], case(told, CaseRow())) == ()


def test_expected_is_what_is_shown_once_siblings_have_narrowed_it(facts: PolicyFacts) -> None:
    said = load(f"{NAME % 'own'}\n", file="policy.csv", facts=facts)

    class Narrowed:
        def decide(self, _standing: Standing, coordinate: Coordinate, _action: Action) -> Decision:
            return Decision(coordinate, reason="reveals")

    tried = case(expect("plain"), CaseRow(OWN[0]))
    (failure,) = run([tried], said.lines, [], facts, lambda _: Narrowed())
    assert (failure.shown, failure.by_lines) == (WITHHELD, "plain")
    assert "by the lines alone plain" in str(failure)


def test_a_disagreement_of_the_evaluators_is_told_as_one(facts: PolicyFacts, monkeypatch: pytest.MonkeyPatch) -> None:
    said = load(f"{NAME % 'own'}\n", file="policy.csv", facts=facts)
    monkeypatch.setattr("policies.trial.cell", lambda *_, **__: "redact")
    (failure,) = run([case(expect("plain"), CaseRow(OWN[0]))], said.lines, [], facts, lambda policy: policy)
    assert isinstance(failure, Disagreement)
    assert "THE PROGRAM IS WRONG: compiled plain, reference redact" in str(failure)


def test_safeguards_are_answered_by_the_row_too(failures: Failures) -> None:
    line = "p, role:worker, own, Visit.finding, read, care, any, allow, plain"
    found = expect("plain", "Visit.finding")
    safe = CaseRow(OWN[0], holds=frozenset({"adult", "agreed"}))
    assert failures([line], case(found, safe)) == ()
    (failure,) = failures([line], case(found, replace(safe, holds=frozenset({"adult"}))))
    assert failure.shown == WITHHELD


def test_stubs_leave_lines_of_no_condition_as_they_are(facts: PolicyFacts) -> None:
    said = load(f"{NAME % 'any'}\n{NAME % 'own adult'}\n", file="policy.csv", facts=facts)
    lines, known = stubbed(said.lines, facts)
    assert lines[0].rows == EVERYTHING
    assert [line.columns for line in lines] == [line.columns for line in said.lines]
    assert known.conditions.keys() == facts.conditions.keys()


@pytest.mark.whole
@settings(max_examples=200, deadline=None)
@given(chances)
def test_a_cell_is_shown_as_its_decision_says(random: Random) -> None:
    said, asker = a_policy(random), an_asker(random)
    policy, standing, row = (
        Policy.build(said.lines, said.role_links, FACTS),
        a_standing(random, asker),
        a_row(random),
    )
    for coordinate in COORDINATES:
        decision = policy.decide(standing, coordinate, Action.READ)
        seen, line = shown_on(decision, row, asker)
        assert seen == shown(decision, row, asker)
        assert (line == "") <= (seen == WITHHELD)


@pytest.mark.whole
@settings(max_examples=100, deadline=None)
@given(chances)
def test_what_no_row_shows_by_the_family_no_row_shows_at_all(random: Random) -> None:
    """`withheld` without a row is a promise about every row: no drawn one may break it."""
    said, asker = a_policy(random), an_asker(random)
    stubs, known = stubbed(said.lines, FACTS)
    policy = Policy.build(stubs, said.role_links, known)
    standing = replace(a_standing(random, asker), mode=Mode.ORDINARY)
    for coordinate in COORDINATES:
        never = Case("never", standing, asker.areas, None, (expect(WITHHELD, str(coordinate)),))
        if run([never], said.lines, said.role_links, FACTS, lambda made: made) == ():
            for _ in range(20):
                row = CaseRow(
                    random.choice((*OWN, *asker.areas, Area("310104001"), None)),
                    frozenset(random.sample(list(Tie), random.randint(0, 3))),
                    frozenset(random.sample(sorted(FACTS.conditions), 4)),
                )
                rest = frozenset(FACTS.conditions) - row.holds
                tried = replace(row, fails=rest)
                decision = policy.decide(standing, coordinate, Action.READ)
                tied = {(tie, ""): frozenset(("somebody",)) for tie in tried.tied}
                assert shown_on(decision, tried.facts, replace(asker, tied=tied))[0] == WITHHELD
