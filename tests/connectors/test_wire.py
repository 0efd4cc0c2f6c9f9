"""One connection, told whatever bytes: it ends in one answer that is whole, or in none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.unpack import Body, SpoiltError, TooLargeError
from connectors.wire import MOST_FRAMING, BrokenError, Take, Told, Wire

OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[1]"
CHUNKED: Final = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n1\r\n]\r\n0\r\n\r\n"
CLOSED: Final = b"HTTP/1.1 200 OK\r\nX: a\r\n\r\n[1]"
EARLY: Final = b"HTTP/1.1 103 Early Hints\r\nContent-Type: text/html\r\n\r\n"


class Line(asyncio.Transport):
    """What a wire writes to; and what is told it, after each request that it writes."""

    def __init__(self, wire: Wire, says: Sequence[bytes], *, is_ended: bool) -> None:
        super().__init__()
        self.wire, self.says, self.is_ended = wire, says, is_ended
        self.is_closed = False
        self.written = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)
        asyncio.get_running_loop().call_soon(self._say)

    def _say(self) -> None:
        for piece in self.says:
            if self.is_closed:
                return
            self.wire.data_received(piece)
        if self.is_ended and not self.is_closed:
            self.wire.eof_received()
            self.close()

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            asyncio.get_running_loop().call_soon(self.wire.connection_lost, None)

    abort = close

    def is_closing(self) -> bool:
        return self.is_closed


def all_of_it(_status: int, _headers: Mapping[bytes, bytes]) -> Body:
    return Body("identity", 1_000_000)


def heard(
    *says: bytes, take: Take = all_of_it, is_ended: bool = True, then: Callable[[Wire], None] = lambda _: None
) -> Told:
    async def journey() -> Told:
        wire = Wire(lambda _: None)
        wire.connection_made(Line(wire, says, is_ended=is_ended))
        try:
            return await wire.ask(b"GET / HTTP/1.1\r\n\r\n", take)
        finally:
            then(wire)

    return asyncio.run(journey())


def body_of(told: Told) -> bytes | None:
    return None if told.body is None else told.body.whole()


@pytest.mark.parametrize(("answer", "may_follow"), [(OK, True), (CHUNKED, True), (CLOSED, False), (EARLY + OK, True)])
def test_an_answer_however_its_body_is_framed(answer: bytes, may_follow: bool) -> None:
    kept: list[bool] = []
    told = heard(answer, is_ended=answer is CLOSED, then=lambda wire: kept.append(wire.is_open))
    assert (told.status, body_of(told), kept) == (200, b"[1]", [may_follow])
    assert b"content-type" not in told.headers


@pytest.mark.parametrize("answer", [OK, CHUNKED, CLOSED, EARLY + OK])
def test_it_does_not_matter_in_which_pieces_it_comes(answer: bytes) -> None:
    assert body_of(heard(*(bytes((one,)) for one in answer))) == b"[1]"


@pytest.mark.parametrize("answer", [OK, CHUNKED, EARLY + OK])
def test_what_breaks_off_is_no_answer(answer: bytes) -> None:
    for end in range(len(answer)):
        with pytest.raises(BrokenError):
            heard(answer[:end])


@pytest.mark.parametrize(
    "more",
    [
        b"Content-Length: 4\r\n",  # which of them? (RFC 9112, section 6.3)
        b"Transfer-Encoding: chunked\r\n",  # smuggles (section 11.2)
        b"Content-Length : 3\r\n",
        b"X: a\nY: b\r\n",
        b"X: \x00\r\n",
        b" folded\r\n",
    ],
)
def test_a_head_that_can_be_read_in_two_ways_is_none(more: bytes) -> None:
    with pytest.raises(BrokenError):
        heard(OK.replace(b"\r\n\r\n", b"\r\n" + more + b"\r\n", 1))


def test_what_stands_behind_an_answer_is_not_taken_for_the_next_one() -> None:
    kept: list[bool] = []
    told = heard(OK + OK, is_ended=False, then=lambda wire: kept.append(wire.is_open))
    assert (body_of(told), kept) == (b"[1]", [False])


def test_what_comes_unasked_ends_the_connection() -> None:
    async def journey() -> None:
        wire = Wire(lambda _: None)
        line = Line(wire, [OK], is_ended=False)
        wire.connection_made(line)
        wire.data_received(OK)
        assert (line.is_closed, wire.is_open) == (True, False)
        with pytest.raises(BrokenError):
            await wire.ask(b"", all_of_it)
        assert not line.written

    asyncio.run(journey())


def test_one_connection_is_asked_again_and_again() -> None:
    async def journey() -> None:
        wire = Wire(lambda _: None)
        wire.connection_made(Line(wire, [EARLY, CHUNKED], is_ended=False))
        for _ in range(3):
            assert body_of(await wire.ask(b"", all_of_it)) == b"[1]"
            assert wire.is_open

    asyncio.run(journey())


@pytest.mark.parametrize(
    "says",
    [
        [b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * MOST_FRAMING],
        [b"HTTP/1.1 200 OK\r\nX: ", *[b"a" * 1_000] * 100],
        [EARLY] * 2_000,
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", *[b"a" * 1_000] * 100],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", *[b"a" * 1_000] * 100],
    ],
    ids=["lines", "line", "hints", "extension", "trailer"],
)
def test_what_frames_an_answer_is_bounded(says: list[bytes]) -> None:
    said: list[bool] = []
    with pytest.raises(BrokenError):
        heard(*says, is_ended=False, then=lambda wire: said.append(wire.is_open))
    assert said == [False]


def test_what_the_body_raises_is_the_outcome_and_ends_the_connection() -> None:
    kept: list[bool] = []
    with pytest.raises(TooLargeError):
        heard(OK, take=lambda *_: Body("identity", 2), is_ended=False, then=lambda wire: kept.append(wire.is_open))
    with pytest.raises(SpoiltError):
        heard(OK, take=lambda *_: Body("br", 9), is_ended=False, then=lambda wire: kept.append(wire.is_open))
    assert kept == [False, False]


def test_a_body_that_nobody_wants_is_not_waited_for() -> None:
    told = heard(b"HTTP/1.1 503 No\r\nContent-Length: 1000000\r\n\r\n", take=lambda *_: None, is_ended=False)
    assert (told.status, body_of(told)) == (503, None)


def test_whoever_leaves_ends_the_connection() -> None:
    async def journey() -> None:
        lost = list[Wire]()
        wire = Wire(lost.append)
        wire.connection_made(Line(wire, [], is_ended=False))
        asking = asyncio.create_task(wire.ask(b"", all_of_it))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
        await asyncio.sleep(0)
        assert (asking.cancelled(), wire.is_open, lost) == (True, False, [wire])

    asyncio.run(journey())


PIECES: Final = st.sampled_from(
    [
        *(
            OK,
            CHUNKED,
            CLOSED,
            EARLY,
            b"HTTP/1.1 ",
            b"200 OK\r\n",
            b"\r\n",
            b"\r\n\r\n",
            b"Content-Length: 3\r\n",
            b"[1]",
        ),
        *(
            b"Transfer-Encoding: chunked\r\n",
            b"Connection: close\r\n",
            b"0\r\n\r\n",
            b"3\r\n",
            b"101 Switching\r\n",
            b"\x00",
        ),
    ]
)


@given(st.lists(PIECES | st.binary(max_size=8), max_size=8).map(b"".join), st.lists(st.integers(0, 200), max_size=5))
def test_whatever_is_said_is_one_answer_or_none_however_it_is_cut(said: bytes, cuts: list[int]) -> None:
    def outcome(pieces: Sequence[bytes]) -> object:
        try:
            told = heard(*pieces)
        except BrokenError:
            return None
        return told.status, told.headers, body_of(told)

    places = sorted({0, *(min(cut, len(said)) for cut in cuts), len(said)})
    whole = outcome([said])
    assert outcome([said[a:b] for a, b in pairwise(places)]) == whole
    assert whole is None or b"200" in said
