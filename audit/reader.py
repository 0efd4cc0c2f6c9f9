"""The log's file, opened for reading only: what search, verification and checkpoints read.

A reader sees what was committed when each of its calls began; the server may go on writing.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Final, Self

from audit.errors import LogUnavailableError
from audit.tree import Frontier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOG_FILE: Final = "log.sqlite"
"""The name of the log's file in its directory."""
_PAGE: Final = 256  # entries held at a time: with 32 KiB each, 8 MiB


class Reader:
    """A read-only connection to the log in `directory`, for one thread; a context manager that closes it.

    Every method raises LogUnavailableError where the file is missing, locked or damaged.
    """

    def __init__(self, directory: Path) -> None:
        """Open the log; LogUnavailableError where there is none."""
        uri = f"{(directory / LOG_FILE).absolute().as_uri()}?mode=ro"
        try:
            self._connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=2.0)
        except sqlite3.Error as error:
            raise _unreadable(error) from error
        # An auditor's reader meets files made by others: nothing that their schema names may run.
        self._connection.execute("PRAGMA trusted_schema = OFF")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def head(self) -> Frontier:
        """The stored head; MalformedError where it is none."""
        return Frontier.decode(self.extent()[0])

    def extent(self) -> tuple[bytes, int, int]:
        """The stored head as it stands, and the lowest and highest index (0 and -1 without entries), at one moment."""
        query = "SELECT (SELECT frontier FROM head), ifnull(min(idx), 0), ifnull(max(idx), -1) FROM entry"
        ((frontier, lowest, highest),) = self._rows(query)
        return frontier if isinstance(frontier, bytes) else b"", lowest, highest

    def entries(self, first: int, limit_bytes: int) -> Iterator[tuple[int, bytes]]:
        """Index and body of all entries from `first` on, in order; of a longer body, its first `limit_bytes`."""
        query = "SELECT idx, CAST(substr(body, 1, ?) AS BLOB) FROM entry WHERE idx >= ? ORDER BY idx LIMIT ?"
        while page := list(self._rows(query, limit_bytes, first, _PAGE)):
            for index, body in page:
                yield index, body or b""
            first = page[-1][0] + 1

    def entry(self, index: int) -> bytes | None:
        """The body of one entry, or None."""
        query = "SELECT CAST(body AS BLOB) FROM entry WHERE idx = ?"
        return next((body or b"" for (body,) in self._rows(query, index)), None)

    def before(self, index: int, limit: int) -> list[tuple[int, bytes]]:
        """At most `limit` entries below `index`, the newest first."""
        query = "SELECT idx, CAST(body AS BLOB) FROM entry WHERE idx < ? ORDER BY idx DESC LIMIT ?"
        return [(number, body or b"") for number, body in self._rows(query, index, limit)]

    def archived(self, digest: str) -> bytes | None:
        """The archived text of this hash, or None."""
        query = "SELECT CAST(text AS BLOB) FROM archive WHERE hash = ?"
        return next((text or b"" for (text,) in self._rows(query, digest)), None)

    def _rows(self, query: str, *parameters: object) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._connection.execute(query, parameters)
        except sqlite3.Error as error:
            raise _unreadable(error) from error


def _unreadable(error: sqlite3.Error) -> LogUnavailableError:
    return LogUnavailableError(f"the log cannot be read: {error}")
