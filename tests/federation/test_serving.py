from __future__ import annotations

import socket

import pytest

from federation.serving import ServeError, listening


def test_it_listens_until_it_is_left() -> None:
    with listening("127.0.0.1", 0) as at:
        address = at.getsockname()
        socket.create_connection(address, timeout=5).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5)


def test_a_port_in_use_is_said_with_what_to_do() -> None:
    with listening("127.0.0.1", 0) as at:
        port = at.getsockname()[1]
        with pytest.raises(ServeError, match=rf"127\.0\.0\.1:{port} .*--port"), listening("127.0.0.1", port):
            pass


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid", "a" * 70, ""])
def test_an_address_that_is_none_of_ours(host: str) -> None:
    with pytest.raises(ServeError), listening(host or "\0", 0):
        pass
