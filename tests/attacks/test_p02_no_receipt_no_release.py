"""Promise 2. No receipt, no release; what is given to another organisation is on record before it is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from audit.errors import LogUnavailableError
from tests.support.city import QUESTION, STREET, City
from vocabulary.receipt import Entry, Kind, Receipt

ASK = {"street": STREET, "first": 5}


def break_log(city: City, monkeypatch: pytest.MonkeyPatch, *kinds: Kind) -> None:
    """From now on entries of these kinds can't be written."""
    append = city.exchange.log.append

    async def broken(entry: Entry) -> Receipt:
        if entry.kind in kinds:
            raise LogUnavailableError("disk full")
        return await append(entry)

    monkeypatch.setattr(city.exchange.log, "append", broken)


def told(city: City) -> list[dict[str, Any]]:
    """What the delivery company was told, as its own log has it."""
    log = city.home.resolve() / "delivery.log"
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []


def test_without_a_closing_entry_nothing_is_released(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city()
    break_log(city, monkeypatch, Kind.RELEASE)
    reply = city.ask("analyst", QUESTION, ASK)
    assert (reply.status, reply.code) == (503, "RECEIPT_UNAVAILABLE")
    assert "data" not in reply.body


def test_without_its_entry_nothing_is_given_to_another_organisation(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city()
    break_log(city, monkeypatch, Kind.WAVE)
    asked: list[str] = []
    for name in ("health", "delivery"):
        monkeypatch.setattr(city.exchange.connectors[name], "fetch", lambda *_, name=name: asked.append(name))
    reply = city.ask("analyst", QUESTION, ASK)
    assert reply.code == "RECEIPT_UNAVAILABLE"
    assert asked == []


def test_a_refusal_that_cannot_be_recorded_is_still_a_refusal(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city()
    break_log(city, monkeypatch, Kind.REFUSAL)
    reply = city.ask("analyst", "{ nobody }")
    assert reply.code == "RECEIPT_UNAVAILABLE"
    assert "data" not in reply.body


def test_the_closing_entry_names_the_waves_before_it(city: City) -> None:
    reply = city.ask("analyst", QUESTION, ASK)
    index = reply.body["extensions"]["receipt"]["index"]
    entries = dict(city.entries())
    closing = entries[index]
    assert closing["kind"] == "release"
    assert closing["waves"]
    for wave in closing["waves"]:
        assert wave < index
        assert entries[wave]["kind"] == "wave"
        assert {one["organisation"] for one in entries[wave]["given"]} == {"health-commission", "eatwell"}
        assert len(entries[wave]["subjects"]["Resident"]) == len(reply.data["residents"]["nodes"])
    assert len(closing["subjects"]["Resident"]) == len(reply.data["residents"]["nodes"])


def test_every_refusal_of_somebody_is_on_record(city: City) -> None:
    before = len(city.entries())
    assert city.ask("committee", "{ residents { nodes { nme } } }").code == "DOCUMENT_INVALID"
    assert city.ask("committee", "{ residents { nodes { name } } }", purpose="curiosity").code == "PURPOSE_UNKNOWN"
    new = [entry for _, entry in city.entries()[before:]]
    assert [(one["kind"], one["outcome"]) for one in new] == [
        ("refusal", "DOCUMENT_INVALID"),
        ("refusal", "PURPOSE_UNKNOWN"),
    ]
    assert {one["who"]["person"] for one in new} == {"li.na"}


def test_nobody_can_fill_the_log_without_a_token(make_city: Callable[..., City]) -> None:
    city = make_city()
    before = len(city.entries())
    for _ in range(100):
        assert city.post({"query": "{ __typename }"}).code == "TOKEN_MISSING"
    assert len(city.entries()) == before + 1
    city.run_flush()
    last = city.entries()[-1][1]
    assert (last["kind"], last["counts"]) == ("unidentified", {"TOKEN_MISSING": 99})
