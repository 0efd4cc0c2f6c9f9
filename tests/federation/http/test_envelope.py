from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from federation.errors import Code, Unidentified
from federation.http.envelope import read_address, read_body
from federation.stages import Asked

PURPOSE = {"x-purpose": "epidemic-control"}
HASH = "a" * 64


def by_post(said: object, headers: dict[str, str] | None = None) -> Asked:
    return read_body(json.dumps(said).encode(), headers or {}, "")


def by_get(said: dict[str, str] | bytes, headers: dict[str, str] | None = None) -> Asked:
    query = said if isinstance(said, bytes) else urlencode(said).encode()
    return read_address(query, PURPOSE if headers is None else headers, "")


def refused(work: Any, *arguments: Any) -> Code:
    with pytest.raises(Unidentified) as caught:
        work(*arguments)
    return caught.value.code


def test_a_body_with_everything() -> None:
    extensions = {"purpose": "p", "agreement": "a", "mode": "m"}
    asked = by_post({"query": "{ a }", "operationName": "A", "variables": {"x": [1]}, "extensions": extensions})
    assert (asked.document, asked.operation, asked.variables) == ("{ a }", "A", {"x": [1]})
    assert (asked.purpose, asked.agreement, asked.mode) == ("p", "a", "m")
    assert (asked.digest, asked.in_address, asked.is_own) == (None, False, False)


def test_an_address_with_everything() -> None:
    said = {"query": "{ a & 跑 + }", "operationName": "null", "variables": '{"x": "跑"}', "extensions": '{"k": 1}'}
    asked = by_get({**said, "utm_source": "x"}, {**PURPOSE, "x-agreement": "a", "x-mode": "m"})
    assert (asked.document, asked.operation, asked.variables) == ("{ a & 跑 + }", "null", {"x": "跑"})
    assert (asked.purpose, asked.agreement, asked.mode) == ("epidemic-control", "a", "m")
    assert (asked.digest, asked.in_address, asked.is_own) == (None, True, False)


def test_what_is_empty_in_an_address_is_not_given() -> None:
    asked = by_get(b"query=%7Ba%7D&operationName=&variables=&extensions=&documentId=")
    assert (asked.document, asked.operation, asked.variables, asked.digest) == ("{a}", None, {}, None)


@pytest.mark.parametrize(
    "query",
    [
        b"",
        b"query=",
        b"operationName=A",
        b"query=%7Ba%7D&query=%7Bb%7D",
        b"query=%7Ba%7D&variables=%7B%7D&variables=%7B%7D",
        b"query=%7Ba%7D&variables=%7B",
        b"query=%7Ba%7D&variables=0",
        b"query=%7Ba%7D&variables=false",
        b"query=%7Ba%7D&variables=%5B%5D",
        b"query=%7Ba%7D&variables=%22%22",
        b"query=%7Ba%7D&extensions=%5B1%5D",
        b"query=%ff%fe",
        b"query=\xff",
        b"query=%7Ba%7D" + b"&x=1" * 30,
        *(
            urlencode({"query": "{ a }", "extensions": json.dumps({name: "x"})}).encode()
            for name in ("purpose", "agreement", "mode")
        ),
    ],
)
def test_an_address_that_is_malformed(query: bytes) -> None:
    assert refused(by_get, query) is Code.BODY_MALFORMED


def test_a_null_in_an_address_is_not_given() -> None:
    assert by_get(b"query=%7Ba%7D&variables=null&extensions=null").variables == {}


def test_the_length_of_an_address() -> None:
    longest = b"query=%7Ba%7D&x=".ljust(8_192, b"x")
    assert by_get(longest).document == "{a}"
    assert refused(by_get, longest + b"x") is Code.ADDRESS_TOO_LONG


@pytest.mark.parametrize("headers", [{}, {"x-purpose": ""}, {"x-agreement": "a"}])
def test_the_purpose_of_a_get_stands_in_its_header(headers: dict[str, str]) -> None:
    said = {"query": "{ a }", "extensions": json.dumps({"purpose": "epidemic-control"})}
    assert refused(by_get, said, headers) is Code.PURPOSE_MISSING


@pytest.mark.parametrize(
    "said",
    [
        {"documentId": f"sha256:{HASH}"},
        {"documentId": HASH},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}, "query": None},
        {"documentId": f"sha256:{HASH}", "extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}},
    ],
)
def test_a_document_may_be_meant_by_its_hash(said: dict[str, Any]) -> None:
    asked = by_post(said)
    assert (asked.document, asked.digest) == ("", HASH)
    assert by_post({**said, "query": "{ a }"}).document == "{ a }"
    texts = {name: one if isinstance(one, str) else json.dumps(one) for name, one in said.items() if one is not None}
    assert by_get(texts).digest == HASH


@pytest.mark.parametrize(
    "said",
    [
        {"documentId": 1},
        {"documentId": ["x"]},
        {"documentId": None},
        {"documentId": HASH, "query": 1},
        *(
            {"extensions": {"persistedQuery": wrong}}
            for wrong in (
                1,
                [],
                HASH,
                {},
                {"version": 1},
                {"sha256Hash": HASH},
                {"version": 1, "sha256Hash": 5},
                {"version": 1, "sha256Hash": None},
                *({"version": version, "sha256Hash": HASH} for version in (2, "1", 1.0, True, None)),
            )
        ),
        {"documentId": "b" * 64, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}},
    ],
    ids=str,
)
def test_a_hash_that_is_said_wrongly(said: dict[str, Any]) -> None:
    assert refused(by_post, said) is Code.BODY_MALFORMED
