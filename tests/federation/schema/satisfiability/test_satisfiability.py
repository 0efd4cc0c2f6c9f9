"""What can be had on every path, and what can't: with an example and the reasons."""

from __future__ import annotations

import random
from time import process_time

import pytest

from federation.schema.compose import compose
from tests.federation.schema.composing import LINK, refused

HOME = 'type Query { a: Shop } type Shop @key(fields: "no") { no: Int }'
MORE = 'type Shop @key(fields: "no") { no: Int name: String }'

SATISFIED = {
    "by a key": {"a": HOME, "b": MORE},
    "by a key of a key": {
        "a": HOME,
        "b": 'type Shop @key(fields: "no") @key(fields: "code") { no: Int code: Int }',
        "c": 'type Shop @key(fields: "code") { code: Int name: String }',
    },
    "by a key that two subgraphs know in part": {
        "a": HOME,
        "b": 'type Shop @key(fields: "no") { no: Int x: Int @shareable }',
        "c": 'type Shop @key(fields: "no") { no: Int y: Int @shareable }',
        "d": 'type Shop @key(fields: "x y") { x: Int y: Int name: String }',
    },
    "by a nested key": {
        "a": "type Query { a: Shop } type Shop { of: Of @shareable } type Of { x: Int @shareable }",
        "b": 'type Shop @key(fields: "of { x }") { of: Of name: String } type Of { x: Int @shareable }',
    },
    "by a nested key whose inner field is elsewhere": {
        "a": 'type Query { a: Shop } type Shop { of: Of @shareable } type Of @key(fields: "id") { id: Int }',
        "b": 'type Of @key(fields: "id") { id: Int x: Int @shareable }',
        "c": 'type Shop @key(fields: "of { x }") { of: Of name: String } type Of @key(fields: "x") { x: Int }',
    },
    "by the root, wherever it is met": {
        "a": "type Query { a: Shop } type Shop { query: Query }",
        "b": "type Query { b: Int }",
    },
    "by a shared root": {
        "a": "type Query { v: V @shareable } type V { x: Int }",
        "b": "type Query { v: V @shareable } type V { y: Int }",
    },
    "by what is provided": {
        "a": 'type Query { a: Shop @provides(fields: "name") } type Shop @key(fields: "no", resolvable: false) { no: Int name: String @external }',
        "b": 'type Shop @key(fields: "no", resolvable: false) { no: Int name: String @shareable }',
    },
    "by what is provided of one of a union": {
        "a": 'type Query { a: U @provides(fields: "... on S { name }") } union U = S | T type S { name: String @external x: Int @shareable } type T { y: Int }',
        "b": "type S { name: String @shareable x: Int @shareable }",
    },
    "by what is provided at several depths": {
        "a": """
            type Query { a: T @provides(fields: "u { v { x } }") b: T }
            type T @key(fields: "id") { id: Int u: U @shareable @provides(fields: "v { y }") }
            type U { v: V @external w: Int @shareable }
            type V { x: Int @external y: Int @external z: Int @shareable }
            """,
        "b": """
            type T @key(fields: "id") { id: Int u: U @shareable }
            type U { v: V @shareable w: Int @shareable }
            type V { x: Int @shareable y: Int @shareable z: Int @shareable }
            """,
    },
    "by what is required of others": {
        "a": HOME,
        "b": MORE,
        "c": 'type Shop @key(fields: "no") { no: Int name: String @external label: String @requires(fields: "name") }',
    },
    "by what is required of what requires": {
        "a": HOME,
        "b": 'type Shop @key(fields: "no") { no: Int y: Int @external x: Int @requires(fields: "y") }',
        "c": 'type Shop @key(fields: "no") { no: Int z: Int @external y: Int @requires(fields: "z") }',
        "d": 'type Shop @key(fields: "no") { no: Int z: Int }',
    },
    "by what is required of each object of an interface": {
        "a": """
            type Query { a: Shop }
            type Shop @key(fields: "no") { no: Int i: I @external label: String @requires(fields: "i { x ... on S { y } }") }
            interface I { x: Int } type S implements I { x: Int @external y: Int @external }
            type T implements I { x: Int @external }
            """,
        "b": """
            type Shop @key(fields: "no") { no: Int i: I } interface I { x: Int }
            type S implements I { x: Int y: Int } type T implements I { x: Int }
            """,
    },
    "through an interface object": {
        "a": 'type Query { i: I } interface I @key(fields: "no") { no: Int } type T implements I @key(fields: "no") { no: Int }',
        "b": 'type Query { j: I } type I @interfaceObject @key(fields: "no") { no: Int name: String }',
    },
    "of an object that only one subgraph can return": {
        "a": "type Query { u: U @shareable } union U = S | T type S @shareable { x: Int } type T { y: Int }",
        "b": "type Query { u: U @shareable } union U = S type S @shareable { x: Int }",
    },
    "where it is hidden": {
        "a": "type Query { v: V @shareable } type V { x: Int @shareable }",
        "b": "type V { x: Int @shareable y: Int @inaccessible }",
    },
    "of a mutation that one of its subgraphs can serve": {
        "a": "type Query { a: Int } type Mutation { do: V @shareable } type V { x: Int @shareable }",
        "b": "type Mutation { do: V @shareable } type V { x: Int @shareable y: Int }",
    },
}


