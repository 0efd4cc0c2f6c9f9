"""Which documents ask about the schema alone: they can be asked by GET.

An address is written down on its way, by browsers, proxies and servers, so no value of a record may stand in one. A
document about the graph's data may hold such values as literals and variables, and nobody can tell which: it goes by
POST. What a document about the schema takes are names of types.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import FieldNode, InlineFragmentNode, OperationType, SelectionSetNode

from federation.document.parse import Parsed


def is_about_schema(parsed: Parsed) -> bool:
    """Whether a validated document holds nothing but queries of `__typename`, `__schema` and `__type`.

    Each operation counts, whichever is to run, and each field, whether it is skipped or not: all stood in the address.
    """
    asked = [one.selection_set for one in parsed.operations.values()]
    spread = [one.selection_set for one in parsed.fragments.values() if not _is_meta(one.type_condition.name.value)]
    return all(one.operation is OperationType.QUERY for one in parsed.operations.values()) and all(
        _is_meta(name) for selections in (*asked, *spread) for name in _names(selections)
    )


def _names(selections: SelectionSetNode) -> Iterator[str]:
    """The fields of one level. Fragments that are spread there are definitions, looked at by themselves."""
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node.name.value
        elif isinstance(node, InlineFragmentNode):
            yield from _names(node.selection_set)


def _is_meta(name: str) -> bool:
    """Whether a name is of introspection: the two underscores are reserved for it (GraphQL spec, 4)."""
    return name.startswith("__")
