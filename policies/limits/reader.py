"""The counters as those who only look see them: what is committed, without waiting for any writer."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from policies.limits.database import open_reader
from policies.limits.errors import LimitsUnavailableError
from policies.limits.names import Names
from policies.limits.rules import Rules, Tally, left_under
from vocabulary.limits import Left

ASKED: Final = 500
"""Subjects of one query."""
_EXHAUSTED: Final = (
    "SELECT subject FROM disclosed WHERE subject IN (SELECT value FROM json_each(?))"
    " AND day > max((SELECT day FROM head), ?) - ? GROUP BY subject HAVING sum(times) >= ?"
)
_USED: Final = "SELECT rows, subjects, probes FROM used WHERE day = ? AND counter = ?"


class Reader:
    """The reading side of the counters in one directory, used by one thread at a time.

    A day older than the newest that was charged is taken for that one, as it is in charging. After any error the file
    is closed; the next question opens it again.
    """

    def __init__(self, directory: Path, rules: Rules, names: Names) -> None:
        self._directory = directory
        self._rules = rules
        self._names = names
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the file."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def exhausted(self, pseudonyms: Sequence[str], day: int) -> frozenset[str]:
        """Those of the subjects whose budget is spent. LimitsUnavailableError: it cannot be read."""
        budget = self._rules.budget
        if budget is None:
            return frozenset()
        found: set[str] = set()
        for start in range(0, len(pseudonyms), ASKED):
            some = json.dumps(pseudonyms[start : start + ASKED])
            found.update(one for (one,) in self._ask(_EXHAUSTED, (some, day, budget.days, budget.disclosures)))
        return frozenset(found)

    def left(self, principal: str, purpose: str, day: int) -> Left:
        """What is left of the principal's day. LimitsUnavailableError: it cannot be read."""
        ((newest,),) = self._ask("SELECT day FROM head", ())
        day = max(newest, day)
        rows = self._ask(_USED, (day, self._names.counter(day, purpose, principal)))
        return left_under(self._rules.of(purpose), Tally(*rows[0]) if rows else Tally())

    def _ask(self, query: str, parameters: tuple[str | int, ...]) -> list[Any]:
        try:
            if self._connection is None:
                self._connection = open_reader(self._directory)
            return self._connection.execute(query, parameters).fetchall()
        except sqlite3.Error as error:
            self.close()
            raise LimitsUnavailableError(f"the limits cannot be read: {error}") from error
