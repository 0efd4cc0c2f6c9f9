"""What is proposed, as values: a section of `exchange.yaml` before it is written, each part with reason and doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vocabulary.catalogue import MaskDeclaration, Words


@dataclass(frozen=True, slots=True)
class Note:
    """Why something is proposed, and what its owner has to answer; either may be empty."""

    reason: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class ProposedField:
    """A field. `level` is that of its guess, or 1 for a number that pages a list and is shown to nobody."""

    name: str
    column: str
    scalar: str
    level: int
    description: Words
    note: Note
    category: str | None = None
    masks: tuple[str, ...] = ()
    reveals: tuple[str, ...] = ()
    is_identifier: bool = False
    is_inaccessible: bool = False


@dataclass(frozen=True, slots=True)
class ProposedCompanion:
    """`ageBand` of a date of birth."""

    name: str
    of: str
    description: Words


@dataclass(frozen=True, slots=True)
class ProposedReference:
    """A column that holds the key of an entity."""

    name: str
    type: str
    key: str
    column: str
    level: int
    description: Words
    note: Note


@dataclass(frozen=True, slots=True)
class ProposedOmission:
    """A column that is left out, and why."""

    column: str
    note: Note


@dataclass(frozen=True, slots=True)
class ProposedType:
    """A type. `size` says how large its table is and how much of it was looked at."""

    name: str
    table: str
    description: Words
    size: str
    key: str | None = None
    subject: str | None = None
    area: str | None = None
    collection: str | None = None
    page_by: str | None = None
    fields: tuple[ProposedField, ...] = ()
    companions: tuple[ProposedCompanion, ...] = ()
    references: tuple[ProposedReference, ...] = ()
    omissions: tuple[ProposedOmission, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposedRelation:
    """What the source adds to a type of another one: the rows about an entity of it."""

    name: str
    owner: str
    owner_key: str
    type: str
    by: str
    is_many: bool
    order: tuple[str, ...]
    description: Words
    note: Note


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A table that is not proposed at all, and what would have to be there."""

    table: str
    note: Note


@dataclass(frozen=True, slots=True)
class Proposal:
    """The whole section. `masks` are those that it names; `is_known` says whether an exchange declares them already."""

    name: str
    owner: str
    connector: str
    options: Mapping[str, object] = field(hash=False)
    timeout: float
    concurrency: int
    types: tuple[ProposedType, ...]
    relations: tuple[ProposedRelation, ...]
    left_out: tuple[LeftOut, ...]
    masks: tuple[MaskDeclaration, ...]
    is_known: bool
    notes: tuple[Note, ...] = ()
    deliver: tuple[str, ...] = ()
    """Coordinates of other organisations that this source has to be told, so that its rows are found."""

    def questions(self) -> tuple[str, ...]:
        """Every doubt with the place that it is about, in the order of the section."""
        found = [("", note) for note in self.notes]
        for one in self.types:
            found += [(one.name, note) for note in one.notes]
            found += [(f"{one.name}.{part.name}", part.note) for part in one.fields]
            found += [(f"{one.name}.{part.name}", part.note) for part in one.references]
            found += [(f"{one.table}.{left.column}", left.note) for left in one.omissions]
        found += [(f"{one.owner}.{one.name}", one.note) for one in self.relations]
        found += [(left.table, left.note) for left in self.left_out]
        return tuple(f"{place}: {note.doubt}" if place else note.doubt for place, note in found if note.doubt)
