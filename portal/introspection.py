"""The visible schema, asked for by introspection like any question, for the editor and the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

DOCUMENT: Final = """\
query Schema {
  __schema {
    queryType { name }
    mutationType { name }
    types {
      kind name description
      fields { name description args { ...Input } type { ...Type } }
      inputFields { ...Input }
      enumValues { name description }
      possibleTypes { name }
    }
    directives { name description locations args { ...Input } }
  }
}
fragment Input on __InputValue { name description defaultValue type { ...Type } }
fragment Type on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }
"""
_MACHINERY: Final = ("Connection", "Edge")
_ROOTS: Final = ("Query", "Mutation", "PageInfo", "Node")


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of the visible schema, for people: its type as one writes it, and what it means in both languages."""

    name: str
    type: str
    text: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of the visible schema."""

    name: str
    text: str
    entries: tuple[Entry, ...]


def kinds(schema: Mapping[str, Any]) -> tuple[Kind, ...]:
    """The types that hold data, by name, and at the end what can be asked and done at the root."""
    found = {
        one["name"]: one for one in schema["types"] if one["kind"] == "OBJECT" and not one["name"].startswith("__")
    }
    own = [one for name, one in sorted(found.items()) if name not in _ROOTS and not name.endswith(_MACHINERY)]
    roots = [found[name] for name in ("Query", "Mutation") if name in found]
    return tuple(Kind(one["name"], one["description"] or "", _entries(one["fields"])) for one in (*own, *roots))


def _entries(fields: Sequence[Mapping[str, Any]]) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            one["name"],
            written(one["type"]),
            one["description"] or "",
            tuple(f"{argument['name']}: {written(argument['type'])}" for argument in one["args"]),
        )
        for one in fields
    )


def written(kind: Mapping[str, Any]) -> str:
    """A type as one writes it: `[Resident!]!`."""
    if kind["kind"] == "NON_NULL":
        return f"{written(kind['ofType'])}!"
    if kind["kind"] == "LIST":
        return f"[{written(kind['ofType'])}]"
    name: str = kind["name"]
    return name
