"""CSV as departments write it, through the connector that reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.errors import FailureKind
from tests.connectors.test_files import LIST, SECRET, cells, failure, refusal, rows_of, text


def csv(folder: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    return text(folder / "a.csv", content, encoding)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("id,cell\n1,x\n", ["x"]),
        ("\ufeffid,cell\n1,x\n", ["x"]),
        ("id,cell\r\n1,x\r\n2,y", ["x", "y"]),
        ("id,cell\n1,x\r\n2,y\n", ["x", "y"]),
        ('id,cell\n1,"x\r\ny\nz"\n2,"a ""b"", c"\n', ["x\r\ny\nz", 'a "b", c']),
        ('id,cell\n1,\n2,""\n3, \n', [None, None, " "]),
        ("cell,other,id\nx,o,1\n", ["x"]),
        ('"id","cell"\n"1","x"\n', ["x"]),
        ("id,cell\n1,NULL\n2,NA\n3,0012\n", ["NULL", "NA", "0012"]),
        ("id,cell\n\n1,x\n\n\n", ["x"]),
        ("id,cell\n1,汉字\u3000👩\n", ["汉字\u3000👩"]),
        ("id,cell\n1,x\x00y\n", ["x\x00y"]),
        ("id,cell\n1,a\"b\n2,'c'\n", ['a"b', "'c'"]),
        ("id,cell\n", []),
    ],
    ids=ascii,
)
def test_what_is_written_is_what_is_read(tmp_path: Path, content: str, expected: list[str | None]) -> None:
    csv(tmp_path, content)
    assert cells(rows_of(tmp_path, "a.csv")) == expected


def test_gb18030_is_read_where_it_is_declared(tmp_path: Path) -> None:
    csv(tmp_path, "id,cell\n1,王㐀𠮷\n", "gb18030")
    assert cells(rows_of(tmp_path, "a.csv", options={"csv": {"encoding": "gb18030"}})) == ["王㐀𠮷"]
    error = failure(rows_of(tmp_path, "a.csv"))
    assert "Row cannot be read: it is not written in utf-8" in str(error)


def test_utf8_that_is_declared_to_be_gb18030_is_refused(tmp_path: Path) -> None:
    csv(tmp_path, f"id,cell\n1,{SECRET}王小\n")
    assert failure(rows_of(tmp_path, "a.csv", options={"csv": {"encoding": "gb18030"}})).kind is FailureKind.INVALID
    csv(tmp_path, "id,cell\n1,x\n")
    assert cells(rows_of(tmp_path, "a.csv", options={"csv": {"encoding": "gb18030"}})) == ["x"]


@pytest.mark.parametrize("delimiter", [";", "|", "\t"])
def test_a_delimiter_is_what_is_declared(tmp_path: Path, delimiter: str) -> None:
    csv(tmp_path, f"id{delimiter}cell\n1{delimiter}x,y\n")
    assert cells(rows_of(tmp_path, "a.csv", options={"csv": {"delimiter": delimiter}})) == ["x,y"]


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (f"id,cell\n1,x\n2,y,{SECRET}\n", "row 2 under the header has 3 cells, and the header 2"),
        (f"id,cell\n1,x\n{SECRET}\n", "row 2 under the header has 1 cells"),
        (f"id,cell\n1,x\n{SECRET}", "row 2 under the header has 1 cells"),
        ("id,cell\n1,x\n2,y,\n", "row 2 under the header has 3 cells"),  # DuckDB would not say so
        (f'id,cell\n1,x\n2,"{SECRET}\n', "a quote is opened and never closed"),  # nor so: it drops the row
        (f'id,cell\n1,"{SECRET}\n2,y\n3,z\n', "a quote is opened and never closed"),
        (f'id,cell\n1,"x"{SECRET}\n', "a quote or a line break stands where none may"),
        (f'id,cell\n1,"{SECRET * 10_000}\n', "a quote is opened and never closed"),
        ("id,cell,cell\n1,x,y\n", "a name twice or an empty one"),
        ("id,cell,\n1,x,y\n", "a name twice or an empty one"),
        (b"id,cell\n1,\xff\xfe\n", "not written in utf-8"),
        (b"PK\x03\x04\xff\xff", "not written in utf-8"),
    ],
    ids=lambda part: ascii(part)[:40],
)
def test_a_text_that_is_damaged_is_refused_and_not_quoted(tmp_path: Path, content: str | bytes, hint: str) -> None:
    csv(tmp_path, content)
    error = failure(rows_of(tmp_path, "a.csv"))
    assert error.kind is FailureKind.INVALID
    assert "a file of Row cannot be read: " in str(error)
    assert hint in str(error)


def test_a_column_that_is_not_there_is_said_with_those_that_are(tmp_path: Path) -> None:
    csv(tmp_path, f"id,zelle\n1,{SECRET}\n")
    assert "has no column cell (field cell); write one of: id, zelle" in refusal(rows_of(tmp_path, "a.csv"))


@pytest.mark.parametrize("content", [f"1,{SECRET}\n2,y\n", f"<html><body>{SECRET}</body></html>", ""])
def test_a_file_without_a_header_begins_with_a_record_which_is_not_quoted(tmp_path: Path, content: str) -> None:
    csv(tmp_path, content)
    assert "has no column id (field id); is its first row the header?" in refusal(rows_of(tmp_path, "a.csv"))
    assert failure(rows_of(tmp_path, "a.csv"), LIST).kind is FailureKind.INVALID


def test_one_column_alone_may_be_null(tmp_path: Path) -> None:
    from dataclasses import replace  # noqa: PLC0415

    from tests.connectors.test_files import row_type  # noqa: PLC0415

    csv(tmp_path, 'id\n1\n""\n3\n')
    alone = replace(row_type("a.csv"), key=None, fields=row_type("a.csv").fields[:1])
    assert cells(rows_of(tmp_path, "a.csv", types=(alone,)), replace(LIST, fields=("id",), order=())) == [
        "1",
        None,
        "3",
    ]
