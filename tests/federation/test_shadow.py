from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count

import pytest

from federation.plan.govern import Governance
from federation.shadow import Governed, Shadow
from policies.compile import Policy
from policies.diff import Decides, Difference
from tests.support.planning import demo_world, policy_of
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.principal import Action, Mode, Standing

NAME, PHONE = Coordinate("Resident", "name"), Coordinate("Resident", "phone")
NUMBER, BIRTH = Coordinate("Resident", "identityNo"), Coordinate("Resident", "birthDate")
STANDING = Standing(frozenset({"health-analyst"}), "health-commission", "epidemic-control", Mode.ORDINARY)
LINE = "p, role:health-analyst, own, Resident.%s, read, epidemic-control, any, allow, plain\n"
ASKED = (NAME, PHONE)


class Counting:
    """A policy that counts how often it is asked."""

    def __init__(self, policy: Decides) -> None:
        self.policy = policy
        self.asked = 0

    def decide(self, standing: Standing, coordinate: Coordinate, action: Action) -> Decision:
        self.asked += 1
        return self.policy.decide(standing, coordinate, action)


class Rehearsal:
    """A policy in force with names, a second one with names and phones, and what was reported of both."""

    def __init__(self, most: int = 100) -> None:
        self.current = Counting(policy(LINE % "name"))
        self.second = Counting(policy(LINE % "name" + LINE % "phone"))
        self.epochs = ["now", "then"]
        self.reported: list[Sequence[Difference]] = []
        known = policy(LINE % "name").facts.coordinates
        self.shadow = Shadow(
            lambda: (self.current, self.epochs[0]),
            lambda: (self.second, self.epochs[1]),
            known.get,
            self.report,
            most=most,
        )

    def report(self, differences: Sequence[Difference]) -> None:
        self.reported.append(differences)


def policy(text: str) -> Policy:
    return policy_of(text, demo_world())


@pytest.fixture
def rehearsal() -> Rehearsal:
    return Rehearsal()


def test_what_the_second_policy_would_show_otherwise_is_told_and_reported(rehearsal: Rehearsal) -> None:
    (found,) = rehearsal.shadow.compare(STANDING, ASKED)
    assert (found.coordinate, found.sign, found.standings) == (PHONE, "+", (STANDING,))
    assert rehearsal.reported == [[found]]


def test_what_does_not_differ_is_not_reported(rehearsal: Rehearsal) -> None:
    assert rehearsal.shadow.compare(STANDING, [NAME]) == []
    assert rehearsal.shadow.compare(replace(STANDING, purpose="elderly-care"), ASKED) == []
    assert rehearsal.reported == []


def test_in_a_steady_state_no_policy_is_asked_and_every_request_is_reported(rehearsal: Rehearsal) -> None:
    rehearsal.shadow.compare(STANDING, ASKED)
    asked = rehearsal.current.asked, rehearsal.second.asked
    for _ in range(5):
        assert len(rehearsal.shadow.compare(STANDING, ASKED)) == 1
    assert (rehearsal.current.asked, rehearsal.second.asked) == asked
    assert len(rehearsal.reported) == 6


@pytest.mark.parametrize("which", [0, 1])
def test_another_epoch_on_either_side_is_compared_anew(rehearsal: Rehearsal, which: int) -> None:
    rehearsal.shadow.compare(STANDING, ASKED)
    rehearsal.second.policy = rehearsal.current.policy
    rehearsal.epochs[which] = "changed"
    assert rehearsal.shadow.compare(STANDING, ASKED) == []


def test_a_policy_is_not_compared_with_itself(rehearsal: Rehearsal) -> None:
    rehearsal.epochs[1] = rehearsal.epochs[0]
    assert rehearsal.shadow.compare(STANDING, ASKED) == []
    assert rehearsal.current.asked == 0


