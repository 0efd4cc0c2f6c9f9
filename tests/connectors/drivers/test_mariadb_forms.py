"""What MariaDB's types are read and compared as, on a real server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.errors import UnsupportedError
from tests.connectors.drivers.town import Town, field, town
from tests.support.servers.mariadb import MariadbServer
from vocabulary.fetch import IsNull, Not, Op
from vocabulary.values import Column, Value

pytestmark = pytest.mark.server


@pytest.fixture
def place(mariadb: MariadbServer, tmp_path: Path) -> Iterator[Town]:
    with town(mariadb, tmp_path) as made:
        yield made


def filled(place: Town, kind: str, *literals: str) -> None:
    """A table `thing` whose `cell` is of the kind; ids are a, b, c and so on."""
    place.live(f"CREATE TABLE thing (id varchar(9), cell {kind} NULL)")
    for at, literal in enumerate(literals):
        place.live(f"SET sql_mode = 'ALLOW_INVALID_DATES'; INSERT INTO thing VALUES ('{chr(97 + at)}', {literal})")


@pytest.mark.parametrize(
    ("kind", "scalar", "literals", "cells"),
    [
        ("varchar(9)", "String", ["'王'", "''", "NULL"], ["王", "", None]),
        ("char(5)", "String", ["'ab'", "'王'"], ["ab", "王"]),
        ("text CHARACTER SET gbk", "String", ["'王小明'"], ["王小明"]),
        ("enum('sad','happy')", "String", ["'sad'"], ["sad"]),
        ("uuid", "String", ["'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'"], ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
        ("tinyint", "Int", ["-128", "NULL"], [-128, None]),
        ("bigint unsigned", "Int", ["18446744073709551615"], [18446744073709551615]),
        ("year", "Int", ["2024"], [2024]),
        ("decimal(18,0)", "Int", ["123456789012345678"], [123456789012345678]),
        ("decimal(9,2)", "Float", ["1234567.25", "NULL"], [1234567.25, None]),
        ("float", "Float", ["1.5"], [1.5]),
        ("double", "Float", ["0.1"], [0.1]),
        ("boolean", "Boolean", ["true", "false", "NULL"], [True, False, None]),
        ("bit(1)", "Boolean", ["b'1'", "b'0'"], [True, False]),
        ("date", "Date", ["'2024-02-29'", "'9999-12-31'", "NULL"], [dt.date(2024, 2, 29), dt.date(9999, 12, 31), None]),
        ("datetime(6)", "DateTime", ["'2024-05-01 00:30:00.000001'"], [dt.datetime(2024, 5, 1, 0, 30, 0, 1, tzinfo=dt.UTC)]),
        ("datetime", "DateTime", ["'2024-05-01 08:30:00'", "NULL"], [dt.datetime(2024, 5, 1, 8, 30, tzinfo=dt.UTC), None]),
        ("timestamp", "DateTime", ["'2024-05-01 08:30:00'"], [dt.datetime(2024, 5, 1, 0, 30, tzinfo=dt.UTC)]),  # +08:00 where it was written
        ("json", "String", ['\'{"b": 1,   "a": [1, 2]}\''], ['{"b":1,"a":[1,2]}']),
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
        ("date", "Date", "'0000-00-00'"),
        ("date", "Date", "'2024-02-30'"),
        ("date", "Date", "'2024-00-00'"),
        ("datetime", "DateTime", "'0000-00-00 00:00:00'"),
        ("datetime", "DateTime", "'2024-02-30 00:00:00'"),
        ("bigint", "Float", "9007199254740993"),
        ("tinyint(1)", "Boolean", "2"),
    ],
)
def test_what_no_scalar_can_say_is_a_lie(place: Town, kind: str, scalar: str, literal: str) -> None:
    filled(place, kind, literal)
    place.lie(field("cell", scalar), literal.strip("'"))


@pytest.mark.parametrize(
    ("kind", "scalar", "words"),
    [
        ("bigint", "String", ["bigint", "write type: Int or Float or Boolean"]),
        ("varchar(9)", "Int", ["varchar(9)", "write type: String"]),
        ("decimal(9,2)", "Int", ["decimal(9,2)", "write type: Float"]),
        ("blob", "String", ["blob", "leave it out"]),
        ("time", "String", ["time"]),
        ("point", "String", ["point", "part: longitude"]),
        ("json", "Int", ["json", "/owner/phone"]),
        ("bit(3)", "Boolean", ["bit(3)"]),
    ],
)
def test_a_changed_type_is_refused_at_start_and_says_what_to_write(
    place: Town, kind: str, scalar: str, words: list[str]
) -> None:
    filled(place, kind, "NULL")
    place.unfit(field("cell", scalar), *words)


TEXTS = ["P4", "p4", "é", "e\u0301", "B", "a", "王", "😀", "a "]


@pytest.mark.parametrize(
    "collation",
    ["utf8mb4_general_ci", "utf8mb4_unicode_520_ci", "utf8mb4_bin", "utf8mb4_nopad_bin", "utf8mb4_uca1400_ai_ci"],
)
def test_texts_are_equal_and_sorted_by_code_point(mariadb: MariadbServer, tmp_path: Path, collation: str) -> None:
    with town(mariadb, tmp_path, f"COLLATE {collation}") as place:
        place.live("CREATE TABLE thing (id varchar(9), cell varchar(9))")
        for text in TEXTS:
            place.live("INSERT INTO thing VALUES (%s, %s)", text, text)
        assert place.by_key("p4") == ["p4"]
        assert sorted(map(str, place.by_key("P4", "E\u0301", "b", "a"))) == ["P4", "a"]
        cell = field("cell", "String")
        assert place.ids(cell, Op.EQ, "é") == ["é"]
        assert place.ids(cell, Op.NE, "é") == sorted(set(TEXTS) - {"é"})
        assert place.ids(cell, Op.IN, ("b", "B")) == ["B"]
        assert place.ids(cell, Op.STARTS_WITH, "p") == ["p4"]
        assert place.ordered(cell) == sorted(TEXTS)


def test_columns_in_gbk_are_compared_with_any_text(place: Town) -> None:
    place.live("CREATE TABLE thing (id varchar(9) CHARACTER SET gbk, cell text CHARACTER SET gbk)")
    for text in ("一", "丁", "a", "A"):
        place.live("INSERT INTO thing VALUES (%s, %s)", text, text)
    assert place.by_key("一", "😀", "a") == ["a", "一"] or place.by_key("一", "😀", "a") == ["一", "a"]
    assert place.ids(field("cell", "String"), Op.NE, "😀") == ["A", "a", "一", "丁"]
    assert place.ordered(field("cell", "String")) == ["A", "a", "一", "丁"]


@pytest.mark.parametrize("collation", ["utf8mb4_general_ci", "utf8mb4_nopad_bin"])
def test_an_index_serves_keys_whatever_their_collation(place: Town, collation: str) -> None:
    place.live(
        f"CREATE TABLE thing (id varchar(18) COLLATE {collation} PRIMARY KEY);"
        "INSERT INTO thing SELECT CONCAT('k', seq) FROM seq_1_to_20000; ANALYZE TABLE thing"
    )
    condition = place.statement().partition("WHERE")[2].partition("LIMIT")[0]
    plan = place.live("EXPLAIN SELECT id FROM thing WHERE " + condition.replace("?", "'k1'"))
    assert plan[0][3] in {"range", "const", "eq_ref", "ref"}, plan
    assert place.by_key("k7", "K7") == ["k7"]


# ---------------------------------------------------------------------------------------------------------- parts

DOCUMENT = """'{"owner": {"phone": "138", "age": 40, "score": 1.5, "alone": true, "born": "1984-12-31",
 "none": null, "a/b": "slash", "m~n": "tilde", "list": [10, 20], "0": "zero", "it''s": "quote"}}'"""


