from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from federation.schema import declare, declare_shape, lists
from federation.schema.declare import DeclarationProblem, ExchangeRefusedError, read
from federation.schema.lists import parse_lists
from policies.agreements import GIVES_AWAY
from policies.lines import CoordinateFacts, PolicyFacts
from policies.lists import check_lists
from vocabulary.agreement import Agreement, Lists, Negative, Openness, Responsibility, Wish
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

CITY = Path(declare.__file__).parents[2] / "democity" / "city"
SHANGHAI = dt.timezone(dt.timedelta(hours=8))

SMALL = """\
responsibilities:
  - {organisation: bureau, coordinates: [Person.*], openness: closed, article: 第三十八条}
  - {organisation: clinic, coordinates: [Visit.at, Visit.kind], openness: conditional, article: 第三十八条}
negatives:
  N-001: {coordinates: [Visit.kind], organisations: [eatwell], article: 第二十八条}
  N-002: {coordinates: [Person.number], article: 第三十八条}
demands:
  A-2026-001:
    asker: clinic
    owner: bureau
    roles: [worker]
    wishes:
      - {coordinate: Person.phone, action: read, as: stars}
      - {coordinate: Person.born, action: deliver, as: plain, to: eatwell}
    rows: own adult
    purpose: care
    mode: ordinary
    basis: 第三十四条
    start: "2026-01-01"
    end: "2026-12-31"
  A-2026-002:
    asker: bureau
    owner: clinic
    wishes: [{coordinate: Visit.*, action: match, as: plain}]
    rows: "310115"
    purpose: care
    mode: any
    basis: 第三十四条
    start: "2026-01-01T08:30:00+08:00"
    end: "2026-02-01T00:00Z"
"""


def told(text: str) -> tuple[DeclarationProblem, ...]:
    try:
        parse_lists(text, file="lists.yaml")
    except ExchangeRefusedError as error:
        return error.problems
    return ()


def test_the_three_lists_are_read() -> None:
    found = parse_lists(SMALL, file="lists.yaml")
    assert found.responsibilities == (
        Responsibility("bureau", ("Person.*",), Openness.CLOSED, "第三十八条", "lists.yaml:2"),
        Responsibility("clinic", ("Visit.at", "Visit.kind"), Openness.CONDITIONAL, "第三十八条", "lists.yaml:3"),
    )
    assert found.negatives == (
        Negative("N-001", ("eatwell",), ("Visit.kind",), "第二十八条", "lists.yaml:5"),
        Negative("N-002", (), ("Person.number",), "第三十八条", "lists.yaml:6"),
    )
    assert found.demands == (
        Agreement(
            id="A-2026-001",
            asker="clinic",
            owner="bureau",
            roles=("worker",),
            wishes=(
                Wish("Person.phone", Action.READ, "stars"),
                Wish("Person.born", Action.DELIVER, "plain", to="eatwell"),
            ),
            rows="own adult",
            purpose="care",
            mode="ordinary",
            basis="第三十四条",
            start=dt.datetime(2026, 1, 1, tzinfo=SHANGHAI),
            end=dt.datetime(2027, 1, 1, tzinfo=SHANGHAI),
            origin="lists.yaml:8",
        ),
        Agreement(
            id="A-2026-002",
            asker="bureau",
            owner="clinic",
            roles=(),
            wishes=(Wish("Visit.*", Action.MATCH, "plain"),),
            rows="310115",
            purpose="care",
            mode="any",
            basis="第三十四条",
            start=dt.datetime(2026, 1, 1, 0, 30, tzinfo=dt.UTC),
            end=dt.datetime(2026, 2, 1, tzinfo=dt.UTC),
            origin="lists.yaml:21",
        ),
    )


def test_a_date_is_a_whole_day_of_the_city() -> None:
    agreement = parse_lists(SMALL, file="lists.yaml").demands[0]
    first = dt.datetime(2026, 1, 1, tzinfo=SHANGHAI)
    last = dt.datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=SHANGHAI)
    moment = dt.timedelta(microseconds=1)
    assert [agreement.runs_at(at) for at in (first - moment, first, last, last + moment)] == [False, True, True, False]


def test_an_agreement_may_hold_for_one_day() -> None:
    (agreement,) = parse_lists(patched('end: "2026-12-31"', 'end: "2026-01-01"'), file="lists.yaml").demands[:1]
    assert agreement.end - agreement.start == dt.timedelta(days=1)


