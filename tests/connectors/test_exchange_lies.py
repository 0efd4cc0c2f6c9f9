"""What only another exchange can do to us: rows and pages that nobody asked for, refusals, and anything at all."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import exchange as module
from connectors.errors import FailureKind, SourceError
from tests.connectors.exchanging import (
    BY_ID,
    ELSEWHERE,
    LISTED,
    NODE,
    OPTIONS,
    RECEIPT,
    ROW,
    Answered,
    ask,
    entities,
    failure,
    lie,
    page,
    refused,
    said,
)
from vocabulary.fetch import Fetch

# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([ROW], "more or fewer entities"),
        ([ROW, None, None], "more or fewer entities"),
        ([{**ROW, "k": "p2"}, None], "another person"),
        ([{**ROW, "k": 1}, None], "another person"),
        ([{**ROW, "__typename": "visit"}, None], "something else"),
        ([5, None], "something else"),
        ([{**ROW, "c1": "73"}, None], "a value of Person.age"),
        ([{**ROW, "c0": ["王"]}, None], "a value of Person.name"),
        ([{name: one for name, one in ROW.items() if name != "c1"}, None], "lacks"),
    ],
)
def test_rows_that_nobody_asked_for_are_a_lie(items: list[object], words: str) -> None:
    assert words in lie(entities(*items))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (page(NODE, NODE, NODE, NODE), "more rows than were asked for"),
        (page({**NODE, "__typename": "visit"}), "something else"),
        (page(None), "something else"),
        (page(NODE, NODE), "more than one row"),
        (page({**NODE, "c1": 5}), "a value of Person.name"),
        (page({"__typename": "person", "_masked": [], "c0": "p1"}), "lacks"),
        (page(NODE, more=None), "whether more rows follow"),
        (page(NODE, more="no"), "whether more rows follow"),
        (page(NODE, more=True, end=None), "whether more rows follow"),
        (page(NODE, more=True, end=7), "whether more rows follow"),
        (said({"rows": {"nodes": [NODE], "pageInfo": None}}), "no list of rows"),
        (said({"rows": {"nodes": {}, "pageInfo": {"hasNextPage": False}}}), "no list of rows"),
        (said({"rows": [NODE]}), "no list of rows"),
        (said({}), "no list of rows"),
    ],
)
def test_pages_that_are_none_are_a_lie(answer: Answered, words: str) -> None:
    assert words in lie(answer, LISTED)


def test_several_pages_are_one_table_and_each_has_its_receipt() -> None:
    seen: list[dict[str, Any]] = []
    pages = iter(
        [
            page(NODE, end="after p1", more=True),
            page(end="after nothing", more=True, receipt={**RECEIPT, "index": 8}),
            page({**NODE, "c0": "p2"}, end="after p2", more=True, receipt={**RECEIPT, "index": 9}),
            page({**NODE, "c0": "p3"}, more=True, end="never asked", receipt={**RECEIPT, "index": 10}),
        ]
    )

    def handler(request: httpx.Request) -> Answered:
        seen.append(json.loads(request.content)["variables"])
        return next(pages)

    table = ask(handler, LISTED)
    assert table.column("id") == ["p1", "p2", "p3"]
    assert [one.entry for one in table.below.receipts] == [7, 8, 9, 10]
    assert [(one["first"], one["after"]) for one in seen] == [
        (3, None),
        (2, "after p1"),
        (2, "after nothing"),
        (1, "after p2"),
    ]


def test_a_page_that_ends_where_it_began_is_a_lie() -> None:
    def handler(_request: httpx.Request) -> Answered:
        return page(end="here", more=True)

    assert "ends where it began" in lie(handler, LISTED)


def test_pages_without_end_are_left_after_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where each has a cursor of its own: time, rows and receipts are all bounded."""
    monkeypatch.setattr(module, "_PAGES", 10)
    count = itertools.count()

    def handler(_request: httpx.Request) -> Answered:
        return page(end=str(next(count)), more=True)

    assert "within 10 pages" in lie(handler, LISTED)
    assert next(count) == 10


def test_pages_that_come_slowly_end_with_the_timeout_of_all_of_them() -> None:
    count = itertools.count()

    async def handler(_request: httpx.Request) -> Answered:
        await asyncio.sleep(0.02)
        return page(end=str(next(count)), more=True)

    error = failure(handler, LISTED, changes={"timeout": 0.1})
    assert error.kind is FailureKind.TIMEOUT


def test_pages_that_are_large_end_with_the_bytes_of_all_of_them() -> None:
    count = itertools.count()

    def handler(_request: httpx.Request) -> Answered:
        return page(end=f"{next(count):02}" + "x" * 1_000, more=True)

    changes = {"options": {**OPTIONS, "max_bytes": 5_000}}
    assert failure(handler, LISTED, changes=changes).kind is FailureKind.INVALID
    assert next(count) <= 6


