"""A field of an object or an interface, merged: its type, its arguments, and which graphs resolve it.

Source: Apollo Federation v2, "Merging types from multiple subgraphs", and join v0.3's `@join__field`; error codes as
Apollo's composition has them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from graphql import FieldDefinitionNode, InputValueDefinitionNode, ObjectTypeDefinitionNode, TypeNode, print_ast

from federation.schema.composition_problem import CompositionError
from federation.schema.elements import Directives, applied, values_of
from federation.schema.held import Held, as_written, description, subgraph_names
from federation.schema.join import join
from federation.schema.merge_directives import carried, check_externals_are_bare, sliced
from federation.schema.merge_inputs import ARGUMENT, MergedInput, is_same_value, merge_inputs
from federation.schema.merge_references import is_subtype, weakest
from federation.schema.override import Overrides, Overriding
from federation.schema.words import OVERRIDE, PROVIDES, REQUIRES

if TYPE_CHECKING:
    from graphql import TypeDefinitionNode

    from federation.schema.merging import Merging
    from federation.schema.subgraph_types import Subgraph


@dataclass(frozen=True)
class FieldParts:
    """What subgraphs say of one field: `held` have it, `owners` have its type."""

    owner: str
    name: str
    held: Held[FieldDefinitionNode]
    owners: Held[TypeDefinitionNode]
    merging: Merging

    @property
    def coordinate(self) -> str:
        """`Type.field`."""
        return f"{self.owner}.{self.name}"

    def is_external(self, subgraph: Subgraph) -> bool:
        """Whether a subgraph has it without resolving it."""
        return (self.owner, self.name) in self.merging.externals[subgraph.name].external

    @cached_property
    def external(self) -> Held[FieldDefinitionNode]:
        """What those say that do not resolve it."""
        return [(one, node) for one, node in self.held if self.is_external(one)]

    @cached_property
    def resolved(self) -> Held[FieldDefinitionNode]:
        """What those say that resolve it."""
        return [(one, node) for one, node in self.held if not self.is_external(one)]


def merge_field(parts: FieldParts) -> FieldDefinitionNode | None:
    """Merge a field; None: nobody resolves it. What is wrong is added to the errors of `parts.merging`."""
    merging, coordinate = parts.merging, parts.coordinate
    if not parts.resolved and not _is_resolved_through_interface(parts):
        problem = f"{coordinate}: @external in all subgraphs that have it, {subgraph_names(parts.held)}"
        merging.errors.append(CompositionError("EXTERNAL_MISSING_ON_BASE", problem))
        return None
    merging.errors.extend(check_externals_are_bare(coordinate, parts.external))
    says = parts.resolved or parts.held
    type_ = weakest([node.type for _, node in says], merging.subtypes)
    if type_ is None:
        merging.errors.append(CompositionError("FIELD_TYPE_MISMATCH", f"{coordinate}: {as_written(says)}"))
        type_ = says[0][1].type
    written = [(one, node.arguments or ()) for one, node in parts.resolved]
    arguments = merge_inputs(coordinate, written, ARGUMENT, merging.subtypes, merging.errors)
    merged = replace(
        says[0][1],
        type=type_,
        description=description(parts.resolved),
        arguments=tuple(_said(one, merging) for one in arguments),
    )
    _check_externals(parts, merged, is_same=all(node.type == type_ for _, node in says))
    taken = _overrides(parts)
    first, definition = parts.owners[0]
    if isinstance(definition, ObjectTypeDefinitionNode) and not first.is_interface_object(parts.owner):
        check_sharing(parts.owner, parts.name, parts.held, taken, merging)
    access = merging.access(parts.owner, parts.name)
    said = carried(coordinate, parts.resolved, merging.composed, merging.errors, access)
    directives = sliced(said, (argument.node.name.value for argument in arguments))
    return replace(merged, directives=(*_joins(parts, type_, taken), *directives))


def _said(argument: MergedInput, merging: Merging) -> InputValueDefinitionNode:
    """An argument with what subgraphs say of it."""
    directives = carried(argument.coordinate, argument.held, merging.composed, merging.errors)
    return replace(argument.node, description=description(argument.held), directives=directives)


def _is_resolved_through_interface(parts: FieldParts) -> bool:
    return any(
        (interface, parts.name) not in parts.merging.externals[subgraph.name].external
        for subgraph, interface, _ in parts.merging.standing(parts.owner, parts.name)
    )


def _overrides(parts: FieldParts) -> Overrides:
    if not any(applied(node, OVERRIDE) for _, node in parts.held):
        return Overrides()
    merging = parts.merging
    standing = {one.name: interface for one, interface, _ in merging.standing(parts.owner, parts.name)}
    overriding = Overriding(parts.owner, parts.name, parts.held, merging.names, standing, merging.externals)
    return overriding.overrides(merging.errors.append)


def check_sharing(owner: str, name: str, held: Held[FieldDefinitionNode], taken: Overrides, merging: Merging) -> None:
    """A field that several subgraphs resolve is shareable in each of them."""
    resolving = [(one, owner) for one, _ in held if one.name not in taken.taken]
    resolving += [(one, interface) for one, interface, _ in merging.standing(owner, name)]
    resolving = [(one, of) for one, of in resolving if merging.externals[one.name].is_resolved(of, name)]
    alone = sorted({one.name for one, of in resolving if (of, name) not in merging.shareable[one.name]})
    if alone and len(resolving) > 1:
        subgraphs = ", ".join(sorted({one.name for one, _ in resolving}))
        problem = f"{owner}.{name}: resolved in {subgraphs}, and not @shareable in {', '.join(alone)}"
        if taken.unknown & set(alone):
            problem += f" (@override in {', '.join(sorted(taken.unknown))} is from no subgraph)"
        merging.errors.append(CompositionError("INVALID_FIELD_SHARING", problem))


def _check_externals(parts: FieldParts, merged: FieldDefinitionNode, *, is_same: bool) -> None:
    """An external field is declared as those have it that resolve it."""
    merging = parts.merging
    for subgraph, node in parts.external:
        where = f"{parts.coordinate}: @external in {subgraph.name}"
        wrong = {one.name.value: one for one in node.arguments or ()}
        fits = node.type == merged.type or (not is_same and is_subtype(node.type, merged.type, merging.subtypes))
        if not fits:
            problem = f"{where} as {print_ast(node.type)}, and elsewhere {print_ast(merged.type)}"
            merging.errors.append(CompositionError("EXTERNAL_TYPE_MISMATCH", problem))
        for argument in merged.arguments or ():
            given = wrong.get(argument.name.value)
            for code, problem in _misfit(argument, given, merging):
                merging.errors.append(CompositionError(code, f"{where}: argument {argument.name.value} {problem}"))


def _misfit(
    argument: InputValueDefinitionNode, given: InputValueDefinitionNode | None, merging: Merging
) -> list[tuple[str, str]]:
    if given is None:
        return [("EXTERNAL_ARGUMENT_MISSING", "is missing")]
    wrong = []
    if not is_subtype(argument.type, given.type, merging.subtypes):
        types = f"is {print_ast(given.type)}, and elsewhere {print_ast(argument.type)}"
        wrong.append(("EXTERNAL_ARGUMENT_TYPE_MISMATCH", types))
    if not is_same_value(argument.default_value, given.default_value):
        wrong.append(("EXTERNAL_ARGUMENT_DEFAULT_MISMATCH", "has another default"))
    return wrong


def _joins(parts: FieldParts, type_: TypeNode, taken: Overrides) -> Directives:
    """Which graphs resolve the field, where that is not all that have the type, or there is more to say of one."""
    staying = [pair for pair in parts.held if pair[0].name not in taken.unused]
    is_same = all(node.type == type_ for _, node in parts.held)
    is_plain = not any(
        applied(node, PROVIDES) or applied(node, REQUIRES) or parts.is_external(one) for one, node in staying
    )
    if is_same and is_plain and len(staying) == len(parts.owners) and not taken.used:
        return ()
    joins = []
    for subgraph, node in sorted(staying, key=lambda pair: pair[0].graph):
        said = _fields_and_source(node)
        if not is_same:
            said["type"] = print_ast(node.type)
        if parts.is_external(subgraph):
            said["external"] = True
        if subgraph.name in taken.used:
            said["usedOverridden"] = True
        joins.append(join("field", subgraph.graph, **said))
    return tuple(joins)


def _fields_and_source(node: FieldDefinitionNode) -> dict[str, str | bool]:
    """What a subgraph's field requires, provides, and is taken over from."""
    written = (("requires", REQUIRES, "fields"), ("provides", PROVIDES, "fields"), ("override", OVERRIDE, "from"))
    return {
        argument: str(values_of(one)[value])
        for argument, directive, value in written
        for one in applied(node, directive)
    }
