from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.conformance.federation_audit import Outcome, compared, summed


def missed(answer: Any, expected: dict[str, Any]) -> str:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=answer))
    with httpx.Client(transport=transport) as asks:
        return compared(asks, "http://router/graphql", 3, {"query": "{ a }", "expected": expected})


@pytest.mark.parametrize(
    ("answer", "expected", "miss"),
    [
        ({"data": {"a": 1}}, {"data": {"a": 1}}, ""),
        ({"data": {"a": 1}, "extensions": {}}, {"data": {"a": 1}}, ""),
        ({"data": {"b": 2, "a": 1}}, {"data": {"a": 1, "b": 2}}, ""),
        ({"data": {"a": [1, 2]}}, {"data": {"a": [2, 1]}}, "3: data"),
        ({"data": {"a": None}}, {"data": {}}, "3: data"),
        ({"errors": [{}]}, {"data": None, "errors": True}, ""),
        ({"data": None}, {"data": None, "errors": True}, "3: no errors"),
        ({"data": {"a": 1}, "errors": [{}]}, {"data": {"a": 1}, "errors": False}, "3: errors"),
        ({"data": {"a": 1}, "errors": [{}]}, {"data": {"a": 1}}, ""),  # nothing is expected of errors
    ],
)
def test_an_answer_is_compared_with_what_is_expected(answer: Any, expected: dict[str, Any], miss: str) -> None:
    found = missed(answer, expected)
    assert found.startswith(miss) if miss else found == ""


def test_what_is_no_answer_is_a_miss() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(502, text="no"))
    with httpx.Client(transport=transport) as asks:
        assert compared(asks, "http://router", 1, {"query": "{ a }", "expected": {"data": None}}).startswith(
            "1: no answer"
        )


def test_one_miss_is_a_failure_and_so_is_nothing_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    whole, half = Outcome("whole", 2, ()), Outcome("half", 2, ("2: data",))
    assert summed([whole], verbose=False)
    assert not summed([whole, half], verbose=True)
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "ok   whole: 2 of 2",
        "MISS half: 1 of 2",
        "       2: data",
        "1 of 2 suites, 3 of 4 tests",
    ]
    assert not summed([], verbose=False)
