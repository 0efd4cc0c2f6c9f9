"""The trusted list: a JSON file of the documents that may run, read strictly and whole.

Two forms, as tools write them: Apollo's operation manifest (`"format": "apollo-persisted-query-manifest"`, version 1),
and the plain map of hash to document. Either names a document by the SHA-256 of its text. A mistake keeps the exchange
from starting: a list that was half understood would keep out what belongs in, or let in what nobody reviewed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from graphql import DocumentNode, GraphQLSyntaxError, OperationDefinitionNode, OperationType, parse
from graphql.language import ExecutableDefinitionNode

from federation.document.limits import Limits
from federation.document.persisted import digest_of

_FORMAT: Final = "apollo-persisted-query-manifest"
_VERSION: Final = 1
_MANIFEST: Final = frozenset({"format", "version", "operations"})
_OPERATION: Final = frozenset({"id", "name", "type", "body"})
_ANSWERED: Final = frozenset({OperationType.QUERY.value, OperationType.MUTATION.value})
_PREFIX: Final = "sha256:"


class TrustedListError(Exception):
    """A list that is not taken: every mistake by its place, a line for each. For the operator; quotes no document."""


def read_trusted(path: Path, limits: Limits) -> dict[str, str]:
    """The documents of a list by their hashes, in lower-case hexadecimal.

    Raises:
        TrustedListError: with every mistake, or with the one that keeps the list from being read at all.
    """
    try:
        documents, problems = _read(path.read_text(encoding="utf-8"), limits)
    except (OSError, UnicodeDecodeError):
        documents, problems = {}, ["it can't be read as a text in UTF-8"]
    if problems:
        raise TrustedListError("\n".join(f"{path.name}: {problem}" for problem in problems))
    return documents


def _read(text: str, limits: Limits) -> tuple[dict[str, str], list[str]]:
    """Documents, and what is wrong with the list."""
    try:
        said = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return {}, ["it is no JSON, or a member stands twice in one object"]
    if not isinstance(said, dict):
        return {}, ["it is no object: write an operation manifest, or a map of hash to document"]
    reader = _Reader(limits)
    reader.manifest(said) if "format" in said else reader.map(said)
    if not (reader.documents or reader.problems):
        reader.problems.append("it lists nothing, so nothing would run: list a document, or unset the setting")
    return reader.documents, reader.problems


class _Reader:
    """Collects documents and problems."""

    def __init__(self, limits: Limits) -> None:
        self.documents: dict[str, str] = {}
        self.problems: list[str] = []
        self._limits = limits

    def map(self, said: dict[str, object]) -> None:
        """Hash to document; a hash may be written with `sha256:` before it."""
        for place, (identifier, document) in enumerate(said.items(), 1):
            self._take(f"document {place}", identifier.removeprefix(_PREFIX), document)

    def manifest(self, said: dict[str, object]) -> None:
        """Apollo's manifest: each operation with its name and type."""
        self._only("manifest", said, _MANIFEST)
        version, operations = said.get("version"), said.get("operations")
        if said.get("format") != _FORMAT or type(version) is not int or version != _VERSION:
            self.problems.append(f"manifest: its format is {_FORMAT}, and its version {_VERSION}")
        if not isinstance(operations, list):
            self.problems.append("manifest: operations is a list")
            return
        for number, one in enumerate(operations, 1):
            place = f"operation {number}"
            if not isinstance(one, dict):
                self.problems.append(f"{place}: it is no object")
                continue
            self._only(place, one, _OPERATION)
            ast = self._take(place, one.get("id"), one.get("body"))
            if ast is not None and _said_of(ast) != [(one.get("name"), one.get("type"))]:
                self.problems.append(f"{place}: its body is not one operation of that name and type")

    def _only(self, place: str, given: dict[str, object], known: frozenset[str]) -> None:
        if given.keys() != known:
            self.problems.append(f"{place}: its members are {', '.join(sorted(known))}, and no others")

    def _take(self, place: str, identifier: object, document: object) -> DocumentNode | None:
        """Take one document; None where it is not taken."""
        if not isinstance(document, str):
            self.problems.append(f"{place}: the document is no text")
            return None
        if not isinstance(identifier, str) or identifier != digest_of(document):
            self.problems.append(f"{place}: its hash is not the SHA-256 of the document, in lower-case hexadecimal")
        elif identifier in self.documents:
            self.problems.append(f"{place}: it is listed twice")
        else:
            self.documents[identifier] = document
        if len(document) > self._limits.length:
            self.problems.append(f"{place}: the document is longer than {self._limits.length} characters")
            return None
        return self._parsed(place, document)

    def _parsed(self, place: str, document: str) -> DocumentNode | None:
        try:
            ast = parse(document, max_tokens=self._limits.tokens)
        except GraphQLSyntaxError as error:
            where = f" (line {error.locations[0].line}, column {error.locations[0].column})" if error.locations else ""
            self.problems.append(f"{place}: the document is not GraphQL, or has too many tokens{where}")
            return None
        if not all(isinstance(one, ExecutableDefinitionNode) for one in ast.definitions):
            self.problems.append(f"{place}: the document defines types, and is nothing that runs")
        elif any(kind not in _ANSWERED for _, kind in _said_of(ast)) or not _said_of(ast):
            self.problems.append(f"{place}: the document has no query and no mutation, or a subscription")
        return ast


def _said_of(ast: DocumentNode) -> list[tuple[object, object]]:
    """The operations of a document, each by name and type."""
    operations = [one for one in ast.definitions if isinstance(one, OperationDefinitionNode)]
    return [(one.name.value if one.name else "", one.operation.value) for one in operations]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose members have names of their own: JSON readers keep the last of two, people read the first."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found