def test_lists_may_be_left_out() -> None:
    assert parse_lists("{}", file="lists.yaml") == Lists()
    assert parse_lists("negatives: {}\nresponsibilities: []", file="lists.yaml") == Lists()


def test_the_lists_of_the_demo_city_fit_its_exchange() -> None:
    found = parse_lists((CITY / "lists.yaml").read_text("utf-8"), file="lists.yaml")
    assert [(one.id, one.asker, one.owner, one.end.year) for one in found.demands] == [
        ("A-2026-001", "health-commission", "public-security-bureau", 2028)
    ]
    assert [(one.id, one.organisations) for one in found.negatives] == [("N-001", ("eatwell",))]
    facts = facts_of_the_city()
    assert check_lists(found, facts) == []
    answered = {pattern for one in found.responsibilities for pattern in one.patterns}
    assert {one for one in facts.coordinates if answered.isdisjoint({str(one), f"{one.type}.*"})} == {
        Coordinate(of, "serial")
        for of in ("Resident", "Dwelling", "Firm", "ElderlyCare")  # nobody sees it
    }


def facts_of_the_city() -> PolicyFacts:
    catalogue = read(CITY / "exchange.yaml")
    names: list[tuple[str, str]] = []
    for source in catalogue.sources.values():
        for one in source.types:
            names += ((one.name, field.name) for field in one.fields)
            names += ((one.name, companion.name) for companion in one.companions)
            names += ((one.name, reference.name) for reference in one.references)
        names += ((relation.owner, relation.name) for relation in source.relations)
    return PolicyFacts(
        organisations=frozenset(catalogue.organisations),
        roles=frozenset(catalogue.roles),
        purposes=frozenset(catalogue.purposes),
        masks=frozenset(catalogue.masks),
        coordinates={Coordinate(*name): CoordinateFacts() for name in names},
    )


def patched(old: str, new: str) -> str:
    assert SMALL.count(old) == 1, "a case patches one place"
    return SMALL.replace(old, new)


