"""`POST /graphql`: one JSON body in, one out (GraphQL over HTTP). Status codes follow the code of the refusal."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from federation.errors import Code, Refusal, Unidentified
from federation.http.door import Door
from federation.http.metrics import Metrics
from federation.identity import read_credentials
from federation.pipeline import Pipeline, now
from federation.stages import Answered, Asked

_LOGGER = logging.getLogger("tongguan.access")
_MEDIA = "application/graphql-response+json"
_FAILED = "Something of ours went wrong. Nothing was released."


class GraphQLEndpoint:
    """The door for questions."""

    def __init__(self, pipeline: Pipeline, door: Door, metrics: Metrics, *, body_limit: int, concurrency: int) -> None:
        self._pipeline = pipeline
        self._door = door
        self._metrics = metrics
        self._body_limit = body_limit
        self._free = concurrency

    async def answer(self, request: Request) -> Response:
        """Answer one request; every refusal as its documented code."""
        started = time.perf_counter()
        code, status, body, receipt = "OK", 200, b"", None
        refusal: Refusal | None = None
        try:
            asked = await self._read(request)  # before a place is taken: a slow sender keeps nobody else out
            answered = await self._admitted(asked)
            body, receipt = answered.body, answered.receipt
        except Refusal as refused:
            refusal = await self._tallied(refused)
        except Exception:
            _LOGGER.exception("failure")  # its type and places; the formatter leaves the text out
            refusal = await self._tallied(Unidentified(Code.INTERNAL, _FAILED))
        if refusal is not None:
            code, status = refusal.code.name, refusal.code.status
            shown = {"message": refusal.message, "extensions": {"code": refusal.code.name}}
            body = orjson.dumps({"errors": [shown]})
        elapsed = time.perf_counter() - started
        self._metrics.answered(code, elapsed)
        _LOGGER.debug(  # every answer is on record and counted; a line of its own is for whoever looks for it
            "answer", extra={"code": code, "status": status, "receipt": receipt, "ms": round(elapsed * 1000, 2)}
        )
        return Response(body, status, _headers(request, status))

    async def _admitted(self, asked: Asked) -> Answered:
        if self._free <= 0:
            raise Unidentified(Code.OVERLOADED, "Too many questions at once. Try again in a moment.")
        self._free -= 1
        try:
            return await self._pipeline.answer(asked)
        finally:
            self._free += 1

    async def _tallied(self, refusal: Refusal) -> Refusal:
        """Put a refusal before identification on record; where that fails, the refusal is that."""
        if isinstance(refusal, Unidentified):
            try:
                await self._door.refused(refusal.code)
            except Refusal as unavailable:
                return unavailable
        return refusal

    async def _read(self, request: Request) -> Asked:
        if request.method != "POST":
            raise Unidentified(Code.METHOD_NOT_ALLOWED, "Send the question by POST, as JSON.")
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media != "application/json":
            raise Unidentified(Code.MEDIA_TYPE_UNSUPPORTED, "Send `Content-Type: application/json`.")
        body = await self._body(request)
        try:
            sent = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise Unidentified(
                Code.BODY_MALFORMED, 'The body is not JSON: send {"query": "…", "variables": {…}}.'
            ) from None
        return _asked(sent, request.headers, request.client.host if request.client else "")

    async def _body(self, request: Request) -> bytes:
        received = bytearray()
        try:
            async with asyncio.timeout(10):
                async for chunk in request.stream():
                    received += chunk
                    if len(received) > self._body_limit:
                        raise Unidentified(Code.BODY_TOO_LARGE, f"The body is larger than {self._body_limit} bytes.")
        except (TimeoutError, ClientDisconnect):
            raise Unidentified(Code.BODY_MALFORMED, "The body did not arrive.") from None
        return bytes(received)


def _asked(sent: object, headers: Mapping[str, str], peer: str) -> Asked:
    if not isinstance(sent, dict):
        raise Unidentified(Code.BODY_MALFORMED, 'The body is not an object: send {"query": "…", "variables": {…}}.')
    document, operation = sent.get("query"), sent.get("operationName")
    variables, extensions = ({} if (given := sent.get(name)) is None else given for name in ("variables", "extensions"))
    if not isinstance(document, str):
        raise Unidentified(Code.BODY_MALFORMED, "`query` is missing, or is no text.")
    if not (operation is None or isinstance(operation, str)):
        raise Unidentified(Code.BODY_MALFORMED, "`operationName` is no text.")
    if not (isinstance(variables, dict) and isinstance(extensions, dict)):
        raise Unidentified(Code.BODY_MALFORMED, "`variables` and `extensions` are objects.")
    return Asked(
        document=document,
        operation=operation,
        variables=variables,
        credentials=read_credentials(headers, peer),
        purpose=headers.get("x-purpose") or _text(extensions.get("purpose")),
        agreement=headers.get("x-agreement") or _text(extensions.get("agreement")),
        at=now(),
        mode=headers.get("x-mode") or _text(extensions.get("mode")),
    )


def _text(value: object) -> str | None:
    if not (value is None or isinstance(value, str)):
        raise Unidentified(Code.BODY_MALFORMED, "`purpose`, `agreement` and `mode` in `extensions` are texts.")
    return value


def _headers(request: Request, status: int) -> dict[str, str]:
    accepts = request.headers.get("accept", "")
    headers = {
        "content-type": _MEDIA if _MEDIA in accepts else "application/json; charset=utf-8",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    if status == Code.METHOD_NOT_ALLOWED.status:
        headers["allow"] = "POST"
    if status == Code.TOKEN_MISSING.status:
        headers["www-authenticate"] = "Bearer"
    return headers
