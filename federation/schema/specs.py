"""What Apollo's specifications define, version by version: federation's directives and their scalars.

Source: specs.apollo.dev/federation/v2.0 to v2.13, and the specifications that it takes in (inaccessible, tag,
authenticated, requiresScopes, policy, context, cost).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NameNode,
    NonNullTypeNode,
    ScalarTypeDefinitionNode,
    TypeNode,
    parse,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAGGED: Final = (
    "FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT "
    "| INPUT_FIELD_DEFINITION"
)
_GUARDED: Final = "FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"
_SINCE: Final = {
    0: f"""
    directive @key(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
    directive @external(reason: String) on OBJECT | FIELD_DEFINITION
    directive @requires(fields: FieldSet!) on FIELD_DEFINITION
    directive @provides(fields: FieldSet!) on FIELD_DEFINITION
    directive @extends on OBJECT | INTERFACE
    directive @tag(name: String!) repeatable on {_TAGGED}
    directive @shareable on FIELD_DEFINITION | OBJECT
    directive @inaccessible on {_TAGGED}
    directive @override(from: String!) on FIELD_DEFINITION
    """,
    1: "directive @composeDirective(name: String) repeatable on SCHEMA",
    2: "directive @shareable repeatable on FIELD_DEFINITION | OBJECT",
    3: f"""
    directive @interfaceObject on OBJECT
    directive @tag(name: String!) repeatable on SCHEMA | {_TAGGED}
    """,
    5: f"""
    directive @authenticated on {_GUARDED}
    directive @requiresScopes(scopes: [[Scope!]!]!) on {_GUARDED}
    """,
    6: f"directive @policy(policies: [[Policy!]!]!) on {_GUARDED}",
    7: "directive @override(from: String!, label: String) on FIELD_DEFINITION",
    8: """
    directive @context(name: String!) repeatable on INTERFACE | OBJECT | UNION
    directive @fromContext(field: ContextFieldValue) on ARGUMENT_DEFINITION
    """,
    9: """
    directive @cost(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT \
| SCALAR
    directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], \
requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
    """,
    12: "directive @cacheTag(format: String!) repeatable on FIELD_DEFINITION | OBJECT",
}
"""By the minor version of Federation v2 that brought a directive, or its latest form."""

SCALARS: Final = ("FieldSet", "Scope", "Policy", "ContextFieldValue")
FEDERATION_1: Final = frozenset({"key", "external", "requires", "provides", "extends", "tag"})
"""The directives that a schema of Federation v1 has by their plain names."""

FEDERATION_1_IF_DEFINED: Final = frozenset({"shareable", "inaccessible", "override"})
"""Those of v2 that it has where it defines them itself."""

FEATURES: Final = frozenset({"inaccessible", "tag", "authenticated", "requiresScopes", "policy", "context", "cost"})
"""Specifications of their own, whose directives federation takes in."""

_LATEST: Final = 13


def is_known_version(specification: str, version: str) -> bool:
    """Whether there is such a version of federation or of link."""
    if specification == "link":
        return version == "1.0"
    major, _, minor = version.partition(".")
    return major == "2" and int(minor) <= _LATEST


@cache
def definitions(version: tuple[int, int] | None) -> Mapping[str, DirectiveDefinitionNode]:
    """Federation's directives in a version, by their own names; None: Federation v1.

    `@inaccessible` and its kind can be linked without federation, so that v1 has them too.
    """
    latest = _LATEST if version is None else version[1]
    found: dict[str, DirectiveDefinitionNode] = {}
    for since, text in _SINCE.items():
        if since <= latest:
            for one in parse(text, no_location=True).definitions:
                if isinstance(one, DirectiveDefinitionNode):
                    found[one.name.value] = one
    return found


@cache
def canonical_definitions(version: tuple[int, int] | None) -> tuple[DefinitionNode, ...]:
    """The same as `federation__…`, with their scalars: what a canonical schema is validated with."""
    directives = [
        replace(
            one,
            name=NameNode(value=f"federation__{name}"),
            arguments=tuple(replace(each, type=_canonical(each.type)) for each in one.arguments or ()),
        )
        for name, one in definitions(version).items()
    ]
    scalars = [ScalarTypeDefinitionNode(name=NameNode(value=f"federation__{name}")) for name in SCALARS]
    return (*scalars, *directives)


def element_names(specification: str, version: str) -> frozenset[str] | None:
    """What can be imported from one of Apollo's specifications; None: it is not known here."""
    if specification == "link":
        return frozenset({"@link", "Import", "Purpose"})
    if specification != "federation":
        return None
    major, _, minor = version.partition(".")
    known = {f"@{name}" for name in definitions((int(major), int(minor)))}
    named = {named for one in definitions((int(major), int(minor))).values() for named in _scalars(one)}
    return frozenset(known | named)


def _scalars(definition: DirectiveDefinitionNode) -> set[str]:
    return {name for one in definition.arguments or () if (name := _innermost(one.type)) in SCALARS}


def _innermost(node: TypeNode) -> str:
    while isinstance(node, ListTypeNode | NonNullTypeNode):
        node = node.type
    return node.name.value if isinstance(node, NamedTypeNode) else ""


def _canonical(node: TypeNode) -> TypeNode:
    if isinstance(node, ListTypeNode):
        return ListTypeNode(type=_canonical(node.type))
    if isinstance(node, NonNullTypeNode):
        inner = _canonical(node.type)
        return NonNullTypeNode(type=inner) if isinstance(inner, NamedTypeNode | ListTypeNode) else inner
    if isinstance(node, NamedTypeNode) and node.name.value in SCALARS:
        return NamedTypeNode(name=NameNode(value=f"federation__{node.name.value}"))
    return node
