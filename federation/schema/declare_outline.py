"""`exchange.yaml` as its rules look at it: types where they are at home, and what other sources add to them.

Nothing here is judged. What is missing or has the wrong shape is simply not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from federation.schema.yaml_lines import Part


@dataclass(frozen=True, slots=True)
class Home:
    """A type as its source declares it."""

    source: str
    name: str
    part: Part

    @property
    def fields(self) -> Mapping[str, Part]:
        """Its fields by name."""
        return self.part.named("fields")

    @property
    def companions(self) -> Mapping[str, Part]:
        """Its companions by name."""
        return self.part.named("companions")

    @property
    def references(self) -> Mapping[str, Part]:
        """Its references by name."""
        return self.part.named("references")

    def text(self, word: str) -> str | None:
        """The text that one of its words has."""
        return self.part.text(word)

    def scalar(self, field: str | None) -> str | None:
        """The scalar of one of its fields."""
        declared = self.fields.get(field or "")
        return None if declared is None else declared.text("type")


@dataclass(frozen=True, slots=True)
class Extension:
    """What a source adds to a type of another one."""

    source: str
    type: str
    part: Part

    @property
    def relations(self) -> Mapping[str, Part]:
        """The relations that lead to rows of the source, by name."""
        return self.part.named("relations")


@dataclass(frozen=True, slots=True)
class Outline:
    """The file, with its types and extensions at hand. `types` has the types of each source by name."""

    root: Part
    types: Mapping[str, Mapping[str, Home]]
    extensions: tuple[Extension, ...]
    _first: Mapping[str, Home]

    @classmethod
    def of(cls, root: Part) -> Outline:
        """Look over the whole file."""
        types: dict[str, dict[str, Home]] = {}
        extensions: list[Extension] = []
        first: dict[str, Home] = {}
        for source, part in root.named("sources").items():
            types[source] = {name: Home(source, name, one) for name, one in part.named("types").items()}
            extensions += (Extension(source, name, one) for name, one in part.named("extends").items())
            for name, home in types[source].items():
                first.setdefault(name, home)
        return cls(root, types, tuple(extensions), first)

    @property
    def homes(self) -> list[Home]:
        """Every type, in the order of the file."""
        return [home for homes in self.types.values() for home in homes.values()]

    def home(self, name: str | None) -> Home | None:
        """The (first) home of a type."""
        return self._first.get(name or "")

    def relations(self) -> list[tuple[Extension, Part]]:
        """Every relation, with the extension that it belongs to."""
        return [(added, part) for added in self.extensions for part in added.relations.values()]
