"""Workbooks as departments write them, and as nobody should."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import pytest

from connectors import spreadsheet
from connectors.errors import FailureKind
from connectors.sheet_process import marked, reference
from tests.connectors.test_files import SECRET, cells, failure, refusal, rows_of, text
from tests.support import xlsx
from vocabulary.fetch import Compare, Fetch, Not, Op, Or, Order

pytestmark = pytest.mark.whole

NOON = dt.datetime(2024, 5, 1, 12)  # noqa: DTZ001  (a workbook knows no zones)


def book(folder: Path, *cells_: object, header: tuple[object, ...] = ("id", "cell"), **more: Any) -> Path:
    """A workbook whose sheet has an id and a cell in each row."""
    rows = [header, *((f"{at:02}", cell) for at, cell in enumerate(cells_))]
    xlsx.write(folder / "a.xlsx", {"人员 1": rows}, **more)
    return folder


def sheet(folder: Path, scalar: str = "String", **changes: Any) -> Any:
    return rows_of(folder, "a.xlsx#人员 1", scalar, **changes)


@pytest.mark.parametrize(
    ("scalar", "written", "expected"),
    [
        ("String", ["x", None, "007", "true", " a b "], ["x", None, "007", "true", " a b "]),
        ("Int", [7, 7.0, None, -3, 2**53], [7, 7, None, -3, 2**53]),
        ("Float", [7, 1.5, None, -1e-7], [7.0, 1.5, None, -1e-7]),
        ("Boolean", [True, False, None, 1, 0], [True, False, None, True, False]),
        ("Date", [dt.date(2024, 5, 1), "2024-05-02", None], [dt.date(2024, 5, 1), dt.date(2024, 5, 2), None]),
        (
            "DateTime",
            [NOON, dt.date(2024, 5, 1), "2024-05-01T08:30:00+08:00", None],
            [NOON.replace(tzinfo=dt.UTC), dt.datetime(2024, 5, 1, tzinfo=dt.UTC), dt.datetime(2024, 5, 1, 0, 30, tzinfo=dt.UTC), None],
        ),
    ],
)  # fmt: skip
def test_cells_are_what_their_scalar_says(tmp_path: Path, scalar: str, written: list[Any], expected: list[Any]) -> None:
    assert cells(sheet(book(tmp_path, *written), scalar)) == expected


@pytest.mark.parametrize(
    ("scalar", "wrong"),
    [
        ("String", 310115198001011234),  # typed as a number, it has lost its last digits: which they were, nobody knows
        ("String", 7),
        ("String", True),
        ("String", dt.date(2024, 5, 1)),
        ("Int", "7"),
        ("Int", 1.5),
        ("Int", 2**60),
        ("Int", True),
        ("Float", "1.5"),
        ("Boolean", "是"),
        ("Boolean", 2),
        ("Date", 45000),
        ("Date", NOON),
        ("Date", "2024/05/01"),
        ("DateTime", 45000.5),
        ("DateTime", "2024-05-01"),
    ],
)
def test_a_cell_that_is_not_what_its_scalar_says_is_refused_and_not_known(
    tmp_path: Path, scalar: str, wrong: object
) -> None:
    right: dict[str, Any] = {
        "String": "x", "Int": 3, "Float": 3.5, "Boolean": True, "Date": dt.date(2024, 5, 2), "DateTime": NOON,
    }  # fmt: skip
    book(tmp_path, wrong, right[scalar], None)
    error = failure(sheet(tmp_path, scalar))
    assert error.kind is FailureKind.INVALID
    assert f"Row.cell holds a value that is no {scalar}" in str(error)
    good = right[scalar].replace(tzinfo=dt.UTC) if scalar == "DateTime" else right[scalar]
    known = Or((Compare("cell", Op.EQ, "good"), Not(Compare("cell", Op.EQ, "good"))))
    asked = Fetch("Row", ("id",), where=known, order=(Order("cell"),), limit=True)
    assert cells(sheet(tmp_path, scalar), asked, good=good) == ["01"]


def test_merged_cells_are_refused_with_sheet_and_range(tmp_path: Path) -> None:
    book(tmp_path, SECRET, "y", merged=["A2:A3", "AA7:AB9"])
    error = failure(sheet(tmp_path))
    assert error.kind is FailureKind.INVALID
    assert "sheet 人员 1 of Row cannot be read: cells A2:A3, AA7:AB9 are merged" in str(error)


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        (("id", 7), "is no text"),
        (("id", "cell", "cell"), "a name twice or an empty one"),
        (("id", "cell", None, "more"), "a name twice or an empty one"),
    ],
)
def test_a_header_that_does_not_name_its_columns_is_refused(
    tmp_path: Path, header: tuple[object, ...], hint: str
) -> None:
    assert hint in str(failure(sheet(book(tmp_path, "x", header=header))))


def test_columns_and_sheets_that_are_not_there_are_said_with_those_that_are(tmp_path: Path) -> None:
    assert "no column cell (field cell); write one of: id, zelle" in refusal(
        sheet(book(tmp_path, SECRET, header=("id", "zelle")))
    )
    assert "there is no sheet Nobody; write one of: 人员 1" in str(failure(rows_of(tmp_path, "a.xlsx#Nobody")))


def test_rows_without_a_value_are_none(tmp_path: Path) -> None:
    xlsx.write(tmp_path / "a.xlsx", {"人员 1": [("id", "cell"), ("1", "x"), (None, None), ("2", None), (None, None)]})
    assert cells(sheet(tmp_path)) == ["x", None]


@pytest.mark.parametrize("damage", ["html", "zip", "half", "empty", "parquet"])
def test_a_file_that_is_no_workbook_is_refused(tmp_path: Path, damage: str) -> None:
    file = book(tmp_path, SECRET) / "a.xlsx"
    whole = file.read_bytes()
    if damage == "zip":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("secret.txt", SECRET)
    else:
        text(file, {"html": b"<html>", "half": whole[: len(whole) // 2], "empty": b"", "parquet": b"PAR1"}[damage])
    error = failure(sheet(tmp_path))
    assert (error.kind, "it is no Excel workbook" in str(error)) == (FailureKind.INVALID, True)


@pytest.mark.parametrize(
    "corner", ['<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'], ids=["a cell in the last corner"]
)
def test_a_sheet_that_would_take_all_memory_costs_nobody_else_anything(tmp_path: Path, corner: str) -> None:
    """Laid out, it has seventeen billion cells."""
    error = failure(sheet(book(tmp_path, "x", more=corner), timeout=20.0))
    assert (error.kind, "larger, unpacked, than can be read" in str(error)) == (FailureKind.INVALID, True)


def test_a_bomb_is_defused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that unpacks into more than its reader may have."""
    monkeypatch.setattr(spreadsheet, "_LEAST_MEMORY", 128)
    assert cells(sheet(book(tmp_path, "x"), options={"memory": 32})) == ["x"]
    with zipfile.ZipFile(tmp_path / "a.xlsx") as whole:
        parts = {name: whole.read(name) for name in whole.namelist() if "sheet1" not in name}
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bomb:
        for name, content in parts.items():
            bomb.writestr(name, content)
        with bomb.open("xl/worksheets/sheet1.xml", "w") as part:
            part.write(b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>')
            part.write(b'<row r="1"><c r="A1" t="inlineStr"><is><t>')
            for _ in range(100):
                part.write(b"x" * 1024 * 1024)
            part.write(b"</t></is></c></row></sheetData></worksheet>")
    error = failure(sheet(tmp_path, timeout=30.0, options={"memory": 32}))
    assert (error.kind, "larger, unpacked, than can be read" in str(error)) == (FailureKind.INVALID, True)


def test_nothing_is_left_running_when_a_sheet_does_not_fit(tmp_path: Path) -> None:
    rows = [("other",), *((f"{SECRET}{at}",) for at in range(20_000))]
    xlsx.write(tmp_path / "a.xlsx", {"人员 1": rows})
    assert "no column id (field id); is its first row the header?" in refusal(sheet(tmp_path))
    children = Path("/proc/self/task").glob("*/children")
    for pid in " ".join(one.read_text() for one in children).split():
        assert "sheet_process" not in Path(f"/proc/{pid}/cmdline").read_text()


def test_cells_and_ranges_are_written_as_people_name_them() -> None:
    assert [reference(0, 0), reference(9, 25), reference(0, 26), reference(1, 701), reference(1, 702)] == [
        "A1", "Z10", "AA1", "ZZ2", "AAA2",
    ]  # fmt: skip
    assert [marked(cell) for cell in ("", "x", True, 3.0, 0.5, 2.0**60, NOON.date(), NOON, dt.time(1))] == [
        "", "tx", "btrue", "n3", "n0.5", "n1.152921504606847e+18", "d2024-05-01", "m2024-05-01T12:00:00", "?",
    ]  # fmt: skip
