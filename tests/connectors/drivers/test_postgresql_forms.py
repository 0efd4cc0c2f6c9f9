"""What PostgreSQL's types are read and compared as, on a real server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.drivers.town import Town, field, town
from tests.support.servers.postgresql import PostgresqlServer
from vocabulary.fetch import Compare, IsNull, Not, Op
from vocabulary.values import Column, Value

pytestmark = pytest.mark.server


@pytest.fixture
def place(postgresql: PostgresqlServer, tmp_path: Path) -> Iterator[Town]:
    with town(postgresql, tmp_path) as made:
        yield made


def filled(place: Town, kind: str, *literals: str) -> None:
    """A table `thing` whose `cell` is of the kind; ids are a, b, c and so on."""
    place.live(f"CREATE TABLE thing (id text, cell {kind})")
    for at, literal in enumerate(literals):
        place.live(f"INSERT INTO thing VALUES ('{chr(97 + at)}', {literal})")


@pytest.mark.parametrize(
    ("kind", "scalar", "literals", "cells"),
    [
        ("varchar(9)", "String", ["'王'", "''", "NULL"], ["王", "", None]),
        ("char(5)", "String", ["'ab'", "'王'"], ["ab", "王"]),
        ("uuid", "String", ["'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'"], ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
        ("smallint", "Int", ["-32768", "NULL"], [-32768, None]),
        ("integer", "Int", ["2147483647"], [2147483647]),
        ("bigint", "Int", ["9223372036854775807"], [9223372036854775807]),
        ("numeric(18,0)", "Int", ["123456789012345678"], [123456789012345678]),
        ("numeric(9,2)", "Float", ["1234567.25", "NULL"], [1234567.25, None]),
        ("real", "Float", ["1.5"], [1.5]),
        ("double precision", "Float", ["0.1"], [0.1]),
        ("integer", "Float", ["3"], [3.0]),
        ("boolean", "Boolean", ["true", "false", "NULL"], [True, False, None]),
        ("smallint", "Boolean", ["1", "0"], [True, False]),
        ("bit(1)", "Boolean", ["B'1'", "B'0'"], [True, False]),
        ("date", "Date", ["'2024-02-29'", "'9999-12-31'", "'0001-01-01'", "NULL"],
         [dt.date(2024, 2, 29), dt.date(9999, 12, 31), dt.date(1, 1, 1), None]),
        ("timestamptz", "DateTime", ["'2024-05-01 08:30:00.000001+08'"], [dt.datetime(2024, 5, 1, 0, 30, 0, 1, tzinfo=dt.UTC)]),
        ("timestamp", "DateTime", ["'2024-05-01 08:30:00'", "NULL"], [dt.datetime(2024, 5, 1, 8, 30, tzinfo=dt.UTC), None]),
        ("jsonb", "String", ['\'{"b": 1, "a": [1, 2]}\''], ['{"a": [1, 2], "b": 1}']),
        ("json", "String", ['\'{"b":1,   "a":[1,2]}\''], ['{"a": [1, 2], "b": 1}']),
        ("text[]", "String", ["ARRAY['x', NULL, 'y\"']"], ['["x", null, "y\\""]']),
        ("int[]", "String", ["ARRAY[3, 1]"], ["[3, 1]"]),
    ],
)  # fmt: skip
def test_cells_are_of_their_scalar(place: Town, kind: str, scalar: str, literals: list[str], cells: Column) -> None:
    filled(place, kind, *literals)
    assert place.cells(field("cell", scalar)) == cells
    assert [type(cell) for cell in place.cells(field("cell", scalar))] == [type(cell) for cell in cells]
    some = next(cell for cell in cells if cell is not None)
    assert "a" in place.ids(field("cell", scalar), Op.EQ, some)
    assert "a" in place.ids(field("cell", scalar), Op.IN, (some, None))


@pytest.mark.parametrize(
    ("kind", "scalar", "literal"),
    [
        ("date", "Date", "'infinity'"),
        ("date", "Date", "'-infinity'"),
        ("date", "Date", "'20000-01-01'"),
        ("date", "Date", "'0044-03-15 BC'"),
        ("timestamptz", "DateTime", "'infinity'"),
        ("timestamp", "DateTime", "'-infinity'"),
        ("numeric", "Float", "'NaN'"),
        ("double precision", "Float", "'Infinity'"),
        ("bigint", "Float", "9007199254740993"),
        ("integer", "Boolean", "2"),
    ],
)
def test_what_no_scalar_can_say_is_a_lie(place: Town, kind: str, scalar: str, literal: str) -> None:
    filled(place, kind, literal)
    place.lie(field("cell", scalar), literal.strip("'"))


@pytest.mark.parametrize(
    ("kind", "scalar", "words"),
    [
        ("bigint", "String", ["bigint", "write type: Int or Float or Boolean"]),
        ("text", "Int", ["text", "write type: String"]),
        ("text", "Date", ["text", "write type: String"]),
        ("numeric(9,2)", "Int", ["numeric(9,2)", "write type: Float"]),
        ("bytea", "String", ["bytea", "leave it out"]),
        ("interval", "String", ["interval"]),
        ("point", "String", ["point", "part: longitude"]),
        ("jsonb", "Int", ["jsonb", "/owner/phone"]),
        ("bit(3)", "Boolean", ["bit(3)"]),
    ],
)
def test_a_changed_type_is_refused_at_start_and_says_what_to_write(
    place: Town, kind: str, scalar: str, words: list[str]
) -> None:
    filled(place, kind, "NULL")
    place.unfit(field("cell", scalar), *words)


def test_enums_and_domains_are_what_they_rest_on(place: Town) -> None:
    place.live("CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE DOMAIN code AS varchar(9)")
    filled(place, "mood", "'sad'", "'happy'")
    assert place.cells(field("cell", "String")) == ["sad", "happy"]
    assert place.ids(field("cell", "String"), Op.EQ, "no such mood") == []
    assert place.ordered(field("cell", "String")) == ["happy", "sad"]  # as text, not by the enum's own order
    place.live("DROP TABLE thing")
    filled(place, "code", "'x'")
    assert place.ids(field("cell", "String"), Op.EQ, "x") == ["a"]


TEXTS = ["P4", "p4", "é", "e\u0301", "B", "a", "王", "😀"]


@pytest.mark.parametrize(
    "options",
    [
        "",
        "TEMPLATE template0 LOCALE 'C'",
        "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'zh-Hans-CN' LOCALE 'C.UTF-8'",
        "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US-u-kn-true' LOCALE 'C.UTF-8'",
    ],
)
@pytest.mark.parametrize("kind", ["text", "text COLLATE folded", "citext", "varchar(9)"])
def test_texts_are_equal_and_sorted_by_code_point(
    postgresql: PostgresqlServer, tmp_path: Path, options: str, kind: str
) -> None:
    with town(postgresql, tmp_path, options) as place:
        place.live(
            "CREATE EXTENSION citext;"
            "CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level1', deterministic = false);"
        )
        place.live(f"CREATE TABLE thing (id {kind}, cell {kind})")
        for text in TEXTS:
            place.live("INSERT INTO thing VALUES ($1, $1)", text)
        assert place.by_key("p4") == ["p4"]
        assert place.by_key("P4", "E\u0301", "b") == ["P4"]
        cell = field("cell", "String")
        assert place.ids(cell, Op.EQ, "é") == ["é"]
        assert place.ids(cell, Op.NE, "é") == sorted(set(TEXTS) - {"é"})
        assert place.ids(cell, Op.IN, ("b", "B")) == ["B"]
        assert place.ids(cell, Op.STARTS_WITH, "p") == ["p4"]
        assert place.ordered(cell) == sorted(TEXTS)


def test_padding_is_no_part_of_a_value_and_trailing_blanks_of_a_key_are(place: Town) -> None:
    place.live("CREATE TABLE thing (id char(6), cell char(6)); INSERT INTO thing VALUES ('ab', 'ab'), ('AB', NULL)")
    assert place.by_key("ab", "ab ", "zz") == ["ab"]
    assert place.ids(field("cell", "String"), Op.EQ, "ab ") == []
    assert place.ids(field("cell", "String"), Op.NE, "ab ") == ["ab"]


def test_a_database_in_another_encoding_is_compared_by_code_point_too(
    postgresql: PostgresqlServer, tmp_path: Path
) -> None:
    with town(postgresql, tmp_path, "TEMPLATE template0 ENCODING 'EUC_CN' LOCALE 'C'") as place:
        place.live(
            "CREATE TABLE thing (id text, cell text); INSERT INTO thing VALUES ('一', '一'), ('丁', '丁'), ('a', NULL)"
        )
        cell = field("cell", "String")
        assert place.by_key("一", "😀") == ["一"]  # the last is a text that no row of it could hold
        assert place.ordered(cell) == [None, "一", "丁"]
        assert place.ids(cell, Op.STARTS_WITH, "丁") == ["丁"]


@pytest.mark.parametrize("kind", ["text", "varchar(18)", "char(18)", "citext"])
def test_an_index_serves_keys_whatever_their_type(place: Town, kind: str) -> None:
    """`char(18)` and `citext` would be read whole if only the exact comparison were made."""
    place.live(
        f"CREATE EXTENSION citext; CREATE TABLE thing (id {kind} PRIMARY KEY);"
        "INSERT INTO thing SELECT 'k' || i FROM generate_series(1, 20000) AS i; ANALYZE thing"
    )
    condition = place.statement().partition("WHERE")[2].partition("LIMIT")[0]
    plan = place.live("EXPLAIN SELECT id FROM thing WHERE " + condition.replace("$1", "'{k1,k2}'"))
    assert any("Index" in line for (line,) in plan), plan
    assert place.by_key("k7", "K7") == ["k7"]


def test_an_index_serves_the_order_of_a_column_that_is_never_null(place: Town) -> None:
    """`NULLS FIRST` would keep it from that: the server's own order has them last."""
    place.live(
        "CREATE TABLE thing (id text, cell int NOT NULL UNIQUE, other int UNIQUE);"
        "INSERT INTO thing SELECT 'k' || i, i, nullif(i, 7) FROM generate_series(1, 20000) AS i; ANALYZE thing"
    )
    cell, other = field("cell", "Int"), field("other", "Int")
    plan = place.live(f"EXPLAIN SELECT id FROM thing ORDER BY {place.order_of(cell)} LIMIT 10")
    assert any("Index Scan" in line for (line,) in plan), plan
    assert place.ordered(cell)[:3] == [1, 2, 3]
    assert place.order_of(other).endswith("NULLS FIRST")
    assert place.ordered(other)[:3] == [None, 1, 2]


