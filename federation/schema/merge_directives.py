"""Directives that the supergraph says too: of one element, what all subgraphs together say of it.

`@inaccessible` where any subgraph says so; every `@tag`; rights added up (`access.py`); the larger cost; composed
directives as all subgraphs agree; GraphQL's own as most of them say, else as the first does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    BooleanValueNode,
    ConstArgumentNode,
    ConstDirectiveNode,
    DirectiveDefinitionNode,
    IntValueNode,
    ListValueNode,
    NameNode,
    StringValueNode,
)

from federation.schema.access import merged_access
from federation.schema.composition_problem import CompositionError
from federation.schema.elements import applied, values_of
from federation.schema.held import Held
from federation.schema.words import ACCESS, CARRIED, COST, EXTERNAL, INACCESSIBLE, LIST_SIZE, MERGED, TAG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from federation.schema.elements import Directives

_INACCESSIBLE: Final = ConstDirectiveNode(name=NameNode(value="inaccessible"), arguments=())
_DEFAULTS: Final = {LIST_SIZE: {"requireOneSlicingArgument": True}}
Composed = Mapping[str, DirectiveDefinitionNode]


def carried(
    coordinate: str,
    held: Held[Any],
    composed: Composed,
    errors: list[CompositionError],
    access: Mapping[str, Sequence[ConstDirectiveNode]] | None = None,
) -> Directives:
    """What the supergraph says of one element. `access`: rights that others ask for and the element does too."""
    given: dict[str, dict[ConstDirectiveNode, list[str]]] = {}
    for subgraph, element in held:
        for directive in element.directives or ():
            name = directive.name.value
            if name in MERGED or name in CARRIED or name in subgraph.composed:
                given.setdefault(name, {}).setdefault(_plain(directive), []).append(subgraph.name)
    for name, more in (access or {}).items():
        for directive in more:
            given.setdefault(name, {}).setdefault(_plain(directive), [])
    result: list[ConstDirectiveNode] = []
    for name, by in given.items():
        result += _merged(coordinate, name, by, composed, errors)
    return tuple(result)


def _merged(
    coordinate: str,
    name: str,
    by: Mapping[ConstDirectiveNode, Sequence[str]],
    composed: Composed,
    errors: list[CompositionError],
) -> Iterable[ConstDirectiveNode]:
    if name == INACCESSIBLE:
        return [_INACCESSIBLE]
    if name == TAG:
        return list(by)
    if name in ACCESS:
        return [merged_access(name, by)]
    if name in {COST, LIST_SIZE}:
        return [_largest(name, list(by))]
    if name in composed:
        if len(by) > 1 and not composed[name].repeatable:
            differing = ", ".join(sorted(one for names in by.values() for one in names))
            problem = f"{coordinate}: {differing} differ in @{name}"
            errors.append(CompositionError("DIRECTIVE_COMPOSITION_ERROR", problem))
        return list(by)
    return [max(sorted(by, key=lambda one: min(by[one])), key=lambda one: len(by[one]))]


def sliced(directives: Directives, arguments: Iterable[str]) -> Directives:
    """The directives of a field with `@listSize` speaking of those arguments alone that the merged field has."""
    known = set(arguments)

    def kept(directive: ConstDirectiveNode, argument: Any) -> Any:
        if directive.name.value != "listSize" or argument.name.value != "slicingArguments":
            return argument
        names = [one for one in values_of(directive)["slicingArguments"] if one in known]
        return replace(argument, value=_value(names))

    return tuple(
        replace(one, arguments=tuple(kept(one, argument) for argument in one.arguments or ())) for one in directives
    )


def _plain(directive: ConstDirectiveNode) -> ConstDirectiveNode:
    """The directive as the supergraph writes it, its arguments in order: equal ones are equal values."""
    name = directive.name.value.removeprefix("federation__")
    arguments: Sequence[Any] = sorted(directive.arguments or (), key=lambda one: one.name.value)
    return ConstDirectiveNode(name=NameNode(value=name), arguments=tuple(arguments))


def _largest(name: str, given: Sequence[ConstDirectiveNode]) -> ConstDirectiveNode:
    """One that allows for each: the largest numbers, all lists together, true only where all say so."""
    if len(given) == 1:
        return given[0]
    values = [_DEFAULTS.get(name, {}) | values_of(one) for one in given]
    merged: dict[str, Any] = {}
    for argument in {key: None for each in values for key in each}:
        known = [each[argument] for each in values if each.get(argument) is not None]
        if not known:
            continue
        if isinstance(known[0], bool):
            merged[argument] = all(known) and len(known) == len(values)
        elif isinstance(known[0], int):
            merged[argument] = max(known)
        else:
            merged[argument] = list(dict.fromkeys(one for each in known for one in each))
    arguments = (ConstArgumentNode(name=NameNode(value=key), value=_value(one)) for key, one in merged.items())
    return ConstDirectiveNode(name=NameNode(value=name.removeprefix("federation__")), arguments=tuple(arguments))


def _value(value: object) -> Any:
    match value:
        case bool():
            return BooleanValueNode(value=value)
        case int():
            return IntValueNode(value=str(value))
        case list():
            return ListValueNode(values=tuple(map(_value, value)))
        case _:
            return StringValueNode(value=str(value))


def check_externals_are_bare(coordinate: str, held: Held[Any]) -> Iterator[CompositionError]:
    """What a subgraph does not resolve, it says nothing of."""
    for subgraph, element in held:
        for directive in element.directives or ():
            name = directive.name.value
            if applied(element, EXTERNAL) and (name in MERGED or name in CARRIED or name in subgraph.composed):
                problem = f"@{name.removeprefix('federation__')} on an @external field"
                where = f"{subgraph.name}: {coordinate}"
                yield CompositionError("MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL", f"{where}: {problem}")
