from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm

from federation.errors import Code
from federation.identity import KeyAbsent, LocalKeys
from federation.identity.key_source import NotAKeySetError, read_keys
from federation.keys import KeyFileError
from tests.federation.identity.making import Signer, run

FIRST = Signer("first")


def test_a_key_is_found_by_its_id_and_is_the_same_each_time() -> None:
    keys = LocalKeys({"keys": [FIRST.jwk]})
    assert keys.key("first") is keys.key("first")
    assert keys.key("first").key == FIRST.key.public_key()


def test_an_unknown_id_is_absent_and_stays_so() -> None:
    keys = LocalKeys({"keys": [FIRST.jwk]})
    for _ in range(2):
        with pytest.raises(KeyAbsent) as absent:
            keys.key("second")
        assert absent.value.code is Code.TOKEN_INVALID
        run(keys.renew())
        run(keys.look_after())


@pytest.mark.parametrize(
    "other",
    [
        {"kid": None},
        {"kid": 5},
        {"use": "enc"},
        {"use": None},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"alg": "HS256"},
        {"alg": ["EdDSA"]},
        {"kty": ["OKP"]},
        {"crv": "X25519"},
        {"x": "short"},
    ],
    ids=str,
)
def test_a_key_that_can_check_no_token_is_left_out(other: dict[str, Any]) -> None:
    assert read_keys({"keys": [{**FIRST.jwk, **other}]}) == {}
    assert list(read_keys({"keys": [{**FIRST.jwk, **other}, Signer("second").jwk]})) == ["second"]
    with pytest.raises(KeyFileError, match="key set"):
        LocalKeys({"keys": [{**FIRST.jwk, **other}]})


def test_a_key_of_another_curve_is_left_out() -> None:
    key = ec.generate_private_key(ec.SECP384R1()).public_key()
    assert read_keys({"keys": [{**json.loads(ECAlgorithm.to_jwk(key)), "kid": "long"}]}) == {}


def test_of_several_keys_with_one_id_the_first_counts() -> None:
    keys = read_keys({"keys": [FIRST.jwk, Signer("first").jwk]})
    assert keys["first"].key == FIRST.key.public_key()


@pytest.mark.parametrize("key_set", [None, [], "x", {}, {"keys": None}, {"keys": {}}, {"keys": [FIRST.jwk] * 101}])
def test_what_is_no_key_set_is_refused(key_set: object) -> None:
    with pytest.raises(NotAKeySetError):
        read_keys(key_set)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
WORDS = st.sampled_from(["kty", "kid", "use", "alg", "crv", "x", "y", "n", "e", "k", "d"])


@given(
    st.lists(st.dictionaries(WORDS, st.sampled_from(["OKP", "EC", "RSA", "oct", "Ed25519", "P-256", "AAAA"]) | JSON))
)
def test_whatever_a_provider_lists_is_read_without_an_error(keys: list[dict[str, object]]) -> None:
    assert all(isinstance(kid, str) for kid in read_keys({"keys": keys}))
