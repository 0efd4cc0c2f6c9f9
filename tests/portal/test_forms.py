from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from starlette.requests import Request
from starlette.types import Message

from portal.contract import RefusedError
from portal.forms import Form, read_form

MEDIA = "application/x-www-form-urlencoded"


def read(*parts: bytes, media: str = MEDIA, limit: int = 1_000, leaves: bool = False) -> Form:
    messages: list[Message] = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages.append(
        {"type": "http.disconnect"} if leaves else {"type": "http.request", "body": b"", "more_body": False}
    )

    async def receive() -> Message:
        return messages.pop(0)

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", media.encode())]}
    return asyncio.run(read_form(Request(scope, receive), limit))


def refused(*parts: bytes, **options: object) -> tuple[str, int]:
    with pytest.raises(RefusedError) as told:
        read(*parts, **options)  # type: ignore[arg-type]  # the options of read
    return told.value.code, told.value.status


def test_fields_keep_their_order_and_may_stand_several_times() -> None:
    form = read(b"a=1&b=%E5%BC%A0&a=", b"2&c=&d=+x+", media=f"{MEDIA}; charset=UTF-8")
    assert form.fields == (("a", "1"), ("b", "张"), ("a", "2"), ("c", ""), ("d", " x "))
    assert (form.get("a"), form.all("a"), form.get("b")) == ("1", ("1", "2"), "张")
    assert (form.get("c"), form.all("c"), form.get("none"), form.get("d")) == ("", (), "", "x")


def test_a_text_keeps_its_lines() -> None:
    assert read(b"t=+a%0D%0A+b+").text("t") == " a\n b "
    assert Form().text("t") == ""


@pytest.mark.parametrize("media", ["", "application/json", "multipart/form-data; boundary=x", "text/plain"])
def test_another_medium_is_refused(media: str) -> None:
    assert refused(b"a=1", media=media) == ("FORM_MALFORMED", 415)


@pytest.mark.parametrize("body", ["é=1".encode(), b"a=%FF", b"&".join([b"a=1"] * 301)])
def test_what_is_no_form_is_refused(body: bytes) -> None:
    assert refused(body, limit=5_000) == ("FORM_MALFORMED", 400)


def test_a_form_is_bounded_while_it_arrives() -> None:
    parts: Sequence[bytes] = [b"a=", *[b"x" * 400] * 4]
    assert refused(*parts) == ("BODY_TOO_LARGE", 413)


def test_who_leaves_in_the_middle_has_sent_no_form() -> None:
    assert refused(b"a=1", leaves=True) == ("FORM_MALFORMED", 400)
