"""An exchange above that says what it likes, an exchange below that answers what it likes, and people between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.tiers import ANALYST, COORDINATOR, RESIDENTS, Caller, Tiers, opened

EVERYTHING = """{ residents(first: 100) { nodes {
  __typename _masked id serial identityNo name birthDate phone livesAlone area ageBand } } }"""
AGREED = {"name", "phone", "livesAlone", "ageBand", "area", "serial", "identityNo"}


@pytest.fixture
def tiers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tiers]:
    with opened(tmp_path, monkeypatch) as three:
        yield three


@pytest.fixture
def district(tiers: Tiers) -> Caller:
    return Caller(tiers, "district", tiers.street, "huamu-street")


# ── an exchange that invents people ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "said",
    [
        {"roles": ("care-coordinator",), "areas": ("31",)},
        {"roles": ("street-worker",), "areas": ("310115016",), "organisation": "huamu-street-office"},
        {"roles": ("street-worker", "care-coordinator", "care-analyst"), "areas": ("31", "310115016003")},
        {"roles": ("street-worker", "security-officer", "admin", "anonymous"), "organisation": "nobody-knows"},
    ],
)
def test_an_invented_person_gets_no_more_than_the_agreement(
    tiers: Tiers, district: Caller, said: dict[str, Any]
) -> None:
    reply = district.ask(EVERYTHING, **said)
    known = dict(tiers.register("SELECT serial, identity_no || '|' || name || '|' || phone FROM resident"))
    for node in reply.data["residents"]["nodes"]:
        shown = {
            name for name, cell in node.items() if cell is not None and name not in {"__typename", "_masked", "id"}
        }
        assert shown <= AGREED
        number, name, phone = known[node["serial"]].split("|")
        assert number not in reply.text
        assert node["name"] != name or len(name) == 1
        assert node["phone"] is None or node["phone"] == phone[:3] + "****" + phone[-4:]
        assert {one.partition(":")[0] for one in node["_masked"]} >= {"name"}


def test_whoever_has_no_role_here_gets_nothing_though_it_is_agreed(district: Caller) -> None:
    assert district.ask(EVERYTHING, roles=()).data == {"residents": {"nodes": []}}
    assert district.ask(EVERYTHING, roles=("care-coordinator",), areas=("310116",)).data == {"residents": {"nodes": []}}


def test_without_an_agreement_there_is_nothing_and_with_its_end_nothing_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = {"street/lists.yaml": lambda text: text.replace("2099-12-31", "2026-01-02")}
    with opened(tmp_path, monkeypatch, ended) as tiers:
        assert Caller(tiers, "district", tiers.street, "huamu-street").ask(EVERYTHING).data["residents"]["nodes"] == []
        assert tiers.city.ask(ANALYST, RESIDENTS, {"first": 5}).body["data"] == {"residents": None}


def test_a_revoked_agreement_holds_for_the_next_question(tiers: Tiers) -> None:
    assert tiers.district.ask(COORDINATOR, RESIDENTS, {"first": 5}).data["residents"]["nodes"]
    lists = (tiers.street.home / "lists.yaml").read_text(encoding="utf-8").replace("2099-12-31", "2026-01-02")
    tiers.street.revise(**{"lists.yaml": lists})
    assert tiers.district.ask(COORDINATOR, RESIDENTS, {"first": 5}).body["data"] == {"residents": None}


def test_a_deny_for_the_exchange_above_closes_for_everybody_who_comes_through_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = "p, org:pudong-data-bureau, any, Resident.phone, read, any, any, deny,\n"
    with opened(tmp_path, monkeypatch, {"street/policy.csv": lambda text: f"{text}\n{line}"}) as tiers:
        nodes = tiers.district.ask(COORDINATOR, RESIDENTS, {"first": 5}).data["residents"]["nodes"]
        assert nodes
        assert {one["phone"] for one in nodes} == {None}


def test_people_who_are_named_anew_each_time_share_one_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = "\nlimits:\n  principals:\n    - {purpose: elderly-care, rows: 130}\n\nsources:\n"
    change = {"street/exchange.yaml": lambda text: text.replace("\nsources:\n", limits)}
    with opened(tmp_path, monkeypatch, change) as tiers:
        above = Caller(tiers, "district", tiers.street, "huamu-street")
        for person in ("a", "b"):
            assert len(above.ask(EVERYTHING, person=person).data["residents"]["nodes"]) == 60
        assert above.ask(EVERYTHING, person="c").code == "LIMIT_EXCEEDED"
        assert above.ask(EVERYTHING, person="d", organisation="another").code == "LIMIT_EXCEEDED"


def test_whoever_asks_above_reads_that_a_limit_is_reached_below_and_no_figure_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = "\nlimits:\n  principals:\n    - {purpose: elderly-care, rows: 70}\n\nsources:\n"
    change = {"street/exchange.yaml": lambda text: text.replace("\nsources:\n", limits)}
    with opened(tmp_path, monkeypatch, change) as tiers:
        assert tiers.district.ask(COORDINATOR, RESIDENTS, {"first": 50}).data["residents"]["nodes"]
        reply = tiers.city.ask(ANALYST, RESIDENTS, {"first": 50})
        assert reply.body["data"] == {"residents": None}
        (error,) = reply.body["errors"]
        assert error["extensions"]["code"] == "SOURCE_LIMIT_EXCEEDED"
        assert error["message"] == "pudong has shown as much as it does in a day, so Query.residents is missing here."
        assert dict(tiers.city.entries())[reply.body["extensions"]["receipt"]["index"]]["sources"] == {
            "pudong": "limit"
        }


def test_whoever_asks_above_for_what_is_no_purpose_below_reads_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And so does everybody above them: it is the district that knows of no such purpose, or the street."""
    unknown = {"street/exchange.yaml": lambda text: text.replace("elderly-care: {zh", "other-care: {zh"), "street/policy.csv": lambda text: text.replace("elderly-care", "other-care"), "street/lists.yaml": lambda text: text.replace("elderly-care", "other-care")}  # fmt: skip
    with opened(tmp_path, monkeypatch, unknown) as tiers:
        for one, who in ((tiers.district, COORDINATOR), (tiers.city, ANALYST)):
            reply = one.ask(who, RESIDENTS, {"first": 5})
            assert reply.body["data"] == {"residents": None}
            assert reply.code == "SOURCE_PURPOSE_REFUSED"


