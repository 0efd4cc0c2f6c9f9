"""What a proposal stands on: the exchange that the source is to join, or the masks that one usually has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from federation.schema.declare_rules import is_taken_word
from vocabulary.catalogue import Catalogue, MaskDeclaration, SourceDeclaration, TypeDeclaration

USUAL_MASKS: Final = (
    MaskDeclaration("name-partial", "partial-name", {"keep": "ends"}),
    MaskDeclaration("name-surname", "partial-name", {"keep": "surname"}),
    MaskDeclaration("phone-partial", "partial-phone", {"keep": 4}),
    MaskDeclaration("identity-partial", "partial-identity", {}),
    MaskDeclaration("address-street", "partial-address", {"level": "street"}),
    MaskDeclaration("pseudonym", "pseudonym", {}),
    MaskDeclaration("redact", "redact", {}),
)
"""For who has no exchange yet; the section says that they have to be declared."""

_STRICTNESS: Final = {"ends": 0, "surname": 1, "street": 0, "district": 1}
_TEXT_ONLY: Final = frozenset({"partial-name", "partial-phone", "partial-identity", "partial-address", "pseudonym"})


@dataclass(frozen=True, slots=True)
class Register:
    """A type whose entities are people, by its key; `owner`: of its source, where that is another one."""

    type: str
    key: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """The exchange to join; without one, the usual masks and no other types."""

    owner: str
    catalogue: Catalogue | None = None
    name: str | None = None

    @property
    def masks(self) -> tuple[MaskDeclaration, ...]:
        """The masks that a field may have in its chain."""
        return USUAL_MASKS if self.catalogue is None else tuple(self.catalogue.masks.values())

    def chain(self, kinds: tuple[str, ...], scalar: str) -> tuple[str, ...]:
        """The masks of these kinds that fit a scalar, from the least strict to the strictest."""
        fitting = [kind for kind in kinds if scalar == "String" or kind not in _TEXT_ONLY]
        return tuple(
            mask.name
            for kind in fitting
            for mask in sorted((one for one in self.masks if one.kind == kind), key=_strictness)
        )

    def register(self) -> Register | None:
        """The people of the exchange, where exactly one type holds them."""
        found = [
            Register(declared.name, declared.key, source.owner)
            for source in self._sources
            for declared in source.types
            if declared.key is not None and declared.subject == declared.key and _is_identity(declared)
        ]
        return found[0] if len(found) == 1 else None

    def has_source(self, name: str) -> bool:
        """Whether the name of a source is taken."""
        return is_taken_word("source", name) or name in (self.catalogue.sources if self.catalogue else ())

    def has_type(self, name: str) -> bool:
        """Whether the name of a type is taken."""
        return is_taken_word("type", name) or any(
            name == declared.name for source in self._sources for declared in source.types
        )

    def has_collection(self, name: str) -> bool:
        """Whether the name of a root field is taken."""
        return is_taken_word("collection", name) or any(
            name == declared.collection for source in self._sources for declared in source.types
        )

    def has_member(self, type_name: str, name: str) -> bool:
        """Whether a type of the exchange has a member of this name already, from whichever source."""
        if is_taken_word("field", name):
            return True
        members = {one.name for source in self._sources for one in source.relations if one.owner == type_name}
        for source in self._sources:
            for declared in source.types:
                if declared.name == type_name:
                    members.update(one.name for one in declared.fields)
                    members.update(one.name for one in declared.companions)
                    members.update(one.name for one in declared.references)
        return name in members

    @property
    def _sources(self) -> tuple[SourceDeclaration, ...]:
        return () if self.catalogue is None else tuple(self.catalogue.sources.values())


def _is_identity(declared: TypeDeclaration) -> bool:
    return any(
        item.name == declared.key and item.identifier and item.scalar == "String" and item.category == "identifier"
        for item in declared.fields
    )


def _strictness(mask: MaskDeclaration) -> tuple[int, str]:
    """Masks of one kind by what they keep: less is stricter."""
    parameter = next(iter(mask.parameters.values()), 0)
    if isinstance(parameter, int):
        return -parameter, mask.name
    return _STRICTNESS.get(str(parameter), 0), mask.name