# ── refusals and failures ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("SOURCE_TIMEOUT", FailureKind.TIMEOUT),
        ("DEADLINE_EXCEEDED", FailureKind.TIMEOUT),
        ("OVERLOADED", FailureKind.OVERLOADED),
        ("SOURCE_INVALID", FailureKind.INVALID),
        ("SOURCE_UNDECIDED", FailureKind.UNDECIDED),
        ("RECEIPT_UNAVAILABLE", FailureKind.UNAVAILABLE),
        ("INTERNAL", FailureKind.UNAVAILABLE),
        ("POLICY_CHANGED", FailureKind.UNAVAILABLE),
        ("LIMITS_UNAVAILABLE", FailureKind.UNAVAILABLE),
        ("DOCUMENT_INVALID", FailureKind.INVALID),
        ("DOCUMENT_TOO_COSTLY", FailureKind.INVALID),
        ("CURSOR_INVALID", FailureKind.INVALID),
        ("TOKEN_EXPIRED", FailureKind.REFUSED),
        ("CREDENTIAL_INVALID", FailureKind.REFUSED),
        ("ARGUMENT_REFUSED", FailureKind.ARGUMENT),
        ("ARGUMENT_INVALID", FailureKind.ARGUMENT),
        ("ORDER_REFUSED", FailureKind.ARGUMENT),
        ("VARIABLES_INVALID", FailureKind.ARGUMENT),
        ("PURPOSE_UNKNOWN", FailureKind.PURPOSE),
        ("EMERGENCY_MISSING", FailureKind.PURPOSE),
        ("LIMIT_EXCEEDED", FailureKind.LIMIT),
    ],
)
def test_a_refusal_has_the_kind_of_its_code(code: str, kind: FailureKind) -> None:
    error = failure(refused(code))
    assert error.kind is kind
    assert code in str(error)


@pytest.mark.parametrize(
    "code", ["SECRET_OF_SOMEBODY", "SECRET", "wang SECRET", "", None, 5, ["SECRET"], {"SECRET": 1}]
)
def test_a_code_of_its_own_making_is_never_quoted(code: object) -> None:
    """In capitals, too, a word may be somebody's name."""
    assert failure(refused(code)).kind is FailureKind.REFUSED


@pytest.mark.parametrize("errors", [[{}], [{"extensions": []}], [{"message": "SECRET"}]])
def test_an_error_without_a_code_is_a_refusal(errors: object) -> None:
    assert failure(httpx.Response(200, json={"errors": errors})).kind is FailureKind.REFUSED


@pytest.mark.parametrize("errors", ["SECRET", [None], [5], {"SECRET": 1}, [[]], [{"path": "SECRET"}]])
def test_errors_that_are_none_are_a_lie(errors: object) -> None:
    lie(httpx.Response(200, json={"errors": errors}))
    lie(said({"rows": None}, errors=errors))


@pytest.mark.parametrize("body", [b"SECRET", b"", b"[1]", b'"SECRET"', b"null", b"\xff", b'{"data": NaN}'])
def test_what_is_no_answer_is_a_lie(body: bytes) -> None:
    lie(httpx.Response(200, content=body, headers={"Content-Type": "application/json"}))


def test_what_is_left_of_an_answer_is_its_sources_failure() -> None:
    error = {"message": "SECRET", "extensions": {"code": "SOURCE_TIMEOUT"}}
    for request in (BY_ID, LISTED):
        assert failure(said({"rows": None}, errors=[error]), request).kind is FailureKind.TIMEOUT
    unknown = {"message": "SECRET", "extensions": {"code": "SECRET"}}
    assert failure(said({"rows": None}, errors=[unknown])).kind is FailureKind.UNAVAILABLE


def test_a_part_of_an_answer_is_said_to_be_one() -> None:
    error = {"message": "SECRET", "extensions": {"code": "SOURCE_TIMEOUT"}}
    assert ask(entities(ROW, None, errors=[error])).below.is_partial
    assert not ask(entities(ROW, None)).below.is_partial
    listed = ask([page(NODE, end="c", more=True, errors=[error]), page()], LISTED)
    assert listed.below.is_partial


# ── whatever it answers ───────────────────────────────────────────────────────────────────────────────────────────────

anything = st.recursive(
    st.sampled_from([None, True, 0, -1, 1.5, "SECRET", "p1", "p2", "name:m", "person"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["rows", "nodes", "k", "c0"]), inner),
    max_leaves=5,
)
cell: st.SearchStrategy[Any] = st.sampled_from([None, "SECRET", 5, [], {}])
row = st.fixed_dictionaries(
    {},
    optional={
        "__typename": st.sampled_from(["person", "visit", 5]),
        "_masked": st.lists(st.sampled_from(["name:m", "age:n", "id:o", "x:y", "name:m"]), max_size=3) | cell,
        "k": st.sampled_from(["p1", "p2", 5, None]),
        "c0": st.sampled_from(["p1", "p2"]) | cell,
        "c1": cell,
    },
)
connection = st.fixed_dictionaries(
    {
        "nodes": st.lists(row, max_size=3),
        "pageInfo": st.fixed_dictionaries(
            {"hasNextPage": st.booleans() | cell, "endCursor": cell | st.text(max_size=2)}
        ),
    }
)
bodies = st.fixed_dictionaries(
    {"extensions": st.fixed_dictionaries({"receipt": st.just(RECEIPT) | anything, "withheld": anything})},
    optional={
        "data": st.fixed_dictionaries({"rows": st.lists(row | st.none(), max_size=2) | connection}) | anything,
        "errors": anything,
    },
)


@settings(max_examples=150, deadline=None)
@given(body=bodies, request=st.sampled_from([BY_ID, LISTED]))
def test_whatever_is_answered_is_rows_that_were_asked_for_or_its_failure(body: object, request: Fetch) -> None:
    def handler(_request: httpx.Request) -> Answered:
        return httpx.Response(200, json=body)

    try:
        table = ask(handler, request)
    except SourceError as error:
        assert "SECRET" not in str(error)  # noqa: PT017  (either may happen)
        return
    assert table.below.receipts == (ELSEWHERE,)
    for name, veil in table.below.veils.items():
        assert len(veil.cells) == len(veil.masks) == table.count
        masked = [index for index, mask in enumerate(veil.masks) if mask is not None]
        assert all(table.column(name)[index] is None for index in masked)
