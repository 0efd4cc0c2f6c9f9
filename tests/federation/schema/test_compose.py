from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
from graphql import build_schema, validate_schema

from federation.schema.compose import CompositionFailedError, compose
from federation.schema.subgraph import describe
from tests.federation.schema.acts import DESK
from tests.federation.schema.catalogue import DELIVERY, HEALTH, POPULATION

IMPORTS = '["@key", "@shareable", "@inaccessible", "@composeDirective", "@requires", "@external", "@override"]'
LINK = f'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: {IMPORTS})\n'
SNAPSHOT = Path(__file__).with_name("supergraph.graphql")

DEMO = {
    "population": describe(POPULATION, root_node=True),
    "health": describe(HEALTH),
    "delivery": describe(DELIVERY),
}


def refusals(**subgraphs: str) -> list[tuple[str, str]]:
    with pytest.raises(CompositionFailedError) as failed:
        compose({name: LINK + sdl for name, sdl in subgraphs.items()})
    return [(error.code, error.message) for error in failed.value.errors]


def composed(**subgraphs: str) -> str:
    """The types that the subgraphs declare, without the header."""
    text = compose({name: LINK + sdl for name, sdl in subgraphs.items()})
    return text[text.index("enum join__Graph") :]


def test_the_demo_composes_to_this_text() -> None:
    assert compose(DEMO) == SNAPSHOT.read_text(encoding="utf-8")


def test_the_text_is_a_valid_schema() -> None:
    assert validate_schema(build_schema(compose(DEMO))) == []


@pytest.mark.parametrize("names", list(permutations(DEMO)))
def test_the_text_does_not_depend_on_the_order_of_subgraphs(names: tuple[str, ...]) -> None:
    assert compose({name: DEMO[name] for name in names}) == SNAPSHOT.read_text(encoding="utf-8")


def test_a_shared_field_is_as_weak_as_its_weakest_and_says_how_each_writes_it() -> None:
    text = composed(
        a="type Query { a: Shop } type Shop { name: String! @shareable sizes: [Int!]! @shareable }",
        b="type Query { b: Shop } type Shop @shareable { name: String sizes: [Int]! }",
    )
    assert 'name: String @join__field(graph: A, type: "String!") @join__field(graph: B, type: "String")' in text
    assert 'sizes: [Int]! @join__field(graph: A, type: "[Int!]!") @join__field(graph: B, type: "[Int]!")' in text


def test_inputs_and_arguments_are_intersected_and_as_strict_as_their_strictest() -> None:
    text = composed(
        a="type Query { q(one: Int, two: Int!, in: Filter): Int @shareable } input Filter { x: Int, y: Int }",
        b="type Query { q(two: Int, in: Filter): Int @shareable } input Filter { x: Int! }",
    )
    assert "q(two: Int!, in: Filter): Int\n" in text
    assert "y: Int" not in text
    assert 'x: Int! @join__field(graph: A, type: "Int") @join__field(graph: B, type: "Int!")' in text


def test_extensions_are_folded_and_what_only_serves_federation_is_left_out() -> None:
    text = composed(
        a="""
        type Query { _service: _Service! _entities(representations: [_Any!]!): [_Entity]! }
        extend type Query { a: Shop }
        type Shop
        extend type Shop @key(fields: "no") { no: Int }
        scalar _Any union _Entity = Shop type _Service { sdl: String }
        """
    )
    assert 'type Shop\n  @join__type(graph: A, key: "no", extension: true)\n{\n  no: Int\n}' in text
    assert "type Query\n  @join__type(graph: A)\n{\n  a: Shop\n}" in text
    assert "_Any" not in text
    assert "_Service" not in text


def test_an_unresolvable_key_is_said_so() -> None:
    text = composed(a='type Query { a: Shop } type Shop @key(fields: "no", resolvable: false) { no: Int }')
    assert '@join__type(graph: A, key: "no", resolvable: false)' in text


def test_a_field_hidden_by_one_subgraph_is_hidden() -> None:
    text = composed(
        a="type Query { a: Shop } type Shop @shareable { name: String no: Int }",
        b="type Query { b: Shop } type Shop @shareable { name: String @inaccessible no: Int }",
    )
    assert "  name: String @inaccessible\n" in text


