"""How a kind of source serves the data set, and the hands on it that a test needs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from connectors.contract import Connector
from vocabulary.fetch import Predicate


class Served(Protocol):
    """A source in which the data set lies, and hands on it that a test needs."""

    kind: str
    asked: int  # requests for data that have reached it
    open: int  # those that it is busy with
    most: int  # and the most that it ever was

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


def unstorable(served: Served) -> frozenset[str]:
    """Texts of `ODD` that this kind of source has no form for: it does not hold them, and refuses to look for them."""
    texts: frozenset[str] = getattr(served, "unstorable", frozenset())
    return texts


def no_text(served: Served) -> object:
    """What is no text in the place of one, and stays none there."""
    return getattr(served, "no_text", 4711)


def unheld(served: Served) -> frozenset[str]:
    """Texts of `ODD` that this kind of source has no way to hold, and holds as null instead."""
    return frozenset(getattr(served, "unheld", ()))


def unoffered(served: Served) -> tuple[Predicate, ...]:
    """Filters that this kind refuses although it offers their operators, because of what they compare, or where."""
    return tuple(getattr(served, "unoffered", ()))


def keeps_offsets(served: Served) -> bool:
    """Whether this kind of source keeps the offset of a date and time, or only the instant."""
    return bool(getattr(served, "keeps_offsets", True))


def patience(served: Served) -> float:
    """The seconds after which a test may take a source for too slow, when it has to connect within them."""
    return float(getattr(served, "patience", 0.3))


def serve(request: pytest.FixtureRequest, folder: Path) -> Iterator[Served]:
    """Make what a parameter of `SERVED` names; with the server fixture that it asks for, and closed where it can be."""
    make = request.param
    needs = (request.getfixturevalue(make.server_fixture),) if hasattr(make, "server_fixture") else ()
    served: Served = make(folder, *needs)
    yield served
    if hasattr(served, "close"):
        served.close()


async def until(condition: Callable[[], object]) -> None:
    """Let others run until it holds."""
    while not condition():  # noqa: ASYNC110  (a thread may be what is waited for: it has no event to await)
        await asyncio.sleep(0)
