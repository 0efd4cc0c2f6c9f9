"""Options that every kind of GraphQL service takes alike, whoever asks it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.endpoint import PROBE, endpoint
from connectors.errors import DeclarationError, FailureKind, SourceError
from connectors.exchange import ExchangeConnector
from connectors.graphql import GraphQLConnector
from connectors.post import MAX_BYTES
from connectors.remote import Remote
from tests.support.network import Stand
from vocabulary.catalogue import SourceDeclaration

URL = "https://town.example/graphql"
Made = Callable[[SourceDeclaration, Path], Any]
KINDS: Mapping[str, Made] = {
    "any": lambda declaration, base: endpoint(declaration, base, None),
    "graphql": GraphQLConnector,
    "exchange": ExchangeConnector,
    "remote": Remote,
}


def declared(kind: str, **options: object) -> SourceDeclaration:
    named = {"exchange": "town"} if kind == "exchange" else {}
    return SourceDeclaration("town", "bureau", kind, {"url": URL, **named, **options})


def asked(answer: httpx.Response, **options: object) -> tuple[bytes, list[httpx.Request]]:
    """What comes back, and what was sent for it."""
    sent: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return answer

    async def journey() -> bytes:
        service = endpoint(declared("any", **options), Path(), Stand(handler))
        try:
            loop = asyncio.get_running_loop()
            return await service.post("", b"{}", about="Person", deadline=loop.time() + 5)
        finally:
            await service.close()

    return asyncio.run(journey()), sent


def test_it_takes_both_types_of_answer_packed_or_not() -> None:
    for kind in ("application/json", "application/graphql-response+json"):
        answer = httpx.Response(200, content=b'{"data":{}}', headers={"Content-Type": kind})
        body, (request,) = asked(answer)
        assert body == b'{"data":{}}'
        assert request.headers["accept"] == "application/graphql-response+json, application/json"
        assert request.headers["accept-encoding"] == "gzip, deflate"
    assert json.loads(PROBE) == {"query": "{__typename}"}


def test_an_answer_has_as_many_bytes_as_are_declared() -> None:
    answer = httpx.Response(200, content=b"x" * 100, headers={"Content-Type": "application/json"})
    assert asked(answer, max_bytes=100)[0] == b"x" * 100
    with pytest.raises(SourceError) as refused:
        asked(answer, max_bytes=99)
    assert refused.value.kind is FailureKind.INVALID
    assert "example" not in str(refused.value)
    assert endpoint(declared("any"), Path(), None).most == MAX_BYTES


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"max_bytes": 0}, "max_bytes: write a whole number from 1"),
        ({"max_bytes": True}, "max_bytes: write a whole number from 1"),
        ({"max_bytes": "16 MiB"}, "max_bytes: write a whole number from 1"),
        ({"url": "http://town.example/graphql"}, "https"),
        ({"url": 5}, "url"),
        ({"auth": {"header": "X-Api-Key", "file": "absent.key"}}, r"auth\.file cannot be read"),
        ({"tls": {"ca": "absent.pem"}}, r"tls\.ca names a file that is not there"),
    ],
)
def test_options_that_are_none_are_refused_by_every_kind(
    kind: str, options: Mapping[str, object], hint: str, tmp_path: Path
) -> None:
    with pytest.raises(DeclarationError, match=hint) as refused:
        KINDS[kind](declared(kind, **options), tmp_path)
    assert str(refused.value).startswith("source town: ")


@pytest.mark.parametrize("kind", ["graphql", "exchange", "remote"])
def test_every_kind_takes_the_bound(kind: str, tmp_path: Path) -> None:
    assert KINDS[kind](declared(kind, max_bytes=7), tmp_path)._service.most == 7
