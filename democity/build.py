"""Builds the demo city in a directory: its sources, the keys of those with a service, and the exchange's own files.

BuildError
├── ForeignDirectoryError   the directory holds something that no build made
└── OtherCityError          a city with other parameters stands there
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from democity.declarations import Chosen, write_declarations
from democity.delivery_description import describe
from democity.errors import BuildError, ForeignDirectoryError, OtherCityError
from democity.records import Row
from democity.registers import Registers
from democity.stores.contract import Store
from democity.stores.files import FileStore
from democity.stores.postgresql import PostgresqlStore, Server
from democity.stores.sqlite import SqliteStore
from democity.tables import SQLITE, Table

__all__ = ["BuildError", "Built", "ForeignDirectoryError", "OtherCityError", "Parameters", "build", "server_of"]

_MARK: Final = "city.json"
_FORM: Final = 2
"""The number of the layout; raised when it changes, so that an old city is not taken for a new one."""

_KEYS: Final = ("delivery.key", "appearance.key")
_DATABASE_KEY: Final = "postgres.key"


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a city is made from. `postgres` is the address of a database server, without the password."""

    residents: int
    seed: int
    delivery_port: int
    appearance_port: int
    postgres: str | None = None
    form: int = _FORM


@dataclass(frozen=True, slots=True)
class Built:
    """A city that stands; `made` is False when it stood before."""

    directory: Path
    parameters: Parameters
    made: bool

    @property
    def exchange(self) -> Path:
        """The declaration of its sources."""
        return self.directory / "exchange.yaml"

    @property
    def policy(self) -> Path:
        """Its policy lines."""
        return self.directory / "policy.csv"


def build(
    directory: Path,
    *,
    residents: int = 50_000,
    seed: int = 7,
    delivery_port: int = 8001,
    appearance_port: int = 8002,
    now: dt.datetime | None = None,
    divisions: Path | None = None,
    postgres: str | None = None,
    told: Callable[[int], None] = lambda _: None,
) -> Built:
    """Build the city, or return the one that stands there if it has the same parameters.

    The city is made beside `directory` and renamed onto it, so a directory is either empty or a whole city. Rows
    depend on `residents`, `seed` and `now` alone (aware; left out, it is the present): tests, codes, meals, arrivals,
    cases and readings are recent by it, while the people are of a fixed day. The keys are random. A city that stands
    is never written to. `divisions`, a CSV file of divisions, is declared as a source beside the city's own.
    `postgres`, the address of a database with its password, takes the tables of the systems without a service in
    schemas of its own, in place of files. `told` hears how many residents more are written.

    Raises:
        ForeignDirectoryError: the directory is neither absent, nor empty, nor a city.
        OtherCityError: a city with other parameters stands there, or one of another `now`, where that is given.
        ServerError: the database server can't be asked, or has such schemas already.
    """
    server = None if postgres is None else Server.at(postgres)
    parameters = Parameters(residents, seed, delivery_port, appearance_port, server.url if server else None)
    directory = directory.resolve()
    if not _is_free(directory):
        _require_same(directory, parameters, now)
        return Built(directory, parameters, made=False)
    directory.parent.mkdir(parents=True, exist_ok=True)
    scaffold = Path(tempfile.mkdtemp(prefix=f".{directory.name}.building-", dir=directory.parent))
    try:
        chosen = Chosen(delivery_port, appearance_port, divisions.resolve() if divisions else None, parameters.postgres)
        write_declarations(scaffold, chosen)
        _write(scaffold, parameters, now or dt.datetime.now(dt.UTC), server, told)
        scaffold.rename(directory)
    except BaseException:
        shutil.rmtree(scaffold, ignore_errors=True)
        raise
    return Built(directory, parameters, made=True)


def server_of(directory: Path) -> Server | None:
    """The database server that holds the tables of a city; None where they lie in its directory.

    Raises:
        ForeignDirectoryError: the directory holds no city.
    """
    try:
        url = json.loads((directory / _MARK).read_text("utf-8"))["postgres"]
        return (
            None if url is None else Server(url, (directory / "keys" / _DATABASE_KEY).read_text("utf-8").rstrip("\n"))
        )
    except (OSError, ValueError, KeyError, TypeError):
        raise ForeignDirectoryError(f"{directory} holds no demo city") from None


def _is_free(directory: Path) -> bool:
    return not directory.exists() or (directory.is_dir() and not any(directory.iterdir()))


def _require_same(directory: Path, parameters: Parameters, now: dt.datetime | None) -> None:
    try:
        found = json.loads((directory / _MARK).read_text("utf-8"))
        made_for = found.pop("now", None)
    except (OSError, ValueError, AttributeError):
        raise ForeignDirectoryError(f"{directory} holds no demo city; name an empty or a new directory") from None
    if found != asdict(parameters) or (now is not None and made_for != now.isoformat()):
        raise OtherCityError(
            f"{directory} holds a city of {found}, made for {made_for}; remove it yourself, or name another directory"
        )


def _write(
    directory: Path, parameters: Parameters, now: dt.datetime, server: Server | None, told: Callable[[int], None]
) -> None:
    _write_keys(directory / "keys", server)
    document = json.dumps(describe(parameters.delivery_port), ensure_ascii=False, indent=2)
    (directory / "delivery.openapi.json").write_text(document + "\n", "utf-8")
    mark = {**asdict(parameters), "now": now.isoformat()}
    (directory / _MARK).write_text(json.dumps(mark) + "\n", "utf-8")
    with _stores(directory, server) as store_of:

        def add(table: Table, rows: Iterable[Row], part: str) -> None:
            store_of(table).add(table, rows, part)

        Registers(parameters.seed, parameters.residents, now).fill(add, told)


@contextlib.contextmanager
def _stores(directory: Path, server: Server | None) -> Iterator[Callable[[Table], Store]]:
    """The store of each table; all are finished at the end, a database server last."""
    databases, files = SqliteStore(directory), FileStore(directory)
    stores: list[Store] = [databases, files]
    staging = directory / "staging"
    there = PostgresqlStore(staging, server) if server else None
    if there is not None:
        stores.append(there)

    def store_of(table: Table) -> Store:
        if there is not None and table.in_database:
            return there
        return databases if table.form == SQLITE else files

    try:
        yield store_of
        for store in stores:
            store.finish()
    finally:
        for store in stores:
            store.close()
        shutil.rmtree(staging, ignore_errors=True)


def _write_keys(directory: Path, server: Server | None) -> None:
    """Secrets that only their owner may read, from the moment they exist."""
    directory.mkdir(mode=0o700)
    secret = {name: secrets.token_urlsafe(32) for name in _KEYS}
    if server is not None:
        secret[_DATABASE_KEY] = server.password
    for name, text in secret.items():
        descriptor = os.open(directory / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
