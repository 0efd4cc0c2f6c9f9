"""Every code of what one subgraph can have wrong on its own, and what is right beside it."""

from __future__ import annotations

import pytest

from tests.federation.schema.composing import composed, refused

QUERY = "type Query { a: Shop }"
OTHER = 'type Shop @key(fields: "no") { no: Int name: String @shareable of: Of @shareable } type Of @shareable { x: Int y: Int }'
KEYED = 'type Shop @key(fields: "no") {{ no: Int {} }}'

WRONG = {
    "KEY_INVALID_FIELDS": [
        'type Shop @key(fields: "nr") { no: Int }',
        'type Shop @key(fields: "no {") { no: Int }',
        'type Shop @key(fields: "") { no: Int }',
        'type Shop @key(fields: "of") { no: Int of: Shop }',
        'type Shop @key(fields: "no { x }") { no: Int }',
        'type Shop @key(fields: "a: no") { no: Int }',
        'type Shop @key(fields: "no @unknown") { no: Int }',
        'type Shop @key(fields: "... on Query { a }") { no: Int }',
    ],
    "KEY_INVALID_FIELDS_TYPE": ["type Shop @key(fields: 1) { no: Int }", "type Shop @key(fields: no) { no: Int }"],
    "KEY_FIELDS_HAS_ARGS": ['type Shop @key(fields: "no") { no(x: Int): Int }'],
    "KEY_DIRECTIVE_IN_FIELDS_ARG": ['type Shop @key(fields: "no @include(if: true)") { no: Int }'],
    "KEY_FIELDS_SELECT_INVALID_TYPE": [
        'type Shop @key(fields: "of { x }") { of: I } interface I { x: Int }',
        'type Shop @key(fields: "of { __typename }") { of: U } union U = T type T { x: Int }',
    ],
    "REQUIRES_INVALID_FIELDS": [
        KEYED.format('name: String @requires(fields: "nothing")'),
        KEYED.format('name: String @requires(fields: "no(x: 1)")'),
        KEYED.format('name: String @requires(fields: "")'),
    ],
    "REQUIRES_INVALID_FIELDS_TYPE": [KEYED.format("name: String @requires(fields: 1)")],
    "REQUIRES_FIELDS_MISSING_EXTERNAL": [KEYED.format('name: String @requires(fields: "no")')],
    "REQUIRES_DIRECTIVE_IN_FIELDS_ARG": [
        KEYED.format('x: Int @external name: String @requires(fields: "x @skip(if: true)")')
    ],
    "REQUIRES_UNSUPPORTED_ON_INTERFACE": [
        KEYED.format("i: I")
        + 'interface I { x: Int y: Int @requires(fields: "x") } type T implements I { x: Int y: Int }'
    ],
    "PROVIDES_INVALID_FIELDS": [KEYED.format('of: Of @provides(fields: "z")') + "type Of { x: Int }"],
    "PROVIDES_INVALID_FIELDS_TYPE": [KEYED.format("of: Of @provides(fields: 1)") + "type Of { x: Int }"],
    "PROVIDES_FIELDS_MISSING_EXTERNAL": [KEYED.format('of: Of @provides(fields: "x")') + "type Of { x: Int }"],
    "PROVIDES_FIELDS_HAS_ARGS": [
        KEYED.format('of: Of @provides(fields: "x")') + "type Of { x(z: Int): Int @external y: Int }"
    ],
    "PROVIDES_DIRECTIVE_IN_FIELDS_ARG": [
        KEYED.format('of: Of @provides(fields: "x @skip(if: true)")') + "type Of { x: Int @external y: Int }"
    ],
    "PROVIDES_ON_NON_OBJECT_FIELD": [KEYED.format('name: String @provides(fields: "x")')],
    "PROVIDES_UNSUPPORTED_ON_INTERFACE": [
        KEYED.format("i: I")
        + 'interface I { of: Of @provides(fields: "x") } type T implements I { of: Of } type Of { x: Int }'
    ],
    "EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE": [
        KEYED.format('of: Of @external @provides(fields: "x")') + "type Of { x: Int @external y: Int }"
    ],
    "EXTERNAL_UNUSED": [KEYED.format("name: String @external")],
    "EXTERNAL_ON_INTERFACE": [KEYED.format("i: I") + "interface I { x: Int @external } type T implements I { x: Int }"],
    "INVALID_SHAREABLE_USAGE": [
        KEYED.format("i: I") + "interface I { x: Int @shareable } type T implements I { x: Int }",
        KEYED.format("x: Int @shareable @shareable"),
        "type Shop @shareable @shareable { x: Int }",
    ],
    "INTERFACE_KEY_NOT_ON_IMPLEMENTATION": [
        'type Shop { i: I } interface I @key(fields: "x") { x: Int } type T implements I { x: Int }',
        (
            'type Shop { i: I } interface I @key(fields: "x") { x: Int } '
            'type T implements I @key(fields: "x", resolvable: false) { x: Int }'
        ),
    ],
    "INTERFACE_OBJECT_USAGE_ERROR": ["type Shop @interfaceObject { no: Int }"],
    "AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE": [
        KEYED.format("i: I") + "interface I @authenticated { x: Int } type T implements I { x: Int }",
        KEYED.format("i: I") + 'interface I { x: Int @requiresScopes(scopes: [["a"]]) } type T implements I { x: Int }',
    ],
    "COST_APPLIED_TO_INTERFACE_FIELD": [
        KEYED.format("i: I") + "interface I { x: Int @cost(weight: 1) } type T implements I { x: Int }"
    ],
    "LIST_SIZE_APPLIED_TO_NON_LIST": [
        KEYED.format("name: String @listSize(assumedSize: 1)"),
        KEYED.format('of: Of @listSize(sizedFields: ["x"])') + "type Of { x: Int }",
    ],
    "LIST_SIZE_INVALID_ASSUMED_SIZE": [KEYED.format("name: [String] @listSize(assumedSize: -1)")],
    "LIST_SIZE_INVALID_SLICING_ARGUMENT": [
        KEYED.format('name(x: String): [String] @listSize(slicingArguments: ["x"])'),
        KEYED.format('name: [String] @listSize(slicingArguments: ["x"])'),
    ],
    "LIST_SIZE_INVALID_SIZED_FIELD": [KEYED.format('of: Of @listSize(sizedFields: ["z"])') + "type Of { x: Int }"],
    "DIRECTIVE_DEFINITION_INVALID": [
        KEYED.format("") + "directive @key(fields: String!) on FIELD",
        KEYED.format("") + "directive @key on OBJECT",
        KEYED.format("") + "directive @key(fields: Mine!) repeatable on OBJECT scalar Mine",
        KEYED.format("") + "directive @key(fields: String!, more: Int) repeatable on OBJECT",
        KEYED.format("") + "directive @key(fields: String!, resolvable: Boolean = false) repeatable on OBJECT",
        KEYED.format("") + "directive @external repeatable on OBJECT",
        KEYED.format("") + "directive @requiresScopes(scopes: [String!]!) on OBJECT",
    ],
    "TYPE_DEFINITION_INVALID": [KEYED.format("") + "type federation__FieldSet { x: Int }"],
}


