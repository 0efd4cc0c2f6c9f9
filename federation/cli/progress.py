"""How far a long piece of work has come: a bar on a terminal, a line for a tenth of it anywhere else."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

import click

_TENTHS = 10
_SECONDS = 1.0  # between two lines, at least: what is done at once says nothing


@contextlib.contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Within it, the function that is given is told how much more is done. It is all written to standard error.

    Nothing is written before it is told something: where there was nothing to do, nothing is said.
    """
    if sys.stderr.isatty():
        with contextlib.ExitStack() as shown:
            yield _Bar(what, total, shown).more
    else:
        yield _Lines(what, total).more


class _Bar:
    def __init__(self, what: str, total: int, shown: contextlib.ExitStack) -> None:
        self._what, self._total, self._shown = what, total, shown
        self._update: Callable[[int], None] | None = None

    def more(self, done: int) -> None:
        if self._update is None:
            bar = click.progressbar(length=self._total, label=self._what, file=sys.stderr)
            self._update = self._shown.enter_context(bar).update
        self._update(done)


class _Lines:
    def __init__(self, what: str, total: int) -> None:
        self._what, self._total = what, total
        self._done = self._said = 0
        self._said_at = time.monotonic()

    def more(self, done: int) -> None:
        self._done += done
        tenths, now = self._done * _TENTHS // max(self._total, 1), time.monotonic()
        if tenths > self._said and now >= self._said_at + _SECONDS:
            self._said, self._said_at = tenths, now
            click.echo(f"{self._what}: {self._done:,}", err=True)
