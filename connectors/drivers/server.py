"""What the drivers of database servers share: a pool, what the tables are like, and failures in our words."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy.engine import Dialect

from connectors.dialects import SENTENCES, flavour
from connectors.drivers.address import Address
from connectors.drivers.contract import NO_FORM, Cells, Found, NoFormError, Statement
from connectors.drivers.pool import Pool, Session
from connectors.errors import DeclarationError, FailureKind, GapKind, SourceError, UnsupportedError
from connectors.form import Form, MismatchError
from connectors.layout import Taken
from vocabulary.catalogue import SourceDeclaration, TypeDeclaration

ResultT = TypeVar("ResultT")


class Fetching(Session, Protocol):
    """One connection that statements are sent on."""

    async def fetch(self, sql: str, arguments: Sequence[Any]) -> Cells:
        """The rows of one statement; NoFormError where an argument can't be said in its protocol."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What a look found: the columns of each declared table that is there, and the names of what else there is."""

    columns: Mapping[str, Sequence[Found]]
    names: Sequence[str]


class ServerDriver(ABC):
    """As `Driver`, on the event loop. Tables are looked at before the first statement, and after one did not fit."""

    def __init__(self, declaration: SourceDeclaration, address: Address, dialect: Dialect) -> None:
        self.flavour: Final = flavour(dialect.name)
        self.dialect: Final = dialect
        self.address: Final = address
        self.pool: Final = Pool(declaration.concurrency, self.open, self.is_lost, declaration.timeout)
        self._declaration: Final = declaration
        self._tables: Tables | None = None

    async def run(self, statement: Statement, read: Callable[[Cells], ResultT]) -> ResultT:
        """As `Driver`."""

        async def work(session: Fetching) -> Cells:
            if self._tables is None:
                self._tables = await self.look(session)
            sql, arguments = statement()
            return await session.fetch(sql, arguments)

        return read(await self.use(work))

    async def inspect(self) -> None:
        """As `Driver`."""
        self._tables = await self.use(self.look)

    def forget(self) -> None:
        """As `Driver`."""
        self._tables = None

    def columns(self, declared: TypeDeclaration) -> Sequence[str] | None:
        """As `Driver`."""
        found = self._tables.columns.get(declared.table) if self._tables is not None else None
        return None if found is None else [column.name for column in found]

    def tables(self) -> Sequence[str]:
        """As `Driver`."""
        return self._tables.names if self._tables is not None else ()

    def form(self, declared: TypeDeclaration, taken: Taken) -> Form:
        """As `Driver`."""
        found = self._tables.columns.get(declared.table) if self._tables is not None else None
        if found is None:
            raise MismatchError(f"there is no table {declared.table}")
        for column in found:
            if column.name == taken.column:
                return self.form_of(column, taken.scalar, taken.part)
        raise MismatchError(f"table {declared.table} has no column {taken.column}")

    async def changed(self, tables: Sequence[str]) -> Mapping[str, dt.datetime]:  # noqa: ARG002  (as Driver has it)
        """As `Driver`: most servers do not know."""
        return {}

    async def close(self) -> None:
        """As `Driver`."""
        await self.pool.close()

    async def use(self, work: Callable[[Any], Awaitable[ResultT]]) -> ResultT:
        """Do `work` on a connection; what a driver raises becomes a failure of its source."""
        try:
            return await self.pool.run(work)
        except (SourceError, UnsupportedError, DeclarationError):
            raise
        except NoFormError:
            raise UnsupportedError(self._declaration.name, GapKind.NEVER, NO_FORM) from None
        except Exception as error:  # noqa: BLE001  (whatever a driver raises, and it quotes values)
            kind = self.kind_of(error)
            raise SourceError(self._declaration.name, kind, SENTENCES[kind]) from None

    @abstractmethod
    async def open(self) -> Any:
        """A new connection that only reads and whose statements end in time."""

    @abstractmethod
    async def look(self, session: Any) -> Tables:
        """See what the declared tables are like."""

    @abstractmethod
    def form_of(self, column: Found, scalar: str | None, part: str | None) -> Form:
        """As `form`, of a column that is there."""

    @staticmethod
    @abstractmethod
    def kind_of(error: Exception) -> FailureKind:
        """How an exception of the driver, or of the network, reads to the exchange."""

    @staticmethod
    @abstractmethod
    def is_lost(error: Exception) -> bool:
        """Whether it says that the connection was there no more."""
