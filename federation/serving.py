"""The server process: uvicorn around the application, with our log and nothing of its own."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import uvicorn

from federation.app import Exchange, create_app


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


def serve(exchange: Exchange, at: socket.socket) -> None:
    """Serve until told to stop (SIGINT, SIGTERM); what is pending is put on record before it ends.

    Raises:
        ServeError: the application did not start; the log says why.
    """
    config = uvicorn.Config(
        create_app(exchange),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=65_536,
    )
    server = uvicorn.Server(config)
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises SIGINT again once it has stopped
        server.run(sockets=[at])
    if not server.started:
        raise ServeError("the exchange did not start; the lines above say why")