def test_nothing_can_be_done_through_another_exchange(district: Caller) -> None:
    act = 'mutation { revokeAgreement(id: "S-2026-001", reason: "because") { __typename } }'
    reply = district.ask(act, roles=("street-worker", "data-steward"), organisation="huamu-street-office")
    assert reply.code == "OPERATION_UNSUPPORTED"  # no act is part of what another exchange sees


# ── passports ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_passport_is_good_for_one_request_to_one_exchange(tiers: Tiers, district: Caller) -> None:
    once = {"X-Passport": district.passport()}
    body = {"query": "{ residents(first: 1) { nodes { area } } }"}
    assert tiers.street.post(body, once).status == 200
    assert tiers.street.post(body, once).code == "TOKEN_INVALID"
    assert (
        tiers.street.post(body, {"X-Passport": district.passport(audience="pudong-district")}).code == "TOKEN_INVALID"
    )
    assert tiers.city.post(body, {"X-Passport": district.passport(audience="city")}).code == "TOKEN_INVALID"


def test_an_exchange_that_nobody_declared_is_nobody(tiers: Tiers) -> None:
    stranger = Caller(tiers, "city", tiers.street, "huamu-street")  # the city is known to the district alone
    assert stranger.ask(EVERYTHING).code == "TOKEN_INVALID"


def test_what_a_passport_does_not_say_no_header_says(tiers: Tiers, district: Caller) -> None:
    document = "{ residents(first: 1) { nodes { area } } }"
    said = district.ask(document, headers={"X-Purpose": "another", "X-Mode": "emergency", "X-Agreement": "S-2026-001"})
    assert said.status == 200
    assert dict(tiers.street.entries())[said.body["extensions"]["receipt"]["index"]]["purpose"] == "elderly-care"
    for beside in ({"Authorization": f"Bearer {tiers.street.token(COORDINATOR)}"}, {"X-Application-Key": "a.b"}):
        assert district.ask(document, headers=beside).code == "CREDENTIAL_INVALID"


def test_the_callers_own_token_stays_where_it_was_shown(tiers: Tiers) -> None:
    tiers.city.ask(ANALYST, RESIDENTS, {"first": 3})
    assert tiers.sent
    for request in tiers.sent:
        assert "authorization" not in request.headers
        assert not {"x-purpose", "x-agreement", "x-mode"} & set(request.headers)
        assert "wang.f" not in str(dict(request.headers))


