"""Kind `exchange` as it is declared, and held against what the other exchange says of itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from connectors.errors import DeclarationError, FailureKind, SourceError
from tests.connectors.exchanging import (
    LISTED,
    OPTIONS,
    Answered,
    ask,
    connector,
    page,
    refused,
    said,
    unasked,
)
from tests.connectors.served.data import PERSON, VISIT, taken
from tests.connectors.served.graphql import NAMES
from vocabulary.catalogue import ReferenceDeclaration, Words
from vocabulary.fetch import NEVER, Fetch, Order

FIELDS = "id: ID name: String age: Int score: Float alone: Boolean born: Date seen: DateTime area: String boss: ID"
SDL = (
    f'scalar Date scalar DateTime type person @key(fields: "id") {{ {FIELDS} }} '
    'type Human @key(fields: "id") { id: ID records: [visit] } type visit { person: ID day: Date place: String }'
)


def checked(answer: Answered) -> list[bytes]:
    seen: list[bytes] = []

    def handler(request: httpx.Request) -> Answered:
        seen.append(request.content)
        return answer

    async def journey() -> None:
        made = connector(handler)
        try:
            await made.on_behalf_of(lambda: {"X-Passport": "ourselves"}).check()
        finally:
            await made.close()

    asyncio.run(journey())
    return seen


def test_check_asks_for_the_schema_and_nothing_else() -> None:
    assert checked(said({"_service": {"sdl": SDL}})) == [b'{"query":"{ _service { sdl } }"}']


@pytest.mark.parametrize(
    "service", [None, 5, {}, {"sdl": None}, {"sdl": 5}, {"sdl": "type {SECRET"}, {"sdl": "{" * 9_999}]
)
def test_check_refuses_what_is_no_sdl(service: object) -> None:
    with pytest.raises(SourceError, match="SDL") as caught:
        checked(said({"_service": service}))
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("age: Int", "", "age"),
        ("age: Int", "age: String", "age"),
        ('type person @key(fields: "id")', "type person", "cannot be asked for by id"),
        ("records: [visit]", "records: visit", "records"),
        ("type visit", "type call", "visit"),
    ],
)
def test_check_holds_the_declaration_against_the_sdl(old: str, new: str, words: str) -> None:
    with pytest.raises(DeclarationError, match=words):
        checked(said({"_service": {"sdl": SDL.replace(old, new)}}))


def test_check_passes_a_refusal_on() -> None:
    with pytest.raises(SourceError) as caught:
        checked(refused("TOKEN_INVALID"))
    assert caught.value.kind is FailureKind.REFUSED


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "url and exchange"),
        ({"url": "https://town.example"}, "url and exchange"),
        ({"exchange": "town"}, "url and exchange"),
        ({**OPTIONS, "token": "SECRET"}, "url and exchange"),
        ({**OPTIONS, "exchange": ""}, "the name of the other exchange"),
        ({**OPTIONS, "exchange": "Town SECRET"}, "the name of the other exchange"),
        ({**OPTIONS, "exchange": 5}, "the name of the other exchange"),
        ({**OPTIONS, "exchange": "x" * 65}, "the name of the other exchange"),
        ({**OPTIONS, "url": "ftp://town.example/SECRET"}, "url"),
        ({**OPTIONS, "names": {"Nobody": "x"}}, "not added to"),
    ],
)
def test_options_that_are_none_are_refused(options: Mapping[str, object], words: str) -> None:
    with pytest.raises(DeclarationError, match=words) as caught:
        connector(unasked, options)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "column", "words"),
    [
        ("name", "flat.street", "one of its own fields"),
        ("name", "id", "the column of its key"),
        ("name", "a b", "name of a field"),
        ("name", "__typename", "name of a field"),
    ],
)
def test_columns_from_elsewhere_are_refused(field: str, column: str, words: str) -> None:
    """What is masked is said of a row's own cells: a cell of another object could be masked and not be known to be."""
    fields = tuple(taken(field, "String", column) if one.name == field else one for one in PERSON.fields)
    with pytest.raises(DeclarationError, match=words):
        connector(unasked, types=(replace(PERSON, fields=fields), VISIT))


@pytest.mark.parametrize("column", ["person.flat.id", "person."])
def test_a_reference_is_taken_by_the_key_of_what_it_leads_to(column: str) -> None:
    reference = ReferenceDeclaration("person", "Human", "id", column, 1, Words("", ""))
    with pytest.raises(DeclarationError, match=r"name of a field|its key"):
        connector(unasked, types=(PERSON, replace(VISIT, references=(reference,))))


def test_an_order_is_passed_on_by_its_names() -> None:
    seen: list[dict[str, Any]] = []

    def handler(request: httpx.Request) -> Answered:
        seen.append(json.loads(request.content))
        return page()

    request = Fetch("Person", ("id",), order=(Order("birthDate", descending=True), Order("name")), limit=True)
    ask(handler, request)
    order = [{"field": "born", "direction": "DESC"}, {"field": "name", "direction": "ASC"}]
    assert seen[0]["variables"]["orderBy"] == order
    assert "where" not in seen[0]["variables"]


def test_a_filter_that_holds_for_no_row_is_passed_on_as_one() -> None:
    seen: list[dict[str, Any]] = []

    def handler(request: httpx.Request) -> Answered:
        seen.append(json.loads(request.content))
        return page()

    ask(handler, Fetch("Person", ("id",), where=NEVER, limit=True))
    assert seen[0]["variables"]["where"] == {"or": []}


def test_a_list_is_asked_for_by_the_name_that_it_has_there() -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> Answered:
        asked.append(json.loads(request.content)["query"])
        return page()

    options = {**OPTIONS, "names": {**NAMES, "people": "residents"}}
    ask(handler, LISTED, changes={"options": options})
    assert "{ rows: residents(first: $first, after: $after) {" in asked[0]
