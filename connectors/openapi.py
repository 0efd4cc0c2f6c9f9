"""What the connector `rest` reads of an OpenAPI 3 document: searches by key, and how each is paged.

An operation says so itself, in a specification extension (OpenAPI 3.1, section 4.9):

    post:
      operationId: searchMealServices
      x-tongguan: {keys: identityNos, limit: limit, cursor: cursor, items: items, next: next, key: identityNo}

`keys`, `limit` and `cursor` are properties of the request's JSON body: the keys asked for, the most rows wanted on a
page, and where to go on. `items` and `next` are properties of the answer: the rows, and the cursor of the next page or
null. `key` is the property of a row that holds the key for which it was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from connectors.errors import DeclarationError

Node: TypeAlias = Mapping[str, Any]

EXTENSION: Final = "x-tongguan"
_REFERENCES_FOLLOWED: Final = 16


@dataclass(frozen=True, slots=True)
class Paging:
    """The names in the extension."""

    keys: str
    limit: str
    cursor: str
    items: str
    next: str
    key: str


@dataclass(frozen=True, slots=True)
class Search:
    """One operation: its path below the server's URL, the names, its bounds, and the properties of a row.

    Each property comes with its schema.
    """

    path: str
    names: Paging
    max_keys: int
    max_limit: int | None
    properties: Mapping[str, Node]


class Document:
    """An OpenAPI document. Every method raises DeclarationError with what the document should say instead."""

    def __init__(self, source: str, file: Path) -> None:
        self._where = f"source {source}: the document of options.openapi"
        try:
            content = yaml.safe_load(file.read_bytes())  # JSON is YAML too
        except OSError:
            raise DeclarationError(f"{self._where} cannot be read; is the path right?") from None
        except (yaml.YAMLError, UnicodeDecodeError):
            raise DeclarationError(f"{self._where} is neither JSON nor YAML") from None
        if not isinstance(content, dict) or not str(content.get("openapi", "")).startswith("3."):
            raise DeclarationError(f"{self._where} is not OpenAPI 3; it begins with openapi: 3.1.0")
        self._content: Final[Node] = content

    def operations(self) -> tuple[str, ...]:
        """The operationIds of all POST operations, each of which may be a search."""
        found = (
            self._resolve(item).get("post")
            for item in self._at(self._content, "paths").values()
            if isinstance(item, dict)
        )
        named = (one.get("operationId") for one in found if isinstance(one, dict))
        return tuple(name for name in named if isinstance(name, str))

    def server(self) -> str | None:
        """The URL of the first server; None where the document names none by a whole URL."""
        servers = self._content.get("servers")
        first = servers[0] if isinstance(servers, list) and servers else None
        url = first.get("url") if isinstance(first, dict) else None
        return url if isinstance(url, str) and url.startswith(("http://", "https://")) else None

    def key_header(self) -> str | None:
        """The header that carries a key, where a security scheme says so."""
        for scheme in self._at(self._content, "components", "securitySchemes").values():
            known = self._resolve(scheme)
            if known.get("type") == "apiKey" and known.get("in") == "header" and isinstance(known.get("name"), str):
                return str(known["name"])
        return None

    def search(self, operation_id: str) -> Search:
        """Read one operation."""
        where = f"{self._where}: operation {operation_id}"
        path, operation = self._operation(operation_id)
        names = self._names(where, operation)
        sent = self._properties(where, self._schema(where, operation.get("requestBody")))
        answer = self._properties(where, self._schema(where, self._at(operation, "responses", "200")))
        for name, there in (
            (names.keys, sent),
            (names.limit, sent),
            (names.cursor, sent),
            (names.items, answer),
            (names.next, answer),
        ):
            if name not in there:
                raise DeclarationError(f"{where}: {EXTENSION} names {name}; the properties are: {', '.join(there)}")
        max_keys = self._resolve(sent[names.keys]).get("maxItems")
        if type(max_keys) is not int or max_keys < 1:
            raise DeclarationError(f"{where}: {names.keys} has no maxItems; write how many keys one search may hold")
        max_limit = self._resolve(sent[names.limit]).get("maximum")
        row = self._properties(where, self._resolve(answer[names.items]).get("items"))
        if names.key not in row:
            raise DeclarationError(f"{where}: {EXTENSION} names key {names.key}; a row has: {', '.join(row)}")
        described = {name: self._resolve(shape) for name, shape in row.items()}
        return Search(path, names, max_keys, max_limit if type(max_limit) is int else None, described)

    def _operation(self, operation_id: str) -> tuple[str, Node]:
        searches = {
            item["post"].get("operationId"): (path, item["post"])
            for path, item in self._at(self._content, "paths").items()
            if isinstance(item, dict) and isinstance(item.get("post"), dict)
        }
        if operation_id not in searches:
            known = ", ".join(name for name in searches if isinstance(name, str))
            raise DeclarationError(f"{self._where} has no POST operation {operation_id}; write one of: {known}")
        path, operation = searches[operation_id]
        if not isinstance(path, str) or not path.startswith("/") or "{" in path:
            raise DeclarationError(f"{self._where}: operation {operation_id}: keys travel in the body, not in the path")
        return path, operation

    def _names(self, where: str, operation: Node) -> Paging:
        wanted = [field.name for field in fields(Paging)]
        given = operation.get(EXTENSION)
        if (
            not isinstance(given, dict)
            or set(given) != set(wanted)
            or not all(isinstance(v, str) for v in given.values())
        ):
            raise DeclarationError(f"{where}: write {EXTENSION} with the names of {', '.join(wanted)}")
        return Paging(**given)

    def _schema(self, where: str, holder: object) -> Node:
        content = self._at(self._resolve(holder), "content", "application/json")
        if "schema" not in content:
            raise DeclarationError(f"{where}: its request and its answer 200 need a schema of application/json")
        return self._resolve(content["schema"])

    def _properties(self, where: str, schema: object) -> Node:
        properties = self._at(self._resolve(schema), "properties")
        if not properties:
            raise DeclarationError(f"{where}: the schemas of its request, answer and rows need properties")
        return properties

    def _at(self, node: Node, *path: str) -> Node:
        """Go down a path of names; an empty node where it ends early."""
        for name in path:
            node = self._resolve(node.get(name))
        return node

    def _resolve(self, node: object) -> Node:
        """Follow references (`#/components/…`) to a node; an empty one where there is none."""
        for _ in range(_REFERENCES_FOLLOWED):
            if not isinstance(node, dict):
                return {}
            if "$ref" not in node:
                return node
            reference, node = str(node["$ref"]), self._content
            if not reference.startswith("#/"):
                raise DeclarationError(f"{self._where} refers to another file; put everything in one document")
            for part in reference[2:].split("/"):
                name = part.replace("~1", "/").replace("~0", "~")  # RFC 6901
                node = node.get(name) if isinstance(node, dict) else None
        raise DeclarationError(f"{self._where} refers in circles")
