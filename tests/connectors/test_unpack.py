from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.unpack import CODINGS, Body, SpoiltError, TooLargeError

PACK: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress, "identity": bytes}


def read(packed: bytes, coding: str, most: int, step: int = 7) -> bytes:
    body = Body(coding, most)
    for start in range(0, len(packed), step):
        body.add(packed[start : start + step])
    return body.whole()


@given(data=st.binary(max_size=300), coding=st.sampled_from(sorted(PACK)), step=st.integers(1, 50))
def test_what_was_packed_is_had_back_in_whatever_pieces_it_comes(data: bytes, coding: str, step: int) -> None:
    assert read(PACK[coding](data), coding, 1000, step) == data


@pytest.mark.parametrize("coding", sorted(PACK))
def test_the_bound_is_of_what_it_unfolds_to(coding: str) -> None:
    data = bytes(range(100)) * 2
    assert read(PACK[coding](data), coding, 200) == data
    with pytest.raises(TooLargeError):
        read(PACK[coding](data), coding, 199)


@pytest.mark.parametrize("coding", CODINGS)
def test_a_bomb_is_never_unfolded_beyond_the_bound(coding: str) -> None:
    bomb = PACK[coding](bytes(50_000_000))
    body = Body(coding, 1000)
    with pytest.raises(TooLargeError):
        body.add(bomb)
    assert len(body._whole) == 0


def test_what_unfolds_to_nothing_is_bounded_too() -> None:
    packer = zlib.compressobj(wbits=31)
    body = Body("gzip", 1000)
    body.add(packer.compress(b""))
    empty = packer.flush(zlib.Z_FULL_FLUSH)[-5:]  # a block of no bytes
    for _ in range(150):
        body.add(empty)
    with pytest.raises(TooLargeError):
        body.add(empty * 50)


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize(("kept", "added"), [(-1, b""), (None, b"x"), (0, b""), (0, b"no such thing")])
def test_what_is_not_packed_as_it_says_is_spoilt(coding: str, kept: int | None, added: bytes) -> None:
    packed = PACK[coding](b"data")[:kept] + added
    with pytest.raises(SpoiltError):
        read(packed, coding, 1000)


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "x-secret", ""])
def test_a_coding_that_nobody_asked_for_is_spoilt(coding: str) -> None:
    with pytest.raises(SpoiltError):
        Body(coding, 1000)
