from __future__ import annotations

import pytest

from federation.pipeline import now
from tests.support.city import QUESTION, STREET, City

ASK = {"street": STREET, "first": 3}


def test_an_answer_names_its_receipt_and_the_entry_says_the_same(city: City) -> None:
    reply = city.ask("analyst", QUESTION, ASK)
    receipt = reply.body["extensions"]["receipt"]
    entry = dict(city.entries())[receipt["index"]]
    assert (entry["kind"], entry["outcome"]) == ("release", "answered")
    assert entry["who"]["person"] == "wang.min"
    assert (entry["purpose"], entry["mode"]) == ("epidemic-control", "ordinary")
    assert len(bytes.fromhex(receipt["leaf"])) == 32
    assert STREET not in entry["document"]


def test_the_same_question_is_planned_once(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    city.ask("analyst", QUESTION, ASK)

    def again(*_: object) -> None:
        raise AssertionError("planned again")

    monkeypatch.setattr("federation.plan.planner.Planner.plan", again)
    other_street = city.ask("analyst", QUESTION, {"street": "310115", "first": 4})
    assert len(other_street.data["residents"]["nodes"]) == 4


def test_a_failure_is_on_record_and_does_not_say_why(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError("310115195001011234")

    monkeypatch.setattr("federation.pipeline.assemble", crash)
    reply = city.ask("analyst", QUESTION, ASK)
    assert (reply.status, reply.code) == (500, "INTERNAL")
    assert "310115195001011234" not in reply.text
    last = city.entries()[-1][1]
    assert (last["kind"], last["outcome"]) == ("failure", "INTERNAL")


def test_what_fails_while_it_is_put_together_has_no_entry_of_a_release(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.pipeline.assemble", lambda *_: 1 / 0)
    before = {index for index, _ in city.entries()}
    city.ask("analyst", QUESTION, ASK)
    fresh = [entry for index, entry in city.entries() if index not in before]
    assert [one["outcome"] for one in fresh if one["kind"] != "wave"] == ["INTERNAL"]
    assert fresh[-1]["waves"]  # what was given to others by then


def test_introspection_is_answered_and_receipted(city: City) -> None:
    before = len(city.entries())
    reply = city.ask("analyst", "{ __schema { queryType { name } } }")
    assert reply.data == {"__schema": {"queryType": {"name": "Query"}}}
    assert len(city.entries()) == before + 1


def test_the_time_of_a_request_is_aware() -> None:
    assert now().tzinfo is not None
