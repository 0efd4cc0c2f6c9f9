"""What another exchange says beside its rows, for whom it is asked, and what it is never asked."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from typing import Any

import httpx
import pytest

from connectors.errors import DeclarationError, FailureKind, SourceError, UnsupportedError
from connectors.exchange import MAX_KEYS
from tests.connectors.exchanging import (
    BY_ID,
    ELSEWHERE,
    HUMAN,
    LATEST,
    LISTED,
    NODE,
    RECEIPT,
    ROW,
    VISIT_ROW,
    VISITS,
    Answered,
    ask,
    connector,
    entities,
    fetched,
    lie,
    page,
    unasked,
)
from vocabulary.fetch import And, Compare, Fetch, IsNull, Not, Op, Veil, Via, Within

# ── receipts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "receipt",
    [
        None,
        7,
        [],
        {},
        {"log": "x", "index": 1},
        {**RECEIPT, "log": ""},
        {**RECEIPT, "log": "x" * 257},
        {**RECEIPT, "log": "a\nforged line"},
        {**RECEIPT, "log": None},
        {**RECEIPT, "index": -1},
        {**RECEIPT, "index": True},
        {**RECEIPT, "index": 1.0},
        {**RECEIPT, "index": "7"},
        {**RECEIPT, "index": 2**53},
        {**RECEIPT, "leaf": "AB" * 32},
        {**RECEIPT, "leaf": "ab" * 31},
        {**RECEIPT, "leaf": "ab" * 32 + "\n"},
        {**RECEIPT, "leaf": 5},
    ],
)
def test_data_without_a_receipt_is_a_lie(receipt: object) -> None:
    assert "without a receipt" in lie(entities(ROW, None, receipt=receipt))
    assert "without a receipt" in lie(page(NODE, receipt=receipt), LISTED)


def test_an_answer_without_extensions_is_a_lie() -> None:
    for extensions in ({}, {"extensions": None}, {"extensions": [RECEIPT]}):
        assert "without a receipt" in lie(httpx.Response(200, json={"data": {"rows": [ROW, None]}, **extensions}))


def test_the_receipt_is_kept_beside_the_rows() -> None:
    assert ask(entities(ROW, None)).below.receipts == (ELSEWHERE,)


# ── masks ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_masked_is_taken_out_of_its_column() -> None:
    table = ask(entities({**ROW, "c0": "王**", "_masked": ["name:name-partial"]}, {**ROW, "k": "p2"}))
    assert table.columns == (["p1", "p2"], [None, "王小明"], [73, 73])
    assert table.below.veils == {"name": Veil(["王**", None], ["name-partial", None])}


def test_masks_of_a_list_stand_over_all_its_pages() -> None:
    first = page(NODE, {**NODE, "c0": "p2", "c1": "李*", "_masked": ["name:m"]}, end="c", more=True)
    table = ask([first, page({**NODE, "c0": "p3"})], LISTED)
    assert table.columns == (["p1", "p2", "p3"], ["王小明", None, "王小明"])
    assert table.below.veils == {"name": Veil([None, "李*", None], [None, "m", None])}


@pytest.mark.parametrize("masked", [None, "name:m", {"name": "m"}, 5, True])
def test_a_row_that_does_not_say_what_is_masked_is_a_lie(masked: object) -> None:
    assert "what of it is masked" in lie(entities({**ROW, "_masked": masked}, None))
    assert "what of it is masked" in lie(page({**NODE, "_masked": masked}), LISTED)
    unsaid = {name: one for name, one in ROW.items() if name != "_masked"}
    assert "what of it is masked" in lie(entities(unsaid, None))


@pytest.mark.parametrize(
    "one", [None, 5, ["name", "m"], "name", "name:", "name:A", "name: m", "name:m\n", "name:a:b", ""]
)
def test_a_mask_that_has_no_name_is_a_lie(one: object) -> None:
    assert "mask without a name" in lie(entities({**ROW, "_masked": [one]}, None))


def test_a_cell_that_is_masked_twice_is_a_lie() -> None:
    assert "masked twice" in lie(entities({**ROW, "_masked": ["name:a", "name:b"]}, None))


def test_a_mask_of_what_was_not_asked_for_hides_nothing_and_is_not_heard() -> None:
    table = ask(entities({**ROW, "_masked": ["phone:m", "score:m", "__typename:m", "k:m", "c0:m"]}, None))
    assert table.columns == (["p1"], ["王小明"], [73])
    assert table.below.veils == {}


def test_a_key_stays_a_key() -> None:
    """A pseudonym made for this exchange names the same entity each time, and is said to be masked."""
    table = ask(entities({**ROW, "_masked": ["id:pairwise-town"]}, None))
    assert table.columns[0] == ["p1"]
    assert table.below.veils == {}


def test_which_row_of_a_relation_comes_first_does_not_rest_on_what_is_masked() -> None:
    """The order is read too, though nobody asked to see it: a masked day is no day."""
    early, late = {**VISIT_ROW, "c1": "p1", "c2": "2024-01-01"}, {**VISIT_ROW, "c1": "p1", "c2": "2024-12-31"}
    plain = ask(entities({**HUMAN, "r": [{**early, "c0": "e"}, {**late, "c0": "l"}]}, None), LATEST)
    assert plain.columns == (["l"],)
    hidden = {**late, "c0": "l", "_masked": ["day:day-partial"]}
    veiled = ask(entities({**HUMAN, "r": [{**early, "c0": "e"}, hidden]}, None), LATEST)
    assert veiled.columns == (["e"],)
    assert veiled.below.veils == {}


def test_masks_of_the_rows_that_a_relation_keeps_stay_with_them() -> None:
    rows = [
        {**VISIT_ROW, "c0": name, "c1": day, "_masked": masked}
        for name, day, masked in (("b", "2024-02-01", ["place:m"]), ("a", "2024-01-01", []), ("c", None, ["place:n"]))
    ]
    table = ask(entities({**HUMAN, "r": rows}, None), VISITS)
    assert table.owners == ["p1"] * 3
    assert table.column("place") == [None, "a", None]
    assert table.below.veils == {"place": Veil(["c", None, "b"], ["n", None, "m"])}


def test_an_owner_that_is_masked_names_nobody() -> None:
    row = {**VISIT_ROW, "_masked": ["person:m"]}
    assert "another owner" in lie(entities({**HUMAN, "r": [row]}, None), VISITS)


# ── what is withheld ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_withheld_words_are_heard_by_our_names_of_the_fields() -> None:
    withheld = [
        {"coordinate": "person.name", "reason": "not-granted", "ask": "SECRET"},
        {"coordinate": "person.seen", "reason": "purpose"},  # not asked for
        {"coordinate": "visit.age", "reason": "purpose"},  # of another type
    ]
    assert ask(entities(ROW, None, withheld=withheld)).below.withheld == {"name": "not-granted"}


@pytest.mark.parametrize(
    "reason", ["wang-xiaoming", "not granted", "Purpose", "", "purpose\n", None, 5, ["purpose"], {}]
)
def test_a_word_that_is_none_of_an_exchanges_is_not_passed_on(reason: object) -> None:
    """What the reader may not see in a cell must not come as the reason for that."""
    withheld = [{"coordinate": "person.name", "reason": reason}]
    assert ask(entities(ROW, None, withheld=withheld)).below.withheld == {}


@pytest.mark.parametrize(
    "withheld", [None, 5, "x", {"a": 1}, [None], [5], [[]], [{}], [{"coordinate": 5, "reason": "rows"}]]
)
def test_withheld_of_any_shape_does_no_harm(withheld: object) -> None:
    assert ask(entities(ROW, None, withheld=withheld)).below.withheld == {}


# ── for whom ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_for_nobody_nothing_is_sent() -> None:
    for request in (BY_ID, LISTED):
        with pytest.raises(SourceError, match="for nobody") as caught:
            fetched(connector(unasked), request, {"keys": ("p1",), "limit": 1})
        assert caught.value.kind is FailureKind.REFUSED


def test_headers_are_made_anew_for_each_sending(caplog: pytest.LogCaptureFixture) -> None:
    """A passport is good for one request: one per page, and one more where a sending failed and is repeated."""
    caplog.set_level(logging.DEBUG)
    made, seen = itertools.count(), list[str]()
    answers = iter([None, page(NODE, end="c", more=True), page()])

    def handler(request: httpx.Request) -> Answered:
        seen.append(request.headers["X-Passport"])
        answer = next(answers)
        if answer is None:
            raise httpx.ReadError("gone")
        return answer

    bound = connector(handler).on_behalf_of(lambda: {"X-Passport": f"passport-SECRET-{next(made)}"})
    assert fetched(bound, LISTED, {"limit": 3}).count == 1
    assert seen == [f"passport-SECRET-{index}" for index in range(3)]
    assert "SECRET" not in caplog.text


def test_those_for_whom_it_is_asked_at_a_time_are_kept_apart() -> None:
    async def journey() -> list[str]:
        seen: list[str] = []

        async def handler(request: httpx.Request) -> Answered:
            seen.append(request.headers["X-Passport"])
            await asyncio.sleep(0)
            return page()

        one = connector(handler)
        bound = [one.on_behalf_of(lambda name=name: {"X-Passport": name}) for name in ("a", "b")]  # type: ignore[misc]
        await asyncio.gather(*(each.fetch(LISTED, {"limit": 1}) for each in bound))
        await one.close()
        return seen

    assert sorted(asyncio.run(journey())) == ["a", "b"]


def test_keys_and_literals_travel_as_variables(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[dict[str, Any]] = []

    def handler(request: httpx.Request) -> Answered:
        assert request.url.query == b""
        seen.append(json.loads(request.content))
        return entities(None, None) if "_entities" in seen[-1]["query"] else page()

    ask(handler, keys=("SECRET-1", "SECRET-2"))
    ask(handler, Fetch("Person", ("id",), where=Compare("name", Op.EQ, "s"), limit=True), s="SECRET-3")
    assert [one.keys() for one in seen] == [{"query", "variables"}] * 2
    assert all("SECRET" not in one["query"] for one in seen)
    assert seen[0]["variables"]["of"][0] == {"__typename": "person", "id": "SECRET-1"}
    assert seen[1]["variables"]["where"] == {"name": {"eq": "SECRET-3"}}
    assert "SECRET" not in caplog.text


def test_many_keys_are_asked_for_in_turns_and_what_is_said_of_them_is_put_together() -> None:
    def handler(request: httpx.Request) -> Answered:
        of = json.loads(request.content)["variables"]["of"]
        first = {**ROW, "k": of[0]["id"], "_masked": ["name:m"] if len(of) == 1 else []}
        withheld = [{"coordinate": "person.age", "reason": "purpose"}] if len(of) == 1 else []
        return entities(first, *[None] * (len(of) - 1), withheld=withheld, receipt={**RECEIPT, "index": len(of)})

    table = ask(handler, keys=tuple(f"k{index}" for index in range(MAX_KEYS + 1)))
    assert table.column("id") == ["k0", f"k{MAX_KEYS}"]
    assert table.below.veils == {"name": Veil([None, "王小明"], [None, "m"])}
    assert table.below.withheld == {"age": "purpose"}
    assert [one.entry for one in table.below.receipts] == [MAX_KEYS, 1]


# ── what is never asked ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "request_",
    [
        Fetch("Person", ("id",), Via("Person", "name")),
        Fetch("Visit", ("place",), Via("Human", "name", "visits")),
        Fetch("Person", ("id",), Via("Person", "id"), where=Compare("age", Op.EQ, "s")),
        Fetch("Person", ("id",), where=Compare("name", Op.LT, "s"), limit=True),
        Fetch("Person", ("id",), where=Compare("area", Op.EQ, "s"), limit=True),
        Fetch("Person", ("id",), where=IsNull("area"), limit=True),
        Fetch("Person", ("id",), where=Within("name", "s"), limit=True),
        Fetch("Person", ("id",), where=Not(And((Compare("area", Op.STARTS_WITH, "s"),))), limit=True),
        Fetch("Visit", ("place",), limit=True),
    ],
)
def test_what_another_exchange_is_not_asked(request_: Fetch) -> None:
    with pytest.raises((UnsupportedError, DeclarationError, SourceError)):
        ask(unasked, request_, s="x")


def test_an_empty_question_costs_no_request_by_keys() -> None:
    assert ask(unasked, keys=()).count == 0
    assert ask(unasked, keys=(None,)).count == 0


def test_a_value_that_json_has_no_form_for_is_refused_before_it_is_sent() -> None:
    with pytest.raises(UnsupportedError, match="JSON has no form"):
        ask(unasked, keys=("\ud800",))
