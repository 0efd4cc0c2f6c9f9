"""Whatever is asked of the federated graph, one server that had it all would answer the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from graphql import GraphQLResolveInfo, GraphQLSchema, build_schema, graphql_sync
from hypothesis import assume, given
from hypothesis import strategies as st

from federation.errors import Code, Refusal
from tests.support.federating import Federation
from tests.support.subgraphs import Subgraph

WHOLE = """
type Query { streets: [Street] street(id: ID!): Street places: [Place] finds: [[Find]] city: City busy: [Place] }
type Street { id: ID! name: String length(unit: Unit): Int places: [Place] warden: Person lamps: Int code: String }
interface Place { id: ID! name: String street: Street rank: Int visits: Int peak: Peak }
type Peak { hour: Int at: Place }
type Clinic implements Place { id: ID! name: String street: Street beds: Int head: Person rank: Int load: Int visits: Int peak: Peak }
type School implements Place { id: ID! name: String street: Street pupils: Int staff: [Person] rank: Int visits: Int peak: Peak }
union Find = Clinic | Person
type Person { id: ID! name: String age: Int lives: Street badge: Badge friends: [Person] greeting(loud: Boolean): String }
type Badge { color: String number: Int }
type City { name: String people: Int mayor: Person }
enum Unit { M KM }
"""
TYPES = """
type Query @join__type(graph: A) @join__type(graph: B) @join__type(graph: C) @join__type(graph: D) {
  busy: [Place] @join__field(graph: D)
  streets: [Street] @join__field(graph: A)
  street(id: ID!): Street @join__field(graph: A)
  places: [Place] @join__field(graph: B)
  finds: [[Find]] @join__field(graph: B)
  city: City @join__field(graph: A) @join__field(graph: C)
}
type Street @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") @join__type(graph: C, key: "name code") {
  id: ID! @join__field(graph: A) @join__field(graph: B)
  name: String @join__field(graph: A) @join__field(graph: C)
  code: String @join__field(graph: A) @join__field(graph: C)
  length(unit: Unit): Int @join__field(graph: A)
  places: [Place] @join__field(graph: B)
  warden: Person @join__field(graph: C)
  lamps: Int @join__field(graph: C)
}
type Peak @join__type(graph: D) { hour: Int at: Place }
interface Place
  @join__type(graph: A, key: "id") @join__type(graph: B) @join__type(graph: D, key: "id", isInterfaceObject: true) {
  id: ID!
  name: String @join__field(graph: B)
  street: Street @join__field(graph: B)
  rank: Int @join__field(graph: A)
  visits: Int @join__field(graph: D)
  peak: Peak @join__field(graph: D)
}
type Clinic implements Place @join__implements(graph: A, interface: "Place") @join__implements(graph: B, interface: "Place")
  @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID!
  name: String @join__field(graph: B)
  street: Street @join__field(graph: B)
  beds: Int @join__field(graph: A) @join__field(graph: B, external: true)
  load: Int @join__field(graph: B, requires: "beds")
  head: Person @join__field(graph: B, provides: "name")
  rank: Int @join__field(graph: A) @join__field(graph: B)
  visits: Int @join__field
  peak: Peak @join__field
}
type School implements Place @join__implements(graph: A, interface: "Place") @join__implements(graph: B, interface: "Place")
  @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID!
  name: String @join__field(graph: B)
  street: Street @join__field(graph: B)
  pupils: Int @join__field(graph: B)
  staff: [Person] @join__field(graph: A)
  visits: Int @join__field
  peak: Peak @join__field
  rank: Int @join__field(graph: A)
}
union Find @join__type(graph: B) @join__unionMember(graph: B, member: "Clinic")
  @join__unionMember(graph: B, member: "Person") = Clinic | Person
type Person @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") @join__type(graph: C, key: "id") {
  id: ID!
  name: String @join__field(graph: A) @join__field(graph: B, external: true)
  age: Int @join__field(graph: C)
  lives: Street @join__field(graph: A)
  badge: Badge @join__field(graph: A) @join__field(graph: C)
  friends: [Person] @join__field(graph: C)
  greeting(loud: Boolean): String @join__field(graph: C, requires: "name badge { color }")
}
type Badge @join__type(graph: A) @join__type(graph: C) {
  color: String @join__field(graph: A) number: Int @join__field(graph: C)
}
type City @join__type(graph: A) @join__type(graph: C) {
  name: String @join__field(graph: A) people: Int @join__field(graph: C) mayor: Person
}
enum Unit @join__type(graph: A) { M @join__enumValue(graph: A) KM @join__enumValue(graph: A) }
"""
SUBGRAPHS = {
    "a": """
type Query { streets: [Street] street(id: ID!): Street city: City }
type Street { id: ID! name: String code: String length(unit: Unit): Int }
interface Place { id: ID! rank: Int }
type Clinic implements Place { id: ID! beds: Int rank: Int }
type School implements Place { id: ID! staff: [Person] rank: Int }
type Person { id: ID! name: String lives: Street badge: Badge }
type Badge { color: String }
type City { name: String mayor: Person }
enum Unit { M KM }
""",
    "b": """
