"""Builds the demo city in a directory: the three sources, the delivery company's key, and the exchange's own files.

BuildError
├── ForeignDirectoryError   the directory holds something that no build made
└── OtherCityError          a city with other parameters stands there
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import asdict, astuple, dataclass
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from democity import records
from democity.delivery_description import describe
from democity.people import residents as make_residents

if TYPE_CHECKING:
    from collections.abc import Iterable

    from democity.people import Resident

_MARK: Final = "city.json"
_FORM: Final = 1
"""The number of the layout below; raised when it changes, so that an old city is not taken for a new one."""

_DECLARED_URL: Final = "http://127.0.0.1:8001"

_POPULATION: Final = """
CREATE TABLE resident (
    serial INTEGER NOT NULL UNIQUE, identity_no TEXT PRIMARY KEY, name TEXT NOT NULL, sex TEXT NOT NULL,
    birth_date DATE NOT NULL, phone TEXT, address TEXT NOT NULL, area_code TEXT NOT NULL, lives_alone BOOLEAN NOT NULL,
    contact_identity_no TEXT, photo BLOB, remarks TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX resident_area ON resident (area_code);
CREATE INDEX resident_contact ON resident (contact_identity_no);
"""
_HEALTH: Final = """
CREATE TABLE vaccination (
    id INTEGER PRIMARY KEY, identity_no TEXT NOT NULL, vaccine TEXT NOT NULL, dose INTEGER NOT NULL,
    given_on DATE NOT NULL, clinic TEXT NOT NULL, batch TEXT NOT NULL
);
CREATE INDEX vaccination_person ON vaccination (identity_no, given_on);
CREATE TABLE test (
    id INTEGER PRIMARY KEY, identity_no TEXT NOT NULL, taken_at DATETIME NOT NULL, result TEXT NOT NULL
);
CREATE INDEX test_person ON test (identity_no, taken_at);
CREATE TABLE health_code (
    identity_no TEXT PRIMARY KEY, colour TEXT NOT NULL, updated_at DATETIME NOT NULL
) WITHOUT ROWID;
"""
_DELIVERY: Final = """
CREATE TABLE meal_service (
    identity_no TEXT PRIMARY KEY, active BOOLEAN NOT NULL, meals_last_30_days INTEGER NOT NULL,
    last_delivery_on DATE NOT NULL, dietary_notes TEXT
) WITHOUT ROWID;
"""


class BuildError(Exception):
    """The city cannot be built there; the text says what to do."""


class ForeignDirectoryError(BuildError):
    """The directory holds something that no build made."""


class OtherCityError(BuildError):
    """A city with other parameters stands there."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a city is made from."""

    residents: int
    seed: int
    delivery_port: int
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


def build(directory: Path, *, residents: int = 50_000, seed: int = 7, delivery_port: int = 8001) -> Built:
    """Build the city, or return the one that stands there if it has the same parameters.

    The city is made beside `directory` and renamed onto it, so a directory is either empty or a whole city. Rows
    depend on `residents` and `seed` alone; the key is random. A city that stands is never written to.

    Raises:
        ForeignDirectoryError: the directory is neither absent, nor empty, nor a city.
        OtherCityError: a city with other parameters stands there.
    """
    parameters = Parameters(residents, seed, delivery_port)
    directory = directory.resolve()
    if not _is_free(directory):
        _require_same(directory, parameters)
        return Built(directory, parameters, made=False)
    directory.parent.mkdir(parents=True, exist_ok=True)
    scaffold = Path(tempfile.mkdtemp(prefix=f".{directory.name}.building-", dir=directory.parent))
    try:
        _write(scaffold, parameters)
        scaffold.rename(directory)
    except BaseException:
        shutil.rmtree(scaffold, ignore_errors=True)
        raise
    return Built(directory, parameters, made=True)


def _is_free(directory: Path) -> bool:
    return not directory.exists() or (directory.is_dir() and not any(directory.iterdir()))


def _require_same(directory: Path, parameters: Parameters) -> None:
    try:
        found = json.loads((directory / _MARK).read_text("utf-8"))
    except (OSError, ValueError):
        raise ForeignDirectoryError(f"{directory} holds no demo city; name an empty or a new directory") from None
    if found != asdict(parameters):
        raise OtherCityError(f"{directory} holds a city of {found}; remove it yourself, or name another directory")


def _write(directory: Path, parameters: Parameters) -> None:
    # One stream of random numbers a table: a change to one leaves the rows of the others as they were.
    streams = {name: Random(f"{parameters.seed} {name}") for name in ("people", "health", "delivery")}
    people = make_residents(streams["people"], parameters.residents)
    _write_population(directory / "population.sqlite", people)
    _write_health(directory / "health.sqlite", people, streams["health"])
    with closing(_database(directory / "delivery.sqlite", _DELIVERY)) as database:
        _fill(database, "meal_service", 5, records.meal_services(streams["delivery"], people))
    _write_key(directory / "keys", "delivery.key")
    document = json.dumps(describe(parameters.delivery_port), ensure_ascii=False, indent=2)
    (directory / "delivery.openapi.json").write_text(document + "\n", "utf-8")
    _copy_declarations(directory, parameters.delivery_port)
    (directory / _MARK).write_text(json.dumps(asdict(parameters)) + "\n", "utf-8")


def _write_population(path: Path, people: list[Resident]) -> None:
    rows = ((*row[:4], row[4].isoformat(), *row[5:]) for row in map(astuple, people))
    with closing(_database(path, _POPULATION)) as database:
        _fill(database, "resident", 12, rows)


def _write_health(path: Path, people: list[Resident], random: Random) -> None:
    with closing(_database(path, _HEALTH)) as database:
        _fill(database, "vaccination", 7, _numbered(records.vaccinations(random, people)))
        _fill(database, "test", 4, _numbered(records.tests(random, people)))
        _fill(database, "health_code", 3, records.health_codes(random, people))


def _numbered(rows: Iterable[records.Row]) -> Iterable[records.Row]:
    return ((number, *row) for number, row in enumerate(rows, start=1))


def _database(path: Path, tables: str) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    # Nothing is lost by skipping the disk here: a build that breaks is thrown away whole.
    database.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {tables}")
    return database


def _fill(database: sqlite3.Connection, table: str, columns: int, rows: Iterable[tuple[object, ...]]) -> None:
    marks = ", ".join("?" * columns)
    with database:
        database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608  (table names are ours)


def _write_key(directory: Path, name: str) -> None:
    """A secret that only its owner may read, from the moment it exists."""
    directory.mkdir(mode=0o700)
    descriptor = os.open(directory / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")


def _copy_declarations(directory: Path, delivery_port: int) -> None:
    city = files("democity") / "city"
    exchange = (city / "exchange.yaml").read_text("utf-8")
    if exchange.count(_DECLARED_URL) != 1:
        raise BuildError(f"exchange.yaml must name {_DECLARED_URL} once, to be given the delivery company's port")
    (directory / "exchange.yaml").write_text(
        exchange.replace(_DECLARED_URL, f"http://127.0.0.1:{delivery_port}"), "utf-8"
    )
    for name in ("policy.csv", "lists.yaml"):
        (directory / name).write_text((city / name).read_text("utf-8"), "utf-8")
