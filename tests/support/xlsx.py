"""A minimal writer of Excel workbooks: Office Open XML (ECMA-376), one inline cell after the other."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape, quoteattr

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_EPOCH: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001  (a workbook knows no zones)
_STYLES: Final = (
    f'<styleSheet xmlns="{_MAIN}"><cellXfs count="3"><xf/><xf numFmtId="14" applyNumberFormat="1"/>'
    '<xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
_DAY, _MOMENT = 1, 2


def write(
    path: Path, sheets: Mapping[str, Sequence[Sequence[object]]], merged: Sequence[str] = (), more: str = ""
) -> None:
    """Write sheets of cells; `merged` ranges, and `more` rows as XML, stand in each of them."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        listed, related = [], [f'<Relationship Id="s" Type="{_RELATIONS}/styles" Target="styles.xml"/>']
        for at, (name, rows) in enumerate(sheets.items(), 1):
            listed.append(f'<sheet name={quoteattr(name)} sheetId="{at}" r:id="r{at}"/>')
            related.append(
                f'<Relationship Id="r{at}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{at}.xml"/>'
            )
            book.writestr(f"xl/worksheets/sheet{at}.xml", _sheet(rows, merged, more))
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{"".join(listed)}</sheets></workbook>',
        )
        book.writestr("xl/styles.xml", _STYLES)
        book.writestr("xl/_rels/workbook.xml.rels", _relations(related))
        root = f'<Relationship Id="w" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
        book.writestr("_rels/.rels", _relations([root]))
        book.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        )


def _relations(entries: list[str]) -> str:
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(entries)}</Relationships>'


def _sheet(rows: Sequence[Sequence[object]], merged: Sequence[str], more: str) -> str:
    data = "".join(
        f'<row r="{at}">{"".join(_cell(f"{_letters(column)}{at}", cell) for column, cell in enumerate(row))}</row>'
        for at, row in enumerate(rows, 1)
    )
    ranges = "".join(f'<mergeCell ref="{one}"/>' for one in merged)
    cells = f"<mergeCells>{ranges}</mergeCells>" if merged else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{data}{more}</sheetData>{cells}</worksheet>'


def _cell(at: str, cell: object) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return f'<c r="{at}" t="b"><v>{int(cell)}</v></c>'
        case int() | float():
            return f'<c r="{at}"><v>{cell!r}</v></c>'
        case dt.datetime():
            return f'<c r="{at}" s="{_MOMENT}"><v>{(cell - _EPOCH) / dt.timedelta(days=1)!r}</v></c>'
        case dt.date():
            return f'<c r="{at}" s="{_DAY}"><v>{cell.toordinal() - _EPOCH.toordinal()}</v></c>'
    # XML holds no control character; the format writes one as _xHHHH_.
    text = "".join(f"_x{ord(one):04X}_" if ord(one) < ord(" ") else one for one in str(cell))
    return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def _letters(column: int) -> str:
    first, last = divmod(column, 26)
    return (chr(ord("A") + first - 1) if first else "") + chr(ord("A") + last)
