"""What was shown once and may not be shown again, remembered for as long as it could be."""

from __future__ import annotations

from typing import Final

MOST: Final = 200_000


class FullError(Exception):
    """More is to be remembered than there is room for; nothing that still counts is forgotten for it."""


class Seen:
    """Remembers each name for at least `seconds` and at most twice as long, by whatever clock `first` is told.

    Two sets take turns, so that forgetting costs nothing. Not durable, and each process has its own.
    """

    def __init__(self, seconds: float, most: int = MOST) -> None:
        self._seconds = seconds
        self._most = most
        self._new: set[str] = set()
        self._old: set[str] = set()
        self._turn = 0.0

    def first(self, name: str, now: float) -> bool:
        """Whether a name is shown for the first time; it is remembered.

        Raises:
            FullError: there is no room for it.
        """
        if now >= self._turn:
            self._old, self._new, self._turn = self._new, set(), now + self._seconds
        if name in self._new or name in self._old:
            return False
        if len(self._new) + len(self._old) >= self._most:
            raise FullError
        self._new.add(name)
        return True
