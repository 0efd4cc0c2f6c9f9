"""A validation rule: a scalar of the graph's own (`Date`, `DateTime`) is written as a string.

graphql-core takes any literal for such a scalar (GraphQL spec 3.5 leaves that to the scalar). A bare name, or the names
in an object, would be a value that no placeholder replaces: it would stand in every entry about the document, even
where a `@skip` keeps everybody from reading it.
"""

from __future__ import annotations

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    GraphQLError,
    GraphQLScalarType,
    GraphQLType,
    ListValueNode,
    ObjectValueNode,
    ValidationRule,
    ValueNode,
    get_named_type,
    get_nullable_type,
    is_specified_scalar_type,
)


class ScalarLiteralsRule(ValidationRule):
    """No enum's value, no boolean, no list and no object where a scalar of the graph's own is expected."""

    def enter_list_value(self, node: ListValueNode, *_: object) -> None:
        """A list where one value is expected; where the walk stands, the type is already that of its items."""
        self._check(node, get_nullable_type(self.context.get_parent_input_type()))

    def _enter_value(self, node: BooleanValueNode | EnumValueNode | ObjectValueNode, *_: object) -> None:
        self._check(node, get_named_type(self.context.get_input_type()))  # one value may stand for a list of one

    enter_boolean_value = enter_enum_value = enter_object_value = _enter_value

    def _check(self, node: ValueNode, kind: GraphQLType | None) -> None:
        if isinstance(kind, GraphQLScalarType) and not is_specified_scalar_type(kind):
            self.report_error(GraphQLError(f"{kind.name} is written as a string.", node))
