from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from federation.keys import KeyRing
from federation.sessions import Sessions, SessionsUnavailableError
from tests.federation.identity.making import Clock

KEYS = KeyRing(b"m" * 32)
TOKEN = "eyJhbGciOi.a-token-of.somebody"


def sessions_of(home: Path, clock: Clock, keys: KeyRing = KEYS) -> Sessions:
    return Sessions(home, keys, longest=3_600, idle=600, clock=clock)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(tmp_path: Path, clock: Clock) -> Sessions:
    return sessions_of(tmp_path, clock)


def test_a_session_gives_its_token_until_it_is_ended(sessions: Sessions, clock: Clock) -> None:
    secret = sessions.open(TOKEN, "li.na", clock.now + 9_999)
    assert sessions.token(secret) == TOKEN
    sessions.end(secret)
    assert sessions.token(secret) is None
    sessions.end(secret)  # which is no error


def test_each_has_a_secret_of_its_own(sessions: Sessions, clock: Clock) -> None:
    secrets = {sessions.open(TOKEN, "li.na", clock.now + 9_999) for _ in range(5)}
    assert len(secrets) == 5
    assert {len(one) for one in secrets} == {43}


@pytest.mark.parametrize("secret", ["", "x", "x" * 43, "é" * 43, "x" * 10_000])
def test_what_was_never_given_opens_nothing(sessions: Sessions, clock: Clock, secret: str) -> None:
    sessions.open(TOKEN, "li.na", clock.now + 9_999)
    assert sessions.token(secret) is None


def test_it_ends_with_the_token(sessions: Sessions, clock: Clock) -> None:
    secret = sessions.open(TOKEN, "li.na", clock.now + 60)
    clock.now += 59
    assert sessions.token(secret) == TOKEN
    clock.now += 1
    assert sessions.token(secret) is None


def test_it_ends_after_its_longest_time_however_it_is_used(sessions: Sessions, clock: Clock) -> None:
    secret = sessions.open(TOKEN, "li.na", clock.now + 99_999)
    for _ in range(7):
        clock.now += 500
        assert sessions.token(secret) == TOKEN
    clock.now += 100
    assert sessions.token(secret) is None


def test_it_ends_when_nobody_uses_it(sessions: Sessions, clock: Clock) -> None:
    secret = sessions.open(TOKEN, "li.na", clock.now + 9_999)
    clock.now += 600
    assert sessions.token(secret) is None
    clock.now -= 600
    assert sessions.token(secret) is None  # for good


def test_the_oldest_gives_way_when_one_person_has_many_and_nobody_elses(sessions: Sessions, clock: Clock) -> None:
    other = sessions.open(TOKEN, "chen.jie", clock.now + 9_999)
    secrets = []
    for _ in range(21):
        clock.now += 1
        secrets.append(sessions.open(TOKEN, "li.na", clock.now + 9_999))
    assert sessions.token(secrets[0]) is None
    assert all(sessions.token(one) == TOKEN for one in (*secrets[1:], other))


def test_the_file_holds_neither_token_nor_secret_nor_name(sessions: Sessions, tmp_path: Path, clock: Clock) -> None:
    secret = sessions.open(TOKEN, "li.na", clock.now + 9_999)
    whole = b"".join(path.read_bytes() for path in (tmp_path / "sessions").iterdir())
    for text in (TOKEN, secret, "li.na"):
        assert text.encode() not in whole


def test_the_master_key_does_not_open_what_the_file_holds(sessions: Sessions, tmp_path: Path, clock: Clock) -> None:
    one = sessions.open(TOKEN, "li.na", clock.now + 9_999)
    other = sessions.open("another.token.here", "chen.jie", clock.now + 9_999)
    sessions.close()
    with sqlite3.connect(tmp_path / "sessions" / "sessions.sqlite") as file:
        rows = file.execute("SELECT name, sealed FROM session").fetchall()
        for (name, _), (_, sealed) in zip(rows, rows[::-1], strict=True):  # each under the other's name
            file.execute("UPDATE session SET sealed = ? WHERE name = ?", (sealed, name))
    file.close()
    assert sessions.token(one) is None
    assert sessions.token(other) is None


def test_another_master_key_opens_nothing(sessions: Sessions, tmp_path: Path, clock: Clock) -> None:
    secret = sessions.open(TOKEN, "li.na", clock.now + 9_999)
    assert sessions_of(tmp_path, clock, KeyRing(b"n" * 32)).token(secret) is None


def test_what_is_ended_in_one_process_has_ended_in_all(sessions: Sessions, tmp_path: Path, clock: Clock) -> None:
    other = sessions_of(tmp_path, clock)
    secret = sessions.open(TOKEN, "li.na", clock.now + 9_999)
    assert other.token(secret) == TOKEN
    sessions.end(secret)
    assert other.token(secret) is None
    other.close()


def test_only_its_owner_reads_the_file(sessions: Sessions, tmp_path: Path, clock: Clock) -> None:
    sessions.open(TOKEN, "li.na", clock.now + 9_999)
    assert (tmp_path / "sessions").stat().st_mode & 0o077 == 0
    assert (tmp_path / "sessions" / "sessions.sqlite").stat().st_mode & 0o077 == 0


def test_a_file_that_can_not_be_read_signs_nobody_in_and_heals(
    sessions: Sessions, tmp_path: Path, clock: Clock
) -> None:
    secret = sessions.open(TOKEN, "li.na", clock.now + 9_999)
    sessions.close()
    path = tmp_path / "sessions" / "sessions.sqlite"
    kept = path.read_bytes()
    path.write_bytes(b"this is no database, and is long enough to be read as one" * 50)
    with pytest.raises(SessionsUnavailableError) as told:
        sessions.token(secret)
    assert secret not in str(told.value)
    path.write_bytes(kept)
    assert sessions.token(secret) == TOKEN