def test_memory_is_bounded_by_standings_and_by_coordinates_that_exist() -> None:
    rehearsal = Rehearsal(most=3)
    for number in range(10):
        rehearsal.shadow.compare(replace(STANDING, organisation=f"o{number}"), ASKED)
    rehearsal.shadow.compare(STANDING, [Coordinate("Made", f"up{number}") for number in range(50)])
    known = rehearsal.shadow._known
    assert len(known) == 3
    assert {len(one) for one in known.values()} == {0, len(ASKED)}


def breaking(where: str) -> Rehearsal:
    """A rehearsal in which one part fails with a text that must not be seen."""
    rehearsal = Rehearsal()

    def fail(*_: object) -> Decision:
        raise RuntimeError("a secret 310115199001011234")

    if where == "report":
        rehearsal.shadow._report = fail  # type: ignore[assignment]  # it never returns
    else:
        getattr(rehearsal, where).decide = fail
    return rehearsal


@pytest.mark.parametrize("where", ["current", "second", "report"])
def test_an_error_is_counted_and_logged_as_its_type_and_never_reaches_the_request(
    where: str, caplog: pytest.LogCaptureFixture
) -> None:
    rehearsal = breaking(where)
    with caplog.at_level(logging.WARNING):
        assert rehearsal.shadow.compare(STANDING, ASKED) == []
        assert rehearsal.shadow.compare(STANDING, ASKED) == []
    assert rehearsal.shadow.errors == 2
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


def test_a_policy_that_cannot_be_read_never_reaches_the_request() -> None:
    def gone() -> tuple[Decides, str]:
        raise OSError("no file")

    rehearsal = Rehearsal()
    shadow = Shadow(gone, gone, lambda _: None, rehearsal.report)
    assert shadow.compare(STANDING, ASKED) == []
    assert shadow.errors == 1


def test_coordinates_that_fail_while_they_are_listed_never_reach_the_request(rehearsal: Rehearsal) -> None:
    def coordinates() -> Iterator[Coordinate]:
        yield NAME
        raise KeyError("gone")

    assert rehearsal.shadow.compare(STANDING, coordinates()) == []
    assert rehearsal.shadow.errors == 1


# ── a policy as it is shown ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_governed_policy_reads_as_planning_reads() -> None:
    made = policy(LINE % "identityNo" + LINE % "name" + LINE % "ageBand")
    shown = Governed(made, demo_world().supergraph)
    view = Governance(made, demo_world().supergraph, STANDING).view("Resident")
    for coordinate in (NAME, PHONE, NUMBER, BIRTH):
        assert shown.decide(STANDING, coordinate, Action.READ) == view.decisions[coordinate.field]
    assert made.decide(STANDING, NUMBER, Action.READ).reason == ""
    assert shown.decide(STANDING, NUMBER, Action.READ).reason == "reveals"


def test_a_governed_policy_tells_organisations_whatever_roles_ask() -> None:
    line = "p, org:health-commission, any, Resident.identityNo, deliver, any, any, allow, plain\n"
    shown = Governed(policy(line), demo_world().supergraph)
    assert shown.decide(STANDING, NUMBER, Action.DELIVER).grants != ()


@pytest.mark.parametrize("name", ["Resident.serial", "Resident.nothing", "Nothing.name"])
def test_a_governed_policy_decides_against_what_is_not_shown(name: str) -> None:
    shown = Governed(policy("p, any, any, *, read, any, any, allow, plain\n"), demo_world().supergraph)
    assert shown.decide(STANDING, Coordinate.parse(name), Action.READ).grants == ()


def test_a_change_of_a_sibling_is_seen_where_it_is_given_away() -> None:
    numbers, births = LINE % "identityNo" + LINE % "sex", LINE % "birthDate"
    epochs = count()
    graph = demo_world().supergraph
    old, new = (Governed(policy(text), graph) for text in (numbers, numbers + births))
    report: Callable[[Sequence[Difference]], None] = lambda _: None  # noqa: E731
    known = policy(numbers).facts.coordinates
    shadow = Shadow(lambda: (old, str(next(epochs))), lambda: (new, str(next(epochs))), known.get, report)
    assert [one.coordinate for one in shadow.compare(STANDING, [NUMBER])] == [NUMBER]
