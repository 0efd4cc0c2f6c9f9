"""Directives of the join specification v0.3 as syntax, and what a supergraph's schema definition links.

Source: specs.apollo.dev/join/v0.3, specs.apollo.dev/inaccessible/v0.2, specs.apollo.dev/link/v1.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from graphql import (
    BooleanValueNode,
    ConstArgumentNode,
    ConstDirectiveNode,
    ConstValueNode,
    EnumValueNode,
    NameNode,
    StringValueNode,
)

from federation.schema.elements import elements

if TYPE_CHECKING:
    from graphql import TypeDefinitionNode

UNDERSTOOD: Final = ("https://specs.apollo.dev/join/v0.3", "https://specs.apollo.dev/inaccessible/v0.2")
LINKS: Final = (
    '@link(url: "https://specs.apollo.dev/link/v1.0")',
    f'@link(url: "{UNDERSTOOD[0]}", for: EXECUTION)',
    f'@link(url: "{UNDERSTOOD[1]}", for: SECURITY)',
)
DEFINITIONS: Final = """\
directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM \
| ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION

directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE

directive @join__field(
  graph: join__Graph
  requires: join__FieldSet
  provides: join__FieldSet
  type: String
  external: Boolean
  override: String
  usedOverridden: Boolean
) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION

directive @join__graph(name: String!, url: String!) on ENUM_VALUE

directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE

directive @join__type(
  graph: join__Graph!
  key: join__FieldSet
  extension: Boolean! = false
  resolvable: Boolean! = true
  isInterfaceObject: Boolean! = false
) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR

directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION

directive @link(
  url: String
  as: String
  for: link__Purpose
  import: [link__Import]
) repeatable on SCHEMA

scalar join__FieldSet

scalar link__Import

enum link__Purpose {
  EXECUTION
  SECURITY
}
"""

_GUARDED: Final = "FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"


@dataclass(frozen=True, slots=True)
class Feature:
    """A specification that a supergraph links where one of its directives is used, which `definitions` define.

    No link: GraphQL's own, defined for readers that do not know it yet.
    """

    link: str | None
    directives: frozenset[str]
    definitions: str

    def is_used(self, definition: TypeDefinitionNode) -> bool:
        """Whether a merged type, or a part of it, has one of the directives."""
        parts = (element for _, element in elements(definition))
        return any(one.name.value in self.directives for element in parts for one in element.directives or ())


FEATURES: Final = (
    Feature(
        '@link(url: "https://specs.apollo.dev/tag/v0.3")',
        frozenset({"tag"}),
        """\
directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION \
| SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION | SCHEMA
""",
    ),
    Feature(
        '@link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY)',
        frozenset({"authenticated"}),
        f"directive @authenticated on {_GUARDED}",
    ),
    Feature(
        '@link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)',
        frozenset({"requiresScopes"}),
        f"""\
directive @requiresScopes(scopes: [[requiresScopes__Scope!]!]!) on {_GUARDED}

scalar requiresScopes__Scope
""",
    ),
    Feature(
        '@link(url: "https://specs.apollo.dev/policy/v0.1", for: SECURITY)',
        frozenset({"policy"}),
        f"""\
directive @policy(policies: [[policy__Policy!]!]!) on {_GUARDED}

scalar policy__Policy
""",
    ),
    Feature(
        '@link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@cost", "@listSize"])',
        frozenset({"cost", "listSize"}),
        """\
directive @cost(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT \
| SCALAR

directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], \
requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
""",
    ),
    Feature(None, frozenset({"oneOf"}), "directive @oneOf on INPUT_OBJECT"),
)
"""What federation takes in, in the order in which a supergraph links it."""


def join(directive: str, graph: str, **arguments: str | bool) -> ConstDirectiveNode:
    """`@join__…(graph: POPULATION, …)`."""
    given = {"graph": _argument("graph", EnumValueNode(value=graph))}
    for name, value in arguments.items():
        node = StringValueNode(value=value) if isinstance(value, str) else BooleanValueNode(value=value)
        given[name] = _argument(name, node)
    return ConstDirectiveNode(name=NameNode(value=f"join__{directive}"), arguments=tuple(given.values()))


def _argument(name: str, value: ConstValueNode) -> ConstArgumentNode:
    return ConstArgumentNode(name=NameNode(value=name), value=value)
