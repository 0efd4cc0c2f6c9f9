"""The food-delivery company's own REST service: a process, a key, a rate limit and a request log of its own.

`python -m democity.delivery --directory D --port P` serves it on 127.0.0.1. What each request told the company stands
in `delivery.log`, one JSON object a line: when, the names of the body's fields (`(other)` for any that the service does
not know), how many identity numbers; never a number itself.
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
import re
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, JSONResponse
from starlette.routing import Route

from democity.process import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

MOST: Final = 1000
"""How many identity numbers a body, and how many items a page, may hold."""

_REQUESTS_PER_SECOND: Final = 200
_BODY_BYTES: Final = 64 * 1024
_LONGEST_NUMBER: Final = 18
_FIELDS: Final = frozenset({"identityNos", "limit", "cursor"})
_CURSOR: Final = re.compile("[0-9]{1,4}")


class NoKeyError(Exception):
    """There is no key to compare with: an empty one would let in whoever sends none."""


class RefusedError(Exception):
    """A request that is answered with an error: its status and a sentence without personal data."""

    def __init__(self, status: int, sentence: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.headers = status, sentence, headers


@dataclass(frozen=True, slots=True)
class Search:
    """One page of one search; `offset` counts the items of earlier pages."""

    identity_nos: tuple[str, ...]
    limit: int
    offset: int


class TokenBucket:
    """At most `rate` requests at once, and so many a second after; `clock` gives seconds."""

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._rate, self._clock = rate, clock
        self._tokens, self._filled = rate, clock()

    def take(self) -> bool:
        """Take one token, if there is one."""
        now = self._clock()
        self._tokens = min(self._rate, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Service:
    """The company's data, key and log, in the directory of the city."""

    def __init__(self, directory: Path, bucket: TokenBucket) -> None:
        self._key = (directory / "keys" / "delivery.key").read_bytes().strip()
        if not self._key:
            raise NoKeyError(f"{directory}/keys/delivery.key is empty; build the city again")
        self._database = f"{(directory / 'delivery.sqlite').resolve().as_uri()}?mode=ro"
        self._log = directory / "delivery.log"
        self._bucket = bucket
        self.description = directory / "delivery.openapi.json"

    async def search(self, request: Request) -> Response:
        """`POST /v1/meal-services/search`."""
        try:
            # The key comes first: who has none can neither use up the limit nor fill the log.
            if not hmac.compare_digest(request.headers.get("X-Api-Key", "").encode("latin-1"), self._key):
                raise RefusedError(401, "the header X-Api-Key is missing or wrong")  # noqa: TRY301  (one way out)
            if not self._bucket.take():
                raise RefusedError(429, "too many requests", {"Retry-After": "1"})  # noqa: TRY301  (one way out)
            body = _parse(await _read(request))
            self._record(body)
            return JSONResponse(await run_in_threadpool(self._page, _understand(body)))
        except RefusedError as refused:
            return JSONResponse({"error": refused.sentence}, refused.status, refused.headers)

    async def describe(self, _: Request) -> Response:
        """`GET /openapi.json`."""
        return FileResponse(self.description, media_type="application/json")

    async def health(self, _: Request) -> Response:
        """`GET /health`."""
        return JSONResponse({"status": "ok"})

    def _record(self, body: dict[str, object]) -> None:
        """What the company learned, also from a body that is refused afterwards."""
        numbers = body.get("identityNos")
        # Names that are not the service's own are not repeated: a sender could have written anything there.
        fields = sorted(body.keys() & _FIELDS) + ["(other)"] * (not body.keys() <= _FIELDS)
        line = {
            "at": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
            "fields": fields,
            "count": len(numbers) if isinstance(numbers, list) else 0,
        }
        with self._log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def _page(self, search: Search) -> dict[str, object]:
        with closing(sqlite3.connect(self._database, uri=True)) as connection:
            rows = connection.execute(
                "SELECT identity_no, active, meals_last_30_days, last_delivery_on, dietary_notes FROM meal_service"
                " WHERE identity_no IN (SELECT value FROM json_each(?)) ORDER BY identity_no LIMIT ? OFFSET ?",
                (json.dumps(search.identity_nos), search.limit + 1, search.offset),
            ).fetchall()
        items = [
            {
                "identityNo": identity_no,
                "active": bool(active),
                "mealsLast30Days": meals,
                "lastDeliveryOn": last,
                "dietaryNotes": notes,
            }
            for identity_no, active, meals, last, notes in rows[: search.limit]
        ]
        return {"items": items, "next": str(search.offset + search.limit) if len(rows) > search.limit else None}


async def _read(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_BYTES:
            raise RefusedError(413, f"the body is longer than {_BODY_BYTES} bytes")
    return body


def _parse(body: bytes) -> dict[str, object]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError(400, "the body is not JSON") from None
    if not isinstance(parsed, dict):
        raise RefusedError(400, "the body is not an object")
    return parsed


def _understand(body: dict[str, object]) -> Search:
    if not body.keys() <= _FIELDS:
        raise RefusedError(400, f"only {', '.join(sorted(_FIELDS))} may stand in the body")
    numbers, limit, cursor = body.get("identityNos"), body.get("limit", MOST), body.get("cursor")
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= MOST:
        raise RefusedError(400, f"identityNos: a list of 1 to {MOST} identity numbers")
    if not all(isinstance(number, str) and len(number) <= _LONGEST_NUMBER for number in numbers):
        raise RefusedError(400, "identityNos: every item is an identity number, as text")
    if type(limit) is not int or not 1 <= limit <= MOST:
        raise RefusedError(400, f"limit: a number from 1 to {MOST}")
    return Search(tuple(numbers), limit, _offset(cursor))


def _offset(cursor: object) -> int:
    if cursor is None:
        return 0
    if not (isinstance(cursor, str) and _CURSOR.fullmatch(cursor)):
        raise RefusedError(400, "cursor: the `next` of an earlier page, or null")
    return int(cursor)


def create_app(
    directory: Path, *, rate: float = _REQUESTS_PER_SECOND, clock: Callable[[], float] = time.monotonic
) -> Starlette:
    """The service over a built city.

    Raises:
        OSError: the directory holds no key; nothing is served without one.
        NoKeyError: the key is empty.
    """
    service = Service(directory, TokenBucket(rate, clock))
    return Starlette(
        routes=[
            Route("/openapi.json", service.describe),
            Route("/health", service.health),
            Route("/v1/meal-services/search", service.search, methods=["POST"]),
        ]
    )


if __name__ == "__main__":
    run("democity.delivery", "the delivery company", create_app)
