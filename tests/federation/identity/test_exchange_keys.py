from __future__ import annotations

import json
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.identity import ExchangeKeys, LocalKeys
from federation.identity.exchange_keys import _public
from federation.identity.key_source import KeyAbsent
from federation.keys import KeyFileError


def kids(keys: ExchangeKeys) -> list[str]:
    """Of those that sign."""
    return [one["kid"] for one in json.loads(keys.published)["keys"] if one["use"] == "sig"]


def signs(keys: ExchangeKeys) -> str:
    return str(jwt.get_unverified_header(keys.sign({}, kind="t"))["kid"])


def checks(published: ExchangeKeys, token: str) -> bool:
    try:
        key = LocalKeys(json.loads(published.published)).key(jwt.get_unverified_header(token)["kid"])
    except KeyAbsent:
        return False
    return jwt.decode(token, key=key, algorithms=["EdDSA"]) == {"a": 1}


def rotate(keys: Path) -> None:
    """As docs/operator.md says."""
    (keys / "exchange.pem").rename(keys / "exchange-last.pem")
    (keys / "exchange-next.pem").rename(keys / "exchange.pem")


def test_they_are_made_once_for_their_owner_alone(tmp_path: Path) -> None:
    first = ExchangeKeys(tmp_path)
    assert ExchangeKeys(tmp_path).published == first.published
    assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {
        "exchange.pem": 0o600,
        "exchange-next.pem": 0o600,
        "exchange-pair.pem": 0o600,
    }


def test_what_is_published_holds_no_secret(tmp_path: Path) -> None:
    for one in json.loads(ExchangeKeys(tmp_path).published)["keys"]:
        assert {"kty", "crv", "x", "kid", "use"} <= one.keys() <= {"kty", "crv", "x", "kid", "use", "alg"}


def test_a_key_is_named_by_its_thumbprint() -> None:
    """As RFC 8037, appendix A.3, has it."""
    secret = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    assert _public(Ed25519PrivateKey.from_private_bytes(secret))["kid"] == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_whoever_read_the_key_set_before_a_rotation_checks_what_is_signed_after_it_and_the_other_way_round(
    tmp_path: Path,
) -> None:
    before = ExchangeKeys(tmp_path)
    on_its_way = before.sign({"a": 1}, kind="t")
    rotate(tmp_path)
    after = ExchangeKeys(tmp_path)
    assert signs(after) == kids(before)[1] != signs(before)
    assert len(kids(after)) == 3
    assert checks(before, after.sign({"a": 1}, kind="t"))
    assert checks(after, on_its_way)
    rotate(tmp_path)
    assert not checks(ExchangeKeys(tmp_path), on_its_way)


def test_half_a_rotation_leaves_keys_that_serve(tmp_path: Path) -> None:
    before = ExchangeKeys(tmp_path)
    (tmp_path / "exchange-last.pem").write_bytes((tmp_path / "exchange.pem").read_bytes())
    (tmp_path / "exchange-last.pem").chmod(0o600)
    assert kids(ExchangeKeys(tmp_path)) == kids(before)


@pytest.mark.parametrize("name", ["exchange.pem", "exchange-next.pem", "exchange-last.pem", "exchange-pair.pem"])
def test_keys_that_are_none_or_lie_open_are_refused(tmp_path: Path, name: str) -> None:
    ExchangeKeys(tmp_path)
    (tmp_path / name).write_bytes(b"SECRET")
    (tmp_path / name).chmod(0o600)
    with pytest.raises(KeyFileError, match=name) as caught:
        ExchangeKeys(tmp_path)
    assert "SECRET" not in str(caught.value)
    (tmp_path / name).chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        ExchangeKeys(tmp_path)


def test_a_key_in_the_place_of_another_kind_is_refused(tmp_path: Path) -> None:
    ExchangeKeys(tmp_path)
    signs, shares = tmp_path / "exchange.pem", tmp_path / "exchange-pair.pem"
    kept = signs.read_bytes()
    signs.write_bytes(shares.read_bytes())
    with pytest.raises(KeyFileError, match=r"exchange\.pem is no Ed25519 key"):
        ExchangeKeys(tmp_path)
    signs.write_bytes(kept)
    shares.write_bytes(kept)
    with pytest.raises(KeyFileError, match=r"exchange-pair\.pem is no X25519 key"):
        ExchangeKeys(tmp_path)


def test_a_rotation_of_what_signs_leaves_the_pair_key(tmp_path: Path) -> None:
    before = json.loads(ExchangeKeys(tmp_path).published)["keys"][-1]
    rotate(tmp_path)
    assert json.loads(ExchangeKeys(tmp_path).published)["keys"][-1] == before
