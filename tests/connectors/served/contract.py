"""How a kind of source serves the data set, and the hands on it that a test needs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from connectors.contract import Connector


class Served(Protocol):
    """A source in which the data set lies, and hands on it that a test needs."""

    kind: str
    asked: int  # requests for data that have reached it
    open: int  # those that it is busy with
    most: int  # and the most that it ever was
    no_text: object  # what is no text in the place of one
    unheld: tuple[str, ...]  # texts that it has no way to hold: they are null there

    def connector(self, **changes: Any) -> Connector:
        """A connector; `changes` of its declaration."""

    def change(self, type_name: str, key: str, column: str, value: object) -> None:
        """Make one cell what it should not be."""

    def repeat(self, key: str) -> None:
        """Have the person of this key twice."""

    def drop_column(self, column: str) -> None:
        """Have no such column of `person` any more."""

    def kill(self) -> None:
        """Be gone."""

    def slow(self) -> None:
        """Never answer, from now on."""

    def quick(self) -> None:
        """Answer again."""


async def until(condition: Callable[[], object]) -> None:
    """Let others run until it holds."""
    while not condition():  # noqa: ASYNC110  (a thread may be what is waited for: it has no event to await)
        await asyncio.sleep(0)
