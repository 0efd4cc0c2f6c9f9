"""Entries of the log, made from what a request decided and reached. Never a value: subjects become pseudonyms here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from audit.errors import EntryTooLargeError, LogUnavailableError
from audit.log import Log
from audit.pseudonym import SubjectPseudonyms
from federation.errors import Code, Refusal, Unavailable
from federation.execute.state import State
from federation.execute.trail import Recorded, Trail
from vocabulary.receipt import Entry, Given, Kind, Receipt


class Recorder:
    """Appends entries to the log; returns when they are durable.

    Raises:
        Unavailable: RECEIPT_UNAVAILABLE; then nothing may be released (promise 2).
    """

    def __init__(self, log: Log, pseudonyms: SubjectPseudonyms) -> None:
        self._log = log
        self._pseudonyms = pseudonyms

    async def append(self, entry: Entry) -> Receipt:
        """Append one entry as it is."""
        try:
            return await self._log.append(entry)
        except EntryTooLargeError:
            sentence = "So many fields don't fit into one entry of the log. Ask for less at a time."
            raise Refusal(Code.DOCUMENT_TOO_WIDE, sentence) from None
        except LogUnavailableError:
            raise receipt_unavailable() from None

    async def refuse(self, trail: Trail, kind: Kind, outcome: str) -> None:
        """The entry of a request that ends without an answer: with what it had given away and searched for by then."""
        probed, waves = self._people(trail.probed), tuple(trail.waves)
        elsewhere = tuple(trail.elsewhere)
        await self.append(trail.record.entry(kind, outcome, probed=probed, waves=waves, elsewhere=elsewhere))

    async def wave(self, base: Recorded, given: tuple[Given, ...], subjects: Mapping[str, Iterable[str]]) -> int:
        """The entry of what is about to be given to other organisations; its index."""
        entry = base.entry(Kind.WAVE, "given", given=given, subjects=self._people(subjects))
        return (await self.append(entry)).index

    async def close(self, trail: Trail, state: State) -> Receipt:
        """The closing entry of an answer: everything that it releases, and what was asked of whom for it."""
        subjects: dict[str, dict[str, None]] = {}
        rows: dict[str, int] = {}
        for one in state.released():
            rows[one.type] = rows.get(one.type, 0) + one.rows
            if one.subject_type is not None:
                people = (str(key) for key in one.subjects if key is not None)
                subjects.setdefault(one.subject_type, {}).update(dict.fromkeys(people))
        return await self.append(
            trail.record.entry(
                Kind.RELEASE,
                "partial" if state.failures else "answered",
                shown=state.plan.shown,
                subjects=self._people(subjects),
                probed=self._people(trail.probed),
                rows=rows,
                sources=state.sources,
                waves=tuple(trail.waves),
                elsewhere=tuple(trail.elsewhere),
            )
        )

    def _people(self, subjects: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
        named = {kind: tuple(self._pseudonyms.of(kind, list(people))) for kind, people in subjects.items()}
        return {kind: people for kind, people in named.items() if people}


def receipt_unavailable() -> Unavailable:
    """What a client is told when an entry can't be made durable."""
    sentence = "The audit log can't be written just now, so nothing is released. Try again later."
    return Unavailable(Code.RECEIPT_UNAVAILABLE, sentence)
