"""The one question that a subgraph is asked: its entities, by their keys (Federation's `Query._entities`).

    query ($of: [_Any!]!) {
      rows: _entities(representations: $of) { __typename ... on StreetCase { k: caseNo c0: kind c1: reportedAt } }
    }

Keys are variables, so the text holds no value and is made once for each shape of request. Every column has an alias of
ours: what a subgraph calls its fields clashes with nothing. Nothing that comes back is trusted: an answer of another
length, of another type, with another key or without a column that was asked for is a lie.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.errors import DeclarationError
from connectors.layout import Access, layout
from connectors.per_owner import terms
from vocabulary.catalogue import SourceDeclaration
from vocabulary.fetch import Fetch
from vocabulary.values import Value

NAME: Final = re.compile(r"(?!__)[_A-Za-z][_0-9A-Za-z]*")  # GraphQL's Name, and not one of introspection's
PATH: Final = re.compile(rf"{NAME.pattern}(\.{NAME.pattern})*")


class LieError(ValueError):
    """The answer is not one to what was asked; the text says how, and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a subgraph calls the entities of other sources that it adds relations to, and its lists: `options.names`.

    Types and fields of its own carry their names as `table` and `column`.
    """

    given: Mapping[str, str]

    @classmethod
    def read(cls, where: str, declaration: SourceDeclaration) -> Names:
        """Read the option.

        Raises:
            DeclarationError: a name that is none in GraphQL, or one of something that this source does not add to.
        """
        given = declaration.options.get("names", {})
        known: dict[str, None] = {}
        for one in declaration.relations:
            known |= dict.fromkeys((one.owner, f"{one.owner}.{one.owner_key}", f"{one.owner}.{one.name}"))
        known |= dict.fromkeys(one.collection for one in declaration.types if one.collection is not None)
        if not isinstance(given, dict):
            raise DeclarationError(f"{where}.names: write what the subgraph calls each, as {{Resident: Person}}")
        for coordinate, name in given.items():
            if coordinate not in known:
                choice = ", ".join(known) or "nothing, for neither a relation nor a list is declared here"
                raise DeclarationError(f"{where}.names: {coordinate} is not added to here; write one of: {choice}")
            if not isinstance(name, str) or not NAME.fullmatch(name):
                raise DeclarationError(f"{where}.names.{coordinate}: write the name of a type or field in GraphQL")
        own: dict[str, str] = {}
        for home in declaration.types:  # an owner that is a type of this source has its names there
            taken = layout(declaration, home)
            own[home.name] = home.table
            if home.key is not None:
                own[f"{home.name}.{home.key}"] = taken[home.key].column
        return cls(own | given)

    def of(self, owner: str, field: str | None = None) -> str:
        """What the subgraph calls the owner, or a field of it; or, by its own name, a list."""
        coordinate = owner if field is None else f"{owner}.{field}"
        return self.given.get(coordinate, owner if field is None else field)


@dataclass(frozen=True, slots=True)
class Question:
    """One shape of request: the `document`, the remote `type` and its `key`, and the alias of each field asked for.

    `path` has the aliases below an entity's row at which a column's cell stands. `row` is the type of the rows, where
    they are not the entities themselves.
    """

    document: str
    type: str
    key: str
    paths: Mapping[str, tuple[str, ...]]
    row: str | None = None

    def representations(self, keys: tuple[Value, ...]) -> list[dict[str, Value]]:
        """The entities that are asked for."""
        return [{"__typename": self.type, self.key: key} for key in keys]

    def rows(self, data: object, keys: tuple[Value, ...]) -> tuple[list[Value], list[dict[str, Any]]]:
        """The rows of an answer, each with the key of the entity that it was found by; LieError."""
        items = data.get("rows") if isinstance(data, dict) else None
        if not isinstance(items, list):
            raise LieError("no list of entities")
        if len(items) != len(keys):
            raise LieError("more or fewer entities than were asked for")
        owners: list[Value] = []
        found: list[dict[str, Any]] = []
        for key, item in zip(keys, items, strict=True):
            if item is None:
                continue
            _vouch(item, self.type)
            if type(item.get("k")) is not type(key) or item["k"] != key:
                raise LieError(f"another {self.type} than was asked for")
            if self.row is None:
                owners.append(key)
                found.append(item)
            else:
                below = list(self._below(item, self.row))
                owners += [key] * len(below)
                found += below
        return owners, found

    def cells(self, rows: list[dict[str, Any]], field: str) -> list[Any]:
        """The column of a field; LieError where a row lacks it. An object on the way that is null makes a null."""
        first, *rest = self.paths[field]
        try:
            cells = [row[first] for row in rows]
            for alias in rest:
                cells = [None if cell is None else cell[alias] for cell in cells]
        except (KeyError, TypeError, IndexError):
            raise LieError("a row that lacks what was asked for") from None
        return cells

    @staticmethod
    def vouch(owners: list[Value], named: list[Value]) -> None:
        """See that each row of a relation names the owner under which it came; LieError."""
        if named != owners:
            raise LieError("a row that names another owner than the one it came under")

    def named(self, path: Sequence[str | int]) -> str | None:
        """The field that the path of an error leads to; None where it ends above the columns."""
        fields = {aliases[0]: field for field, aliases in self.paths.items()}
        return next((fields[step] for step in path if isinstance(step, str) and step in fields), None)

    @staticmethod
    def _below(item: dict[str, Any], row: str) -> Iterator[dict[str, Any]]:
        """The rows that a relation leads to, of whatever cardinality it has there; a null is no row."""
        if "r" not in item:
            raise LieError("an entity that lacks what was asked for")
        related = item["r"]
        for one in related if isinstance(related, list) else [related]:
            if one is not None:
                _vouch(one, row)
                yield one


def check_names(declaration: SourceDeclaration) -> None:
    """See that every `table` and `column` can stand in a document, and means no more there than it says.

    Raises:
        DeclarationError: one that cannot.
    """
    for declared in declaration.types:
        where = f"source {declaration.name}: type {declared.name}"
        if not NAME.fullmatch(declared.table):
            raise DeclarationError(f"{where}: table: write the name of an object type of the subgraph")
        for field, taken in layout(declaration, declared).items():
            if not (NAME if field == declared.key else PATH).fullmatch(taken.column):
                path = "" if field == declared.key else ", or a path of names, as in building.buildingNo"
                raise DeclarationError(f"{where}: column of {field}: write the name of a field of the subgraph{path}")


def question(request: Fetch, access: Access, names: Names, beside: tuple[str, ...] = ()) -> Question:
    """Write the question of one shape of request. The access has a key; `beside` are more fields of each row."""
    relation, declared = access.relation, access.declared
    wanted = dict.fromkeys(request.fields)
    if relation is not None:
        # `by` is asked for too: a row that names another owner than the one that it came under is nobody's.
        wanted |= dict.fromkeys((relation.by, *(term.field for term in terms(relation))))
    columns: list[str] = [*beside]
    paths: dict[str, tuple[str, ...]] = {}
    if relation is None and access.key in wanted:
        paths[access.key] = ("k",)  # the very cell that is compared with the key asked for
        del wanted[access.key]
    for position, field in enumerate(wanted):
        text, aliases = _column(f"c{position}", access.layout[field].column)
        columns.append(text)
        paths[field] = aliases
    if relation is None:
        type_, key, row = declared.table, access.layout[access.key or ""].column, None
        inner = " ".join((f"k: {key}", *columns))
    else:
        type_, key = names.of(relation.owner), names.of(relation.owner, relation.owner_key)
        row = declared.table
        inner = f"k: {key} r: {names.of(relation.owner, relation.name)} {{ __typename {' '.join(columns)} }}"
    document = (
        "query ($of: [_Any!]!) "
        f"{{ rows: _entities(representations: $of) {{ __typename ... on {type_} {{ {inner} }} }} }}"
    )
    return Question(document, type_, key, paths, row)


def _column(alias: str, column: str) -> tuple[str, tuple[str, ...]]:
    """The selection of a column, which may be a path, and the aliases on its way."""
    first, *rest = column.split(".")
    text = f"{alias}: {first}"
    for step in rest:
        text += f" {{ v: {step}"
    return text + " }" * len(rest), (alias, *("v" for _ in rest))


def _vouch(item: object, type_: str) -> None:
    if type(item) is not dict or item.get("__typename") != type_:
        raise LieError(f"something else where a {type_} was asked for")
