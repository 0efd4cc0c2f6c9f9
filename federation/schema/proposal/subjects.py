"""Whom the rows of each table are about, and by which columns they are found, placed and listed.

Tables that say so themselves come first; then those that lead to one of them by a foreign key. A table about people
whose person or place can't be found is lost: no rule of rows could be decided on it, and no receipt could name whom it
was about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from federation.schema.proposal.ground import Register
from federation.schema.proposal.meanings import AREA, IDENTITY, UNJUDGED, UNKNOWN, Guess, share
from federation.schema.proposal.names import words_of
from federation.schema.proposal.values import Note
from vocabulary.outline import Column, Shape, Table

_KEYS: Final = frozenset({"String", "Int"})
_MOST: Final = 0.8
_RANDOM: Final = ("serial", "random", "uuid", "guid", "seq", "sequence", "rank", "序号")
_NUMBERS: Final = (("id",), ("number",), ("no",), ("num",), ("key",))
_FINEST: Final = ("grid", "committee", "community", "neighbourhood", "street", "town", "district", "area", "region")


@dataclass(frozen=True, slots=True)
class Seen:
    """A table with the type that it becomes, the names of its columns' fields, and what each column is about."""

    table: Table
    type: str
    names: Mapping[str, str]
    guesses: Mapping[str, Guess]

    def column(self, name: str) -> Column:
        """One of its columns; KeyError where there is none."""
        for column in self.table.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def of(self, meaning: object, scalars: frozenset[str] = _KEYS) -> list[Column]:
        """Its columns of one meaning that are of one of these scalars."""
        return [
            column
            for column in self.table.columns
            if column.name in self.guesses and self.guesses[column.name].meaning is meaning and column.scalar in scalars
        ]


@dataclass(frozen=True, slots=True)
class Footing:
    """Columns of a table by what they are for. `leads_to`: the subject's column holds a key of this type."""

    is_about_people: bool
    key: str | None = None
    subject: str | None = None
    leads_to: Register | None = None
    area: str | None = None
    page_by: str | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Lost:
    """A table that can't be governed as it is."""

    is_about_people: bool
    note: Note


def foot(
    seen: Mapping[str, Seen], register: Register | None, *, lists: bool, promises: bool
) -> Mapping[str, Footing | Lost]:
    """Decide for every table. `lists`: its source can list rows; `promises`: it says itself what is unique."""
    return _Feet(seen, register, lists=lists, promises=promises).decide()


