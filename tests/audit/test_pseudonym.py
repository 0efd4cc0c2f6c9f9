from __future__ import annotations

import base64
import hashlib
import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import MalformedError
from audit.pseudonym import MIN_KEY, SubjectPseudonyms

KEY = bytes(range(32))


def test_the_construction() -> None:
    """As the docstring says it, with the standard library's own HMAC."""
    mac = hmac.digest(KEY, b"\0\0\0\x08Resident" + b"310101199001011234", hashlib.sha256)
    expected = base64.urlsafe_b64encode(mac[:16]).rstrip(b"=").decode()
    assert SubjectPseudonyms(KEY).of("Resident", ["310101199001011234"]) == [expected]


def test_order_and_repetition_are_kept() -> None:
    a, b = SubjectPseudonyms(KEY).of("Resident", ["a", "b"])
    assert SubjectPseudonyms(KEY).of("Resident", ["b", "a", "b"]) == [b, a, b]


@pytest.mark.parametrize(
    ("one", "other"), [(("Resident", "a"), ("Firm", "a")), (("ab", "c"), ("a", "bc")), (("a", ""), ("", "a"))]
)
def test_type_and_identifier_are_told_apart(one: tuple[str, str], other: tuple[str, str]) -> None:
    pseudonyms = SubjectPseudonyms(KEY)
    assert pseudonyms.of(one[0], [one[1]]) != pseudonyms.of(other[0], [other[1]])


def test_another_key_gives_others() -> None:
    assert SubjectPseudonyms(KEY).of("Resident", ["a"]) != SubjectPseudonyms(bytes(32)).of("Resident", ["a"])


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_a_pseudonym_is_22_characters_of_base64url(subject_type: str, identifier: str) -> None:
    (pseudonym,) = SubjectPseudonyms(KEY).of(subject_type, [identifier])
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", pseudonym)
    assert len(identifier) < 4 or identifier not in pseudonym


@pytest.mark.parametrize("size", [0, 16, MIN_KEY - 1])
def test_a_short_key_is_refused(size: int) -> None:
    with pytest.raises(MalformedError, match="32"):
        SubjectPseudonyms(bytes(size))


def test_what_is_forgotten_is_computed_again() -> None:
    pseudonyms = SubjectPseudonyms(KEY, cache_size=2)
    names = [str(number) for number in range(10)]
    assert pseudonyms.of("Resident", names) == pseudonyms.of("Resident", names)
    assert pseudonyms._one.cache_info().currsize == 2


def test_a_refused_identifier_stays_out_of_the_error() -> None:
    with pytest.raises(MalformedError) as caught:
        SubjectPseudonyms(KEY).of("Resident", ["310101\ud800"])
    assert "310101" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
