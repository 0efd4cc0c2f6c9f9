"""Shadow mode in a running exchange: a second policy decides beside the first and only reports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from federation.rules import StartError
from tests.support.city import City
from tests.support.planning import CITY

NAMES = "{ residents(first: 3) { nodes { name phone } } }"


def without(field: str) -> str:
    text = (CITY / "policy.csv").read_text("utf-8")
    return "".join(line for line in text.splitlines(keepends=True) if f", {field}, read" not in line)


def test_a_shadow_policy_is_compared_and_decides_nothing(make_city: Callable[..., City], tmp_path: Path) -> None:
    shadow = tmp_path / "shadow.csv"
    shadow.write_text(without("Resident.name"), encoding="utf-8")
    city = make_city(shadow_policy=str(shadow))
    for _ in range(2):
        nodes = city.ask("analyst", NAMES).data["residents"]["nodes"]
        assert all(node["name"] for node in nodes)
    assert 'tongguan_shadow_differences_total{sign="-"} 2.0' in city.get("/metrics").text
    shadow.write_text((CITY / "policy.csv").read_text("utf-8"), encoding="utf-8")


def test_an_exchange_does_not_start_on_a_shadow_with_a_mistake(make_city: Callable[..., City], tmp_path: Path) -> None:
    shadow = tmp_path / "shadow.csv"
    shadow.write_text("p, role:nobody, everything\n", encoding="utf-8")
    with pytest.raises(StartError, match=r"shadow policy: policy\.csv:1"):
        make_city(shadow_policy=str(shadow))


def test_without_a_shadow_nothing_is_compared(make_city: Callable[..., City]) -> None:
    city = make_city()
    city.ask("analyst", NAMES)
    assert "shadow_differences_total{" not in city.get("/metrics").text