@pytest.mark.parametrize(
    ("link", "key", "hidden"),
    [
        ('import: [{name: "@key", as: "@k"}, {name: "@inaccessible", as: "@key"}]', "k", "key"),
        ("", "federation__key", "federation__inaccessible"),
        ('as: "fed"', "fed__key", "fed__inaccessible"),
    ],
)
def test_federation_directives_are_honoured_by_whatever_name(link: str, key: str, hidden: str) -> None:
    sdl = f"""
    schema @link(url: "https://specs.apollo.dev/federation/v2.0" {link}) {{ query: Query }}
    type Query {{ a: Shop }}
    type Shop @{key}(fields: "no") {{ no: Int secret: Int @{hidden} }}
    """
    text = compose({"a": sdl})
    assert '@join__type(graph: A, key: "no")' in text
    assert "secret: Int @inaccessible" in text


def test_graph_names_are_upper_snake_and_never_the_same() -> None:
    sdl = LINK + "type Query @shareable { a: Int }"
    text = compose({"my-shop": sdl, "my_shop": sdl, "1st": sdl})
    assert '_1ST @join__graph(name: "1st", url: "tongguan:1st")' in text
    assert 'MY_SHOP @join__graph(name: "my-shop", url: "tongguan:my-shop")' in text
    assert 'MY_SHOP_1 @join__graph(name: "my_shop", url: "tongguan:my_shop")' in text


ENTITY = 'type Query { a: Shop } type Shop @key(fields: "no") { no: Int name: String }'

REFUSED = {
    "INVALID_GRAPHQL: a: Syntax Error": {"a": "type Query {"},
    "INVALID_GRAPHQL: a: Unknown type 'Missing'": {"a": "type Query { a: Missing }"},
    "INVALID_GRAPHQL: a: There can be only one type named 'Query'": {
        "a": "type Query { a: Int } type Query { b: Int }"
    },
    "INVALID_GRAPHQL: a: The type of Query.a(x:) must be Input Type": {
        "a": "type Query { a(x: Shop): Int } type Shop { x: Int }"
    },
    "INVALID_LINK_IDENTIFIER: a: @link: 'x'": {"a": 'extend schema @link(url: "x") type Query { a: Int }'},
    "INVALID_LINK_DIRECTIVE_USAGE: a: @link: @key is linked twice": {
        "a": 'extend schema @link(url: "https://x.example/y/v1.0", import: ["@key"]) type Query { a: Int }'
    },
    "TYPE_KIND_MISMATCH: Shop: object in a, enum in b": {
        "a": "type Query { a: Shop } type Shop { x: Int }",
        "b": "enum Shop { X }",
    },
    "FIELD_TYPE_MISMATCH: Shop.x: Int in a, String in b": {
        "a": "type Query { a: Shop } type Shop @shareable { x: Int }",
        "b": "type Shop @shareable { x: String }",
    },
    "FIELD_TYPE_MISMATCH: Shop.x: Int in a, [Int] in b": {
        "a": "type Query { a: Shop } type Shop @shareable { x: Int }",
        "b": "type Shop @shareable { x: [Int] }",
    },
    "INVALID_FIELD_SHARING: Shop.name: resolved in a, b, and not @shareable in b": {
        "a": 'type Query { a: Shop } type Shop @key(fields: "no") { no: Int name: String @shareable }',
        "b": 'type Shop @key(fields: "no") { no: Int name: String }',
    },
    "INVALID_FIELD_SHARING: Query.node": {"a": "type Query { node: Int }", "b": "type Query { node: Int }"},
    "KEY_INVALID_FIELDS: a: Shop: @key(fields: 'nr')": {
        "a": 'type Query { a: Shop } type Shop @key(fields: "nr") { no: Int }'
    },
    "KEY_INVALID_FIELDS: a: Shop: @key(fields: '}')": {
        "a": 'type Query { a: Shop } type Shop @key(fields: "}") { no: Int }'
    },
    "KEY_INVALID_FIELDS: a: Shop: @key(fields: 'of')": {
        "a": 'type Query { a: Shop } type Shop @key(fields: "of") { of: Shop no: Int }'
    },
    "KEY_INVALID_FIELDS_TYPE: a: Shop": {"a": "type Query { a: Shop } type Shop @key(fields: 1) { no: Int }"},
    "KEY_FIELDS_HAS_ARGS: a: Shop": {"a": 'type Query { a: Shop } type Shop @key(fields: "no") { no(x: Int): Int }'},
    "NO_QUERIES: no subgraph": {"a": "type Shop { x: Int }"},
    "REFERENCED_INACCESSIBLE: Query.a: refers to Shop": {
        "a": "type Query { a: Shop } type Shop @inaccessible { x: Int }"
    },
    "REFERENCED_INACCESSIBLE: Query.a(x:): refers to In": {
        "a": "type Query { a(x: In): Int } input In @inaccessible { x: Int }"
    },
    "ONLY_INACCESSIBLE_CHILDREN: Shop": {"a": "type Query { a: Shop } type Shop { x: Int @inaccessible }"},
    "IMPLEMENTED_BY_INACCESSIBLE: Shop.x": {
        "a": "interface I { x: Int } type Query { a: Shop } type Shop implements I { x: Int @inaccessible y: Int }"
    },
    "INTERFACE_FIELD_NO_IMPLEM: Shop.y": {
        "a": "interface I { x: Int } type Query { a: Shop } type Shop implements I { x: Int }",
        "b": "interface I { y: Int }",
    },
    "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH: Query.q(x:)": {
        "a": "type Query @shareable { q(x: Int!): Int }",
        "b": "type Query @shareable { q: Int }",
    },
    "FIELD_ARGUMENT_TYPE_MISMATCH: Query.q(x:)": {
        "a": "type Query @shareable { q(x: Int): Int }",
        "b": "type Query @shareable { q(x: String): Int }",
    },
    "FIELD_ARGUMENT_DEFAULT_MISMATCH: Query.q(x:)": {
        "a": "type Query @shareable { q(x: Int = 1): Int }",
        "b": "type Query @shareable { q(x: Int = 2): Int }",
    },
    "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH: In.x": {
        "a": "type Query { q(in: In): Int } input In { x: Int! y: Int }",
        "b": "input In { y: Int }",
    },
    "INPUT_FIELD_DEFAULT_MISMATCH: In.x": {
        "a": "type Query { q(in: In): Int } input In { x: Int = 1 }",
        "b": "input In { x: Int = 2 }",
    },
    "EMPTY_MERGED_INPUT_TYPE: In": {
        "a": "type Query { q(in: In): Int } input In { x: Int }",
        "b": "input In { y: Int }",
    },
    "ENUM_VALUE_MISMATCH: E.Y: only in a": {
        "a": "type Query { q(e: E): E } enum E { X Y }",
        "b": "enum E { X }",
    },
    "INVALID_GRAPHQL: a: Query is the root for two kinds of operation": {
        "a": "schema { query: Query mutation: Query } type Query { a: Int }"
    },
    "INVALID_GRAPHQL: a: Unknown type 'Nothing'": {"a": "schema { query: Nothing } type Query { a: Int }"},
    "UNSUPPORTED: a: operation definition in a schema": {"a": "type Query { a: Int } query { a }"},
    "UNSUPPORTED: a: https://x.example/lock/v1.0": {
        "a": 'extend schema @link(url: "https://x.example/lock/v1.0", for: SECURITY) type Query { a: Int }'
    },
}


