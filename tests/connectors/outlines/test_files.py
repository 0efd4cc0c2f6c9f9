from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from xml.sax.saxutils import escape

import duckdb
import pytest

from connectors.outlines import NoTargetError, OutlineError, Target, look
from connectors.outlines import files as reader
from connectors.outlines.files import is_data, is_sqlite
from vocabulary.outline import Column, Shape, Table

PEOPLE = "编号,身份证号,姓名,出生,区划代码,次数,空\n1,11010519491231002X,张三,1949-12-31,310115016003,3,\n2,x,李四,2024-01-01,310115016004,,\n"


def only(path: Path) -> Table:
    (table,) = look(Target(str(path), path.parent)).tables
    return table


def scalars(table: Table) -> dict[str, str | None]:
    return {column.name: column.scalar for column in table.columns}


def column(table: Table, name: str) -> Column:
    (found,) = [one for one in table.columns if one.name == name]
    return found


def workbook(path: Path, rows: Sequence[Sequence[object]], merged: str = "") -> None:
    """The least that is an xlsx workbook: one sheet, texts inline, numbers as numbers."""

    def cell(at: str, value: object) -> str:
        if isinstance(value, str):
            return f'<c r="{at}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        return f'<c r="{at}"><v>{value}</v></c>'

    lines = "".join(
        f'<row r="{n}">{"".join(cell(f"{chr(65 + at)}{n}", value) for at, value in enumerate(row) if value is not None)}</row>'
        for n, row in enumerate(rows, start=1)
    )
    merges = f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr(
            "[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
        )
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}"><Relationship Id="r" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook {space} xmlns:r="{office}"><sheets><sheet name="名单" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        book.writestr(
            "xl/worksheets/sheet1.xml", f"<worksheet {space}><sheetData>{lines}</sheetData>{merges}</worksheet>"
        )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding)
    outline = look(Target(str(path), tmp_path))
    written = {"csv": {"encoding": "gb18030"}} if encoding == "gb18030" else {}
    assert (outline.connector, dict(outline.options)) == ("files", {"folder": ".", **written})
    (table,) = outline.tables
    assert (table.name, table.rows) == ("people.csv", 2)
    assert scalars(table) == {
        "编号": "Int",
        "身份证号": "String",
        "姓名": "String",
        "出生": "Date",
        "区划代码": "String",
        "次数": "Int",
        "空": "String",
    }
    assert column(table, "身份证号").sample.count(Shape.IDENTITY) == 1
    assert (column(table, "编号").nullable, column(table, "次数").nullable) == (False, True)


def test_another_delimiter(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('x;y\n1;"a;b"\n')
    outline = look(Target(str(tmp_path / "a.csv")))
    assert dict(outline.options) == {"folder": str(tmp_path), "csv": {"delimiter": ";"}}
    assert scalars(outline.tables[0]) == {"x": "Int", "y": "String"}


def test_a_csv_is_counted_up_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "COUNTED", 10)
    monkeypatch.setattr(reader, "ROWS", 5)
    (tmp_path / "a.csv").write_text("x\n" + "1\n" * 100)
    table = only(tmp_path / "a.csv")
    assert (table.rows, table.is_more, table.columns[0].sample.cells) == (10, True, 5)


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "sensor.parquet"
    with duckdb.connect() as duck:
        duck.execute(
            "COPY (SELECT 1 AS id, 'x' AS t, 1.5 AS d, DATE '2024-05-01' AS day, now() AS at, now()::TIMESTAMP AS naive,"
            " true AS ok, [1] AS list, 'x'::BLOB AS raw, '310115' AS \"a \"\"b\") TO ?",
            [str(path)],
        )
    table = only(path)
    assert table.rows == 1
    assert scalars(table) == {
        "id": "Int",
        "t": "String",
        "d": "Float",
        "day": "Date",
        "at": "DateTime",
        "naive": "DateTime",
        "ok": "Boolean",
        "list": None,
        "raw": None,
        'a "b': "String",
    }
    assert column(table, 'a "b').sample.count(Shape.AREA) == 1


