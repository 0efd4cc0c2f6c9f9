from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.agreements import (
    GIVES_AWAY,
    LONGEST,
    agreement_columns,
    check_lists,
    cited,
    hidden_from,
    negative_columns,
)
from policies.errors import PolicyFileError
from policies.lines import COLUMNS, CoordinateFacts, PolicyFacts, patterns
from policies.load import load
from vocabulary.agreement import Agreement, Lists, Negative, Openness, Responsibility, Wish
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action

FACTS = PolicyFacts(
    organisations=frozenset({"bureau", "clinic", "eatwell"}),
    roles=frozenset({"analyst", "worker"}),
    purposes=frozenset({"care", "audit"}),
    masks=frozenset({"stars", "redact"}),
    coordinates={
        Coordinate.parse(name): known
        for name, known in {
            "Person.number": CoordinateFacts(("redact",), identifier=True),
            "Person.phone": CoordinateFacts(("stars", "redact")),
            "Person.born": CoordinateFacts(("redact",)),
            "Test.result": CoordinateFacts(("redact",)),
            "Test.takenAt": CoordinateFacts(("redact",)),
            "Visit.at": CoordinateFacts(("redact",)),
        }.items()
    },
)
KNOWN = sorted(FACTS.coordinates)
START, END = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2027, 1, 1, tzinfo=dt.UTC)

PHONE = Wish("Person.phone", Action.READ, "stars")
TOLD = Wish("Person.number", Action.DELIVER, "plain", to="eatwell")
AGREED = Agreement(
    id="A-1",
    asker="clinic",
    owner="bureau",
    roles=("analyst", "worker"),
    wishes=(PHONE, TOLD),
    rows="own",
    purpose="care",
    mode="ordinary",
    basis="PIPL art. 34",
    start=START,
    end=END,
    origin="lists.yaml:12",
)
CLOSED = Negative("N-1", ("eatwell",), ("Test.result",), "PIPL art. 28", "lists.yaml:7")
OPEN_TO_NONE = Negative("N-2", (), ("Visit.*", "Person.number"), "art. 38", "lists.yaml:8")
BUREAU = Responsibility("bureau", ("Person.*",), Openness.CLOSED, "art. 38", "lists.yaml:2")
CLINIC = Responsibility("clinic", ("Test.*",), Openness.CLOSED, "art. 38", "lists.yaml:3")
LISTS = Lists((BUREAU, CLINIC), (CLOSED,), (AGREED,))


def agreed(**changes: object) -> Lists:
    """The lists with their one agreement changed."""
    return replace(LISTS, demands=(replace(AGREED, **changes),))  # type: ignore[arg-type]


def wishing(*wishes: Wish) -> Lists:
    return agreed(wishes=wishes)


# ── lines ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_agreement_gives_a_line_for_each_wish_and_role() -> None:
    assert list(agreement_columns(AGREED)) == [
        ("p", "role:analyst", "own", "Person.phone", "read", "care", "ordinary", "allow", "stars"),
        ("p", "role:worker", "own", "Person.phone", "read", "care", "ordinary", "allow", "stars"),
        ("p", "org:eatwell", "own", "Person.number", "deliver", "care", "ordinary", "allow", "plain"),
    ]


def test_an_agreement_without_roles_is_for_all_of_the_asker() -> None:
    lines = agreement_columns(replace(AGREED, roles=(), rows="own adult", mode="any"))
    assert [line[1:3] for line in lines] == [("org:clinic", "own adult"), ("org:eatwell", "own adult")]


def test_a_wish_or_a_role_that_stands_there_twice_gives_its_lines_once() -> None:
    twice = replace(AGREED, roles=AGREED.roles * 2, wishes=AGREED.wishes * 2)
    assert list(agreement_columns(twice)) == list(agreement_columns(AGREED))


def test_the_negative_list_closes_every_way_by_which_data_is_given_away() -> None:
    negative = replace(CLOSED, organisations=("eatwell", "clinic"), patterns=("Test.result", "Person.*"))
    lines = list(negative_columns(negative))
    assert lines[0] == ("p", "org:eatwell", "any", "Test.result", "read", "any", "any", "deny", "")
    assert {line[1:5] for line in lines} == {
        (f"org:{organisation}", "any", pattern, action)
        for organisation in ("eatwell", "clinic")
        for pattern in negative.patterns
        for action in ("read", "match", "derive", "deliver")
    }
    assert {line[5:] for line in lines} == {("any", "any", "deny", "")}


def test_what_is_shared_with_nobody_is_closed_to_anybody() -> None:
    assert {line[1] for line in negative_columns(replace(CLOSED, organisations=()))} == {"any"}


