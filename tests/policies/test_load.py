from __future__ import annotations

import re
from itertools import pairwise

import casbin
import pytest
from casbin.persist.adapters.string_adapter import StringAdapter

from policies import model
from policies.errors import PolicyFileError, PolicyRefusedError
from policies.lines import Effect, PolicyFacts
from policies.load import load
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode, Standing
from vocabulary.rows import EVERYTHING, OwnAreas, WithinArea

OPEN = "p, any, any, *, read, any, any, allow, plain\n"
DENY = "p, any, any, Resident.*, read, any, any, deny,\n"


def refused(text: str, facts: PolicyFacts) -> tuple[PolicyFileError, ...]:
    with pytest.raises(PolicyRefusedError) as caught:
        load(text, file="policy.csv", facts=facts)
    return caught.value.problems


def casbin_alone(text: str) -> bool:
    """Whether Casbin, given the text as it is, shows a field that the second line was meant to close."""
    enforcer = casbin.Enforcer(
        casbin.Enforcer.new_model(text=model.MODEL.replace(", mask, line", ", mask")), StringAdapter(text)
    )
    model._register(enforcer)
    return model.enforce(
        enforcer,
        Standing(frozenset({"worker", "deep0"}), "health", "care", Mode.ORDINARY),
        own=(Area("31"),),
        coordinate=Coordinate("Resident", "name"),
        action=Action.READ,
        area=Area("310115"),
    )


def test_casbin_alone_reads_a_right_deny() -> None:
    assert casbin_alone(OPEN) is True
    assert casbin_alone(OPEN + DENY) is False


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
    "deliver to a role": DENY.replace("p, any", "p, role:worker").replace("read", "deliver"),
}


@pytest.mark.parametrize("name", LOST_DENIES)
def test_what_loses_a_deny_in_casbin_is_refused_here(name: str, facts: PolicyFacts) -> None:
    mistake = LOST_DENIES[name]
    text, number = (OPEN + mistake, 2) if mistake is not None else ("\ufeff" + DENY + OPEN, 1)
    assert casbin_alone(text) is True
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
        casbin_alone(text)  # and not before: the text was loaded
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
}


@pytest.mark.parametrize("name", TAKEN_SILENTLY)
def test_what_casbin_takes_without_a_word_is_refused_here(name: str, facts: PolicyFacts) -> None:
    assert casbin_alone(OPEN + TAKEN_SILENTLY[name]) is False
    (problem,) = refused(OPEN + TAKEN_SILENTLY[name], facts)
    assert problem.line == (3 if name == "a line twice" else 2)


def test_roles_nested_ten_deep_lose_a_deny_in_casbin_and_are_refused_here(facts: PolicyFacts) -> None:
    names = [f"role:deep{level}" for level in range(11)]
    nine = "".join(f"g, {holder}, {held}\n" for holder, held in pairwise(names[:10]))
    deny = DENY.replace("any", "role:deep9", 1)
    assert casbin_alone(OPEN + nine + deny) is False
    load(OPEN + nine + deny, file="policy.csv", facts=facts)
    ten = nine + "g, role:deep9, role:deep10\n"
    deny = DENY.replace("any", "role:deep10", 1)
    assert casbin_alone(OPEN + ten + deny) is True
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
    assert casbin_alone(OPEN + links) is True
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
        (2, "area"),
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
    for action in (Action.AGGREGATE, Action.ANSWER, Action.REVEAL, Action.WRITE):
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
    ],
)
def test_masks_and_actions_must_fit_the_coordinate(line: str, words: str, facts: PolicyFacts) -> None:
    assert any(words in str(problem) for problem in refused(f"{line}\n", facts))


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
    assert [(line.name, line.area, line.effect, line.shown) for line in said.lines] == [
        ("policy.csv:2", OwnAreas(), Effect.ALLOW, "surname"),
        ("policy.csv:4", EVERYTHING, Effect.ALLOW, "plain"),
        ("policy.csv:5", WithinArea(Area("310115")), Effect.ALLOW, "redact"),
        ("policy.csv:6", EVERYTHING, Effect.DENY, ""),
        ("policy.csv:7", EVERYTHING, Effect.DENY, ""),
    ]
    (link,) = said.role_links
    assert (link.number, link.holder, link.held) == (8, "role:officer", "role:worker")


def test_zero_padded_codes_are_one_code(facts: PolicyFacts) -> None:
    line = "p, any, {}, Visit.date, read, any, any, allow, plain\n"
    (problem,) = refused(line.format("310115") + line.format("310115000000"), facts)
    assert "the same as line 1" in problem.problem


def test_an_allow_and_its_deny_may_both_stand(facts: PolicyFacts) -> None:
    said = load(OPEN + OPEN.replace("allow, plain", "deny,"), file="policy.csv", facts=facts)
    assert [line.effect for line in said.lines] == [Effect.ALLOW, Effect.DENY]
