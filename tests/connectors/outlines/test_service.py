from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.outlines import OutlineError, Target, look
from democity.delivery_description import describe


def document(tmp_path: Path, **changes: object) -> Path:
    content: Any = describe(8001)
    content.update(changes)
    path = tmp_path / "delivery.openapi.json"
    path.write_text(json.dumps(content), "utf-8")
    return path


def test_a_search_is_a_table(tmp_path: Path) -> None:
    outline = look(Target(str(document(tmp_path)), tmp_path))
    assert (outline.connector, outline.name, outline.lists) == ("rest", "delivery", False)
    assert dict(outline.options) == {
        "openapi": "delivery.openapi.json",
        "url": "http://127.0.0.1:8001",
        "auth": {"header": "X-Api-Key", "file": "keys/delivery.key"},
    }
    (table,) = outline.tables
    assert (table.name, table.searched_by, table.rows) == ("searchMealServices", "identityNo", None)
    assert {column.name: column.scalar for column in table.columns} == {
        "identityNo": "String",
        "active": "Boolean",
        "mealsLast30Days": "Int",
        "lastDeliveryOn": "Date",
        "dietaryNotes": "String",
    }
    assert {column.name: column.nullable for column in table.columns}["dietaryNotes"]
    assert outline.notes == ("The service itself was not asked: nothing was counted, and guesses rest on names alone.",)


def test_a_document_without_a_server_or_a_key(tmp_path: Path) -> None:
    outline = look(Target(str(document(tmp_path, servers=[], components={}, paths=describe_inline())), tmp_path))
    assert "auth" not in outline.options
    assert outline.notes[0] == "The document names no server: write where the service is as `url`."


def describe_inline() -> object:
    """The one search, its rows described where they stand."""
    content: Any = describe(8001)
    text = json.dumps(content["paths"])
    row = json.dumps(content["components"]["schemas"]["MealService"])
    return json.loads(text.replace('{"$ref": "#/components/schemas/MealService"}', row))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{]", "is neither JSON nor YAML"),
        ("[]", "is not OpenAPI 3"),
        ('{"swagger": "2.0"}', "is not OpenAPI 3"),
        ('{"openapi": "3.1.0"}', "no search that the exchange can use; write x-tongguan"),
        (
            '{"openapi": "3.1.0", "paths": {"/a": {"post": {"operationId": "a"}}}}',
            "no search that the exchange can use; the document of options.openapi: operation a: write x-tongguan",
        ),
    ],
)
def test_what_is_no_description_of_searches(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(OutlineError, match=said):
        look(Target(str(tmp_path / "x.json")))


def test_a_document_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutlineError, match="cannot be read"):
        look(Target(str(tmp_path / "x.yaml")))
