"""What a column of a file is read as: what is selected, and what is compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.duck import Duck
from connectors.ducktypes import DUCK_READERS, of_text
from connectors.errors import FailureKind, SourceError
from connectors.files import FilesConnector
from tests.connectors.test_files import ask, cells, failure, parquet, refusal, rows_of, text
from vocabulary.fetch import Compare, Fetch, Not, Op, Or, Order
from vocabulary.values import Column

pytestmark = pytest.mark.whole

NOON = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)


def equal(made: Any, value: Any) -> list[Any]:
    """The ids of the rows whose cell equals a value."""
    return cells(made, Fetch("Row", ("id",), where=Compare("cell", Op.EQ, "value"), order=(Order("id"),)), value=value)


@pytest.mark.parametrize(
    ("scalar", "select", "expected"),
    [
        *(("Int", f"7::{kind}", 7) for kind in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "DECIMAL(9,0)", "DECIMAL(38,0)")),
        ("Int", "9223372036854775807::UBIGINT", 2**63 - 1),
        *(("Float", f"7::{kind}", 7.0) for kind in ("TINYINT", "BIGINT", "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL(9,2)")),
        ("Float", "1.1::DECIMAL(9,2)", 1.1),
        ("Float", "0.1::FLOAT", 0.10000000149011612),
        ("Boolean", "true", True),
        ("Boolean", "0::TINYINT", False),
        ("Date", "DATE '2024-05-01'", dt.date(2024, 5, 1)),
        ("Date", "DATE '9999-12-31'", dt.date(9999, 12, 31)),
        ("Date", "'2024-05-01'", dt.date(2024, 5, 1)),
        *(("DateTime", f"'2024-05-01 12:00:00'::{kind}", NOON) for kind in ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")),
        ("DateTime", "TIMESTAMPTZ '2024-05-01 20:00:00+08'", NOON),
        ("DateTime", "'2024-05-01T20:00:00+08:00'", NOON),
        ("DateTime", "'2024-05-01 12:00:00.123456789'::TIMESTAMP_NS", NOON.replace(microsecond=123457)),
        ("String", "'王'", "王"),
        ("String", "'king'::ENUM('king', 'queen')", "king"),
    ],
)  # fmt: skip
def test_parquet_columns_keep_their_types(tmp_path: Path, scalar: str, select: str, expected: object) -> None:
    """What is seen is what is compared."""
    parquet(tmp_path / "a.parquet", f"SELECT '1' AS id, {select} AS cell UNION ALL SELECT '2', NULL")
    assert cells(rows_of(tmp_path, "a.parquet", scalar)) == [expected, None]
    assert equal(rows_of(tmp_path, "a.parquet", scalar), expected) == ["1"]


@pytest.mark.parametrize("value", [-1, 300, 2**63 - 1, -(2**63)])
def test_a_number_that_a_narrow_column_cannot_hold_equals_nothing(tmp_path: Path, value: int) -> None:
    parquet(tmp_path / "a.parquet", "SELECT '1' AS id, 7::UTINYINT AS cell")
    assert equal(rows_of(tmp_path, "a.parquet", "Int"), value) == []
    above = Fetch("Row", ("id",), where=Compare("cell", Op.GT, "value"))
    assert cells(rows_of(tmp_path, "a.parquet", "Int"), above, value=value) == (["1"] if value < 7 else [])


@pytest.mark.parametrize(
    ("scalar", "select", "kind"),
    [
        ("String", "7", "INTEGER"),
        ("String", "'x'::BLOB", "BLOB"),
        ("String", "uuid()", "UUID"),
        ("String", "[1, 2]", "nested"),
        ("String", "{'SECRET': 1}", "nested"),
        ("String", "MAP {'a': 1}", "nested"),
        ("Int", "7.5::DOUBLE", "DOUBLE"),
        ("Int", "7.5::DECIMAL(9,2)", "DECIMAL"),
        ("Int", "'7'", "VARCHAR"),
        ("Float", "'7'", "VARCHAR"),
        ("Boolean", "'true'", "VARCHAR"),
        ("Date", "TIMESTAMP '2024-05-01'", "TIMESTAMP"),
        ("DateTime", "DATE '2024-05-01'", "DATE"),
        ("DateTime", "TIME '12:00'", "TIME"),
    ],
)
def test_a_column_of_another_type_is_refused_when_it_is_declared(
    tmp_path: Path, scalar: str, select: str, kind: str
) -> None:
    parquet(tmp_path / "a.parquet", f"SELECT '1' AS id, {select} AS cell")
    said = refusal(rows_of(tmp_path, "a.parquet", scalar))
    assert f"column cell (field cell) is {kind}" in said
    assert f"not read as {scalar}" in said
    assert "SECRET" not in said
    assert failure(rows_of(tmp_path, "a.parquet", scalar)).kind is FailureKind.INVALID


@pytest.mark.parametrize(
    ("scalar", "select", "good"),
    [
        ("Float", "'nan'::DOUBLE", 1.5),
        ("Float", "'infinity'::DOUBLE", 1.5),
        ("Float", "9007199254740993::BIGINT", 1.0),
        ("Date", "'2024-5-1'", dt.date(2024, 5, 2)),
        ("DateTime", "'2024-05-01'", NOON),
    ],
)
def test_a_cell_that_is_no_such_value_is_refused_and_not_known(
    tmp_path: Path, scalar: str, select: str, good: Any
) -> None:
    other = f"'{good.isoformat()}'" if isinstance(good, dt.date) else f"{good:g}"
    parquet(tmp_path / "a.parquet", f"SELECT '1' AS id, {select} AS cell UNION ALL SELECT '2', {other}")
    assert f"Row.cell holds a value that is no {scalar}" in str(failure(rows_of(tmp_path, "a.parquet", scalar)))
    known = Or((Compare("cell", Op.EQ, "good"), Not(Compare("cell", Op.EQ, "good"))))
    assert cells(rows_of(tmp_path, "a.parquet", scalar), Fetch("Row", ("id",), where=known), good=good) == ["2"]


@pytest.mark.parametrize(
    ("scalar", "select"),
    [
        ("Date", "DATE 'infinity'"),
        ("Date", "DATE '20000-01-01'"),
        ("DateTime", "TIMESTAMP '-infinity'"),
        ("DateTime", "TIMESTAMPTZ 'infinity'"),
        ("DateTime", "TIMESTAMP '20000-01-01'"),
    ],
)
def test_a_day_that_python_has_none_for_is_refused(tmp_path: Path, scalar: str, select: str) -> None:
    parquet(tmp_path / "a.parquet", f"SELECT '1' AS id, {select} AS cell")
    assert f"Row.cell holds a value that is no {scalar}" in str(failure(rows_of(tmp_path, "a.parquet", scalar)))


@pytest.mark.parametrize(
    ("scalar", "written", "expected"),
    [
        ("Int", ["7", "-3", "0", ""], [7, -3, 0, None]),
        ("Float", ["1.5", "-2", "1e3", ""], [1.5, -2.0, 1000.0, None]),
        ("Boolean", ["true", "FALSE", "1", "0", ""], [True, False, True, False, None]),
        ("Date", ["2024-02-29", ""], [dt.date(2024, 2, 29), None]),
        ("DateTime", ["2024-05-01T20:00:00+08:00", "2024-05-01 12:00", ""], [NOON, NOON, None]),
    ],
)
def test_text_is_what_its_scalar_says(tmp_path: Path, scalar: str, written: list[str], expected: list[Any]) -> None:
    text(tmp_path / "a.csv", "id,cell\n" + "".join(f"{at},{cell}\n" for at, cell in enumerate(written)))
    assert cells(rows_of(tmp_path, "a.csv", scalar)) == expected


@pytest.mark.parametrize(
    ("scalar", "right", "wrong"),
    [
        ("Int", "7", ["007", "+7", "-0", "7.0", "1e3", " 7", "7 ", "1_000", "７", "0x10", "9" * 20, "x"]),
        ("Float", "1.5", ["1,5", ".5", "5.", "nan", "inf", "1e999", " 1", "x", "１.5"]),
        ("Boolean", "true", ["yes", "是", "2", "tr", "tRUE", " true"]),
        ("Date", "2024-05-01", ["2024-5-1", "20240501", "2024-02-30", "2024/05/01", "0000-01-01", "2024-05-01 "]),
        (
            "DateTime", "2024-05-01T12:00",
            ["2024-05-01", "2024-05-01T24:00", "2024-05-01T12:00+24:00", "2024-05-01t12:00", "2024-05-01T12:00:60", "2024-05-01T12:00:00.1234567"],
        ),
    ],
)  # fmt: skip
def test_a_text_that_is_not_what_its_scalar_says_is_refused_where_it_is_selected(
    tmp_path: Path, scalar: str, right: str, wrong: list[str]
) -> None:
    """And only there: other rows are answered with."""
    lines = [f'{at:02},"{cell}"\n' for at, cell in enumerate([*wrong, right])]
    text(tmp_path / "a.csv", "id,cell\n" + "".join(lines))
    one = Fetch("Row", ("id", "cell"), where=Compare("id", Op.EQ, "one"))

    async def question(made: FilesConnector) -> Column:
        for at, cell in enumerate(wrong):
            with pytest.raises(SourceError, match=rf"Row\.cell holds a value that is no {scalar}") as caught:
                await made.fetch(one, {"one": f"{at:02}"})
            assert cell not in str(caught.value)
        assert (await made.fetch(one, {"one": f"{len(wrong):02}"})).columns[-1] != [None]
        return (await made.fetch(Fetch("Row", ("id",), order=(Order("cell", descending=True),)), {})).columns[0]

    assert ask(rows_of(tmp_path, "a.csv", scalar), question)[0] == f"{len(wrong):02}"  # the others sort as null


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    duck = Duck("town", tmp_path_factory.mktemp("empty"), 64)
    yield duck.cursor()
    duck.close()


PIECES = st.sampled_from(["2024-05-01", "0001-01-01", "T", " ", "12:00", "23:59:59", ".5", ".123456", "Z", "+08:00", "-23:59", "+24:00", "24:00", "W", "1", "２"])  # fmt: skip
WRITTEN = st.one_of(
    st.lists(PIECES, max_size=5).map("".join), st.datetimes(timezones=st.just(dt.UTC)).map(dt.datetime.isoformat)
)


@settings(max_examples=150, deadline=None)
@given(cell=WRITTEN, scalar=st.sampled_from(["Date", "DateTime"]))
@example("0001-01-01T00:00+23:59", "DateTime")
@example("9999-12-31T23:59:59.999999-23:59", "DateTime")
def test_what_is_compared_is_what_is_seen(memory: duckdb.DuckDBPyConnection, cell: str, scalar: str) -> None:
    found = memory.execute(f"SELECT {of_text(scalar, 'x').compared} FROM (SELECT ? AS x)", [cell]).fetchone()
    assert found is not None
    try:
        seen: Any = DUCK_READERS[scalar]([cell])[0]
    except (ValueError, TypeError):
        seen = None
    if seen is None:
        assert found[0] is None
    elif scalar == "Date":
        assert found[0] == seen
    elif 1 < seen.year < 9999:  # elsewhere the instant may lie outside what Python has, as no value of ours can
        assert found[0] == seen.astimezone(dt.UTC).replace(tzinfo=None)
