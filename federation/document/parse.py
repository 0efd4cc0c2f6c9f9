"""Text → a validated document, cached by text and visible schema. Nothing here sees a variable's value."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from hashlib import sha256

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    NoUndefinedVariablesRule,
    NoUnusedVariablesRule,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariablesInAllowedPositionRule,
    Visitor,
    parse,
    print_ast,
    specified_rules,
    strip_ignored_characters,
    validate,
    visit,
)
from graphql.language import (
    FloatValueNode,
    FragmentSpreadNode,
    IntValueNode,
    ListValueNode,
    NameNode,
    Node,
    StringValueNode,
    VariableDefinitionNode,
    VariableNode,
)

from federation.document.limits import Limits
from federation.document.scalar_literals import ScalarLiteralsRule
from federation.errors import Code, Refusal

__all__ = ["Documents", "Parsed"]


@dataclass(frozen=True, slots=True)
class Parsed:
    """One validated document.

    `normalised` is its text with typed placeholders for literals: what the log may keep. `digest` is its SHA-256.
    """

    key: str
    ast: DocumentNode
    operations: dict[str, OperationDefinitionNode]
    fragments: dict[str, FragmentDefinitionNode]
    normalised: str
    digest: str


class Documents:
    """Parses and validates against one visible schema; remembers the last `size` documents."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, size: int = 1_000) -> None:
        self._schema = schema
        self._limits = limits
        self._size = size
        self._known: OrderedDict[str, Parsed] = OrderedDict()

    def parse(self, text: str) -> Parsed:
        """Parse and validate.

        Raises:
            Refusal: too long, malformed, invalid, too deep or too wide, a subscription, or a mutation where the schema
                has none; refused documents are not remembered.
        """
        if (known := self._known.get(text)) is not None:
            self._known.move_to_end(text)
            return known
        parsed = self._parse(text)
        self._known[text] = parsed
        if len(self._known) > self._size:
            self._known.popitem(last=False)
        return parsed

    def _parse(self, text: str) -> Parsed:
        limits = self._limits
        if len(text) > limits.length:
            raise Refusal(
                Code.DOCUMENT_TOO_LONG,
                f"The document is longer than {limits.length} characters. Ask for less at a time.",
            )
        ast = _read(text, limits)
        _bound(ast, limits)
        _check_operations(ast, self._schema.mutation_type, limits)
        rules = _RULES if "$" in text else _WITHOUT_VARIABLES
        errors = validate(self._schema, ast, rules, max_errors=5, hide_suggestions=True)
        if errors:
            raise Refusal(Code.DOCUMENT_INVALID, "; ".join(map(_sentence, errors)))
        operations = {
            node.name.value if node.name else "": node
            for node in ast.definitions
            if isinstance(node, OperationDefinitionNode)
        }
        fragments = {node.name.value: node for node in ast.definitions if isinstance(node, FragmentDefinitionNode)}
        normalised = strip_ignored_characters(print_ast(visit(ast, _Placeholders())))
        if len(normalised) > limits.record:
            raise Refusal(Code.DOCUMENT_TOO_LONG, "The document is too long to be put on record. Ask for less.")
        return Parsed(
            key=sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
            ast=ast,
            operations=operations,
            fragments=fragments,
            normalised=normalised,
            digest=sha256(normalised.encode("utf-8", "surrogatepass")).hexdigest(),
        )


_RULES = (*specified_rules, ScalarLiteralsRule)
_OF_VARIABLES = (NoUndefinedVariablesRule, NoUnusedVariablesRule, VariablesInAllowedPositionRule)
_WITHOUT_VARIABLES = tuple(one for one in _RULES if one not in _OF_VARIABLES)
"""For documents in which nothing is a variable: these rules walk all of one once more, and would find nothing."""


def _check_operations(ast: DocumentNode, mutation: GraphQLObjectType | None, limits: Limits) -> None:
    """Which kinds of operation there are, and how much they would do."""
    answered = {OperationType.QUERY} if mutation is None else {OperationType.QUERY, OperationType.MUTATION}
    operations = [node for node in ast.definitions if isinstance(node, OperationDefinitionNode)]
    if any(node.operation not in answered for node in operations):
        kinds = "queries" if mutation is None else "queries and mutations"
        raise Refusal(Code.OPERATION_UNSUPPORTED, f"Only {kinds} are answered here.")
    if mutation is not None and _acts(ast, mutation) > limits.acts:
        sentence = f"The document holds more than {limits.acts} acts. Do less at a time."
        raise Refusal(Code.DOCUMENT_TOO_WIDE, sentence)


def _acts(ast: DocumentNode, mutation: GraphQLObjectType) -> int:
    """The acts as they are written: in mutations, and in the fragments that can be spread there.

    However these are spread, each act that is done has a response key, and so was written once at least.
    """
    conditions = {mutation.name, *(one.name for one in mutation.interfaces)}
    waiting = [
        node.selection_set
        for node in ast.definitions
        if (isinstance(node, OperationDefinitionNode) and node.operation is OperationType.MUTATION)
        or (isinstance(node, FragmentDefinitionNode) and node.type_condition.name.value in conditions)
    ]
    count = 0
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, InlineFragmentNode):
                waiting.append(node.selection_set)
            count += isinstance(node, FieldNode) and not node.name.value.startswith("__")
    return count