def test_no_line_closes_a_match_on_what_has_no_identifier() -> None:
    wide = replace(CLOSED, patterns=("Test.*", "Person.*", "*"))
    closed = {line[3] for line in negative_columns(wide, FACTS) if line[4] == "match"}
    assert closed == {"Person.*", "*"}


def test_the_loader_takes_every_line() -> None:
    lines = [*agreement_columns(AGREED), *negative_columns(CLOSED, FACTS), *negative_columns(OPEN_TO_NONE, FACTS)]
    text = "".join(f"{', '.join(columns)}\n" for columns in lines)
    assert len(load(text, file="policy.csv", facts=FACTS).lines) == len(lines)


ORGANISATIONS = st.sampled_from(sorted(FACTS.organisations))
PATTERNS = st.sampled_from(sorted({pattern for one in KNOWN for pattern in patterns(one)}))
ASKED = st.builds(
    Wish,
    pattern=PATTERNS,
    action=st.sampled_from([one for one in GIVES_AWAY if one is not Action.DELIVER]),
    shown=st.sampled_from(["plain", *FACTS.masks]),
)
DELIVERED = st.builds(Wish, pattern=PATTERNS, action=st.just(Action.DELIVER), shown=st.just("plain"), to=ORGANISATIONS)
AGREEMENTS = st.builds(
    Agreement,
    id=st.sampled_from(["A-1", "A-2", "A-3"]),
    asker=ORGANISATIONS,
    owner=ORGANISATIONS,
    roles=st.lists(st.sampled_from(sorted(FACTS.roles)), max_size=2).map(tuple),
    wishes=st.lists(ASKED | DELIVERED, max_size=4).map(tuple),
    rows=st.sampled_from(["own", "any", "310115"]),
    purpose=st.sampled_from(sorted(FACTS.purposes)),
    mode=st.sampled_from(["ordinary", "emergency", "any"]),
    basis=st.text(max_size=300),
    start=st.just(START),
    end=st.just(END),
    origin=st.just("registry:A-1"),
)
NEGATIVES = st.builds(
    Negative,
    id=st.sampled_from(["N-1", "N-2"]),
    organisations=st.lists(ORGANISATIONS, max_size=2).map(tuple),
    patterns=st.lists(PATTERNS, max_size=2).map(tuple),
    article=st.text(max_size=300),
    origin=st.just("lists.yaml:7"),
)
RESPONSIBILITIES = st.builds(
    Responsibility,
    organisation=ORGANISATIONS,
    patterns=st.lists(PATTERNS, max_size=2).map(tuple),
    openness=st.just(Openness.CLOSED),
    article=st.just("art. 38"),
    origin=st.just("lists.yaml:2"),
)


@given(AGREEMENTS)
def test_every_line_is_an_allow_for_the_asker_or_a_delivery_to_whom_a_wish_names(agreement: Agreement) -> None:
    askers = {f"role:{role}" for role in agreement.roles} or {f"org:{agreement.asker}"}
    lines = list(agreement_columns(agreement))
    for columns in lines:
        said = dict(zip(COLUMNS, columns, strict=True))
        assert said["effect"] == "allow"
        wished = [one for one in agreement.wishes if (one.pattern, one.action) == (said["coordinate"], said["action"])]
        if said["action"] == "deliver":
            assert said["subject"] in {f"org:{one.to}" for one in wished}
        else:
            assert said["subject"] in askers
        assert said["mask"] in {one.shown for one in wished}
        assert (said["rows"], said["purpose"], said["mode"]) == (agreement.rows, agreement.purpose, agreement.mode)
    assert {(one.pattern, one.action, one.shown) for one in agreement.wishes} == {
        (line[3], line[4], line[8]) for line in lines
    }
    assert len(set(lines)) == len(lines)


@given(st.lists(NEGATIVES, max_size=3), ORGANISATIONS)
def test_what_is_hidden_is_always_what_a_line_closes_whatever_the_action(
    negatives: list[Negative], organisation: str
) -> None:
    hidden = hidden_from(Lists(negatives=tuple(negatives)), organisation, KNOWN)
    lines = [line for negative in negatives for line in negative_columns(negative)]
    for action in GIVES_AWAY:
        mine = {line[3] for line in lines if line[1] in {"any", f"org:{organisation}"} and line[4] == action}
        assert hidden == {one for one in KNOWN if mine & set(patterns(one))}


