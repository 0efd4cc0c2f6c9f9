"""A validated document → which coordinate stands behind each response key, so that a reader can mark what is masked.

Where the concrete types of an interface fill one key by different fields, the key has the coordinates of all of them.
"""

from __future__ import annotations

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
)

from federation.document.parse import Parsed
from vocabulary.shape import Shape


def shape_of(parsed: Parsed, operation: str | None, api: GraphQLSchema) -> Shape:
    """The shape of the answer to one operation; empty where the document has no such operation."""
    name = operation or (next(iter(parsed.operations)) if len(parsed.operations) == 1 else "")
    node = parsed.operations.get(name)
    root = None if node is None else api.get_root_type(node.operation)
    if node is None or root is None:
        return Shape()
    return _Shaper(parsed, api).of(root.name, [node.selection_set])


class _Shaper:
    def __init__(self, parsed: Parsed, api: GraphQLSchema) -> None:
        self._parsed = parsed
        self._api = api

    def of(self, parent: str, selections: list[SelectionSetNode]) -> Shape:
        """What the selections of one type have together."""
        coordinates: dict[str, dict[str, None]] = {}
        inner: dict[str, dict[str, list[SelectionSetNode]]] = {}
        for type_name, field in self._fields(parent, selections):
            key = field.alias.value if field.alias else field.name.value
            coordinates.setdefault(key, {})[f"{type_name}.{field.name.value}"] = None
            leads_to = self._leads_to(type_name, field.name.value)
            if field.selection_set is not None and leads_to is not None:
                inner.setdefault(key, {}).setdefault(leads_to, []).append(field.selection_set)
        return Shape(
            fields={
                key: Shape(tuple(names), _united([self.of(to, sets) for to, sets in inner.get(key, {}).items()]))
                for key, names in coordinates.items()
            }
        )

    def _fields(self, parent: str, selections: list[SelectionSetNode]) -> list[tuple[str, FieldNode]]:
        found: list[tuple[str, FieldNode]] = []
        for selection in (one for each in selections for one in each.selections):
            match selection:
                case FieldNode():
                    found.append((parent, selection))
                case InlineFragmentNode(type_condition=None):
                    found += self._fields(parent, [selection.selection_set])
                case InlineFragmentNode(type_condition=condition) if condition is not None:
                    found += self._fields(condition.name.value, [selection.selection_set])
                case FragmentSpreadNode():
                    fragment = self._parsed.fragments[selection.name.value]
                    found += self._fields(fragment.type_condition.name.value, [fragment.selection_set])
        return found

    def _leads_to(self, parent: str, field: str) -> str | None:
        of = self._api.type_map.get(parent)
        if not isinstance(of, GraphQLObjectType | GraphQLInterfaceType) or field not in of.fields:
            return None  # `__schema` and the like hold no cell
        name: str = get_named_type(of.fields[field].type).name
        return name


def _united(shapes: list[Shape]) -> dict[str, Shape]:
    fields: dict[str, Shape] = {}
    for shape in shapes:
        for key, one in shape.fields.items():
            before = fields.get(key, Shape())
            names = tuple(dict.fromkeys((*before.coordinates, *one.coordinates)))
            fields[key] = Shape(names, _united([before, one]))
    return fields
