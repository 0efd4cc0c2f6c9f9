"""A service looked at by its OpenAPI document alone: to ask it for anything would be to ask for somebody's data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from connectors.errors import DeclarationError
from connectors.openapi import EXTENSION, Document
from connectors.outlines.errors import OutlineError
from connectors.outlines.target import MOST_COLUMNS, Target
from vocabulary.outline import Column, Outline, Table

_ENDINGS: Final = frozenset({".json", ".yaml", ".yml"})
_SCALARS: Final = {"string": "String", "integer": "Int", "number": "Float", "boolean": "Boolean"}
_FORMATS: Final = {"date": "Date", "date-time": "DateTime"}


def is_document(where: str) -> bool:
    """Whether somebody named a file that may be an OpenAPI document."""
    return Path(where).suffix.lower() in _ENDINGS


def read_document(target: Target) -> Outline:
    """Read the searches of a document; those that lack the extension are told in the notes."""
    path = Path(target.where)
    try:
        document = Document(path.stem, path)
        tables, notes = [], []
        for name in document.operations():
            if not target.wants(name):
                continue
            try:
                tables.append(_table(document, name))
            except DeclarationError as error:
                notes.append(f"{str(error).removeprefix(f'source {path.stem}: ')}.")
    except DeclarationError as error:
        raise OutlineError(str(error).removeprefix(f"source {path.stem}: ")) from None
    if not tables:
        raise OutlineError(
            f"{path.name} has no search that the exchange can use; "
            + (notes[0].rstrip(".") if notes else f"write {EXTENSION} beside a POST operation (connectors/openapi.py)")
        )
    options: dict[str, object] = {"openapi": target.relative(path), "url": document.server() or "http://127.0.0.1:8001"}
    header = target.header or document.key_header()
    if header:
        options["auth"] = {"header": header, "file": target.secret_file or f"keys/{path.stem.partition('.')[0]}.key"}
    if document.server() is None:
        notes.append("The document names no server: write where the service is as `url`.")
    notes.append("The service itself was not asked: nothing was counted, and guesses rest on names alone.")
    return Outline("rest", options, tuple(tables), name=path.stem.partition(".")[0], lists=False, notes=tuple(notes))


def _table(document: Document, name: str) -> Table:
    search = document.search(name)
    columns = tuple(_column(word, shape) for word, shape in list(search.properties.items())[:MOST_COLUMNS])
    return Table(name, columns, searched_by=search.names.key)


def _column(name: str, shape: Mapping[str, Any]) -> Column:
    declared = shape.get("type")
    kinds = [declared] if isinstance(declared, str) else declared if isinstance(declared, list) else []
    plain = [kind for kind in kinds if kind != "null"]
    kind = plain[0] if len(plain) == 1 else "of several kinds"
    scalar = _SCALARS.get(kind)
    if scalar == "String":
        scalar = _FORMATS.get(str(shape.get("format")), scalar)
    comment = shape.get("description")
    return Column(
        name, scalar, scalar or kind.upper(), "null" in kinds, comment=comment if isinstance(comment, str) else ""
    )