# ---------------------------------------------------------------------------------------------------------- parts

DOCUMENT = """'{"owner": {"phone": "138", "age": 40, "score": 1.5, "alone": true, "born": "1984-12-31",
 "seen": "2024-05-01T08:30:00+08:00", "none": null, "a/b": "slash", "m~n": "tilde", "list": [10, 20], "0": "zero"}}'"""


@pytest.mark.parametrize("kind", ["json", "jsonb"])
@pytest.mark.parametrize(
    ("pointer", "scalar", "expected"),
    [
        ("/owner/phone", "String", "138"),
        ("/owner/age", "Int", 40),
        ("/owner/score", "Float", 1.5),
        ("/owner/age", "Float", 40.0),
        ("/owner/alone", "Boolean", True),
        ("/owner/born", "Date", dt.date(1984, 12, 31)),
        ("/owner/seen", "DateTime", dt.datetime(2024, 5, 1, 0, 30, tzinfo=dt.UTC)),
        ("/owner/a~1b", "String", "slash"),
        ("/owner/m~0n", "String", "tilde"),
        ("/owner/list/1", "Int", 20),
        ("/owner/0", "String", "zero"),
        ("/owner/none", "String", None),
        ("/owner/nothing", "Int", None),
        ("/owner/list/7", "Int", None),
    ],
)
def test_a_part_of_a_document(place: Town, kind: str, pointer: str, scalar: str, expected: Value) -> None:
    filled(place, kind, DOCUMENT, "NULL")
    part = field("part", scalar, pointer, "cell")
    assert place.cells(part) == [expected, None]
    if expected is not None:
        assert place.ids(part, Op.EQ, expected) == ["a"]
        assert place.ids(part, Op.NE, expected) == []
        assert place.ordered(part) == [None, expected]
        assert place.cells(part, IsNull("part")) == [None]
        assert place.cells(part, Not(IsNull("part"))) == [expected]
    else:
        assert place.cells(part, Compare("part", Op.EQ, "v"), v=expected) == []


