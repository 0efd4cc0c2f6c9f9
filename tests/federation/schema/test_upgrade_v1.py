"""Federation v1: what its schemas meant, in the words of v2."""

from __future__ import annotations

import pytest

from tests.federation.schema.composing import composed, refused, type_of

HOME = 'type Query { a: Shop } type Shop @key(fields: "no") { no: Int! name: String of: Of } type Of { x: Int }'
EXTENDING = 'extend type Shop @key(fields: "no") { no: Int! @external stock: Int }'


def test_a_schema_without_a_link_is_one_of_federation_1() -> None:
    text = composed({"a": HOME, "b": EXTENDING})
    assert type_of(text, "Shop").startswith(
        'type Shop\n  @join__type(graph: A, key: "no")\n  @join__type(graph: B, key: "no")\n{\n  no: Int!\n'
    )


@pytest.mark.parametrize("keys", ["@key(fields: no)", '@key(fields: ["no"])', '@key(fields: "no") @extends'])
def test_field_sets_could_be_written_otherwise(keys: str) -> None:
    extending = EXTENDING.replace('@key(fields: "no")', keys)
    if "@extends" in keys:
        extending = extending.replace("extend type", "type")
    assert 'graph: B, key: "no"' in composed({"a": HOME, "b": extending})


def test_types_of_one_name_were_shared() -> None:
    text = composed({"a": HOME, "b": EXTENDING.replace("stock: Int", "stock: Of") + "type Of { x: Int }"})
    assert type_of(text, "Of") == "type Of\n  @join__type(graph: A)\n  @join__type(graph: B)\n{\n  x: Int\n}"


def test_what_a_subgraph_of_federation_2_has_alone_is_not_shared_by_one_of_1() -> None:
    found = refused({"a": HOME}, b="type Of { x: Int }")
    assert found == ["INVALID_FIELD_SHARING: Of.x: resolved in a, b, and not @shareable in b"]
    assert refused({"a": HOME}, b="type Of @shareable { x: Int }") == []


def test_an_entitys_field_is_shared_where_another_resolves_it() -> None:
    both = 'type Shop @key(fields: "no") { no: Int! name: String }'
    assert "  name: String\n" in type_of(composed({"a": HOME.replace("of: Of", ""), "b": both}), "Shop")


def test_external_fields_that_nothing_uses_leave() -> None:
    text = composed({"a": HOME, "b": EXTENDING.replace("stock: Int", "name: String @external stock: Int")})
    assert "name: String @join__field(graph: A)\n" in text


def test_what_is_required_is_external_and_what_is_not_was_passed_over() -> None:
    b = EXTENDING.replace("stock: Int", 'name: String @external here: Int stock: Int @requires(fields: "name here")')
    assert 'stock: Int @join__field(graph: B, requires: "name")' in composed({"a": HOME, "b": b})


def test_directives_that_meant_nothing_are_passed_over() -> None:
    b = """
    interface I @key(fields: "no") { no: Int! @external x: Int @requires(fields: "no") }
    extend type Shop implements I @key(fields: "no") @external {
      no: Int! @external x: Int stock: Int @provides(fields: "nothing")
    }
    """
    text = composed({"a": HOME, "b": b})
    assert "stock: Int @join__field(graph: B)\n" in text
    assert "interface I\n  @join__type(graph: B)\n{\n  no: Int!\n  x: Int\n}" in text


def test_a_tag_on_an_external_field_that_its_home_tags_says_nothing_more() -> None:
    a = HOME.replace("name: String", 'name: String @tag(name: "x")')
    b = EXTENDING.replace("stock: Int", 'name: String @external @tag(name: "x") stock: Int @requires(fields: "name")')
    assert 'name: String @join__field(graph: A) @join__field(graph: B, external: true) @tag(name: "x")' in composed(
        {"a": a, "b": b}
    )


@pytest.mark.parametrize(
    ("code", "b"),
    [
        ("EXTENSION_WITH_NO_BASE: b: Nothing", 'extend type Nothing @key(fields: "no") { no: Int }'),
        (
            "TYPE_WITH_ONLY_UNUSED_EXTERNAL: b: Of",
            "type Query { b: Of } extend type Of { x: Int @external }",
        ),
        (
            "PROVIDES_INVALID_FIELDS: b: Query.b",
            'type Query { b: Shop @provides(fields: "of") } type Shop { of: Of } type Of { x: Int }',
        ),
        ("INVALID_GRAPHQL: b: Unknown directive", "type Query { b: Int @shareable }"),
    ],
)
def test_it_refuses(code: str, b: str) -> None:
    found = refused({"a": HOME, "b": b})
    assert any(one.startswith(code) for one in found), found


def test_what_a_schema_defines_itself_counts_as_federations() -> None:
    b = """
    directive @override(from: String!) on FIELD_DEFINITION
    type Shop @key(fields: "no") { no: Int! name: String @override(from: "a") }
    """
    assert 'name: String @join__field(graph: B, override: "a")' in composed({"a": HOME, "b": b})
