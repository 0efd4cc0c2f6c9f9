from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from federation.app import build_exchange
from federation.cli import catalogue as command
from federation.exchange.catalogue_source import ENTRY, ORGANISATION, declaration
from federation.pipeline import now
from federation.settings import Settings
from tests.support.city import RESIDENTS

Call = Callable[..., Result]


def sampled(home: Path) -> None:
    """Let the exchange take its samples, as a running one does by itself."""

    async def steps() -> None:
        exchange = build_exchange(Settings(home=home, development=True))
        assert exchange.sampler is not None
        try:
            while await exchange.sampler.step(now()) is not None:
                pass
        finally:
            await exchange.close()

    asyncio.run(steps())


def test_everything_is_asked_for() -> None:
    fields = {one.name for one in declaration("data-bureau").type(ENTRY).fields}
    assert set(command._SHOWN.split()) == fields - {ORGANISATION}


def test_the_catalogue_is_a_table(call: Call, home: Path) -> None:
    result = call("catalogue", "--as", "steward", "--type", "HealthCode")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["HealthCode.colour", "HealthCode.resident", "HealthCode.updatedAt"]
    assert "level 3  health-commission  颜色 · green, yellow or red" in lines[0]
    sampled(home)
    lines = call("catalogue", "--as", "steward", "--type", "HealthCode").stdout.splitlines()
    assert "0 % null, 0 % outside its code list, of 1000 rows" in lines[0]
    assert "0 % null, of 1000 rows" in lines[1]


def test_the_catalogue_as_json_has_every_page(call: Call, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_PAGE", 60)
    whole = json.loads(call("catalogue", "--as", "owner-steward", "--json").stdout)
    assert len({one["coordinate"] for one in whole}) == len(whole) > 120
    assert {one["coordinate"] for one in whole} >= {"Resident.phone", "Access.at", "Mutation.setConsent", "Test.result"}
    sampled(home)
    owned = json.loads(call("catalogue", "--as", "owner-steward", "--json", "--owner", "public-security-bureau").stdout)
    assert {one["owner"] for one in owned} == {"public-security-bureau"}
    (number,) = [one for one in owned if one["coordinate"] == "Resident.identityNo"]
    assert (number["nulls"], number["duplicates"], number["sampled"], number["rows"]) == (0, 0, 1_000, None)
    assert RESIDENTS > 1_000


def test_who_may_not_read_the_catalogue_is_told_whom_to_ask(call: Call) -> None:
    result = call("catalogue", "--as", "doctor")
    assert result.stdout == ""
    assert call("catalogue", "--as", "doctor", "--type", "Test").exit_code == 1
    assert "withheld CatalogueEntry.coordinate: not-granted" in result.stderr