type Query { places: [Place] finds: [[Find]] }
type Street { id: ID! places: [Place] }
interface Place { id: ID! name: String street: Street }
type Clinic implements Place { id: ID! name: String street: Street load: Int head: Person rank: Int }
type School implements Place { id: ID! name: String street: Street pupils: Int }
union Find = Clinic | Person
type Person { id: ID! name: String }
""",
    "c": """
type Query { city: City }
type Street { name: String code: String warden: Person lamps: Int }
type Person { id: ID! age: Int badge: Badge friends: [Person] greeting(loud: Boolean): String }
type Badge { number: Int }
type City { people: Int mayor: Person }
""",
    "d": """
type Query { busy: [Place] }
type Place { id: ID! visits: Int peak: Peak }
type Peak { hour: Int at: Place }
""",
}


def _greeting(one: Mapping[str, Any], loud: bool | None = None) -> str:
    color = (one.get("badge") or {}).get("color")
    return f"{one.get('name')}, {color}{'!' if loud else ''}"


def _length(meters: int | None, unit: str | None = None) -> int | None:
    return meters if meters is None or unit != "KM" else meters // 1_000


def city() -> dict[str, Any]:
    """One small city: objects by name, which lead to one another. Some fields are null, some lists have nulls."""
    found: dict[str, Any] = {}
    for number, (name, age) in enumerate([("Ann", 40), ("Bo", None), (None, 7)], start=1):
        badge = {"color": "red", "number": number} if number != 2 else None
        found[f"p{number}"] = {"__typename": "Person", "id": f"p{number}", "name": name, "age": age, "badge": badge}
    for number, (name, meters) in enumerate([("Fuzhou Road", 2_400), ("Yan'an Road", None)], start=1):
        found[f"s{number}"] = {"__typename": "Street", "id": f"s{number}", "name": name, "code": f"c{number}"}
        found[f"s{number}"] |= {"length": partial(_length, meters), "lamps": 10 * number or None}
    for number, beds in enumerate([3, None], start=1):
        found[f"k{number}"] = {"__typename": "Clinic", "id": f"k{number}", "name": "North", "beds": beds}
        found[f"k{number}"] |= {"rank": number, "load": None if beds is None else beds * 2}
    found["h1"] = {"__typename": "School", "id": "h1", "name": None, "pupils": 300, "rank": None}
    one, two, three = found["p1"], found["p2"], found["p3"]
    one |= {"lives": found["s1"], "friends": [two, None, three]}
    two |= {"lives": None, "friends": []}
    three |= {"lives": found["s2"], "friends": None}
    for person in (one, two, three):
        person["greeting"] = partial(_greeting, dict(person))
    found["s1"] |= {"places": [found["k1"], found["h1"], None], "warden": one}
    found["s2"] |= {"places": [], "warden": None}
    for number, name in enumerate(("k1", "k2", "h1")):
        found[name] |= {"visits": number * 10 or None, "peak": {"hour": number, "at": found["h1"]} if number else None}
    found["k1"] |= {"street": found["s1"], "head": one}
    found["k2"] |= {"street": found["s2"], "head": None}
    found["h1"] |= {"street": found["s1"], "staff": [two, one, two]}
    return found


CITY = city()
ROOT = {
    "streets": [CITY["s1"], CITY["s2"], CITY["s1"]],
    "street": lambda id: CITY.get(id),  # noqa: A006, PLW0108  (the argument's name)
    "places": [CITY["k1"], CITY["h1"], None, CITY["k2"]],
    "finds": [[CITY["k1"], CITY["p3"]], None, [], [None, CITY["p1"]]],
    "busy": [CITY["h1"], None, CITY["k2"], CITY["h1"]],
    "city": {"__typename": "City", "name": "Shanghai", "people": 25, "mayor": CITY["p2"]},
}


def _found(told: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """An entity by whatever it is told by; what a subgraph computes, it computes of what it is told."""
    if "id" not in told:
        return next(
            (one for one in CITY.values() if one.get("code") == told["code"] and one["name"] == told["name"]), None
        )
    one = dict(CITY[told["id"]])
    if one["__typename"] == "Clinic":
        beds = told.get("beds")
        one["load"] = None if beds is None else beds * 2
    if one["__typename"] == "Person":
        one["greeting"] = partial(_greeting, dict(told))
    return one


def federation() -> Federation:
    names = {
        "a": ("Street", "Clinic", "School", "Person", "Place"),
        "b": ("Street", "Clinic", "School", "Person"),
        "c": ("Street", "Person"),
        "d": ("Place",),
    }
    subgraphs = {name: Subgraph(sdl, ROOT, dict.fromkeys(names[name], _found)) for name, sdl in SUBGRAPHS.items()}
    subgraphs["d"].entities = {"Place": lambda told: {**CITY[told["id"]], "__typename": "Place"}}
    return Federation(TYPES, subgraphs)


def _value(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    value = source.get(info.field_name)
    return value(**arguments) if callable(value) else value


def merged(schema: GraphQLSchema, document: str, variables: Mapping[str, Any]) -> Any:
    """What one server that has it all answers."""
    result = graphql_sync(
        schema,
        document,
        root_value=ROOT,
        variable_values=dict(variables),
        field_resolver=_value,
        type_resolver=lambda value, *_: value["__typename"],
    )
    assert not result.errors
    return result.data


# ── what is drawn: for each type, its fields with arguments under aliases that never clash ────────────────────────────

LEAVES: Mapping[str, tuple[str, ...]] = {
    "Street": ("id", "name", "code", "lamps", "length", "km: length(unit: KM)", "u: length(unit: $u)"),
    "Place": ("id", "name", "rank", "visits", "often: visits"),
    "Peak": ("hour",),
    "Clinic": ("id", "name", "rank", "beds", "load", "size: beds", "visits"),
    "School": ("id", "name", "rank", "pupils", "size: pupils"),
    "Person": ("id", "name", "age", "called: name", "greeting", "shout: greeting(loud: $loud)"),
    "Badge": ("color", "number"),
    "City": ("name", "people"),
    "Find": (),
    "Query": (),
}
LINKS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Street": (("places", "Place"), ("warden", "Person"), ("all: places", "Place")),
    "Place": (("street", "Street"), ("peak", "Peak")),
    "Peak": (("at", "Place"),),
    "Clinic": (("street", "Street"), ("head", "Person"), ("peak", "Peak")),
    "School": (("street", "Street"), ("staff", "Person")),
    "Person": (("lives", "Street"), ("badge", "Badge"), ("friends", "Person"), ("again: friends", "Person")),
    "Badge": (),
    "City": (("mayor", "Person"),),
    "Find": (),
    "Query": (
        ("streets", "Street"),
        ('street(id: "s2")', "Street"),
        ("by: street(id: $id)", "Street"),
        ("places", "Place"),
        ("finds", "Find"),
        ("city", "City"),
        ("busy", "Place"),
    ),
}
CONDITIONS = {
    "Place": ("Clinic", "School", "Place"),
    "Find": ("Clinic", "Person", "Place"),
    "Clinic": ("Clinic", "Place"),
    "School": ("School",),
    "Person": ("Person",),
    "Street": ("Street",),
}
DIRECTIVES = ("", "", "", " @include(if: $yes)", " @skip(if: $yes)")


@st.composite
def selections(draw: st.DrawFn, type_name: str, depth: int) -> str:
    """A selection set on a type."""
    parts = []
    wanted = draw(st.integers(1, 4))
    for _ in range(wanted):
        kinds = ["leaf"] * 2 + ["link"] * (2 if depth else 0) + ["fragment"] * (1 if depth else 0)
        match draw(st.sampled_from(kinds)):
            case "leaf":
                parts.append(draw(st.sampled_from((*LEAVES[type_name], "__typename", "kind: __typename"))))
            case "link" if LINKS[type_name]:
                link, below = draw(st.sampled_from(LINKS[type_name]))
                parts.append(f"{link}{draw(st.sampled_from(DIRECTIVES))} {draw(selections(below, depth - 1))}")
            case "fragment" if type_name in CONDITIONS:
                on = draw(st.sampled_from(CONDITIONS[type_name]))
                condition = draw(st.sampled_from(DIRECTIVES))
                parts.append(f"... on {on}{condition} {draw(selections(on, depth - 1))}")
            case _:
                parts.append("__typename")
    return f"{{ {' '.join(parts)} }}"


HEAD = "query ($u: Unit, $loud: Boolean, $id: ID!, $yes: Boolean!)"
USED = "used: street(id: $id) { __typename } also: streets { u: length(unit: $u) warden @include(if: $yes) { shout: greeting(loud: $loud) } }"
"""All variables are used, as a document must."""

FEDERATION = federation()
MERGED = build_schema(WHOLE)


def compare(document: str, variables: Mapping[str, Any]) -> None:
    try:
        told = FEDERATION.ask(document, variables)
    except Refusal as refused:
        assume(refused.code is not Code.DOCUMENT_TOO_COSTLY)
        raise
    expected = merged(MERGED, document, variables)
    assert not told.failures
    assert json.dumps(told.data, indent=1) == json.dumps(expected, indent=1), document + told.text


@given(
    body=selections("Query", 4),
    unit=st.sampled_from((None, "M", "KM")),
    loud=st.sampled_from((None, True, False)),
    name=st.sampled_from(("s1", "s2", "s9")),
    yes=st.booleans(),
)
def test_the_answer_is_that_of_one_server_that_has_it_all(
    body: str, unit: str | None, loud: bool | None, name: str, yes: bool
) -> None:
    variables = {"u": unit, "loud": loud, "id": name, "yes": yes}
    compare(f"{HEAD} {{ {USED} ... on Query {body} }}", variables)
