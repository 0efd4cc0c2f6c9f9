"""The log itself is data about people: who may not search it learns nothing of it, and what it shows holds no value."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

import pytest

from audit.note import VerifyKey
from audit.proof import Proof
from tests.support.city import QUESTION, STREET, City
from vocabulary.moment import day_of

RANGE = '{day: {gte: "2026-01-01"}, and: [{day: {lt: "2027-01-01"}}]}'
TODAY = day_of(dt.datetime.now(dt.UTC))
FILTERS = (
    '{person: {eq: "wang.min"}}',
    '{person: {in: ["wang.min", "li.na"]}}',
    '{person: {startsWith: "w"}}',
    "{person: {isNull: true}}",
    '{organisation: {eq: "health-commission"}}',
    '{kind: {eq: "refusal"}}',
    '{not: {kind: {eq: "refusal"}}}',
    '{or: [{kind: {eq: "refusal"}}, {under: {eq: "A-2026-1"}}]}',
    '{at: {gte: "2026-01-01T00:00:00Z"}}',
    "{entry: {eq: 0}}",
    "{entry: {isNull: false}}",
)
COUNTS = """query Counts($from: Date!, $before: Date!, $first: Int, $after: String) {
  accessCounts(first: $first, after: $after, where: {and: [{day: {gte: $from}}, {day: {lt: $before}}]}) {
    nodes { day organisation kind count }
    pageInfo { hasNextPage endCursor }
  }
}"""
THIS_YEAR = {"from": str(TODAY - dt.timedelta(days=300)), "before": str(TODAY + dt.timedelta(days=1))}
MINE = """query Mine($person: String!, $first: Int, $after: String) {
  accesses(first: $first, after: $after, where: {person: {eq: $person}}) {
    nodes { entry person kind document receipt }
    pageInfo { hasNextPage endCursor }
  }
}"""


@pytest.mark.parametrize("where", FILTERS)
@pytest.mark.parametrize("who", ["analyst", "committee", "steward", "doctor"])
@pytest.mark.parametrize("purpose", [None, "security-audit"])
def test_who_is_no_officer_finds_nothing_by_any_filter(city: City, who: str, purpose: str | None, where: str) -> None:
    """Nor does the answer tell whether something was there."""
    city.ask("analyst", QUESTION, {"street": STREET})
    document = f"{{ accesses(where: {where}) {{ nodes {{ entry person receipt proof }} pageInfo {{ hasNextPage }} }} }}"
    reply = city.ask(who, document, purpose=purpose)
    assert (reply.status, reply.code) == (403, "ARGUMENT_REFUSED")
    for other in ('"wang.min"', '"li.na"', '"refusal"', '"health-commission"'):
        again = city.ask(who, document.replace(other, '"nobody"'), purpose=purpose)
        assert again.body == reply.body


@pytest.mark.parametrize("who", ["analyst", "committee", "steward"])
def test_who_is_no_officer_reads_nothing_without_a_filter(city: City, who: str) -> None:
    document = "{ accesses { nodes { entry receipt proof } edges { cursor } pageInfo { hasNextPage endCursor } } }"
    reply = city.ask(who, document, purpose="security-audit")
    nothing = {"nodes": [], "edges": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
    assert reply.data == {"accesses": nothing}
    assert set(reply.withheld) == {"Access.entry", "Access.receipt", "Access.proof"}


def test_an_officer_sees_the_log_for_no_other_purpose(city: City) -> None:
    reply = city.ask("officer", MINE, {"person": "wang.min"}, purpose="epidemic-control")
    assert (reply.status, reply.code) == (403, "ARGUMENT_REFUSED")


@pytest.mark.parametrize("who", ["analyst", "committee", "steward", "doctor"])
def test_counts_tell_who_is_no_officer_nothing(city: City, who: str) -> None:
    asked = city.ask(who, COUNTS, THIS_YEAR, purpose="security-audit")
    assert (asked.status, asked.code) == (403, "ARGUMENT_REFUSED")
    unbounded = city.ask(who, "{ accessCounts { nodes { day count } } }", purpose="security-audit")
    assert unbounded.data == {"accessCounts": {"nodes": []}}
    assert set(unbounded.withheld) == {"AccessCount.day", "AccessCount.count"}


def test_counts_are_those_of_the_log(make_city: Callable[..., City]) -> None:
    city = make_city()
    for _ in range(3):
        city.ask("analyst", QUESTION, {"street": STREET})
    city.ask("analyst", "{ nonsense }")
    reply = city.ask("officer", COUNTS, THIS_YEAR)
    counted = {
        (one["day"], one["organisation"], one["kind"]): one["count"] for one in reply.data["accessCounts"]["nodes"]
    }
    expected: dict[tuple[str, str | None, str], int] = {}
    for _, entry in city.entries()[:-1]:  # without the entry about the counting
        day = str(day_of(dt.datetime.fromisoformat(entry["at"])))
        key = (day, entry.get("who", {}).get("organisation"), entry["kind"])
        expected[key] = expected.get(key, 0) + 1
    assert counted == expected
    assert counted[str(TODAY), "health-commission", "release"] == 3
    paged, after = [], None
    while True:
        page = city.ask("officer", COUNTS, {**THIS_YEAR, "first": 2, "after": after}).data["accessCounts"]
        paged += [(one["day"], one["organisation"], one["kind"]) for one in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len(paged) == len(set(paged)) >= len(expected)
    assert set(paged) >= set(expected)


@pytest.mark.parametrize(
    ("since", "before"),
    [(TODAY - dt.timedelta(days=400), TODAY + dt.timedelta(days=1)), (dt.date(1970, 1, 1), dt.date(9999, 12, 31))],
)
def test_counts_of_more_than_400_days_are_refused(city: City, since: dt.date, before: dt.date) -> None:
    reply = city.ask("officer", COUNTS, {"from": str(since), "before": str(before)})
    assert (reply.status, reply.code) == (403, "ARGUMENT_REFUSED")


# ── what is found ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_search_is_on_record_and_finds_itself_next_time(make_city: Callable[..., City]) -> None:
    city = make_city()
    first = city.ask("officer", MINE, {"person": "zhao.qiang", "first": 1}).data["accesses"]["nodes"]
    assert first == []
    receipt = city.ask("officer", MINE, {"person": "zhao.qiang", "first": 1}).body["extensions"]["receipt"]
    (again,) = city.ask("officer", MINE, {"person": "zhao.qiang", "first": 1}).data["accesses"]["nodes"]
    assert (again["entry"], again["person"]) == (receipt["index"], "zhao.qiang")
    assert "person:{eq:$" in again["document"]


def test_what_a_person_saw_is_complete_and_pages(make_city: Callable[..., City]) -> None:
    city = make_city()
    for _ in range(4):
        city.ask("analyst", QUESTION, {"street": STREET})
        city.ask("committee", "{ residents(first: 1) { nodes { name } } }")
    expected = [index for index, one in city.entries()[::-1] if one.get("who", {}).get("person") == "wang.min"]
    found: list[int] = []
    after = None
    while True:
        page = city.ask("officer", MINE, {"person": "wang.min", "first": 3, "after": after}).data["accesses"]
        found += [one["entry"] for one in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert found == expected


def test_the_cursor_of_one_search_is_refused_in_another(city: City) -> None:
    for _ in range(3):
        city.ask("analyst", QUESTION, {"street": STREET})
    page = city.ask("officer", MINE, {"person": "wang.min", "first": 1}).data["accesses"]
    after = page["pageInfo"]["endCursor"]
    assert city.ask("officer", MINE, {"person": "wang.min", "first": 1, "after": after}).status == 200
    for variables in ({"person": "li.na", "first": 1, "after": after}, {"person": "zhao.qiang", "after": after}):
        assert city.ask("officer", MINE, variables).code == "CURSOR_INVALID"
    other = MINE.replace("person: {eq: $person}", "organisation: {eq: $person}")
    assert city.ask("officer", other, {"person": "wang.min", "first": 1, "after": after}).code == "CURSOR_INVALID"
    counts = city.ask("officer", COUNTS, {**THIS_YEAR, "first": 1, "after": after})
    assert counts.code == "CURSOR_INVALID"


def test_an_entry_in_full_holds_no_value_and_no_literal(make_city: Callable[..., City]) -> None:
    city = make_city()
    number, name, phone = city.rows(
        "SELECT identity_no, name, phone FROM resident WHERE phone IS NOT NULL AND area_code LIKE '310115016%' LIMIT 1"
    )[0]
    city.ask("analyst", QUESTION, {"street": STREET})
    city.ask("analyst", f'{{ residents(where: {{name: {{eq: "{name}"}}}}) {{ nodes {{ phone }} }} }}')
    city.ask("officer", f'{{ accesses(where: {{subject: {{eq: "{number}"}}}}) {{ nodes {{ receipt }} }} }}')
    city.ask("officer", f'{{ accesses(where: {{person: {{eq: "{number}"}}}}) {{ nodes {{ receipt }} }} }}')
    reply = city.ask("officer", "{ accesses(first: 1000) { nodes { entry receipt proof } } }")
    assert len(reply.data["accesses"]["nodes"]) == len(city.entries()) - 1
    names = [one for (one,) in city.rows("SELECT name FROM resident WHERE length(name) > 2")]
    for value in (number, phone, *names):
        assert value not in reply.text


def test_a_receipt_and_its_proof_stand_for_themselves(city: City) -> None:
    index = city.ask("analyst", QUESTION, {"street": STREET}).body["extensions"]["receipt"]["index"]
    reply = city.ask("officer", f"{{ accesses(where: {{entry: {{eq: {index}}}}}) {{ nodes {{ id receipt proof }} }} }}")
    (node,) = reply.data["accesses"]["nodes"]
    key = VerifyKey.from_text((city.settings.keys / "log.vkey").read_text().strip())
    assert Proof.parse(node["proof"]).verify(node["receipt"].encode(), key).size > index
    assert json.loads(node["receipt"]) == city.entries()[index][1]
    by_id = city.ask("officer", f'{{ node(id: "{node["id"]}") {{ ... on Access {{ receipt }} }} }}')
    assert by_id.data["node"] == {"receipt": node["receipt"]}


@pytest.mark.parametrize(
    "field", ["receipt", "person", "document", "at", "released", "given", "under", "organisation", "epoch"]
)
def test_a_deny_on_what_a_receipt_says_closes_it_on_every_path(make_city: Callable[..., City], field: str) -> None:
    """The whole entry says all that its fields say, so it is shown only where they are."""
    city = make_city()
    city.ask("analyst", QUESTION, {"street": STREET})
    node = city.ask("officer", "{ accesses(first: 1) { nodes { id } } }").data["accesses"]["nodes"][0]
    line = f"p, role:security-officer, any, Access.{field}, read, any, any, deny,\n"
    city.revise((city.home / "policy.csv").read_text("utf-8") + line)
    listed = city.ask(
        "officer",
        "{ accesses(first: 3) { nodes { a: receipt ...F } edges { node { b: receipt } } } } fragment F on Access { c: receipt }",
    )
    for one in (*listed.data["accesses"]["nodes"], *(edge["node"] for edge in listed.data["accesses"]["edges"])):
        assert set(one.values()) == {None}
    assert listed.withheld["Access.receipt"] in {"deny", "denied", "reveals"}
    by_id = city.ask("officer", f'{{ node(id: "{node["id"]}") {{ ... on Access {{ receipt }} }} }}')
    assert by_id.data["node"] in (None, {"receipt": None})
    if field not in {"receipt", "released", "given"}:
        shown = city.ask("officer", f"{{ accesses(first: 3) {{ nodes {{ {field} }} }} }}")
        assert {one[field] for one in shown.data["accesses"]["nodes"]} <= {None}


def test_neither_receipt_nor_proof_can_be_searched_or_ordered_by(city: City) -> None:
    for field in ("receipt", "proof", "outcome", "document"):
        for argument in (f'where: {{{field}: {{startsWith: "{{"}}}}', f"orderBy: [{{field: {field}}}]"):
            assert city.ask("officer", f"{{ accesses({argument}) {{ nodes {{ entry }} }} }}").code == "DOCUMENT_INVALID"


def test_the_log_is_listed_in_no_other_order(city: City) -> None:
    for field in ("person", "at", "subject"):
        reply = city.ask("officer", f"{{ accesses(orderBy: [{{field: {field}}}]) {{ nodes {{ entry }} }} }}")
        assert reply.code in {"ORDER_REFUSED", "ARGUMENT_REFUSED"}


@pytest.mark.parametrize("value", ["\ud800", "\x00", "a" * 10_000, "' OR 1=1 --", "%", "*"])
def test_odd_words_find_nothing_and_break_nothing(city: City, value: str) -> None:
    for field in ("person", "organisation", "kind", "under", "subject"):
        document = f"query($v: String!) {{ accesses(where: {{{field}: {{eq: $v}}}}) {{ nodes {{ entry }} }} }}"
        reply = city.ask("officer", document, {"v": value})
        assert reply.status in {200, 400}
        if reply.status == 200:
            assert reply.data == {"accesses": {"nodes": []}}
        else:
            assert reply.code in {"BODY_MALFORMED", "DOCUMENT_INVALID", "ARGUMENT_INVALID", "VARIABLES_INVALID"}
