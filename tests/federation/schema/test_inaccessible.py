from __future__ import annotations

import pytest

from tests.federation.schema.composing import composed, refused

WRONG = {
    "QUERY_ROOT_TYPE_INACCESSIBLE: Query": "type Query @inaccessible { a: Int }",
    "ONLY_INACCESSIBLE_CHILDREN: E": "type Query { a: E } enum E { X @inaccessible }",
    "ONLY_INACCESSIBLE_CHILDREN: In": "type Query { a(in: In): Int } input In { x: Int @inaccessible }",
    "ONLY_INACCESSIBLE_CHILDREN: U": "type Query { a: U } union U = T type T @inaccessible { x: Int }",
    "REFERENCED_INACCESSIBLE: In.x": "type Query { a(in: In): Int } input In { x: E y: Int } enum E @inaccessible { X }",
    "REQUIRED_INACCESSIBLE: Query.a(x:)": "type Query { a(x: Int! @inaccessible): Int }",
    "REQUIRED_INACCESSIBLE: In.x": "type Query { a(in: In): Int } input In { x: Int! @inaccessible y: Int }",
    "DEFAULT_VALUE_USES_INACCESSIBLE: Query.a(e:)": "type Query { a(e: E = X): Int } enum E { X @inaccessible Y }",
    "DEFAULT_VALUE_USES_INACCESSIBLE: Query.a(in:)": (
        "type Query { a(in: In = {x: 1}): Int } input In { x: Int @inaccessible y: Int }"
    ),
    "DEFAULT_VALUE_USES_INACCESSIBLE: In.e": (
        "type Query { a(in: In): Int } input In { e: [E] = [X] } enum E { X @inaccessible Y }"
    ),
    "IMPLEMENTED_BY_INACCESSIBLE: T.x(y:)": (
        "type Query { a: I } interface I { x(y: Int): Int } type T implements I { x(y: Int @inaccessible): Int }"
    ),
}


@pytest.mark.parametrize("code", WRONG)
def test_it_refuses(code: str) -> None:
    found = refused(a=WRONG[code], b="type Query { b: Int }")
    assert any(one.startswith(code) for one in found), found


@pytest.mark.parametrize(
    "sdl",
    [
        "type Query { a(x: Int @inaccessible): Int }",
        "type Query { a(x: Int! = 1 @inaccessible): Int }",
        "type Query { a(e: E = Y): Int } enum E { X @inaccessible Y }",
        "type Query { a: I } interface I { x: Int @inaccessible y: Int } type T implements I { x: Int @inaccessible y: Int }",
        (
            "type Query { a: I } interface I { y: Int } interface J @inaccessible { x: Int } "
            "type T implements I & J { x: Int @inaccessible y: Int }"
        ),
        "type Query { a: Int b: T @inaccessible } type T @inaccessible { x: Int }",
    ],
)
def test_it_composes(sdl: str) -> None:
    assert "@inaccessible" in composed(a=sdl)