@pytest.mark.parametrize("refusal", REFUSED)
def test_it_refuses(refusal: str) -> None:
    found = [f"{code}: {message}" for code, message in refusals(**REFUSED[refusal])]
    assert any(one.startswith(refusal) for one in found), found


def test_every_subgraph_that_cannot_be_read_is_named() -> None:
    assert [message.partition(":")[0] for _, message in refusals(a="type Query {", b="}", c=ENTITY)] == ["a", "b"]


GOVERNANCE = (
    'extend schema @link(url: "https://g.example/g/v1.0", import: ["@level"]) @composeDirective(name: "@level")'
)
LEVEL = "directive @level(of: Int!) on FIELD_DEFINITION"


def governed(of: str, link: str = GOVERNANCE, definition: str = LEVEL) -> str:
    return f'{link} {definition} type Query {{ {of}: Shop }} type Shop @key(fields: "no") {{ no: Int @level(of: 1) }}'


def test_composed_directives_are_carried_with_their_definition_and_link() -> None:
    text = compose({"a": LINK + governed("a"), "b": LINK + governed("b")})
    assert '@link(url: "https://g.example/g/v1.0", import: ["@level"])' in text
    assert LEVEL in text
    assert "no: Int @level(of: 1)\n" in text


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        (governed("b").replace("(of: 1)", "(of: 2)"), "Shop.no: a, b differ in @level"),
        (governed("b", definition=LEVEL.replace("Int!", "Int")), "@level: defined differently in a and b"),
        (governed("b", link=GOVERNANCE.replace("v1.0", "v1.1")), "@level: of https://g.example/g/v1.0 in a"),
        (
            governed("b", link='extend schema @composeDirective(name: "@level")'),
            "b: @level is composed and imported by",
        ),
        (governed("b") + ' extend schema @composeDirective(name: "@x")', "b: @x is composed and not defined"),
    ],
)
def test_governance_that_subgraphs_do_not_agree_on_is_refused(other: str, problem: str) -> None:
    found = refusals(a=governed("a"), b=other)
    assert any(code == "DIRECTIVE_COMPOSITION_ERROR" and message.startswith(problem) for code, message in found), found


