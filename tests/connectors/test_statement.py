"""Statements as texts that a person can read, and their meaning against a reference evaluator."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.mysql.asyncmy import MySQLDialect_asyncmy
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.engine import Dialect

from connectors.dialects import flavour
from connectors.drivers import mariadb_forms, postgresql_forms
from connectors.drivers.contract import Found
from connectors.drivers.postgresql_forms import Database
from connectors.errors import UnsupportedError
from connectors.form import Form
from connectors.layout import Taken, resolve
from connectors.sql import SqlConnector
from connectors.statement import Query
from tests.connectors.served import PERSON, declaration
from vocabulary.catalogue import TypeDeclaration
from vocabulary.fetch import And, Compare, Fetch, IsNull, Not, Op, Or, Order, Predicate, Values, Via, Within
from vocabulary.values import Value

SQLITE: Dialect = sqlite.dialect()
POSTGRESQL: Dialect = asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it unannotated
MARIADB: Dialect = MySQLDialect_asyncmy(paramstyle="qmark")
MARIADB.name = "mariadb"
COLUMNS = {
    "String": ("text", "varchar"),
    None: ("text", "varchar"),
    "Int": ("int8", "bigint"),
    "Float": ("float8", "double"),
    "Boolean": ("bool", "tinyint"),
    "Date": ("date", "date"),
    "DateTime": ("timestamptz", "datetime"),
}


def form_of(taken: Taken, dialect: Dialect) -> Form:
    """As a driver that has looked at the table makes it."""
    of_postgresql, of_mariadb = COLUMNS[taken.scalar]
    if dialect is POSTGRESQL:
        return postgresql_forms.form(Found(taken.column, "", of_postgresql), taken.scalar, None, Database())
    if dialect is MARIADB:
        found = Found(taken.column, "", of_mariadb, "utf8mb4_general_ci")
        return mariadb_forms.form(found, taken.scalar, None, mariadb_forms.MARIADB)
    return flavour(dialect.name).form(taken.scalar)


def query(request: Fetch, dialect: Dialect, *types: TypeDeclaration) -> Query:
    source = declaration("sql", {}, **({"types": types} if types else {}))
    access = resolve(source, request)
    forms = {field: form_of(taken, dialect) for field, taken in access.layout.items()}
    return Query(request, access, "town", flavour(dialect.name), dialect, forms=forms)


def text(request: Fetch, values: Values, dialect: Dialect) -> str:
    select = " ".join(query(request, dialect).statement(values)[0].split())
    gathered = re.fullmatch(
        r"WITH page\((.*)\) AS \((.*)\) SELECT json_group_array\(json_array\((.*)\)\) FROM page", select
    )
    if dialect is not SQLITE:
        assert gathered is None
        return select
    assert gathered is not None
    assert gathered[1] == gathered[3]
    return gathered[2]


def test_a_root_collection_reads_like_sql() -> None:
    where = And((Within("area", "areas"), Not(Compare("name", Op.STARTS_WITH, "prefix")), IsNull("boss.id")))
    request = Fetch("Person", ("id", "boss.id"), where=where, order=(Order("name", descending=True),), limit=True)
    values: Values = {"areas": ("31", "310115"), "prefix": "王", "limit": 5}
    assert query(request, SQLITE).statement(values)[1] == ["31", "32", "310115", "310116", "王", "玌", 5, 0]
    assert text(request, values, SQLITE) == (
        "SELECT person.id AS c0, person.boss AS c1 FROM person"
        ' WHERE ((person.area COLLATE "BINARY") >= ? AND (person.area COLLATE "BINARY") < ?'
        ' OR (person.area COLLATE "BINARY") >= ? AND (person.area COLLATE "BINARY") < ?)'
        ' AND NOT ((person.name COLLATE "BINARY") >= ? AND (person.name COLLATE "BINARY") < ?) AND person.boss IS NULL'
        ' ORDER BY person.name COLLATE "BINARY" DESC, person.id COLLATE "BINARY" ASC LIMIT ? OFFSET ?'
    )
    assert text(request, values, POSTGRESQL) == (
        "SELECT person.id AS c0, person.boss AS c1 FROM person"
        " WHERE (person.area >= $1::VARCHAR AND person.area < $2::VARCHAR"
        " OR person.area >= $3::VARCHAR AND person.area < $4::VARCHAR)"
        ' AND NOT ((person.name COLLATE "C") >= $5::VARCHAR AND (person.name COLLATE "C") < $6::VARCHAR)'
        " AND person.boss IS NULL"
        ' ORDER BY person.name COLLATE "C" DESC NULLS LAST, person.id COLLATE "C" ASC NULLS FIRST'
        " LIMIT $7::INTEGER"
    )
    assert text(request, values, MARIADB) == (
        "SELECT person.id AS c0, person.boss AS c1 FROM person"
        " WHERE ((person.area COLLATE utf8mb4_nopad_bin) >= ? AND (person.area COLLATE utf8mb4_nopad_bin) < ?"
        " AND person.area >= ? AND person.area < ?"
        " OR (person.area COLLATE utf8mb4_nopad_bin) >= ? AND (person.area COLLATE utf8mb4_nopad_bin) < ?"
        " AND person.area >= ? AND person.area < ?)"
        " AND NOT ((person.name COLLATE utf8mb4_nopad_bin) >= ? AND (person.name COLLATE utf8mb4_nopad_bin) < ?)"
        " AND person.boss IS NULL"
        " ORDER BY person.name COLLATE utf8mb4_nopad_bin DESC, person.id COLLATE utf8mb4_nopad_bin ASC LIMIT ?"
    )


def test_an_index_finds_what_is_then_compared_exactly() -> None:
    """A collation that folds case has an index that finds `P4` for `p4`; a comparison by code point tells them apart."""
    request = Fetch("Person", ("id",), Via("Person", "id"))
    assert text(request, {"keys": ("a", "b", "c")}, MARIADB) == (
        "SELECT person.id AS c0 FROM person WHERE person.id IN (?, ?, ?, ?)"
        " AND (person.id COLLATE utf8mb4_nopad_bin) IN (?, ?, ?, ?) LIMIT 5"
    )
    assert query(request, MARIADB).statement({"keys": ("a", "b", "c")})[1] == ["a", "b", "c", "c"] * 2
    assert text(request, {"keys": ("a", "b", "c")}, POSTGRESQL) == (
        "SELECT person.id AS c0 FROM person WHERE person.id = ANY ($1::VARCHAR[]) LIMIT $2::INTEGER"
    )
    assert query(request, POSTGRESQL).statement({"keys": ("a", "b", "c")})[1] == [["a", "b", "c"], 4]


def test_a_relation_is_cut_per_owner() -> None:
    request = Fetch("Visit", ("place",), Via("Human", "id", "two"))
    assert text(request, {"keys": ("a", "b", "c")}, POSTGRESQL) == (
        "SELECT ranks.c0, ranks.c1 FROM (SELECT visit.place AS c0, visit.person AS c1,"
        ' row_number() OVER (PARTITION BY visit.person ORDER BY visit.day DESC NULLS LAST, visit.place COLLATE "C" ASC'
        " NULLS FIRST) AS ranked FROM visit"
        " WHERE visit.person = ANY ($1::VARCHAR[])) AS ranks"
        " WHERE ranks.ranked <= 2 ORDER BY ranks.ranked"
    )


def test_a_thousand_lengths_share_eleven_texts() -> None:
    asked = query(Fetch("Person", ("id",), Via("Person", "id")), SQLITE)
    texts = {asked.statement({"keys": tuple(map(str, range(count)))})[0] for count in range(1, 1025)}
    assert len(texts) == 11
    assert asked.statement({"keys": ("a", "b", "c")})[1] == ["a", "b", "c", "c"]


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRESQL, MARIADB], ids=lambda dialect: str(dialect.name))
@pytest.mark.parametrize("op", Op)
def test_no_value_reaches_the_text(dialect: Dialect, op: Op) -> None:
    value = "x' OR 1=1 --"
    request = Fetch("Person", ("id",), Via("Person", "id"), where=Compare("name", op, "slot"))
    statement = text(request, {"slot": (value,) if op is Op.IN else value, "keys": (value,)}, dialect)
    assert "OR 1" not in statement
    assert "'" not in statement
    assert "--" not in statement


def test_names_of_the_declaration_are_quoted() -> None:
    odd = 'na"me; DROP TABLE x'
    named = TypeDeclaration(
        "Person", 'per"son', PERSON.description, "id", "id", None, "people",
        (*PERSON.fields[:1], type(PERSON.fields[1])("name", "String", odd, 1, PERSON.description)),
    )  # fmt: skip
    statement = query(Fetch("Person", ("name",)), SQLITE, named).statement({})[0]
    assert '"per""son"."na""me; DROP TABLE x"' in statement


def test_more_values_than_a_statement_holds_are_refused() -> None:
    asked = query(Fetch("Person", ("id",), where=Compare("id", Op.IN, "many")), SQLITE)
    with pytest.raises(UnsupportedError):
        asked.statement({"many": tuple(map(str, range(33_000)))})


@pytest.mark.parametrize("field", ["age", "birthDate"])
def test_a_prefix_of_what_is_no_text_is_refused(field: str) -> None:
    with pytest.raises(UnsupportedError, match=field):
        query(Fetch("Person", ("id",), where=Compare(field, Op.STARTS_WITH, "prefix")), SQLITE)


# ------------------------------------------------------------------------ the meaning, against a reference evaluator

SCALARS = {
    "name": "String",
    "age": "Int",
    "score": "Float",
    "livesAlone": "Boolean",
    "birthDate": "Date",
    "seenAt": "DateTime",
    "area": "String",
}
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=3),
    st.sampled_from(
        ["a", "A", "ab", "%", "_", "a%", "王", "王小", "\U0010ffff", "\ud7ff", "\ue000", "'", '"', "\\", ""]
    ),
)
NOON = dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC)
CODES = st.sampled_from(["31", "310115", "310119", "310115016", "310115016003", "32", "310120"])
CELLS: dict[str, st.SearchStrategy[Value]] = {
    "String": TEXTS,
    "Int": st.integers(-3, 3),
    "Float": st.sampled_from([-1.5, 0.0, 1.0, 2.5]),
    "Boolean": st.booleans(),
    "Date": st.dates(dt.date(2024, 1, 1), dt.date(2024, 1, 4)),
    "DateTime": st.builds(
        lambda micro, hours: NOON.replace(microsecond=micro).astimezone(dt.timezone(dt.timedelta(hours=hours))),
        st.integers(0, 3),
        st.integers(-2, 2),
    ),
}


def cell(field: str) -> st.SearchStrategy[Value]:
    return st.one_of(st.none(), CODES if field == "area" else CELLS[SCALARS[field]])


Slots: TypeAlias = dict[str, Value | tuple[Value, ...]]
Drawn: TypeAlias = tuple[Predicate, Slots]


@st.composite
def leaves(draw: st.DrawFn) -> Drawn:
    """A comparison and what its slot holds; the slot is named after that, so that equal names hold equal values."""
    field = draw(st.sampled_from(list(SCALARS)))
    kind = draw(st.sampled_from(["null", "within", "compare"]))
    if kind == "null":
        return IsNull(field), {}
    if kind == "within":
        codes = tuple(draw(st.lists(CODES, max_size=3)))
        return Within("area", repr(codes)), {repr(codes): codes}
    op = draw(st.sampled_from([op for op in Op if op is not Op.STARTS_WITH or SCALARS[field] == "String"]))
    held = tuple(draw(st.lists(cell(field), max_size=5))) if op is Op.IN else draw(cell(field))
    return Compare(field, op, repr(held)), {repr(held): held}


def grow(parts: st.SearchStrategy[Drawn]) -> st.SearchStrategy[Drawn]:
    def together(kind: Callable[[tuple[Predicate, ...]], Predicate], drawn: list[Drawn]) -> Drawn:
        return kind(tuple(part for part, _ in drawn)), {
            name: held for _, slots in drawn for name, held in slots.items()
        }

    many = st.lists(parts, max_size=3)
    return st.one_of(
        many.map(partial(together, And)),
        many.map(partial(together, Or)),
        parts.map(lambda drawn: (Not(drawn[0]), drawn[1])),
    )


PREDICATES = st.recursive(leaves(), grow, max_leaves=5)
ROWS = st.lists(st.fixed_dictionaries({field: cell(field) for field in SCALARS}), max_size=8)


def holds(where: Predicate, row: dict[str, Value], values: Values) -> bool | None:
    """Kleene's three-valued logic, written to be read."""
    match where:
        case And(parts):
            answers = [holds(part, row, values) for part in parts]
            return False if False in answers else None if None in answers else True
        case Or(parts):
            answers = [holds(part, row, values) for part in parts]
            return True if True in answers else None if None in answers else False
        case Not(part):
            answer = holds(part, row, values)
            return None if answer is None else not answer
        case IsNull(field):
            return row[field] is None
        case Within(field, slot):
            return contains(row[field], values[slot])
        case Compare(field, op, slot):
            return compared(op, row[field], values[slot])


