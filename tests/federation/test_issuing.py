from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from federation.identity import Tokens
from federation.issuing import ISSUER_KEY, KEY_SET, NoIssuerError, issue, make_issuer
from federation.keys import KeyFileError
from vocabulary.area import Area


def token(keys: Path) -> str:
    return issue(
        keys,
        person="a.b",
        organisation="o",
        roles=("r",),
        areas=("31",),
        application="x",
        issuer="i",
        audience="t",
        seconds=60,
    )


def write_key(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)


def test_what_is_issued_is_trusted(tmp_path: Path) -> None:
    make_issuer(tmp_path)
    key_set = json.loads((tmp_path / KEY_SET).read_text())
    principal = Tokens(key_set, issuer="i", audience="t", organisations=frozenset({"o"})).principal(token(tmp_path))
    assert (principal.id, principal.application, principal.areas) == ("a.b", "x", (Area("31"),))


def test_the_issuer_key_is_for_its_owner_alone_and_the_key_set_holds_no_secret(tmp_path: Path) -> None:
    make_issuer(tmp_path)
    assert (tmp_path / ISSUER_KEY).stat().st_mode & 0o777 == 0o600
    (public,) = json.loads((tmp_path / KEY_SET).read_text())["keys"]
    assert "d" not in public


def test_made_again_it_is_the_same(tmp_path: Path) -> None:
    make_issuer(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    make_issuer(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_key_set_that_stands_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / KEY_SET).write_text('{"keys": ["of the identity provider"]}')
    make_issuer(tmp_path)
    assert (tmp_path / KEY_SET).read_text() == '{"keys": ["of the identity provider"]}'


def test_a_key_set_that_a_crash_kept_from_being_written_is_written_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("federation.issuing.os.replace", full)
        with pytest.raises(KeyFileError, match="No space left"):
            make_issuer(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [ISSUER_KEY]
    make_issuer(tmp_path)
    assert json.loads((tmp_path / KEY_SET).read_text())["keys"]


def test_made_at_once_by_many_it_is_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make_issuer, [tmp_path] * 8))
    assert {path.name for path in tmp_path.iterdir()} == {ISSUER_KEY, KEY_SET}
    key_set = json.loads((tmp_path / KEY_SET).read_text())
    assert Tokens(key_set, issuer="i", audience="t", organisations=frozenset({"o"})).principal(token(tmp_path))


def test_without_an_issuer_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(NoIssuerError, match="identity provider"):
        token(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_keys_that_are_none_are_refused(tmp_path: Path) -> None:
    other = generate_private_key(SECP256R1())
    locked = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    unlocked = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for content in (b"", b"half of a key", unlocked[:60], unlocked, locked):
        write_key(tmp_path / ISSUER_KEY, content)
        with pytest.raises(KeyFileError, match=r"issuer\.pem"):
            token(tmp_path)


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    make_issuer(tmp_path)
    (tmp_path / ISSUER_KEY).chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        token(tmp_path)
