"""The acts: fields of Mutation, each done by one source, which is the home of the entity that it returns.

Nothing else may stand there. What an act returns is read back by its key and decided like any other row, so that no
answer to a mutation shows what a query would not; a count or a text of the source's own would go past every decision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graphql import FieldDefinitionNode, InputValueDefinitionNode, NonNullTypeNode, ObjectTypeDefinitionNode, print_ast

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import applied, named_type
from federation.schema.facts import MUTATION, Act, Argument, TypeFacts
from federation.schema.governance import ACT
from federation.schema.read_governance import facts_of
from vocabulary.values import SCALARS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from federation.schema.elements import Element
    from federation.schema.joins import Joins

_LEVELS: Final = range(1, 5)
_SCALARS: Final = frozenset({*SCALARS, "ID"})
_PAGED: Final = "first"  # the cost of a document is reckoned with this argument, whatever field it stands on


class ActReader:
    """Reads the acts of one supergraph, and keeps what it finds wrong in `errors`."""

    def __init__(
        self, objects: Mapping[str, ObjectTypeDefinitionNode], types: Mapping[str, TypeFacts], joins: Joins
    ) -> None:
        self._objects = objects
        self._types = types
        self._joins = joins
        self.errors: list[CompositionError] = []

    def acts(self) -> dict[str, Act]:
        """All acts, by their fields of Mutation; none where there is no such type."""
        for name, definition in self._objects.items():
            for field in definition.fields or ():
                if name != MUTATION and applied(field, ACT):
                    self._error("UNSUPPORTED", f"{name}.{field.name.value}", "an @act that is no field of Mutation")
        mutation = self._objects.get(MUTATION)
        if mutation is None:
            return {}
        self._check_directives(MUTATION, mutation, {"join__type"})
        return {field.name.value: self._act(mutation, field) for field in mutation.fields or ()}

    def _act(self, mutation: ObjectTypeDefinitionNode, field: FieldDefinitionNode) -> Act:
        coordinate = f"{MUTATION}.{field.name.value}"
        self._check_directives(coordinate, field, {ACT, "join__field", "deprecated"})
        level = (facts_of(field, ACT, coordinate, self.errors) or {"level": 0})["level"]
        if level not in _LEVELS:
            self._error("UNGOVERNED", coordinate, f"@{ACT}: level {level} is not 1 to 4")
        graphs = self._joins.of_field(mutation, field)
        if len(graphs) != 1:
            self._error("UNSUPPORTED", coordinate, f"an act that several sources do ({', '.join(graphs)})")
        type_ = print_ast(field.type)
        facts = self._types.get(type_)
        if facts is None or facts.key is None or facts.home != graphs[0]:
            self._error("UNGOVERNED", coordinate, f"it returns {type_}, which is no governed entity of its source")
        arguments = tuple(self._argument(coordinate, one) for one in field.arguments or ())
        return Act(field.name.value, type_, graphs[0], arguments, level, _text(field))

    def _argument(self, coordinate: str, node: InputValueDefinitionNode) -> Argument:
        name, scalar = node.name.value, named_type(node.type)
        bare = node.type.type if isinstance(node.type, NonNullTypeNode) else node.type
        many = print_ast(bare) == "[String!]"
        coordinate = f"{coordinate}({name}:)"
        if not many and (print_ast(bare) != scalar or scalar not in _SCALARS):
            problem = f"{print_ast(node.type)}: an act is told scalars, ids and lists of strings"
            self._error("UNSUPPORTED", coordinate, problem)
        if node.default_value is not None:
            # Whoever reads the document on record would not find in it what was done.
            self._error("UNSUPPORTED", coordinate, "a default: what an act does is said by whoever does it")
        if name == _PAGED:
            self._error("UNSUPPORTED", coordinate, "it would be taken for the size of a page")
        return Argument(name, scalar, many, required=isinstance(node.type, NonNullTypeNode))

    def _check_directives(self, coordinate: str, element: Element, known: set[str]) -> None:
        for name in sorted({one.name.value for one in element.directives or ()} - known):
            self._error("UNSUPPORTED", coordinate, f"@{name} on what holds no cell")

    def _error(self, code: str, coordinate: str, problem: str) -> None:
        self.errors.append(CompositionError(code, f"{coordinate}: {problem}"))


def _text(field: FieldDefinitionNode) -> str:
    return field.description.value if field.description else ""
