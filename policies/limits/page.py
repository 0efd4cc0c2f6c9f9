"""What a batch of charges touches, read at once, judged in memory one after the other, and written at once.

A statement for each charge would be simpler, and slow beside a busy event loop: each call into SQLite gives up the
interpreter lock and waits for its return. Lists travel as JSON, so that every statement has one text and one plan.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final, TypeAlias

from policies.limits.errors import MarkReusedError
from policies.limits.names import Names, short
from policies.limits.rules import Rules, Tally, day_of, exceeded, left_under
from vocabulary.limits import Charge, Charged

Outcome: TypeAlias = Charged | MarkReusedError

_MARKS: Final = "SELECT mark, contents FROM charged WHERE day IN (?, ?) AND mark IN (SELECT value FROM json_each(?))"
_USED: Final = (
    "SELECT counter, rows, subjects, probes FROM used WHERE day = ? AND counter IN (SELECT value FROM json_each(?))"
)
_SEEN: Final = (
    "SELECT seen.counter, seen.subject FROM json_each(?) AS c CROSS JOIN json_each(c.value) AS s"
    " CROSS JOIN seen ON seen.day = ? AND seen.counter = c.key AND seen.subject = s.value"
)
_SPENT: Final = (
    "SELECT subject, sum(times) FROM disclosed"
    " WHERE subject IN (SELECT value FROM json_each(?)) AND day > ? GROUP BY subject"
)
_WRITE_MARKS: Final = "INSERT INTO charged SELECT ?, key, value FROM json_each(?)"
_WRITE_USED: Final = (
    "INSERT OR REPLACE INTO used SELECT ?, key, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)"
)
_WRITE_SEEN: Final = (
    "INSERT INTO seen SELECT ?, c.key, s.value FROM json_each(?) AS c CROSS JOIN json_each(c.value) AS s"
)
_WRITE_DISCLOSED: Final = (
    "INSERT INTO disclosed SELECT key, ?, value FROM json_each(?) WHERE true"
    " ON CONFLICT (subject, day) DO UPDATE SET times = times + excluded.times"
)


class Page:
    """One batch within one write transaction: make it, `charge` each, `write` once.

    Charges that are committed together are charged to one day: the newest that any of them or the store has seen. So a
    clock that jumps back, or a question from before midnight, opens no day again on which a limit was spent already.
    One that jumps ahead opens that day early, and everybody is charged to it until the calendar gets there; if it jumps
    past the window of the budgets, they begin anew. Hence `Charge.at` is to be the earliest that it may be
    (`policies.clock`), which does not follow such a jump.
    """

    def __init__(self, connection: sqlite3.Connection, rules: Rules, names: Names, charges: Sequence[Charge]) -> None:
        self._connection = connection
        self._rules = rules
        self._names = names
        ((newest,),) = connection.execute("SELECT day FROM head")
        self.day: int = max([newest, *(day_of(charge.at) for charge in charges)])
        self._contents: dict[str, str] = {}
        self._used: dict[str, Tally] = {}
        self._seen: set[tuple[str, str]] = set()
        self._spent: Counter[str] = Counter()
        self._new_marks: dict[str, str] = {}
        self._new_used: dict[str, Tally] = {}
        self._new_seen: defaultdict[str, list[str]] = defaultdict(list)
        self._new_disclosed: Counter[str] = Counter()
        self._is_touched = self.day > newest  # a refused charge has seen its day too
        if charges:
            self._read(charges)

    def charge(self, charge: Charge) -> Outcome:
        """Judge one charge after those before it, and count it if it is allowed."""
        limit, counter = self._rules.of(charge.purpose), self._counter(charge)
        used = self._used.get(counter, _NOTHING)
        mark, contents = short(charge.mark), self._names.contents(charge)
        if (known := self._contents.get(mark)) is not None:
            # Whoever wrote it may have been killed before the sync: this transaction writes too, and syncs it.
            self._is_touched = True
            if known != contents:
                return MarkReusedError("the mark of a charge stands for another one")
            return Charged(True, "", left_under(limit, used), frozenset())
        subjects = frozenset(charge.subjects)
        if exhausted := self._exhausted(subjects):
            # Before the principal's own limit, which may well bear what is left without these.
            return Charged(False, "", left_under(limit, used), exhausted)
        # Without a bound on subjects nobody needs to know whom a principal has seen, and it is not kept.
        new = [] if limit.subjects is None else [one for one in subjects if (counter, one) not in self._seen]
        more = Tally(charge.rows, len(new), charge.probes)
        if over := exceeded(limit, used, more):
            return Charged(False, over, left_under(limit, used), frozenset())
        self._contents[mark] = self._new_marks[mark] = contents
        self._count(charge, used.plus(more), new)
        return Charged(True, "", left_under(limit, used.plus(more)), frozenset())

    def write(self) -> None:
        """Write what was counted. It is durable once the transaction is committed."""
        if self._is_touched:
            self._connection.execute("UPDATE head SET day = ?", (self.day,))
        used = {counter: (one.rows, one.subjects, one.probes) for counter, one in self._new_used.items()}
        # In the order of their keys: neighbours share pages, and a page is written once.
        seen = {counter: sorted(subjects) for counter, subjects in sorted(self._new_seen.items())}
        disclosed = dict(sorted(self._new_disclosed.items()))
        for statement, rows in (
            (_WRITE_MARKS, self._new_marks),
            (_WRITE_USED, used),
            (_WRITE_SEEN, seen),
            (_WRITE_DISCLOSED, disclosed),
        ):
            if rows:
                self._connection.execute(statement, (self.day, json.dumps(rows)))

    def _read(self, charges: Sequence[Charge]) -> None:
        ask = self._connection.execute
        marks = json.dumps([short(charge.mark) for charge in charges])
        self._contents = dict(ask(_MARKS, (self.day, self.day - 1, marks)))
        wanted: defaultdict[str, set[str]] = defaultdict(set)
        for charge in charges:
            if self._rules.bounds(charge.purpose):
                subjects = () if self._rules.of(charge.purpose).subjects is None else charge.subjects
                wanted[self._counter(charge)].update(subjects)
        if wanted:
            rows = ask(_USED, (self.day, json.dumps(list(wanted))))
            self._used = {counter: Tally(*numbers) for counter, *numbers in rows}
        if known := {counter: sorted(wanted[counter]) for counter in sorted(self._used)}:
            self._seen = set(ask(_SEEN, (json.dumps(known), self.day)))
        if self._rules.budget is not None:
            everyone = sorted({one for charge in charges for one in charge.subjects})
            oldest = self.day - self._rules.budget.days
            self._spent.update(dict(ask(_SPENT, (json.dumps(everyone), oldest))))

    def _counter(self, charge: Charge) -> str:
        return self._names.counter(self.day, charge.purpose, charge.principal)

    def _exhausted(self, subjects: frozenset[str]) -> frozenset[str]:
        budget = self._rules.budget
        if budget is None:
            return frozenset()
        return frozenset(one for one in subjects if self._spent[one] >= budget.disclosures)

    def _count(self, charge: Charge, total: Tally, new: Sequence[str]) -> None:
        self._is_touched = True
        if self._rules.bounds(charge.purpose):
            counter = self._counter(charge)
            self._used[counter] = self._new_used[counter] = total
            if new:
                self._seen.update((counter, one) for one in new)
                self._new_seen[counter].extend(new)
        if self._rules.budget is not None:
            disclosed = set(charge.subjects)
            self._spent.update(disclosed)
            self._new_disclosed.update(disclosed)


_NOTHING: Final = Tally()
