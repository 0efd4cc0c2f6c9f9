"""The data set as a subgraph written with Strawberry, for the kinds `graphql` and `python`."""

import asyncio
from collections.abc import Mapping
from typing import Any, NewType

import strawberry
from graphql import FieldNode, InlineFragmentNode, OperationDefinitionNode, SelectionSetNode, parse
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import create_type

from tests.connectors.served.data import PEOPLE, VISITS

Day = NewType("Day", str)
Moment = NewType("Moment", str)
CONFIG = StrawberryConfig(
    auto_camel_case=False,
    scalar_map={
        Day: strawberry.scalar(name="Date", serialize=lambda day: day),
        Moment: strawberry.scalar(name="DateTime", serialize=lambda moment: moment),
    },
)
COLUMNS: Mapping[str, object] = {
    "id": strawberry.ID,
    "name": str | None,
    "age": int | None,
    "score": float | None,
    "alone": bool | None,
    "born": Day | None,
    "seen": Moment | None,
    "area": str | None,
    "boss": strawberry.ID | None,
}


@strawberry.type
class visit:  # noqa: N801  (as the table of every kind is called)
    person: strawberry.ID
    day: Day | None
    place: str | None
    _masked: list[str] = strawberry.field(name="_masked", default_factory=list)


@strawberry.federation.type(keys=["id"])
class Human:
    id: strawberry.ID

    @strawberry.field
    def records(self, info: strawberry.Info) -> list[visit]:
        assert isinstance(info.schema, Schema)
        return [visit(**row) for row in info.schema.town.visits if row["person"] == self.id]

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> object:  # noqa: A002  (the key's name)
        return cls(id=id)


class Town:
    """The subgraph's state, and the hands on it that a test needs."""

    def __init__(self) -> None:
        self.asked = self.open = self.most = 0
        self.people: dict[str, dict[str, Any]] = {
            row["id"]: dict(row, alone=None if row["alone"] is None else row["alone"] == 1) for row in PEOPLE
        }
        self.visits: list[dict[str, Any]] = [dict(row) for row in VISITS]
        self.dropped: set[str] = set()
        self.changed: dict[tuple[str, str, str], object] = {}
        self.repeated: set[str] = set()
        self.masked: dict[str, list[str]] = {}
        self.is_slow = self.is_dead = False
        self._made: dict[frozenset[str], Schema] = {}

    def schema(self) -> "Schema":
        """The subgraph as it stands now."""
        dropped = frozenset(self.dropped)
        if dropped not in self._made:
            self._made[dropped] = self._make()
        return self._made[dropped]

    def _make(self) -> "Schema":
        columns = [name for name in COLUMNS if name not in self.dropped]

        def resolve_reference(cls: type, id: strawberry.ID) -> object:  # noqa: A002
            if self.is_dead:
                raise ConnectionError(f"town.example:80 refused {id}")
            row = self.people.get(id)
            return None if row is None else cls(**{name: row[name] for name in columns})

        fields = []
        for name in columns:
            field = strawberry.field(name=name)
            field.python_name = name
            field.type_annotation = StrawberryAnnotation(COLUMNS[name])
            fields.append(field)

        def masked(root: Any) -> list[str]:
            return self.masked.get(root.id, [])

        fields.append(strawberry.field(resolver=masked, name="_masked"))
        person = create_type("person", fields, directives=[Key(fields=FieldSet("id"))])
        setattr(person, "resolve_reference", classmethod(resolve_reference))  # noqa: B010  (it has none, to mypy)
        made = Schema(types=[person, Human, visit], config=CONFIG, extensions=[ParserCache, ValidationCache])
        made.town = self
        return made


class Schema(strawberry.federation.Schema):
    """Counts, stalls and lies."""

    town: Town

    async def execute(
        self, query: str | None, variable_values: dict[str, Any] | None = None, *args: Any, **kw: Any
    ) -> Any:
        if query is None or "_entities" not in query:
            return await super().execute(query, variable_values, *args, **kw)
        town = self.town
        town.asked += 1
        town.open += 1
        town.most = max(town.most, town.open)
        try:
            if town.is_slow:
                await asyncio.Event().wait()
            await asyncio.sleep(0)
            result = await super().execute(query, variable_values, *args, **kw)
        finally:
            town.open -= 1
        if result.data is not None:
            _lie(town, query, result.data["rows"])
        return result


def _lie(town: Town, query: str, rows: list[Any]) -> None:
    """What the tests had changed comes instead, past what a schema would make of it."""
    (operation,) = parse(query).definitions
    assert isinstance(operation, OperationDefinitionNode)
    entities = operation.selection_set.selections[0]
    assert isinstance(entities, FieldNode)
    assert entities.selection_set is not None
    (fragment,) = [one for one in entities.selection_set.selections if isinstance(one, InlineFragmentNode)]
    for row in list(rows):
        if row is not None:
            if row["k"] in town.repeated:
                rows.append(dict(row))
            _change(town, "Person", row["k"], fragment.selection_set, row)
            for one in row.get("r") or ():
                (below,) = [
                    one.selection_set
                    for one in fragment.selection_set.selections
                    if isinstance(one, FieldNode) and one.alias and one.alias.value == "r"
                ]
                assert below is not None
                _change(town, "Visit", row["k"], below, one)


def _change(town: Town, type_name: str, key: str, selections: SelectionSetNode, row: dict[str, Any]) -> None:
    for one in selections.selections:
        if isinstance(one, FieldNode) and one.alias is not None:
            value = town.changed.get((type_name, key, one.name.value), row[one.alias.value])
            row[one.alias.value] = value


TOWNS: dict[str, Town] = {}
"""By the folder of the test: where a mounted file finds its town."""