def test_governance_that_is_applied_and_not_composed_is_refused() -> None:
    link = GOVERNANCE.partition("@composeDirective")[0]
    assert refusals(a=governed("a", link=link)) == [
        ("UNSUPPORTED", "a: Shop.no: @level would be lost: compose it with @composeDirective, or leave it out")
    ]


@pytest.mark.parametrize("name", ["inaccessible", "join__field", "deprecated"])
def test_a_composed_directive_may_not_pose_as_the_supergraphs_own(name: str) -> None:
    link = f'extend schema @link(url: "https://g.example/g/v1.0") @federation__composeDirective(name: "@{name}")'
    plain = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3")'
    with pytest.raises(CompositionFailedError, match=f"UNSUPPORTED: a: @{name} composed under this name"):
        compose({"a": f"{plain} {link} directive @{name} on FIELD_DEFINITION type Query {{ a: Int }}"})


# ── acts ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

ACT = """
extend schema @link(url: "https://specs.tongguan.example/governance/v1.0", import: ["@act"])
  @composeDirective(name: "@act")
directive @act(level: Int!) on FIELD_DEFINITION
"""
SHOP = 'type Shop @key(fields: "no") { no: Int }'


def acting(mutation: str, query: str = "a") -> str:
    return f"{ACT} type Query {{ {query}: Int }} {SHOP} {mutation}"


def test_an_exchange_with_acts_composes_to_the_same_text_and_its_acts() -> None:
    text = compose({**DEMO, "desk": describe(DESK)})
    assert "{\n  query: Query\n  mutation: Mutation\n}" in text
    begin = text.index("type Mutation")
    assert text[begin : text.index("\n}\n", begin)] == (
        "type Mutation\n"
        "  @join__type(graph: DESK)\n"
        "{\n"
        '  """中文 · Ask for an agreement"""\n'
        "  proposeAgreement(\n"
        '    """中文 · What is asked for"""\n'
        "    coordinates: [String!]!\n"
        '    """中文 · Where; none named: everywhere"""\n'
        "    areas: [String!]\n"
        '    """中文 · Until when"""\n'
        "    until: DateTime!\n"
        '    """中文 · Whether it goes on"""\n'
        "    renew: Boolean\n"
        '    """中文 · Why"""\n'
        "    reason: String\n"
        "  ): Agreement @act(level: 2)\n"
        '  """中文 · Approve an agreement"""\n'
        "  approveAgreement(\n"
        '    """中文 · Which one"""\n'
        "    id: ID!\n"
        "  ): Agreement @act(level: 3)"
    )
    resident = SNAPSHOT.read_text(encoding="utf-8").partition("type Resident\n")[2].partition("\n}\n")[0]
    assert resident in text


def test_acts_of_several_subgraphs_say_whose_they_are() -> None:
    text = composed(
        a=acting("type Mutation { open: Shop @act(level: 1) }"),
        b=acting("extend type Mutation { close(no: Int!): Shop @act(level: 2) }", query="b"),
    )
    assert "open: Shop @join__field(graph: A) @act(level: 1)" in text
    assert "close(no: Int!): Shop @join__field(graph: B) @act(level: 2)" in text


@pytest.mark.parametrize(
    ("mutation", "code", "problem"),
    [
        ("type Mutation { open: Shop @act(level: 1) }", "INVALID_FIELD_SHARING", "Mutation.open: resolved in a, b"),
        (
            "type Mutation { open: Shop @act(level: 1) @shareable }",
            "UNSUPPORTED",
            "a: Mutation.open: @shareable: an act is done by one subgraph",
        ),
        (
            "type Mutation @shareable { open: Shop @act(level: 1) }",
            "UNSUPPORTED",
            "a: Mutation: @shareable: an act is done by one subgraph",
        ),
        (
            "type Mutation { open: Shop @act(level: 1) } extend type Mutation { close: Shop }",
            "UNSUPPORTED",
            "a: Mutation.close: a field of Mutation without @act",
        ),
    ],
)
def test_an_act_is_done_by_one_subgraph_alone(mutation: str, code: str, problem: str) -> None:
    found = refusals(a=acting(mutation), b=acting(mutation, query="b"))
    assert any(one == code and message.startswith(problem) for one, message in found), found


def test_an_act_that_is_applied_and_not_composed_is_refused() -> None:
    sdl = acting("type Mutation { open: Shop @act(level: 1) }").replace('@composeDirective(name: "@act")', "")
    assert refusals(a=sdl) == [
        ("UNSUPPORTED", "a: Mutation.open: @act would be lost: compose it with @composeDirective, or leave it out")
    ]
