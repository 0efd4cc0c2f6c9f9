"""What a subgraph's SDL says of the types that are taken from it (Apollo Federation subgraph specification, v1 and v2).

The tree is read as it was parsed: an SDL of v1 extends types that it does not declare and uses directives that nobody
defined, so it makes no schema by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import GraphQLError, parse
from graphql.language import ast

MOST_TOKENS: Final = 200_000
_ROOTS: Final = frozenset({"Query", "Mutation", "Subscription"})
_OBJECTS: Final = (ast.ObjectTypeDefinitionNode, ast.ObjectTypeExtensionNode)


class NoSdlError(ValueError):
    """The text is no SDL, or a larger one than anybody needs. The text itself is not quoted."""


@dataclass(frozen=True, slots=True)
class RemoteField:
    """A field: the `type` that it ends in, and what keeps us from asking for it by a key alone (`hindrance`)."""

    type: str
    is_list: bool
    hindrance: str | None = None


@dataclass(slots=True)
class RemoteType:
    """An object type. `keys`: sets of fields by which it can be asked for; `unresolvable`: by which it cannot."""

    fields: dict[str, RemoteField] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    unresolvable: list[str] = field(default_factory=list)


class Sdl:
    """A subgraph's object types by name, and the names of its enums and scalars.

    Raises:
        NoSdlError: the text cannot be read.
    """

    def __init__(self, text: str) -> None:
        try:
            document = parse(text, no_location=True, max_tokens=MOST_TOKENS)
        except (GraphQLError, RecursionError):
            raise NoSdlError from None
        self.types: Final[dict[str, RemoteType]] = {}
        self.enums: Final[set[str]] = set()
        self.scalars: Final[set[str]] = set()
        for node in document.definitions:
            if isinstance(node, _OBJECTS):
                self._object(node)
            elif isinstance(node, ast.EnumTypeDefinitionNode):
                self.enums.add(node.name.value)
            elif isinstance(node, ast.ScalarTypeDefinitionNode):
                self.scalars.add(node.name.value)

    @property
    def names(self) -> list[str]:
        """The object types that rows may be of."""
        return sorted(name for name in self.types.keys() - _ROOTS if not name.startswith("_"))

    def _object(self, node: ast.ObjectTypeDefinitionNode | ast.ObjectTypeExtensionNode) -> None:
        known = self.types.setdefault(node.name.value, RemoteType())
        for key in _applied(node, "key"):
            fields = " ".join(str(_argument(key, "fields", "")).split())
            (known.keys if _argument(key, "resolvable", default=True) is True else known.unresolvable).append(fields)
        everywhere = {name for fields in (*known.keys, *known.unresolvable) for name in fields.split()}
        for item in node.fields or ():
            known.fields[item.name.value] = _read(item, in_key=item.name.value in everywhere)


def _read(node: ast.FieldDefinitionNode, *, in_key: bool) -> RemoteField:
    type_: Any = node.type
    lists = 0
    while not isinstance(type_, ast.NamedTypeNode):
        lists += isinstance(type_, ast.ListTypeNode)
        type_ = type_.type
    hindrance = None
    if any(isinstance(one.type, ast.NonNullTypeNode) and one.default_value is None for one in node.arguments or ()):
        hindrance = "has arguments that must be given"
    elif lists > 1:
        hindrance = "is a list of lists"
    elif next(_applied(node, "requires"), None) is not None:
        hindrance = "needs fields of other subgraphs (@requires)"
    elif not in_key and next(_applied(node, "external"), None) is not None:
        hindrance = "belongs to another subgraph (@external)"
    return RemoteField(type_.name.value, lists > 0, hindrance)


def _applied(node: Any, name: str) -> Iterator[ast.DirectiveNode]:
    """A directive of Federation's, by its own name or, where the SDL imports none, by its name space."""
    directives: Sequence[ast.DirectiveNode] = node.directives or ()
    return (one for one in directives if one.name.value in {name, f"federation__{name}"})


def _argument(node: ast.DirectiveNode, name: str, default: object) -> object:
    for argument in node.arguments or ():
        if argument.name.value == name:
            return getattr(argument.value, "value", None)
    return default
