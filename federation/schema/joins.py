"""Which graphs a supergraph's types and fields are in: join v0.3's directives, read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from graphql import (
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    TypeDefinitionNode,
    value_from_ast_untyped,
)

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import Element, applied, elements
from federation.schema.inaccessible import is_inaccessible
from federation.schema.join import UNDERSTOOD
from federation.schema.links import read_links

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import DocumentNode

_GRAPHS: Final = "join__Graph"
_READ: Final = {"join__type": {"graph", "key", "resolvable"}, "join__field": {"graph", "type"}}


def check_joins(document: DocumentNode) -> Iterator[CompositionError]:
    """Say what the supergraph asks of whoever executes it that is not built yet.

    A supergraph composed elsewhere may hold more of federation than `compose` writes.
    """
    for link in read_links(document, "supergraph"):
        is_own_name = link.url.endswith(f"/{link.namespace}/v{link.version}")
        if link.purpose is not None and not (link.url in UNDERSTOOD and is_own_name):
            yield CompositionError("UNSUPPORTED", f"{link.url}, which this graph must not be used without")
    for definition in document.definitions:
        for coordinate, element in elements(definition) if isinstance(definition, TypeDefinitionNode) else ():
            for directive, known in _READ.items():
                for arguments in directive_values(element, directive):
                    for name in arguments.keys() - known:
                        yield CompositionError("UNSUPPORTED", f"{coordinate}: @{directive}({name}:)")
            if isinstance(element, InputValueDefinitionNode) and is_inaccessible(element):
                yield CompositionError("UNSUPPORTED", f"{coordinate}: an @inaccessible input")


class Joins:
    """The graphs of one supergraph, by the names of their subgraphs."""

    def __init__(self, document: DocumentNode) -> None:
        self._names: dict[str, str] = {}
        for definition in document.definitions:
            if isinstance(definition, EnumTypeDefinitionNode) and definition.name.value == _GRAPHS:
                for value in definition.values or ():
                    for arguments in directive_values(value, "join__graph"):
                        self._names[value.name.value] = str(arguments["name"])

    @property
    def graphs(self) -> tuple[str, ...]:
        """All subgraphs, in the order in which the supergraph lists them."""
        return tuple(self._names.values())

    def of_type(self, definition: TypeDefinitionNode) -> tuple[str, ...]:
        """The graphs that have the type."""
        return tuple(dict.fromkeys(self._graph(one) for one in directive_values(definition, "join__type")))

    def of_field(self, definition: TypeDefinitionNode, field: FieldDefinitionNode) -> tuple[str, ...]:
        """The graphs that resolve the field: those it names, or all that have its type."""
        named = [self._graph(one) for one in directive_values(field, "join__field") if "graph" in one]
        return tuple(named) or self.of_type(definition)

    def keys(self, definition: TypeDefinitionNode) -> Iterator[tuple[str, str, bool]]:
        """Each graph with a key of the type, and whether entities can be fetched there by it."""
        for one in directive_values(definition, "join__type"):
            if "key" in one:
                yield self._graph(one), str(one["key"]), one.get("resolvable") is not False

    def _graph(self, arguments: dict[str, Any]) -> str:
        return self._names[str(arguments["graph"])]


def directive_values(element: Element, directive: str) -> Iterator[dict[str, Any]]:
    """The arguments of each application of a directive to an element."""
    for one in applied(element, directive):
        yield {argument.name.value: value_from_ast_untyped(argument.value) for argument in one.arguments or ()}
