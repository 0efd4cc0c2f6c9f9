"""What another exchange may write where it names entities: whatever it is, an answer of nulls or a refusal, and on record.

By a single exchange, the street's. That what was sealed for one opens for no other is tried in all directions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from democity.personas import Persona
from tests.support.city import Reply
from tests.support.tiers import WORKER, Caller, Tiers, opened

ENTITY = "query ($of: [_Any!]!) { _entities(representations: $of) { __typename ... on Resident { _masked id name } } }"
LISTED = "{ residents(first: 3) { nodes { id identityNo name } } }"
NODE = "query ($id: ID!) { node(id: $id) { __typename } }"


@pytest.fixture(scope="module")
def tiers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiers]:
    """Three that nobody changes; their logs grow."""
    with pytest.MonkeyPatch.context() as patch, opened(tmp_path_factory.mktemp("tiers"), patch) as three:
        yield three


@pytest.fixture
def district(tiers: Tiers) -> Caller:
    return Caller(tiers, "district", tiers.street, "huamu-street")


@pytest.fixture
def known(district: Caller) -> dict[str, Any]:
    node: dict[str, Any] = district.ask(LISTED).data["residents"]["nodes"][0]
    return node


def raw(tiers: Tiers, district: Caller, representation: str) -> Reply:
    """One that no JSON library would write, as it stands."""
    body = json.dumps({"query": ENTITY}).removesuffix("}") + ', "variables": {"of": [' + representation + "]}}"
    return tiers.street.post(body.encode("utf-8", "surrogatepass"), {"X-Passport": district.passport()})


@pytest.mark.parametrize(
    ("representation", "code"),
    [
        ('{"__typename": "Resident", "id": NaN}', "BODY_MALFORMED"),
        ('{"__typename": "Resident", "id": Infinity}', "BODY_MALFORMED"),
        ('{"__typename": "Resident", "id": "\\ud800"}', "BODY_MALFORMED"),
        ('{"__typename": "Resident", "id": "\ud800"}', "BODY_MALFORMED"),
        ('{"__typename": "Resident", "id": 1e999}', "BODY_MALFORMED"),
        ('{"__typename": "Resident", "id": ' + "[" * 100_000 + "]" * 100_000 + "}", "BODY_MALFORMED"),
        ('{"__typename": "Resident", "id": ' + "[" * 500 + "]" * 500 + "}", "ARGUMENT_INVALID"),
        ('{"__typename": "Resident", "id": ' + '{"a":' * 500 + "1" + "}" * 500 + "}", "ARGUMENT_INVALID"),
        ('"Resident"', "ARGUMENT_INVALID"),
        ("7", "ARGUMENT_INVALID"),
        ("[]", "ARGUMENT_INVALID"),
        ("null", "VARIABLES_INVALID"),
        (", ".join(["{}"] * 1_001), "DOCUMENT_TOO_WIDE"),
    ],
    ids=lambda value: str(value)[:40].encode("unicode_escape").decode(),
)
def test_what_is_no_list_of_objects_is_refused_with_a_code(
    tiers: Tiers, district: Caller, representation: str, code: str
) -> None:
    reply = raw(tiers, district, representation)
    assert (reply.status, reply.code) == (400, code)
    assert "data" not in reply.body or reply.body["data"] is None


@pytest.mark.parametrize(
    "representation",
    [
        '{"__typename": "Resident", "id": 99999999999999999999999999999999999999}',
        '{"__typename": "Resident", "id": -0.0}',
        '{"__typename": "Resident", "identityNo": ' + "[" * 150 + "]" * 150 + "}",
        '{"__typename": "Resident", "identityNo": {"identityNo": "x"}}',
        '{"__typename": "Resident", "identityNo": "\\u0000"}',
        '{"__typename": "Resident", "id": "x", "identityNo": "y"}',
        '{"__typename": "Query", "id": "x"}',
        '{"__typename": "_Entity", "id": "x"}',
        '{"__typename": {"__typename": "Resident"}, "id": "x"}',
        '{"__proto__": {}, "__typename": "Resident"}',
        "{}",
    ],
)
def test_an_object_of_any_other_form_is_nothing(tiers: Tiers, district: Caller, representation: str) -> None:
    reply = raw(tiers, district, representation)
    assert reply.data == {"_entities": [None]}
    assert "errors" not in reply.body


def test_of_a_name_that_stands_twice_the_last_counts(tiers: Tiers, district: Caller, known: dict[str, Any]) -> None:
    """As in every JSON reader here: what was judged and what was found are one and the same."""
    twice = f'{{"__typename": "Resident", "id": "x", "id": "{known["id"]}"}}'
    assert raw(tiers, district, twice).data["_entities"][0]["id"] == known["id"]
    other = f'{{"__typename": "Resident", "id": "{known["id"]}", "id": "x"}}'
    assert raw(tiers, district, other).data == {"_entities": [None]}


def test_a_thousand_at_a_time_are_answered_each_in_its_place(district: Caller, known: dict[str, Any]) -> None:
    of: list[dict[str, Any]] = [{"__typename": "Resident", "id": f"x{index}"} for index in range(1_000)]
    of[7] = of[993] = {"__typename": "Resident", "id": known["id"]}
    found = district.ask(ENTITY, {"of": of}).data["_entities"]
    assert [index for index, one in enumerate(found) if one is not None] == [7, 993]
    assert found[7] == found[993]


def test_more_than_an_answer_may_hold_is_refused_by_how_many_are_named(tiers: Tiers) -> None:
    """Five lists of a thousand are no five of twenty; of what is refused nothing is looked for."""
    city = Caller(tiers, "city", tiers.district, "pudong-district")
    lists = " ".join(f"e{one}: _entities(representations: $of) {{ ... on Resident {{ care {{ careLevel }} }} }}" for one in range(5))  # fmt: skip
    of = [{"__typename": "Resident", "id": f"x{one}"} for one in range(1_000)]
    sent = len(tiers.sent)
    reply = city.ask(f"query ($of: [_Any!]!) {{ {lists} }}", {"of": of}, roles=("care-analyst",), areas=("31",))
    assert (reply.status, reply.code) == (400, "DOCUMENT_TOO_COSTLY")
    assert len(tiers.sent) == sent
    assert tiers.district.entries()[-1][1]["outcome"] == "DOCUMENT_TOO_COSTLY"


def test_ids_open_for_whom_they_were_sealed_and_in_no_other_direction(
    tiers: Tiers, district: Caller, known: dict[str, Any]
) -> None:
    """Not of the street's own people for the exchange above, nor of that for them, nor of it for its own people."""
    ours = tiers.street.ask(WORKER, "{ residents(first: 1) { nodes { id } } }").data["residents"]["nodes"][0]["id"]
    assert tiers.street.ask(WORKER, NODE, {"id": ours}).data == {"node": {"__typename": "Resident"}}
    assert tiers.street.ask(WORKER, NODE, {"id": known["id"]}).data == {"node": None}
    assert district.ask(ENTITY, {"of": [{"__typename": "Resident", "id": ours}]}).data == {"_entities": [None]}
    assert district.ask(NODE, {"id": ours}).data == {"node": None}
    assert district.ask(NODE, {"id": known["id"]}).data == {"node": {"__typename": "Resident"}}
    bureau = Persona("a.b", "pudong-data-bureau", "desk", ("care-coordinator",), ("310115",), "elderly-care")
    assert tiers.street.ask(bureau, NODE, {"id": known["id"]}).data == {"node": None}
    organisation = district.ask(NODE, {"id": known["id"]}, organisation="huamu-street-office", roles=("care-analyst",))
    assert organisation.data == {"node": {"__typename": "Resident"}}  # it is the exchange that keeps them


