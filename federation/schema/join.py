"""Directives of the join specification v0.3 as syntax, and what a supergraph's schema definition links.

Source: specs.apollo.dev/join/v0.3, specs.apollo.dev/inaccessible/v0.2, specs.apollo.dev/link/v1.0.
"""

from __future__ import annotations

from typing import Final

from graphql import (
    BooleanValueNode,
    ConstArgumentNode,
    ConstDirectiveNode,
    ConstValueNode,
    EnumValueNode,
    NameNode,
    StringValueNode,
)

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


def join(directive: str, graph: str, **arguments: str | bool) -> ConstDirectiveNode:
    """`@join__…(graph: POPULATION, …)`."""
    given = {"graph": _argument("graph", EnumValueNode(value=graph))}
    for name, value in arguments.items():
        node = StringValueNode(value=value) if isinstance(value, str) else BooleanValueNode(value=value)
        given[name] = _argument(name, node)
    return ConstDirectiveNode(name=NameNode(value=f"join__{directive}"), arguments=tuple(given.values()))


def _argument(name: str, value: ConstValueNode) -> ConstArgumentNode:
    return ConstArgumentNode(name=NameNode(value=name), value=value)