class _Feet:
    def __init__(self, seen: Mapping[str, Seen], register: Register | None, *, lists: bool, promises: bool) -> None:
        self._seen = seen
        self._register = register
        self._lists = lists
        self._promises = promises
        self._found: dict[str, Footing | Lost] = {}

    def decide(self) -> Mapping[str, Footing | Lost]:
        for name, one in self._seen.items():
            if any(guess.meaning.is_person for guess in one.guesses.values()):
                self._found[name] = self._people(one)
        self._found.update(self._in_own_register())
        while found := self._led():
            self._found.update(found)
        for name, one in self._seen.items():
            if name not in self._found:
                self._found[name] = self._things(one)
        return self._found

    def _people(self, one: Seen) -> Footing | Lost:
        area = self._area(one)
        identity = self._identity(one)
        pointed_at = self._pointed_at(one)
        if pointed_at is not None and area is not None:
            doubt = f"other tables know a person by {pointed_at}: is it one person's alone, and does it never change?"
            return self._listed(one, Footing(True, pointed_at, pointed_at, None, area, notes=(Note(doubt=doubt),)))
        if self._register is not None and identity is not None:
            key = pointed_at if pointed_at != identity.name else None
            if key is None and not self._lists:
                key = self._row_key(one, identity.name, None)
            return self._listed(one, Footing(True, key, identity.name, self._register, area))
        if area is None:
            return Lost(True, Note("it is about people", _NO_AREA if identity is not None else _NO_PERSON_NO_AREA))
        if identity is not None:
            key = identity.name if self._is_unique(one, identity) else None
            return self._listed(one, Footing(True, key, identity.name, None, area, notes=self._promise(one, key)))
        own = self._own_key(one)
        if own is None:
            return Lost(True, Note("it is about people", _NO_PERSON))
        doubt = f"is a row about one person, and is {own} that person's alone?"
        return self._listed(one, Footing(True, own, own, None, area, notes=(Note(doubt=doubt),)))

    def _in_own_register(self) -> dict[str, Footing]:
        """Tables of people by identity number whom one table of this same source holds."""
        own = [
            Register(self._seen[name].type, self._seen[name].names[at.key])
            for name, at in self._found.items()
            if isinstance(at, Footing)
            and at.key is not None
            and at.key == at.subject
            and self._seen[name].guesses[at.key].meaning is IDENTITY
        ]
        if self._register is not None or len(own) != 1:
            return {}
        found: dict[str, Footing] = {}
        for name, at in self._found.items():
            one = self._seen[name]
            identity = self._identity(one)
            is_of_itself = isinstance(at, Footing) and at.key is not None and at.key == at.subject
            if identity is not None and not is_of_itself:
                footing = Footing(True, None, identity.name, own[0], self._area(one))
                found[name] = self._listed(one, footing)
        return found

    def _led(self) -> dict[str, Footing | Lost]:
        """Tables not decided yet that lead to people."""
        found: dict[str, Footing | Lost] = {}
        for name, one in self._seen.items():
            if name in self._found:
                continue
            targets = [(key, self._found.get(key.table)) for key in one.table.foreign_keys]
            people = [(key, at) for key, at in targets if at is not None and at.is_about_people]
            for key, at in people:
                if isinstance(at, Footing) and at.leads_to is None and key.target == at.key == at.subject:
                    other = self._seen[key.table]
                    leads_to = Register(other.type, other.names[key.target])
                    area = self._area(one)
                    doubt = f"is a row about the {leads_to.type} that {key.column} names?"
                    footing = Footing(True, None, key.column, leads_to, area, notes=(Note(doubt=doubt),))
                    found[name] = self._listed(one, footing)
                    break
            else:
                if people:
                    found[name] = Lost(
                        True, Note(f"it leads to {people[0][0].table}, which is about people", _UNTRACED)
                    )
        return found

    def _things(self, one: Seen) -> Footing | Lost:
        key = self._own_key(one)
        searched_by = one.table.searched_by
        if searched_by is not None:
            is_key = searched_by in one.guesses and one.column(searched_by).scalar in _KEYS
            key = searched_by if is_key else None
        if key is None:
            return Lost(False, Note("nothing in it is known to be unique", _NO_KEY))
        footing = Footing(False, key, area=self._area(one), notes=self._promise(one, key))
        if not self._lists:
            return footing
        return Footing(False, key, area=footing.area, page_by=key, notes=footing.notes)

    def _listed(self, one: Seen, footing: Footing) -> Footing:
        """The footing with what a list needs besides: its own area, a key, and an order that says nothing."""
        searched_by = one.table.searched_by
        if not self._lists or searched_by is not None:
            return footing
        if footing.area is None:
            doubt = "no column holds area codes, so it can't be listed: it is reached from its subject. Is that enough?"
            return _with(footing, Note(doubt=doubt))
        page_by = self._random(one, footing)
        if page_by is None:
            return _with(footing, Note(doubt=_NO_ORDER))
        doubt = f"is {page_by} random? Its order pages the list, and a number given out in turn tells who came first"
        key = footing.key or (self._row_key(one, footing.subject, page_by) if footing.leads_to is not None else None)
        if key is None:
            return _with(
                footing, Note(doubt="several rows may be about one person, and nothing names one row: no list")
            )
        return Footing(
            True,
            key,
            footing.subject,
            footing.leads_to,
            footing.area,
            page_by,
            (*footing.notes, Note(doubt=doubt), *self._promise(one, page_by)),
        )

    def _row_key(self, one: Seen, subject: str | None, page_by: str | None) -> str | None:
        """What names a row whose person another type holds: its own primary key, or else what it is paged by."""
        for column in one.table.columns:
            if (column.name,) != one.table.key or column.name == subject or column.scalar not in _KEYS:
                continue
            guess = one.guesses.get(column.name)
            if guess is not None and guess.meaning in {UNKNOWN, UNJUDGED}:
                return column.name
        return page_by

    def _random(self, one: Seen, footing: Footing) -> str | None:
        """A unique column that pages: one that is called so, or the technical key of the rows."""
        free = [
            column
            for column in one.table.columns
            if column.name not in {footing.subject, footing.area}
            and column.scalar in _KEYS
            and column.name in one.guesses
            and one.guesses[column.name].meaning in {UNKNOWN, UNJUDGED}
            and self._is_unique(one, column)
            and (not column.nullable or column.name in one.table.key)
        ]
        called = [column.name for column in free if any(word in column.name.lower() for word in _RANDOM)]
        technical = [column.name for column in free if (column.name,) == one.table.key]
        if not self._promises:
            technical = [column.name for column in free if words_of(column.name)[-1:] in _NUMBERS]
        return next(iter((*called, *technical)), None)

    def _identity(self, one: Seen) -> Column | None:
        """The identity number of whom a row is about: of several the unique one, or that with the shortest name."""
        found = one.of(IDENTITY, frozenset({"String"}))
        if one.table.searched_by is not None:
            found = [column for column in found if column.name == one.table.searched_by]
        found = [column for column in found if share(column, Shape.IDENTITY) > 0 or not column.sample.filled] or found
        return min(found, key=lambda column: (not self._is_unique(one, column), len(column.name)), default=None)

    def _area(self, one: Seen) -> str | None:
        """The column that places a row: of several the finest."""
        found = [
            column
            for column in one.of(AREA, frozenset({"String"}))
            if not column.sample.filled or share(column, Shape.AREA) >= _MOST
        ]

        def rank(column: Column) -> tuple[int, int]:
            words = [at for at, word in enumerate(_FINEST) if word in column.name.lower()]
            return min(words, default=len(_FINEST)), len(column.name)

        return None if not found else min(found, key=rank).name

    def _pointed_at(self, one: Seen) -> str | None:
        """The one column by which other tables know its rows."""
        columns = {
            key.target
            for other in self._seen.values()
            for key in other.table.foreign_keys
            if key.table == one.table.name and other is not one
        }
        known = [column for column in one.table.columns if column.name in columns]
        if len(columns) != 1 or len(known) != 1 or known[0].name not in one.guesses:
            return None
        (column,) = known
        return column.name if column.scalar in _KEYS and self._is_unique(one, column) else None

    def _own_key(self, one: Seen) -> str | None:
        candidates = [
            column
            for column in one.table.columns
            if column.name in one.guesses and column.scalar in _KEYS and self._is_unique(one, column)
        ]
        candidates.sort(key=lambda column: ((column.name,) != one.table.key, column.nullable))
        return candidates[0].name if candidates else None

    def _is_unique(self, one: Seen, column: Column) -> bool:
        if column.unique or one.table.key == (column.name,):
            return True
        sample = column.sample
        return not self._promises and 1 < sample.cells == sample.distinct

    def _promise(self, one: Seen, key: str | None) -> tuple[Note, ...]:
        if key is None or self._promises or one.column(key).unique:
            return ()
        sample = one.column(key).sample
        seen = f"{sample.distinct:,} of {sample.cells:,} sampled values differ"
        doubt = f"is {key} unique? Nothing promises it; {seen}"
        return (Note(doubt=doubt),)


def _with(footing: Footing, note: Note) -> Footing:
    return replace(footing, notes=(*footing.notes, note))


_NO_AREA: Final = (
    "no column holds area codes, and no type of the exchange holds these people: give it a column with the code of "
    "the committee, or mount it in an exchange that has a register of people (--home)"
)
_NO_PERSON_NO_AREA: Final = (
    "no column says which person a row is about, and none where: give it an identity number or a person's own number, "
    "and the code of the committee"
)
_NO_PERSON: Final = "no column says which person a row is about: give it an identity number, or a unique one of theirs"
_UNTRACED: Final = (
    "its rows are about somebody whom the exchange can't trace from here: give it the person's own number or identity "
    "number, or make a view that has it"
)
_NO_KEY: Final = "which column names one row? Make it unique or a primary key, or make a view that has one"
_NO_ORDER: Final = (
    "no unique column says nothing about anyone, so it can't be listed: add a random number, unique and not null. An "
    "identity number is none: its order gives birth dates away"
)
