"""The circuit breaker of one source (Nygard, Release It!): what does not answer is left alone for a while.

Questions that fail make a source suspect, and never more than that: a question may be slow, or crash what it reaches,
because of what it asks, and whoever asks such questions could else close the source for everybody. What closes it is a
**probe**, a question of the exchange's own that asks for nobody's data:

    closed ── `FAILURES` in a row ──→ half open: whoever asks next has the source probed first
    half open ── the probe is answered ──→ closed
    half open ── it is not ──→ open: every question is refused at once
    open ── `PAUSE` seconds later ──→ half open

Any answer closes it. No task runs in the background: a source that nobody asks is not probed either.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from time import monotonic
from typing import Final

from connectors.errors import FailureKind, SourceError

FAILURES: Final = 5
PAUSE: Final = 5.0


class State(StrEnum):
    """Whether a source is asked."""

    CLOSED = "closed"  # as the circuit: questions pass
    HALF_OPEN = "half-open"  # the next question waits for a probe
    OPEN = "open"  # no question passes


class Breaker:
    """Used from one event loop. `clock` counts seconds and never goes back."""

    def __init__(self, source: str, clock: Callable[[], float] = monotonic) -> None:
        self._source = source
        self._clock = clock
        self._failures = 0
        self._until: float | None = None  # not None: a probe was not answered, and no answer came since
        self._is_probing = False

    @property
    def state(self) -> State:
        """As a look from outside finds it; nothing is asked for that."""
        if self._failures < FAILURES:
            return State.CLOSED
        return State.OPEN if self._until is not None and self._clock() < self._until else State.HALF_OPEN

    @property
    def is_suspect(self) -> bool:
        """Whether a question has to be let pass by `admit`; while it is not, every one passes."""
        return self._failures >= FAILURES

    async def admit(self, probe: Callable[[], Awaitable[bool]]) -> None:
        """Let a question pass. `probe` asks the source, within a time of its own, and says whether it answered.

        While another's probe is under way, a source that was answering until now is asked as before.

        Raises:
            SourceError: UNAVAILABLE, at once while the circuit is open, else after the probe.
        """
        if not self.is_suspect:
            return
        if self._is_probing or self.state is State.OPEN:
            if self._until is not None:
                raise self._refused()
            return
        self._is_probing = True
        try:
            answered = await probe()
        finally:
            self._is_probing = False  # left without a word, as by a cancellation, it says nothing
        if not answered:
            self._until = self._clock() + PAUSE
            raise self._refused()
        self.answered()

    def answered(self) -> None:
        """An answer came: any whole one, also one that refuses."""
        self._failures = 0
        self._until = None

    def failed(self) -> None:
        """No answer came in time, or one that says that the source cannot serve."""
        self._failures += 1

    def _refused(self) -> SourceError:
        return SourceError(
            self._source, FailureKind.UNAVAILABLE, f"did not answer lately, and is left alone for up to {PAUSE:g} s"
        )
