from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

import democity
from democity.delivery_description import describe

DOCUMENT: dict[str, Any] = json.loads(json.dumps(describe(8001)))
OPERATION = DOCUMENT["paths"]["/v1/meal-services/search"]["post"]
BODY = OPERATION["requestBody"]["content"]["application/json"]["schema"]
PAGE = OPERATION["responses"]["200"]["content"]["application/json"]["schema"]
SERVICE = DOCUMENT["components"]["schemas"]["MealService"]


def test_the_operation_is_the_one_that_the_exchange_declares() -> None:
    exchange = yaml.safe_load((Path(democity.__file__).parent / "city" / "exchange.yaml").read_text("utf-8"))
    declared = exchange["sources"]["delivery"]["types"]["MealService"]
    assert OPERATION["operationId"] == declared["table"]
    columns = {field["column"] for field in declared["fields"].values()} | set(declared["omit"])
    columns |= {reference["column"] for reference in declared["references"].values()}
    assert set(SERVICE["properties"]) == columns


def test_the_extension_names_what_body_and_page_hold() -> None:
    extension = OPERATION["x-tongguan"]
    assert {extension[name] for name in ("keys", "cursor", "limit")} == set(BODY["properties"])
    assert {extension[name] for name in ("items", "next")} == set(PAGE["properties"])
    assert extension["key"] in SERVICE["properties"]
    assert BODY["properties"][extension["keys"]]["maxItems"] == 1000


def test_its_schemas_are_schemas() -> None:
    for schema in (BODY, PAGE, SERVICE):
        Draft202012Validator.check_schema(schema)
