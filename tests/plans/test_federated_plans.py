"""Whole plans over a small federated graph as text: what each subgraph is asked and told, and in which order."""

from __future__ import annotations

from functools import cache

import pytest

from tests.support.federating import OPEN, Federation
from tests.support.subgraphs import Subgraph

TYPES = """
type Query @join__type(graph: REGISTER) @join__type(graph: HEALTH) @join__type(graph: POST) {
  residents: [Resident] @join__field(graph: REGISTER)
  resident(id: ID!): Resident @join__field(graph: REGISTER)
  payers: [Payer] @join__field(graph: POST)
  places: [Place] @join__field(graph: HEALTH)
  city: City @join__field(graph: REGISTER) @join__field(graph: HEALTH)
  parcels: [Parcel] @join__field(graph: POST)
}
type Mutation @join__type(graph: HEALTH) @join__type(graph: POST) {
  book(id: ID!, day: String): Resident @join__field(graph: HEALTH)
  send(number: Int!): Parcel @join__field(graph: POST)
}
interface Payer
  @join__type(graph: REGISTER, key: "id") @join__type(graph: POST, key: "id", isInterfaceObject: true) {
  id: ID!
  name: String @join__field(graph: REGISTER) @join__field(graph: POST, external: true)
  owes: Int @join__field(graph: POST)
  letter: String @join__field(graph: POST, requires: "name")
}
type Resident implements Payer @join__implements(graph: REGISTER, interface: "Payer")
  @join__type(graph: REGISTER, key: "id") @join__type(graph: HEALTH, key: "id") {
  id: ID!
  name: String @join__field(graph: REGISTER)
  weight(unit: Unit): Int @join__field(graph: REGISTER) @join__field(graph: HEALTH, external: true)
  home: Home @join__field(graph: REGISTER) @join__field(graph: HEALTH)
  clinic: Clinic @join__field(graph: HEALTH)
  dose: Int @join__field(graph: HEALTH, requires: "weight(unit: KG) home { street }")
  grams: Int @join__field(graph: HEALTH, requires: "weight(unit: G)")
  owes: Int @join__field
  letter: String @join__field
}
type Firm implements Payer @join__implements(graph: REGISTER, interface: "Payer")
  @join__type(graph: REGISTER, key: "id") {
  id: ID! name: String code: String owes: Int @join__field letter: String @join__field
}
type Home @join__type(graph: REGISTER) @join__type(graph: HEALTH) {
  street: String @join__field(graph: REGISTER) @join__field(graph: HEALTH, external: true)
  nurse: String @join__field(graph: HEALTH)
}
interface Place @join__type(graph: HEALTH) { name: String doctors: [Doctor] }
type Clinic implements Place @join__implements(graph: HEALTH, interface: "Place")
  @join__type(graph: HEALTH, key: "code") @join__type(graph: HEALTH, key: "site { street number }")
  @join__type(graph: POST, key: "site { street number }") {
  code: ID @join__field(graph: HEALTH)
  site: Site
  name: String @join__field(graph: HEALTH) @join__field(graph: POST, external: true)
  doctors: [Doctor] @join__field(graph: HEALTH)
  box: Int @join__field(graph: POST)
}
type Site @join__type(graph: HEALTH) @join__type(graph: POST) { street: String number: Int }
type Pharmacy implements Place @join__implements(graph: HEALTH, interface: "Place") @join__type(graph: HEALTH) {
  name: String doctors: [Doctor]
}
type Doctor @join__type(graph: HEALTH, key: "id") @join__type(graph: REGISTER, key: "id") {
  id: ID! badge: Int @join__field(graph: HEALTH) name: String @join__field(graph: REGISTER)
}
enum Unit @join__type(graph: REGISTER) @join__type(graph: HEALTH) {
  KG @join__enumValue(graph: REGISTER) G @join__enumValue(graph: REGISTER)
}
type City @join__type(graph: REGISTER) @join__type(graph: HEALTH) {
  name: String @join__field(graph: REGISTER) clinics: Int @join__field(graph: HEALTH)
}
type Parcel @join__type(graph: POST) {
  number: Int
  to: Payer @join__field(graph: POST)
  from: Clinic @join__field(graph: POST, provides: "name")
}
"""
SUBGRAPHS = ("register", "health", "post")
WRITE = "".join(f"p, any, any, Mutation.{act}, write, any, any, allow, plain\n" for act in ("book", "send"))