# ── references and pseudonyms ───────────────────────────────────────────────────────────────────────────────────────

ENTITY = "query ($of: [_Any!]!) { _entities(representations: $of) { __typename ... on Resident { name area } } }"


def test_an_id_opens_for_the_exchange_that_it_was_sealed_for_alone(tiers: Tiers, district: Caller) -> None:
    node = district.ask("{ residents(first: 1) { nodes { id identityNo } } }").data["residents"]["nodes"][0]
    at_district = tiers.district.ask(COORDINATOR, RESIDENTS, {"first": 1}).data["residents"]["nodes"][0]["id"]
    of = {"__typename": "Resident"}
    named = [of | {"id": node["id"]}, of | {"identityNo": node["identityNo"]}, of | {"id": at_district}]
    mine, by_pseudonym, another = district.ask(ENTITY, {"of": named}).data["_entities"]
    assert mine == by_pseudonym
    assert mine["name"]
    assert another is None
    worker = tiers.street.ask(ANALYST.__class__("a", "huamu-street-office", "", ("street-worker",), ("310115016",), "elderly-care"), "query ($id: ID!) { node(id: $id) { id } }", {"id": node["id"]})  # fmt: skip
    assert worker.data == {"node": None}


def test_a_number_is_no_pseudonym_and_a_pseudonym_of_another_pair_is_none(tiers: Tiers, district: Caller) -> None:
    (number,) = tiers.register("SELECT identity_no FROM resident LIMIT 1")[0]
    of = {"__typename": "Resident"}
    named = [of | {"identityNo": number}, of | {"identityNo": number, "id": "x"}, of | {"name": "x"}, of, {}]
    assert district.ask(ENTITY, {"of": named}).data == {"_entities": [None] * 5}
    odd = [["x"], {"a": []}, 7, True, None, "x" * 10_000]
    named = [of | {key: one} for one in odd for key in ("id", "identityNo")] + [{"__typename": one} for one in odd]
    assert district.ask(ENTITY, {"of": named}).data == {"_entities": [None] * len(named)}


def test_nobody_but_an_exchange_sees_that_it_is_a_subgraph(tiers: Tiers) -> None:
    for document in ("{ _service { sdl } }", "{ residents { nodes { _masked } } }", ENTITY):
        reply = tiers.district.ask(COORDINATOR, document, {"of": []} if document is ENTITY else {})
        assert reply.code == "DOCUMENT_INVALID"
    misspelt = tiers.district.ask(COORDINATOR, "{ _servicf { sdl } }").body["errors"][0]["message"]
    spelt = tiers.district.ask(COORDINATOR, "{ _service { sdl } }").body["errors"][0]["message"]
    assert spelt == misspelt.replace("_servicf", "_service")


def test_searching_by_a_pseudonym_needs_match_and_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(text: str) -> str:
        return "\n".join(line for line in text.splitlines() if "action: match" not in line) + "\n"

    with opened(tmp_path, monkeypatch) as tiers:
        above = Caller(tiers, "district", tiers.street, "huamu-street")
        known = above.ask("{ residents(first: 1) { nodes { identityNo } } }").data["residents"]["nodes"][0]
        named = {"of": [{"__typename": "Resident", **known}]}
        found = above.ask(ENTITY, named)
        assert found.data["_entities"][0]["name"]
        entry = dict(tiers.street.entries())[found.body["extensions"]["receipt"]["index"]]
        assert len(entry["probed"]["Resident"]) == 1
        tiers.street.revise(**{"lists.yaml": without((tiers.street.home / "lists.yaml").read_text(encoding="utf-8"))})
        assert above.ask(ENTITY, named).data == {"_entities": [None]}


def test_the_pseudonym_of_a_person_is_shown_to_nobody_who_may_not_read_it(tiers: Tiers) -> None:
    reply = tiers.district.ask(COORDINATOR, "{ residents(first: 3) { nodes { ref name } } }")
    assert {one["ref"] for one in reply.data["residents"]["nodes"]} == {None}
    assert reply.withheld == {"Resident.ref": "not-granted"}


