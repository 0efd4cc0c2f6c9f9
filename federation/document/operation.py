"""A validated document and its variables → a question: what is asked, as a frozen tree of slots, and the values.

Fragments are spread out per concrete type (GraphQL spec 6.3.2, CollectFields), so that an alias, a fragment, an
interface and a plain field are all the same to what comes after.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from hashlib import sha256
from typing import TypeAlias

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLBoolean,
    GraphQLID,
    GraphQLInputType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_input_type,
    print_ast,
    type_from_ast,
)
from graphql.execution.values import get_variable_values

from federation.document.limits import Limits
from federation.document.parse import Parsed
from federation.document.structure import Item, Slot, Splitter, Structure
from federation.errors import Code, Refusal

_INTROSPECTED = {"types": 40, "fields": 8, "args": 2, "inputFields": 6, "enumValues": 6, "directives": 6}
"""How many items each list of the introspection schema is counted with; a tool's usual query comes to some 46,000."""
_COSTS = 256
_ENTITIES, _REPRESENTATIONS = "_entities", "representations"  # Federation v2: one object for each that is named
_MANY = 20  # how many rows a to-many relation is counted with, in the cost of a document


Kinds: TypeAlias = tuple[tuple[str, GraphQLInputType], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field as asked. `selections` holds, per concrete type it may return, the fields asked of that type."""

    key: str
    name: str
    arguments: tuple[tuple[str, Structure], ...]
    type: str
    many: bool
    selections: tuple[tuple[str, tuple[Field, ...]], ...] = ()

    def argument(self, name: str) -> Structure:
        """The structure of one argument; None where it is absent or null."""
        return dict(self.arguments).get(name)

    def of(self, type_name: str) -> tuple[Field, ...]:
        """What is asked of one concrete type."""
        return dict(self.selections).get(type_name, ())


@dataclass(frozen=True, slots=True)
class Operation:
    """The root fields; `key` is the digest of the whole tree: two documents that ask the same share their plans.

    `acts`: it is a mutation. Its fields are acts (and `__typename`), to be done in this order, each once and the next
    after the one before (GraphQL spec 6.2.2).
    """

    fields: tuple[Field, ...]
    key: str
    introspective: bool
    acts: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What one request asks: an operation, and the values of its slots; `variables` as they were sent."""

    parsed: Parsed
    name: str
    operation: Operation
    values: tuple[Item, ...]
    variables: Mapping[str, object] = dataclass_field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class _Template:
    """`pages`: the slots on which the cost rests, of page sizes and of entities that are named.

    `costs`: what was found for those asked for lately.
    """

    operation: Operation
    literals: tuple[Item, ...]
    pages: tuple[int, ...] = ()
    costs: dict[tuple[int, ...], int] = dataclass_field(default_factory=dict)


class Questions:
    """Makes questions; remembers the last `size` templates (document, operation, shape of the variables)."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, size: int = 2_000) -> None:
        self._schema = schema
        self._limits = limits
        self._size = size
        self._known: OrderedDict[tuple[object, ...], _Template] = OrderedDict()
        self._kinds: OrderedDict[tuple[str, str], Kinds] = OrderedDict()

    def ask(self, parsed: Parsed, name: str | None, variables: Mapping[str, object]) -> Question:
        """Bind a document to its variables.

        Raises:
            Refusal: no such operation, variables that do not fit, or over a bound.
        """
        chosen, node = _operation(parsed, name)
        kinds = self._kinds.get((parsed.key, chosen))
        if kinds is None:
            kinds = self._kinds[parsed.key, chosen] = self._variables(node)
            if len(self._kinds) > self._size:
                self._kinds.popitem(last=False)
        coerced = self._coerced(node, kinds, variables)
        splitter = Splitter(self._limits)
        shape: dict[str, Structure] = {}
        for variable, kind in kinds:
            if variable in coerced:
                shape[variable] = splitter.value(coerced[variable], kind, f"${variable}")
        key = (parsed.key, chosen, tuple(shape.items()))
        template = self._known.get(key)
        if template is None:
            template = _Builder(self._schema, self._limits, parsed, shape, len(splitter.values)).build(node)
            self._known[key] = template
            if len(self._known) > self._size:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(key)
        values = (*splitter.values, *template.literals)
        self._bound(template, values)
        return Question(parsed, chosen, template.operation, values, variables)

    def _variables(self, node: OperationDefinitionNode) -> Kinds:
        """The variables of an operation with their types."""
        kinds = []
        for definition in node.variable_definitions or ():
            kind = type_from_ast(self._schema, definition.type)
            if is_input_type(kind):
                kinds.append((definition.variable.name.value, kind))
        return tuple(kinds)

    def _coerced(
        self, node: OperationDefinitionNode, kinds: Kinds, variables: Mapping[str, object]
    ) -> Mapping[str, object]:
        """The variables as their types have them (GraphQL spec 6.1.2)."""
        if all(_is_as_it_should_be(variables.get(name), kind) for name, kind in kinds):
            return variables  # simple scalars, all given: what coercion would find out at ten times the cost
        coerced = get_variable_values(
            self._schema, node.variable_definitions or (), dict(variables), hide_suggestions=True
        )
        if isinstance(coerced, list):
            raise Refusal(Code.VARIABLES_INVALID, _complaint(node, variables))
        return coerced.coerced

    def _bound(self, template: _Template, values: tuple[Item, ...]) -> None:
        limits = self._limits
        sizes = tuple([size for one in template.pages if isinstance(size := _size(values[one]), int)])
        cost = template.costs.get(sizes) if len(sizes) == len(template.pages) else None
        if cost is None:
            cost = sum(_cost(field, values, limits) for field in template.operation.fields)
            if len(template.costs) >= _COSTS:
                template.costs.clear()
            template.costs[sizes] = cost
        if cost > limits.cost:
            raise Refusal(
                Code.DOCUMENT_TOO_COSTLY,
                f"The answer could hold {cost} objects; the bound is {limits.cost}. Ask for less at a time (`first`).",
            )


def _operation(parsed: Parsed, name: str | None) -> tuple[str, OperationDefinitionNode]:
    if name is None and len(parsed.operations) > 1:
        raise Refusal(Code.OPERATION_UNKNOWN, "The document holds several operations: say which in operationName.")
    chosen = next(iter(parsed.operations), "") if name is None else name
    node = parsed.operations.get(chosen)
    if node is None:
        raise Refusal(Code.OPERATION_UNKNOWN, "The document holds no operation of the name given in operationName.")
    return chosen, node


def _is_as_it_should_be(value: object, kind: GraphQLInputType) -> bool:
    kind = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if kind is GraphQLInt:
        return type(value) is int and -(2**31) <= value < 2**31
    return (
        type(value) is str
        if kind is GraphQLString or kind is GraphQLID
        else kind is GraphQLBoolean and type(value) is bool
    )


def _complaint(node: OperationDefinitionNode, variables: Mapping[str, object]) -> str:
    """Which variables to look at, with their types; never what was sent in them."""
    wanted = ", ".join(f"${one.variable.name.value}: {print_ast(one.type)}" for one in node.variable_definitions or ())
    return f"The variables do not fit the operation, which takes {wanted}; {len(variables)} were given."


def _pages(fields: Iterable[Field]) -> Iterator[int]:
    """The slots of all page sizes, and of all entities that are named."""
    for field in fields:
        for argument in (field.argument("first"), _named(field)):
            if isinstance(argument, Slot):
                yield argument.index
        for _, inner in field.selections:
            yield from _pages(inner)


def _named(field: Field) -> Structure:
    """The entities that a field leads to, where it is asked for those that are named."""
    return field.argument(_REPRESENTATIONS) if field.name == _ENTITIES else None


def _size(value: Item) -> Item:
    """How many rows a value asks for: those of a page, or one for each of a list."""
    return len(value) if isinstance(value, tuple) else value


def _cost(field: Field, values: tuple[Item, ...], limits: Limits, *, counted: bool = False) -> int:
    """Objects that a field could hold; `counted`: the page around it has counted the rows of this list already."""
    if not field.selections:
        return 0
    first = field.argument("first")
    rows = 1 if counted or not field.many else _MANY
    if isinstance(first, Slot):
        size = values[first.index]
        if not isinstance(size, int) or not 1 <= size <= limits.page:
            raise Refusal(Code.ARGUMENT_INVALID, f"`first` takes 1 to {limits.page}.")
        rows = size
    elif isinstance(named := _named(field), Slot) and isinstance(size := _size(values[named.index]), int):
        rows = size
    paged = isinstance(first, Slot)
    inner = max(sum(_cost(one, values, limits, counted=paged) for one in fields) for _, fields in field.selections)
    return rows * (1 + inner)


class _Builder:
    """Builds one template: one walk over the operation, with every fragment spread out."""

    def __init__(
        self, schema: GraphQLSchema, limits: Limits, parsed: Parsed, variables: Mapping[str, Structure], start: int
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._parsed = parsed
        self._variables = variables
        self._splitter = Splitter(limits, start)
        self._count = self._introspected = 0

    def build(self, node: OperationDefinitionNode) -> _Template:
        acts = node.operation is OperationType.MUTATION
        root = self._schema.mutation_type if acts else self._schema.query_type
        if root is None:
            raise Refusal(Code.OPERATION_UNSUPPORTED, f"This graph answers no {'mutations' if acts else 'queries'}.")
        fields = self._fields(root, [node.selection_set], 1)
        introspective = any(field.name in {"__schema", "__type", "_service"} for field in fields)
        # `{ __typename }` reads the same in both: a mutation must never be answered by the plan of a query.
        tree = repr((node.operation.value, fields)) if acts else repr(fields)
        key = sha256(tree.encode("utf-8", "surrogatepass")).hexdigest()
        pages = tuple(dict.fromkeys(_pages(fields)))
        return _Template(Operation(fields, key, introspective, acts), tuple(self._splitter.values), pages)

    def _fields(
        self, parent: GraphQLObjectType | GraphQLInterfaceType, sets: list[SelectionSetNode], depth: int
    ) -> tuple[Field, ...]:
        if depth > self._limits.depth:
            raise Refusal(Code.DOCUMENT_TOO_DEEP, f"The document is nested deeper than {self._limits.depth} levels.")
        merged: dict[str, list[FieldNode]] = {}
        for selections in sets:
            for node in self._spread(parent, selections, frozenset()):
                merged.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        return tuple(self._field(parent, key, nodes, depth) for key, nodes in merged.items())

    def _spread(
        self, parent: GraphQLObjectType | GraphQLInterfaceType, selections: SelectionSetNode, seen: frozenset[str]
    ) -> Iterator[FieldNode]:
        for node in selections.selections:
            self._count += 1
            if self._count > self._limits.fields * 4:
                raise Refusal(Code.DOCUMENT_TOO_WIDE, "The document spreads out to too many fields.")
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition.name.value if node.type_condition else None
                if self._applies(condition, parent):
                    yield from self._spread(parent, node.selection_set, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                fragment = self._parsed.fragments[node.name.value]
                if self._applies(fragment.type_condition.name.value, parent):
                    yield from self._spread(parent, fragment.selection_set, seen | {node.name.value})

    def _applies(self, condition: str | None, parent: GraphQLObjectType | GraphQLInterfaceType) -> bool:
        if condition is None or condition == parent.name:
            return True
        of = self._schema.get_type(condition)
        return is_abstract_type(of) and self._schema.is_sub_type(of, parent)

    def _included(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            flag = next(
                (
                    self._splitter.literal(one.value, GraphQLBoolean, self._variables, "if")
                    for one in directive.arguments or ()
                    if one.name.value == "if"
                ),
                None,
            )
            if directive.name.value == "skip" and flag is not False:
                return False
            if directive.name.value == "include" and flag is not True:
                return False
        return True

    def _bound_introspection(self, nodes: list[FieldNode]) -> None:
        """Bound what graphql-core will be made to write, before it is asked to: each list multiplies what is in it."""
        waiting = [(node.selection_set, 1) for node in nodes]
        while waiting:
            selections, times = waiting.pop()
            for node in selections.selections if selections else ():
                self._introspected += times
                if self._introspected > self._limits.cost:
                    sentence = "So much introspection is not answered. Ask for fewer fields, or one type at a time."
                    raise Refusal(Code.DOCUMENT_TOO_COSTLY, sentence)
                if isinstance(node, FragmentSpreadNode):
                    waiting.append((self._parsed.fragments[node.name.value].selection_set, times))
                elif isinstance(node, FieldNode):
                    waiting.append((node.selection_set, times * _INTROSPECTED.get(node.name.value, 1)))
                elif isinstance(node, InlineFragmentNode):
                    waiting.append((node.selection_set, times))

    def _field(
        self, parent: GraphQLObjectType | GraphQLInterfaceType, key: str, nodes: list[FieldNode], depth: int
    ) -> Field:
        node = nodes[0]
        name = node.name.value
        if name.startswith("__"):
            self._bound_introspection(nodes)
            return Field(key, name, (), "String", many=False)
        definition = parent.fields[name]
        given = {one.name.value: one.value for one in node.arguments or ()}
        arguments = []
        for argument, of in definition.args.items():
            if argument in given:
                structure = self._splitter.literal(given[argument], of.type, self._variables, argument)
            elif of.default is not None and of.default.literal is not None:  # kept as the SDL's own literal
                structure = self._splitter.literal(of.default.literal, of.type, {}, argument)
            else:
                structure = None
            if structure is not None:
                arguments.append((argument, structure))
        named = get_named_type(definition.type)
        sets = [one.selection_set for one in nodes if one.selection_set]
        possible: list[GraphQLObjectType | GraphQLInterfaceType] = []
        if isinstance(named, GraphQLObjectType):
            possible = [named]
        elif is_abstract_type(named):
            possible = list(self._schema.get_possible_types(named))
            if not possible and isinstance(named, GraphQLInterfaceType):
                possible = [named]  # nothing implements it that is known here: it is all that can be said
        return Field(
            key,
            name,
            tuple(arguments),
            named.name,
            many="[" in str(definition.type),
            selections=tuple((one.name, self._fields(one, sets, depth + 1)) for one in possible),
        )
