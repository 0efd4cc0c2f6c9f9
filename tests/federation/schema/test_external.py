"""External fields against what the others say of them, and who may share what."""

from __future__ import annotations

import pytest

from tests.federation.schema.composing import composed, refused, type_of

HOME = 'type Query { a: Shop } type Shop @key(fields: "no") { no: Int x: Int name(first: Int = 1): String }'
NEEDS = (
    'type Shop @key(fields: "no") { no: Int y: Int @requires(fields: "name") name(first: Int = 1): String @external }'
)


def test_an_external_field_is_said_to_be_one() -> None:
    text = type_of(composed(a=HOME, b=NEEDS), "Shop")
    assert "name(first: Int = 1): String @join__field(graph: A) @join__field(graph: B, external: true)" in text


def test_a_key_field_of_an_extension_is_not_external() -> None:
    b = 'extend type Shop @key(fields: "no") { no: Int @external y: Int }'
    assert "  no: Int\n" in type_of(composed(a=HOME, b=b), "Shop")


@pytest.mark.parametrize(
    ("code", "b"),
    [
        ("EXTERNAL_TYPE_MISMATCH", NEEDS.replace("): String @external", "): Int @external")),
        ("EXTERNAL_ARGUMENT_MISSING", NEEDS.replace("(first: Int = 1)", "")),
        ("EXTERNAL_ARGUMENT_TYPE_MISMATCH", NEEDS.replace("first: Int = 1", 'first: String = "1"')),
        ("EXTERNAL_ARGUMENT_DEFAULT_MISMATCH", NEEDS.replace("= 1", "= 2")),
        ("MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL", NEEDS.replace("@external", '@external @tag(name: "x")')),
    ],
)
def test_it_refuses(code: str, b: str) -> None:
    found = refused(a=HOME, b=b)
    assert code in {one.partition(":")[0] for one in found}, found
    assert all("Shop.name" in one for one in found)


def test_somebody_resolves_a_field() -> None:
    found = refused(a=HOME.replace("name(first: Int = 1): String", ""), b=NEEDS)
    assert found == ["EXTERNAL_MISSING_ON_BASE: Shop.name: @external in all subgraphs that have it, b"]


@pytest.mark.parametrize(
    ("a", "b", "alone"),
    [
        ("x: Int", "x: Int", "a, b"),
        ("x: Int @shareable", "x: Int", "b"),
        ("x: Int", "x: Int @shareable", "a"),
    ],
)
def test_a_field_of_several_subgraphs_is_shareable_in_each(a: str, b: str, alone: str) -> None:
    key = 'type Shop @key(fields: "no") {{ no: Int {} }}'
    found = refused(a="type Query { a: Shop }" + key.format(a), b=key.format(b))
    assert found == [f"INVALID_FIELD_SHARING: Shop.x: resolved in a, b, and not @shareable in {alone}"]


def test_what_a_declaration_shares_is_its_own() -> None:
    a = "type Query { a: Shop } type Shop @shareable { x: Int } extend type Shop { y: Int }"
    assert refused(a=a, b="type Shop @shareable { x: Int y: Int }") == [
        "INVALID_FIELD_SHARING: Shop.y: resolved in a, b, and not @shareable in a"
    ]
    assert refused(a=a, b="type Shop { x: Int @shareable }") == []


def test_what_is_provided_is_shareable() -> None:
    a = 'type Query { a: Shop @provides(fields: "name") } type Shop @key(fields: "no") { no: Int name: String @external }'
    b = 'type Shop @key(fields: "no") { no: Int name: String }'
    assert refused(a=a, b=b) == ["INVALID_FIELD_SHARING: Shop.name: resolved in a, b, and not @shareable in b"]
    assert refused(a=a, b=b.replace("name: String", "name: String @shareable")) == []
