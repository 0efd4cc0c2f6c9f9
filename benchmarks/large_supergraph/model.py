"""The supergraph as the generator knows it: the SDL of each subgraph, and for the questions who resolves what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

LINK: Final = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", '
    'import: ["@key", "@shareable", "@external", "@requires", "@provides"])'
)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the supergraph: `target` is the composite type that it leads to, `owners` the subgraphs with it.

    `arguments` as SDL has them, `given` as a question gives the required ones.
    """

    name: str
    type: str
    owners: tuple[str, ...]
    target: str | None = None
    arguments: str = ""
    given: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """One made-up supergraph. `possible`: the object types of each interface and union; `hubs`: entities that many
    subgraphs resolve alike, each leading to the next; `listing`: the root field of the interface that most implement.
    """

    subgraphs: Mapping[str, str]
    fields: Mapping[str, tuple[Field, ...]]
    roots: tuple[Field, ...]
    interfaces: Mapping[str, tuple[Field, ...]]
    possible: Mapping[str, tuple[str, ...]]
    hubs: tuple[str, ...]
    listing: Field

    def field(self, owner: str, name: str) -> Field:
        """A field by its coordinate."""
        return next(one for one in self.fields[owner] if one.name == name)

    def api_sdl(self) -> str:
        """The schema that a client sees."""
        implements = {
            name: [interface for interface in self.interfaces if name in self.possible[interface]]
            for name in self.fields
        }
        parts = ["scalar Date", _body("type", "Query", self.roots)]
        parts += [_body("interface", name, fields) for name, fields in self.interfaces.items()]
        parts += [_body("type", name, fields, implements[name]) for name, fields in self.fields.items()]
        unions = self.possible.keys() - self.interfaces.keys()
        parts += [f"union {name} = {' | '.join(self.possible[name])}" for name in sorted(unions)]
        return "\n".join(parts) + "\n"


def _body(kind: str, name: str, fields: Iterable[Field], implements: Iterable[str] = ()) -> str:
    lines = "".join(f"  {one.name}{one.arguments}: {one.type}\n" for one in fields)
    return f"{kind} {name}{_implementing(implements)} {{\n{lines}}}"


def _implementing(interfaces: Iterable[str]) -> str:
    names = " & ".join(interfaces)
    return f" implements {names}" if names else ""


@dataclass(slots=True)
class Part:
    """What one subgraph says of one type: `keys` are the arguments of `@key`, `lines` its fields by name."""

    kind: str = "type"
    keys: list[str] = field(default_factory=list)
    implements: list[str] = field(default_factory=list)
    lines: dict[str, str] = field(default_factory=dict)

    def sdl(self, name: str) -> str:
        keys = "".join(f" @key({key})" for key in self.keys)
        lines = "".join(f"  {line}\n" for line in self.lines.values())
        return f"{self.kind} {name}{_implementing(self.implements)}{keys} {{\n{lines}}}"


@dataclass(slots=True)
class Draft:
    """A subgraph that is being written."""

    parts: dict[str, Part] = field(default_factory=dict)
    unions: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def part(self, name: str) -> Part:
        return self.parts.setdefault(name, Part())

    def sdl(self) -> str:
        return "\n\n".join(self._written()) + "\n"

    def _written(self) -> Iterator[str]:
        yield LINK
        yield "scalar Date"
        for name in sorted(self.parts):
            yield self.parts[name].sdl(name)
        for name, members in sorted(self.unions.items()):
            yield f"union {name} = {' | '.join(members)}"
