"""What is asked: of the gateway, and of the floor and the peer that answer the same."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

import orjson

FIELDS = ("name", "ageBand", "phone", "address", "area", "livesAlone", "sex")

PAGE = f"query Page($first: Int!) {{ residents(first: $first) {{ nodes {{ {' '.join(FIELDS)} }} }} }}"
"""The first residents that the asker may see: the row rule alone (own area) decides which."""

PAGE_OF_AREAS = (
    "query PageOfAreas($first: Int!, $areas: [String!]!) "
    f"{{ residents(first: $first, where: {{area: {{within: $areas}}}}) {{ nodes {{ {' '.join(FIELDS)} }} }} }}"
)
"""The same of named areas: also a reader of everything is then asked to show the same people."""

JOURNEY = (files("democity") / "city" / "question.graphql").read_text("utf-8")
"""Journey 1: three organisations, one of them a company with a REST service."""


def post(document: str, variables: Mapping[str, object], headers: Mapping[str, str]) -> bytes:
    """One whole HTTP/1.1 request, ready to be sent again and again.

    It accepts what gives a refusal a status of its own (GraphQL over HTTP, section 6.4.2): the load judges by that.
    """
    body = orjson.dumps({"query": document, "variables": dict(variables)})
    lines = [
        "POST /graphql HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        "Accept: application/graphql-response+json, application/json;q=0.9",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join((*lines, "", "")).encode() + body
