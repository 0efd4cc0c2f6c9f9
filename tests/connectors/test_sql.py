"""What only a database can do to us, and we to it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.dialects import flavour
from connectors.drivers.threads import ThreadsDriver, _Session
from connectors.errors import DeclarationError, FailureKind, GapKind, SourceError, UnsupportedError
from connectors.sql import SqlConnector, _capabilities
from tests.connectors.served import MANY, ODD, PERSON, SqliteServed, declaration
from vocabulary.catalogue import SourceDeclaration
from vocabulary.fetch import Compare, Fetch, Op, Order, Via

BY_ID = Fetch("Person", ("id", "name"), Via("Person", "id"))


@pytest.fixture
def town(tmp_path: Path) -> SqliteServed:
    return SqliteServed(tmp_path)


def ask(connector: SqlConnector, question: Callable[[SqlConnector], Awaitable[Any]]) -> Any:
    async def journey() -> Any:
        try:
            return await question(connector)
        finally:
            await connector.close()

    return asyncio.run(journey())


def failure(connector: SqlConnector, request: Fetch = BY_ID, **values: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        ask(connector, lambda made: made.fetch(request, values or {"keys": ("p1",)}))
    return caught.value


def sql(folder: Path, url: str = "sqlite:///town.sqlite", **changes: Any) -> SqlConnector:
    return SqlConnector(declaration("sql", {"url": url}, **changes), folder)


def threads(connector: SqlConnector) -> ThreadsDriver:
    assert isinstance(connector.driver, ThreadsDriver)
    return connector.driver


@pytest.mark.parametrize(
    "attack", ["' OR 1=1 --", "p1' UNION SELECT * FROM person --", "x'; DROP TABLE person; --", *ODD]
)
@pytest.mark.parametrize("op", [Op.EQ, Op.STARTS_WITH, Op.IN])
def test_a_value_is_never_read_as_sql(town: SqliteServed, attack: str, op: Op) -> None:
    request = Fetch("Person", ("id",), where=Compare("id", op, "slot"))
    table = ask(sql(town.folder), lambda made: made.fetch(request, {"slot": (attack,) if op is Op.IN else attack}))
    if attack:
        assert table.column("id") == ([attack] if attack in ODD else [])
    with town.live() as live:
        assert live.execute("SELECT count(*) FROM person").fetchone()[0] > MANY


def test_connections_only_read(town: SqliteServed) -> None:
    def write(session: _Session) -> None:
        session.open()
        assert session.execute("PRAGMA query_only", ()) == [(1,)]
        session.execute("DELETE FROM person", ())

    with pytest.raises(SourceError):
        ask(sql(town.folder), lambda made: threads(made).workers.run(write))
    with town.live() as live:
        assert live.execute("SELECT count(*) FROM person").fetchone()[0] > MANY


def test_a_missing_file_is_said_and_not_made(tmp_path: Path) -> None:
    for question in (lambda made: made.check(), lambda made: made.fetch(BY_ID, {"keys": ("p1",)})):
        with pytest.raises(SourceError, match=r"cannot be opened; is the path in options\.url right\?") as caught:
            ask(sql(tmp_path), question)
        assert caught.value.kind is FailureKind.UNAVAILABLE
        assert str(tmp_path) not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "town.sqlite").write_text("SECRET " * 1000)
    error = failure(sql(tmp_path))
    assert error.kind is FailureKind.UNAVAILABLE
    assert "SECRET" not in str(error)
    with pytest.raises(SourceError):
        ask(sql(tmp_path), lambda made: made.check())


def test_odd_names_of_folders_are_paths_and_not_options(tmp_path: Path) -> None:
    folder = tmp_path / "a?mode=rwc&x=#%20 é"
    folder.mkdir()
    assert ask(SqliteServed(folder).connector(), lambda made: made.fetch(BY_ID, {"keys": ("p1",)})).count == 1  # type: ignore[arg-type]  # it is an SqlConnector


def test_a_url_cannot_ask_for_writing(town: SqliteServed) -> None:
    made = sql(town.folder, "sqlite:///town.sqlite?mode=rwc&uri=true")
    assert threads(made).engine.url.query == {"mode": "ro", "uri": "true"}
    assert ask(made, lambda connector: connector.fetch(BY_ID, {"keys": ("p1",)})).count == 1


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("not a url SECRET", "no SQLAlchemy URL"),
        ("klingon://u:SECRET@h/db", "no such dialect"),
        ("postgresql+psycopg2://u:SECRET@h/db", "driver"),
        (4711, "exactly one"),
    ],
)
def test_a_url_that_is_none_is_refused_without_being_quoted(tmp_path: Path, url: Any, hint: str) -> None:
    with pytest.raises(DeclarationError, match=hint) as caught:
        sql(tmp_path, url)
    assert "SECRET" not in str(caught.value)


def test_unknown_options_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="exactly one"):
        SqlConnector(declaration("sql", {"url": "sqlite:///a", "echo": True}), tmp_path)


def test_a_locked_database_is_unavailable_in_bounded_time(town: SqliteServed) -> None:
    with closing(sqlite3.connect(town.file, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        error = failure(sql(town.folder, timeout=0.2))
    assert error.kind is FailureKind.UNAVAILABLE


def test_a_table_that_is_gone_does_not_fit_its_declaration(town: SqliteServed) -> None:
    with town.live() as live:
        live.execute("ALTER TABLE person RENAME TO people")
    assert failure(sql(town.folder)).kind is FailureKind.INVALID
    with pytest.raises(DeclarationError, match=r"table person .* is not there; write one of: people, visit"):
        ask(sql(town.folder), lambda made: made.check())


def test_a_view_is_as_good_as_a_table(town: SqliteServed) -> None:
    with town.live() as live:
        live.execute("ALTER TABLE person RENAME TO people")
        live.execute("CREATE VIEW person AS SELECT * FROM people")
    ask(sql(town.folder), lambda made: made.check())


def test_text_that_is_no_utf8_is_a_lie_and_not_quoted(town: SqliteServed) -> None:
    with town.live() as live:
        live.execute("UPDATE person SET name = CAST(x'534543524554ff' AS TEXT) WHERE id = 'p1'")
    error = failure(sql(town.folder))
    assert error.kind is FailureKind.INVALID
    assert "SECRET" not in str(error)


def test_another_encoding_would_sort_otherwise_and_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "town.sqlite")) as live, live:
        live.execute("PRAGMA encoding = 'UTF-16le'")
        live.execute("CREATE TABLE person (id TEXT)")
    assert failure(sql(tmp_path)).kind is FailureKind.INVALID


def test_a_server_that_hung_up_is_called_again(town: SqliteServed) -> None:
    def hang_up(session: _Session) -> None:
        session.open()
        assert session._connection is not None
        session._connection.driver_connection.close()  # type: ignore[union-attr]  # it is open

    async def question(made: SqlConnector) -> int:
        await threads(made).workers.run(hang_up)
        return (await made.fetch(BY_ID, {"keys": ("p1",)})).count

    assert ask(sql(town.folder, concurrency=1), question) == 1


def test_a_duplicate_key_in_a_collection_is_a_lie(town: SqliteServed) -> None:
    town.repeat("p1")
    request = Fetch("Person", ("id",), order=(Order("id"),), limit=True)
    assert failure(sql(town.folder), request, limit=5_000).kind is FailureKind.INVALID


def test_a_database_that_folds_case_brings_no_rows_that_nobody_asked_for(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "town.sqlite")) as live, live:
        live.execute("CREATE TABLE person (id TEXT COLLATE NOCASE, name TEXT COLLATE NOCASE)")
        live.executemany("INSERT INTO person VALUES (?, ?)", [("a", "x"), ("A", "X"), ("b", "y")])
    source = declaration("sql", {"url": "sqlite:///town.sqlite"}, types=(PERSON,), relations=())
    table = ask(SqlConnector(source, tmp_path), lambda made: made.fetch(BY_ID, {"keys": ("a",)}))
    assert table.columns == (["a"], ["x"])


def test_each_shape_is_compiled_once(town: SqliteServed) -> None:
    async def question(made: SqlConnector) -> tuple[int, int]:
        for count in (1, 2, 3, 4, 4, 3):
            await made.fetch(BY_ID, {"keys": tuple(f"p{i}" for i in range(count))})
        shapes = made._query(BY_ID)._compiled.cache_info()
        return shapes.misses, shapes.hits

    assert ask(sql(town.folder), question) == (3, 3)


def test_a_dialect_whose_order_is_not_known_offers_no_prefixes() -> None:
    capabilities = _capabilities(sorts_text=False)
    assert Op.STARTS_WITH not in capabilities.operators
    assert capabilities.gap is not None
    assert capabilities.gap.kind is GapKind.NOT_YET


def test_an_unknown_dialect_refuses_prefixes_in_a_typed_way(town: SqliteServed) -> None:
    made = sql(town.folder)
    object.__setattr__(made, "capabilities", _capabilities(sorts_text=False))
    with pytest.raises(UnsupportedError) as caught:
        ask(made, lambda one: one.fetch(Fetch("Person", ("id",), where=Compare("id", Op.STARTS_WITH, "s")), {"s": "p"}))
    assert caught.value.kind is GapKind.NOT_YET


def test_a_relation_that_names_no_field_is_refused(tmp_path: Path) -> None:
    source: SourceDeclaration = declaration("sql", {"url": "sqlite:///town.sqlite"}, types=(PERSON,))
    with pytest.raises(DeclarationError, match=r"Human\.visits: Visit is no type of this source"):
        SqlConnector(source, tmp_path)


def test_what_sqlite_sorts_never_touches_the_disk(tmp_path: Path) -> None:
    """A large sort would otherwise leave people's data in a temporary file."""
    file = tmp_path / "town.sqlite"
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE person (id TEXT)")
    with closing(sqlite3.connect(file)) as connection:
        flavour("sqlite").prepare(connection, 1.0, lambda: False)
        assert connection.execute("PRAGMA temp_store").fetchone() == (2,)  # MEMORY


def test_a_dialect_that_takes_nothing_apart_says_so(town: SqliteServed) -> None:
    part = replace(PERSON, fields=(*PERSON.fields, replace(PERSON.fields[1], name="part", part="/owner")))
    source = declaration("sql", {"url": "sqlite:///town.sqlite"}, types=(part,), relations=())
    with pytest.raises(DeclarationError, match=r"field part cannot be read: no part of person\.name can be taken"):
        ask(SqlConnector(source, town.folder), lambda made: made.check())
    assert failure(SqlConnector(source, town.folder)).kind is FailureKind.INVALID