@pytest.mark.parametrize("way", SATISFIED)
def test_it_can_be_had(way: str) -> None:
    assert refused(**SATISFIED[way]) == []


UNSATISFIED = {
    "a type without a key": (
        {"a": "type Query { a: V } type V { x: Int @shareable }", "b": "type V { x: Int @shareable y: Int }"},
        "V.y",
        'cannot move to subgraph "b", which has field "V.y", because type "V" has no @key defined in subgraph "b"',
    ),
    "a key that is not resolvable": (
        {"a": HOME, "b": MORE.replace('"no")', '"no", resolvable: false)')},
        "Shop.name",
        'because no @key of "Shop" is resolvable in subgraph "b"',
    ),
    "a key that nobody on the way knows": (
        {"a": HOME, "b": 'type Shop @key(fields: "code") { code: Int name: String }'},
        "Shop.code",
        'cannot move to subgraph "b" using @key(fields: "code") of "Shop", the key field(s) cannot be resolved',
    ),
    "keys that need each other": (
        {
            "a": "type Query { a: Shop } type Shop { x: Int @shareable }",
            "b": 'type Shop @key(fields: "p") { p: Int x: Int @shareable q: Int @shareable }',
            "c": 'type Shop @key(fields: "q") { q: Int p: Int @shareable }',
        },
        "Shop.p",
        "the key field(s) cannot be resolved",
    ),
    "fields that require each other": (
        {
            "a": HOME,
            "b": 'type Shop @key(fields: "no") { no: Int y: Int @external x: Int @requires(fields: "y") }',
            "c": 'type Shop @key(fields: "no") { no: Int x: Int @external y: Int @requires(fields: "x") }',
        },
        "Shop.x",
        'cannot satisfy @requires conditions on field "Shop.x"',
    ),
    "what is required, from the subgraph on that requires it": (
        {
            "a": 'type Query { a: Shop } type Shop @key(fields: "id") { id: Int k: Int @shareable }',
            "b": 'type Shop @key(fields: "k") { k: Int id: Int @external x: Int @requires(fields: "id") }',
        },
        "Shop.x",
        'cannot satisfy @requires conditions on field "Shop.x"',
    ),
    "an external field": (
        {
            "a": 'type Query { a: Shop } type Shop { name: String @external x: Int @requires(fields: "name") }',
            "b": "type Shop { name: String }",
        },
        "Shop.name",
        'field "Shop.name" is not resolvable because marked @external',
    ),
    "a field that is required, and no key to come back by": (
        {
            "a": "type Query { a: Shop } type Shop { of: Of } "
            'type Of @key(fields: "no", resolvable: false) { no: Int y: Int @external x: Int @requires(fields: "y") }',
            "b": 'type Of @key(fields: "no") { no: Int y: Int }',
        },
        "Of.x",
        "or not ask the subgraph again with what they say",
    ),
    "which object an interface object is": (
        {
            "a": 'type Query { i: I } interface I @key(fields: "no", resolvable: false) { no: Int } '
            'type T implements I @key(fields: "no", resolvable: false) { no: Int }',
            "b": 'type Query { j: I } type I @interfaceObject @key(fields: "no") { no: Int name: String }',
        },
        "I.__typename",
        "does not know which object a value is",
    ),
    "below what is provided at several depths": (
        {
            "a": """
                type Query { a: T @provides(fields: "u { v { x } }") }
                type T @key(fields: "id") { id: Int u: U @shareable @provides(fields: "v { y }") }
                type U { v: V @external w: Int @shareable }
                type V { x: Int @external y: Int @external z: Int @shareable }
                """,
            "b": """
                type T @key(fields: "id") { id: Int u: U @shareable }
                type U { v: V @shareable w: Int @shareable }
                type V { x: Int @shareable y: Int @shareable z: Int @shareable }
                """,
            "c": "type V { z: Int @shareable alone: Int }",
        },
        "V.alone",
        'because type "V" has no @key defined in subgraph "c"',
    ),
    "below a mutation": (
        {
            "a": "type Query { a: Int } type Mutation { do(n: Int!, s: [S!]!): V } enum S { X } type V { x: Int @shareable }",
            "b": "type V { x: Int @shareable y: Int }",
        },
        "V.y",
        "mutation {\n  do(n: 0, s: []) {\n    y\n  }\n}",
    ),
    "below a subscription": (
        {
            "a": "type Query { a: Int } type Subscription { see: V } type V { x: Int @shareable }",
            "b": "type V { x: Int @shareable y: Int }",
        },
        "V.y",
        "subscription {\n  see {\n    y\n  }\n}",
    ),
    "within a union": (
        {
            "a": "type Query { a: U } union U = S | T type S { x: Int @shareable } type T { z: Int }",
            "b": "type S { x: Int @shareable y: V } type V { z: Int }",
        },
        "S.y",
        "{\n  a {\n    ... on S {\n      y {\n        ...\n      }\n    }\n  }\n}",
    ),
}


