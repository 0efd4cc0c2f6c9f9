"""Field sets as fields: what a key or a requirement asks for, in the form in which a question asks."""

from __future__ import annotations

from collections.abc import Mapping

from federation.document.operation import Field
from federation.document.structure import Constant
from federation.schema.field_set import FieldSet, field_set
from federation.schema.join_graph import JoinGraph, Kind


class Asks:
    """Makes fields of field sets; each set of each type once, so that what is known of it can be remembered."""

    def __init__(self, graph: JoinGraph) -> None:
        self._graph = graph
        self._known: dict[tuple[str, FieldSet], tuple[Field, ...]] = {}

    def of(self, type_name: str, fields: FieldSet) -> tuple[Field, ...]:
        """The fields that a set picks on objects of one type."""
        key = (type_name, fields)
        if key not in self._known:
            picked = [one for one in fields if all(self._graph.is_a(type_name, on) for on in one.on)]
            merged: dict[tuple[str, tuple[tuple[str, str], ...]], list[FieldSet]] = {}
            for one in picked:
                merged.setdefault((one.name, one.arguments), []).append(one.fields)
            self._known[key] = tuple(
                self._field(type_name, name, arguments, tuple(inner for part in parts for inner in part))
                for (name, arguments), parts in merged.items()
            )
        return self._known[key]

    def path(self, type_name: str, path: str) -> Field:
        """The field that a path of names begins with, which selects the rest of it."""
        text = path.replace(".", "{") + "}" * path.count(".")
        (field,) = self.of(type_name, field_set(text))
        return field

    def _field(self, owner: str, name: str, arguments: tuple[tuple[str, str], ...], fields: FieldSet) -> Field:
        if name == "__typename":
            return Field(name, name, (), "String", many=False)
        shape = self._graph.types[owner].fields[name]
        selections: Mapping[str, tuple[Field, ...]] = {}
        if self._graph.types.get(shape.type) is not None and self._graph.types[shape.type].kind is not Kind.LEAF:
            selections = {one: self.of(one, fields) for one in self._graph.possible(shape.type)}
        return Field(
            name,
            name,
            tuple((argument, Constant(text)) for argument, text in arguments),
            shape.type,
            many=shape.lists > 0,
            selections=tuple(selections.items()),
        )