def _read(text: str, limits: Limits) -> DocumentNode:
    try:
        return parse(text, max_tokens=limits.tokens)
    except GraphQLSyntaxError as error:
        if "token" in error.message and str(limits.tokens) in error.message:
            sentence = f"The document has more than {limits.tokens} tokens. Ask for less at a time."
            raise Refusal(Code.DOCUMENT_TOO_LONG, sentence) from None
        if "nested too deeply" in error.message:
            raise _too_deep(limits) from None
        where = f" (line {error.locations[0].line}, column {error.locations[0].column})" if error.locations else ""
        sentence = f"The document is not GraphQL{where}. Check it in an editor with GraphQL support."
        raise Refusal(Code.DOCUMENT_MALFORMED, sentence) from None


def _sentence(error: GraphQLError) -> str:
    """A validation message with its place; literals that it may quote are the asker's own."""
    location = error.locations[0] if error.locations else None
    return error.message + (f" (line {location.line}, column {location.column})" if location else "")


def _bound(ast: DocumentNode, limits: Limits) -> None:
    """Depth, aliases and directives, before validation (whose own rules can be made to work hard)."""
    counts = _Counts()
    visit(ast, counts)
    if counts.aliases > limits.aliases:
        raise Refusal(Code.DOCUMENT_TOO_WIDE, f"The document has more than {limits.aliases} aliases.")
    if counts.directives > limits.directives:
        raise Refusal(Code.DOCUMENT_TOO_WIDE, f"The document has more than {limits.directives} directives.")
    if counts.fields > limits.fields:
        raise Refusal(Code.DOCUMENT_TOO_WIDE, f"The document has more than {limits.fields} fields.")
    if counts.deepest > limits.depth or counts.nested > limits.nesting:
        raise _too_deep(limits)


def _too_deep(limits: Limits) -> Refusal:
    sentence = f"The document is nested deeper than {limits.depth} levels, or {limits.nesting} within one argument."
    return Refusal(Code.DOCUMENT_TOO_DEEP, sentence)


class _Counts(Visitor):
    """Counts of one document as it is written; depth through fragments is bounded where they are spread."""

    def __init__(self) -> None:
        super().__init__()
        self.aliases = self.directives = self.fields = self.deepest = self.nested = 0
        self._depth = self._nesting = 0

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self.fields += 1
        self.aliases += node.alias is not None

    def enter_directive(self, _node: DirectiveNode, *_: object) -> None:
        self.directives += 1

    def enter_selection_set(self, _node: SelectionSetNode, *_: object) -> None:
        self._depth += 1
        self.deepest = max(self.deepest, self._depth)

    def leave_selection_set(self, _node: SelectionSetNode, *_: object) -> None:
        self._depth -= 1

    def _enter_value(self, *_: object) -> None:
        self._nesting += 1
        self.nested = max(self.nested, self._nesting)

    def _leave_value(self, *_: object) -> None:
        self._nesting -= 1

    enter_object_value = enter_list_value = _enter_value
    leave_object_value = leave_list_value = _leave_value


_PLACEHOLDERS = {kind: NameNode(value=f"_{kind}") for kind in ("Int", "Float", "String", "List")}
_OF_THE_ASKER = {
    (FieldNode, "alias"): "a",
    (VariableNode, "name"): "v",
    (FragmentSpreadNode, "name"): "F",
    (FragmentDefinitionNode, "name"): "F",
    (OperationDefinitionNode, "name"): "Q",
}


class _Placeholders(Visitor):
    """Replaces every literal by a variable named after its type, and every name of the asker's own making by a number.

    The log keeps what was asked; a value must not reach it in an alias or in the name of a fragment either.
    """

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[str, dict[str, NameNode]] = {}

    def enter_name(self, node: NameNode, key: str, parent: Node, *_: object) -> NameNode | None:
        prefix = _OF_THE_ASKER.get((type(parent), key))
        if prefix is None or node in _PLACEHOLDERS.values():
            return None
        known = self._names.setdefault(prefix, {})
        return known.setdefault(node.value, NameNode(value=f"{prefix}{len(known) + 1}"))

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> OperationDefinitionNode | None:
        return replace(node, description=None) if node.description else None

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: object) -> FragmentDefinitionNode | None:
        return replace(node, description=None) if node.description else None

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: object) -> VariableDefinitionNode | None:
        return replace(node, description=None) if node.description else None

    def enter_int_value(self, _node: IntValueNode, *_: object) -> VariableNode:
        return VariableNode(name=_PLACEHOLDERS["Int"])

    def enter_float_value(self, _node: FloatValueNode, *_: object) -> VariableNode:
        return VariableNode(name=_PLACEHOLDERS["Float"])

    def enter_string_value(self, _node: StringValueNode, *_: object) -> VariableNode:
        return VariableNode(name=_PLACEHOLDERS["String"])

    def enter_list_value(self, node: ListValueNode, *_: object) -> VariableNode | None:
        kinds = {type(item) for item in node.values}
        literals = kinds and kinds <= {IntValueNode, FloatValueNode, StringValueNode}
        return VariableNode(name=_PLACEHOLDERS["List"]) if literals else None