@pytest.mark.parametrize(
    ("code", "sdl"), [(code, sdl) for code, each in WRONG.items() for sdl in each], ids=lambda value: str(value)[:60]
)
def test_it_refuses(code: str, sdl: str) -> None:
    found = refused(a=f"{QUERY} {sdl}", b=OTHER if "type Of" in sdl or "name" in sdl else "type Query { b: Int }")
    assert code in {one.partition(":")[0] for one in found}, found
    assert all(one.partition(": ")[2].startswith("a: ") for one in found), found


RIGHT = [
    'type Shop @key(fields: "no", resolvable: false) { no: Int }',
    'type Shop @key(fields: "of { no } no") { no: Int of: Shop }',
    'type Shop @key(fields: "of { no }") { no: Int of: [Shop!]! }',
    'type Shop @key(fields: "no") { no: [Int!]! }',
    'type Shop @key(fields: "no") @shareable { no: Int } extend type Shop @shareable { x: Int }',
    (
        'type Shop { i: I } interface I @key(fields: "x y") { x: Int y: Int } '
        'type T implements I @key(fields: "y x") { x: Int y: Int }'
    ),
    'directive @key(fields: [String!]!, resolvable: Boolean = true) repeatable on OBJECT type Shop @key(fields: "no") { no: Int }',
    "directive @external on OBJECT | FIELD_DEFINITION directive @mine(x: Int = 1) on OBJECT type Shop { no: Int }",
    'type Shop { no(first: Int): [Int] @listSize(slicingArguments: ["first"], assumedSize: 10) }',
    'type Shop { of: Of @listSize(sizedFields: ["x"]) } type Of { x: [Int] }',
]


@pytest.mark.parametrize("sdl", RIGHT)
def test_it_composes(sdl: str) -> None:
    assert "Shop" in composed(a=f"{QUERY} {sdl}")


def test_a_key_of_an_interface_needs_a_later_version() -> None:
    sdl = """
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.2", import: ["@key"])
    type Query { i: I } interface I @key(fields: "x") { x: Int } type T implements I @key(fields: "x") { x: Int }
    """
    assert refused({"a": sdl}) == [
        "KEY_UNSUPPORTED_ON_INTERFACE: a: I: @key(fields: 'x'): a key of an interface needs Federation v2.3"
    ]
    assert refused({"a": sdl.replace("v2.2", "v2.3")}) == []
