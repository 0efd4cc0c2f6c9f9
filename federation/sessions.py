"""Sessions of the pages: a browser keeps a random secret, the exchange keeps the token that it stands for, sealed.

Each token is sealed under a key of its own (AES-256-GCM), derived from the master key and the browser's secret, and
filed under the secret's SHA-256. So neither the file alone nor the file with the master key opens a session. All
processes of the exchange share the file: what is ended in one has ended in all. It can be deleted; everybody then
signs in again.
"""

from __future__ import annotations

import hmac
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from federation.keys import KeyRing

DIRECTORY: Final = "sessions"
_FILE: Final = "sessions.sqlite"
_SECRET: Final = 43  # characters of 32 random bytes in base64url
_NONCE: Final = 12  # bytes (NIST SP 800-38D, section 8.2.2: random, and each key seals once)
_TOUCHED: Final = 60.0  # seconds after which a session in use is noted as such again
_OF_ONE: Final = 20  # open sessions of one person; the oldest gives way
_BUSY: Final = 2_000  # milliseconds to wait for another process
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS session (
    name BLOB PRIMARY KEY, owner BLOB NOT NULL, sealed BLOB NOT NULL, opened REAL NOT NULL, ends REAL NOT NULL,
    used REAL NOT NULL
) STRICT, WITHOUT ROWID
"""


class SessionsUnavailableError(Exception):
    """Sessions can't be read or written. Internal: the text names no session."""


class Sessions:
    """Opens, finds and ends sessions; may be used from many threads. `clock` counts seconds since 1970.

    A session ends with its token, `longest` seconds after it was opened, or `idle` seconds after it was last used.

    Raises:
        SessionsUnavailableError: by every method, where the file can't be read or written; then nobody is signed in.
    """

    def __init__(
        self, home: Path, keys: KeyRing, *, longest: float, idle: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._path = home / DIRECTORY / _FILE
        self._keys = keys
        self._owners = keys.derive("sessions", "owners")
        self._longest = longest
        self._idle = idle
        self._clock = clock
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None

    def open(self, token: str, owner: str, ends: float) -> str:
        """Keep a token; the secret of its session. `owner` is whoever it speaks for, `ends` when it does."""
        now, secret = self._clock(), secrets.token_urlsafe(32)
        row = (_name(secret), self._owner(owner), self._seal(secret, token), now, min(ends, now + self._longest), now)
        with self._connection() as database:
            database.execute("DELETE FROM session WHERE ends <= ? OR used <= ?", (now, now - self._idle))
            database.execute("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?)", row)
            database.execute(
                "DELETE FROM session WHERE owner = ?1 AND name NOT IN "
                "(SELECT name FROM session WHERE owner = ?1 ORDER BY opened DESC LIMIT ?2)",
                (row[1], _OF_ONE),
            )
        return secret

    def token(self, secret: str) -> str | None:
        """The token of a session that stands, or None."""
        if len(secret) != _SECRET or not secret.isascii():
            return None
        now, name = self._clock(), _name(secret)
        with self._connection() as database:
            found = database.execute("SELECT sealed, ends, used FROM session WHERE name = ?", (name,)).fetchone()
            if found is None:
                return None
            sealed, ends, used = found
            if not (now < ends and now - used < self._idle):
                database.execute("DELETE FROM session WHERE name = ?", (name,))
                return None
            if now - used >= min(_TOUCHED, self._idle / 4):
                database.execute("UPDATE session SET used = ? WHERE name = ?", (now, name))
        return self._unseal(secret, sealed)

    def end(self, secret: str) -> None:
        """End a session."""
        with self._connection() as database:
            database.execute("DELETE FROM session WHERE name = ?", (_name(secret),))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """One transaction. After an error the file is opened again, from what the disk then says."""
        with self._lock:
            try:
                if self._database is None:
                    self._database = _opened(self._path)
                with self._database:
                    yield self._database
            except (sqlite3.Error, OSError) as error:
                if self._database is not None:
                    self._database.close()
                    self._database = None
                raise SessionsUnavailableError(f"sessions can't be kept ({type(error).__name__})") from None

    def _owner(self, owner: str) -> bytes:
        return hmac.digest(self._owners, owner.encode("utf-8", "surrogatepass"), sha256)

    def _cipher(self, secret: str) -> AESGCM:
        return AESGCM(self._keys.derive("sessions", "token", secret))

    def _seal(self, secret: str, token: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher(secret).encrypt(nonce, token.encode(), None)

    def _unseal(self, secret: str, sealed: bytes) -> str | None:
        try:
            return self._cipher(secret).decrypt(sealed[:_NONCE], sealed[_NONCE:], None).decode()
        except (InvalidTag, ValueError):  # somebody wrote into the file
            return None


def _name(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    database = sqlite3.connect(path, check_same_thread=False)
    database.execute(f"PRAGMA busy_timeout = {_BUSY}")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")  # a session that a power cut loses is a sign-in more
    database.execute("PRAGMA secure_delete = ON")
    database.execute(_TABLE)
    return database
