"""What several subgraphs' types make, and where they can't be one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.schema.compose import compose
from tests.federation.schema.composing import LINK, composed, refused, type_of

SHOP = 'type Shop @key(fields: "no") { no: Int }'
ROOTS = {"a": "type Query { a: Shop }", "b": "type Query { b: Shop }"}


def both(a: str, b: str) -> dict[str, str]:
    return {"a": f"{ROOTS['a']} {a}", "b": f"{ROOTS['b']} {b}"}


MERGED = {
    "a union has all members": (
        both(
            "type Shop @shareable { of: Of } union Of = X type X @shareable { x: Int }",
            "type Shop @shareable { of: Of } union Of = X | Y type X @shareable { x: Int } type Y { y: Int }",
        ),
        (
            'union Of\n  @join__type(graph: A)\n  @join__unionMember(graph: A, member: "X")\n  @join__type(graph: B)\n'
            '  @join__unionMember(graph: B, member: "X")\n  @join__unionMember(graph: B, member: "Y")\n  = X | Y'
        ),
    ),
    "an enum that is read has all values": (
        both("type Shop @shareable { e: E } enum E { X }", "type Shop @shareable { e: E } enum E { X Y }"),
        "X @join__enumValue(graph: A) @join__enumValue(graph: B)\n  Y @join__enumValue(graph: B)",
    ),
    "an enum that is given has the values that all know": (
        {
            "a": "type Query { q(e: E): Int @shareable } enum E { X }",
            "b": "type Query { q(e: E): Int @shareable } enum E { X Y }",
        },
        (
            "enum E\n  @join__type(graph: A)\n  @join__type(graph: B)\n{\n"
            "  X @join__enumValue(graph: A) @join__enumValue(graph: B)\n}"
        ),
    ),
    "an enum that nobody uses has all values": (
        {"a": "type Query { a: Int } enum E { X }", "b": "enum E { Y }"},
        "X @join__enumValue(graph: A)\n  Y @join__enumValue(graph: B)",
    ),
    "a field may be an interface here and its implementation there": (
        both(
            "type Shop @shareable { i: I } interface I { x: Int } type T implements I @shareable { x: Int }",
            "type Shop @shareable { i: T } type T @shareable { x: Int }",
        ),
        'i: I @join__field(graph: A, type: "I") @join__field(graph: B, type: "T")',
    ),
    "a field may be a union here and its member there": (
        both(
            "type Shop @shareable { i: U! } union U = T type T @shareable { x: Int }",
            "type Shop @shareable { i: T } type T @shareable { x: Int }",
        )
        | {"b": "type Query { b: Shop } type Shop @shareable { i: T! } type T @shareable { x: Int }"},
        'i: U! @join__field(graph: A, type: "U!") @join__field(graph: B, type: "T!")',
    ),
    "a default that only some have is none": (
        {"a": "type Query @shareable { q(x: Int = 1): Int }", "b": "type Query @shareable { q(x: Int): Int }"},
        "q(x: Int): Int",
    ),
    "a hidden input field stays though others lack it": (
        {
            "a": "type Query @shareable { q(in: In): Int } input In { x: Int y: Int @inaccessible }",
            "b": "type Query @shareable { q(in: In): Int } input In { x: Int }",
        },
        "y: Int @join__field(graph: A) @inaccessible",
    ),
    "interfaces are united": (
        both(
            "interface I { no: Int } type Shop implements I @shareable { no: Int }",
            "interface J { no: Int } type Shop implements J @shareable { no: Int }",
        ),
        'type Shop implements I & J\n  @join__type(graph: A)\n  @join__implements(graph: A, interface: "I")',
    ),
    "a scalar is what all call it": (
        {"a": 'type Query { a: D } scalar D @specifiedBy(url: "https://d.example")', "b": "scalar D"},
        'scalar D\n  @join__type(graph: A)\n  @join__type(graph: B)\n  @specifiedBy(url: "https://d.example")',
    ),
    "the first description stands": (
        {
            "a": "type Query { a: Shop } type Shop @shareable { x: Int }",
            "b": '"Sold" type Shop @shareable { "X" x: Int }',
        },
        '"Sold"\ntype Shop\n  @join__type(graph: A)\n  @join__type(graph: B)\n{\n  "X"\n  x: Int\n}',
    ),
    "what most say is deprecated for that reason": (
        {
            "a": 'type Query @shareable { a: Int @deprecated(reason: "old") }',
            "b": 'type Query @shareable { a: Int @deprecated(reason: "new") }',
            "c": 'type Query @shareable { a: Int @deprecated(reason: "new") }',
        },
        'a: Int @deprecated(reason: "new")',
    ),
    "every tag is kept once": (
        {
            "a": 'type Query @shareable { a: Int @tag(name: "x") }',
            "b": 'type Query @shareable { a: Int @tag(name: "x") @tag(name: "y") }',
        },
        'a: Int @tag(name: "x") @tag(name: "y")',
    ),
    "a root type has its usual name": (
        {"a": "schema { query: Q } type Q { a: Q }"},
        "type Query\n  @join__type(graph: A)\n{\n  a: Query\n}",
    ),
    "mutations and subscriptions are roots too": (
        {"a": "type Query { a: Int } type Mutation { do: Int } type Subscription { see: Int }"},
        "type Subscription\n  @join__type(graph: A)\n{\n  see: Int\n}",
    ),
    "every key is said": (
        {"a": 'type Query { a: Shop } type Shop @key(fields: "no") @key(fields: "of { no }") { no: Int of: Shop }'},
        'type Shop\n  @join__type(graph: A, key: "no")\n  @join__type(graph: A, key: "of { no }")\n{',
    ),
    "a key of an extension says so": (
        both(SHOP, 'extend type Shop @key(fields: "no") { no: Int @external x: Int }'),
        '@join__type(graph: B, key: "no", extension: true)',
    ),
    "what a field requires and brings is said": (
        {
            "a": f'type Query {{ a: Shop @provides(fields: "name") }} {SHOP[:-1]} name: String @external x: Int @requires(fields: "name") }}',
            "b": f"{SHOP[:-1]} name: String @shareable }}",
        },
        'x: Int @join__field(graph: A, requires: "name")',
    ),
    "the larger cost counts": (
        {
            "a": "type Query @shareable { a: Int @cost(weight: 2) }",
            "b": "type Query @shareable { a: Int @cost(weight: 5) }",
        },
        "a: Int @cost(weight: 5)",
    ),
    "a list may be as long as any says": (
        {
            "a": 'type Query @shareable { a(x: Int): [Int] @listSize(assumedSize: 2, slicingArguments: ["x"]) }',
            "b": "type Query @shareable { a(x: Int): [Int] @listSize(assumedSize: 9, requireOneSlicingArgument: false) }",
        },
        '@listSize(requireOneSlicingArgument: false, assumedSize: 9, slicingArguments: ["x"])',
    ),
    "a list is sliced by what all subgraphs take": (
        {
            "a": 'type Query @shareable { a(x: Int, y: Int): [Int] @listSize(slicingArguments: ["x", "y"]) }',
            "b": 'type Query @shareable { a(x: Int): [Int] @listSize(slicingArguments: ["x"]) }',
        },
        'slicingArguments: ["x"]',
    ),
    "an input of which one is given stays one": (
        {"a": "type Query { q(in: In): Int } input In @oneOf { x: Int y: Int }"},
        "input In\n  @join__type(graph: A)\n  @oneOf\n{",
    ),
}


@pytest.mark.parametrize("rule", MERGED)
def test_it_merges(rule: str) -> None:
    subgraphs, expected = MERGED[rule]
    assert expected in composed(**subgraphs)


@pytest.mark.parametrize("rule", MERGED)
def test_the_order_of_subgraphs_does_not_matter(rule: str) -> None:
    subgraphs, _ = MERGED[rule]
    assert composed(**dict(reversed(subgraphs.items()))) == composed(**subgraphs)


REFUSED = {
    "INVALID_GRAPHQL: a: String is a scalar of GraphQL's": {
        "a": "type Query { a: String } type String { x: Int }",
    },
    "TYPE_KIND_MISMATCH: T: object in a, interface in b": {
        "a": "type Query { a: T } type T { x: Int }",
        "b": "interface T { x: Int }",
    },
    "FIELD_TYPE_MISMATCH: Shop.i: T in a, I in b": both(
        "type Shop @shareable { i: T } type T { x: Int }", "type Shop @shareable { i: I } interface I { x: Int }"
    ),
    "FIELD_TYPE_MISMATCH: Shop.i: [Int!] in a, [Int]! in b": both(
        "type Shop @shareable { i: [Int!] }", "type Shop @shareable { i: [Int]! }"
    ),
    "FIELD_TYPE_MISMATCH: In.x: Int in a, String in b": {
        "a": "type Query { q(in: In): Int } input In { x: Int }",
        "b": "input In { x: String }",
    },
    "ENUM_VALUE_MISMATCH: E.Y: only in b": {
        "a": "type Query { q(e: E): E } enum E { X }",
        "b": "enum E { X Y }",
    },
    "EMPTY_MERGED_ENUM_TYPE: E": {"a": "type Query { q(e: E): Int } enum E { X }", "b": "enum E { Y }"},
    "EXTENSION_WITH_NO_BASE: a: Shop": {"a": "type Query { a: Shop } extend type Shop { x: Int }"},
    "INTERFACE_FIELD_NO_IMPLEM: T.y": {
        "a": "type Query { a: I } interface I { x: Int y: Int } type S implements I { x: Int y: Int }",
        "b": "interface I { x: Int } type T implements I { x: Int }",
    },
    "INVALID_FIELD_SHARING: a: Subscription.see": {
        "a": "type Query { a: Int } type Subscription { see: Int @shareable }"
    },
    "NO_QUERIES: no subgraph": {"a": "type Mutation { do: Int }"},
    "INVALID_SUBGRAPH_NAME: '_'": {"_": "type Query { a: Int }"},
    "ROOT_QUERY_USED: a: the type Query": {"a": "schema { query: Q } type Q { a: Int } type Query { b: Int }"},
    "ROOT_MUTATION_USED: a": {
        "a": "schema { query: Query mutation: M } type Query { a: Int } type M { b: Int } type Mutation { b: Int }"
    },
    "ROOT_SUBSCRIPTION_USED: a": {
        "a": "schema { query: Query subscription: S } type Query { a: Int } type S { b: Int } type Subscription { b: Int }"
    },
    "REQUIRES_INVALID_FIELDS: a: Shop.x": {
        "a": f'type Query {{ a: Shop }} {SHOP[:-1]} y(z: Int): Int @external x: Int @requires(fields: "y(z: 1)") }}',
        "b": f"{SHOP[:-1]} y(z: Int): Int @shareable }}",
        "c": f"{SHOP[:-1]} y: Int @shareable }}",
    },
    "INVALID_GRAPHQL: a: Query.a: @tag(name:): 1 is no String!": {"a": "type Query { a: Int @tag(name: 1) }"},
    "INVALID_GRAPHQL: a: Type T must define": {"a": "type Query { a: I } interface I { x: Int } type T implements I"},
    "INVALID_GRAPHQL: a: Unknown directive '@nobody'": {"a": "type Query { a: Int @nobody }"},
    "UNSUPPORTED: a: T: @context": {"a": 'type Query { a: T } type T @context(name: "c") { x: Int }'},
    "UNSUPPORTED: a: T.x(y:): @fromContext": {
        "a": 'type Query { a: T } type T { x(y: Int @fromContext(field: "$c { no }")): Int }'
    },
    "UNSUPPORTED: a: Query.a: @governed would be lost": {
        "a": "directive @governed(level: Int!) on FIELD_DEFINITION type Query { a: Int @governed(level: 1) }"
    },
}


@pytest.mark.parametrize("refusal", REFUSED)
def test_it_refuses(refusal: str) -> None:
    found = refused(**REFUSED[refusal])
    assert any(one.startswith(refusal) for one in found), found


def test_a_directive_of_no_specification_stays_in_its_subgraph() -> None:
    text = composed(a="directive @mine(x: Nothing) on FIELD_DEFINITION type Query { a: Int @mine(x: 1) }")
    assert "@mine" not in text


def test_a_directive_for_operations_is_what_all_subgraphs_know() -> None:
    live = "directive @live(each: Int, {}) repeatable on QUERY | FIELD type Query {{ {}: Int }}"
    text = compose({"a": LINK + live.format("max: Int", "a"), "b": LINK + live.format("", "b").replace("QUERY | ", "")})
    assert "directive @live(each: Int) repeatable on FIELD\n" in text
    assert "@live" not in compose({"a": LINK + live.format("max: Int", "a"), "b": LINK + "type Query { b: Int }"})


def test_urls_are_where_subgraphs_answer() -> None:
    text = compose({"a": "type Query { a: Int }", "b": "type Query { b: Int }"}, {"a": "https://a.example/graphql"})
    assert 'A @join__graph(name: "a", url: "https://a.example/graphql")' in text
    assert 'B @join__graph(name: "b", url: "tongguan:b")' in text


def test_a_composed_directive_can_be_renamed() -> None:
    sdl = """
    extend schema @link(url: "https://g.example/g/v1.0", import: [{name: "@level", as: "@grade"}])
      @composeDirective(name: "@grade")
    directive @grade(of: Int!) on FIELD_DEFINITION
    type Query { a: Int @grade(of: 1) }
    """
    text = compose({"a": LINK + sdl})
    assert '@link(url: "https://g.example/g/v1.0", import: [{name: "@level", as: "@grade"}])' in text
    assert "a: Int @grade(of: 1)" in text


NAMES = "abcdef"


@given(st.lists(st.sampled_from("xyz"), min_size=len(NAMES), max_size=len(NAMES)), st.permutations("xyz"))
def test_a_subgraph_that_is_split_says_the_same(homes: list[str], order: list[str]) -> None:
    """One entity's fields in one subgraph or spread over three: the same type, with other joins."""
    key = 'type Shop @key(fields: "no") {{ no: Int {} }}'
    whole = {"x": "type Query { a: Shop }" + key.format(" ".join(f"{name}: Int" for name in NAMES))}
    split = {
        home: key.format(" ".join(f"{name}: Int" for name, of in zip(NAMES, homes, strict=True) if of == home))
        for home in order
    }
    split["x"] += "type Query { a: Shop }"
    assert bare(type_of(composed(**split), "Shop")) == bare(type_of(composed(**whole), "Shop"))


def bare(text: str) -> list[str]:
    """The lines of a type without its joins, in order."""
    return sorted(
        re.sub(r" *@join__\w+\([^)]*\)", "", line) for line in text.splitlines() if not line.startswith("  @")
    )
