"""Forms, as browsers send them: read whole, bounded, once. What stands in one is the sender's word and nothing more."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from portal.contract import RefusedError

_MEDIA: Final = "application/x-www-form-urlencoded"
_MOST: Final = 300  # fields
_PATIENCE: Final = 10.0  # seconds until a form must have arrived


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form in their order; a name may stand several times."""

    fields: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """The first value of a field, without white space around it; empty where there is none."""
        return next((value.strip() for key, value in self.fields if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field that is not empty."""
        return tuple(value.strip() for key, value in self.fields if key == name and value.strip())

    def text(self, name: str) -> str:
        """A text of several lines, as it was written."""
        return next((value.replace("\r\n", "\n") for key, value in self.fields if key == name), "")


async def read_form(request: Request, limit: int) -> Form:
    """The form of a request.

    Raises:
        RefusedError: FORM_MALFORMED for another medium or something that is none, BODY_TOO_LARGE.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != _MEDIA:
        raise RefusedError("FORM_MALFORMED", 415)
    received = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE):
            async for chunk in request.stream():
                received += chunk
                if len(received) > limit:
                    raise RefusedError("BODY_TOO_LARGE", 413)
    except (TimeoutError, ClientDisconnect):
        raise RefusedError("FORM_MALFORMED", 400) from None
    try:
        fields = parse_qsl(received.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST)
    except ValueError:
        raise RefusedError("FORM_MALFORMED", 400) from None
    return Form(tuple(fields))
