from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from federation.identity.okp import public_jwk


def test_a_key_is_written_and_named_as_the_standard_has_it() -> None:
    """RFC 8037, appendices A.2 and A.3."""
    raw = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert public_jwk("Ed25519", raw) == {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    }


@given(st.sampled_from(["Ed25519", "X25519"]), st.binary(min_size=32, max_size=32))
def test_two_keys_have_two_names(crv: str, raw: bytes) -> None:
    named = public_jwk(crv, raw)["kid"]
    assert named != public_jwk(crv, raw[::-1] + b"\0")["kid"]
    assert named != public_jwk(crv[::-1], raw)["kid"]