def contains(held: Value, codes: Value | tuple[Value, ...]) -> bool | None:
    assert isinstance(codes, tuple)
    return None if held is None else any(str(held).startswith(str(code)) for code in codes)


def compared(op: Op, held: Value, given_: Value | tuple[Value, ...]) -> bool | None:
    if held is None:
        return None
    if isinstance(given_, tuple):
        return True if held in given_ else None if None in given_ else False
    if given_ is None:
        return None
    left, right = held, given_
    answers: dict[Op, Callable[[], bool]] = {
        Op.EQ: lambda: left == right,
        Op.NE: lambda: left != right,
        Op.LT: lambda: left < right,  # type: ignore[operator]  # both are of the field's one type
        Op.LE: lambda: left <= right,  # type: ignore[operator]  # as above
        Op.GT: lambda: left > right,  # type: ignore[operator]  # as above
        Op.GE: lambda: left >= right,  # type: ignore[operator]  # as above
        Op.STARTS_WITH: lambda: str(left).startswith(str(right)),
    }
    return answers[op]()


def stored(value: Value) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value


@pytest.mark.whole
@settings(max_examples=100, deadline=None)
@given(rows=ROWS, drawn=PREDICATES)
def test_rows_are_those_of_the_reference_evaluator(rows: list[dict[str, Value]], drawn: Drawn) -> None:
    where, values = drawn
    with tempfile.TemporaryDirectory() as folder:
        with closing(sqlite3.connect(f"{folder}/town.sqlite")) as live, live:
            # NOCASE where it is declared so: what a comparison means is ours to say, not the column's.
            live.execute(
                "CREATE TABLE person (id TEXT, name TEXT COLLATE NOCASE, age INT, score REAL, alone INT, born TEXT,"
                " seen TEXT, area TEXT)"
            )
            live.executemany(
                "INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(str(at), *(stored(row[field]) for field in SCALARS)) for at, row in enumerate(rows)],
            )
        source = declaration("sql", {"url": "sqlite:///town.sqlite"}, types=(_person(),), relations=(), concurrency=1)
        got = asyncio.run(_ids(SqlConnector(source, Path(folder)), Fetch("Person", ("id",), where=where), values))
    assert got == {str(at) for at, row in enumerate(rows) if holds(where, row, values) is True}


def _person() -> TypeDeclaration:
    return TypeDeclaration("Person", "person", PERSON.description, "id", "id", "area", "people", PERSON.fields)


async def _ids(connector: SqlConnector, request: Fetch, values: Values) -> set[Value]:
    try:
        return set((await connector.fetch(request, values)).column("id"))
    finally:
        await connector.close()
