"""The server process: uvicorn around the application, with our log and nothing of its own."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from federation.app import create_app
from federation.built import Exchange
from federation.rules import StartError


class ServeError(Exception):
    """The address can't be listened on, or the application did not start; the text says what to do."""


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens there, before anything is started that would have to be stopped again.

    Raises:
        ServeError: another process has the port, or the address is none of this machine's.
    """
    try:
        ((family, kind, protocol, _, address), *_) = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        one = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise ServeError(f"{host} is no address to listen on ({error})") from None
    with one:
        try:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(address)
            one.listen(2048)
        except OSError as error:
            raise ServeError(f"can't listen on {host}:{port} ({error.strerror}): choose another with --port") from None
        yield one


class _Started:
    """The application; what keeps it from starting is told as a sentence instead of written as a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.problem: StartError | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return

        async def quietly(message: Message) -> None:
            await send({**message, "message": ""} if message["type"].endswith(".failed") else message)

        try:
            await self._app(scope, receive, quietly)
        except StartError as error:
            self.problem = error


def serve(exchange: Exchange, at: socket.socket) -> None:
    """Serve until told to stop (SIGINT, SIGTERM); what is pending is put on record before it ends.

    Raises:
        StartError: a source is not as it is declared.
        ServeError: the application did not start for another reason; the log says which.
    """
    app = _Started(create_app(exchange))
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # a forwarded address would let a client pose as a trusted proxy
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=65_536,
    )
    server = uvicorn.Server(config)
    try:
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises SIGINT again once it has stopped
            server.run(sockets=[at])
    except SystemExit:  # of uvicorn where it did not start; where it did, of a handler of SIGTERM
        if server.started:
            raise
    if app.problem is not None:
        raise app.problem
    if not server.started:
        raise ServeError("the exchange did not start; the lines above say why")
