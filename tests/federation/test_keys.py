from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.keys import KeyFileError, KeyRing, secret_file

LABEL = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=10), max_size=4)


def test_a_master_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    first = KeyRing.open(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert len(path.read_bytes()) == 32
    assert KeyRing.open(path).derive("a") == first.derive("a")
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o666])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.key"
    secret_file(path, lambda: b"k" * 32)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600"):
        KeyRing.open(path)


@pytest.mark.parametrize("size", [0, 1, 31])
def test_a_key_that_is_too_short_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(b"k" * size)
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match=f"this one {size}"):
        KeyRing.open(path)


def test_a_key_that_is_a_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "master.key").mkdir(mode=0o700)
    with pytest.raises(KeyFileError, match="can't be read"):
        KeyRing.open(tmp_path / "master.key")


def test_a_draft_left_by_a_crash_hinders_nobody(tmp_path: Path) -> None:
    (tmp_path / f".master.key.{os.getpid()}").write_bytes(b"half")
    assert secret_file(tmp_path / "master.key", lambda: b"k" * 32) == b"k" * 32


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("federation.keys.os.fsync", full)
        with pytest.raises(KeyFileError, match="No space left"):
            secret_file(tmp_path / "master.key", lambda: b"k" * 32)
    assert list(tmp_path.iterdir()) == []
    assert secret_file(tmp_path / "master.key", lambda: b"n" * 32) == b"n" * 32


def test_a_crash_before_the_key_is_in_its_place_leaves_no_half_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("federation.keys.os.link", crash)
        with pytest.raises(KeyboardInterrupt):
            secret_file(tmp_path / "master.key", lambda: b"k" * 32)
    assert list(tmp_path.iterdir()) == []


def test_threads_at_once_get_one_key(tmp_path: Path) -> None:
    count = 16
    barrier = Barrier(count)

    def made() -> bytes:
        barrier.wait()
        return secret_file(tmp_path / "keys" / "master.key", lambda: os.urandom(32))

    with ThreadPoolExecutor(count) as pool:
        found = [future.result() for future in [pool.submit(made) for _ in range(count)]]
    assert len(set(found)) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["master.key"]


def test_processes_at_once_get_one_key(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from federation.keys import secret_file;"
        "sys.stdin.readline(); print(secret_file(Path(sys.argv[1]), lambda: os.urandom(32)).hex())"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "master.key")]
    started = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    found = {process.communicate(timeout=30)[0].strip() for process in started}
    assert found == {(tmp_path / "master.key").read_bytes().hex()}


@given(LABEL, LABEL)
def test_different_labels_give_different_keys(first: list[str], second: list[str]) -> None:
    ring = KeyRing(b"k" * 32)
    assert (ring.derive(*first) == ring.derive(*second)) == (first == second)
    assert len(ring.derive(*first)) == 32


def test_different_masters_give_different_keys() -> None:
    assert KeyRing(b"a" * 32).derive("x") != KeyRing(b"b" * 32).derive("x")
