"""One subgraph's definitions in canonical form: whatever the subgraph calls them, in the words that composition uses.

Federation's directives are called `federation__…`, the root types Query, Mutation and Subscription, and what only
serves federation itself (its definitions, `_entities`, `_service`) is gone, once it was found to be what it claims.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    NamedTypeNode,
    NameNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    ScalarTypeDefinitionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    Visitor,
    specified_scalar_types,
    visit,
)

from federation.schema.check_definitions import check_definition
from federation.schema.elements import Directives, map_directives
from federation.schema.facts import MUTATION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from federation.schema.links import Links

ROOTS: Final = {"query": "Query", "mutation": MUTATION, "subscription": "Subscription"}
"""The root types of a supergraph, by the kind of operation."""

_FEDERATIONS_OWN: Final = frozenset({"_Any", "_Entity", "_Service", "_FieldSet"})
_ENTRANCES: Final = frozenset({"_entities", "_service"})
Report = Callable[[str, str], None]
"""Takes a code and a problem."""


def canonical(document: DocumentNode, links: Links, report: Report) -> tuple[DefinitionNode, ...]:
    """The definitions that are left, in canonical words; what is wrong is reported."""
    definitions = tuple(_in_words(document.definitions, links, report))
    names = _root_names(definitions, report)
    named = _renamed(definitions, names) if names else definitions
    return tuple(map(_without_entrances, named))


def _in_words(definitions: Sequence[DefinitionNode], links: Links, report: Report) -> Iterator[DefinitionNode]:
    def renamed(directives: Directives) -> Directives:
        return tuple(replace(one, name=NameNode(value=_canonical(one.name.value, links))) for one in directives)

    machinery = links.machinery()
    for definition in definitions:
        match definition:
            case DirectiveDefinitionNode():
                meant = _canonical(definition.name.value, links)
                if meant.startswith("federation__"):
                    _check(definition, meant.removeprefix("federation__"), links, report)
                elif meant != "link":
                    yield replace(definition, name=NameNode(value=meant))
            case SchemaDefinitionNode() | SchemaExtensionNode():
                yield _with(definition, directives=renamed(definition.directives or ()))
            case TypeDefinitionNode() | TypeExtensionNode():
                if not _is_machinery(definition, machinery, report):
                    yield map_directives(definition, renamed)
            case _:
                yield definition


def _is_machinery(definition: TypeDefinitionNode | TypeExtensionNode, names: frozenset[str], report: Report) -> bool:
    """Whether a type only serves federation or GraphQL; what bears such a name and is something else is reported."""
    name = definition.name.value
    is_scalar = isinstance(definition, ScalarTypeDefinitionNode | EnumTypeDefinitionNode)
    if name in names and not is_scalar:
        report("TYPE_DEFINITION_INVALID", f"{name} is no scalar, as its specification has it")
    if name in specified_scalar_types and not is_scalar:
        report("INVALID_GRAPHQL", f"{name} is a scalar of GraphQL's")
    return name in names or name in _FEDERATIONS_OWN or name in specified_scalar_types


def _check(definition: DirectiveDefinitionNode, original: str, links: Links, report: Report) -> None:
    scalars = links.machinery() if links.federation else _FEDERATIONS_OWN
    for problem in check_definition(definition, original, links.federation, scalars):
        report("DIRECTIVE_DEFINITION_INVALID", problem)


def _canonical(directive: str, links: Links) -> str:
    if directive == links.directive:
        return "link"
    name = links.canonical(directive)
    is_pretended = name == directive and directive.startswith("federation__") and links.resolve(directive) is None
    return f"own__{directive}" if is_pretended else name


def _root_names(definitions: Sequence[DefinitionNode], report: Report) -> dict[str, str]:
    """Root types that do not have their usual names → those names."""
    defined = {one.name.value for one in definitions if isinstance(one, TypeDefinitionNode | TypeExtensionNode)}
    names: dict[str, str] = {}
    kinds: dict[str, str] = {}
    for definition in definitions:
        if isinstance(definition, SchemaDefinitionNode | SchemaExtensionNode):
            for operation in definition.operation_types or ():
                usual, name = ROOTS[operation.operation.value], operation.type.name.value
                if kinds.setdefault(name, usual) != usual:
                    report("INVALID_GRAPHQL", f"{name} is the root for two kinds of operation")
                if name != usual and name in defined:
                    names[name] = usual
                    if usual in defined:
                        kind = operation.operation.value
                        report(f"ROOT_{kind.upper()}_USED", f"the type {usual} is not the root for {kind}, {name} is")
    return names


def _renamed(definitions: Sequence[DefinitionNode], names: Mapping[str, str]) -> Iterator[DefinitionNode]:
    class Renaming(Visitor):
        def leave_named_type(self, node: NamedTypeNode, *_: object) -> NamedTypeNode | None:
            usual = names.get(node.name.value)
            return None if usual is None else NamedTypeNode(name=NameNode(value=usual))

    for definition in definitions:
        renamed: Any = visit(definition, Renaming())
        if isinstance(renamed, TypeDefinitionNode | TypeExtensionNode) and renamed.name.value in names:
            renamed = _with(renamed, name=NameNode(value=names[renamed.name.value]))
        yield renamed


def _without_entrances(definition: Any) -> Any:
    """The root for queries without `_entities` and `_service`; anything else as it is."""
    is_object = isinstance(definition, ObjectTypeDefinitionNode | ObjectTypeExtensionNode)
    if not is_object or definition.name.value != ROOTS["query"]:
        return definition
    return replace(definition, fields=tuple(one for one in definition.fields or () if one.name.value not in _ENTRANCES))


def _with(definition: Any, **parts: Any) -> Any:
    return replace(definition, **parts)
