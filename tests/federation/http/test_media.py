from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.http.media import JSON, RESPONSE, choose, is_json


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        # nothing said, or everything taken
        ("", JSON),
        (" ", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        # one of ours
        (JSON, JSON),
        (RESPONSE, RESPONSE),
        ("Application/JSON", JSON),
        (f"{JSON};charset=utf-8", JSON),
        (f'{RESPONSE} ; charset="UTF-8"', RESPONSE),
        (f"{JSON};v=2", JSON),
        # the better one
        (f"{RESPONSE}, {JSON};q=0.9", RESPONSE),
        (f"{JSON};q=0.9, {RESPONSE}", RESPONSE),
        (f"{RESPONSE};q=0.1, {JSON};q=0.2", JSON),
        (f"{RESPONSE};q=0.001, */*;q=0.0", RESPONSE),
        # between equals: the one that is named, and then the first
        (f"{RESPONSE}, */*", RESPONSE),
        (f"*/*, {RESPONSE}", RESPONSE),
        (f"{RESPONSE}, {JSON}", RESPONSE),
        (f"{JSON}, {RESPONSE}", JSON),
        (f"{RESPONSE}, application/graphql+json, {JSON}, text/event-stream, multipart/mixed", RESPONSE),
        # the most specific range decides
        (f"{JSON};q=0, */*", RESPONSE),
        (f"{JSON};q=0.1, application/*;q=0.5", RESPONSE),
        (f"*/*, {RESPONSE};q=0, {JSON};q=0.5", JSON),
        ("application/*;q=0, */*", None),
        # none of ours
        ("text/html", None),
        ("application/xml, text/*", None),
        (f"{JSON};q=0", None),
        ("*/*;q=0", None),
        (f"{JSON};charset=iso-8859-1", None),
        (f"{RESPONSE};charset=utf-16, {JSON};q=0.1", JSON),
        # what is malformed is not read, and the rest is
        (f"{RESPONSE};q=2, {JSON}", JSON),
        (f"{RESPONSE};q=high, {JSON};q=0.1", JSON),
        (f"{RESPONSE};q=0.1234", None),
        (f";,/,{JSON}", JSON),
        ("application", None),
    ],
)
def test_which_type_is_chosen(accept: str, chosen: str | None) -> None:
    assert choose(accept) == chosen


@pytest.mark.parametrize(
    ("declared", "read"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("APPLICATION/JSON;CHARSET=UTF8", True),
        (' application/json ; x ; charset="utf-8"', True),
        ("", False),
        ("application/json; charset=utf-16", False),
        ("application/json; charset=gb18030", False),
        ("application/json, text/plain", False),
        ("application/graphql-response+json", False),
        ("application/graphql", False),
        ("text/plain", False),
        ("text/plain; application/json", False),
        ("application/x-www-form-urlencoded", False),
        ("multipart/form-data; boundary=application/json", False),
    ],
)
def test_which_bodies_are_read(declared: str, read: bool) -> None:
    assert is_json(declared) is read


@given(st.text('application/json*;q=0.1,"\\ texhml', max_size=200))
def test_whatever_is_accepted_something_is_chosen_or_nothing(accept: str) -> None:
    assert choose(accept) in {JSON, RESPONSE, None}
    assert is_json(accept) in {True, False}


@pytest.mark.parametrize("piece", [",", ";", '"', '\\"', "*/*,", "a/b;q=0.1,", "q=", " "])
def test_a_header_of_the_greatest_length_is_read_quickly(piece: str) -> None:
    header = piece * (65_536 // len(piece))
    started = time.process_time()
    choose(header)
    is_json(header)
    assert time.process_time() - started < 1