def test_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    workbook(path, [["姓名", "次数", "证件"], ["张三", 3, 310115199001011234], ["李四", 2.5, 310115199001011235]])
    table = only(path)
    assert (table.name, table.rows) == ("book.xlsx#名单", 2)
    assert scalars(table) == {"姓名": "String", "次数": "Float", "证件": None}
    assert "of which a workbook loses the last" in column(table, "证件").kind


def test_a_folder_and_the_parts_of_one_table(tmp_path: Path) -> None:
    for month in ("01", "02"):
        (tmp_path / f"readings-2024-{month}.csv").write_text("x\n1\n")
    (tmp_path / "people.csv").write_text(PEOPLE, "utf-8")
    (tmp_path / "old.csv").write_text(PEOPLE, "gb18030")
    (tmp_path / "~$people.xlsx").write_text("")
    (tmp_path / "fake.parquet").write_text("x")
    outline = look(Target(str(tmp_path), tmp_path.parent))
    assert outline.name == tmp_path.name
    assert dict(outline.options) == {"folder": tmp_path.name, "csv": {"encoding": "gb18030"}}
    assert [(table.name, table.rows) for table in outline.tables] == [("old.csv", 2)]
    assert any("people.csv has another encoding" in note for note in outline.notes)
    (tmp_path / "old.csv").unlink()
    outline = look(Target(str(tmp_path), tmp_path.parent))
    assert [(table.name, table.rows) for table in outline.tables] == [("people.csv", 2), ("readings-*.csv", None)]
    assert outline.notes == (
        "fake.parquet is no Parquet file, whatever its name says: name the file that is.",
        "2 files are taken for parts of one table, readings-*.csv; one of them was looked at.",
    )


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "310115195001011234,张三\n".encode(), "looks like a record"),
        ("a.csv", b"13812345678\n", "looks like a record"),
        ("a.csv", "张三,李四\n王五,赵六\n".encode(), "looks like a record"),
        ("a.csv", b"x,x\n1,2\n", "an empty name, or one twice"),
        ("a.csv", b"x,\n1,2\n", "an empty name, or one twice"),
        ("a.csv", b"\n1\n", "begins with an empty line"),
        ("a.csv", b"", "begins with an empty line"),
        ("a.csv", b"x\0y\n", "is no text"),
        ("a.csv", b"x,y\n1,2\n1,2,3\n", "row 2 under the header of a.csv has 3 cells, and the header 2"),
        ("a.csv", b'x,y\n1,"2\n', "is no CSV throughout"),
        ("a.csv", b'"x,y\n1,2\n', "names no columns"),
        ("a.parquet", b"hello", "is no Parquet file"),
        ("a.parquet", b"PAR1" + b"x" * 100, "can't be read as a table"),
        ("a.xlsx", b"hello", "is no xlsx workbook"),
        ("a.xlsx", b"PK\x03\x04" + b"x" * 100, "can't be read as a workbook"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_file_that_is_not_what_its_name_says(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(OutlineError, match=said) as refused:
        look(Target(str(tmp_path / name)))
    assert "张三" not in str(refused.value)
    assert str(tmp_path) not in str(refused.value)


def test_merged_cells_are_told(tmp_path: Path) -> None:
    workbook(tmp_path / "m.xlsx", [["姓名", "电话"], ["张三", "13812345678"]], merged="A2:B2")
    with pytest.raises(OutlineError, match=r"sheet 名单 of .* has merged cells"):
        look(Target(str(tmp_path / "m.xlsx")))


def test_a_missing_file_and_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(NoTargetError, match=r"a\.csv can't be read"):
        look(Target(str(tmp_path / "a.csv")))
    with pytest.raises(NoTargetError, match="holds no CSV, Parquet or xlsx"):
        look(Target(str(tmp_path)))


def test_a_parquet_file_can_reach_nothing_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.csv").write_text("x\n1\n")
    (tmp_path / "in" / "a.parquet").write_bytes(b"PAR1")
    file = reader._File(tmp_path / "in" / "a.parquet", monotonic() + 60)
    with pytest.raises(OutlineError), reader._duck(file) as ask:
        ask("SELECT * FROM read_csv(?)", [str(tmp_path / "secret.csv")])


def test_what_is_taken() -> None:
    assert is_data("x.CSV")
    assert is_data("x.parquet")
    assert not is_data("x.txt")
    assert is_sqlite("x.db")
    assert not is_sqlite("x")
