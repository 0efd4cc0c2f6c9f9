"""A subgraph's own definitions of federation's directives: they must be what federation means by them.

A definition may leave out what has a default, name fewer places, and write a scalar of its own for a field set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graphql import DirectiveDefinitionNode, ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode, print_ast

from federation.schema.specs import SCALARS, definitions

if TYPE_CHECKING:
    from collections.abc import Iterator

_BUILT_IN: Final = frozenset({"String", "Int", "Float", "Boolean", "ID"})


def check_definition(
    own: DirectiveDefinitionNode, name: str, version: tuple[int, int] | None, scalars: frozenset[str]
) -> Iterator[str]:
    """Say how a definition differs from that of federation's directive `name`.

    `scalars`: what federation's scalars are called in the schema.
    """
    meant = definitions(version).get(name)
    if meant is None:
        return
    where = f"@{own.name.value}"
    places, allowed = ({one.value for one in node.locations} for node in (own, meant))
    if not places <= allowed:
        yield f"{where} stands on {', '.join(sorted(places - allowed))}, and may not"
    if own.repeatable and not meant.repeatable:
        yield f"{where} is not repeatable"
    declared = {one.name.value: one for one in own.arguments or ()}
    expected = {one.name.value: one for one in meant.arguments or ()}
    for argument in declared.keys() - expected.keys():
        yield f"{where} has no argument {argument}"
    for argument, node in expected.items():
        given = declared.get(argument)
        if given is None:
            if isinstance(node.type, NonNullTypeNode):
                yield f"{where} needs its argument {argument}"
        elif not _is_redefined(node.type, given.type, scalars):
            yield f"{where}: {argument} is of the type {print_ast(node.type)}, not {print_ast(given.type)}"
        elif not isinstance(given.type, NonNullTypeNode) and given.default_value != node.default_value:
            yield f"{where}: {argument} has another default"


def _is_redefined(expected: TypeNode, given: TypeNode, scalars: frozenset[str]) -> bool:
    """Whether a type may stand for another: as strict or stricter, a built-in scalar or its own for one of ours."""
    if isinstance(given, NonNullTypeNode) and not isinstance(expected, NonNullTypeNode):
        given = given.type
    match expected, given:
        case NonNullTypeNode(), NonNullTypeNode():
            return _is_redefined(expected.type, given.type, scalars)
        case ListTypeNode(), ListTypeNode():
            return _is_redefined(expected.type, given.type, scalars)
        case NamedTypeNode(), NamedTypeNode():
            if expected.name.value in SCALARS:
                return given.name.value in _BUILT_IN or given.name.value in scalars
            return given.name.value == expected.name.value
        case NamedTypeNode(), ListTypeNode():
            return expected.name.value in SCALARS
        case _:
            return False
