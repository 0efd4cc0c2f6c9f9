"""The counters as their writer and their reader hold them: whole batches, exactly once, durable when it says so."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from policies.limits.database import open_database, patiently, sync_anew
from policies.limits.errors import LimitsUnavailableError
from policies.limits.names import Names
from policies.limits.page import Outcome, Page
from policies.limits.rules import Rules
from vocabulary.limits import Charge

STEP: Final = 500
"""Rows of old days that one transaction deletes at most: a few milliseconds."""
_OLD: Final = (
    ("used", "day, counter"),
    ("seen", "day, counter, subject"),
    ("charged", "day, mark"),
    ("disclosed", "subject, day"),
)


class Store:
    """The writer's side of the counters in one directory, used by one thread at a time.

    After any error it is closed; the next call opens it again, from what the disk then says.
    `factory` is the class of its connection: the seam at which tests break each durable step.
    """

    def __init__(
        self, directory: Path, rules: Rules, names: Names, factory: type[sqlite3.Connection] = sqlite3.Connection
    ) -> None:
        self._directory = directory
        self._rules = rules
        self._names = names
        self._factory = factory
        self._connection: sqlite3.Connection | None = None
        self._is_doubtful = False
        self._day = self._clean_for = 0

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left of days that nobody needs."""
        return self._clean_for == self._day

    def open(self) -> None:
        """Open the counters, made or migrated where needed; all that can be read in them is durable then.

        Raises:
            WeakStoreError: the durability settings do not read back as they were set.
            LimitsUnavailableError: they cannot be opened or written.
        """
        self.close()
        try:
            self._connection = open_database(self._directory, self._factory)
            if self._is_doubtful and not sync_anew(self._connection):
                self.close()
                raise LimitsUnavailableError("the limits cannot be written anew after a commit that failed")
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise LimitsUnavailableError(f"the limits cannot be opened: {error}") from error
        self._is_doubtful = False

    def close(self) -> None:
        """Close the file. A transaction that was not committed leaves no trace."""
        connection, self._connection = self._connection, None
        self._clean_for = -1
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):  # what was acknowledged is durable; what was not, may be lost
                connection.close()

    def charge(self, charges: Sequence[Charge]) -> list[Outcome]:
        """Judge and count all charges in one transaction, in their order; what is allowed is durable once this returns.

        Also deletes up to STEP rows of old days; without charges, only that.

        Raises:
            LimitsUnavailableError: nothing was counted, or it cannot be told whether it was. Charged again with the
                same mark, each counts once.
        """
        connection = self._opened()
        try:
            patiently(connection, "BEGIN IMMEDIATE")
            page = Page(connection, self._rules, self._names, charges)
            outcomes = [page.charge(charge) for charge in charges]
            page.write()
            self._delete_old(connection, page.day)
            # A commit whose sync failed may be there, because its pages are still in the system's cache, and gone after
            # a power cut; a retry that then finds its mark would be told that it is counted.
            self._is_doubtful = True
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self.close()
            raise LimitsUnavailableError(f"the limits cannot be written: {error}") from error
        except BaseException:
            self.close()
            raise
        self._is_doubtful = False
        return outcomes

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self.open()
        if self._connection is None:
            raise LimitsUnavailableError("the limits are closed")
        return self._connection

    def _delete_old(self, connection: sqlite3.Connection, day: int) -> None:
        """Delete a step of what no rule looks at any more. Marks are kept a day longer, for retries about midnight.

        A budget that is taken out of the declaration takes its counts with it.
        """
        self._day = day
        if self.is_clean:
            return
        budget = self._rules.budget
        keep_from = {"charged": day - 1, "disclosed": day - budget.days + 1 if budget else day + 1}
        room = STEP
        for table, key in _OLD:
            old = f"SELECT {key} FROM {table} WHERE day < ? LIMIT ?"  # noqa: S608  (names of this file's own)
            deleted = connection.execute(
                f"DELETE FROM {table} WHERE ({key}) IN ({old})",  # noqa: S608
                (keep_from.get(table, day), room),
            )
            room -= deleted.rowcount
            if not room:
                return
        self._clean_for = day
