from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise

import casbin
import pytest
from casbin.persist.adapters.string_adapter import StringAdapter

from policies import model
from policies.errors import PolicyFileError, PolicyRefusedError
from policies.lines import Effect, PolicyFacts
from policies.load import load
from tests.support.rules import AT, CONDITIONS
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode, Standing
from vocabulary.rows import (
    EVERYTHING,
    OWN,
    Asker,
    Holds,
    RelatedArea,
    Relation,
    RowFacts,
    RowRule,
    Tie,
    TiedSubject,
    WithinArea,
    all_of,
)

OPEN = "p, any, any, *, read, any, any, allow, plain\n"
DENY = "p, any, any, Resident.*, read, any, any, deny,\n"


def refused(text: str, facts: PolicyFacts) -> tuple[PolicyFileError, ...]:
    with pytest.raises(PolicyRefusedError) as caught:
        load(text, file="policy.csv", facts=facts)
    return caught.value.problems


def casbin_alone(text: str, facts: PolicyFacts) -> bool:
    """Whether Casbin, given the text as it is, shows a field that the second line was meant to close."""
    bare = model.MODEL.replace(", mask, agreement, line", ", mask").replace(
        "under(p.agreement, p.eft, r.agreements) && ", ""
    )
    enforcer = casbin.Enforcer(casbin.Enforcer.new_model(text=bare), StringAdapter(text))
    model._register(enforcer, facts)
    return model.enforce(
        enforcer,
        Standing(frozenset({"worker", "deep0"}), "health", "care", Mode.ORDINARY),
        facts,
        asker=Asker("health", (Area("31"),), at=AT),
        coordinate=Coordinate("Resident", "name"),
        action=Action.READ,
        row=RowFacts(Area("310115"), "Resident", "p1", {"mine": "health", "adult": dt.date(1990, 1, 1)}),
    )


def test_casbin_alone_reads_a_right_deny(facts: PolicyFacts) -> None:
    assert casbin_alone(OPEN, facts) is True
    assert casbin_alone(OPEN + DENY, facts) is False
    assert casbin_alone(OPEN + DENY.replace("any, Resident", "any adult mine, Resident"), facts) is False


LOST_DENIES = {
    "a misspelt effect": DENY.replace("deny", "denny"),
    "an effect in capitals": DENY.replace("deny", "Deny"),
    "no comma at the end, a comma missing before": "p, any, any Resident.*, read, any, any, deny,,\n",
    "a full-width comma after p": DENY.replace("p,", "p，"),
    "a full-width comma between columns": DENY.replace("any, deny,", "any， deny,,"),
    "full-width letters": DENY.replace("deny", "ｄｅｎｙ"),
    "a byte order mark": None,
    "an unknown kind of line": DENY.replace("p,", "P,"),
    "a second kind of line": DENY.replace("p,", "p2,"),
    "quotation marks": DENY.replace("any, Resident", '"any", Resident'),
    "only carriage returns": "# closed by order\r" + DENY.replace("\n", "\r"),
    "a line separator after a comment": "# closed by order\u2028" + DENY,
    "a zero-width space": DENY.replace("p, any", "p, any\u200b"),
    "a right-to-left override": DENY.replace("p, any", "p, any\u202e"),
    "a letter of another alphabet": DENY.replace("Resident", "Rеsident"),
    "a role that nobody has": DENY.replace("p, any", "p, role:wroker"),
    "an organisation that nobody is": DENY.replace("p, any", "p, org:helth"),
    "a subject without its kind": DENY.replace("p, any", "p, worker"),
    "a purpose that is not in the catalogue": DENY.replace("any, any, deny", "caer, any, deny"),
    "a mode that there is not": DENY.replace("any, any, deny", "any, ordinery, deny"),
    "an action that there is not": DENY.replace("read", "reed"),
    "an action that is not enforced": DENY.replace("read", "reveal"),
    "a zero too many": DENY.replace("any, Resident", "3101150000, Resident"),
    "a pattern that matches nothing": DENY.replace("Resident.*", "Resdent.*"),
    "a pattern of half a name": DENY.replace("Resident.*", "Resident.na*"),
    "a pattern without its field": DENY.replace("Resident.*", "Resident"),
    "a condition that is misspelt": DENY.replace("any, Resident", "any adlut, Resident"),
    "a condition in capitals": DENY.replace("any, Resident", "any Adult, Resident"),
    "a word for people's ties that there is not": DENY.replace("any, Resident", "cases, Resident"),
    "an area and a relation": DENY.replace("any, Resident", "310115 parent, Resident"),
    "deliver to a role": DENY.replace("p, any", "p, role:worker").replace("read", "deliver"),
}


