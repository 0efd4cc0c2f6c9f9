from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.check import Shape
from policies.compile import Policy
from policies.explain import Asked, Explanation, explain
from policies.lines import PolicyFacts
from policies.load import load
from policies.reference import WITHHELD, cell
from tests.policies.drawn import COORDINATES, FACTS, a_policy, a_row, a_standing, an_asker
from tests.support.rules import AT
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.principal import Action, Mode, Standing
from vocabulary.rows import Asker, RowFacts

NAME = Coordinate("Resident", "name")
WORKER = Standing(frozenset({"worker"}), "health", "care", Mode.ORDINARY)
ASKER = Asker("health", (Area("310115016"),), at=AT)
HERE = RowFacts(Area("310115016003"), "Resident", "310115199001011234", {"adult": AT.date().replace(year=1990)})
LINE = "p, %s, %s, Resident.name, read, %s, %s, allow, plain"
OWN = LINE % ("role:worker", "own", "care", "any")
Explain = Callable[..., Explanation]
chances = st.randoms(use_true_random=False)


@pytest.fixture
def explained(facts: PolicyFacts) -> Explain:
    """The explanation of a name, under these lines."""

    def look(*lines: str, agreement: str = "", **changes: object) -> Explanation:
        said = load("".join(f"{line}\n" for line in lines), file="policy.csv", facts=facts)
        if agreement:
            said = replace(said, lines=tuple(replace(line, agreement=agreement) for line in said.lines))
        policy = Policy.build(said.lines, said.role_links, facts)
        asked = replace(Asked(WORKER, NAME, Action.READ, ASKER), **changes)  # type: ignore[arg-type]  # its fields
        return explain(asked, said, facts, by_lines=policy, shown=policy)

    return look


@pytest.mark.parametrize(
    ("line", "row", "reason"),
    [
        (OWN, None, ""),
        (OWN, HERE, ""),
        (LINE % ("any", "own", "audit", "any"), None, "it is for another purpose, audit"),
        (LINE % ("any", "own", "any", "emergency"), None, "it is for another mode, emergency"),
        (LINE % ("role:analyst", "own", "any", "any"), None, "it is for another subject, role:analyst"),
        (LINE % ("org:eatwell", "own", "any", "any"), None, "it is for another subject, org:eatwell"),
        (LINE % ("any", "own", "any", "any"), RowFacts(), "the row's area is not known"),
        (LINE % ("any", "310104", "any", "any"), HERE, "the row does not lie in 310104"),
        (
            LINE % ("any", "within", "any", "any"),
            RowFacts(Area("310115016")),
            "does not lie so to the asker's (within)",
        ),
        (LINE % ("any", "case", "any", "any"), HERE, "nothing ties the asker to the row's subject (case)"),
        (LINE % ("any", "case", "any", "any"), RowFacts(), "the row is of nobody"),
        (LINE % ("any", "any mine", "any", "any"), HERE, "the condition mine is not known"),
        (LINE % ("any", "own adult", "any", "any"), HERE, ""),
        ("p, any, any, *, read, any, any, deny,", HERE, ""),
        ("p, any, 310104, *, read, any, any, deny,", HERE, "the row does not lie in 310104"),
        ("p, any, 310104, *, read, any, any, deny,", RowFacts(), ""),
    ],
)
def test_the_first_reason_why_a_line_does_not_count(
    explained: Explain, line: str, row: RowFacts | None, reason: str
) -> None:
    (said,) = explained(line, row=row).lines
    assert reason in said.reason
    assert bool(reason) == bool(said.reason)
    assert said.line == "policy.csv:1"


def test_a_condition_that_fails_is_told_from_one_that_is_not_known(explained: Explain) -> None:
    young = replace(HERE, values={"adult": AT.date()})
    (said,) = explained(LINE % ("any", "any adult", "any", "any"), row=young).lines
    assert said.reason == "the condition adult fails"


def test_a_held_role_counts(explained: Explain) -> None:
    line = LINE % ("role:analyst", "own", "any", "any")
    assert explained("g, role:worker, role:officer", "g, role:officer, role:analyst", line).lines[0].reason == ""


def test_only_lines_that_name_the_coordinate_and_the_action_stand_there(explained: Explain) -> None:
    others = (
        "p, any, own, Resident.phone, read, any, any, allow, plain",
        "p, any, own, Resident.name, derive, any, any, allow, plain",
        "p, any, own, Resident.*, read, any, any, allow, plain",
    )
    assert [one.line for one in explained(*others).lines] == ["policy.csv:3"]


@pytest.mark.parametrize(
    ("lines", "changes"),
    [
        ((LINE % ("role:worker", "own", "audit", "any"),), ("ask for audit",)),
        ((LINE % ("role:worker", "own", "care", "emergency"),), ("ask in emergency mode",)),
        ((LINE % ("role:analyst", "own", "care", "any"),), ("have the role analyst",)),
        (
            (LINE % ("role:analyst", "own", "care", "any"), "g, role:officer, role:analyst"),
            ("have the role analyst", "have the role officer"),
        ),
        ((LINE % ("role:analyst", "own", "audit", "any"),), ()),  # two changes, not one
        ((OWN, "p, any, any, *, read, care, any, deny,"), ()),  # for another purpose nothing is open
        ((OWN,), ()),
    ],
    ids=str,
)
def test_single_changes_that_would_show_it(
    explained: Explain, lines: tuple[str, ...], changes: tuple[str, ...]
) -> None:
    assert explained(*lines).changes == changes


