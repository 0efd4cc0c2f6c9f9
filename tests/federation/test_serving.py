from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from federation.built import Exchange
from federation.rules import StartError
from federation.serving import ServeError, listening, serve
from tests.support.city import City


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


def test_what_keeps_it_from_starting_is_raised_not_written(
    make_city: Callable[..., City], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city()

    async def unlike(_exchange: Exchange) -> list[str]:
        raise StartError("exchange.yaml: not as declared")

    monkeypatch.setattr("federation.app.check_sources", unlike)
    with listening("127.0.0.1", 0) as at, pytest.raises(StartError, match="not as declared"):
        serve(city.exchange, at)
    assert "Traceback" not in caplog.text


def test_another_failure_to_start_is_no_success(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city()

    async def crash(_exchange: Exchange) -> list[str]:
        raise ZeroDivisionError

    monkeypatch.setattr("federation.app.check_sources", crash)
    with listening("127.0.0.1", 0) as at, pytest.raises(ServeError, match="did not start"):
        serve(city.exchange, at)