@pytest.mark.parametrize(
    ("pointer", "scalar", "expected"),
    [
        ("/owner/phone", "String", "138"),
        ("/owner/age", "Int", 40),
        ("/owner/score", "Float", 1.5),
        ("/owner/age", "Float", 40.0),
        ("/owner/alone", "Boolean", True),
        ("/owner/born", "Date", dt.date(1984, 12, 31)),
        ("/owner/a~1b", "String", "slash"),
        ("/owner/m~0n", "String", "tilde"),
        ("/owner/it's", "String", "quote"),
        ("/owner/list/1", "Int", 20),
        ("/owner/0", "String", "zero"),
        ("/owner/none", "String", None),
        ("/owner/nothing", "Int", None),
        ("/owner/list/7", "Int", None),
        ("/owner/phone/0", "String", None),
    ],
)
def test_a_part_of_a_document(place: Town, pointer: str, scalar: str, expected: Value) -> None:
    filled(place, "json", DOCUMENT, "NULL")
    part = field("part", scalar, pointer, "cell")
    assert place.cells(part) == [expected, None]
    if expected is not None:
        assert place.ids(part, Op.EQ, expected) == ["a"]
        assert place.ids(part, Op.NE, expected) == []
        assert place.ordered(part) == [None, expected]
        assert place.cells(part, IsNull("part")) == [None]
        assert place.cells(part, Not(IsNull("part"))) == [expected]