@pytest.mark.parametrize("name", LOST_DENIES)
def test_what_loses_a_deny_in_casbin_is_refused_here(name: str, facts: PolicyFacts) -> None:
    mistake = LOST_DENIES[name]
    text, number = (OPEN + mistake, 2) if mistake is not None else ("\ufeff" + DENY + OPEN, 1)
    assert casbin_alone(text, facts) is True
    problems = refused(text, facts)
    assert {problem.line for problem in problems} == {number}
    assert all(problem.file == "policy.csv" and problem.remedy for problem in problems)


FOUND_LATE = {
    "a column too few": DENY.replace("deny,", "deny"),
    "a column too many": DENY.replace("deny,", "deny,,"),
    "all columns in full-width commas but one": DENY.replace(",", "，").replace("p，", "p,"),
}


@pytest.mark.parametrize("name", FOUND_LATE)
def test_what_casbin_finds_only_when_asked_is_refused_at_once(name: str, facts: PolicyFacts) -> None:
    text = OPEN + FOUND_LATE[name]
    with pytest.raises(RuntimeError, match="invalid policy size"):
        casbin_alone(text, facts)  # and not before: the text was loaded
    (problem,) = refused(text, facts)
    assert problem.line == 2


TAKEN_SILENTLY = {
    "a comment after a line": DENY.replace("deny,", "deny, # until May"),
    "a mask on a deny": DENY.replace("deny,", "deny, redact"),
    "a tab": DENY.replace(", any", ",\tany"),
    "a full-width space": DENY.replace(" deny", "　deny"),
    "brackets that swallow commas": DENY.replace("deny,", "deny, [a, b]"),
    "a code of no tier": DENY.replace("any, Resident", "3101, Resident"),
    "a line twice": DENY + DENY,
    "an end without a line feed": DENY.removesuffix("\n"),
    "a deny in own areas": DENY.replace("any, Resident", "own, Resident"),
    "a deny within own areas": DENY.replace("any, Resident", "within, Resident"),
    "a deny in own areas under a condition": DENY.replace("any, Resident", "own adult, Resident"),
    "a condition without its area": DENY.replace("any, Resident", "adult, Resident"),
    "a condition before its area": DENY.replace("any, Resident", "adult any, Resident"),
    "a condition twice": DENY.replace("any, Resident", "any adult adult, Resident"),
    "two spaces before a condition": DENY.replace("any, Resident", "any  adult, Resident"),
    "a condition that can't be judged there": DENY.replace("any, Resident", "any today, Resident"),
}


@pytest.mark.parametrize("name", TAKEN_SILENTLY)
def test_what_casbin_takes_without_a_word_is_refused_here(name: str, facts: PolicyFacts) -> None:
    assert casbin_alone(OPEN + TAKEN_SILENTLY[name], facts) is False
    problems = refused(OPEN + TAKEN_SILENTLY[name], facts)
    assert {problem.line for problem in problems} == {3 if name == "a line twice" else 2}


