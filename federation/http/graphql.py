"""`/graphql`: one question in, one answer out, as GraphQL over HTTP says (draft of May 2025; sections are named below).

POST asks anything. GET asks about the schema alone ("GET"; `federation/document/about_schema.py` says why), and the
pipeline keeps it so. Whatever a page of another site can send without asking first (a form, a picture, a text) is
refused before anybody is identified ("Security > Exercise caution"): a POST is declared as JSON, and a GET has its
purpose in a header.
"""

from __future__ import annotations

from typing import Any, Final

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.deadline import Deadlines
from federation.errors import Code, Unidentified
from federation.http.answering import Answering, Reply
from federation.http.envelope import read_address, read_body
from federation.http.media import JSON, choose, is_json
from federation.stages import Asked

PATH: Final = "/graphql"
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")
"""All reach the door, which refuses with a code."""
_PATIENCE: Final = 10.0  # seconds for a body to arrive
_OK: Final = 200


class Doors(Starlette):
    """An application whose questions go straight to their endpoint; all else takes the way of its routes."""

    def __init__(self, endpoint: ASGIApp, **options: Any) -> None:
        """`options` are those of Starlette, whose routes have the endpoint too."""
        super().__init__(**options)
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        is_question = scope["type"] == "http" and scope["path"] == PATH and scope["method"] in METHODS
        await (self._endpoint if is_question else super().__call__)(scope, receive, send)


class GraphQLEndpoint:
    """The door for questions, as an ASGI application."""

    def __init__(self, answering: Answering, *, body_limit: int) -> None:
        self._answering = answering
        self._body_limit = body_limit
        self._patience = Deadlines(_PATIENCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; every refusal as its documented code."""
        headers = Headers(scope=scope)
        media = choose(",".join(headers.getlist("accept")))
        reply = await self._answering.answer(self._read(scope, receive, headers, media))
        await send({"type": "http.response.start", "status": _status(reply, media), "headers": _headers(reply, media)})
        await send({"type": "http.response.body", "body": reply.body})

    async def _read(self, scope: Scope, receive: Receive, headers: Headers, media: str | None) -> Asked:
        method = scope["method"]
        if method not in {"GET", "POST"}:
            raise Unidentified(Code.METHOD_NOT_ALLOWED, "Send the question by POST, as JSON.")
        if media is None:
            raise Unidentified(
                Code.ACCEPT_UNSUPPORTED, "Answers are `application/json`, or as `Accept` prefers, GraphQL's own."
            )
        client = scope.get("client")
        peer = client[0] if client else ""
        if method == "GET":
            return read_address(scope["query_string"], headers, peer)
        declared = headers.getlist("content-type")
        if len(declared) != 1 or not is_json(declared[0]):
            raise Unidentified(Code.MEDIA_TYPE_UNSUPPORTED, "Send `Content-Type: application/json`, in UTF-8.")
        return read_body(await self._body(receive), headers, peer)

    async def _body(self, receive: Receive) -> bytes:
        received, is_whole = bytearray(), False
        try:
            with self._patience.begin():
                while not is_whole:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _missing()
                    received += message.get("body", b"")
                    if len(received) > self._body_limit:
                        raise Unidentified(Code.BODY_TOO_LARGE, f"The body is larger than {self._body_limit} bytes.")
                    is_whole = not message.get("more_body", False)
        except TimeoutError:
            raise _missing() from None
        return bytes(received)


def _missing() -> Unidentified:
    return Unidentified(Code.BODY_MALFORMED, "The body did not arrive.")


def _status(reply: Reply, media: str | None) -> int:
    """The status of an answer ("Status Codes").

    As `application/json` a well-formed request is answered with 200 even where its document, variables or arguments
    are refused: older clients take any other status for a proxy's. Whom we don't answer at all, or can't, is told so
    by the status all the same ("URL").
    """
    is_of_request = media == JSON and reply.code in Code.__members__ and Code[reply.code].is_of_request
    return _OK if is_of_request else reply.status


def _headers(reply: Reply, media: str | None) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"content-type", b"%b; charset=utf-8" % (media or JSON).encode("ascii")),
        (b"cache-control", b"no-store"),
        (b"vary", b"accept"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-length", b"%d" % len(reply.body)),
    ]
    if reply.status == _OK:
        return headers
    if reply.code == Code.METHOD_NOT_ALLOWED.name:
        headers.append((b"allow", b"GET, POST"))
    elif reply.code == Code.GET_REFUSED.name:
        headers.append((b"allow", b"POST"))  # for this question (RFC 9110, 15.5.6)
    if reply.status == Code.TOKEN_MISSING.status:
        headers.append((b"www-authenticate", b"Bearer"))
    return headers
