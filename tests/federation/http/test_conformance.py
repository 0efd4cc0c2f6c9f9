"""The rules of GraphQL over HTTP that npm's `graphql-http` audits, asked in process; each by the name of its audit.

`make http-audit` runs the audits themselves against a server (docs/federation.md).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest

from tests.support.city import City

OLD: Final = "application/json"
NEW: Final = "application/graphql-response+json"
SMALL: Final = "{ __typename }"
TYPE: Final = {"query": "query T($name: String!) { __type(name: $name) { name } }", "variables": {"name": "Nothing"}}
NAMED: Final = {"query": "query Q { __typename }", "operationName": "Q"}
UNPARSED: Final = {"query": "{"}
INVALID: Final = {"query": "{ nothingOfThisName }"}
UNCOERCED: Final = {"query": "query C($id: ID!) { node(id: $id) { id } }", "variables": {"id": None}}
GOOD: Final = frozenset({200})
BAD: Final = frozenset({400})
CLIENT: Final = frozenset(range(400, 500))
REFUSED: Final = frozenset(range(400, 600))
ANY: Final = frozenset(range(200, 300)) | REFUSED


@dataclass(frozen=True)
class Rule:
    """What is sent, and what must come back. `body` is sent as JSON, bytes as they are; `query` goes into an address."""

    name: str
    status: frozenset[int]
    body: object = None
    query: dict[str, str] | None = None
    accept: str | None = None
    content_type: str | None = OLD
    media: str | None = None
    has_data: bool | None = None
    has_errors: bool | None = None

    def send(self, city: City) -> httpx.Response:
        headers = {"Authorization": f"Bearer {city.token('analyst')}", "X-Purpose": "epidemic-control"}
        if self.query is None and self.content_type is not None:
            headers["Content-Type"] = self.content_type
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        request = city._client.build_request(
            "POST" if self.query is None else "GET",
            "/graphql",
            headers=headers,
            params=self.query,
            content=content if self.query is None else None,
        )
        del request.headers["accept"]
        if self.accept is not None:
            request.headers["accept"] = self.accept
        response: httpx.Response = city.run(city._client.send(request))
        return response


def parameter(name: str, value: object) -> dict[str, object]:
    return {"query": SMALL, name: value}


def in_address(said: dict[str, Any]) -> dict[str, str]:
    return {name: one if isinstance(one, str) else json.dumps(one) for name, one in said.items()}


RULES: Final = (
    Rule("22EB", GOOD, {"query": SMALL}, accept=NEW, media=NEW),
    Rule("4655", GOOD, {"query": SMALL}, accept=OLD, media=OLD),
    Rule("47DE", GOOD, {"query": SMALL}, accept="*/*", media=OLD),
    Rule("80D8", GOOD, {"query": SMALL}, media=OLD),
    Rule("82A3", GOOD, {"query": SMALL}),
    Rule("BF61", GOOD, {"query": '{ __type(name: "🏃跑") { name } }'}, content_type="application/json; charset=utf-8"),
    Rule("78D5", GOOD, {"query": '{ __type(name: "🏃跑") { name } }'}),
    Rule("2C94", GOOD, {"query": SMALL}),
    Rule("5A70", GOOD, query={"query": SMALL}),
    Rule("9C48", CLIENT, query={"query": "mutation { __typename }"}, accept=NEW),
    Rule("9ABE", CLIENT, {"query": SMALL}, content_type=None),
    Rule("03D4", GOOD, {"query": SMALL}),
    Rule("A5BF", BAD, b""),
    Rule("423L", BAD, {"notquery": SMALL}, accept=NEW),
    *(Rule(f"LKJ{n}", BAD, {"query": wrong}) for n, wrong in enumerate(({"obj": "ect"}, 0, False, ["array"]))),
    Rule("34A2", GOOD, {"query": SMALL}, accept=NEW),
    Rule("13EE", GOOD, {"query": SMALL}, accept=OLD, has_errors=False),
    *(
        Rule(f"6C0{n}", BAD, parameter("operationName", wrong))
        for n, wrong in enumerate(({"obj": "ect"}, 0, False, ["array"]))
    ),
    Rule("8161", GOOD, NAMED, accept=NEW),
    Rule("B8B3", GOOD, NAMED, accept=OLD, has_errors=False),
    *(
        Rule(f"{prefix}{n}", GOOD, parameter(name, None), accept=accept, has_errors=False)
        for n, name in enumerate(("variables", "operationName", "extensions"))
        for prefix, accept in (("94B", NEW), ("022", OLD))
    ),
    *(Rule(f"476{n}", BAD, parameter("variables", wrong)) for n, wrong in enumerate(("string", 0, False, ["array"]))),
    Rule("2EA1", GOOD, TYPE, accept=NEW),
    Rule("28B9", GOOD, TYPE, accept=OLD, has_errors=False),
    Rule("D6D5", GOOD, query=in_address(TYPE), accept=NEW, has_errors=False),
    Rule("6A70", GOOD, query=in_address(TYPE), accept=OLD, has_errors=False),
    *(Rule(f"58B{n}", BAD, parameter("extensions", wrong)) for n, wrong in enumerate(("string", 0, False, ["array"]))),
    Rule("428F", GOOD, parameter("extensions", {"some": "value"}), accept=NEW),
    Rule("1B7A", GOOD, parameter("extensions", {"some": "value"}), accept=OLD, has_errors=False),
    Rule("B6DC", ANY, b'{ "not a JSON', accept=OLD),
    Rule("BCF8", BAD, b'{ "not a JSON', accept=OLD),
    Rule("B7N8", BAD, b'{ "not a JSON', accept=NEW),
    Rule("8764", REFUSED, {"qeury": SMALL}),
    Rule("3E3A", BAD, {"qeury": SMALL}),
    Rule("572B", GOOD, UNPARSED, accept=OLD),
    Rule("FDE2", GOOD, INVALID, accept=OLD),
    Rule("7B9B", GOOD, UNCOERCED, accept=OLD),
    Rule("865D", REFUSED, UNPARSED, accept=NEW),
    Rule("556A", BAD, UNPARSED, accept=NEW),
    Rule("D586", REFUSED, UNPARSED, accept=NEW, has_data=False),
    Rule("51FE", REFUSED, INVALID, accept=NEW),
    Rule("74FF", BAD, INVALID, accept=NEW),
    Rule("5E5B", REFUSED, INVALID, accept=NEW, has_data=False),
    Rule("86EE", BAD, UNCOERCED, accept=NEW),
)


def test_there_is_a_rule_for_each_audit() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES) == 61


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_the_rule_of_an_audit(city: City, rule: Rule) -> None:
    response = rule.send(city)
    assert response.status_code in rule.status, response.text
    said = json.loads(response.content.decode("utf-8", "strict"))
    assert isinstance(said, dict)
    assert ("data" in said) or said["errors"]  # a well-formed response (GraphQL spec, 7.1)
    if rule.media is not None:
        assert response.headers["content-type"] == f"{rule.media}; charset=utf-8"
    if rule.has_data is not None:
        assert ("data" in said) is rule.has_data
    if rule.has_errors is not None:
        assert ("errors" in said) is rule.has_errors