def test_roles_nested_ten_deep_lose_a_deny_in_casbin_and_are_refused_here(facts: PolicyFacts) -> None:
    names = [f"role:deep{level}" for level in range(11)]
    nine = "".join(f"g, {holder}, {held}\n" for holder, held in pairwise(names[:10]))
    deny = DENY.replace("any", "role:deep9", 1)
    assert casbin_alone(OPEN + nine + deny, facts) is False
    load(OPEN + nine + deny, file="policy.csv", facts=facts)
    ten = nine + "g, role:deep9, role:deep10\n"
    deny = DENY.replace("any", "role:deep10", 1)
    assert casbin_alone(OPEN + ten + deny, facts) is True
    (problem,) = refused(OPEN + ten + deny, facts)
    assert "9 deep" in problem.problem


@pytest.mark.parametrize(
    ("links", "words"),
    [
        ("g, role:worker, role:analyst\ng, role:analyst, role:worker\n", "circle"),
        ("g, role:worker, role:worker\n", "circle"),
        ("g, role:worker, role:analyst, role:officer\n", "3 columns, not 4"),
        ("g, role:worker, role:anolyst\n", "'anolyst' is not declared; write analyst"),
        ("g, worker, role:analyst\n", "'worker' is no role"),
        ("g, role:worker, role:analyst\ng,role:worker,role:analyst\n", "the same as line 2"),
    ],
)
def test_role_links_that_casbin_takes_without_a_word(links: str, words: str, facts: PolicyFacts) -> None:
    assert casbin_alone(OPEN + links, facts) is True
    problems = refused(OPEN + links, facts)
    assert words in "\n".join(map(str, problems))


def test_a_role_link_of_one_role(facts: PolicyFacts) -> None:
    assert "3 columns, not 2" in str(refused(OPEN + "g, role:worker\n", facts)[0])


@pytest.mark.parametrize("text", ["", "\n", "# nothing here\n", "g, role:worker, role:analyst\n"])
def test_a_file_that_would_show_nothing_says_so(text: str, facts: PolicyFacts) -> None:
    (problem,) = refused(text, facts)
    assert "nothing would ever be shown" in problem.problem


def test_all_mistakes_at_once_in_the_order_of_their_lines(facts: PolicyFacts) -> None:
    text = "g, role:worker, role:x\np, role:x, 3101, Nobody.*, reed, x, x, Deny, x\n" + OPEN + OPEN
    problems = refused(text, facts)
    assert [(problem.line, problem.column) for problem in problems] == [
        (1, "held"),
        (2, "rows"),
        (2, "action"),
        (2, "effect"),
        (2, "subject"),
        (2, "coordinate"),
        (2, "purpose"),
        (2, "mode"),
        (4, None),
    ]
    assert all(re.fullmatch(r"policy\.csv:\d+: .+; .+", str(problem)) for problem in problems)


def test_a_misspelt_name_is_answered_with_the_nearest(facts: PolicyFacts) -> None:
    (problem,) = refused(DENY.replace("any", "role:wroker", 1), facts)
    assert str(problem) == "policy.csv:1: subject: 'wroker' is not declared; write worker"