def test_ids_that_one_exchange_gave_open_at_no_other(tiers: Tiers, district: Caller, known: dict[str, Any]) -> None:
    city = Caller(tiers, "city", tiers.district, "pudong-district")
    above = city.ask("{ residents(first: 1) { nodes { id } } }", roles=("care-analyst",), areas=("31",))
    given = above.data["residents"]["nodes"][0]["id"]
    at_street = district.ask(ENTITY, {"of": [{"__typename": "Resident", "id": given}]})
    assert at_street.data == {"_entities": [None]}
    named = {
        "of": [{"__typename": "Resident", "id": known["id"]}, {"__typename": "Resident", "ref": known["identityNo"]}]
    }
    document = "query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }"
    assert city.ask(document, named, roles=("care-analyst",), areas=("31",)).data == {"_entities": [None, None]}


def test_every_search_is_on_record_and_no_entry_holds_what_was_sent(
    tiers: Tiers, district: Caller, known: dict[str, Any]
) -> None:
    (number,) = tiers.register("SELECT identity_no FROM resident LIMIT 1")[0]
    of = [
        {"__typename": "Resident", "id": known["id"]},
        {"__typename": "Resident", "identityNo": known["identityNo"]},
        {"__typename": "Resident", "identityNo": number},
        {"__typename": "Resident", "id": "SECRET-id"},
    ]
    reply = district.ask(ENTITY, {"of": of})
    assert [one is not None for one in reply.data["_entities"]] == [True, True, False, False]
    entry = dict(tiers.street.entries())[reply.body["extensions"]["receipt"]["index"]]
    assert len(entry["probed"]["Resident"]) == 1
    assert (entry["caller"]["exchange"], entry["caller"]["log"]) == ("pudong-district", "tongguan.local/made-up")
    text = json.dumps(tiers.street.entries(), ensure_ascii=False)
    for secret in (known["id"], known["identityNo"], number, "SECRET-id", "nobody.at.all"):
        assert secret not in text


@pytest.mark.parametrize(
    ("spelt", "misspelt"),
    [
        ("{ _service { sdl } }", "{ _servicx { sdl } }"),
        ("{ residents { nodes { _masked } } }", "{ residents { nodes { _maskex } } }"),
        ("query ($of: [_Any!]!) { __typename }", "query ($of: [_Anx!]!) { __typename }"),
        ('{ __type(name: "_Entity") { name } }', '{ __type(name: "_Entitx") { name } }'),
        ('{ __type(name: "_Service") { name } }', '{ __type(name: "_Servicx") { name } }'),
    ],
)
def test_the_words_of_a_subgraph_are_as_if_misspelt_to_people(tiers: Tiers, spelt: str, misspelt: str) -> None:
    one = tiers.street.ask(WORKER, spelt, {"of": []} if "$of" in spelt else {})
    other = tiers.street.ask(WORKER, misspelt, {"of": []} if "$of" in spelt else {})
    assert one.status == other.status
    assert _said(one) == _respelt(_said(other))


def _said(reply: Reply) -> str:
    """Without the number of the receipt."""
    return json.dumps({name: one for name, one in reply.body.items() if name != "extensions"})


def _respelt(text: str) -> str:
    for wrong, right in (("_servicx", "_service"), ("_maskex", "_masked"), ("_Anx", "_Any"), ("_Entitx", "_Entity")):
        text = text.replace(wrong, right)
    return text.replace("_Servicx", "_Service")
