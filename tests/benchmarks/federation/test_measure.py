from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from benchmarks.federation import measure
from benchmarks.federation.contenders import Contender
from benchmarks.federation.measure import CONNECTIONS, Effort, Series, check, key, of_floor
from benchmarks.federation.wrk import Slice
from benchmarks.load import LoadError


def _series(*per_second: int) -> Series:
    return Series(tuple(Slice(each, 1.0, 1 / each, 2 / each) for each in per_second), 7.0)


def test_ratios_are_made_within_a_round() -> None:
    ratio = of_floor(_series(50, 20, 90), _series(100, 80, 100))
    assert (ratio.middle, ratio.least, ratio.most) == (0.5, 0.25, 0.9)


@pytest.fixture
def answers() -> Iterator[tuple[int, list[bytes]]]:
    """A server that gives the last of these answers."""
    bodies = [b'{"data":{"a":1,"b":2}}']

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(bodies[-1])))
            self.end_headers()
            self.wfile.write(bodies[-1])

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1], bodies
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    "wrong",
    [b'{"data":{"b":2,"a":1}}', b'{"data":{"a":1,"b":3}}', b'{"data":{"a":1,"b":2},"errors":[{"message":"x"}]}', b"{}"],
)
def test_a_wrong_answer_is_not_measured(answers: tuple[int, list[bytes]], wrong: bytes) -> None:
    port, bodies = answers
    one = Contender("one", 1, port, b'{"data": {"a": 1, "b": 2}}', "one 1")
    assert check(one, b"{}") == len(bodies[0])
    bodies.append(wrong)
    with pytest.raises(LoadError, match="one"):
        check(one, b"{}")


@pytest.mark.parametrize(("under_load", "shared"), [(1.0, False), (0.5, True)])
def test_requests_that_serve_several_askers_are_found_out(
    monkeypatch: pytest.MonkeyPatch, *, under_load: float, shared: bool
) -> None:
    requests = 0

    def ask(*_: object, connections: int, **__: object) -> Slice:
        nonlocal requests
        requests += int(700 * (1 if connections == CONNECTIONS[0] else under_load))
        return Slice(100, 1.0, 0.01, 0.02)

    monkeypatch.setattr(measure, "ask", ask)
    monkeypatch.setattr(measure, "check", lambda *_: 0)
    monkeypatch.setattr(measure, "counted", lambda _: requests)
    one = Contender("one", 1, 1, b"", "one 1")
    if shared:
        with pytest.raises(LoadError, match=r"7\.00 requests an answer, and 3\.50"):
            measure.measure([one], b"{}", 1, Effort(2, 1))
    else:
        assert measure.measure([one], b"{}", 1, Effort(2, 1))[16][key(one)].requests == 7.0
