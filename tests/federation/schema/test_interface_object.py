from __future__ import annotations

import pytest

from tests.federation.schema.composing import composed, refused, type_of

WHOLE = """
type Query { i: I }
interface I @key(fields: "no") { no: Int }
type T implements I @key(fields: "no") { no: Int }
"""
STANDING = 'type I @interfaceObject @key(fields: "no") { no: Int name(x: Int): String @tag(name: "t") }'


def test_an_object_has_what_an_interface_object_adds() -> None:
    text = composed(a=WHOLE, b=STANDING)
    assert '@join__type(graph: B, key: "no", isInterfaceObject: true)' in type_of(text, "I")
    assert 'name(x: Int): String @join__field(graph: B) @tag(name: "t")' in type_of(text, "I")
    assert 'name(x: Int): String @join__field @tag(name: "t")' in type_of(text, "T")


def test_several_subgraphs_may_add_the_same_where_they_share_it() -> None:
    found = refused(a=WHOLE, b=STANDING, c=STANDING)
    assert any(one.startswith("INVALID_FIELD_SHARING: T.name: resolved in b, c") for one in found), found
    shared = STANDING.replace("@tag", "@shareable @tag")
    assert refused(a=WHOLE, b=shared, c=shared) == []


@pytest.mark.parametrize(
    ("code", "a", "b"),
    [
        (
            "INTERFACE_OBJECT_USAGE_ERROR: b: I: @interfaceObject, and no",
            WHOLE.replace("interface I", "interface J").replace("implements I", "implements J").replace("i: I", "i: J"),
            STANDING,
        ),
        (
            "INTERFACE_OBJECT_USAGE_ERROR: b: I: @interfaceObject beside T",
            WHOLE,
            STANDING + 'type T @key(fields: "no") { no: Int }',
        ),
        ("TYPE_KIND_MISMATCH: I: interface in a, object in b", WHOLE, STANDING.replace("@interfaceObject", "")),
        (
            "INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE: a: I has a resolvable key, and lacks S",
            WHOLE,
            "interface I { no: Int } type S implements I { no: Int }",
        ),
    ],
)
def test_it_refuses(code: str, a: str, b: str) -> None:
    found = refused(a=a, b=b)
    assert any(one.startswith(code) for one in found), found


def test_all_subgraphs_are_of_federation_2() -> None:
    found = refused({"old": "type Query { old: Int }"}, a=WHOLE, b=STANDING)
    assert found == ["INTERFACE_OBJECT_USAGE_ERROR: @interfaceObject in b needs Federation v2 in old too"]