@pytest.mark.parametrize(
    ("pointer", "scalar"),
    [("/owner/age", "String"), ("/owner/phone", "Int"), ("/owner", "String"), ("/owner/score", "Int"), ("/owner/phone", "Date")],
)  # fmt: skip
def test_a_part_of_another_type_is_a_lie(place: Town, pointer: str, scalar: str) -> None:
    filled(place, "json", DOCUMENT)
    place.lie(field("part", scalar, pointer, "cell"), "138")


def test_what_is_no_json_is_a_lie_and_not_missing(place: Town) -> None:
    filled(place, "longtext", "'SECRET'")
    place.lie(field("part", "String", "/owner", "cell"), "SECRET")


def test_a_moment_in_a_document_is_refused(place: Town) -> None:
    filled(place, "json", DOCUMENT)
    place.unfit(field("part", "DateTime", "/owner/seen", "cell"), "String")


@pytest.mark.parametrize(
    ("kind", "literal"),
    [("point", "POINT(121.47, 31.23)"), ("geometry", "ST_GeomFromText('POINT(121.47 31.23)', 4326)")],
)
def test_points_are_read_as_coordinates(place: Town, kind: str, literal: str) -> None:
    filled(place, kind, literal, "NULL")
    longitude, latitude = (field(name, "Float", name, "cell") for name in ("longitude", "latitude"))
    assert place.cells(longitude) == [121.47, None]
    assert place.cells(latitude) == [31.23, None]
    assert place.ids(latitude, Op.GE, 31.0) == ["a"]
    assert place.ids(latitude, Op.LT, 31.0) == []
    assert place.ordered(longitude) == [None, 121.47]


@pytest.mark.parametrize(
    "literal",
    ["ST_GeomFromText('LINESTRING(1 2, 3 4)')", "ST_GeomFromText('POINT(1 2)', 3857)", "POINT(13522300, 3662900)"],
)
def test_what_is_no_point_in_degrees_is_a_lie(place: Town, literal: str) -> None:
    filled(place, "geometry", literal)
    place.lie(field("longitude", "Float", "longitude", "cell"), "13522300")


def test_an_integer_beyond_the_protocol_is_refused_in_a_typed_way(place: Town) -> None:
    filled(place, "bigint", "1")
    with pytest.raises(UnsupportedError, match="has no form for"):
        place.ids(field("cell", "Int"), Op.EQ, 2**64)
