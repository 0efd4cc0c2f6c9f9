"""What `SqlConnector` asks of a driver: statements, bounded in number and time, and what the database looks like."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from sqlalchemy.engine import Dialect

from connectors.dialects import Flavour
from connectors.form import Form
from connectors.layout import Taken
from vocabulary.catalogue import TypeDeclaration

ResultT = TypeVar("ResultT")

Statement: TypeAlias = Callable[[], tuple[str, Any]]
Cells: TypeAlias = Sequence[Sequence[Any]]

NO_FORM: Final = "a value that the database has no form for, so that nothing could equal it"


class NoFormError(ValueError):
    """What `NO_FORM` says, found before anything is sent."""


@dataclass(frozen=True, slots=True)
class Found:
    """A column as the database describes it.

    `type` is what its people call it (`character varying(18)`, `geometry(Point,3857)`); `base` the name by which the
    forms know it. `collation`: its collation where texts are concerned. `details`: what else a driver's forms look at.
    """

    name: str
    type: str
    base: str
    collation: str = ""
    details: frozenset[str] = frozenset()


class Driver(Protocol):
    """One database, reached in one way. Used from one event loop.

    At most as many statements as it was made for are under way at the server at a time, those included that nobody
    waits for any more. What is cancelled is cancelled at the server. Connections only read, and no statement outlives
    the source's timeout.
    """

    @property
    def flavour(self) -> Flavour:
        """The dialect's own ways."""

    @property
    def dialect(self) -> Dialect:
        """What statements are compiled for."""

    async def run(self, statement: Statement, read: Callable[[Cells], ResultT]) -> ResultT:
        """Run one SELECT, made once there is a connection and the tables are known; `read` makes rows of its cells.

        Raises:
            SourceError: it failed, in our words: a driver's own quote values.
            UnsupportedError: it compares with a value that the database has no form for.
        """

    async def inspect(self) -> None:
        """Look at what the tables are like, anew. Raises as `run` does."""

    def forget(self) -> None:
        """Forget what the last look found: something was other than it said."""

    def columns(self, declared: TypeDeclaration) -> Sequence[str] | None:
        """The columns that the last look found; None where there is no such table."""

    def tables(self) -> Sequence[str]:
        """The tables and views that the last look found."""

    def form(self, declared: TypeDeclaration, taken: Taken) -> Form:
        """How a field is had from its column.

        Raises:
            MismatchError: the column is not there, or cannot be read so.
        """

    async def changed(self, tables: Sequence[str]) -> Mapping[str, dt.datetime]:
        """When the data of tables last changed, where the server knows it."""

    async def close(self) -> None:
        """End what is under way and close every connection, in bounded time. Closing twice does no harm."""
