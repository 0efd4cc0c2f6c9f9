"""The delivery company's OpenAPI document.

`x-tongguan`, on the operation, is the vendor extension that the exchange's `rest` connector reads: which fields of
the body and of the answer carry keys, items and pages.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from democity.delivery import MOST

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"

_SERVICE: Final[Json] = {
    "type": "object",
    "required": ["identityNo", "active", "mealsLast30Days", "lastDeliveryOn", "dietaryNotes"],
    "properties": {
        "identityNo": {"type": "string", "description": "GB 11643"},
        "active": {"type": "boolean", "description": "Meals are being brought."},
        "mealsLast30Days": {"type": "integer", "minimum": 0},
        "lastDeliveryOn": {"type": "string", "format": "date"},
        "dietaryNotes": {"type": ["string", "null"]},
    },
}

_BODY: Final[Json] = {
    "type": "object",
    "required": ["identityNos"],
    "additionalProperties": False,
    "properties": {
        "identityNos": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MOST},
        "limit": {"type": "integer", "minimum": 1, "maximum": MOST, "default": MOST},
        "cursor": {"type": ["string", "null"], "description": "The `next` of the page before."},
    },
}

_PAGE: Final[Json] = {
    "type": "object",
    "required": ["items", "next"],
    "properties": {
        "items": {"type": "array", "items": {"$ref": "#/components/schemas/MealService"}},
        "next": {"type": ["string", "null"], "description": "The cursor of the next page; null: there is none."},
    },
}


def describe(port: int) -> Json:
    """The document of the service at a port of 127.0.0.1."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Eatwell Delivery partner service", "version": "1"},
        "servers": [{"url": f"http://127.0.0.1:{port}"}],
        "security": [{"key": []}],
        "paths": {"/v1/meal-services/search": {"post": _search()}},
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}},
            "schemas": {"MealService": _SERVICE},
        },
    }


def _search() -> Json:
    return {
        "operationId": "searchMealServices",
        "summary": "The meal services of some people, in the order of their identity numbers.",
        "x-tongguan": {
            "keys": "identityNos",
            "items": "items",
            "next": "next",
            "cursor": "cursor",
            "limit": "limit",
            "key": "identityNo",
        },
        "requestBody": {"required": True, "content": {"application/json": {"schema": _BODY}}},
        "responses": {
            "200": {"description": "One page.", "content": {"application/json": {"schema": _PAGE}}},
            "400": {"description": "The body is not as described."},
            "401": {"description": "The key is missing or wrong."},
            "413": {"description": "The body is too long."},
            "429": {"description": "Too many requests; Retry-After says in how many seconds to ask again."},
        },
    }
