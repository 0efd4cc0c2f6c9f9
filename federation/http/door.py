"""Refusals before anyone is identified: counted, and put on record as summaries, so that nobody can fill the log.

The first of a window is on record at once, before it is answered; the others of the window in one entry at its end.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from federation.errors import Code
from federation.execute.receipts import Recorder
from federation.execute.trail import moment
from federation.pipeline import now
from vocabulary.receipt import Entry, Kind


class Door:
    """Tallies refusals; `window` is in seconds. `flush` puts the rest on record."""

    def __init__(
        self, recorder: Recorder, *, window: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._recorder = recorder
        self._window = window
        self._clock = clock
        self._opened = float("-inf")
        self._counts: Counter[str] = Counter()

    async def refused(self, code: Code) -> None:
        """Count one refusal; durable at once where it is the first of its window.

        Raises:
            Unavailable: RECEIPT_UNAVAILABLE.
        """
        self._counts[code.name] += 1
        if self._clock() - self._opened >= self._window:
            before, self._opened = self._opened, self._clock()
            try:
                await self.flush()
            except BaseException:
                self._opened = before  # nothing is on record yet, so the next one is still the first
                raise

    async def flush(self) -> None:
        """Put what was counted on record; what can't be written stays counted."""
        counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            await self._recorder.append(Entry(Kind.UNIDENTIFIED, moment(now()), "refused", counts=dict(counts)))
        except BaseException:
            self._counts.update(counts)
            raise
