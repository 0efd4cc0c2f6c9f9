"""Attacks through hashes of documents and the trusted list: whose document is it, what runs, and what is left of it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from democity.personas import PERSONAS
from federation.document.parse import Documents
from federation.document.persisted import digest_of
from tests.support.city import QUESTION, STREET, City, Reply
from tests.support.pages import Pages

SMALL = "query Small { __typename }"
NAMES = "query Names { residents(first: 2) { nodes { name area } } }"
COLLEAGUE = replace(PERSONAS["analyst"], person="a.colleague")
OTHER_APPLICATION = replace(PERSONAS["analyst"], application="another-tool")


def by_hash(digest: str) -> dict[str, object]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}


def send(city: City, who: Any, body: Mapping[str, object], purpose: str = "epidemic-control") -> Reply:
    return city.post(body, {"Authorization": f"Bearer {city.token(who)}", "X-Purpose": purpose})


def told(reply: Reply) -> object:
    """What a reply says, without the number of its receipt and what is left of a day."""
    extensions = {
        name: one for name, one in reply.body.get("extensions", {}).items() if name not in {"receipt", "left"}
    }
    return reply.status, {**reply.body, "extensions": extensions}, sorted(reply.headers)


def secret_of(city: City) -> str:
    """A question about one person, who stands in it."""
    ((identity,),) = city.rows("SELECT identity_no FROM resident WHERE area_code LIKE '310115016%' LIMIT 1")
    return f'query Q {{ a: residents(first: 3) {{ nodes {{ area }} }} __type(name: "{identity}") {{ name }} }}'


# ── whose document ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("spy", [COLLEAGUE, OTHER_APPLICATION, "committee", "officer", PERSONAS["neighbour"]])
def test_nobody_finds_out_by_a_hash_what_somebody_else_asked(city: City, spy: Any) -> None:
    secret = secret_of(city)
    asked = {"query": secret, **by_hash(digest_of(secret))}
    assert send(city, "analyst", asked).status == 200
    assert send(city, "analyst", by_hash(digest_of(secret))).status == 200
    purpose = PERSONAS[spy].purpose if isinstance(spy, str) else spy.purpose
    guessed = send(city, spy, by_hash(digest_of(secret)), purpose)
    nothing = send(city, spy, by_hash(digest_of("{ nobody asked this }")), purpose)
    assert guessed.code == "PERSISTED_QUERY_NOT_FOUND"
    assert told(guessed) == told(nothing)


def test_no_document_runs_under_the_hash_of_another(city: City) -> None:
    wanted, planted = "query W { residents(first: 1) { nodes { area } } }", "query P { __typename }"
    for body in ({"documentId": digest_of(wanted)}, by_hash(digest_of(wanted))):
        assert send(city, "analyst", {"query": planted, **body}).code == "PERSISTED_QUERY_MISMATCH"
        assert send(city, "analyst", body).code == "PERSISTED_QUERY_NOT_FOUND"


def test_a_document_that_is_refused_is_not_kept(city: City) -> None:
    for text in ("{ nobodyHere }", "{", "subscription S { a }"):
        assert send(city, "analyst", {"query": text, **by_hash(digest_of(text))}).status == 400
        assert send(city, "analyst", by_hash(digest_of(text))).code == "PERSISTED_QUERY_NOT_FOUND"


def test_a_hash_opens_nothing_that_the_text_does_not(city: City) -> None:
    """Purpose and person decide anew each time: what is kept is a text, and no permission."""
    body = {"query": NAMES, **by_hash(digest_of(NAMES))}
    for purpose in ("epidemic-control", "elderly-care"):
        full = send(city, "analyst", body, purpose)
        short = send(city, "analyst", by_hash(digest_of(NAMES)), purpose)
        assert told(full) == told(short)
        entries = dict(city.entries())
        one, two = (entries[reply.body["extensions"]["receipt"]["index"]] for reply in (full, short))
        assert all(one[name] == two[name] for name in ("document", "who", "purpose", "outcome"))
    headers = {"Authorization": "Bearer x.y.z", "X-Purpose": "epidemic-control"}
    assert city.post(by_hash(digest_of(NAMES)), headers).code == "TOKEN_INVALID"


def test_nothing_of_a_document_that_is_kept_is_written_down(
    make_city: Callable[..., City], caplog: pytest.LogCaptureFixture
) -> None:
    city = make_city()
    secret = secret_of(city)
    literal = secret.split('"')[1]
    with caplog.at_level(logging.DEBUG):
        for body in ({"query": secret, **by_hash(digest_of(secret))}, by_hash(digest_of(secret))):
            assert send(city, "analyst", body).status == 200
        for who in ("analyst", "committee"):
            send(city, who, by_hash(digest_of(secret[:-1])))
            send(city, who, {"query": secret, "documentId": "sha256:" + digest_of(NAMES)})
    sources = {*city.home.glob("*.sqlite"), *city.home.glob("*/*.parquet"), *city.home.glob("*/*.csv")}
    written = [path for path in city.home.rglob("*") if path.is_file() and path not in sources]
    contents = b"".join(path.read_bytes() for path in written)
    assert b"PERSISTED_QUERY_MISMATCH" in contents
    for kept in (literal, digest_of(secret), digest_of(secret[:-1])):
        assert kept.encode() not in contents
        assert kept not in caplog.text
        assert all(kept not in str(vars(record)) for record in caplog.records)


# ── a trusted list ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def closed(make_city: Callable[..., City]) -> City:
    return make_city(trusted=json.dumps({digest_of(text): text for text in (SMALL, QUESTION)}))


def test_what_is_listed_runs_in_each_way_it_may_be_named(closed: City) -> None:
    for digest in (digest_of(SMALL), "sha256:" + digest_of(SMALL)):
        assert send(closed, "analyst", {"documentId": digest}).data == {"__typename": "Query"}
    for body in (by_hash(digest_of(SMALL)), {"query": SMALL}, {"query": SMALL, **by_hash(digest_of(SMALL))}):
        assert send(closed, "analyst", body).data == {"__typename": "Query"}
    assert closed.ask("analyst", QUESTION, {"street": STREET, "first": 2}).status == 200


def test_what_is_not_listed_is_refused_before_it_is_read(closed: City, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object) -> None:
        raise AssertionError("it was parsed")

    monkeypatch.setattr(Documents, "parse", read)
    bodies: tuple[dict[str, object], ...] = (
        {"query": NAMES},
        {"query": NAMES, **by_hash(digest_of(NAMES))},
        {"query": NAMES, "documentId": "sha256:" + digest_of(NAMES)},
        {"query": SMALL + "\n"},
        {"query": SMALL + NAMES, "operationName": "Names"},
        {"query": "{ __schema { types { name } } }"},
        {"query": "{"},
        {"query": ""},
        by_hash(digest_of(NAMES)),
        {"documentId": "names"},
        {"documentId": "md5:" + digest_of(SMALL)},
        {"documentId": ""},
    )
    replies = [send(closed, "analyst", body) for body in bodies for _ in range(2)]
    assert {(reply.status, reply.code) for reply in replies} == {(403, "DOCUMENT_UNLISTED")}
    assert all(told(reply) == told(replies[0]) for reply in replies)
    assert closed.entries()[-1][1]["outcome"] == "DOCUMENT_UNLISTED"


def test_a_listed_text_does_not_carry_another(closed: City) -> None:
    for body in (by_hash(digest_of(SMALL)), {"documentId": digest_of(SMALL)}):
        assert send(closed, "analyst", {"query": NAMES, **body}).code == "PERSISTED_QUERY_MISMATCH"


def test_a_list_lets_nobody_see_more(closed: City) -> None:
    assert closed.ask("committee", QUESTION, {"street": "310115016004"}).data["residents"]["nodes"] == []
    assert closed.post({"documentId": digest_of(SMALL)}).code == "TOKEN_MISSING"


def test_the_list_stands_before_an_address_too(closed: City) -> None:
    headers = {"Authorization": f"Bearer {closed.token('analyst')}", "X-Purpose": "epidemic-control"}

    def get(**said: str) -> Any:
        return closed.run(closed._client.get("/graphql", params=said, headers=headers))

    assert get(documentId=digest_of(SMALL)).json()["data"] == {"__typename": "Query"}
    refused = {"{ __typename }": "DOCUMENT_UNLISTED", QUESTION: "GET_REFUSED"}
    for query, code in refused.items():
        assert get(query=query).json()["errors"][0]["extensions"]["code"] == code
    assert get(documentId=digest_of(QUESTION)).json()["errors"][0]["extensions"]["code"] == "GET_REFUSED"


def test_the_pages_ask_what_is_theirs_and_an_editor_only_what_is_listed(closed: City) -> None:
    committee, pages = Pages(closed), Pages(closed)
    committee.sign_in("committee")
    assert "310115016003" in committee.residents().text
    committee.close()
    pages.sign_in("analyst")
    page = pages.get("/department")
    mark, schema = page.mark, pages.post("/department/schema", [("mark", page.mark)])
    assert schema.response.json()["data"]["__schema"]["types"]
    for go in ("run", "plan"):
        for document, variables, code in (
            (NAMES, "{}", "DOCUMENT_UNLISTED"),
            ("{ __schema { types { name } } }", "{}", "DOCUMENT_UNLISTED"),
            (QUESTION, json.dumps({"street": STREET}), ""),
        ):
            fields = {"mark": mark, "purpose": "epidemic-control", "mode": "ordinary", "agreement": "", "go": go}
            came = pages.post("/department", {**fields, "document": document, "variables": variables})
            assert came.status == (403 if code else 200), came.text
            assert ("Only questions of a trusted list run here" in came.text) is bool(code)
    pages.close()
