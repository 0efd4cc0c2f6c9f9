"""Recorded answers, decided once more: as what they were, whoever asked and through whomever."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from policies.clock import Moment
from policies.compile import Policy
from policies.lines import PolicyFacts
from policies.load import load
from policies.replay import Replayed, Side, replay
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode

NAME = "p, role:worker, %s, Resident.name, read, care, any, allow, %s"
PHONE = "p, role:worker, own, Resident.phone, read, care, any, allow, plain"
Build = Callable[..., Policy]
CALLER = {"exchange": "district", "log": "tongguan.local/district", "entry": 3}


@dataclass(frozen=True)
class Agreed:
    """Agreements by their names: with whom, and until when."""

    until: Mapping[str, dt.datetime] = field(default_factory=dict)

    def agreed_with(self, organisation: str, purpose: str, mode: Mode, moment: Moment) -> frozenset[str]:
        assert (purpose, mode) == ("care", Mode.ORDINARY)
        return frozenset(
            one for one, end in self.until.items() if organisation == "eatwell" and moment.is_between(LONG_AGO, end)
        )


LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
LONG = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)


def told(
    entries: Sequence[tuple[int, Mapping[str, object]]],
    old: Policy,
    new: Policy,
    facts: PolicyFacts,
    *,
    agreed: tuple[Agreed, Agreed] = (Agreed(), Agreed()),
) -> list[Replayed]:
    sides = Side(old, agreed[0]), Side(new, agreed[1])
    return list(replay(entries, *sides, facts.coordinates, {"district": "eatwell"}))


def entry(**changes: object) -> dict[str, object]:
    who = {"person": "x", "organisation": "health", "roles": ["worker"], "areas": ["31"]}
    shown = [{"coordinate": name, "shown": "plain", "rows": "own", "line": "policy.csv:1"} for name in NAMES]
    return {"kind": "release", "at": "2026-01-01T00:00:00Z", "who": who, "purpose": "care", "shown": shown, **changes}


NAMES = ("Resident.name", "Resident.phone", "Gone.field")


def test_recorded_answers_that_would_differ_are_named(policy: Build, facts: PolicyFacts) -> None:
    old, new = policy(PHONE, NAME % ("own", "plain")), policy(PHONE)
    entries: list[tuple[int, dict[str, object]]] = [
        (9, entry()),
        (8, entry(kind="wave")),
        (7, entry(purpose="audit")),
        (6, entry(mode="ordinary")),
        (5, {"kind": "release", "at": ""}),
        (4, entry(kind="refusal")),
    ]
    found = told(entries, old, new, facts)
    assert [one.index for one in found] == [9, 6]
    assert str(found[0]) == "#9 2026-01-01T00:00:00Z role:worker of health, care, ordinary: -Resident.name"
    assert [str(one.coordinate) for one in found[0].differences] == ["Resident.name"]


def test_an_act_is_replayed_as_one(policy: Build, facts: PolicyFacts) -> None:
    act = "p, role:worker, any, Mutation.assignCase, write, care, any, allow, plain"
    shown = [{"coordinate": "Mutation.assignCase", "shown": "plain", "rows": "any", "line": ""}]
    (found,) = told([(1, entry(shown=shown))], policy(PHONE, act), policy(PHONE), facts)
    assert found.differences[0].action is Action.WRITE


def test_the_same_coordinate_is_compared_once(policy: Build, facts: PolicyFacts) -> None:
    shown = [{"coordinate": "Resident.name", "shown": "plain", "rows": "own", "line": ""}] * 2
    old, new = policy(PHONE, NAME % ("own", "plain")), policy(PHONE)
    (found,) = told([(1, entry(shown=shown))], old, new, facts)
    assert [one.coordinate for one in found.differences] == [Coordinate("Resident", "name")]


# ── through another exchange ──────────────────────────────────────────────────────────────────────────────────────────

AGREED = {
    "A-1": "p, org:eatwell, any, Resident.name, read, care, ordinary, allow, %s",
    "A-2": "p, org:eatwell, any, Resident.phone, read, care, ordinary, allow, plain",
}


@pytest.fixture
def under(facts: PolicyFacts) -> Callable[..., Policy]:
    """A policy that shows workers names and phones, with agreements by their names and the masks of names in them."""

    def build(lines: tuple[str, ...] = (NAME % ("any", "plain"), PHONE), **shown: str) -> Policy:
        said = load("".join(f"{line}\n" for line in lines), file="policy.csv", facts=facts)
        agreed = []
        for name, mask in shown.items():
            text = AGREED[name.replace("_", "-")]
            (line,) = load(f"{text % mask if mask else text}\n", file=f"{name}.csv", facts=facts).lines
            agreed.append(replace(line, agreement=name.replace("_", "-")))
        return Policy.build((*said.lines, *agreed), said.role_links, facts)

    return build


LASTING = Agreed({"A-1": LONG})


def test_what_another_exchange_asked_is_decided_through_it(under: Callable[..., Policy], facts: PolicyFacts) -> None:
    """For whoever asks here nothing differs; through the exchange, what is agreed on with it does."""
    entries = [(2, entry(caller=CALLER)), (1, entry())]
    found = told(entries, under(A_1="plain"), under(A_1="partial"), facts, agreed=(LASTING, LASTING))
    assert [str(one) for one in found] == [
        "#2 2026-01-01T00:00:00Z role:worker of health, care, ordinary, through the exchange of eatwell: -Resident.name"
    ]


def test_a_line_that_no_agreement_meets_makes_no_difference_through_an_exchange(
    under: Callable[..., Policy], facts: PolicyFacts
) -> None:
    old, new = under(A_1="partial"), under((PHONE, NAME % ("any", "partial")), A_1="partial")
    entries = [(2, entry(caller=CALLER)), (1, entry())]
    assert [one.index for one in told(entries, old, new, facts, agreed=(LASTING, LASTING))] == [1]


def test_an_agreement_counts_at_the_time_of_the_answer(under: Callable[..., Policy], facts: PolicyFacts) -> None:
    """One that ended since was in force then; one that a draft ends before then would not have been."""
    entries = [(1, entry(caller=CALLER))]
    policy = under(A_1="plain")
    since, before = (Agreed({"A-1": dt.datetime(*day, tzinfo=dt.UTC)}) for day in ((2026, 1, 2), (2025, 12, 31)))
    assert told(entries, policy, policy, facts, agreed=(since, LASTING)) == []
    (found,) = told(entries, policy, policy, facts, agreed=(since, before))
    assert [f"{one.sign}{one.coordinate}" for one in found.differences] == ["-Resident.name"]
    (found,) = told(entries, policy, policy, facts, agreed=(before, since))
    assert [f"{one.sign}{one.coordinate}" for one in found.differences] == ["+Resident.name"]


def test_a_new_agreement_would_have_shown_more(under: Callable[..., Policy], facts: PolicyFacts) -> None:
    both = Agreed({"A-1": LONG, "A-2": LONG})
    entries = [(1, entry(caller=CALLER))]
    (found,) = told(entries, under(A_1="plain"), under(A_1="plain", A_2=""), facts, agreed=(LASTING, both))
    assert [f"{one.sign}{one.coordinate}" for one in found.differences] == ["+Resident.phone"]


def test_an_exchange_that_is_declared_no_more_is_shown_nothing_by_either(
    under: Callable[..., Policy], facts: PolicyFacts
) -> None:
    entries = [(1, entry(caller={**CALLER, "exchange": "gone"}))]
    assert told(entries, under(A_1="plain"), under(), facts, agreed=(LASTING, LASTING)) == []
