"""Promise 12. Failure is closed and contained: a dead, slow or lying source costs its own fields and nobody else's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from graphql import get_introspection_query

from connectors.errors import FailureKind, GapKind, SourceError, UnsupportedError
from tests.support.city import QUESTION, STREET, City, free_port
from vocabulary.fetch import Fetch, Table, Values
from vocabulary.values import Column

ASK = {"street": STREET, "first": 20}


def test_a_dead_source_costs_its_own_fields(make_city: Callable[..., City], built_city: Any) -> None:
    declared = (built_city / "exchange.yaml").read_text("utf-8")
    dead = free_port()
    lines = [
        f'      url: "http://127.0.0.1:{dead}"' if 'url: "http' in line else line for line in declared.splitlines()
    ]
    city = make_city(exchange="\n".join(lines) + "\n")
    reply = city.ask("analyst", QUESTION, ASK)
    assert len(reply.data["residents"]["nodes"]) > 10
    assert {one["mealService"] for one in reply.data["residents"]["nodes"]} == {None}
    assert any(one["latestVaccination"] for one in reply.data["residents"]["nodes"])
    (error,) = reply.body["errors"]
    assert error["extensions"] == {
        "code": "SOURCE_UNAVAILABLE",
        "source": "delivery",
        "coordinate": "Resident.mealService",
    }
    assert str(dead) not in reply.text
    closing = dict(city.entries())[reply.body["extensions"]["receipt"]["index"]]
    assert closing["outcome"] == "partial"
    assert closing["sources"]["delivery"] == "unavailable"


NAMES = {
    FailureKind.ARGUMENT: "ARGUMENT_REFUSED",
    FailureKind.PURPOSE: "PURPOSE_REFUSED",
    FailureKind.LIMIT: "LIMIT_EXCEEDED",
}
"""Those that are not called as the kind is."""


@pytest.mark.parametrize("kind", list(FailureKind))
def test_each_failure_has_its_code(city: City, monkeypatch: pytest.MonkeyPatch, kind: FailureKind) -> None:
    async def fail(_request: Fetch, _values: Values) -> Table:
        raise SourceError("health", kind, "broken for 310115195001011234")

    monkeypatch.setattr(city.exchange.connectors["health"], "fetch", fail)
    reply = city.ask("analyst", QUESTION, ASK)
    (error,) = reply.body["errors"]
    assert error["extensions"]["code"] == f"SOURCE_{NAMES.get(kind, kind.name)}"
    assert error["path"] == ["residents"]
    assert "310115195001011234" not in reply.text
    assert {one["latestVaccination"] for one in reply.data["residents"]["nodes"]} == {None}
    assert any(one["name"] for one in reply.data["residents"]["nodes"])


def test_a_key_that_a_source_has_no_form_for_costs_its_own_fields(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever puts one such key into a register keeps everybody from asking, and learns who asks for its row."""

    async def fail(_request: Fetch, _values: Values) -> Table:
        raise UnsupportedError("health", GapKind.NEVER, "no form for 310115195001011234")

    monkeypatch.setattr(city.exchange.connectors["health"], "fetch", fail)
    reply = city.ask("analyst", QUESTION, ASK)
    (error,) = reply.body["errors"]
    assert error["extensions"]["code"] == "SOURCE_INVALID"
    assert "310115195001011234" not in reply.text
    assert {one["latestVaccination"] for one in reply.data["residents"]["nodes"]} == {None}
    assert any(one["name"] for one in reply.data["residents"]["nodes"])


def test_the_first_source_failing_leaves_a_null_and_an_error(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_request: Fetch, _values: Values) -> Table:
        raise SourceError("population", FailureKind.TIMEOUT, "slow")

    monkeypatch.setattr(city.exchange.connectors["population"], "fetch", fail)
    reply = city.ask("analyst", QUESTION, ASK)
    assert reply.data == {"residents": None}
    assert reply.body["errors"][0]["extensions"]["code"] == "SOURCE_TIMEOUT"


def test_a_source_that_never_answers_meets_the_deadline(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city(request_timeout=0.3)

    async def hang(_request: Fetch, _values: Values) -> Table:
        await asyncio.sleep(30)
        raise AssertionError

    monkeypatch.setattr(city.exchange.connectors["health"], "fetch", hang)
    started = time.monotonic()
    reply = city.ask("analyst", QUESTION, ASK)
    assert (reply.status, reply.code) == (504, "DEADLINE_EXCEEDED")
    assert time.monotonic() - started < 5
    assert "data" not in reply.body
    assert city.ask("analyst", "{ residents { nodes { name } } }").status == 200


def test_rows_that_a_source_had_no_business_to_send_are_dropped(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that ignores the pushed row rule: the rule is applied again where the rows arrive."""
    connector = city.exchange.connectors["population"]
    original = connector.fetch

    async def everybody(request: Fetch, values: Values) -> Table:
        table: Table = await original(replace(request), {**values, "own": ("31",)})
        return table

    monkeypatch.setattr(connector, "fetch", everybody)
    nodes = city.ask("committee", "{ residents(first: 1000) { nodes { area } } }").data["residents"]["nodes"]
    assert all(one["area"].startswith("310115016003") for one in nodes)


def test_introspection_cannot_keep_everybody_waiting(city: City) -> None:
    def many(name: str, fragment: str) -> str:
        return " ".join(f"{name[0]}{at}: {name} {{ ...{fragment} }}" for at in range(12))

    document = (
        f"{{ __schema {{ {many('types', 'A')} }} }} fragment A on __Type {{ {many('fields', 'B')} }} "
        f"fragment B on __Field {{ {many('args', 'C')} }} fragment C on __InputValue {{ name }}"
    )
    started = time.monotonic()
    assert city.ask("analyst", document).code == "DOCUMENT_TOO_COSTLY"
    assert time.monotonic() - started < 1


def test_the_introspection_that_tools_ask_is_answered_variables_included(city: City) -> None:
    assert city.ask("analyst", get_introspection_query()).data["__schema"]["types"]
    document = (
        "query($n: String!, $x: Boolean!) { __type(name: $n) { name } __schema @include(if: $x) { types { name } } }"
    )
    data = city.ask("analyst", document, {"n": "Resident", "x": False}).data
    assert data == {"__type": {"name": "Resident"}}


def test_a_row_whose_subject_is_not_known_is_nobodys_to_see(make_city: Callable[..., City]) -> None:
    """Nobody could find in the log whose data it was."""
    city = make_city()
    original = city.exchange.connectors["health"].fetch

    async def without_subject(request: Fetch, values: Values) -> Table:
        table = await original(request, values)
        at = table.fields.index("resident.identityNo")
        columns: list[Column] = [[None] * table.count if i == at else one for i, one in enumerate(table.columns)]
        return replace(table, columns=tuple(columns))

    city.exchange.connectors["health"].fetch = without_subject  # type: ignore[method-assign]  # a source that lies
    nodes = city.ask("analyst", QUESTION, ASK).data["residents"]["nodes"]
    assert {one["latestVaccination"] for one in nodes} == {None}
