from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from connectors import connect
from connectors.outlines import NoTargetError, OutlineError, Target, look
from connectors.outlines import sql as reader
from vocabulary.catalogue import SourceDeclaration, TypeDeclaration, Words
from vocabulary.outline import Column, Shape, Table

TABLES = """
CREATE TABLE person (
  person_id INTEGER PRIMARY KEY, identity_no VARCHAR(18) UNIQUE, born DATE, seen DATETIME, ok BOOLEAN, height REAL,
  photo BLOB, mixed INTEGER, bare, day TEXT, "a ""b" TEXT
);
CREATE UNIQUE INDEX one ON person (day);
CREATE UNIQUE INDEX some ON person (seen) WHERE ok;
CREATE TABLE visit (
  visit_id INTEGER PRIMARY KEY, person INTEGER REFERENCES person (person_id), a TEXT, b TEXT, UNIQUE (a, b)
);
CREATE TABLE keyless (x TEXT);
CREATE VIEW grown AS SELECT person_id FROM person;
INSERT INTO person VALUES (1, '11010519491231002X', '1949-12-31', '2024-05-01T08:30:00+08:00', 1, 1, x'00', 1, 1, '2024-05-01', 'q');
INSERT INTO person VALUES (2, 'x', '2024-01-01', NULL, 0, 2.5, NULL, 'x', 'y', '2024-05-02', NULL);
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "town.sqlite"
    with closing(sqlite3.connect(made)) as database:
        database.executescript(TABLES)
    return made


def table(path: Path, name: str) -> Table:
    (found,) = [one for one in look(Target(str(path), path.parent)).tables if one.name == name]
    return found


def column(path: Path, name: str) -> Column:
    (found,) = [one for one in table(path, "person").columns if one.name == name]
    return found


def test_tables_keys_and_rows(path: Path) -> None:
    outline = look(Target(str(path), path.parent))
    assert (outline.connector, dict(outline.options), outline.name) == ("sql", {"url": "sqlite:///town.sqlite"}, "town")
    assert [one.name for one in outline.tables] == ["grown", "keyless", "person", "visit"]
    grown, keyless, person, visit = outline.tables
    assert (grown.is_view, grown.key, grown.rows) == (True, (), 2)
    assert keyless.key == ()
    assert (person.key, person.rows, person.is_more) == (("person_id",), 2, False)
    assert [(key.column, key.table, key.target) for key in visit.foreign_keys] == [("person", "person", "person_id")]
    assert {one.name for one in person.columns if one.unique} == {"person_id", "identity_no", "day"}
    assert {one.name for one in visit.columns if one.unique} == {"visit_id"}  # two columns together make none unique


@pytest.mark.parametrize(
    ("name", "scalar"),
    [
        *(("person_id", "Int"), ("identity_no", "String"), ("born", "Date"), ("seen", "DateTime"), ("ok", "Boolean")),
        *(("height", "Float"), ("photo", None), ("mixed", None), ("bare", None), ("day", "Date"), ('a "b', "String")),
    ],
)
def test_what_the_cells_hold_counts_more_than_what_is_declared(path: Path, name: str, scalar: str | None) -> None:
    assert column(path, name).scalar == scalar


def test_an_empty_table_has_the_scalars_that_it_declares(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "empty.db")) as database:
        database.execute("CREATE TABLE t (a DATE, b INTEGER, c BLOB)")
    (found,) = look(Target(str(tmp_path / "empty.db"))).tables
    assert [one.scalar for one in found.columns] == ["Date", "Int", None]


def test_a_sample_is_counted_and_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert column(path, "identity_no").sample.count(Shape.IDENTITY) == 1
    monkeypatch.setattr(reader, "ROWS", 1)
    monkeypatch.setattr(reader, "COUNTED", 1)
    assert column(path, "identity_no").sample.cells == 1
    assert (table(path, "person").rows, table(path, "person").is_more) == (1, True)


def test_nothing_is_written(path: Path) -> None:
    before = path.read_bytes()
    look(Target(str(path), path.parent))
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == ["town.sqlite"]


def test_a_url_names_a_file_of_the_home(path: Path) -> None:
    assert look(Target("sqlite:///town.sqlite", path.parent)).name == "town"
    outside = look(Target(f"sqlite:///{path}", path.parent / "elsewhere"))
    assert dict(outside.options) == {"url": f"sqlite:///{path}"}


@pytest.mark.parametrize("name", ["a b%20.sqlite", "名单.sqlite", "x#y.sqlite", "a?b.sqlite"])
def test_the_connector_finds_the_file_by_the_proposed_url(path: Path, name: str) -> None:
    path.rename(path.with_name(name))
    outline = look(Target(str(path.with_name(name)), path.parent))
    declared = TypeDeclaration("Visit", "visit", Words("访", "Visit"), None, None, None, None, ())
    connector = connect(SourceDeclaration("x", "bureau", "sql", outline.options, types=(declared,)), path.parent)

    async def check() -> None:
        await connector.check()
        await connector.close()

    asyncio.run(check())


def test_a_table_can_be_named(path: Path) -> None:
    assert [one.name for one in look(Target(str(path), tables=frozenset({"visit"}))).tables] == ["visit"]
    with pytest.raises(NoTargetError, match="there is no table visits; there are: grown, keyless, person, visit"):
        look(Target(str(path), tables=frozenset({"visits"})))


def test_more_tables_than_are_looked_at_are_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_TABLES", 2)
    outline = look(Target(str(path)))
    assert len(outline.tables) == 2
    assert outline.notes == ("There are 4 tables; the first 2 were looked at. Name those you mean: --table.",)


def test_a_database_that_takes_too_long_is_given_up(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute(
            "CREATE VIEW endless AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) AS x FROM n"
        )
    outline = look(Target(str(path), tables=frozenset({"endless", "visit"}), seconds=0.2))
    assert [(one.name, one.rows) for one in outline.tables] == [("endless", None)]
    assert outline.notes == ("Time was over before visit; what follows it was not looked at (--seconds, --table).",)


def test_no_tables(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "none.db")) as database:
        database.executescript("CREATE TABLE t (x); DROP TABLE t")
    with pytest.raises(OutlineError, match="there are no tables that this account may see"):
        look(Target(str(tmp_path / "none.db")))


def test_a_file_that_is_not_what_its_name_says(tmp_path: Path) -> None:
    (tmp_path / "fake.sqlite").write_text("姓名,电话\n")
    with pytest.raises(OutlineError, match="is no SQLite database"):
        look(Target(str(tmp_path / "fake.sqlite")))
    (tmp_path / "torn.sqlite").write_bytes(b"SQLite format 3\0" + b"x" * 500)
    with pytest.raises(OutlineError, match="damaged"):
        look(Target(str(tmp_path / "torn.sqlite")))


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("nowhere.sqlite", "can't be read"),
        ("postgresql://me:hunter2@127.0.0.1/x", "a password in the URL"),
        ("postgresql://me@127.0.0.1", "no host or no database"),
        ("mysql:///x", "no host or no database"),
        ("postgresql://[::1/x", "is no database URL"),
    ],
)
def test_what_is_named_wrongly(where: str, said: str) -> None:
    with pytest.raises(NoTargetError, match=said) as refused:
        look(Target(where))
    assert "hunter2" not in str(refused.value)