def test_an_agreement_and_an_area_are_changes_too(explained: Explain) -> None:
    assert explained(OWN, agreement="A-1").changes == ("ask under agreement A-1",)
    assert explained(OWN, agreement="A-1").lines[0].reason == "it needs another agreement, A-1"
    elsewhere = explained(OWN, row=RowFacts(Area("310104001")))
    assert elsewhere.changes == ("have an area in which the row lies",)
    assert (elsewhere.cell, elsewhere.is_shown) == (WITHHELD, False)


def test_an_emergency_is_a_change_where_the_row_lies(explained: Explain) -> None:
    line = LINE % ("role:worker", "own", "care", "emergency")
    assert explained(line, row=HERE).changes == ("ask in emergency mode",)
    urgent = replace(WORKER, mode=Mode.EMERGENCY)
    assert explained(line, row=HERE, standing=urgent).changes == ("declare an emergency where the row lies",)


def test_a_receiver_is_a_change_where_something_is_told(explained: Explain) -> None:
    line = "p, org:eatwell, any, Resident.identityNo, deliver, care, any, allow, plain"
    asked = {"coordinate": Coordinate("Resident", "identityNo"), "action": Action.DELIVER}
    assert explained(line, **asked).changes == ("tell eatwell",)


def test_safeguards_are_told_with_their_answers(explained: Explain) -> None:
    line = "p, any, own, Visit.finding, read, any, any, allow, plain"
    finding = {"coordinate": Coordinate("Visit", "finding")}
    assert explained(line, **finding).safeguards == ("every grant needs adult", "every grant needs agreed")
    here = explained(line, **finding, row=HERE)
    assert here.safeguards == ("every grant needs adult (holds)", "every grant needs agreed (fails)")
    assert explained(line, **finding, standing=replace(WORKER, purpose="audit")).safeguards == (
        "every grant needs adult",
    )


def test_what_siblings_took_is_told_with_its_reason(facts: PolicyFacts) -> None:
    said = load(f"{OWN}\n", file="policy.csv", facts=facts)
    policy = Policy.build(said.lines, [], facts)
    shape = Shape(reveals={NAME: (Coordinate("Resident", "birthDate"), Coordinate("Resident", "phone"))})

    class Narrowed:
        def decide(self, _standing: Standing, coordinate: Coordinate, _action: Action) -> Decision:
            return Decision(coordinate, reason="reveals")

    asked = Asked(WORKER, NAME, Action.READ, ASKER)
    told = explain(asked, said, facts, by_lines=policy, shown=Narrowed(), shape=shape)
    assert told.taken == ("policy.csv:1: plain on no row: it would give birthDate and phone away",)
    assert not told.is_shown
    assert "withheld (reveals)" in str(told)


def test_the_whole_as_a_person_reads_it(explained: Explain) -> None:
    text = str(explained(OWN, LINE % ("role:analyst", "own", "any", "any"), row=HERE))
    assert text.splitlines() == [
        "Resident.name · read · role:worker of health, care, ordinary",
        "  plain where own [policy.csv:1]",
        "  on this row: plain",
        "lines",
        "  policy.csv:1: plain where own, for role:worker, care, any: counts",
        "  policy.csv:2: plain where own, for role:analyst, any, any: does not count: it is for another subject, role:analyst",
    ]


@pytest.mark.whole
@settings(max_examples=200, deadline=None)
@given(chances)
def test_no_value_of_a_row_stands_in_an_explanation_and_every_change_works(random: Random) -> None:
    said, asker, row = a_policy(random), an_asker(random), a_row(random)
    policy, standing = Policy.build(said.lines, said.role_links, FACTS), a_standing(random, asker)
    for coordinate in COORDINATES:
        secret = replace(row, area=None if row.area is None else Area("310999"), subject="the-subject")
        asked = Asked(standing, coordinate, Action.READ, asker, secret)
        told = explain(asked, said, FACTS, by_lines=policy, shown=policy)
        assert "310999" not in str(told)
        assert "the-subject" not in str(told)
        counted = [one for one in told.lines if not one.reason]
        seen = cell(
            said.lines, said.role_links, asker, standing, FACTS, coordinate=coordinate, action=Action.READ, row=secret
        )
        assert told.is_shown == (seen != WITHHELD)
        assert not told.is_shown or counted
        for change in told.changes:
            word = change.rpartition(" ")[2]
            changed = {
                "ask for": replace(standing, purpose=word),
                "have the role": replace(standing, roles=standing.roles | {word}),
                "ask under agreement": replace(standing, agreement=word),
            }.get(change.removesuffix(f" {word}"))
            if changed is not None:
                question = (said.lines, said.role_links, asker, changed, FACTS)
                assert cell(*question, coordinate=coordinate, action=Action.READ, row=secret) != WITHHELD
