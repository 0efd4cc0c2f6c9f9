"""Pseudonyms between two exchanges, and whoever would open, make or tell apart one without being of the two."""

from __future__ import annotations

import datetime as dt
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given
from hypothesis import strategies as st

from masking import Pair, Pairwise, Setting

if TYPE_CHECKING:
    from vocabulary.values import Value

KEY = bytes(range(64))
PAIR = Pair(KEY, "resident")
NUMBER = "310115198001010014"
WRITTEN = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.datetimes(timezones=st.just(dt.UTC)),
    st.text(st.characters()),
)


def pseudonym(text: str, pair: Pair = PAIR) -> str:
    (sealed,) = pair.seal([text])
    assert isinstance(sealed, str)
    return sealed


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def by_hand(plain: bytes, *, key: bytes = KEY, label: bytes = b"resident") -> str:
    return encoded(AESSIV(key).encrypt(plain, [label]))


# ── what the two can do ───────────────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(WRITTEN | st.none()))
def test_the_other_exchange_opens_what_was_sealed(texts: list[Value]) -> None:
    sealed = PAIR.seal(texts)
    assert Pair(KEY, "resident").open(sealed) == texts
    assert len(set(sealed)) == len(set(texts))
    assert PAIR.seal([*texts, *texts]) == sealed * 2


@given(st.lists(VALUES))
def test_neither_way_raises_and_what_is_no_text_is_null(column: list[Value]) -> None:
    for turn in (PAIR.seal, PAIR.open):
        kept = list(column)
        turned = turn(column)
        assert turned is not column
        assert len(turned) == len(column)
        assert all(a is b for a, b in zip(column, kept, strict=True))
        for cell, shown in zip(column, turned, strict=True):
            assert type(cell) is str or shown is None
    assert PAIR.open(column) == [None] * len(column)


def test_a_lone_surrogate_is_null() -> None:
    assert PAIR.seal(["\ud800", "a\udfff", NUMBER]) == [None, None, pseudonym(NUMBER)]
    assert PAIR.open(["\ud800", pseudonym(NUMBER) + "\udfff"]) == [None, None]


def test_the_mask_seals_for_the_pair_whoever_the_recipient_and_whatever_the_domain() -> None:
    """The same person joins whichever field named them."""
    for setting in (Setting("hangzhou", "Resident.identityNo", KEY), Setting("city", "Visit.resident", KEY)):
        assert Pairwise("resident").compile(setting)([NUMBER, None, 5]) == [pseudonym(NUMBER), None, None]


def test_threads_may_share_one() -> None:
    column: list[Value] = [f"{NUMBER}{at}" for at in range(200)]
    with ThreadPoolExecutor(4) as pool:
        assert len({tuple(sealed) for sealed in pool.map(PAIR.seal, [column] * 16)}) == 1


# ── the form ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_construction_does_not_move() -> None:
    # Frozen: a change would silently part both exchanges from every pseudonym that either has stored.
    assert PAIR.seal([NUMBER, ""]) == [
        "nKBgcD3c9Lfuk3VVUby9aZjZDZ-LHdL1eVSbhL7tevQUSH_cyk8DVS4keDeUCDZ34g4tZsCmuPli89RY0HdxvrGu0LDW5YsvB8kVEUq8K2M",
        "j_fevIyYfMfA6u1eodYCQeTAbKIsO1Yh-Y2hezy-eaphCgcCpZskNkTq8FiMu1x62yh2fmQrVhv3zE0BsKYLAMcYPxJ4qrUt3RlqazSR0P4",
    ]
    assert pseudonym(NUMBER) == by_hand(NUMBER.encode() + bytes([46]) * 46)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60).filter(lambda text: len(text.encode()) < 64))
def test_length_and_shape_tell_nothing_of_what_fits_a_block(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{107}", pseudonym(text))


def test_a_longer_text_tells_in_blocks_of_64_bytes() -> None:
    assert [len(urlsafe_b64decode(pseudonym("a" * size) + "==")) for size in (63, 64, 127, 128)] == [80, 144, 144, 208]


@pytest.mark.parametrize("text", ["a\x00", "a", "\x01", "À", "a" * 63, "a" * 64, " ", "  "])
def test_a_texts_end_is_its_own(text: str) -> None:
    assert PAIR.open(PAIR.seal([text])) == [text]


# ── everybody else ────────────────────────────────────────────────────────────────────────────────────────────────────


@given(WRITTEN, st.binary(min_size=64, max_size=64), st.sampled_from(["resident", "firm", "residen", "resident2", ""]))
def test_another_key_or_label_never_opens_and_never_agrees(text: str, key: bytes, label: str) -> None:
    if (key, label) == (KEY, "resident"):
        return
    other = Pair(key, label)
    assert other.open([pseudonym(text)]) == [None]
    assert other.seal([text]) != [pseudonym(text)]


def test_the_two_halves_of_a_key_are_not_one() -> None:
    assert Pair(KEY[32:] + KEY[:32], "resident").open([pseudonym(NUMBER)]) == [None]


@pytest.mark.parametrize("size", [0, 16, 31, 32, 48, 63, 65, 128])
def test_with_a_key_of_another_length_every_cell_is_null(size: int) -> None:
    """AES-SIV takes 32 and 48 bytes too; a mask's own key must not pass for a pair's."""
    pair = Pair(bytes(size), "resident")
    assert pair.seal([NUMBER, "", None]) == [None] * 3
    assert pair.open([pseudonym(NUMBER), by_hand(bytes([64]) * 64, key=bytes(size)) if size in {32, 48} else ""]) == [
        None,
        None,
    ]


@given(st.integers(0, 79), st.integers(1, 255))
def test_a_changed_byte_opens_nothing(at: int, by: int) -> None:
    data = bytearray(urlsafe_b64decode(pseudonym(NUMBER) + "="))
    data[at] ^= by
    assert PAIR.open([encoded(bytes(data))]) == [None]


def test_a_pseudonym_has_one_spelling() -> None:
    """Else somebody counted by pseudonym would be two, and a set of those already seen would let one in again."""
    right = pseudonym(NUMBER)
    last = next(one for one in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" if _same(right, one))
    wrong: list[Value] = [
        right + "=",
        right + "==",
        right[:-1] + last,
        right[:50] + "\n" + right[50:],
        right + "*",
        " " + right,
        right.replace("-", "+").replace("_", "/") + "+",
        right[:-1],
        right + "A",
        right + right,
        right.lower(),
        right + "\u0661",
    ]
    assert PAIR.open([*wrong, right]) == [None] * len(wrong) + [NUMBER]


def _same(right: str, last: str) -> bool:
    """Whether another last character decodes to the same bytes."""
    other = right[:-1] + last
    return other != right and urlsafe_b64decode(other + "=") == urlsafe_b64decode(right + "=")


@pytest.mark.parametrize("plain", [b"\x00", b"\x00" * 64, b"a" * 64, b"\xff" * 18 + bytes([46]) * 46, NUMBER.encode()])
def test_what_a_partner_sealed_otherwise_is_null(plain: bytes) -> None:
    """The other exchange has the key, and no say in how we read."""
    assert PAIR.open([by_hand(plain)]) == [None]


def test_nothing_of_key_or_text_is_in_what_is_printed() -> None:
    pair = Pair(b"secret" * 10 + b"!!!!", "resident")
    pair.seal([NUMBER])
    assert not re.search(f"secret|{NUMBER}", repr(pair) + repr(pair.seal) + str(Pairwise("resident")))
