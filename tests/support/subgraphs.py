"""Subgraphs in process: SDL and values, executed by graphql-core, which is the judge of what a subgraph may be asked."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import GraphQLInterfaceType, GraphQLResolveInfo, GraphQLSchema, build_schema, graphql

from connectors.errors import SourceError
from connectors.post import Headers
from connectors.remote import RemoteError, Reply, Travels

_NONE: Mapping[str, str] = {}
Resolve = Callable[..., Any]
_MACHINERY = """
scalar _Any
union _Entity = {types}
extend type Query {{ _entities(representations: [_Any!]!): [_Entity]! }}
"""


def by(key: str, rows: Iterable[Mapping[str, Any]]) -> Callable[[Mapping[str, Any]], Any]:
    """Finds entities among rows, by one field of their representations."""
    found = {row[key]: row for row in rows}
    return lambda one: found.get(one[key])


@dataclass
class Subgraph:
    """A subgraph with plain SDL, without federation's directives.

    `root` has values, or functions of the arguments, by the fields of Query and Mutation; fields of objects are read
    from dicts, which carry `__typename` where their type is abstract, and may be functions of the arguments too.
    `entities` finds an entity by its representation, by the name that it carries. `asked` keeps what was asked, and
    `shown` the headers that came with it; `travels`: whether it is told who asks.
    """

    sdl: str
    root: Mapping[str, Any] = field(default_factory=dict)
    entities: Mapping[str, Callable[[Mapping[str, Any]], Any]] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    failing: SourceError | None = None
    answering: Callable[[Reply], Reply | Awaitable[Reply]] | None = None
    travels: Travels = Travels.NONE
    shown: list[Mapping[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        machinery = _MACHINERY.format(types=" | ".join(self._objects())) if self.entities else ""
        self.schema: GraphQLSchema = build_schema(self.sdl + machinery)

    def _objects(self) -> list[str]:
        """The object types that entities may be of: of an interface with a key, those that implement it."""
        schema, found = build_schema(self.sdl), dict[str, None]()
        for name in self.entities:
            one = schema.type_map[name]
            possible = schema.get_possible_types(one) if isinstance(one, GraphQLInterfaceType) else (one,)
            found |= dict.fromkeys(each.name for each in possible)
        return list(found)

    async def ask(self, body: bytes, *, about: str, safe: bool, headers: Headers = _NONE) -> Reply:
        """Answer a request, as `connectors.remote` has it."""
        assert about
        self.shown.append(headers() if callable(headers) else headers)
        request = orjson.loads(body)
        assert safe is not request["query"].startswith("mutation")
        self.asked.append((request["query"], request["variables"]))
        if self.failing is not None:
            raise self.failing
        result = await graphql(
            self.schema,
            request["query"],
            root_value=self.root,
            variable_values=request["variables"],
            field_resolver=self._field,
            type_resolver=lambda value, *_: value["__typename"],
        )
        errors = [
            RemoteError(tuple(one.path or ()), str((one.extensions or {}).get("code", "")))
            for one in result.errors or ()
        ]
        reply = Reply(result.data, tuple(errors))
        if self.answering is None:
            return reply
        changed = self.answering(reply)
        return await changed if inspect.isawaitable(changed) else changed

    def _field(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        if info.field_name == "_entities":
            return [self._entity(one) for one in arguments["representations"]]
        value = source.get(info.field_name) if isinstance(source, Mapping) else None
        return value(**arguments) if callable(value) else value

    def _entity(self, representation: Mapping[str, Any]) -> Any:
        name = representation["__typename"]
        found = self.entities[name](representation)
        return {"__typename": name, **found} if isinstance(found, Mapping) else found