# ── what is masked below ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "where",
    [
        {"name": {"eq": "NAME"}},
        {"name": {"in": ["NAME"]}},
        {"not": {"name": {"eq": "NAME"}}},
        {"name": {"startsWith": "S"}},
        {"name": {"isNull": False}},
        {"or": [{"name": {"eq": "NAME"}}, {"livesAlone": {"eq": True}}]},
        {"phone": {"startsWith": "1"}},
    ],
)
def test_no_filter_finds_a_cell_that_is_masked_or_withheld_below(tiers: Tiers, where: dict[str, object]) -> None:
    """Neither the whole name, nor the name as it is shown: the tier above compares nothing with it."""
    (name,) = tiers.register("SELECT name FROM resident WHERE lives_alone LIMIT 1")[0]
    for guess in (name, f"{name[0]}{'*' * (len(name) - 1)}"):
        reply = tiers.city.ask(ANALYST, RESIDENTS, {"first": 100, "where": filled(where, guess)})
        assert reply.body["data"] == {"residents": None}, where
        assert reply.code == "SOURCE_ARGUMENT_REFUSED"
        assert reply.body["errors"][0]["message"] == (
            "pudong refuses the filter, order or search by which Query.residents was asked for."
        )
        assert guess not in reply.text


def filled(where: object, name: str) -> object:
    if isinstance(where, dict):
        return {word: filled(one, name) for word, one in where.items()}
    if isinstance(where, list):
        return [filled(one, name) for one in where]
    return where.replace("NAME", name) if isinstance(where, str) else where


def test_no_order_rests_on_a_cell_that_is_masked_below(tiers: Tiers) -> None:
    document = "{ residents(first: 100, orderBy: [{field: name}]) { nodes { name } } }"
    reply = tiers.city.ask(ANALYST, document)
    assert reply.body["data"] == {"residents": None}
    assert reply.code == "SOURCE_ARGUMENT_REFUSED"


def test_a_masked_area_places_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the area below masked, whoever is shown own rows alone would be shown none, not all."""

    def masked(text: str) -> str:
        return text.replace("type: String, level: 1, description: {zh: 居委会代码", "type: String, level: 1, masks: [hidden], description: {zh: 居委会代码").replace("masks:\n", "masks:\n  hidden: {kind: redact}\n", 1)  # fmt: skip

    def line(text: str) -> str:
        return text.replace("Resident.area, read, elderly-care, ordinary, allow, plain", "Resident.area, read, elderly-care, ordinary, allow, hidden")  # fmt: skip

    with opened(tmp_path, monkeypatch, {"street/exchange.yaml": masked, "street/policy.csv": line}) as tiers:
        reply = tiers.district.ask(COORDINATOR, "{ residents(first: 5) { nodes { name area } } }")
        assert not (reply.body["data"]["residents"] or {}).get("nodes")


# ── an exchange below that lies ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"receipt"', '"retceip"'),
        lambda text: text.replace('"_masked":["', '"_masked":["::'),
        lambda text: text.replace('"_masked":[', '"_masked":7,"x":['),
        lambda text: text.replace('"__typename":"Resident"', '"__typename":"Firm"'),
        lambda text: text.replace('"nodes"', '"sedon"'),
        lambda text: text[:-20],
        lambda text: f"<html>310115194305266004{text[:0]}</html>",
    ],
)
def test_an_answer_that_is_none_costs_its_fields_and_is_not_quoted(tiers: Tiers, change: object) -> None:
    def lie(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.url.port != 9313 or b"residents" not in request.content:
            return response
        assert callable(change)
        headers = {"Content-Type": response.headers["content-type"]}
        return httpx.Response(response.status_code, headers=headers, text=change(response.text))

    tiers.answer = lie
    reply = tiers.district.ask(COORDINATOR, RESIDENTS, {"first": 3})
    assert reply.body["data"] == {"residents": None}
    assert reply.code == "SOURCE_INVALID"
    assert "310115194305266004" not in reply.text


def test_a_row_that_says_nothing_of_masks_is_no_row_but_one_that_says_there_are_none_is(tiers: Tiers) -> None:
    """The tier above believes the one below, and masks by its own policy what it says is plain."""

    def unmask(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.url.port != 9313:
            return response
        text = response.text.replace('"name:name-partial"', '"name:"')
        return httpx.Response(200, headers={"Content-Type": response.headers["content-type"]}, text=text)

    tiers.answer = unmask
    reply = tiers.district.ask(COORDINATOR, "{ residents(first: 3) { nodes { name } } }")
    assert reply.body["data"] == {"residents": None}
