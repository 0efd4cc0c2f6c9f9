from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.errors import DeclarationError
from connectors.openapi import Document, Search
from tests.connectors.served import search


def document(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"openapi": "3.1.0", "paths": paths, **more}


def read(folder: Path, content: object, name: str = "api.json") -> Search:
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return Document("town", file).search("find")


def test_a_search_says_itself_how_it_is_asked(tmp_path: Path) -> None:
    found = read(tmp_path, document({"/people": search("find", "id", ["id", "name"])}))
    assert (found.path, found.max_keys, found.max_limit) == ("/people", 200, 150)
    assert set(found.properties) == {"id", "name"}
    assert (found.names.key, found.names.next) == ("id", "next")


def test_yaml_and_references_are_followed(tmp_path: Path) -> None:
    plain = search("find", "id", ["id"])
    body = plain["post"]["requestBody"]
    plain["post"]["requestBody"] = {"$ref": "#/components/bodies/a~1b"}
    content = document({"/people": plain}, components={"bodies": {"a/b": body}})
    assert read(tmp_path, yaml.safe_dump(content), "api.yaml") == read(
        tmp_path, document({"/people": search("find", "id", ["id"])})
    )


def test_references_that_go_in_circles_are_refused(tmp_path: Path) -> None:
    plain = search("find", "id", ["id"])
    plain["post"]["requestBody"] = {"$ref": "#/components/a"}
    with pytest.raises(DeclarationError, match="circles"):
        read(tmp_path, document({"/people": plain}, components={"a": {"$ref": "#/components/a"}}))


def test_references_to_elsewhere_are_refused(tmp_path: Path) -> None:
    plain = search("find", "id", ["id"])
    plain["post"]["requestBody"] = {"$ref": "http://elsewhere.example/body.json"}
    with pytest.raises(DeclarationError, match="one document"):
        read(tmp_path, document({"/people": plain}))


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("{", "neither JSON nor YAML"),
        ("[]", "begins with openapi"),
        ('{"swagger": "2.0"}', "begins with openapi"),
        (document({}), "no POST operation find"),
        (document({"/people": search("other", "id", ["id"])}), "write one of: other"),
        (document({"/people/{id}": search("find", "id", ["id"])}), "keys travel in the body"),
        (document({"/people": search("find", "no", ["id"])}), "names key no; a row has: id"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_write(tmp_path: Path, content: object, hint: str) -> None:
    with pytest.raises(DeclarationError, match=hint):
        read(tmp_path, content)


@pytest.mark.parametrize(
    ("path", "value", "hint"),
    [
        ("x-tongguan", None, "write x-tongguan with the names of keys, limit"),
        ("x-tongguan/cursor", None, "write x-tongguan with the names of"),
        ("x-tongguan/cursor", 7, "write x-tongguan with the names of"),
        ("x-tongguan/cursor", "page", "names page; the properties are: keys, limit, cursor"),
        ("x-tongguan/next", "more", "names more; the properties are: items, next"),
        ("requestBody/content", {}, "need a schema of application/json"),
        ("requestBody/content/application~json/schema/properties/keys/maxItems", None, "has no maxItems"),
        ("requestBody/content/application~json/schema/properties/keys/maxItems", 0, "has no maxItems"),
        ("responses/200/content/application~json/schema/properties/items/items", {}, "need properties"),
        ("responses", {}, "need a schema"),
    ],
)
def test_each_missing_fact_is_named(tmp_path: Path, path: str, value: object, hint: str) -> None:
    content = document({"/people": search("find", "id", ["id"])})
    node: Any = content["paths"]["/people"]["post"]
    *above, last = (part.replace("~", "/") for part in path.split("/"))
    for part in above:
        node = node[part]
    if value is None:
        del node[last]
    else:
        node[last] = value
    with pytest.raises(DeclarationError, match=hint):
        read(tmp_path, content)
