from __future__ import annotations

import datetime as dt
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import jwt
import pytest

from democity.personas import PERSONAS
from federation.demo import City, DemoError, _await, build_demo, run_demo, somebody, token_of
from federation.serving import ServeError, listening
from federation.settings import Settings
from tests.support.city import free_port
from tests.support.servers.database import KEEPER, PASSWORD
from tests.support.servers.postgresql import PostgresqlServer

CITY = City(residents=300, seed=3)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("demo") / "home")
    assert build_demo(settings, CITY)
    return settings


def test_a_city_that_stands_is_left_as_it_is(settings: Settings) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in settings.home.rglob("*") if path.is_file()}
    assert not build_demo(settings, CITY)
    assert {path.name: path.stat().st_mtime_ns for path in settings.home.rglob("*") if path.is_file()} == before


def test_another_city_is_not_built_over_it(settings: Settings) -> None:
    with pytest.raises(DemoError, match="name another directory"):
        build_demo(settings, replace(CITY, residents=301))


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DemoError, match="can't be written"):
        build_demo(Settings(home=tmp_path / "file" / "home"), CITY)


def test_a_token_says_who_the_persona_is(settings: Settings) -> None:
    claims = jwt.decode(token_of(settings, PERSONAS["committee"], 60), options={"verify_signature": False})
    assert (claims["sub"], claims["org"], claims["roles"]) == ("li.na", "huamu-committee-3", ["committee-worker"])
    assert claims["areas"] == ["310115016003"]
    assert claims["exp"] - claims["iat"] == 60


def test_somebody_lives_there_and_is_over_70(settings: Settings) -> None:
    found = somebody(settings, "310115")
    with closing(sqlite3.connect(settings.home / "population.sqlite")) as register:
        query = "SELECT area_code, birth_date FROM resident WHERE identity_no = ?"
        ((area, born),) = register.execute(query, (found,)).fetchall()
    assert area.startswith("310115")
    assert dt.date.fromisoformat(born).year <= dt.datetime.now(dt.UTC).year - 70


@pytest.mark.parametrize("area", ["%", "3101", "310115016003' OR 1=1 --", ""])
def test_an_area_that_is_none(settings: Settings, area: str) -> None:
    with pytest.raises(DemoError, match="no area code"):
        somebody(settings, area)


def test_nobody_lives_in_another_city(settings: Settings) -> None:
    with pytest.raises(DemoError, match="lives in 32"):
        somebody(settings, "32")


def test_without_a_city_nobody_is_found(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="can't be asked"):
        somebody(Settings(home=tmp_path), "31")


@pytest.mark.parametrize("taken", ["exchange", "company", "bureau"])
def test_a_port_in_use_is_said_before_anything_is_started(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    monkeypatch.setattr("federation.demo.signal.signal", lambda *_: None)
    monkeypatch.setattr("federation.demo.build_exchange", lambda *_: pytest.fail("built"))
    ports = {one: free_port() for one in ("exchange", "company", "bureau")}
    ours = Settings(home=settings.home, port=ports["exchange"])
    city = replace(CITY, delivery_port=ports["company"], appearance_port=ports["bureau"])
    with listening("127.0.0.1", ports[taken]), pytest.raises(ServeError, match=f"127.0.0.1:{ports[taken]}"):
        run_demo(ours, city)


def test_a_system_of_the_city_that_does_not_start_is_said() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process, pytest.raises(DemoError, match="does not listen"):
        _await(process, free_port())


def test_nothing_is_served_before_the_systems_of_the_city_listen() -> None:
    port = free_port()
    late = f"import socket, time; time.sleep(0.3); s = socket.create_server(('127.0.0.1', {port})); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", late]) as process:
        _await(process, port)
        socket.create_connection(("127.0.0.1", port)).close()
        process.kill()


@pytest.mark.server
def test_somebody_is_found_in_a_database_too(settings: Settings, postgresql: PostgresqlServer, tmp_path: Path) -> None:
    database = postgresql.create_database()
    postgresql.execute(f"GRANT CREATE ON DATABASE {database} TO {KEEPER}")
    url = postgresql.url(database, KEEPER).replace("@", f":{PASSWORD}@")
    there = Settings(home=tmp_path / "home")
    assert build_demo(there, replace(CITY, postgres=url))
    assert somebody(there, "310115") == somebody(settings, "310115")
    with pytest.raises(DemoError, match="lives in 32"):
        somebody(there, "32")