@given(st.lists(RESPONSIBILITIES, max_size=3), st.lists(NEGATIVES, max_size=2), AGREEMENTS)
def test_a_line_for_what_is_kept_or_is_not_the_owners_is_always_told(
    responsibilities: list[Responsibility], negatives: list[Negative], agreement: Agreement
) -> None:
    lists = Lists(tuple(responsibilities), tuple(negatives), (agreement,))
    is_kept = is_anothers = False
    for line in agreement_columns(agreement):
        if line[3] == "*":
            continue  # refused as a whole
        receiver = line[1].removeprefix("org:") if line[1].startswith("org:") else agreement.asker
        asked = {one for one in KNOWN if line[3] in patterns(one)}
        is_kept |= not asked.isdisjoint(hidden_from(lists, receiver, KNOWN))
        for one in asked:
            answering = {each.organisation for each in responsibilities if set(each.patterns) & set(patterns(one))}
            is_anothers |= bool(responsibilities) and answering != {agreement.owner}
    problems = [one.problem for one in check_lists(lists, FACTS)]
    assert any("which the negative list keeps from" in one for one in problems) == is_kept
    assert any(", for which " in one for one in problems) == is_anothers
    assert any("asks for everything" in one for one in problems) == ("*" in {one.pattern for one in agreement.wishes})


# ── what is cited ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_entry_is_cited_by_its_id_and_article() -> None:
    assert cited(AGREED) == "A-1 (PIPL art. 34)"
    assert cited(replace(CLOSED, article="数据条例\n  第三十八条\u202e\x00")) == "N-1 (数据条例 第三十八条\ufffd\ufffd)"
    assert cited(replace(AGREED, basis="x" * 300)) == f"A-1 ({'x' * (LONGEST - 7)}…)"


@given(AGREEMENTS | NEGATIVES)
def test_what_is_cited_is_always_short_and_on_one_line(entry: Agreement | Negative) -> None:
    text = cited(entry)
    assert text.startswith(f"{entry.id} (")
    assert text.endswith(")")
    assert len(text) <= LONGEST
    assert text.isprintable()
    assert text.encode()


# ── mistakes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_lists_without_a_mistake_have_no_problem() -> None:
    assert check_lists(LISTS, FACTS) == []
    assert check_lists(Lists(), FACTS) == []
    assert check_lists(agreed(rows="any"), FACTS) == []
    assert check_lists(wishing(Wish("Person.*", Action.READ, "redact")), FACTS) == []
    assert check_lists(replace(LISTS, responsibilities=()), FACTS) == []  # there is no such list to look at


def test_the_negative_list_keeps_a_field_from_those_it_names_alone() -> None:
    assert hidden_from(LISTS, "eatwell", KNOWN) == {Coordinate("Test", "result")}
    assert hidden_from(LISTS, "clinic", KNOWN) == frozenset()
    all_of_it = Lists(negatives=(replace(CLOSED, organisations=(), patterns=("*",)),))
    assert hidden_from(all_of_it, "bureau", KNOWN) == set(KNOWN)