@pytest.mark.parametrize("way", UNSATISFIED)
def test_it_can_not_be_had(way: str) -> None:
    subgraphs, coordinate, reason = UNSATISFIED[way]
    found = refused(**subgraphs)
    assert any(one.startswith(f"SATISFIABILITY_ERROR: {coordinate}: ") and reason in one for one in found), found


def test_a_field_is_said_once_with_an_operation_and_why_each_subgraph_can_not_serve_it() -> None:
    a = "type Query { a: V b: V c: [V] } type V { x: Int @shareable }"
    (found,) = refused(a=a, b="type V { x: Int @shareable y: Int }")
    assert found == (
        "SATISFIABILITY_ERROR: V.y: the following query can't be satisfied by the subgraphs:\n"
        "{\n  a {\n    y\n  }\n}\n"
        "because:\n"
        '- from subgraph "a":\n'
        '  - cannot find field "V.y".\n'
        '  - cannot move to subgraph "b", which has field "V.y", because type "V" has no @key defined in subgraph "b".'
    )


def test_a_shared_field_returns_the_same_everywhere() -> None:
    a = "type Query { u: U @shareable } union U = S type S { x: Int }"
    b = "type Query { u: U @shareable } union U = T type T { x: Int }"
    (found,) = refused(a=a, b=b)
    assert found.startswith("SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES: Query.u: no object can be returned by all")
    assert "in a S; in b T" in found


def made(subgraphs: int, types: int) -> dict[str, str]:
    """Departments' subgraphs: entities with a home, extended here and there, referring to each other at random, and
    one that every subgraph extends.
    """
    chance = random.Random(1)
    names = [f"s{number:03}" for number in range(subgraphs)]
    fields: dict[str, dict[str, list[str]]] = {name: {} for name in names}
    for number in range(types):
        home = names[number % subgraphs]
        own = " ".join(f"f{at}: String" for at in range(8))
        fields[home].setdefault(f"T{number}", []).append(own)
        for other in {*chance.sample(names, chance.randint(0, 3))} - {home}:
            fields[other].setdefault(f"T{number}", []).append(f"g_{other}: Int")
    made: dict[str, str] = {}
    for name, known in fields.items():
        for at, type_ in enumerate(list(known)):
            known[type_] += [f"r{each}_{at}_{name}: T{chance.randrange(types)}" for each in range(2)]
        referred = {
            word.rpartition("T")[2] for each in known.values() for one in each for word in [one] if ": T" in one
        }
        body = [f'type {type_} @key(fields: "id") {{ id: ID! {" ".join(each)} }}' for type_, each in known.items()]
        body += [
            f'type T{each} @key(fields: "id", resolvable: false) {{ id: ID! }}'
            for each in sorted(referred)
            if f"T{each}" not in known
        ]
        body.append(f'type Hub @key(fields: "no") {{ no: ID! h_{name}: String }}')
        roots = " ".join(f"q{type_}_{name}: [{type_}!]!" for type_ in list(known)[:3])
        made[name] = f"{LINK} type Query {{ hub_{name}: Hub {roots} }} " + "\n".join(body)
    return made


def test_many_subgraphs_compose() -> None:
    assert "h_s011: String @join__field(graph: S011)" in compose(made(12, 60))


@pytest.mark.whole
def test_a_whole_city_composes_in_seconds() -> None:
    """210 systems and 1,150 types: what is remembered are types and places, and not the paths that lead there."""
    subgraphs, before = made(210, 1150), process_time()
    assert compose(subgraphs).count("\ntype T") == 1150
    assert process_time() - before < 20


def test_keys_that_lead_everywhere_are_not_walked_path_by_path() -> None:
    """Each of 30 entities leads to each: paths without number, and 30 types."""
    names = range(30)
    fields = " ".join(f"r{name}: T{name}" for name in names)
    types = " ".join(f'type T{name} @key(fields: "id") {{ id: ID! @shareable {fields} }}' for name in names)
    other = " ".join(f'type T{name} @key(fields: "id") {{ id: ID! x: Int }}' for name in names)
    before = process_time()
    assert refused(a=f"type Query {{ a: T0 }} {types}", b=other) == []
    assert process_time() - before < 5
