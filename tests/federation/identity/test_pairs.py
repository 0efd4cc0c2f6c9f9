"""The secret of a pair, and the ways to share one with somebody else."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from federation.identity import ExchangeKeys
from federation.identity.key_source import NotAKeySetError, read_keys
from federation.identity.okp import public_jwk
from federation.identity.pairs import NotAPairError, pair_jwk, pair_secret, read_pair_key

# RFC 7748, section 6.1.
ALICE = X25519PrivateKey.from_private_bytes(
    bytes.fromhex("77076d0a7318a57d3c16c17251b26645e80b5f9fd9ae8ed4f0d4a3e7d7e7a6c9")
)
BOB = X25519PrivateKey.from_private_bytes(
    bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
)
PRIME = 2**255 - 19
LOW_ORDER = (
    0,
    1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
    PRIME - 1,
    PRIME,
    PRIME + 1,
)
KEY = pair_jwk(ALICE.public_key())


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def as_key(raw: bytes) -> dict[str, str]:
    return {**public_jwk("X25519", raw), "use": "enc"}


def published(keys: ExchangeKeys) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(keys.published)
    return found


def pair_key(keys: ExchangeKeys) -> X25519PublicKey:
    key = read_pair_key(published(keys))
    assert key is not None
    return key


# ── the secret ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_both_sides_derive_the_same_64_bytes(tmp_path: Path) -> None:
    city, hangzhou = ExchangeKeys(tmp_path / "city"), ExchangeKeys(tmp_path / "hangzhou")
    secret = city.pair_secret("city", "hangzhou", pair_key(hangzhou))
    assert secret == hangzhou.pair_secret("hangzhou", "city", pair_key(city))
    assert len(secret) == 64
    assert secret == ExchangeKeys(tmp_path / "city").pair_secret("city", "hangzhou", pair_key(hangzhou))


def test_the_construction_does_not_move() -> None:
    """Frozen: a change would silently part every pair from all pseudonyms that were stored."""
    assert pair_secret("city", "hangzhou", ALICE, BOB.public_key()).hex() == (
        "08372a3b53397d680cb613f488fd86e55cb4bf9592a91fc83683923279c40388"
        "062ff799ddfac6d9b5276b1e800cc3a4dcd2d9347f235bf60a3b830a86b25c20"
    )


@given(st.tuples(*[st.text(st.characters(exclude_categories=["Cs"]), max_size=6)] * 2))
def test_names_and_keys_of_both_are_bound_into_it(names: tuple[str, str]) -> None:
    own, other = names
    if own == other:
        return
    secret = pair_secret(own, other, ALICE, BOB.public_key())
    assert secret == pair_secret(other, own, BOB, ALICE.public_key())
    others = {
        pair_secret(other, own, ALICE, BOB.public_key()),  # the keys have changed places
        pair_secret(own + other + "x", other, ALICE, BOB.public_key()),
        pair_secret(own, own + other + "x", ALICE, BOB.public_key()),
        pair_secret(own, other, X25519PrivateKey.generate(), BOB.public_key()),
    }
    assert secret not in others


def test_names_do_not_run_together() -> None:
    assert pair_secret("ab", "c", ALICE, BOB.public_key()) != pair_secret("a", "bc", ALICE, BOB.public_key())


def test_a_third_exchange_has_another_secret_with_each(tmp_path: Path) -> None:
    names = ("city", "hangzhou", "pudong")
    keys = {name: ExchangeKeys(tmp_path / name) for name in names}
    secrets = {keys[a].pair_secret(a, b, pair_key(keys[b])) for a in names for b in names if a != b}
    assert len(secrets) == 3


def test_whoever_shows_the_key_of_another_does_not_come_into_its_pair(tmp_path: Path) -> None:
    """A key set may be copied; the name that it was given under is bound."""
    city, hangzhou = ExchangeKeys(tmp_path / "city"), ExchangeKeys(tmp_path / "hangzhou")
    theirs = pair_key(hangzhou)
    assert city.pair_secret("city", "eve", theirs) != city.pair_secret("city", "hangzhou", theirs)


def test_an_exchange_is_no_pair_with_itself(tmp_path: Path) -> None:
    city = ExchangeKeys(tmp_path / "city")
    for other, key in (("city", BOB.public_key()), ("mirror", pair_key(city))):
        with pytest.raises(NotAPairError, match="one exchange"):
            city.pair_secret("city", other, key)


@pytest.mark.parametrize("number", LOW_ORDER)
def test_a_point_of_low_order_gives_no_secret(number: int) -> None:
    key = X25519PublicKey.from_public_bytes(number.to_bytes(32, "little"))
    with pytest.raises(NotAPairError, match="pair key of hangzhou is of low order") as caught:
        pair_secret("city", "hangzhou", ALICE, key)
    assert caught.value.__suppress_context__


def test_a_changed_pair_key_changes_every_secret(tmp_path: Path) -> None:
    city, hangzhou = ExchangeKeys(tmp_path / "city"), ExchangeKeys(tmp_path / "hangzhou")
    before = city.pair_secret("city", "hangzhou", pair_key(hangzhou))
    (tmp_path / "city" / "exchange-pair.pem").unlink()
    anew = ExchangeKeys(tmp_path / "city")
    assert anew.pair_secret("city", "hangzhou", pair_key(hangzhou)) != before
    assert hangzhou.pair_secret("hangzhou", "city", pair_key(anew)) != before


# ── the published key ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_is_found_among_the_keys_that_sign_and_checks_no_token(tmp_path: Path) -> None:
    keys = published(ExchangeKeys(tmp_path))
    assert [set(one) for one in keys["keys"]] == [{"kty", "crv", "x", "kid", "use", "alg"}] * 2 + [
        {"kty", "crv", "x", "kid", "use"}
    ]
    key = read_pair_key(keys)
    assert key is not None
    assert pair_jwk(key) == keys["keys"][-1]
    assert list(read_keys(keys)) == [one["kid"] for one in keys["keys"][:2]]
    assert read_keys({"keys": keys["keys"][2:]}) == {}


def test_a_pair_key_that_says_it_signs_checks_no_token_either() -> None:
    for says in ({"use": "sig"}, {"use": "sig", "alg": "EdDSA"}, {}):
        other = {name: value for name, value in KEY.items() if name != "use"} | says
        assert read_keys({"keys": [other]}) == {}
        assert read_pair_key({"keys": [other]}) is None


def test_an_exchange_of_before_publishes_none() -> None:
    assert read_pair_key({"keys": []}) is None
    assert read_pair_key({"keys": [public_jwk("Ed25519", bytes(32)) | {"use": "sig"}, None, 5, [], "x"]}) is None


@pytest.mark.parametrize("key_set", [None, [], "x", {}, {"keys": None}, {"keys": {}}])
def test_what_is_no_key_set_is_refused(key_set: object) -> None:
    with pytest.raises(NotAKeySetError, match="keys"):
        read_pair_key(key_set)


@pytest.mark.parametrize(
    "other",
    [
        {"kty": "EC"},
        {"kty": None},
        {"kid": "mine"},
        {"kid": None},
        {"x": None},
        {"x": 5},
        {"x": ""},
        {"x": "é"},
        {"x": "\ud800"},
        {"x": KEY["x"] + "="},
        {"x": KEY["x"][:-1]},
        {"x": KEY["x"] + "\n"},
        {"x": "*" + KEY["x"]},
        {"x": encoded(bytes(31)), "kid": public_jwk("X25519", bytes(31))["kid"]},
        {"x": encoded(bytes(33)), "kid": public_jwk("X25519", bytes(33))["kid"]},
        {"d": encoded(bytes(32))},
    ],
    ids=str,
)
def test_a_pair_key_that_is_not_as_it_is_written_is_refused(other: dict[str, object]) -> None:
    with pytest.raises(NotAKeySetError, match="X25519 key") as caught:
        read_pair_key({"keys": [{**KEY, **other}]})
    assert KEY["x"] not in str(caught.value)


@pytest.mark.parametrize("number", LOW_ORDER)
def test_points_of_low_order_are_refused(number: int) -> None:
    with pytest.raises(NotAKeySetError, match="X25519 key"):
        read_pair_key({"keys": [as_key(number.to_bytes(32, "little"))]})


def test_a_second_name_of_the_same_key_is_refused() -> None:
    """RFC 7748 takes them; two sides would bind different bytes."""
    nine = (9).to_bytes(32, "little")
    assert read_pair_key({"keys": [as_key(nine)]}) is not None
    for number in (PRIME + 9, 9 + 2**255):
        with pytest.raises(NotAKeySetError):
            read_pair_key({"keys": [as_key(number.to_bytes(32, "little"))]})


def test_of_two_pair_keys_none_is_chosen() -> None:
    with pytest.raises(NotAKeySetError, match="more than one"):
        read_pair_key({"keys": [KEY, pair_jwk(BOB.public_key())]})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from(["kty", "crv", "x", "kid", "use", "d"]), st.sampled_from(list(KEY.values())) | JSON)
)
def test_whatever_is_listed_is_read_refused_or_passed_over(one: dict[str, object]) -> None:
    try:
        key = read_pair_key({"keys": [one]})
    except NotAKeySetError:
        return
    assert key is None or pair_jwk(key).items() <= one.items()
