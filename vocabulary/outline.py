"""What a live source looks like from outside: its tables and columns, and what a sample of them counts.

An outline holds names and counts. No value of a record is ever in it, so that none can be in what is made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Shape(StrEnum):
    """What the text of a value looks like. One value may have several."""

    IDENTITY = "identity number"  # GB 11643, with a right check character
    CREDIT = "unified credit code"  # GB 32100, with a right check character
    MOBILE = "mobile number"
    LANDLINE = "landline number"
    EMAIL = "e-mail address"
    PERSON = "name of a person"
    ADDRESS = "address"
    PLATE = "vehicle plate"
    AREA = "area code of one city"
    DATE = "date"
    LONG_AGO = "date more than thirty years ago"
    MOMENT = "date and time"
    WHOLE = "whole number"
    DECIMAL = "decimal number"
    TRUTH = "true or false"
    PROSE = "text of more than 60 characters"
    FULL_WIDTH = "full-width digits"


@dataclass(frozen=True, slots=True)
class Sample:
    """What was counted in the cells of one column that were looked at.

    `cells`: how many were; `nulls`: how many of them hold nothing (an empty text counts as nothing); `distinct`: how
    many different values the others hold; `shapes`: how many of the others look so.
    """

    cells: int
    nulls: int
    distinct: int
    shapes: Mapping[Shape, int] = field(default_factory=dict, hash=False)

    @property
    def filled(self) -> int:
        """How many cells hold something."""
        return self.cells - self.nulls

    def count(self, shape: Shape) -> int:
        """How many values look so."""
        return self.shapes.get(shape, 0)


NOTHING_SEEN = Sample(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, or a property of what a service answers with.

    `scalar`: the scalar of the graph (`vocabulary.values.SCALARS`) that its connector can read it as; None where there
    is none, and `kind` says what it is instead (`BLOB`, `JSON`, `of several kinds`). `unique`: the source promises it.
    `comment`: what the source's own catalogue says about it.
    """

    name: str
    scalar: str | None
    kind: str
    nullable: bool = True
    unique: bool = False
    comment: str = ""
    sample: Sample = NOTHING_SEEN


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A column whose values are those of a column of another table of the same source."""

    column: str
    table: str
    target: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table, a file, a search or a remote type.

    `key`: the columns of its primary key. `rows`: how many it has, at least where `is_more`; None where nobody knows.
    `searched_by`: the one column by whose values its rows can be asked for; None where every column will do.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    rows: int | None = None
    is_more: bool = False
    is_view: bool = False
    searched_by: str | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """A whole source. `connector` and `options` are those that `exchange.yaml` needs to reach it.

    `lists`: the source can list, filter and order rows, so that a type may have a root collection. `notes`: what the
    reader has to be told about how it was read, in whole sentences.
    """

    connector: str
    options: Mapping[str, object] = field(hash=False)
    tables: tuple[Table, ...]
    name: str = "source"
    lists: bool = True
    notes: tuple[str, ...] = ()
