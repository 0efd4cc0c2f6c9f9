"""How a column of a file is read as a scalar, as SQL: what is selected of it, and what is compared.

Nothing is guessed. A cell that is not what its scalar says stays something that no reader of `READERS` takes, so that
selecting it is an INVALID; what is compared of it is null, so that no comparison holds, nor its negation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from connectors.tables import READERS, Reader, bits
from vocabulary.values import Column

_DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME: Final = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?"
_MOMENT: Final = re.compile(rf"{_DATE}[T ]{_TIME}", re.ASCII)
_WHOLE: Final = "0|-?[1-9][0-9]{0,18}"
_NUMBER: Final = r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"
_EXACT_AS_FLOAT: Final = 2**53

_WHOLE_SQL: Final = f"regexp_full_match(x, '{_WHOLE}')"
_NUMBER_SQL: Final = f"regexp_full_match(x, '{_NUMBER}')"
_DATE_SQL: Final = f"x >= '0001' AND regexp_full_match(x, '{_DATE}')"
_MOMENT_SQL: Final = f"x >= '0001' AND regexp_full_match(x, '{_DATE}[T ]{_TIME}')"
_TRUE: Final = "x IN ('true', 'TRUE', 'True', '1')"
_FALSE: Final = "x IN ('false', 'FALSE', 'False', '0')"
MACROS: Final = (
    "CREATE MACRO tongguan_finite(x) AS CASE WHEN isfinite(x) THEN x END",
    f"CREATE MACRO tongguan_int(x) AS CASE WHEN {_WHOLE_SQL} THEN try_cast(x AS BIGINT) END",
    f"CREATE MACRO tongguan_float(x) AS CASE WHEN {_NUMBER_SQL} THEN tongguan_finite(try_cast(x AS DOUBLE)) END",
    f"CREATE MACRO tongguan_boolean(x) AS CASE WHEN {_TRUE} THEN true WHEN {_FALSE} THEN false END",
    f"CREATE MACRO tongguan_date(x) AS CASE WHEN {_DATE_SQL} THEN try_cast(x AS DATE) END",
    f"CREATE MACRO tongguan_moment(x) AS CASE WHEN {_MOMENT_SQL} THEN timezone('UTC', try_cast(x AS TIMESTAMPTZ)) END",
)
"""A text → what it says, or null where it does not say it in the one way that each scalar has."""

_INTEGERS: Final = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"}
)
_EXACT_INTEGERS: Final = frozenset({"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"})
_MOMENTS: Final = frozenset({"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"})
_AS_THEY_ARE: Final[Mapping[str | None, frozenset[str]]] = {
    "String": frozenset({"VARCHAR"}),
    "Int": _INTEGERS,
    "Boolean": frozenset({"BOOLEAN"}),
    None: _INTEGERS | {"VARCHAR"},
}
_BEYOND: Final = "'290000-01-01'"  # a day that Python has none for: it arrives as text, and is refused as such


@dataclass(frozen=True, slots=True)
class Cells:
    """`value`: what is selected. `compared`: what is compared."""

    value: str
    compared: str


def of_parquet(kind: str, scalar: str | None, column: str) -> Cells | None:
    """The cells of a column that has a type; None where it can't be read as the scalar. `column` is SQL.

    What is compared stays the bare column wherever it can: Parquet's statistics then leave out whole row groups. (A
    date of infinity is compared as what it is; selected, it is refused.)
    """
    if scalar == "Float":
        return _floats_of_parquet(kind, column)
    if scalar in {"Date", "DateTime"}:
        return _times_of_parquet(kind, scalar, column)
    if scalar == "Boolean" and kind in _INTEGERS:
        return Cells(column, f"CASE {column} WHEN 0 THEN false WHEN 1 THEN true END")
    if scalar == "Int" and kind.startswith("DECIMAL(") and kind.endswith(",0)"):
        return _same(f"{column}::HUGEINT")
    return _same(column) if kind in _AS_THEY_ARE[scalar] else None


def _floats_of_parquet(kind: str, column: str) -> Cells | None:
    if kind in {"FLOAT", "DOUBLE"}:
        return Cells(column, f"tongguan_finite({column})")
    if kind in _EXACT_INTEGERS or kind.startswith("DECIMAL("):
        return _same(f"{column}::DOUBLE")
    if kind in _INTEGERS:
        within = f"{column} BETWEEN {-_EXACT_AS_FLOAT} AND {_EXACT_AS_FLOAT}"
        return Cells(column, f"CASE WHEN {within} THEN {column}::DOUBLE END")
    return None


def _times_of_parquet(kind: str, scalar: str, column: str) -> Cells | None:
    if kind == "VARCHAR":
        return Cells(column, f"tongguan_{'date' if scalar == 'Date' else 'moment'}({column})")
    if scalar == "Date":
        return Cells(_finite(column, column, "DATE"), column) if kind == "DATE" else None
    if kind in _MOMENTS:  # nanoseconds are rounded: Python has microseconds, and what is seen is what is compared
        moment = f"{column}::TIMESTAMP"
        return Cells(_finite(moment, moment, "TIMESTAMP"), moment)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return Cells(_finite(column, f"timezone('UTC', {column})", "TIMESTAMP"), column)
    return None


def _finite(asked: str, value: str, kind: str) -> str:
    return f"CASE WHEN NOT isfinite({asked}) THEN {kind} {_BEYOND} ELSE {value} END"


def of_text(scalar: str | None, column: str) -> Cells:
    """The cells of a CSV, in which everything is text."""
    match scalar:
        case "String" | None:
            return Cells(column, column)
        case "DateTime":  # the text is selected: it keeps its offset
            return Cells(column, f"tongguan_moment({column})")
        case _:
            return _same(f"tongguan_{scalar.lower()}({column})")


def of_sheet(scalar: str | None, column: str) -> Cells:
    """The cells of a sheet, which each have a type of their own: a letter before their text says which.

    `t` text, `n` number, `b` boolean, `d` date, `m` date and time.
    """
    mark, rest = f"{column}[1]", f"{column}[2:]"
    if scalar == "Int":
        return _same(f"CASE {mark} WHEN 'n' THEN tongguan_int({rest}) END")
    if scalar == "Float":
        return _same(f"CASE {mark} WHEN 'n' THEN tongguan_float({rest}) END")
    if scalar == "Boolean":
        return _same(f"CASE WHEN {mark} = 'b' OR {column} IN ('n0', 'n1') THEN tongguan_boolean({rest}) END")
    if scalar == "Date":
        return _same(f"CASE WHEN {mark} IN ('t', 'd') THEN tongguan_date({rest}) END")
    if scalar == "DateTime":
        # A whole day is midnight: a workbook keeps both as the same number.
        text = f"CASE {mark} WHEN 'd' THEN {rest} || 'T00:00:00' WHEN 'm' THEN {rest} WHEN 't' THEN {rest} END"
        return Cells(text, f"tongguan_moment({text})")
    return _same(f"CASE {mark} WHEN 't' THEN {rest} END")


def _same(sql: str) -> Cells:
    return Cells(sql, sql)


def _moments(cells: list[Any]) -> Column:
    """Moments; as text, only those that `tongguan_moment` reads, so that what is compared is what is seen."""
    if not all(map(_MOMENT.fullmatch, (cell for cell in cells if isinstance(cell, str)))):
        raise ValueError
    return READERS["DateTime"](cells)


DUCK_READERS: Final[Mapping[str | None, Reader]] = {**READERS, "Boolean": bits, "DateTime": _moments}