# What is patched in, at which text of the result the line is, and what the problem and its remedy say.
MISTAKES: dict[str, tuple[str, str, str, str, str]] = {
    # writing
    "bare date": ('start: "2026-01-01"', "start: 2026-01-01", "start: 2026-01-01\n", "as a timestamp", "in quotes"),
    "id used twice": ("  N-002:", "  N-001:", "N-001: {coordinates: [Person", "stands here already, on line 5", "once"),
    "agreement twice": ("  A-2026-002:", "  A-2026-001:", "A-2026-001:\n    asker: b", "already, on line 8", "once"),
    # shape
    "unknown word at the top": ("demands:", "demand:", "demand:", "`demand` is not known", "`demands` if that is"),
    "unknown word of an entry": ("openness: closed", "opennes: closed", "opennes:", "`opennes` is not", "`openness`"),
    "unknown word of an agreement": ("    mode: any\n", "    mode: any\n    bases: x\n", "bases", "`bases` is not known", "write `basis`"),
    "unknown word of a wish": ("as: stars", "as: stars, per: x", "as: stars", "`per` is not known", "write one of"),
    "openness unknown": ("openness: closed", "openness: secret", "secret", "`secret` is no value of `openness`", "`closed`, `conditional`, `open`"),
    "action unknown": ("action: read", "action: reed", "reed", "`reed` is no value of `action`", "write `read` if"),
    "action that gives nothing": ("action: read", "action: write", "write", "`write` is no value of", "write one of"),
    "mode unknown": ("mode: ordinary", "mode: always", "always", "`always` is no value of `mode`", "write one of"),
    "no wishes": ("[{coordinate: Visit.*, action: match, as: plain}]", "[]", "wishes: []", "`wishes` is empty", "one or more"),
    "wishes missing": ("    wishes: [{coordinate: Visit.*, action: match, as: plain}]\n", "", "A-2026-002", "lacks `wishes`", "what is asked for"),
    "wish twice": ("[{coordinate: Visit.*, action: match, as: plain}]", "[{coordinate: Visit.*, action: match, as: plain}, {coordinate: Visit.*, action: match, as: plain}]", "wishes: [", "names something twice", "each once"),
    "wish for everything": ("coordinate: Visit.*", 'coordinate: "*"', "wishes: [", "`*` cannot be written", "never everything"),
    "half a pattern": ("[Person.*]", "[Person.n*]", "Person.n*", "`Person.n*` cannot", "as in `Resident.phone`, as in `Test.*`"),
    "pattern of a comma": ("[Person.*]", '["Person.name,any"]', "Person.name,any", "cannot be written", "a coordinate"),
    "no coordinates": ("[Person.*]", "[]", "organisation: bureau", "`coordinates` is empty", "[Vaccination.*, Test.result]"),
    "coordinate twice": ("[Visit.at, Visit.kind]", "[Visit.at, Visit.at]", "Visit.at, Visit.at", "something twice", "each once"),
    "organisations of nobody": ("[eatwell]", "[]", "N-001", "`organisations` is empty", "left out"),
    "roles of nobody": ("[worker]", "[]", "roles", "`roles` is empty", "left out, it holds for all"),
    "rows of a comma": ("own adult", "own, adult", "rows: own", "`own, adult` cannot", "as in `own`"),
    "id of an entry": ("  N-002:", "  N_002:", "N_002", "`N_002` cannot", "as in `A-2026-001`"),
    "article missing": (", article: 第二十八条", "", "N-001", "`N-001` lacks `article`", "forbids to share"),
    "naive moment": ("2026-02-01T00:00Z", "2026-02-01T00:00", "2026-02-01T00:00", "cannot be written", "with its offset, as in `2026-12-31`"),
    "moment in words": ('"2026-12-31"', "tomorrow", "tomorrow", "`tomorrow` cannot be written", "write a date in quotes"),
    # meaning
    "no such day": ('"2026-12-31"', '"2026-02-30"', "2026-02-30", "`2026-02-30` is no date", "write a date in quotes"),
    "no such offset": ("T00:00Z", "T00:00+25:00", "+25:00", "is no date", "with its offset"),
    "the end of all days": ('"2026-12-31"', '"9999-12-31"', "9999-12-31", "`9999-12-31` is no date", "write a date"),
    "ends before it starts": ('"2026-12-31"', '"2025-12-31"', "2025-12-31", "ends before it starts", "behind the start"),
    "ends as it starts": ("2026-02-01T00:00Z", "2026-01-01T00:30Z", "2026-01-01T00:30Z", "ends before it starts", "behind the start"),
    "asks itself": ("owner: bureau", "owner: clinic", "owner: clinic\n    roles", "`clinic` asks itself", "that answers for the data"),
    "delivers to nobody": (", to: eatwell", "", "action: deliver", "delivers to nobody", "write `to: …`"),
    "reads to somebody": ("as: stars", "as: stars, to: eatwell", "as: stars", "`to` stands beside read", "or no `to`"),
    "id of both lists": ("  N-002:", "  A-2026-002:", "A-2026-002:\n    asker", "on the negative list already, on line 6", "another id"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "where", "problem", "remedy"), MISTAKES.values(), ids=MISTAKES)
def test_refuses(old: str, new: str, where: str, problem: str, remedy: str) -> None:
    text = patched(old, new)
    assert text.count(where) == 1, "a case names one place"
    line = text.count("\n", 0, text.index(where)) + 1
    found = [one for one in told(text) if one.line == line and problem in one.problem and remedy in one.remedy]
    assert len(found) == 1
    assert found[0].remedy.startswith("write ")


def test_all_mistakes_are_told_at_once_in_order() -> None:
    text = SMALL.replace("openness: closed", "openness: no").replace("[eatwell]", "eatwell").replace("2027-", "x")
    text = text.replace("owner: clinic", "owner: bureau").replace('"2026-12-31"', '"2025-12-31"')
    with pytest.raises(ExchangeRefusedError) as caught:
        parse_lists(text, file="lists.yaml")
    assert [one.line for one in caught.value.problems] == [2, 5, 20, 23]
    told_lines = str(caught.value).splitlines()
    assert all(re.match(r"lists\.yaml:\d+: [^\n]+; write [^\n]+", line) for line in told_lines)


@pytest.mark.parametrize("text", ["", "# nothing", "[]", "demands", "42"])
def test_the_top_is_a_mapping(text: str) -> None:
    (problem,) = told(text)
    assert problem.line == 1
    assert "write a mapping" in problem.remedy


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 4))
def test_any_damage_is_taken_or_refused_properly(chance: random.Random, cuts: int) -> None:
    text = SMALL
    for _ in range(cuts):
        start, end = sorted(chance.choices(range(len(text)), k=2))
        end = min(end, start + chance.choice([1, 8, 200]))
        text = text[:start] + chance.choice(["", " ", "\n", "x: ", "[", "no", "7", "-", text[end:][:40]]) + text[end:]
    check(text)


