from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from democity import build as module
from democity.build import Built, ForeignDirectoryError, OtherCityError, build
from democity.records import CHINA

COUNT = 2000
NOW = dt.datetime(2025, 6, 30, 21, tzinfo=CHINA)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("demo") / "city", residents=COUNT, delivery_port=9123, now=NOW)


def query(path: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(statement).fetchall()


def digest(directory: Path) -> dict[str, str]:
    """The rows of every source."""
    digests = {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for form in ("parquet", "csv")
        for path in sorted(directory.glob(f"*/*.{form}"))
    }
    for path in sorted(directory.glob("*.sqlite")):
        with closing(sqlite3.connect(path)) as database:
            digests[path.name] = hashlib.sha256("\n".join(database.iterdump()).encode()).hexdigest()
    return digests


def files(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(city: Built, tmp_path: Path) -> None:
    again = build(tmp_path / "again", residents=COUNT, delivery_port=9999, now=NOW)
    other = build(tmp_path / "other", residents=COUNT, seed=8, now=NOW)
    assert digest(again.directory) == digest(city.directory)
    same = digest(other.directory).items() & digest(city.directory).items()
    assert {name for name, _ in same} == {"sensors/sensor_kind.parquet"}


def test_what_is_recent_moves_with_the_day_and_the_people_stay(city: Built, tmp_path: Path) -> None:
    later = build(tmp_path / "later", residents=COUNT, now=NOW + dt.timedelta(days=200))
    before, after = digest(city.directory), digest(later.directory)
    assert {name for name in before if after.get(name) == before[name]} == {
        "population.sqlite",
        *(f"housing/{name}.parquet" for name in ("building", "dwelling", "firm")),
        *(f"care/{name}.csv" for name in ("elderly_care", "disability")),
        *(f"sensors/{name}.parquet" for name in ("sensor", "sensor_kind")),
    }


def test_a_city_of_another_day_is_another_one_only_where_the_day_is_named(tmp_path: Path) -> None:
    build(tmp_path / "city", residents=10, now=NOW)
    assert not build(tmp_path / "city", residents=10).made
    with pytest.raises(OtherCityError, match="made for 2025-06-30"):
        build(tmp_path / "city", residents=10, now=NOW + dt.timedelta(days=1))


def test_it_is_told_of_every_resident(tmp_path: Path) -> None:
    told: list[int] = []
    build(tmp_path / "city", residents=500, told=told.append)
    assert sum(told) == 500
    assert len(told) > 10


def test_every_declared_column_stands_in_its_table_and_no_other(city: Built) -> None:
    exchange = yaml.safe_load(city.exchange.read_text("utf-8"))
    for source in ("population", "health"):
        for declared in exchange["sources"][source]["types"].values():
            named = {field["column"] for field in declared["fields"].values()}
            named |= {reference["column"] for reference in declared.get("references", {}).values()}
            named |= set(declared.get("omit", []))
            columns = query(city.directory / f"{source}.sqlite", f"PRAGMA table_info({declared['table']})")
            assert {column[1] for column in columns} == named


def test_tables_are_filled_and_people_agree_across_sources(city: Built) -> None:
    numbers = {number for (number,) in query(city.directory / "population.sqlite", "SELECT identity_no FROM resident")}
    assert len(numbers) == COUNT
    for source, table in (
        ("health", "vaccination"),
        ("health", "test"),
        ("health", "health_code"),
        ("delivery", "meal_service"),
    ):
        found = {number for (number,) in query(city.directory / f"{source}.sqlite", f"SELECT identity_no FROM {table}")}
        assert found
        assert found < numbers


@pytest.mark.parametrize(
    ("source", "statement"),
    [
        ("population", "SELECT * FROM resident WHERE identity_no = ''"),
        ("population", "SELECT * FROM resident WHERE area_code >= '310115016' AND area_code < '310115017'"),
        ("population", "SELECT * FROM resident WHERE serial > 5 ORDER BY serial LIMIT 10"),
        ("population", "SELECT * FROM resident WHERE contact_identity_no = ''"),
        ("health", "SELECT * FROM vaccination WHERE identity_no = '' ORDER BY given_on DESC"),
        ("health", "SELECT * FROM test WHERE identity_no = '' ORDER BY taken_at DESC"),
        ("health", "SELECT * FROM health_code WHERE identity_no = ''"),
    ],
)
def test_look_ups_use_an_index_and_sort_nothing(city: Built, source: str, statement: str) -> None:
    plan = " ".join(row[3] for row in query(city.directory / f"{source}.sqlite", f"EXPLAIN QUERY PLAN {statement}"))
    assert "SEARCH" in plan
    assert "TEMP B-TREE" not in plan


def test_the_port_of_the_delivery_company_is_written_where_it_is_read(city: Built) -> None:
    exchange = yaml.safe_load(city.exchange.read_text("utf-8"))
    assert exchange["sources"]["delivery"]["options"]["url"] == "http://127.0.0.1:9123"
    document = json.loads((city.directory / "delivery.openapi.json").read_text("utf-8"))
    assert document["servers"] == [{"url": "http://127.0.0.1:9123"}]
    assert city.policy.read_bytes() == (Path(module.__file__).parent / "city" / "policy.csv").read_bytes()


def test_the_key_is_secret_and_of_this_city_alone(city: Built, tmp_path: Path) -> None:
    key = city.directory / "keys" / "delivery.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    assert len(key.read_text("ascii").strip()) >= 43
    other = build(tmp_path / "other", residents=10)
    assert (other.directory / "keys" / "delivery.key").read_bytes() != key.read_bytes()


def test_a_city_that_stands_is_returned_untouched(tmp_path: Path) -> None:
    first = build(tmp_path / "city", residents=10)
    (first.directory / "keys" / "gateway.key").write_text("made by the gateway")
    before = files(first.directory)
    second = build(tmp_path / "city", residents=10)
    assert (first.made, second.made) == (True, False)
    assert second.directory == first.directory
    assert files(first.directory) == before


def test_another_city_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    built = build(tmp_path / "city", residents=10)
    before = files(built.directory)
    with pytest.raises(OtherCityError, match="remove it yourself"):
        build(tmp_path / "city", residents=11)
    assert files(built.directory) == before


@pytest.mark.parametrize("mark", [None, "", "[]x"])
def test_a_foreign_directory_is_refused_and_left_as_it_is(tmp_path: Path, mark: str | None) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    if mark is not None:
        (tmp_path / "city.json").write_text(mark)
    before = files(tmp_path)
    with pytest.raises(ForeignDirectoryError, match="no demo city"):
        build(tmp_path, residents=10)
    assert files(tmp_path) == before


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "city").write_text("not a directory")
    with pytest.raises(ForeignDirectoryError):
        build(tmp_path / "city", residents=10)


def test_an_empty_directory_is_taken(tmp_path: Path) -> None:
    (tmp_path / "city").mkdir()
    assert build(tmp_path / "city", residents=10).made


def test_a_build_that_breaks_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(module, "_write_keys", full)
    with pytest.raises(OSError, match="no space"):
        build(tmp_path / "city", residents=10)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_fills_while_the_city_is_built_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = module._write

    def slow(directory: Path, *rest: Any) -> None:
        write(directory, *rest)
        (tmp_path / "city").mkdir()
        (tmp_path / "city" / "thesis.txt").write_text("years of work")

    monkeypatch.setattr(module, "_write", slow)
    with pytest.raises(OSError, match="not empty"):
        build(tmp_path / "city", residents=10)
    assert files(tmp_path) == {"city/thesis.txt": b"years of work"}
