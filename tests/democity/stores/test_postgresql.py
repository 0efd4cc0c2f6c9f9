from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from democity.build import build, server_of
from democity.errors import ServerError
from democity.records import CHINA
from democity.stores.postgresql import SCHEMAS, Server
from democity.tables import TABLES
from tests.support.servers.database import KEEPER, PASSWORD
from tests.support.servers.postgresql import PostgresqlServer

NOW = dt.datetime(2026, 3, 2, 9, 30, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("url", "place", "password"),
    [
        ("postgresql://me:se%40cret@127.0.0.1:5433/city", "postgresql://me@127.0.0.1:5433/city", "se@cret"),
        ("postgresql://me@localhost/city", "postgresql://me@localhost/city", ""),
        ("postgresql://me@/city?host=/run/pg", "postgresql://me@/city?host=/run/pg", ""),
    ],
)
def test_the_password_is_taken_from_the_address(url: str, place: str, password: str) -> None:
    assert Server.at(url) == Server(place, password)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mysql://me@h/d",
        "postgresql://h/d",
        "postgresql://me@h",
        "postgresql://me:hunter2@h:port/d",
        "postgresql://me@[h/d",
    ],
)
def test_what_is_no_address_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(ServerError, match="no address of a database") as refused:
        Server.at(url)
    assert "hunter2" not in str(refused.value)


def test_a_server_that_is_not_there_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="can't be asked"):
        build(tmp_path / "city", residents=10, postgres="postgresql://me:hunter2@127.0.0.1:1/city")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def address(postgresql: PostgresqlServer) -> Callable[[], str]:
    def make() -> str:
        database = postgresql.create_database()
        postgresql.execute(f"GRANT CREATE ON DATABASE {database} TO {KEEPER}")
        return postgresql.url(database, KEEPER).replace("@", f":{PASSWORD}@")

    return make


@pytest.mark.server
def test_the_same_rows_are_there_as_in_files(tmp_path: Path, address: Callable[[], str]) -> None:
    url = address()
    there = build(tmp_path / "there", residents=300, now=NOW, postgres=url)
    here = build(tmp_path / "here", residents=300, now=NOW)
    server = Server.at(url)
    assert server_of(there.directory) == server
    assert server_of(here.directory) is None
    assert {path.name for path in there.directory.iterdir() if path.is_dir()} == {"keys"}
    for table in TABLES:
        if table.form == "sqlite" and table.in_database:
            with closing(sqlite3.connect(here.directory / f"{table.source}.sqlite")) as database:
                columns = ", ".join(column.name for column in table.columns if column.kind not in {"moment", "date"})
                expected = database.execute(f"SELECT {columns} FROM {table.name} ORDER BY {table.key}").fetchall()
            found = server.ask(f"SELECT {columns} FROM {table.source}.{table.name} ORDER BY {table.key}")
            assert [tuple(row) for row in found] == expected
    ((readings, days),) = server.ask("SELECT count(*), count(DISTINCT at::date) FROM sensors.reading")
    assert readings > 1000
    assert days >= 2


@pytest.mark.server
def test_the_declaration_names_the_server_and_no_password(tmp_path: Path, address: Callable[[], str]) -> None:
    url = address()
    city = build(tmp_path / "city", residents=10, now=NOW, postgres=url)
    for path in (city.exchange, city.directory / "city.json"):
        assert PASSWORD not in path.read_text("utf-8")
    assert (city.directory / "keys" / "postgres.key").read_text("utf-8") == f"{PASSWORD}\n"
    declared = yaml.safe_load(city.exchange.read_text("utf-8"))["sources"]
    assert {name for name, one in declared.items() if one["connector"] == "sql"} == set(SCHEMAS)
    for source in SCHEMAS:
        tables = {f"{source}.{table.name}" for table in TABLES if table.source == source}
        assert {one["table"] for one in declared[source]["types"].values()} <= tables
        assert declared[source]["options"]["url"] == Server.at(url).url
    assert json.loads((city.directory / "city.json").read_text("utf-8"))["postgres"] == Server.at(url).url


@pytest.mark.server
def test_a_database_that_holds_a_city_is_left_as_it_is(tmp_path: Path, address: Callable[[], str]) -> None:
    url = address()
    build(tmp_path / "one", residents=20, now=NOW, postgres=url)
    with pytest.raises(ServerError, match="has schemas care, health, housing, population, sensors"):
        build(tmp_path / "two", residents=10, now=NOW, postgres=url)
    assert not (tmp_path / "two").exists()
    assert [tuple(row) for row in Server.at(url).ask("SELECT count(*) FROM population.resident")] == [(20,)]


@pytest.mark.server
def test_somebody_without_the_right_is_told_so_and_nothing_is_there(
    tmp_path: Path, postgresql: PostgresqlServer
) -> None:
    database = postgresql.create_database()
    url = postgresql.url(database, KEEPER).replace("@", f":{PASSWORD}@")
    with pytest.raises(ServerError, match="InsufficientPrivilegeError"):
        build(tmp_path / "city", residents=10, postgres=url)
    assert list(tmp_path.iterdir()) == []
