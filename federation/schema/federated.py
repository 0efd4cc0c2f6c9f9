"""Any Federation v2 supergraph, read as the graph of an exchange: what stands in it, and how it is governed.

Nothing is taken for granted that the supergraph does not say: a declared coordinate that does not exist, a path that
leads nowhere, and a specification that is not understood are refused, each with its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    InterfaceTypeDefinitionNode,
    ListTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    OperationType,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    build_ast_schema,
    parse,
    print_ast,
    validate_schema,
)

from federation.schema.api_schema import api_schema
from federation.schema.composition_problem import CompositionError, CompositionFailedError
from federation.schema.elements import elements, members, named_type
from federation.schema.facts import Act, Argument, FieldFacts, FieldKind, TypeFacts
from federation.schema.features import canonical
from federation.schema.field_set import FieldSetError
from federation.schema.inaccessible import is_inaccessible
from federation.schema.join_graph import JoinGraph, Kind, read_join_graph
from federation.schema.joins import directive_values
from federation.schema.requirements import Requirements, misplaced
from vocabulary.catalogue import GraphDeclaration, GraphField, GraphType

_ROOTS: Final = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}
_KNOWN: Final = {
    "join__type": {"graph", "key", "extension", "resolvable", "isInterfaceObject"},
    "join__field": {"graph", "type", "requires", "provides", "external", "override", "usedOverridden"},
}
"""What is understood of the join directives; another argument changes who is asked for what."""
_IDENTIFIES: Final = frozenset({"ID", "String", "Int"})
_IS_AREA: Final = frozenset({"ID", "String"})


@dataclass(frozen=True, slots=True)
class Federated:
    """A supergraph that was read: its types and acts by name, the schema that askers see, and what planning needs."""

    types: Mapping[str, TypeFacts]
    acts: Mapping[str, Act]
    api: GraphQLSchema
    join: JoinGraph


def read_federated(sdl: str, declaration: GraphDeclaration) -> Federated:
    """Read a supergraph (join v0.3 to v0.5) as it is declared.

    Raises:
        CompositionFailedError: INVALID_GRAPHQL; INVALID_LINK_DIRECTIVE_USAGE; UNSUPPORTED for what could not be kept
            to; UNGOVERNED for a declaration of something that is not there.
    """
    document = canonical(_parsed(sdl))
    _refuse(_check_kinds(document))
    document = _without_subscriptions(document)
    _refuse(_check_joins(document))
    join = _join_graph(document)
    reader = _Reader(document, declaration, join)
    types, acts = reader.types(), reader.acts()
    _refuse(reader.errors)
    return Federated(types, acts, _api(document), join)


def _parsed(sdl: str) -> DocumentNode:
    try:
        document = parse(sdl, no_location=True)
        errors = validate_schema(build_ast_schema(document))
    except GraphQLSyntaxError as error:  # whose text quotes the lines around
        at = "".join(f" (line {one.line}, column {one.column})" for one in error.locations or ())
        raise CompositionFailedError([CompositionError("INVALID_GRAPHQL", f"supergraph: no GraphQL{at}")]) from None
    except (GraphQLError, TypeError, RecursionError) as error:
        raise CompositionFailedError([CompositionError("INVALID_GRAPHQL", f"supergraph: {error}")]) from None
    _refuse(CompositionError("INVALID_GRAPHQL", f"supergraph: {error.message}") for error in errors)
    return document


def _check_kinds(document: DocumentNode) -> Iterator[CompositionError]:
    objects = {one.name.value for one in document.definitions if isinstance(one, ObjectTypeDefinitionNode)}
    for definition in document.definitions:
        if isinstance(definition, TypeExtensionNode | SchemaExtensionNode):
            yield CompositionError("UNSUPPORTED", f"{definition.kind.replace('_', ' ')} in a supergraph")
        if isinstance(definition, SchemaDefinitionNode):
            roots = {one.operation.value: one.type.name.value for one in definition.operation_types}
            wanted = {kind: name for kind, name in _ROOTS.items() if name in objects}
            if roots != wanted:
                named = ", ".join(f"{kind}: {name}" for kind, name in wanted.items())
                yield CompositionError("UNSUPPORTED", f"schema: roots other than {named}")


def _without_subscriptions(document: DocumentNode) -> DocumentNode:
    """Without a way in that nobody answers."""

    def kept() -> Iterator[Any]:
        for one in document.definitions:
            if isinstance(one, SchemaDefinitionNode):
                operations = [of for of in one.operation_types if of.operation is not OperationType.SUBSCRIPTION]
                yield replace(one, operation_types=tuple(operations))
            elif not (isinstance(one, ObjectTypeDefinitionNode) and one.name.value == _ROOTS["subscription"]):
                yield one

    return replace(document, definitions=tuple(kept()))


def _check_joins(document: DocumentNode) -> Iterator[CompositionError]:
    types = _types(document)
    for definition in types.values():
        for coordinate, element in elements(definition):
            for directive, known in _KNOWN.items():
                for arguments in directive_values(element, directive):
                    for name in sorted(arguments.keys() - known):
                        yield CompositionError("UNSUPPORTED", f"{coordinate}: @{directive}({name}:)")
    yield from misplaced(types)


def _join_graph(document: DocumentNode) -> JoinGraph:
    try:
        join = read_join_graph(document)
    except FieldSetError:
        problem = "supergraph: a field set of a join directive is none"
        raise CompositionFailedError([CompositionError("INVALID_GRAPHQL", problem)]) from None
    except KeyError as error:
        problem = f"supergraph: a join directive names {error}, which is no subgraph"
        raise CompositionFailedError([CompositionError("INVALID_GRAPHQL", problem)]) from None
    if not join.graphs:
        raise CompositionFailedError([CompositionError("INVALID_GRAPHQL", "supergraph: it has no subgraph")])
    return join


def _api(document: DocumentNode) -> GraphQLSchema:
    governed = [
        one.name.value
        for one in document.definitions
        if isinstance(one, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode)
    ]
    try:
        api = api_schema(document, governed, never_null=())
    except TypeError as error:
        raise CompositionFailedError([CompositionError("REFERENCED_INACCESSIBLE", str(error))]) from None
    _refuse(CompositionError("INVALID_GRAPHQL", f"API schema: {error.message}") for error in validate_schema(api))
    return api


def _types(document: DocumentNode) -> dict[str, TypeDefinitionNode]:
    return {
        one.name.value: one
        for one in document.definitions
        if isinstance(one, TypeDefinitionNode) and not one.name.value.startswith(("join__", "link__"))
    }


class _Reader:
    """The facts of one supergraph; what of the declaration does not fit is kept in `errors`."""

    def __init__(self, document: DocumentNode, declaration: GraphDeclaration, join: JoinGraph) -> None:
        self._declared = declaration
        self._join = join
        self._types = _types(document)
        self._requirements = Requirements(self._types)
        self.errors = self._requirements.errors
        self._governed = {
            name: one
            for name, one in self._types.items()
            if (isinstance(one, ObjectTypeDefinitionNode) and name != join.mutation)
            or (isinstance(one, InterfaceTypeDefinitionNode) and name in join.interface_objects)
        }

    def types(self) -> dict[str, TypeFacts]:
        """The facts of every type that holds cells."""
        for name in self._declared.types.keys() - self._governed.keys():
            self._error(name, "it is declared, and no object type of the supergraph")
        for name in self._declared.subgraphs.keys() - self._join.graphs.keys():
            self._error(name, "it is declared, and no subgraph of the supergraph")
        return {name: self._type(name, definition) for name, definition in self._governed.items()}

    def acts(self) -> dict[str, Act]:
        """What can be done: the fields of Mutation."""
        name = self._join.mutation
        fields = [] if name is None else members(self._types[name])
        return {
            one.name.value: self._act(str(name), one)
            for one in fields
            if isinstance(one, FieldDefinitionNode) and not is_inaccessible(one)
        }

    def _act(self, root: str, field: FieldDefinitionNode) -> Act:
        return Act(
            field=field.name.value,
            type=named_type(field.type),
            graph=self._graph(root, field.name.value) or "",
            arguments=tuple(
                Argument(
                    one.name.value,
                    named_type(one.type),
                    many=_is_list(one.type),
                    required=isinstance(one.type, NonNullTypeNode) and one.default_value is None,
                )
                for one in field.arguments or ()
            ),
            level=1,
            description=_text(field),
            requires=self._requirements.of(root, field),
        )

    def _type(self, name: str, definition: TypeDefinitionNode) -> TypeFacts:
        declared = self._declared.types.get(name, GraphType(name))
        nodes = {one.name.value: one for one in members(definition) if isinstance(one, FieldDefinitionNode)}
        for field in declared.fields.keys() - nodes.keys():
            self._error(f"{name}.{field}", "it is declared, and no field of the supergraph")
        hidden = is_inaccessible(definition)
        fields = {of: self._field(name, node, declared.fields.get(of), hidden=hidden) for of, node in nodes.items()}
        for one in fields.values():
            for other in one.reveals:
                if other not in fields:
                    self._error(f"{name}.{one.name}", f"it reveals {other}, which is no field of {name}")
        subject, area = declared.subject, declared.area
        self._check_path(name, subject, "subject", _IDENTIFIES)
        self._check_path(name, area, "area", _IS_AREA)
        return TypeFacts(
            name=name,
            home=None,
            key=None,
            subject=".".join(subject) or None,
            area=".".join(area) or None,
            fields=fields,
            description=_text(definition),
        )

    def _field(self, owner: str, node: FieldDefinitionNode, declared: GraphField | None, *, hidden: bool) -> FieldFacts:
        name, type_ = node.name.value, named_type(node.type)
        one = declared or GraphField(name)
        is_leaf = not self._join.is_composite(type_)
        if one.masks and not (is_leaf and not _is_list(node.type)):
            self._error(f"{owner}.{name}", f"it has masks, and {print_ast(node.type)} is not one value")
        return FieldFacts(
            name=name,
            type=type_,
            many=_is_list(node.type),
            kind=FieldKind.SCALAR if is_leaf else FieldKind.RELATION,
            graph=self._graph(owner, name),
            inaccessible=hidden or is_inaccessible(node),
            level=one.level,
            category=one.category,
            masks=one.masks,
            identifier=bool(node.arguments),
            reveals=one.reveals,
            companion=None,
            description=_text(node),
            requires=self._requirements.of(owner, node),
        )

    def _graph(self, owner: str, field: str) -> str | None:
        """The first subgraph that resolves a field."""
        for graph, inside in self._join.types[owner].inside.items():
            if field in inside.fields and not inside.fields[field].external:
                return graph
        return None

    def _check_path(self, owner: str, path: tuple[str, ...], word: str, leaves: frozenset[str]) -> None:
        """See that a path ends in one leaf value, over one object at most, whose type declares that leaf itself."""
        if not path:
            return
        node, at = self._node(owner, path[0]), owner
        if len(path) > 1 and node is not None:
            at = named_type(node.type)
            if _is_list(node.type) or at not in self._governed or self._join.types[at].kind is not Kind.OBJECT:
                self._error(f"{owner}.{path[0]}", f"the {word} of {owner} leads over it, and it is not one object")
                return
            if getattr(self._declared.types.get(at), word, ()) != path[1:]:
                self._error(f"{at}.{path[1]}", f"it is the {word} of {owner}, and not that of {at} itself")
            node = self._node(at, path[1])
        if node is None:
            self._error(f"{owner}.{'.'.join(path)}", f"it is the {word} of {owner}, and no field of the supergraph")
        elif _is_list(node.type) or named_type(node.type) not in leaves:
            self._error(f"{at}.{path[-1]}", f"it is the {word} of {owner}, and no {' or '.join(sorted(leaves))}")
        elif node.arguments:
            self._error(f"{at}.{path[-1]}", f"it is the {word} of {owner}, and takes arguments")

    def _node(self, owner: str, name: str) -> FieldDefinitionNode | None:
        nodes = (one for one in members(self._governed[owner]) if one.name.value == name)
        return next((one for one in nodes if isinstance(one, FieldDefinitionNode)), None)

    def _error(self, coordinate: str, problem: str) -> None:
        self.errors.append(CompositionError("UNGOVERNED", f"{coordinate}: {problem}"))


def _is_list(type_: Any) -> bool:
    while isinstance(type_, NonNullTypeNode):
        type_ = type_.type
    return isinstance(type_, ListTypeNode)


def _text(element: Any) -> str:
    return element.description.value if element.description else ""


def _refuse(errors: Iterable[CompositionError]) -> None:
    if found := list(errors):
        raise CompositionFailedError(found)
