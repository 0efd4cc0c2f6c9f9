"""The JSON Schema of `exchange.yaml`: valid, and explained to the last word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from federation.schema import declare_shape
from vocabulary.values import SCALARS

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_the_schema_is_valid_and_explains_every_word() -> None:
    Draft202012Validator.check_schema(declare_shape.SCHEMA)
    properties = list(subschemas(declare_shape.SCHEMA, "properties"))
    assert len(properties) > 50
    assert [name for name, one in properties if not one.get("description")] == []
    assert [name for name, one in subschemas(declare_shape.SCHEMA, "$defs") if not one.get("description")] == []


def test_the_schema_knows_the_scalars_of_the_graph() -> None:
    assert declare_shape.SCHEMA["$defs"]["scalar"]["enum"] == list(SCALARS)


def test_every_keyword_of_the_schema_that_can_fail_is_explained() -> None:
    silent = {"$schema", "$id", "$ref", "$defs", "title", "description", "examples", "propertyNames", "properties"}
    silent |= {"items", "if", "then", "else"}
    explained = set(declare_shape._EXPLAIN) | set(declare_shape._FAULTS)
    assert keywords(declare_shape.SCHEMA) - silent == explained


def keywords(schema: object) -> set[str]:
    """Every keyword of a schema and of those inside it."""
    if not isinstance(schema, dict):
        return set()
    found = set(schema)
    for word, inner in schema.items():
        named = word in {"properties", "$defs"}
        for one in inner.values() if named else [inner] if word not in {"dependentRequired", "const"} else []:
            found |= keywords(one)
    return found


def subschemas(schema: object, word: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What any schema inside has under `properties` or `$defs`."""
    if isinstance(schema, dict):
        yield from schema.get(word, {}).items()
        for inner in schema.values():
            yield from subschemas(inner, word)
