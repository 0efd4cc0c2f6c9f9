"""`POST /graphql`: one JSON body in, one out (GraphQL over HTTP). Status codes follow the code of the refusal."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from federation.errors import Code, Unidentified
from federation.http.answering import Answering
from federation.identity import read_credentials
from federation.pipeline import now
from federation.stages import Asked

_MEDIA = "application/graphql-response+json"


class GraphQLEndpoint:
    """The door for questions."""

    def __init__(self, answering: Answering, *, body_limit: int) -> None:
        self._answering = answering
        self._body_limit = body_limit

    async def answer(self, request: Request) -> Response:
        """Answer one request; every refusal as its documented code."""
        reply = await self._answering.answer(self._read(request))
        return Response(reply.body, reply.status, _headers(request, reply.status))

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