@cache
def federation(policy: str = OPEN + WRITE) -> Federation:
    """The graph; nobody is asked, so no subgraph answers anything."""
    owners = {"health": "clinic", "post": "post"} if policy != OPEN + WRITE else {}
    return Federation(
        TYPES, {one: Subgraph("type Query { x: Int }") for one in SUBGRAPHS}, policy=policy, owners=owners
    )


CASES: dict[str, tuple[str, str]] = {
    "one subgraph that has it all": (
        "{ residents { name home { street } } }",
        """\
wave 0
  ask register: query { residents { name home { street } } }
#0 Query at the root: shown where any
#1 Resident at residents: shown where any
  name: plain where any [policy.csv:1]
#2 Home at residents: shown where any
  street: plain where any [policy.csv:1]
""",
    ),
    "an entity is entered by its key": (
        "{ residents { name clinic { name } } }",
        """\
wave 0
  ask register: query { residents { name id } }
wave 1
  ask health: query ($r: [_Any!]!) { _entities(representations: $r) { ... on Resident { clinic { name } } } }
    $r from #1: Resident {id}
#0 Query at the root: shown where any
#1 Resident at residents: shown where any
  name: plain where any [policy.csv:1]
#2 Clinic at residents: shown where any
  name: plain where any [policy.csv:1]
""",
    ),
    "arguments travel as variables, one variable for one value": (
        'query ($id: ID! = "7") { resident(id: $id) { weight(unit: KG) g: weight(unit: G) again: weight(unit: KG) } }',
        """\
wave 0
  ask register: query ($a0: ID!, $a1: Unit, $a2: Unit) { resident(id: $a0) { weight(unit: $a1) weight_1: weight(unit: $a2) } }
#0 Query at the root: shown where any
#1 Resident at resident: shown where any
  weight: plain where any [policy.csv:1]
  weight_1: plain where any [policy.csv:1]
""",
    ),
    "aliases of one field are one column": (
        "{ a: residents { n: name } b: residents { name m: name } }",
        """\
wave 0
  ask register: query { residents { name } }
#0 Query at the root: shown where any
#1 Resident at a: shown where any
  name: plain where any [policy.csv:1]
""",
    ),
    "what is shared is asked of all who are needed": (
        "{ city { name clinics } }",
        """\
wave 0
  ask register: query { city { name } }
  ask health: query { city { clinics } }
#0 Query at the root: shown where any
#1 City at city: shown where any
  name: plain where any [policy.csv:1]
  clinics: plain where any [policy.csv:1]
""",
    ),
    "a value below an entity is completed by its key": (
        "{ residents { home { street nurse } } }",
        """\
wave 0
  ask register: query { residents { home { street } id } }
wave 1
  ask health: query ($r: [_Any!]!) { _entities(representations: $r) { ... on Resident { home { nurse } } } }
    $r from #1: Resident {id}
#0 Query at the root: shown where any
#1 Resident at residents: shown where any
#2 Home at residents: shown where any
  street: plain where any [policy.csv:1]
  nurse: plain where any [policy.csv:1]
""",
    ),
    "what is required is sent with the key": (
        "{ residents { dose } }",
        """\
wave 0
  ask register: query { residents { id weight(unit: KG) home { street } } }
wave 1
  ask health: query ($r: [_Any!]!) { _entities(representations: $r) { ... on Resident { dose } } }
    $r from #1: Resident {id, weight, home {street} of Home}
#0 Query at the root: shown where any
#1 Resident at residents: shown where any
  dose: plain where any [policy.csv:1]
""",
    ),
    "one field required with two arguments": (
        "{ residents { dose grams } }",
        """\
wave 0
  ask register: query { residents { id weight(unit: KG) home { street } weight_1: weight(unit: G) } }
wave 1
  ask health: query ($r0: [_Any!]!, $r1: [_Any!]!) { _entities0: _entities(representations: $r0) { ... on Resident { dose } } _entities1: _entities(representations: $r1) { ... on Resident { grams } } }
    $r0 from #1: Resident {id, weight, home {street} of Home}
    $r1 from #1: Resident {id, weight}
#0 Query at the root: shown where any
#1 Resident at residents: shown where any
  dose: plain where any [policy.csv:1]
  grams: plain where any [policy.csv:1]
""",
    ),
    "a nested key": (
        "{ residents { clinic { box } } }",
        """\
wave 0
  ask register: query { residents { id } }
wave 1
  ask health: query ($r: [_Any!]!) { _entities(representations: $r) { ... on Resident { clinic { site { street number } } } } }
    $r from #1: Resident {id}
wave 2
  ask post: query ($r: [_Any!]!) { _entities(representations: $r) { ... on Clinic { box } } }
    $r from #2: Clinic {site {street, number} of Site}
#0 Query at the root: shown where any
#1 Resident at residents: shown where any
#2 Clinic at residents: shown where any
  box: plain where any [policy.csv:1]
""",
    ),
    "what is provided is asked of nobody else": (
        "{ parcels { from { name } } }",
        """\
wave 0
  ask post: query { parcels { from { name } } }
#0 Query at the root: shown where any
#1 Parcel at parcels: shown where any
#2 Clinic at parcels: shown where any
  name: plain where any [policy.csv:1]
""",
    ),
    "what is not provided is fetched by a nested key": (
        "{ parcels { from { name doctors { badge } } } }",
        """\
wave 0
  ask post: query { parcels { from { name site { street number } } } }
wave 1
  ask health: query ($r: [_Any!]!) { _entities(representations: $r) { ... on Clinic { doctors { badge } } } }
    $r from #2: Clinic {site {street, number} of Site}
#0 Query at the root: shown where any
#1 Parcel at parcels: shown where any
#2 Clinic at parcels: shown where any
  name: plain where any [policy.csv:1]
#4 Doctor at parcels: shown where any
  badge: plain where any [policy.csv:1]
""",
    ),
    "an interface's field is asked for of each type": (
        "{ places { __typename name doctors { name } ... on Clinic { box } } }",
        """\
wave 0
  ask health: query { places { __typename ... on Clinic { name doctors { id } site { street number } } ... on Pharmacy { name doctors_1: doctors { id } } } }
wave 1
  ask register: query ($r: [_Any!]!) { _entities(representations: $r) { ... on Doctor { name } } }
    $r from #2: Doctor {id}
    $r from #4: Doctor {id}
  ask post: query ($r: [_Any!]!) { _entities(representations: $r) { ... on Clinic { box } } }
    $r from #1: Clinic {site {street, number} of Site}
#0 Query at the root: shown where any
#1 Clinic at places: shown where any
  name: plain where any [policy.csv:1]
  box: plain where any [policy.csv:1]
#2 Doctor at places: shown where any
  name: plain where any [policy.csv:1]
#1 Pharmacy at places: shown where any
  name: plain where any [policy.csv:1]
#4 Doctor at places: shown where any
  name: plain where any [policy.csv:1]
""",
    ),
    "an interface object whose type does not matter": (
        "{ payers { id owes } }",
        """\
wave 0
  ask post: query { payers { id owes } }
#0 Query at the root: shown where any
#1 Payer at payers: shown where any
  id: plain where any [policy.csv:1]
  owes: plain where any [policy.csv:1]
""",
    ),
    "an interface object whose type is told by another": (
        "{ payers { __typename owes ... on Resident { clinic { name } } } }",
        """\
wave 0
  ask post: query { payers { id owes } }
wave 1
  ask register: query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }
    $r from #1: Payer {id}
wave 2
  ask health: query ($r: [_Any!]!) { _entities(representations: $r) { ... on Resident { clinic { name } } } }
    $r from #1: Resident {id}
#0 Query at the root: shown where any
#1 Firm at payers: shown where any
  owes: plain where any [policy.csv:1]
#1 Resident at payers: shown where any
  owes: plain where any [policy.csv:1]
#2 Clinic at payers: shown where any
  name: plain where any [policy.csv:1]
""",
    ),
    "an interface object is told what it requires": (
        "{ residents { letter } }",
        """\
wave 0
  ask register: query { residents { id name } }
wave 1
  ask post: query ($r: [_Any!]!) { _entities(representations: $r) { ... on Payer { letter } } }
    $r from #1: Payer {id, name}
#0 Query at the root: shown where any
#1 Resident at residents: shown where any
  letter: plain where any [policy.csv:1]
""",
    ),
    "mutations one after the other, with what they lead to": (
        'mutation { book(id: "1", day: "Mon") { name clinic { name } } send(number: 1) { from { name } } b: send(number: 2) { number } }',
        """\
wave 0
  ask health: mutation ($a0: ID!, $a1: String) { book(id: $a0, day: $a1) { id clinic { name } } }
wave 1
  ask register: query ($r: [_Any!]!) { _entities(representations: $r) { ... on Resident { name } } }
    $r from #1: Resident {id}
wave 2
  ask post: mutation ($a0: Int!) { send(number: $a0) { from { name } } }
wave 3
  ask post: mutation ($a0: Int!) { send_1: send(number: $a0) { number } }
#1 Resident at book: shown where any
  name: plain where any [policy.csv:1]
#2 Clinic at book.clinic: shown where any
  name: plain where any [policy.csv:1]
#3 Parcel at send: shown where any
#4 Clinic at send.from: shown where any
  name: plain where any [policy.csv:1]
#5 Parcel at b: shown where any
  number: plain where any [policy.csv:1]
""",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_plan(name: str) -> None:
    document, expected = CASES[name]
    assert federation().plan(document) == expected


GOVERNED: dict[str, tuple[str, str, str]] = {
    "what is told to another organisation is on record first": (
        "p, any, any, *, read, any, any, allow, plain\np, org:clinic, any, Resident.id, deliver, any, any, allow, plain\n",
        "{ residents { clinic { name } owes } }",
        """\
wave 0
  ask register: query { residents { id } }
wave 1
  ask health: query ($r: [_Any!]!) { _entities(representations: $r) { ... on Resident { clinic { name } } } }
    $r from #1: Resident {id}
      tells clinic Resident.id: plain where any [policy.csv:2]; on record first
#0 Query at the root: shown where any
#1 Resident at residents: shown where any
#2 Clinic at residents: shown where any
  name: plain where any [policy.csv:1]
withheld
  Resident.owes: deliver. Ask a@post.example to share Resident.owes for this purpose.
""",
    ),
    "what is withheld is asked of nobody": (
        "p, any, any, *, read, any, any, allow, plain\np, any, any, Resident.name, read, any, any, deny,\n",
        "{ residents { id name owes } }",
        """\
wave 0
  ask register: query { residents { id } }
#0 Query at the root: shown where any
#1 Resident at residents: shown where any
  id: plain where any [policy.csv:1]
withheld
  Resident.name: denied. Ask a@bureau.example to share Resident.name for this purpose.
  Resident.owes: deliver. Ask a@post.example to share Resident.owes for this purpose.
""",
    ),
}
"""By name: a policy, under which health is a clinic's and the post its own organisation; a document; the plan."""


@pytest.mark.parametrize("name", GOVERNED)
def test_plan_under_a_policy(name: str) -> None:
    policy, document, expected = GOVERNED[name]
    assert federation(policy).plan(document) == expected
