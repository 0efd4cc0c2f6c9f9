"""The members of one type: its columns as fields, references or omissions, each with reason and doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from federation.schema.declare_rules import is_taken_word
from federation.schema.proposal.ground import Ground, Register
from federation.schema.proposal.meanings import (
    AREA,
    BIRTH,
    CREDIT,
    IDENTITY,
    PLATE,
    POSITION,
    RECORDS_OF_HEALTH,
    SEX,
    UNJUDGED,
    UNKNOWN,
    YEARS,
    Guess,
)
from federation.schema.proposal.names import field_name, is_writable, shown, unused, words_of
from federation.schema.proposal.subjects import Footing, Lost, Seen
from federation.schema.proposal.values import (
    Note,
    ProposedCompanion,
    ProposedField,
    ProposedOmission,
    ProposedReference,
)
from vocabulary.catalogue import Words
from vocabulary.outline import Column, Shape

_IDENTITY_ENDINGS: Final = ("identity", "id", "card", "no", "number", "num", "code", "sfz", "sfzh", "idno")
_REVEALED: Final = (BIRTH, SEX, YEARS)
_REFERENCE_OF_PEOPLE, _REFERENCE_OF_THINGS, _FIELD_OF_THINGS, _PAGE = 3, 2, 2, 1


@dataclass(frozen=True, slots=True)
class Members:
    """What the columns of a table become."""

    fields: tuple[ProposedField, ...]
    companions: tuple[ProposedCompanion, ...]
    references: tuple[ProposedReference, ...]
    omissions: tuple[ProposedOmission, ...]
    names: Mapping[str, str] = field(hash=False)
    """Column → the field or reference that it became."""


def members(
    one: Seen, footing: Footing, feet: Mapping[str, Footing | Lost], seen: Mapping[str, Seen], ground: Ground
) -> Members:
    """Go through the columns in their order."""
    return _Walk(one, footing, feet, seen, ground).walk()


class _Walk:
    def __init__(
        self,
        one: Seen,
        footing: Footing,
        feet: Mapping[str, Footing | Lost],
        seen: Mapping[str, Seen],
        ground: Ground,
    ) -> None:
        self._one, self._footing, self._feet, self._seen, self._ground = one, footing, feet, seen, ground
        self._taken = set(one.names.values())
        self._fields: list[ProposedField] = []
        self._references: list[ProposedReference] = []
        self._omissions: list[ProposedOmission] = []
        self._names: dict[str, str] = {}

    def walk(self) -> Members:
        for column in self._one.table.columns:
            if column.name in self._one.guesses:  # one whose name can't be written is told about beside the type
                self._column(column, self._one.guesses[column.name])
        return Members(
            tuple(map(self._revealing, self._fields)),
            tuple(self._companions()),
            tuple(self._references),
            tuple(self._omissions),
            self._names,
        )

    def _column(self, column: Column, guess: Guess) -> None:
        footing = self._footing
        needed = {footing.key, footing.page_by, footing.area}
        leads_to = self._leads_to(column, guess)
        if leads_to is not None and column.name not in needed:
            self._refer(column, guess, leads_to)
        elif column.name in needed or (column.name == footing.subject and footing.leads_to is None):
            self._take(column, guess)
        elif (why := self._why_not(column, guess)) is not None:
            self._omissions.append(ProposedOmission(column.name, why))
        else:
            self._take(column, guess)

    def _leads_to(self, column: Column, guess: Guess) -> Register | None:
        """The entity whose key the column holds."""
        footing = self._footing
        if column.name == footing.subject:
            return footing.leads_to
        for key in self._one.table.foreign_keys:
            at = self._feet.get(key.table)
            if key.column == column.name and isinstance(at, Footing) and at.key == key.target:
                other = self._seen[key.table]
                return Register(other.type, other.names[key.target])
        if guess.meaning is not IDENTITY or column.scalar != "String" or column.name == footing.key:
            return None
        if self._is_own_number(column):
            return self._ground.register()
        return self._people()

    def _is_own_number(self, column: Column) -> bool:
        """Whether it is the number of whom a row is about, where another column is the subject."""
        own = [
            name
            for name, guess in self._one.guesses.items()
            if guess.meaning is IDENTITY and self._one.column(name).scalar == "String"
        ]
        footing = self._footing
        is_by_number = footing.subject is not None and footing.subject not in own
        return is_by_number and column.name == min(own, key=len)

    def _people(self) -> Register | None:
        """Where a person is found by identity number: in this type, in another of the source, or in the exchange."""
        found = [
            Register(other.type, other.names[at.key])
            for name, other in self._seen.items()
            if isinstance(at := self._feet[name], Footing)
            and at.key is not None
            and at.key == at.subject
            and other.guesses[at.key].meaning is IDENTITY
        ]
        own = [one for one in found if one.type == self._one.type]
        return next(iter(own), None) or self._ground.register() or (found[0] if len(found) == 1 else None)

    def _why_not(self, column: Column, guess: Guess) -> Note | None:
        if guess.meaning is IDENTITY and column.scalar == "String" and not self._is_own_number(column):
            return Note(guess.reason, "whose number is it? No type here or in the exchange holds these people by it")
        keys = [key for key in self._one.table.foreign_keys if key.column == column.name]
        if keys:
            return Note(f"it leads to {shown(keys[0].table)}, which is not taken or has another key")
        if not guess.meaning.is_taken or column.scalar is None:
            return Note(guess.reason, guess.doubt)
        if column.name in self._one.table.key and guess.meaning in {UNKNOWN, RECORDS_OF_HEALTH}:
            return Note("a number of rows, which nothing here needs")
        if column.unique and guess.meaning is UNKNOWN and column.scalar == "Int":
            return Note("a number that is another one in each row, which nothing here needs")
        return None

    def _refer(self, column: Column, guess: Guess, leads_to: Register) -> None:
        words = list(words_of(column.name))
        while len(words) > 1 and words[-1] in _IDENTITY_ENDINGS:
            words.pop()
        if not words or words[-1] in _IDENTITY_ENDINGS:
            words = [leads_to.type]
        self._taken.discard(self._one.names[column.name])  # the column becomes no field
        name = field_name(" ".join(words), len(self._references) + 1, self._is_taken)
        self._taken.add(name)
        is_of_people = self._is_of_people(leads_to)
        level = _REFERENCE_OF_PEOPLE if is_of_people else _REFERENCE_OF_THINGS
        said = guess.reason if guess.meaning is IDENTITY else "a foreign key"
        doubt = "" if column.name == self._footing.subject else guess.doubt
        note = Note(f"{said}; it leads to {leads_to.type}", doubt)
        said_in_chinese = (
            "当事人" if column.name == self._footing.subject else "相关人员" if is_of_people else leads_to.type
        )
        english = " ".join(words_of(name)).capitalize()
        description = described(column.name, column.comment, Words(said_in_chinese, english), is_named=False)
        self._references.append(
            ProposedReference(name, leads_to.type, leads_to.key, column.name, level, description, note)
        )
        self._names[column.name] = name

    def _is_of_people(self, leads_to: Register) -> bool:
        at = next((self._feet[name] for name, one in self._seen.items() if one.type == leads_to.type), None)
        return at is None or at.is_about_people

    def _take(self, column: Column, guess: Guess) -> None:
        footing, meaning = self._footing, guess.meaning
        name = self._names[column.name] = self._one.names[column.name]
        if column.name == footing.page_by and footing.is_about_people:
            self._fields.append(
                ProposedField(
                    name,
                    column.name,
                    column.scalar or "",
                    _PAGE,
                    self._words(column, Guess(UNKNOWN, "")),
                    Note("it pages the list, and is shown to nobody"),
                    is_inaccessible=True,
                )
            )
            return
        unknown = meaning is UNKNOWN or meaning is UNJUDGED  # a key is taken although nothing is known of it
        is_thing = unknown and not footing.is_about_people
        reason = guess.reason
        if column.sample.count(Shape.FULL_WIDTH):
            guess = replace(
                guess,
                doubt=f"{column.sample.count(Shape.FULL_WIDTH):,} values hold full-width digits: they equal no others",
            )
        self._fields.append(
            ProposedField(
                name,
                column.name,
                column.scalar or "",
                _FIELD_OF_THINGS if is_thing else (UNKNOWN.level if unknown else meaning.level),
                self._words(column, guess),
                Note(reason, "" if unknown else self._doubt(column, guess)),
                category=meaning.category if footing.is_about_people else None,
                masks=self._ground.chain(meaning.kinds, column.scalar or ""),
                is_identifier=meaning in {IDENTITY, CREDIT, PLATE} and column.scalar == "String",
            )
        )

    def _doubt(self, column: Column, guess: Guess) -> str:
        if guess.meaning is AREA and column.scalar != "String":
            return "area codes kept as numbers place no row: make a view that has them as text"
        if (
            guess.meaning.category is not None
            and guess.meaning not in {AREA, POSITION}
            and not self._footing.is_about_people
            and not guess.doubt
        ):
            return f"is a row about a person? It looks like {guess.meaning.word}, and the type names no subject"
        return guess.doubt

    def _revealing(self, one: ProposedField) -> ProposedField:
        if not one.is_identifier or one.category is None:
            return one
        meanings = {self._names.get(name): guess.meaning for name, guess in self._one.guesses.items()}
        given = tuple(other.name for other in self._fields if meanings.get(other.name) in _REVEALED)
        return replace(one, reveals=given)

    def _companions(self) -> list[ProposedCompanion]:
        births = [
            one
            for one in self._fields
            if one.scalar == "Date" and not one.is_inaccessible and self._one.guesses[one.column].meaning is BIRTH
        ]
        return [
            ProposedCompanion(self._free("ageBand"), one.name, Words("年龄段", "Age band in full years"))
            for one in births
        ]

    def _free(self, name: str) -> str:
        found = unused(name, self._is_taken)
        self._taken.add(found)
        return found

    def _is_taken(self, name: str) -> bool:
        return name in self._taken or is_taken_word("field", name)

    @staticmethod
    def _words(column: Column, guess: Guess) -> Words:
        """What a field is called, in both languages: by the source's own comment, by its meaning, or by its name."""
        return described(column.name, column.comment, guess.meaning.words)


def described(name: str, comment: str, usual: Words | None, *, is_named: bool = True) -> Words:
    """Both descriptions of what the source calls `name`."""
    plain = shown(comment) if is_writable(comment) else ""
    english = " ".join(words_of(name)).capitalize() if is_named or usual is None else ""
    english = english or (usual.en if usual else shown(name))
    chinese = usual.zh if usual else shown(name)
    if not name.isascii():
        chinese = shown(name)
    if plain and not plain.isascii():
        chinese = plain
    elif plain:
        english = plain
    return Words(chinese or "未命名", english or "Without a name")
