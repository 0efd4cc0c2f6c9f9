"""Arguments split in two: a structure that may be part of a cache key, and the values, which may not.

A structure keeps what decides the shape of the work (which filters, which order, booleans, enums, nulls); scalars and
lists of scalars become slots in one vector of values.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass
from typing import TypeAlias

import orjson
from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    StringValueNode,
    Undefined,
    ValueNode,
    VariableNode,
)

from federation.document.limits import Limits
from federation.errors import Code, Refusal
from vocabulary.values import Value

Item: TypeAlias = Value | tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the vector of values."""

    index: int


@dataclass(frozen=True, slots=True)
class Members:
    """An input object: its given members, in the order of its type's definition."""

    items: tuple[tuple[str, Structure], ...]

    def get(self, name: str) -> Structure:
        """The structure of one member; None where it is not given."""
        return dict(self.items).get(name)


@dataclass(frozen=True, slots=True)
class Items:
    """A list of input objects or enums, or of scalars that come from several places."""

    items: tuple[Structure, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal that a schema names, as text: no part of what was asked."""

    text: str


Structure: TypeAlias = Slot | Members | Items | Constant | str | bool | None
"""`str` is an enum's value, `bool` a boolean, None a null or an absent argument."""


class Splitter:
    """Splits values and literals of one request or one document, collecting the vector."""

    def __init__(self, limits: Limits, start: int = 0) -> None:
        self._limits = limits
        self._start = start
        self._parts = 0
        self.values: list[Item] = []

    def _count(self, depth: int) -> None:
        """Bound what a structure may hold: it becomes part of a cache key, and of what a source is asked."""
        self._parts += 1
        most, deepest = self._limits.arguments, self._limits.nesting
        if self._parts > most:
            raise Refusal(Code.DOCUMENT_TOO_WIDE, f"The arguments have more than {most} parts. Ask for less at a time.")
        if depth > deepest:
            raise Refusal(Code.DOCUMENT_TOO_DEEP, f"An argument is nested deeper than {deepest} levels.")

    def _check_length(self, items: Sized) -> None:
        """Bound a list of scalars, which is one part of a structure whatever its length, before any of it is read."""
        if len(items) > self._limits.values:
            sentence = f"A list in the arguments has more than {self._limits.values} items."
            raise Refusal(Code.DOCUMENT_TOO_WIDE, sentence)

    def _slot(self, value: Item) -> Slot:
        self.values.append(value)
        return Slot(self._start + len(self.values) - 1)

    def value(self, value: object, kind: GraphQLInputType, name: str, depth: int = 0) -> Structure:
        """Split a coerced variable."""
        self._count(depth)
        kind = _nullable(kind)
        if value is None:
            return None
        if isinstance(kind, GraphQLList) and isinstance(value, list):
            item = _nullable(kind.of_type)
            if isinstance(item, GraphQLScalarType):
                self._check_length(value)
                return self._slot(tuple(None if one is None else _scalar(one, item, name) for one in value))
            return Items(tuple(self.value(one, item, name, depth + 1) for one in value))
        if isinstance(kind, GraphQLInputObjectType) and isinstance(value, Mapping):
            given = ((field, value[field], of.type) for field, of in kind.fields.items() if field in value)
            return Members(tuple((field, self.value(one, of, field, depth + 1)) for field, one, of in given))
        if isinstance(kind, GraphQLEnumType):
            return str(value)
        if isinstance(value, bool) and kind is GraphQLBoolean:
            return value
        return self._slot(_scalar(value, kind, name))

    def literal(
        self, node: ValueNode, kind: GraphQLInputType, variables: Mapping[str, Structure], name: str, depth: int = 0
    ) -> Structure:
        """Split a literal of a validated document; variables stand in it with their own structures."""
        self._count(depth)
        if isinstance(node, VariableNode):
            return variables.get(node.name.value)
        kind = _nullable(kind)
        match node:
            case NullValueNode():
                return None
            case EnumValueNode(value=text):
                return str(text)
            case BooleanValueNode(value=flag):
                return bool(flag)
            case ListValueNode(values=nodes) if isinstance(kind, GraphQLList):
                return self._list(nodes, kind.of_type, variables, name, depth)
            case ObjectValueNode(fields=fields) if isinstance(kind, GraphQLInputObjectType):
                return self._object(fields, kind, variables, depth)
            case _ if isinstance(kind, GraphQLList):  # a single value where a list is expected (spec 3.11)
                return self._list((node,), kind.of_type, variables, name, depth)
            case _:
                return self._slot(_scalar(_python(node), kind, name))

    def _list(
        self,
        nodes: tuple[ValueNode, ...],
        item: GraphQLInputType,
        variables: Mapping[str, Structure],
        name: str,
        depth: int,
    ) -> Structure:
        inner = _nullable(item)
        if isinstance(inner, GraphQLScalarType) and not any(isinstance(one, VariableNode) for one in nodes):
            self._check_length(nodes)
            return self._slot(
                tuple(None if isinstance(one, NullValueNode) else _scalar(_python(one), inner, name) for one in nodes)
            )
        return Items(tuple(self.literal(one, item, variables, name, depth + 1) for one in nodes))

    def _object(
        self,
        fields: tuple[ObjectFieldNode, ...],
        kind: GraphQLInputObjectType,
        variables: Mapping[str, Structure],
        depth: int,
    ) -> Members:
        given = {one.name.value: one.value for one in fields}
        absent = {
            field
            for field, node in given.items()
            if isinstance(node, VariableNode) and node.name.value not in variables
        }
        return Members(
            tuple(
                (field, self.literal(given[field], of.type, variables, field, depth + 1))
                for field, of in kind.fields.items()
                if field in given and field not in absent
            )
        )


def _nullable(kind: GraphQLInputType) -> GraphQLInputType:
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind


def _python(node: ValueNode) -> object:
    match node:
        case IntValueNode(value=text):
            return int(text)
        case FloatValueNode(value=text):
            return float(text)
        case StringValueNode(value=text):
            return text
        case _:
            return Undefined


def _date(text: object) -> dt.date:
    return dt.date.fromisoformat(str(text))


def _moment(text: object) -> dt.datetime:
    moment = dt.datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return moment


def _any(value: object) -> str:
    """An object of Federation's `_Any`, as JSON."""
    if not isinstance(value, dict):
        raise ValueError("no object")  # noqa: TRY004  (what the others raise)
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        raise ValueError("no JSON") from None


_CONVERSIONS: dict[str, tuple[Callable[[object], Value], str]] = {
    "_Any": (_any, "an object with `__typename` and a key, in a variable"),
    "Date": (_date, "a date as in 2026-11-21"),
    "DateTime": (_moment, "a time with its offset, as in 2026-11-21T08:00:00+08:00"),
}


def _scalar(value: object, kind: GraphQLInputType, name: str) -> Value:
    """The Python value of one scalar; the built-in ones are coerced already."""
    convert = _CONVERSIONS.get(getattr(kind, "name", ""))
    if convert is not None:
        try:
            return convert[0](value)
        except ValueError:
            raise Refusal(Code.ARGUMENT_INVALID, f"{name} takes {convert[1]}.") from None
    if isinstance(value, int | float | str):
        return str(value) if kind is GraphQLID else value  # an id may be written as a number (spec 3.5.5)
    raise Refusal(Code.ARGUMENT_INVALID, f"{name} takes a single value of type {kind}.")
