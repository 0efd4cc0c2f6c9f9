"""The governed types of a supergraph: homes, keys, and what each field is governed by.

Whatever the planner could not plan safely is refused here, so that it need not doubt: a field without classification,
a key of several fields, a field that two sources resolve, a leaf that no mask knows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from graphql import FieldDefinitionNode, ListTypeNode, NonNullTypeNode, ObjectTypeDefinitionNode, TypeNode, print_ast

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import named_type
from federation.schema.facts import Companion, FieldFacts, FieldKind, TypeFacts
from federation.schema.inaccessible import is_inaccessible
from federation.schema.read_governance import facts_of
from vocabulary.values import SCALARS

if TYPE_CHECKING:
    from federation.schema.joins import Joins

_ID: Final = "id"
_LEVELS: Final = range(1, 5)


class TypeReader:
    """Reads the governed types of one supergraph, and keeps what it finds wrong in `errors`."""

    def __init__(self, objects: Mapping[str, ObjectTypeDefinitionNode], joins: Joins) -> None:
        self._objects = objects
        self._joins = joins
        self.errors: list[CompositionError] = []
        self._keys = {name: self._key(definition) for name, definition in objects.items()}
        self._governed = {name: one for name, one in objects.items() if self._is_governed(one)}

    def types(self) -> dict[str, TypeFacts]:
        """All governed types, by name."""
        return {name: self._type(definition) for name, definition in self._governed.items()}

    def _is_governed(self, definition: ObjectTypeDefinitionNode) -> bool:
        directives = [*(definition.directives or ())]
        for field in definition.fields or ():
            directives += field.directives or ()
        names = {one.name.value for one in directives}
        return bool(self._keys[definition.name.value] or names & {"governed", "dataSubject", "dataArea"})

    def _key(self, definition: ObjectTypeDefinitionNode) -> str | None:
        keys = list(dict.fromkeys(key for _, key, _ in self._joins.keys(definition)))
        if len(keys) > 1 or (keys and not keys[0].isidentifier()):
            self._error("UNSUPPORTED", definition.name.value, f"a key other than one field ({'; '.join(keys)})")
        return keys[0] if keys else None

    # ── one type ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _type(self, definition: ObjectTypeDefinitionNode) -> TypeFacts:
        name = definition.name.value
        key, home = self._keys[name], self._home(definition)
        self._check_reachable(definition)
        reveals = self._reveals(definition)
        fields = {
            one.name.value: self._field(definition, one, home, tuple(reveals.get(one.name.value, ())))
            for one in definition.fields or ()
        }
        for giver in reveals.keys() - fields.keys():
            self._error("UNGOVERNED", f"{name}.{giver}", "@derivedFrom names it, and there is no such field")
        if _ID in fields and (key is None or home is None):
            self._error("UNSUPPORTED", f"{name}.id", "an id where no key says which entity it is")
        subject = self._pointer(definition, "dataSubject", fields, {FieldKind.SCALAR, FieldKind.REFERENCE})
        area = self._pointer(definition, "dataArea", fields, {FieldKind.SCALAR, FieldKind.REFERENCE})
        for field in fields.values():
            of = fields.get(field.companion.of) if field.companion else None
            if field.companion and (of is None or of.kind is not FieldKind.SCALAR or of.graph != field.graph):
                problem = f"@companion of {field.companion.of}, which is no field of the same source"
                self._error("UNGOVERNED", f"{name}.{field.name}", problem)
        leads = area in fields and fields[area].kind is FieldKind.REFERENCE
        own, by = (None, area) if leads else (area, None)
        return TypeFacts(name, home, key, subject, own, fields, _text(definition), by)

    def _home(self, definition: ObjectTypeDefinitionNode) -> str | None:
        """The graph with the id, else the one with scalars of its own, else (without a key) the only one."""
        name, key = definition.name.value, self._keys[definition.name.value]
        if key is None:
            homes = self._joins.of_type(definition)
        else:
            own = [one for one in definition.fields or () if one.name.value == _ID]
            own = own or [one for one in definition.fields or () if one.name.value != key and self._is_leaf(one)]
            homes = tuple({graph for one in own for graph in self._joins.of_field(definition, one)})
        if len(homes) > 1:
            self._error("UNSUPPORTED", name, f"a type with several homes ({', '.join(sorted(homes))})")
        return homes[0] if homes else None

    def _check_reachable(self, definition: ObjectTypeDefinitionNode) -> None:
        name, key = definition.name.value, self._keys[definition.name.value]
        open_graphs = {graph for graph, _, is_resolvable in self._joins.keys(definition) if is_resolvable}
        for field in definition.fields or ():
            for graph in self._joins.of_field(definition, field):
                if key is not None and field.name.value != key and graph not in open_graphs:
                    problem = f"{graph} resolves it and has no key to reach it by"
                    self._error("UNSUPPORTED", f"{name}.{field.name.value}", problem)

    def _pointer(
        self,
        definition: ObjectTypeDefinitionNode,
        directive: str,
        fields: Mapping[str, FieldFacts],
        kinds: set[FieldKind],
    ) -> str | None:
        arguments = facts_of(definition, directive, definition.name.value, self.errors)
        if arguments is None:
            return None
        named = str(arguments["field"])
        if named not in fields or fields[named].kind not in kinds:
            problem = f"@{directive} names {named}, which is not {' or '.join(sorted(kinds))}"
            self._error("UNGOVERNED", definition.name.value, problem)
        return named

    def _reveals(self, definition: ObjectTypeDefinitionNode) -> dict[str, list[str]]:
        reveals: dict[str, list[str]] = {}
        for field in definition.fields or ():
            coordinate = f"{definition.name.value}.{field.name.value}"
            derived = facts_of(field, "derivedFrom", coordinate, self.errors) or {"fields": ()}
            for giver in derived["fields"]:
                reveals.setdefault(str(giver), []).append(field.name.value)
        return reveals

    # ── one field ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _field(
        self, owner: ObjectTypeDefinitionNode, field: FieldDefinitionNode, home: str | None, reveals: tuple[str, ...]
    ) -> FieldFacts:
        name = field.name.value
        coordinate = f"{owner.name.value}.{name}"
        many = _is_list(field.type)
        companion = self._companion(field, coordinate)
        kind = self._kind(field, many=many, is_companion=companion is not None, coordinate=coordinate)
        governed = facts_of(field, "governed", coordinate, self.errors)
        if (governed is None) is not (kind is FieldKind.ID):
            self._error("UNGOVERNED", coordinate, "every field but id has @governed, and id has none")
        facts = governed or {"level": _LEVELS[0]}
        if facts["level"] not in _LEVELS:
            self._error("UNGOVERNED", coordinate, f"@governed: level {facts['level']} is not 1 to 4")
        if field.arguments:
            self._error("UNSUPPORTED", coordinate, "a governed field with arguments")
        return FieldFacts(
            name=name,
            type=named_type(field.type),
            many=many,
            kind=kind,
            graph=self._graph(owner, field, home, kind),
            inaccessible=is_inaccessible(field) or is_inaccessible(owner),
            level=facts["level"],
            category=facts.get("category"),
            masks=tuple(facts.get("masks") or ()),
            identifier=bool(facts.get("identifier")),
            reveals=reveals,
            companion=companion,
            description=_text(field),
        )

    def _kind(self, field: FieldDefinitionNode, *, many: bool, is_companion: bool, coordinate: str) -> FieldKind:
        type_ = named_type(field.type)
        if field.name.value == _ID and print_ast(field.type) == "ID!":
            return FieldKind.ID
        if self._is_leaf(field):
            if many or type_ not in SCALARS:
                self._error("UNSUPPORTED", coordinate, f"{print_ast(field.type)}, which no mask knows")
            return FieldKind.COMPANION if is_companion else FieldKind.SCALAR
        if type_ not in self._governed:
            self._error("UNGOVERNED", coordinate, f"it leads to {type_}, which is not governed")
        if is_companion:
            self._error("UNGOVERNED", coordinate, "@companion of an object")
        return FieldKind.REFERENCE if self._keys.get(type_) and not many else FieldKind.RELATION

    def _is_leaf(self, field: FieldDefinitionNode) -> bool:
        return named_type(field.type) not in self._objects

    def _graph(
        self, owner: ObjectTypeDefinitionNode, field: FieldDefinitionNode, home: str | None, kind: FieldKind
    ) -> str | None:
        if kind is FieldKind.ID:
            return None
        if field.name.value == self._keys[owner.name.value]:
            return home
        graphs = self._joins.of_field(owner, field)
        if len(graphs) > 1:
            problem = f"a governed field that several sources resolve ({', '.join(graphs)})"
            self._error("UNSUPPORTED", f"{owner.name.value}.{field.name.value}", problem)
        return graphs[0]

    def _companion(self, field: FieldDefinitionNode, coordinate: str) -> Companion | None:
        arguments = facts_of(field, "companion", coordinate, self.errors)
        if arguments is None:
            return None
        try:
            parameters = json.loads(arguments["parameters"])
        except ValueError:
            parameters = None
        if not isinstance(parameters, dict):
            self._error("UNGOVERNED", coordinate, "@companion: its parameters are no JSON object")
            parameters = {}
        return Companion(arguments["of"], arguments["kind"], parameters)

    def _error(self, code: str, coordinate: str, problem: str) -> None:
        self.errors.append(CompositionError(code, f"{coordinate}: {problem}"))


def _is_list(type_: TypeNode) -> bool:
    return isinstance(type_.type if isinstance(type_, NonNullTypeNode) else type_, ListTypeNode)


def _text(element: ObjectTypeDefinitionNode | FieldDefinitionNode) -> str:
    return element.description.value if element.description else ""