@pytest.mark.parametrize(
    ("pointer", "scalar"),
    [("/owner/age", "String"), ("/owner/phone", "Int"), ("/owner", "String"), ("/owner/score", "Int"), ("/owner/phone", "Date")],
)  # fmt: skip
def test_a_part_of_another_type_is_a_lie(place: Town, pointer: str, scalar: str) -> None:
    filled(place, "jsonb", DOCUMENT)
    place.lie(field("part", scalar, pointer, "cell"), "138")


def test_an_element_of_an_array(place: Town) -> None:
    filled(place, "text[]", "ARRAY['x', 'y']", "'{}'", "NULL")
    part = field("part", "String", "/1", "cell")
    assert place.cells(part) == ["y", None, None]
    assert place.ids(part, Op.STARTS_WITH, "y") == ["a"]


@pytest.mark.parametrize("pointer", ["", "owner", "/-1", "/01", "/a//b", "/~2"])
def test_a_pointer_that_is_none_is_refused(place: Town, pointer: str) -> None:
    filled(place, "jsonb", "'{}'")
    place.unfit(
        field("part", "String", pointer, "cell"),
        "/owner/phone" if not pointer.startswith("/") or "~" in pointer else "/name",
    )


@pytest.mark.parametrize(
    ("kind", "literal"),
    [
        ("geometry", "'SRID=4326;POINT(121.47 31.23)'"),
        ("geometry(Point,4326)", "'SRID=4326;POINT(121.47 31.23)'"),
        ("geography(Point,4326)", "'SRID=4326;POINT(121.47 31.23)'"),
        ("geometry(Point)", "'POINT(121.47 31.23)'"),
        ("point", "'(121.47,31.23)'"),
    ],
)
def test_points_are_read_as_coordinates(place: Town, kind: str, literal: str) -> None:
    place.live("CREATE EXTENSION postgis;")
    filled(place, kind, literal, "NULL")
    longitude, latitude = (field(name, "Float", name, "cell") for name in ("longitude", "latitude"))
    assert place.cells(longitude) == [121.47, None]
    assert place.cells(latitude) == [31.23, None]
    assert place.ids(latitude, Op.GE, 31.0) == ["a"]
    assert place.ids(latitude, Op.LT, 31.0) == []
    assert place.ordered(longitude) == [None, 121.47]
    place.unfit(field("cell", "String"), "part: longitude")


@pytest.mark.parametrize(
    ("kind", "literal"),
    [
        ("geometry", "'SRID=4326;LINESTRING(1 2, 3 4)'"),
        ("geometry", "'SRID=3857;POINT(13522300 3662900)'"),
        ("geometry", "'POINT(13522300 3662900)'"),
        ("point", "'(13522300,3662900)'"),
    ],
)
def test_what_is_no_point_in_degrees_is_a_lie(place: Town, kind: str, literal: str) -> None:
    place.live("CREATE EXTENSION postgis;")
    filled(place, kind, literal)
    place.lie(field("longitude", "Float", "longitude", "cell"), "13522300")


@pytest.mark.parametrize("kind", ["geometry(Polygon,4326)", "geometry(Point,3857)"])
def test_a_column_that_says_so_itself_is_refused_at_start(place: Town, kind: str) -> None:
    place.live("CREATE EXTENSION postgis;")
    filled(place, kind, "NULL")
    place.unfit(field("longitude", "Float", "longitude", "cell"), kind, "4326")
