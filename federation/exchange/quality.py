"""How good the data behind a type is: a sample counted, and of the counts only what tells of nobody.

The sample is the first rows of a type, in the order that its list is paged by where it has one (`pageBy`, which says
nothing about anyone), else as its source gives them. Three rules keep a figure from telling of a person:

- no figure rests on fewer than `LEAST` rows, so that "all of them" is never a handful that somebody knows by name;
- a rate is a percentage so coarse that a step of it is `APART` rows or more: one person more or less, or a record
  changed, moves a figure by one step at most, and a figure never says of how many rows exactly it is true;
- a count of rows has two significant digits, and what is beyond the sample is not counted at all.

No value, no smallest and no largest is ever kept. Source of the rules: rounding to a base and a threshold of the
population are the usual disclosure control of frequency tables (Hundepool et al., Statistical Disclosure Control, 2012,
ch. 5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from vocabulary.catalogue import FieldDeclaration, TypeDeclaration
from vocabulary.fetch import Fetch, Order, Table
from vocabulary.values import Column

SAMPLE: Final = 1_000
"""Rows that are asked for: a page of the largest size, so that a sample costs a source what a question costs it."""
LEAST: Final = 100
"""Rows without which there is no figure."""
APART: Final = 5
"""Rows that a step of a percentage stands for, at least."""
_WHOLE: Final = 100
_STEPS: Final = (1, 2, 4, 5)  # all divide a hundred, so that everything is 100 %; the last is APART of LEAST
_DIGITS: Final = 2


@dataclass(frozen=True, slots=True)
class Rates:
    """Of one field, percentages: of rows without a value; of values that were there before; of values outside its code
    list. None: not counted, or of too few."""  # noqa: D205, D209

    nulls: int | None = None
    duplicates: int | None = None
    outside: int | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """Of one type. `sampled`: the rows that were looked at, to two digits; `rows`: all that there are, where these are
    all. None: too few, or not known. `rates` by field or reference."""  # noqa: D205, D209

    sampled: int | None = None
    rows: int | None = None
    rates: Mapping[str, Rates] = field(default_factory=dict)


def sample_of(declared: TypeDeclaration, *, in_order: bool) -> Fetch:
    """The request for a sample: all that the graph shows of the type and that stands in its rows."""
    fields = [one.name for one in declared.fields if not one.inaccessible]
    fields += [f"{one.name}.{one.key}" for one in declared.references]
    page = declared.page_by if in_order else None
    order = (Order(page.removeprefix("-"), descending=page.startswith("-")),) if page else ()
    return Fetch(declared.name, tuple(fields), order=order, limit=True)


def newest_of(declared: TypeDeclaration) -> Fetch:
    """The request for the newest value of `changedBy`, of which the catalogue shows the day or the hour."""
    field = str(declared.changed_by)
    return Fetch(declared.name, (field,), order=(Order(field, descending=True),), limit=True)


def quality_of(declared: TypeDeclaration, table: Table) -> Quality:
    """What may be known of a sample of at most `SAMPLE` rows."""
    if table.count < LEAST:
        return Quality()
    known = {one.name: one for one in declared.fields}
    rates = {
        name.partition(".")[0]: _rates(known.get(name), declared.key, column)
        for name, column in zip(table.fields, table.columns, strict=True)
    }
    sampled = rounded(table.count)
    return Quality(sampled, sampled if table.count < SAMPLE else None, rates)


def _rates(declared: FieldDeclaration | None, key: str | None, column: Column) -> Rates:
    values = [cell for cell in column if cell is not None]
    nulls = percent(len(column) - len(values), len(column))
    if declared is None:  # a reference: many may lead to one
        return Rates(nulls)
    repeated = outside = None
    if declared.identifier or declared.name == key:  # of anything else, a value may well come twice
        repeated = percent(len(values) - len(set(values)), len(values))
    if declared.codes:
        outside = percent(_outside(values, declared.codes), len(values))
    return Rates(nulls, repeated, outside)


def _outside(values: Sequence[object], codes: Sequence[str]) -> int:
    known = frozenset(codes)
    return sum(value not in known for value in values)


def percent(part: int, whole: int) -> int | None:
    """How many in a hundred, to the nearest step; None of fewer than `LEAST`."""
    if whole < LEAST:
        return None
    step = next(one for one in _STEPS if one * whole >= _WHOLE * APART)
    return (2 * _WHOLE * part + step * whole) // (2 * step * whole) * step


def rounded(count: int) -> int:
    """To two significant digits, downwards."""
    unit = 10 ** max(len(str(count)) - _DIGITS, 0)
    return int(count // unit * unit)
