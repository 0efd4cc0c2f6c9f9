from __future__ import annotations

import contextlib
import hmac

import pytest
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from hypothesis import given
from hypothesis import strategies as st

from federation.identity.key_hash import KeyHash, NotAHashError

LINE = "scrypt$ln=14,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$"
WHOLE = LINE + "A" * 43


def test_a_hash_is_read_from_the_line_that_it_was_written_as() -> None:
    made = KeyHash.of("a secret")
    read = KeyHash.parse(str(made))
    assert read == made
    assert read.fits("a secret")
    assert not read.fits("another")


def test_the_same_secret_has_another_line_each_time() -> None:
    assert str(KeyHash.of("a secret")) != str(KeyHash.of("a secret"))


def test_what_is_stored_is_scrypt_with_the_parameters_that_the_line_names() -> None:
    made = KeyHash.of("密钥")
    assert made.hash == Scrypt(salt=made.salt, length=32, n=2**14, r=8, p=1).derive("密钥".encode())
    assert (len(made.salt), len(made.hash)) == (16, 32)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a secret",
        LINE,
        WHOLE[:-1],
        WHOLE + "A",
        WHOLE + "=",
        WHOLE + "\n",
        " " + WHOLE,
        WHOLE[:-1] + "B",  # bits that no byte has
        WHOLE.replace("ln=14", "ln=4"),
        WHOLE.replace("r=8", "r=1"),
        WHOLE.replace("scrypt", "plain"),
        WHOLE.replace("AAECAwQFBgcICQoLDA0ODw", ""),
        WHOLE.replace("AAECAwQFBgcICQoLDA0ODw", "AAEC"),
        WHOLE + "$" + WHOLE,
    ],
)
def test_any_other_line_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(NotAHashError) as caught:
        KeyHash.parse(text)
    assert "AAEC" not in str(caught.value)


def test_the_line_that_the_others_differ_from_is_one() -> None:
    assert str(KeyHash.parse(WHOLE)) == WHOLE


@given(st.text(max_size=120))
def test_any_text_is_a_hash_or_refused(text: str) -> None:
    with contextlib.suppress(NotAHashError):
        assert str(KeyHash.parse(text)) == text


def test_no_text_shows_a_hash() -> None:
    assert repr(KeyHash.parse(WHOLE)) == "KeyHash()"


def test_hashes_are_compared_in_a_time_that_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def seen(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", seen)
    made = KeyHash.of("a secret")
    assert not made.fits("another")
    assert [there for _, there in compared] == [made.hash]