WORDS = sorted(set(re.findall(r"\w+", SMALL)))
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(WORDS) | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.whole
@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_value_anywhere_is_taken_or_refused_properly(data: st.DataObject) -> None:
    tree = yaml.safe_load(SMALL)
    holder, place = data.draw(st.sampled_from(list(places(tree))))
    holder[place] = data.draw(TREES)
    check(yaml.safe_dump(tree, allow_unicode=True))


@settings(deadline=None)
@given(st.datetimes(), st.datetimes())
def test_an_agreement_always_ends_after_it_starts_or_is_refused(one: dt.datetime, other: dt.datetime) -> None:
    start, end = one.replace(microsecond=0, tzinfo=SHANGHAI), other.replace(microsecond=0, tzinfo=dt.UTC)
    text = SMALL.replace("2026-01-01T08:30:00+08:00", start.isoformat()).replace("2026-02-01T00:00Z", end.isoformat())
    if start < end:
        agreement = parse_lists(text, file="lists.yaml").demands[1]
        assert (agreement.start, agreement.end) == (start, end)
    else:
        assert [problem.problem for problem in told(text)] == ["the agreement ends before it starts"]


@settings(deadline=None)
@given(st.dates(), st.dates())
def test_a_last_day_always_counts_whole(first: dt.date, last: dt.date) -> None:
    text = SMALL.replace('"2026-01-01"', f'"{first}"').replace('"2026-12-31"', f'"{last}"')
    if first > last or last == dt.date.max:
        assert told(text)
    else:
        agreement = parse_lists(text, file="lists.yaml").demands[0]
        begins, ends = (one.replace(tzinfo=None) for one in (agreement.start, agreement.end))
        assert (begins.date(), ends.date()) == (first, last + dt.timedelta(days=1))
        assert (begins.time(), ends.time()) == (dt.time(), dt.time())


def places(tree: Any) -> Iterator[tuple[Any, str | int]]:
    """Every place in a tree of mappings and lists: what it stands in, and its word or number there."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield tree, key
        yield from places(value)


def check(text: str) -> None:
    problems = told(text)
    assert problems == tuple(sorted(problems))
    for one in problems:
        assert 1 <= one.line <= len(text.splitlines()) + 1
        assert one.remedy.startswith("write ")
        assert f"{one.problem}{one.remedy}".isprintable()


def test_the_schema_is_valid_and_explains_every_word() -> None:
    Draft202012Validator.check_schema(lists.SCHEMA)
    described = [*subschemas(lists.SCHEMA, "properties"), *subschemas(lists.SCHEMA, "$defs")]
    assert len(described) > 25
    assert [name for name, one in described if not one.get("description")] == []


def test_the_schema_knows_the_words_of_the_vocabulary() -> None:
    definitions = lists.SCHEMA["$defs"]
    assert definitions["responsibility"]["properties"]["openness"]["enum"] == list(Openness)
    assert definitions["demand"]["properties"]["mode"]["enum"] == [*Mode, "any"]
    assert definitions["wish"]["properties"]["action"]["enum"] == list(GIVES_AWAY)


def test_every_keyword_of_the_schema_that_can_fail_is_explained() -> None:
    silent = {"$schema", "$id", "$ref", "$defs", "title", "description", "examples", "propertyNames", "properties"}
    explained = set(declare_shape._EXPLAIN) | set(declare_shape._FAULTS)
    assert keywords(lists.SCHEMA) - silent - {"items"} <= explained


def keywords(schema: object) -> set[str]:
    """Every keyword of a schema and of those inside it."""
    if not isinstance(schema, dict):
        return set()
    found = set(schema)
    for word, inner in schema.items():
        for one in inner.values() if word in {"properties", "$defs"} else [inner]:
            found |= keywords(one)
    return found


def subschemas(schema: object, word: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What any schema inside has under `properties` or `$defs`."""
    if isinstance(schema, dict):
        yield from schema.get(word, {}).items()
        for inner in schema.values():
            yield from subschemas(inner, word)
