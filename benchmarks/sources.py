"""Every kind of source: 1,000 rows of seven fields through its connector, against its driver alone.

SQL and files are asked for a page of an area, in order; services for the rows of 1,000 keys; another exchange, whose
share is its own, for the page. A driver alone runs the same question, written by hand, and makes nothing of the rows
that it brings.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, Final

import asyncmy
import asyncpg
import duckdb

from benchmarks.below import exchange
from benchmarks.rates import ROWS, Alone, Pair
from benchmarks.service import service
from benchmarks.subgraphs import subgraphs
from connectors import Connector, connect
from tests.support.servers import mariadb, postgresql
from tests.support.servers.database import HOST, PASSWORD, READER
from vocabulary.catalogue import FieldDeclaration, SourceDeclaration, TypeDeclaration, Words
from vocabulary.fetch import Fetch, Order, Values, Within

_WORDS: Final = Words("-", "-")
_SCALARS: Final = {
    "name": "String",
    "born": "Date",
    "phone": "String",
    "address": "String",
    "area": "String",
    "alone": "Boolean",
    "sex": "String",
}
_OF_ALL: Final = 10_000
_AREA: Final = "310115"
_COLUMNS: Final = ", ".join(_SCALARS)
_REQUEST: Final = Fetch("Person", tuple(_SCALARS), where=Within("area", "own"), order=(Order("serial"),), limit=True)
_VALUES: Final[Values] = {"own": (_AREA,), "limit": ROWS}
_SQL: Final = f"SELECT {_COLUMNS} FROM person WHERE area >= ? AND area < ? ORDER BY serial LIMIT ?"
_TABLE: Final = (
    "CREATE TABLE person (serial INTEGER PRIMARY KEY, name VARCHAR(40), born DATE, phone VARCHAR(20), "
    "address VARCHAR(80), area VARCHAR(15), alone BOOLEAN, sex VARCHAR(1))"
)
_INDEX: Final = "CREATE INDEX person_area ON person (area)"


def sources(folder: Path) -> Iterator[Pair]:
    """Each kind, in turn; every server that is started for one has stopped when the next is asked for."""
    for made in (_sqlite, _postgresql, _mariadb, _parquet, _csv, service, _exchange):
        with made(folder) as pair:
            yield pair
    yield from subgraphs(folder)


def _rows() -> list[tuple[Any, ...]]:
    random = Random(7)  # noqa: S311  (made-up data)
    return [
        (
            serial,
            "王小明",
            dt.date(1930, 1, 1) + dt.timedelta(days=random.randrange(30_000)),
            f"160{random.randrange(10**8):08}",
            "浦东新区花木街道银杏路1号",
            f"{random.choice((_AREA, '310104'))}016{random.randrange(1, 10):03}001",
            random.random() < 0.2,
            random.choice("男女"),
        )
        for serial in random.sample(range(2**31), _OF_ALL)
    ]


@contextmanager
def _sqlite(folder: Path) -> Iterator[Pair]:
    with closing(sqlite3.connect(folder / "people.sqlite")) as database, database:
        database.execute(_TABLE)
        database.execute(_INDEX)
        database.executemany(
            "INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(*row[:2], row[2].isoformat(), *row[3:]) for row in _rows()],
        )
    with closing(sqlite3.connect(folder / "people.sqlite")) as had:
        connector = _connector("sql", {"url": "sqlite:///people.sqlite"}, folder)
        yield _pair("sql, SQLite", "sqlite3", connector, _read(had))


@contextmanager
def _exchange(folder: Path) -> Iterator[Pair]:
    """Another exchange over the SQLite file that was made first."""
    with closing(sqlite3.connect(folder / "people.sqlite")) as had, exchange(folder, _SCALARS) as connector:
        yield _pair("exchange, SQLite behind", "sqlite3", connector, _read(had))


def _read(database: sqlite3.Connection) -> Alone:
    async def alone() -> int:
        return len(database.execute(_SQL, (_AREA, _above(_AREA), ROWS)).fetchall())

    return alone


@contextmanager
def _postgresql(folder: Path) -> Iterator[Pair]:
    with postgresql.postgresql_server() as server:
        database = server.create_database()
        server.execute(f"{_TABLE}; {_INDEX}", database=database)
        row = ", ".join(
            f"${at}::{kind}[]"
            for at, kind in enumerate(("int", "text", "date", "text", "text", "text", "bool", "text"), start=1)
        )
        server.execute(
            f"INSERT INTO person SELECT * FROM unnest({row})", *zip(*_rows(), strict=True), database=database
        )
        server.execute("ANALYZE person", database=database)
        (folder / "reader.password").write_text(PASSWORD)
        options = {"url": server.url(database), "password": {"file": "reader.password"}}
        connections: list[Any] = []
        sql = f"SELECT {_COLUMNS} FROM person WHERE area >= $1 AND area < $2 ORDER BY serial LIMIT $3"

        async def alone() -> int:
            if not connections:
                connections.append(await asyncpg.connect(server.url(database), password=PASSWORD))
            return len(await connections[0].fetch(sql, _AREA, _above(_AREA), ROWS))

        async def end() -> None:
            await connections[0].close()

        yield _pair("sql, PostgreSQL", "asyncpg", _connector("sql", options, folder), alone, end)


@contextmanager
def _mariadb(folder: Path) -> Iterator[Pair]:
    with mariadb.mariadb_server() as server:
        database = server.create_database()
        server.execute(f"{_TABLE}; {_INDEX}", database=database)
        rows = _rows()
        for start in range(0, len(rows), 500):
            some = rows[start : start + 500]
            marks = ", ".join(("(%s, %s, %s, %s, %s, %s, %s, %s)",) * len(some))
            server.execute(
                f"INSERT INTO person VALUES {marks}", *(cell for row in some for cell in row), database=database
            )
        (folder / "reader.password").write_text(PASSWORD)
        options = {"url": server.url(database), "password": {"file": "reader.password"}}
        connections: list[Any] = []
        sql = f"SELECT {_COLUMNS} FROM person WHERE area >= %s AND area < %s ORDER BY serial LIMIT %s"

        async def alone() -> int:
            if not connections:
                connections.append(
                    await asyncmy.connect(host=HOST, port=server.port, user=READER, password=PASSWORD, db=database)
                )
            async with connections[0].cursor() as cursor:
                await cursor.execute(sql, (_AREA, _above(_AREA), ROWS))
                return len(await cursor.fetchall())

        async def end() -> None:
            await connections[0].ensure_closed()

        yield _pair("sql, MariaDB", "asyncmy", _connector("sql", options, folder), alone, end)


@contextmanager
def _parquet(folder: Path) -> Iterator[Pair]:
    with _duck(folder) as duck:
        duck.execute(f"COPY person TO '{folder / 'people.parquet'}'")
        connector = _connector("files", {"folder": "."}, folder, table="people.parquet")
        yield _pair("files, Parquet", "duckdb", connector, _asked(duck, f"'{folder / 'people.parquet'}'"))


@contextmanager
def _csv(folder: Path) -> Iterator[Pair]:
    """The connector keeps a CSV in memory; so does the driver alone, as a table with types."""
    with _duck(folder) as duck:
        duck.execute(f"COPY person TO '{folder / 'people.csv'}' (HEADER)")
        yield _pair(
            "files, CSV",
            "duckdb",
            _connector("files", {"folder": "."}, folder, table="people.csv"),
            _asked(duck, "person"),
        )


@contextmanager
def _duck(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The table in memory, of the SQLite file that was made first."""
    with (
        closing(duckdb.connect(config={"threads": 1})) as duck,
        closing(sqlite3.connect(folder / "people.sqlite")) as had,
    ):
        duck.execute(_TABLE)
        rows = had.execute("SELECT serial, name, born, phone, address, area, alone = 1, sex FROM person").fetchall()
        duck.executemany("INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        yield duck


def _asked(duck: duckdb.DuckDBPyConnection, table: str) -> Alone:
    sql = f"SELECT {_COLUMNS} FROM {table} WHERE area >= ? AND area < ? ORDER BY serial LIMIT ?"

    async def alone() -> int:
        return len(duck.execute(sql, (_AREA, _above(_AREA), ROWS)).fetchall())

    return alone


def _pair(
    kind: str, beside: str, connector: Connector, alone: Alone, end: Callable[[], Awaitable[None]] | None = None
) -> Pair:
    pair = Pair(kind, beside, connector, _REQUEST, _VALUES, alone)
    return pair if end is None else replace(pair, end=end)


def _connector(kind: str, options: Mapping[str, object], folder: Path, table: str = "person") -> Connector:
    fields = [FieldDeclaration(name, scalar, name, 1, _WORDS) for name, scalar in _SCALARS.items()]
    serial = FieldDeclaration("serial", "Int", "serial", 1, _WORDS)
    person = TypeDeclaration(
        "Person", table, _WORDS, "serial", None, "area", "people", (serial, *fields), page_by="serial"
    )
    declared = SourceDeclaration("people", "bureau", kind, options, timeout=30.0, types=(person,))
    return connect(declared, folder)


def _above(area: str) -> str:
    return str(int(area) + 1)