def test_an_action_of_tomorrow_is_not_supported_yet(facts: PolicyFacts) -> None:
    for action in (Action.AGGREGATE, Action.ANSWER, Action.REVEAL):
        (problem,) = refused(OPEN.replace("read", action), facts)
        assert "is not supported yet" in problem.problem


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("p, any, any, Resident.name, read, any, any, allow,", "'' is no declared mask"),
        ("p, any, any, Resident.name, read, any, any, allow, redcat", "write redact"),
        ("p, any, any, Resident.name, read, any, any, allow, pseudonym", "pseudonym is no mask of Resident.name"),
        ("p, any, any, Resident.id, read, any, any, allow, redact", "it takes plain"),
        ("p, any, any, Visit.*, read, any, any, allow, partial", "partial is no mask of Visit.date"),
        ("p, any, any, Resident.*, read, any, any, allow, redact", "redact is no mask of Resident.id"),
        ("p, any, any, Resident.identityNo, match, any, any, allow, redact", "match works on the value itself"),
        ("p, any, any, Resident.identityNo, deliver, any, any, allow,", "deliver works on the value itself"),
        ("p, any, any, Resident.birthDate, derive, any, any, allow, redact", "derive works on the value itself"),
        ("p, any, any, Resident.name, match, any, any, allow, plain", "Resident.name is not declared an identifier"),
        ("p, any, any, Resident.*, match, any, any, allow, plain", "is not declared an identifier"),
        ("p, any, any, Visit.*, match, any, any, deny,", "is not declared an identifier"),
        ("p, role:worker, any, Resident.identityNo, deliver, any, any, allow, plain", "write org:"),
        ("p, any, own, Resident.name, read, any, any, deny,", "write any or a code"),
        ("p, any, any, Resident.name, write, any, any, allow, plain", "Resident.name is a field, which nobody writes"),
        ("p, any, any, *, write, any, any, allow, plain", "which nobody writes"),
        ("p, any, any, Mutation.assignCase, write, any, any, allow, redact", "write works on the value itself"),
    ],
)
def test_masks_and_actions_must_fit_the_coordinate(line: str, words: str, facts: PolicyFacts) -> None:
    assert any(words in str(problem) for problem in refused(f"{line}\n", facts))


READ = "p, any, {}, {}, read, any, any, allow, plain\n"


@pytest.mark.parametrize(
    ("rows", "coordinate", "words"),
    [
        ("", "Resident.name", "'' is no area"),
        ("adult", "Resident.name", "'adult' is no area"),
        ("own adlut", "Resident.name", "'adlut' is no declared condition"),
        ("own adult own", "Resident.name", "'own' is no declared condition"),
        ("own case", "Resident.name", "'case' is no declared condition"),
        ("own  adult", "Resident.name", "'' is no declared condition"),
        ("own adult mine adult", "Resident.name", "a condition stands there twice"),
        ("own today", "Resident.name", "today can't be judged on Resident.name"),
        ("any agreed", "Place.name", "agreed can't be judged on Place.name"),
        ("any mine", "*", "mine can't be judged on Mutation.assignCase"),
        ("any open", "Visit.*", "open can't be judged on Visit.date; name fields of a type that has status"),
        ("exactly", "Resident.name", "exactly does not narrow, and Resident.name is about people; write own"),
        ("parent", "Visit.*", "parent does not narrow, and Visit.date is about people; write own"),
        ("exactly adult", "Resident.name", "exactly does not narrow"),
        ("parent", "*", "parent does not narrow"),
        ("self", "Place.name", "Place.name is about nobody, whom self could tie"),
        ("case", "*", "Place.name is about nobody, whom case could tie"),
        ("glass", "Mutation.*", "Mutation.assignCase is about nobody"),
    ],
)
def test_rows_must_fit_the_coordinate(rows: str, coordinate: str, words: str, facts: PolicyFacts) -> None:
    problems = refused(READ.format(rows, coordinate), facts)
    assert any(words in str(problem) for problem in problems)
    assert all(problem.column == "rows" for problem in problems)


@pytest.mark.parametrize("tie", Tie)
def test_a_tie_is_to_whoever_asks_and_to_no_receiver(tie: Tie, facts: PolicyFacts) -> None:
    line = f"p, org:eatwell, {tie}, Resident.identityNo, deliver, any, any, allow, plain\n"
    assert any("a system that is told something has no cases" in str(one) for one in refused(line, facts))