ONE_FIELD = ("Person.phone",)
KEPT = replace(CLOSED, organisations=("clinic", "eatwell"), patterns=("Person.phone", "Person.number"))
MISTAKES: dict[str, tuple[Lists, int, str | None, str]] = {
    "asker unknown": (agreed(asker="clinik"), 12, "asker", "'clinik' is not declared; write clinic"),
    "owner unknown": (agreed(owner="burea"), 12, "owner", "'burea' is not declared; write bureau"),
    "role unknown": (agreed(roles=("analist",)), 12, "roles", "'analist' is not declared; write analyst"),
    "purpose unknown": (agreed(purpose="car"), 12, "purpose", "'car' is not declared; write care"),
    "every purpose": (agreed(purpose="any"), 12, "purpose", "'any' is not declared"),
    "mode unknown": (agreed(mode="ordinry"), 12, "mode", "'ordinry' is not declared; write ordinary"),
    "coordinate unknown": (wishing(replace(PHONE, pattern="Person.fone")), 12, "wishes", "'Person.fone' matches no coordinate; write Person.phone"),
    "half a pattern": (wishing(replace(PHONE, pattern="Person.p*")), 12, "wishes", "matches no coordinate"),
    "mask unknown": (wishing(replace(PHONE, shown="starz")), 12, "wishes", "'starz' is not declared; write stars"),
    "receiver unknown": (wishing(replace(TOLD, to="eatwel")), 12, "wishes", "'eatwel' is not declared; write eatwell"),
    "no receiver": (wishing(replace(TOLD, to="")), 12, "wishes", "'' is not declared"),
    "a receiver of what is read": (wishing(replace(PHONE, to="eatwell")), 12, "wishes", "has a receiver, eatwell, beside read"),
    "everything": (wishing(replace(PHONE, pattern="*")), 12, "wishes", "A-1 asks for everything; write a wish per field"),
    "nothing": (wishing(), 12, "wishes", "A-1 asks for nothing"),
    "of oneself": (replace(agreed(asker="bureau"), negatives=()), 12, "owner", "bureau asks itself"),
    "ends before it starts": (agreed(end=START - dt.timedelta(days=1)), 12, "end", "A-1 ends before it starts"),
    "ends as it starts": (agreed(end=START), 12, "end", "A-1 ends before it starts"),
    "another's": (wishing(replace(PHONE, pattern="Test.takenAt", shown="redact")), 12, "owner", "A-1 asks bureau for Test.takenAt, for which clinic answers; write clinic as its owner"),
    "nobody's": (wishing(replace(PHONE, pattern="Visit.*", shown="redact")), 12, "owner", "Visit.at, for which nobody answers; write it into"),
    "two organisations'": (replace(LISTS, responsibilities=(BUREAU, replace(CLINIC, patterns=ONE_FIELD))), 12, "owner", "Person.phone, for which bureau and clinic answer"),
    "kept from the asker": (replace(wishing(PHONE), negatives=(KEPT,)), 12, "wishes", "asks for Person.phone, which the negative list keeps from clinic"),
    "kept from the receiver": (replace(wishing(TOLD), negatives=(replace(KEPT, organisations=("eatwell",)),)), 12, "wishes", "Person.number, which the negative list keeps from eatwell"),
    "kept from everybody": (replace(LISTS, negatives=(replace(KEPT, organisations=()),)), 12, "wishes", "keeps from clinic"),
    "kept in part": (replace(wishing(replace(PHONE, pattern="Person.*", shown="redact")), negatives=(KEPT,)), 12, "wishes", "Person.number, Person.phone, which the negative list keeps from clinic; write a wish per field"),
    "two of one id": (replace(LISTS, demands=(AGREED, replace(AGREED, origin="lists.yaml:30"))), 30, None, "A-1 is an id already, at lists.yaml:12; write another id"),
    "one id on two lists": (agreed(id="N-1"), 12, None, "N-1 is an id already, at lists.yaml:7"),
    "kept from nobody known": (replace(LISTS, negatives=(replace(CLOSED, organisations=("eatwel",)),)), 7, "organisations", "'eatwel' is not declared; write eatwell"),
    "nothing is kept": (replace(LISTS, negatives=(replace(CLOSED, patterns=("Test.reslt",)),)), 7, "coordinates", "'Test.reslt' matches no coordinate; write Test.result"),
    "answers, unknown": (replace(LISTS, responsibilities=(BUREAU, replace(CLINIC, organisation="clinik"))), 3, "organisation", "'clinik' is not declared; write clinic"),
    "answers for nothing": (replace(LISTS, responsibilities=(BUREAU, replace(CLINIC, patterns=("Tests.*",)))), 3, "coordinates", "'Tests.*' matches no coordinate; write Test.*"),
    "answered for twice": (replace(LISTS, responsibilities=(BUREAU, replace(CLINIC, patterns=ONE_FIELD))), 3, "coordinates", "bureau answers for Person.phone already, by lists.yaml:2"),
    "in two classes": (replace(LISTS, responsibilities=(BUREAU, replace(BUREAU, openness=Openness.OPEN, origin="lists.yaml:3"))), 3, "coordinates", "bureau answers for Person.born, Person.number, Person.phone already"),
}  # fmt: skip


@pytest.mark.parametrize(("lists", "line", "column", "words"), MISTAKES.values(), ids=MISTAKES)
def test_refuses(lists: Lists, line: int, column: str | None, words: str) -> None:
    problems = check_lists(lists, FACTS)
    assert problems == sorted(problems, key=lambda one: one.line)
    (found,) = [one for one in problems if words in f"{one.problem}; {one.remedy}"]
    assert (found.file, found.line, found.column) == ("lists.yaml", line, column)
    assert str(found).startswith(f"lists.yaml:{line}: ")


def test_a_mistake_of_the_registry_has_a_place_too() -> None:
    (problem,) = check_lists(agreed(purpose="car", origin="registry:A-1"), FACTS)
    assert str(problem) == "registry:A-1:1: purpose: 'car' is not declared; write care"


def test_without_any_role_the_remedy_is_to_declare_it() -> None:
    (problem,) = check_lists(agreed(roles=("analyst",)), replace(FACTS, roles=frozenset()))
    assert isinstance(problem, PolicyFileError)
    assert problem.remedy == "declare it first: nothing of this kind is"


def test_many_fields_are_told_in_few_words() -> None:
    facts = replace(FACTS, coordinates={Coordinate("Person", f"f{i}"): CoordinateFacts() for i in range(9)})
    lists = replace(
        wishing(Wish("Person.*", Action.READ, "plain")), responsibilities=(replace(CLINIC, patterns=("*",)),)
    )
    assert "A-1 asks bureau for Person.f0, Person.f1, Person.f2 and 6 more, for which clinic answers" in [
        one.problem for one in check_lists(lists, facts)
    ]
