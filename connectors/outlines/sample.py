"""A sample of cells to counts, and the scalar that a column can be read as. Pure; values end here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from connectors.outlines.shapes import count
from vocabulary.outline import Sample, Shape

ROWS: Final = 1_000
"""Rows of a table that are looked at."""

_LONGEST_NUMBER: Final = 9

SEVERAL: Final = "values of several kinds"
EMPTY: Final = "nothing in the sample"

_FAMILIES: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (bool, "Boolean"),
    (int, "Int"),
    ((float, Decimal), "Float"),
    (dt.datetime, "DateTime"),
    (dt.date, "Date"),
    (str, "String"),
)


def sample(cells: Sequence[object]) -> Sample:
    """Count. A text of nothing but blanks is nothing."""
    filled = [cell for cell in cells if not _is_nothing(cell)]
    return Sample(len(cells), len(cells) - len(filled), len({repr(cell) for cell in filled}), count(filled))


def scalar_of(cells: Sequence[object]) -> tuple[str | None, str]:
    """The scalar of values whose source declares no type that holds them to it, and how that is called.

    Texts that all read as dates are dates; texts of digits stay texts, because an identity number is one.
    """
    filled = [cell for cell in cells if not _is_nothing(cell)]
    has_blanks = any(isinstance(cell, str) and not cell.strip() for cell in cells)
    families = {_family(cell) for cell in filled}
    if families <= {"Int", "Float"} and len(families) > 1:
        return "Float", "numbers"
    if len(families) != 1:
        return (None, SEVERAL) if families else ("String", EMPTY)
    (family,) = families
    if family != "String":
        return (family or None), family or "bytes"
    shapes = {} if has_blanks else count(filled)  # a blank is no date, and would cost the whole column when it is read
    for shape, scalar in ((Shape.DATE, "Date"), (Shape.MOMENT, "DateTime")):
        if shapes.get(shape) == len(filled):
            return scalar, f"text that reads as {scalar}"
    return "String", "text"


def scalar_of_texts(texts: Sequence[str]) -> tuple[str, str]:
    """The scalar of a column of a file that is text throughout, and how it is called; blanks are left out.

    A number is only what is no code, and no longer than a number that people count with.
    """
    if not texts:
        return "String", EMPTY
    shapes, whole = count(texts), len(texts)
    is_code = any(2 * shapes.get(code, 0) >= whole for code in (Shape.IDENTITY, Shape.MOBILE, Shape.AREA))
    if shapes.get(Shape.TRUTH) == whole:
        return "Boolean", "true and false"
    if not is_code and max(map(len, texts)) <= _LONGEST_NUMBER:
        if shapes.get(Shape.WHOLE) == whole:
            return "Int", "whole numbers"
        if shapes.get(Shape.WHOLE, 0) + shapes.get(Shape.DECIMAL, 0) == whole:
            return "Float", "numbers"
    if shapes.get(Shape.DATE) == whole:
        return "Date", "dates"
    return ("DateTime", "dates with a time") if shapes.get(Shape.MOMENT) == whole else ("String", "text")


def _family(cell: object) -> str:
    return next((scalar for kinds, scalar in _FAMILIES if isinstance(cell, kinds)), "")


def _is_nothing(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
