from __future__ import annotations

import pytest

from tests.federation.schema.composing import composed, refused, type_of

A = 'type Query { a: Shop } type Shop @key(fields: "no") { no: Int name: String @override(from: "b") }'
B = 'type Query { b: Shop } type Shop @key(fields: "no") { no: Int name: String }'


def test_a_field_leaves_the_subgraph_that_it_is_taken_from() -> None:
    assert 'name: String @join__field(graph: A, override: "b")\n' in type_of(composed(a=A, b=B), "Shop")


def test_a_field_that_directives_rest_on_stays_and_is_resolved_no_more() -> None:
    b = B.replace("name: String }", "name: String } interface I { name: String } extend type Shop implements I")
    assert (
        'name: String @join__field(graph: A, override: "b") @join__field(graph: B, usedOverridden: true)'
    ) in type_of(composed(a=A, b=b), "Shop")


def test_a_field_can_be_taken_from_a_subgraph_that_has_it_no_more_or_never_was() -> None:
    assert refused(a=A, b=B.replace("name: String", "")) == []
    assert refused(a=A.replace('"b"', '"gone"'), b=B.replace("name: String", "")) == []


WRONG = {
    "OVERRIDE_FROM_SELF_ERROR": {"a": A.replace('"b"', '"a"'), "b": B.replace("name: String", "")},
    "OVERRIDE_SOURCE_HAS_OVERRIDE": {"a": A, "b": B.replace("name: String", 'name: String @override(from: "a")')},
    "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE": {
        "a": A,
        "b": B.replace("name: String", 'name: String @requires(fields: "x") x: Int @external'),
        "c": 'type Shop @key(fields: "no") { no: Int x: Int }',
    },
    "OVERRIDE_ON_INTERFACE": {
        "a": 'type Query { a: I } interface I { name: String @override(from: "b") } type T implements I { name: String }'
    },
    "OVERRIDE_LABEL_INVALID": {"a": A.replace('from: "b"', 'from: "b", label: "percent(200)"'), "b": B},
    "UNSUPPORTED": {"a": A.replace('from: "b"', 'from: "b", label: "percent(20)"'), "b": B},
    "INVALID_FIELD_SHARING": {"a": A.replace('"b"', '"misspelt"'), "b": B},
}


@pytest.mark.parametrize("code", WRONG)
def test_it_refuses(code: str) -> None:
    found = refused(**WRONG[code])
    assert code in {one.partition(":")[0] for one in found}, found
    assert all("name" in one for one in found)


def test_an_interface_object_takes_nothing_over_and_nothing_is_taken_from_it() -> None:
    whole = 'type Query { i: I } interface I @key(fields: "no") { no: Int } type T implements I @key(fields: "no") { no: Int }'
    standing = 'type I @interfaceObject @key(fields: "no") { no: Int name: String }'
    taking = standing.replace("name: String", 'name: String @override(from: "c")')
    code = "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE"
    assert code in refused(a=whole, b=taking, c=standing)[0]
    from_it = 'type T @key(fields: "no") { no: Int name: String @override(from: "b") }'
    assert code in refused(a=whole, b=standing, c=from_it)[0]
