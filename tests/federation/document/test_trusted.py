from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from federation.document.limits import Limits
from federation.document.persisted import digest_of
from federation.document.trusted import TrustedListError, read_trusted

A, B = "query A { a }", "mutation B { b(x: 1) { c } }"


def operation(text: str, **changes: Any) -> dict[str, Any]:
    kind, name, *_ = text.split()
    return {"id": digest_of(text), "name": name, "type": kind, "body": text} | changes


def manifest(*operations: Any, **changes: Any) -> dict[str, Any]:
    return {"format": "apollo-persisted-query-manifest", "version": 1, "operations": list(operations)} | changes


def taken(folder: Path, said: object) -> dict[str, str]:
    path = folder / "trusted.json"
    content = said if isinstance(said, bytes) else json.dumps(said).encode()
    path.write_bytes(content)
    return read_trusted(path, Limits())


def problems(folder: Path, said: object) -> list[str]:
    with pytest.raises(TrustedListError) as caught:
        taken(folder, said)
    found = str(caught.value).splitlines()
    assert all(one.startswith("trusted.json: ") for one in found)
    return [one.removeprefix("trusted.json: ") for one in found]


def test_an_operation_manifest(tmp_path: Path) -> None:
    assert taken(tmp_path, manifest(operation(A), operation(B))) == {digest_of(A): A, digest_of(B): B}


def test_a_map_of_hash_to_document(tmp_path: Path) -> None:
    several = "query A { ...F } query B { b } fragment F on Query { a }"
    said = {digest_of(A): A, f"sha256:{digest_of(several)}": several, digest_of("{ a }"): "{ a }"}
    assert taken(tmp_path, said) == {digest_of(text): text for text in (A, several, "{ a }")}


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (b"", "it is no JSON"),
        (b"{", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"\xff", "it can't be read"),
        (f'{{"{digest_of(A)}": "{A}", "{digest_of(A)}": "{A}"}}'.encode(), "a member stands twice"),
        ([], "it is no object"),
        (A, "it is no object"),
        ({}, "it lists nothing"),
        (manifest(), "it lists nothing"),
        ({digest_of(B): A}, "document 1: its hash is not"),
        ({digest_of(A).upper(): A}, "document 1: its hash is not"),
        ({f"sha512:{digest_of(A)}": A}, "document 1: its hash is not"),
        ({"A": A}, "document 1: its hash is not"),
        ({digest_of(A): A, f"sha256:{digest_of(A)}": A}, "document 2: it is listed twice"),
        ({digest_of(A): None}, "document 1: the document is no text"),
        ({digest_of(A): {"query": A}}, "document 1: the document is no text"),
        *(
            ({digest_of(text): text}, f"document 1: the document {because}")
            for text, because in (
                ("", "is not GraphQL"),
                ("query A {", "is not GraphQL"),
                ("{" + " a" * 5_000 + "}", "is not GraphQL, or has too many tokens"),
                ("#" * 40_000, "is longer than 32768 characters"),
                ("type Query { a: String }", "defines types"),
                ("query A { a } scalar S", "defines types"),
                ("fragment F on Query { a }", "has no query"),
                ("subscription S { a }", "has no query"),
                ("query A { a } subscription S { a }", "has no query"),
            )
        ),
        (manifest(operation(A), version=2), "manifest: its format"),
        (manifest(operation(A), version=True), "manifest: its format"),
        (manifest(operation(A), version="1"), "manifest: its format"),
        (manifest(operation(A), format="other"), "manifest: its format"),
        (manifest(operation(A), extra=1), "manifest: its members are"),
        ({"format": "apollo-persisted-query-manifest", "version": 1}, "manifest: its members are"),
        (manifest(operations={}), "manifest: operations is a list"),
        (manifest(A), "operation 1: it is no object"),
        (manifest(operation(A), operation(A)), "operation 2: it is listed twice"),
        (manifest(operation(A, id=digest_of(B))), "operation 1: its hash is not"),
        (manifest(operation(A, id=None)), "operation 1: its hash is not"),
        (manifest(operation(A, body=None)), "operation 1: the document is no text"),
        (manifest(operation(A, name="B")), "operation 1: its body is not one operation"),
        (manifest(operation(A, type="mutation")), "operation 1: its body is not one operation"),
        (manifest(operation("query A { a } query B { b }")), "operation 1: its body is not one operation"),
        (manifest(operation(A, clientName="web")), "operation 1: its members are"),
        (manifest({"id": digest_of(A), "body": A}), "operation 1: its members are"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_mistake_is_refused_with_its_place(tmp_path: Path, said: object, problem: str) -> None:
    assert any(problem in one for one in problems(tmp_path, said))


def test_every_mistake_is_said_at_once_and_no_document_is_quoted(tmp_path: Path) -> None:
    secret = 'query A { a(identityNo: "310115195001011234") '
    said = manifest(operation(A), operation(secret), operation(B, name="X"), operation(A), version=3)
    found = problems(tmp_path, said)
    assert [one.partition(":")[0] for one in found] == ["manifest", "operation 2", "operation 3", "operation 4"]
    assert "310115195001011234" not in str(found)


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TrustedListError, match=r"nowhere\.json: it can't be read"):
        read_trusted(tmp_path / "nowhere.json", Limits())
    with pytest.raises(TrustedListError, match="it can't be read"):
        read_trusted(tmp_path, Limits())
