"""What a GraphQL service may answer, in any shape: a reply, or a lie that is not quoted."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import FailureKind, SourceError
from connectors.reply import RemoteError, Reply, read_reply


def read(body: object, **how: Any) -> Reply:
    return read_reply("town", body if isinstance(body, bytes) else json.dumps(body).encode(), "Person", **how)


def test_data_errors_and_extensions_are_read() -> None:
    error = {"message": "SECRET", "path": ["a", 0], "extensions": {"code": "NOT_FOUND"}}
    body = {"data": {"a": None}, "errors": [error], "extensions": {"receipt": 1}}
    assert read(body) == Reply({"a": None}, (RemoteError(("a", 0), "NOT_FOUND"),), {"receipt": 1})
    assert read(body, keeps_messages=True).errors[0].message == "SECRET"
    assert read({"data": {}, "errors": None}) == read({"data": {}, "errors": []}) == Reply({}, ())


@pytest.mark.parametrize("extensions", [None, 5, "SECRET", [["SECRET"]]])
def test_extensions_that_are_none_say_nothing(extensions: object) -> None:
    assert read({"data": {}, "extensions": extensions}) == Reply({}, ())


@pytest.mark.parametrize(
    ("code", "is_one"),
    [
        ("UNAUTHENTICATED", True),
        ("INTERNAL_SERVER_ERROR", True),
        ("HTTP_404", True),
        ("E1001", True),
        ("310115199001011234", False),  # somebody's number
        ("NOT_FOUND_310115199001011234", False),
        ("A_1_2_3", False),
        ("张小明", False),
        ("no person of that name", False),
        ("X" * 65, False),
        ("A\n", False),
        ("", False),
        (["FORBIDDEN"], False),
        (404, False),
    ],
)
def test_a_code_that_could_be_a_value_is_none(code: object, is_one: bool) -> None:
    (error,) = read({"errors": [{"message": "", "extensions": {"code": code}}]}).errors
    assert error.code == (code if is_one else "")


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        5,
        "SECRET",
        [{"data": {}}],
        {"data": None},
        {"data": []},
        {"data": "SECRET"},
        {"data": False},
        {"data": None, "errors": []},
        {"data": {}, "errors": {}},
        {"data": {}, "errors": "SECRET"},
        {"data": {}, "errors": 0},
        {"data": {}, "errors": ["SECRET"]},
        {"data": {}, "errors": [None]},
        {"errors": [{"path": "SECRET"}]},
        {"errors": [{"path": [None]}]},
        {"errors": [{"path": [True]}]},
        {"errors": [{"path": [-1]}]},
        {"errors": [{"path": [1.5]}]},
        {"errors": [{"path": ["a SECRET"]}]},
        {"errors": [{"path": [["a"]]}]},
        b"",
        b"SECRET",
        b'{"data": {}} SECRET',
        b'{"data": NaN}',
        b'{"data": {"a": "\xff"}}',
        b"[" * 100_000,
        b'{"data":' * 100_000,
    ],
)
def test_what_is_no_answer_of_graphqls_is_invalid(body: object) -> None:
    with pytest.raises(SourceError) as caught:
        read(body)
    assert (caught.value.source, caught.value.kind) == ("town", FailureKind.INVALID)
    assert "when it was asked for Person" in str(caught.value)
    assert "SECRET" not in str(caught.value)


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.sampled_from(["SECRET", "a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["path", "extensions", "code"]), inner),
    max_leaves=8,
)
bodies = anything | st.fixed_dictionaries({}, optional={"data": anything, "errors": anything | st.lists(anything)})


@given(bodies)
def test_whatever_is_answered_is_a_reply_or_a_lie(body: object) -> None:
    try:
        reply = read_reply("town", orjson.dumps(body), "Person")
    except SourceError as error:
        assert "SECRET" not in str(error)  # noqa: PT017  (either may happen)
    else:
        assert reply.data is not None or reply.errors
