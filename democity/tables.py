"""The tables of the city's systems, said once: the files and databases that are built all follow from this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SQLITE: Final = "sqlite"
PARQUET: Final = "parquet"
CSV: Final = "csv"


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` is one of text, integer, real, boolean, date, moment and bytes."""

    name: str
    kind: str
    required: bool


@dataclass(frozen=True, slots=True)
class Table:
    """One table of one system. `indexes` name columns with commas between; `key` is unique, `unique` besides."""

    source: str
    form: str
    name: str
    columns: tuple[Column, ...]
    key: str | None = None
    unique: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()

    @property
    def in_database(self) -> bool:
        """Whether it can be put into a database server: the companies and bureaus with a service keep their own."""
        return self.source not in {"delivery", "appearance"}


def _columns(text: str) -> tuple[Column, ...]:
    """`name kind` with commas between; a question mark behind one that may be null."""
    pairs = (one.split() for one in text.split(","))
    return tuple(Column(name, kind.removesuffix("?"), not kind.endswith("?")) for name, kind in pairs)


TABLES: Final = (
    Table(
        "population",
        SQLITE,
        "resident",
        _columns(
            "serial integer, identity_no text, name text, sex text, birth_date date, phone text?, address text,"
            "area_code text, building_no text, lives_alone boolean, contact_identity_no text?, photo bytes?,"
            "remarks text"
        ),
        key="identity_no",
        unique=("serial",),
        indexes=("area_code", "contact_identity_no", "building_no"),
    ),
    Table(
        "population",
        SQLITE,
        "vehicle",
        _columns("serial integer, plate text, energy text, identity_no text, registered_on date"),
        key="plate",
        unique=("serial",),
        indexes=("identity_no",),
    ),
    Table(
        "health",
        SQLITE,
        "vaccination",
        _columns("id integer, identity_no text, vaccine text, dose integer, given_on date, clinic text, batch text"),
        key="id",
        indexes=("identity_no, given_on",),
    ),
    Table(
        "health",
        SQLITE,
        "test",
        _columns("id integer, identity_no text, taken_at moment, result text"),
        key="id",
        indexes=("identity_no, taken_at",),
    ),
    Table(
        "health",
        SQLITE,
        "health_code",
        _columns("identity_no text, colour text, updated_at moment"),
        key="identity_no",
    ),
    Table(
        "health",
        SQLITE,
        "observation",
        _columns(
            "id integer, identity_no text, building_no text, area_code text, arrived_on date, until date, reason text"
        ),
        key="id",
        indexes=("building_no, arrived_on", "identity_no"),
    ),
    Table(
        "housing",
        PARQUET,
        "building",
        _columns(
            "building_no text, address text, area_code text, units integer, storeys integer, built_in integer,"
            "elevator boolean, longitude real, latitude real"
        ),
        key="building_no",
        indexes=("area_code",),
    ),
    Table(
        "housing",
        PARQUET,
        "dwelling",
        _columns(
            "serial integer, dwelling_no text, building_no text, area_code text, householder_identity_no text,"
            "residents integer, held text"
        ),
        key="dwelling_no",
        unique=("serial",),
        indexes=("area_code", "building_no", "householder_identity_no"),
    ),
    Table(
        "housing",
        PARQUET,
        "firm",
        _columns(
            "serial integer, credit_code text, name text, trade text, area_code text, building_no text,"
            "legal_person_identity_no text, opened_on date"
        ),
        key="credit_code",
        unique=("serial",),
        indexes=("area_code", "building_no"),
    ),
    Table(
        "care",
        CSV,
        "elderly_care",
        _columns(
            "serial integer, identity_no text, name text, address text, area_code text, dwelling_no text,"
            "care_level integer, needs_meals boolean, assessed_on date, contact_phone text"
        ),
        key="identity_no",
        unique=("serial",),
        indexes=("area_code",),
    ),
    Table(
        "care",
        CSV,
        "disability",
        _columns("serial integer, identity_no text, area_code text, kind text, grade integer, certified_on date"),
        key="identity_no",
        unique=("serial",),
        indexes=("area_code",),
    ),
    Table(
        "sensors",
        PARQUET,
        "sensor_kind",
        _columns("code text, thing text, name_zh text, name_en text"),
        key="code",
    ),
    Table(
        "sensors",
        PARQUET,
        "sensor",
        _columns(
            "sensor_no text, kind text, thing text, secluded boolean, area_code text, building_no text?,"
            "longitude real, latitude real, installed_on date"
        ),
        key="sensor_no",
        indexes=("area_code",),
    ),
    Table(
        "sensors",
        PARQUET,
        "reading",
        _columns("sensor_no text, at moment, value real?, state text"),
        indexes=("sensor_no, at",),
    ),
    Table(
        "delivery",
        SQLITE,
        "meal_service",
        _columns(
            "identity_no text, active boolean, meals_last_30_days integer, last_delivery_on date, dietary_notes text?"
        ),
        key="identity_no",
    ),
    Table(
        "appearance",
        SQLITE,
        "street_case",
        _columns(
            "case_no text, building_no text, area_code text, kind text, reported_at moment, state text, plate text?"
        ),
        key="case_no",
        indexes=("building_no, reported_at",),
    ),
)

BY_NAME: Final = {table.name: table for table in TABLES}