@pytest.mark.parametrize(
    ("rows", "coordinate", "rule"),
    [
        ("within", "Resident.*", RelatedArea(Relation.WITHIN)),
        ("exactly", "Place.name", RelatedArea(Relation.EXACTLY)),
        ("parent mine", "Place.*", all_of(RelatedArea(Relation.PARENT), Holds(CONDITIONS["mine"]))),
        ("self", "Visit.*", TiedSubject(Tie.SELF)),
        ("case adult", "Resident.*", all_of(TiedSubject(Tie.CASE), Holds(CONDITIONS["adult"]))),
        ("own mine adult", "Resident.*", all_of(OWN, Holds(CONDITIONS["adult"]), Holds(CONDITIONS["mine"]))),
        ("any agreed", "Visit.*", Holds(CONDITIONS["agreed"])),
        ("310115 today", "Visit.*", all_of(WithinArea(Area("310115")), Holds(CONDITIONS["today"]))),
    ],
)
def test_rows_are_an_area_a_relation_or_a_tie_and_conditions(
    rows: str, coordinate: str, rule: RowRule, facts: PolicyFacts
) -> None:
    (line,) = load(READ.format(rows, coordinate), file="policy.csv", facts=facts).lines
    assert line.rows == rule


def test_a_deny_may_rest_on_ties_and_conditions(facts: PolicyFacts) -> None:
    text = DENY.replace("any, Resident", "case, Resident") + DENY.replace("any, Resident", "310115 adult, Resident")
    assert [str(line.rows) for line in load(text, file="policy.csv", facts=facts).lines] == [
        "case",
        "(adult and within 310115)",
    ]


def test_an_act_is_permitted_by_write_alone(facts: PolicyFacts) -> None:
    (line,) = load(
        "p, role:worker, own, Mutation.assignCase, write, any, any, allow, plain\n", file="policy.csv", facts=facts
    ).lines
    assert (line.action, line.rows) == (Action.WRITE, OWN)


def test_a_right_file(facts: PolicyFacts) -> None:
    text = (
        "# 社区，只看本辖区\r\n"
        "p, role:worker, own, Resident.name, read, care, ordinary, allow, surname\r\n"
        "\r\n"
        "p,org:eatwell,any,Resident.identityNo,deliver,care,any,allow,plain\r\n"
        "  p, any, 310115000000, Visit.*, read, any, emergency, allow, redact\r\n"
        "p, any, any, Resident.*, match, any, any, deny,\r\n"
        "p, any, any, Resident.*, match, any, emergency, deny, \r\n"
        "g, role:officer, role:worker\r\n"
    )
    said = load(text, file="policy.csv", facts=facts)
    assert [(line.name, line.rows, line.effect, line.shown) for line in said.lines] == [
        ("policy.csv:2", OWN, Effect.ALLOW, "surname"),
        ("policy.csv:4", EVERYTHING, Effect.ALLOW, "plain"),
        ("policy.csv:5", WithinArea(Area("310115")), Effect.ALLOW, "redact"),
        ("policy.csv:6", EVERYTHING, Effect.DENY, ""),
        ("policy.csv:7", EVERYTHING, Effect.DENY, ""),
    ]
    (link,) = said.role_links
    assert (link.number, link.holder, link.held) == (8, "role:officer", "role:worker")


def test_conditions_in_another_order_are_one_line(facts: PolicyFacts) -> None:
    (problem,) = refused(
        READ.format("own mine adult", "Visit.date") + READ.format("own adult mine", "Visit.date"), facts
    )
    assert "the same as line 1" in problem.problem


def test_zero_padded_codes_are_one_code(facts: PolicyFacts) -> None:
    line = "p, any, {}, Visit.date, read, any, any, allow, plain\n"
    (problem,) = refused(line.format("310115") + line.format("310115000000"), facts)
    assert "the same as line 1" in problem.problem


def test_an_allow_and_its_deny_may_both_stand(facts: PolicyFacts) -> None:
    said = load(OPEN + OPEN.replace("allow, plain", "deny,"), file="policy.csv", facts=facts)
    assert [line.effect for line in said.lines] == [Effect.ALLOW, Effect.DENY]
