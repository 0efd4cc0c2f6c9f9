"""What one standing could see if it asked: how each field would be shown, and by which it may filter. It holds no data.

Pages are made from it, so that they offer nothing that would be refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

WITHHELD: Final = ""
MIXED: Final = "mixed"


@dataclass(frozen=True, slots=True)
class FieldOutlook:
    """One field of a type. `type` is the named GraphQL type, `kind` what it leads to (scalar, companion, relation…).

    `way`: `plain` or a mask's name where every visible row shows it so, MIXED where rows differ, WITHHELD where none
    shows it. `operators` are those of its filter that may be used now, none where a filter would be refused; `options`
    the values that a companion can take. `owner` is the organisation that answers for it, `text` says what it
    means, in both languages.
    """

    name: str
    type: str
    kind: str
    many: bool
    text: str
    way: str
    owner: str = ""
    level: int = 0
    masks: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeOutlook:
    """One type whose rows could be seen. `collection` is the root field that lists it, or empty.

    `is_person`: its entities are data subjects. `area` is the field that holds the area of a row, or empty.
    """

    name: str
    text: str
    collection: str
    is_person: bool
    area: str
    is_open: bool
    fields: Mapping[str, FieldOutlook] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Everything that could be seen for one purpose: types by name, and the acts that some `write` line permits."""

    purpose: str
    mode: str
    agreement: str
    types: Mapping[str, TypeOutlook] = field(hash=False)
    acts: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether anything at all could be seen or done."""
        return bool(self.acts) or any(one.is_open for one in self.types.values())
