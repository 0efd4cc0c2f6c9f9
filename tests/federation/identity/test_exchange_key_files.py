"""The key set of another exchange, as a file that somebody writes, replaces, spoils or takes away."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from federation.errors import Code
from federation.identity import ExchangeKeyFile
from federation.identity.key_source import KeyAbsent
from tests.federation.identity.making import Signer, run

FIRST, SECOND = Signer("first"), Signer("second")


def written(folder: Path, *signers: Signer, name: str = "city") -> Path:
    return spoilt(folder, json.dumps({"keys": [one.jwk for one in signers]}).encode(), name)


def spoilt(folder: Path, content: bytes, name: str = "city") -> Path:
    """Replace the file as `mv` does, with a time of its own, so that no test waits for a clock."""
    path = folder / "exchanges" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    was = path.stat().st_mtime_ns if path.exists() else 0
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content)
    os.utime(fresh, ns=(was + 1_000_000, was + 1_000_000))
    fresh.replace(path)
    return path


def is_known(keys: ExchangeKeyFile, signer: Signer) -> bool:
    try:
        found = keys.key(signer.kid)
    except KeyAbsent:
        return False
    return bool(found.key == signer.key.public_key())


def test_a_key_that_is_not_there_is_no_key_of_this_exchange(tmp_path: Path) -> None:
    with pytest.raises(KeyAbsent) as absent:
        ExchangeKeyFile(tmp_path, "city").key("first")
    assert absent.value.code is Code.TOKEN_INVALID


def test_a_key_is_found_by_its_id_and_is_the_same_each_time(tmp_path: Path) -> None:
    written(tmp_path, FIRST)
    keys = ExchangeKeyFile(tmp_path, "city")
    assert is_known(keys, FIRST)
    assert keys.key("first") is keys.key("first")
    assert keys.key_set == {"keys": [FIRST.jwk]}
    assert not is_known(keys, SECOND)


def test_one_file_says_nothing_of_another_exchange(tmp_path: Path) -> None:
    written(tmp_path, FIRST)
    written(tmp_path, SECOND, name="district")
    assert not is_known(ExchangeKeyFile(tmp_path, "district"), FIRST)


def test_a_file_that_is_not_there_lets_nobody_in_until_it_is(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    keys = ExchangeKeyFile(tmp_path, "city")
    for _ in range(3):
        run(keys.look_after())
        assert not is_known(keys, FIRST)
        assert keys.key_set == {}
    assert len(caplog.records) == 1  # told once, and not every few seconds
    written(tmp_path, FIRST)
    run(keys.look_after())
    assert is_known(keys, FIRST)


def test_a_rotation_takes_the_new_key_and_leaves_the_old_one_where_it_was_left_out(tmp_path: Path) -> None:
    written(tmp_path, FIRST)
    keys = ExchangeKeyFile(tmp_path, "city")
    written(tmp_path, FIRST, SECOND)
    run(keys.renew())
    assert is_known(keys, FIRST)
    assert is_known(keys, SECOND)
    written(tmp_path, SECOND)
    run(keys.renew())
    assert not is_known(keys, FIRST)
    assert is_known(keys, SECOND)


def test_a_file_that_is_taken_away_takes_its_keys_along(tmp_path: Path) -> None:
    path = written(tmp_path, FIRST)
    keys = ExchangeKeyFile(tmp_path, "city")
    path.unlink()
    run(keys.look_after())
    assert not is_known(keys, FIRST)
    assert keys.key_set == {}


def test_a_file_that_did_not_change_is_not_read_again(tmp_path: Path) -> None:
    written(tmp_path, FIRST)
    keys = ExchangeKeyFile(tmp_path, "city")
    key_set = keys.key_set
    run(keys.look_after())
    assert keys.key_set is key_set


GOOD = json.dumps({"keys": [FIRST.jwk]}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        GOOD[: len(GOOD) // 2],
        GOOD + b"}",
        b"\xff\xfe" + GOOD,
        b"null",
        b"[]",
        b"7",
        b'"x"',
        b"{}",
        b'{"keys": {}}',
        b'{"keys": null}',
        json.dumps({"keys": [FIRST.jwk] * 101}).encode(),
        b"[" * 100_000,
        GOOD + b" " * (256 * 1024),
    ],
    ids=lambda content: f"{content[:12]!r}",
)
def test_a_file_that_is_no_key_set_lets_nobody_in(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor anybody whom the file before it let in: half of a rotation is not a reason to go on with the old keys."""
    written(tmp_path, FIRST)
    keys = ExchangeKeyFile(tmp_path, "city")
    assert is_known(keys, FIRST)
    spoilt(tmp_path, content)
    for _ in range(2):
        run(keys.look_after())
        assert not is_known(keys, FIRST)
        assert keys.key_set == {}
    assert len(caplog.records) == 1
    assert "city" in caplog.text
    assert not any(word in caplog.text for word in (FIRST.jwk["x"], str(tmp_path)))
    written(tmp_path, SECOND)
    run(keys.look_after())
    assert is_known(keys, SECOND)


@pytest.mark.parametrize(
    "other", [{"kty": "oct", "k": "c2VjcmV0"}, {"use": "enc"}, {"kid": 5}, {"alg": "HS256"}, {"crv": "X25519"}]
)
def test_a_key_that_checks_no_passport_is_passed_over(tmp_path: Path, other: dict[str, Any]) -> None:
    spoilt(tmp_path, json.dumps({"keys": [{**FIRST.jwk, **other}, SECOND.jwk]}).encode())
    keys = ExchangeKeyFile(tmp_path, "city")
    assert not is_known(keys, FIRST)
    assert is_known(keys, SECOND)


def test_a_folder_in_its_place_is_no_key_set(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    (tmp_path / "exchanges" / "city.json").mkdir(parents=True)
    assert ExchangeKeyFile(tmp_path, "city").key_set == {}
    assert len(caplog.records) == 1
