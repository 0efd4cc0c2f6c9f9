"""`/graphql`: one question in, one answer out, as GraphQL over HTTP says (draft of May 2025; sections are named below).

POST asks anything. GET asks about the schema alone ("GET"; `federation/document/about_schema.py` says why), and the
pipeline keeps it so. Whatever a page of another site can send without asking first (a form, a picture, a text) is
refused before anybody is identified ("Security > Exercise caution"): a POST is declared as JSON, and a GET has its
purpose in a header.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from federation.errors import Code, Unidentified
from federation.http.answering import Answering, Reply
from federation.http.envelope import read_address, read_body
from federation.http.media import JSON, choose, is_json
from federation.stages import Asked

_PATIENCE: Final = 10  # seconds for a body to arrive


class GraphQLEndpoint:
    """The door for questions."""

    def __init__(self, answering: Answering, *, body_limit: int) -> None:
        self._answering = answering
        self._body_limit = body_limit

    async def answer(self, request: Request) -> Response:
        """Answer one request; every refusal as its documented code."""
        media = choose(",".join(request.headers.getlist("accept")))
        reply = await self._answering.answer(self._read(request, media))
        return Response(reply.body, _status(reply, media), _headers(reply, media))

    async def _read(self, request: Request, media: str | None) -> Asked:
        if request.method not in {"GET", "POST"}:
            raise Unidentified(Code.METHOD_NOT_ALLOWED, "Send the question by POST, as JSON.")
        if media is None:
            raise Unidentified(
                Code.ACCEPT_UNSUPPORTED, "Answers are `application/json`, or as `Accept` prefers, GraphQL's own."
            )
        peer = request.client.host if request.client else ""
        if request.method == "GET":
            return read_address(request.scope["query_string"], request.headers, peer)
        declared = request.headers.getlist("content-type")
        if len(declared) != 1 or not is_json(declared[0]):
            raise Unidentified(Code.MEDIA_TYPE_UNSUPPORTED, "Send `Content-Type: application/json`, in UTF-8.")
        return read_body(await self._body(request), request.headers, peer)

    async def _body(self, request: Request) -> bytes:
        received = bytearray()
        try:
            async with asyncio.timeout(_PATIENCE):
                async for chunk in request.stream():
                    received += chunk
                    if len(received) > self._body_limit:
                        raise Unidentified(Code.BODY_TOO_LARGE, f"The body is larger than {self._body_limit} bytes.")
        except (TimeoutError, ClientDisconnect):
            raise Unidentified(Code.BODY_MALFORMED, "The body did not arrive.") from None
        return bytes(received)


def _status(reply: Reply, media: str | None) -> int:
    """The status of an answer ("Status Codes").

    As `application/json` a well-formed request is answered with 200 even where its document, variables or arguments
    are refused: older clients take any other status for a proxy's. Whom we don't answer at all, or can't, is told so
    by the status all the same ("URL").
    """
    is_of_request = media == JSON and reply.code in Code.__members__ and Code[reply.code].is_of_request
    return HTTPStatus.OK if is_of_request else reply.status


def _headers(reply: Reply, media: str | None) -> dict[str, str]:
    headers = {
        "content-type": f"{media or JSON}; charset=utf-8",
        "cache-control": "no-store",
        "vary": "accept",
        "x-content-type-options": "nosniff",
    }
    if reply.code == Code.METHOD_NOT_ALLOWED.name:
        headers["allow"] = "GET, POST"
    elif reply.code == Code.GET_REFUSED.name:
        headers["allow"] = "POST"  # for this question (RFC 9110, 15.5.6)
    if reply.status == Code.TOKEN_MISSING.status:
        headers["www-authenticate"] = "Bearer"
    return headers
