"""Promises 5 and 7 over a federated graph: for random policies, answers are what a naive reading of the lines gives.

The reference has all records in memory, asks `policies/reference.py` about each cell, and puts an answer together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.load import load
from policies.reference import WITHHELD, cell
from tests.support.executing import AT
from tests.support.federating import Federation
from tests.support.subgraphs import Subgraph
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode, Standing
from vocabulary.rows import Asker, RowFacts

pytestmark = pytest.mark.whole

TYPES: Final = """
type Query @join__type(graph: A) @join__type(graph: B) { people: [Person] @join__field(graph: A) }
type Person @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID!
  name: String @join__field(graph: A)
  area: String @join__field(graph: B)
  nick: String @join__field(graph: B)
  rank: String @join__field(graph: B, requires: "name")
  friend: Person @join__field(graph: A)
  pets: [Pet] @join__field(graph: B)
}
interface Pet @join__type(graph: B) { name: String owner: Person }
type Dog implements Pet @join__type(graph: B, key: "id") @join__implements(graph: B, interface: "Pet") {
  id: ID! name: String owner: Person area: String
}
type Cat implements Pet @join__type(graph: B, key: "id") @join__type(graph: A, key: "id")
  @join__implements(graph: B, interface: "Pet") {
  id: ID!
  name: String @join__field(graph: B)
  owner: Person @join__field(graph: B)
  area: String @join__field(graph: A)
}
"""
ONE, TWO, THREE = "310115016003", "310115016004", "310104001001"
PEOPLE: Final[Mapping[str, Mapping[str, Any]]] = {
    "p1": {"id": "p1", "name": "Ann", "area": ONE, "friend": "p2", "pets": ("d1", "c1")},
    "p2": {"id": "p2", "name": "Bob", "area": TWO, "friend": "p3", "pets": ("c2",)},
    "p3": {"id": "p3", "name": "Cat", "area": THREE, "friend": None, "pets": ("d2", "c1", "d1")},
    "p4": {"id": "p4", "name": "Dee", "area": None, "friend": "p1", "pets": ()},
}
PETS: Final[Mapping[str, Mapping[str, Any]]] = {
    "d1": {"__typename": "Dog", "id": "d1", "name": "Rex", "owner": "p2", "area": ONE},
    "d2": {"__typename": "Dog", "id": "d2", "name": "Max", "owner": "p3", "area": THREE},
    "c1": {"__typename": "Cat", "id": "c1", "name": "Tom", "owner": "p1", "area": TWO},
    "c2": {"__typename": "Cat", "id": "c2", "name": "Kit", "owner": "p3", "area": None},
}
DOCUMENT: Final = """
{ people { ...f friend { ...f friend { id nick } } } }
fragment f on Person { id name n: nick rank pets { __typename name ... on Dog { owner { name } } ... on Cat { owner { id rank } } } }
"""
FIELDS: Final = ("id", "name", "n", "rank", "pets")
PATTERNS: Final = (
    *("Person.id", "Person.name", "Person.nick", "Person.rank", "Person.friend", "Person.pets", "Person.*"),
    *("Dog.name", "Dog.owner", "Dog.*", "Cat.name", "Cat.owner", "Cat.*", "*"),
)


def graph(policy: str) -> Federation:
    def of_a(key: str | None) -> Any:
        return None if key is None else {**PEOPLE[key], "friend": lambda: of_a(PEOPLE[key]["friend"])}

    def pet(key: str) -> Any:
        return {**PETS[key], "owner": lambda: of_b({"id": PETS[key]["owner"]})}

    def of_b(told: Mapping[str, Any]) -> Any:
        one = PEOPLE[told["id"]]
        pets = [pet(key) for key in one["pets"]]
        return {**one, "nick": f"n-{one['id']}", "rank": f"r-{told.get('name')}", "pets": pets}

    return Federation(
        TYPES,
        {
            "a": Subgraph(
                "type Query { people: [Person] } type Cat { id: ID! area: String }"
                "type Person { id: ID! name: String friend: Person }",
                {"people": [of_a(key) for key in PEOPLE]},
                {"Person": lambda one: of_a(one["id"]), "Cat": lambda one: PETS[one["id"]]},
            ),
            "b": Subgraph(
                """
                type Query { x: Int }
                type Person { id: ID! area: String nick: String rank: String pets: [Pet] }
                interface Pet { name: String owner: Person }
                type Dog implements Pet { id: ID! name: String owner: Person area: String }
                type Cat implements Pet { id: ID! name: String owner: Person }
                """,
                entities={"Person": of_b, "Dog": lambda one: pet(one["id"]), "Cat": lambda one: pet(one["id"])},
            ),
        },
        f"p, any, any, Query.people, read, any, any, allow, plain\n{policy}",
        subjects={"Person": "id"},
        areas={"Person": "area", "Dog": "area", "Cat": "area"},
        masks={"Person.name": ["redact"], "Dog.name": ["redact"]},
    )


@st.composite
def policies(draw: st.DrawFn) -> str:
    """A few lines, allows and denies, for two roles."""
    chosen = draw(st.lists(st.tuples(st.booleans(), st.sampled_from(PATTERNS)), min_size=2, max_size=9))
    lines = dict[str, None]()
    for is_allow, pattern in (*chosen, (True, draw(st.sampled_from(("Person.*", "*", "Person.pets"))))):
        who = draw(st.sampled_from(("any", "role:worker", "role:other")))
        action = draw(st.sampled_from(("read", "read", "read", "derive")))
        codes = ["any", "310115", TWO, THREE]
        rows = draw(st.sampled_from([*codes, "own", "own"] if is_allow else codes))
        can_mask = is_allow and action == "read" and pattern in {"Person.name", "Dog.name"}
        shown = ("redact" if can_mask and draw(st.booleans()) else "plain") if is_allow else ""
        effect = "allow" if is_allow else "deny"
        lines[f"p, {who}, {rows}, {pattern}, {action}, any, any, {effect}, {shown}".rstrip() + "\n"] = None
    return "".join(lines)


class Reference:
    """What lines say about records in memory, cell by cell."""

    def __init__(self, federation: Federation, areas: Sequence[str], roles: Sequence[str]) -> None:
        self._loaded = load(federation.policy, file="policy.csv", facts=federation.policy_facts)
        self._facts = federation.policy_facts
        self._asker = Asker("bureau", tuple(map(Area, areas)), at=AT)
        self._standing = Standing(frozenset(roles), "bureau", "care", Mode.ORDINARY)

    def answer(self) -> Any:
        if self.cell("Query", {"area": None}, "people", Action.READ) == WITHHELD:
            return {"people": None}
        people = [self.person(key) for key in PEOPLE if self.is_there("Person", PEOPLE[key])]
        return {"people": people}

    def person(self, key: str) -> Any:
        one = PEOPLE[key]
        friend = self.followed("Person", one, "friend")
        return {**self.fragment(one), "friend": None if friend is None else self.friend(PEOPLE[friend])}

    def friend(self, one: Mapping[str, Any]) -> Any:
        last = self.followed("Person", one, "friend")
        found = None if last is None else PEOPLE[last]
        shown = (
            {"id": self.value("Person", found, "id"), "nick": self.value("Person", found, "nick")} if found else None
        )
        return {**self.fragment(one), "friend": shown}

    def fragment(self, one: Mapping[str, Any]) -> dict[str, Any]:
        shown = {name: self.value("Person", one, "nick" if name == "n" else name) for name in FIELDS[:-1]}
        pets = None
        if self.shown("Person", one, "pets") != WITHHELD:
            found = (PETS[key] for key in one["pets"])
            pets = [self.pet(each) for each in found if self.is_there(each["__typename"], each)]
        return {**shown, "pets": pets}

    def pet(self, one: Mapping[str, Any]) -> Any:
        kind = one["__typename"]
        key = self.followed(kind, one, "owner")
        names = ("name",) if kind == "Dog" else ("id", "rank")
        owner = None if key is None else {name: self.value("Person", PEOPLE[key], name) for name in names}
        return {"__typename": kind, "name": self.value(kind, one, "name"), "owner": owner}

    def followed(self, kind: str, one: Mapping[str, Any], name: str) -> Any:
        """Whom a field leads to, if it may be followed and they may be seen."""
        key = one[name] if self.shown(kind, one, name) != WITHHELD else None
        return key if key is not None and self.is_there("Person", PEOPLE[key]) else None

    def is_there(self, kind: str, one: Mapping[str, Any]) -> bool:
        fields = [name.field for name in self._facts.coordinates if name.type == kind]
        return any(self.shown(kind, one, name) != WITHHELD for name in fields)

    def value(self, kind: str, one: Mapping[str, Any], name: str) -> Any:
        made = {"nick": f"n-{one['id']}", "rank": f"r-{one['name']}"}
        return made.get(name, one.get(name)) if self.shown(kind, one, name) == "plain" else None

    def shown(self, kind: str, one: Mapping[str, Any], name: str) -> str:
        found = self.cell(kind, one, name, Action.READ)
        if (kind, name) == ("Person", "rank"):  # computed from the name
            free = "plain" in (self.cell(kind, one, "name", Action.READ), self.cell(kind, one, "name", Action.DERIVE))
            return found if free else WITHHELD
        return found

    def cell(self, kind: str, one: Mapping[str, Any], name: str, action: Action) -> str:
        area = None if one["area"] is None else Area(one["area"])
        row = RowFacts(area, "Person" if kind == "Person" else "", one["id"] if kind == "Person" else None, {})
        coordinate = Coordinate(kind, name)
        lines, links = self._loaded.lines, self._loaded.role_links
        return cell(
            lines, links, self._asker, self._standing, self._facts, coordinate=coordinate, action=action, row=row
        )


AREAS = st.lists(st.sampled_from(("31", "310115", "310115016", ONE, TWO, THREE)), max_size=2, unique=True)
ROLES = st.lists(st.sampled_from(("worker", "other")), max_size=2, unique=True)


@settings(max_examples=60, deadline=None)
@given(policies(), AREAS, ROLES)
def test_an_answer_is_what_the_lines_say_cell_by_cell(policy: str, areas: list[str], roles: list[str]) -> None:
    federation = graph(policy)
    reference = Reference(federation, areas, roles)
    answer = federation.ask(DOCUMENT, areas=areas, roles=roles)
    assert answer.data == reference.answer()
    assert not answer.failures


def cells(answer: Any, keys: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """What can be read in an answer: where, and what; rows are told apart by what is in them, not by where they stand."""
    match answer:
        case dict():
            return {one for name, inner in answer.items() for one in cells(inner, (*keys, name))}
        case list():
            return {one for inner in answer for one in cells(inner, keys)}
        case None:
            return set()
        case _:
            return {(*keys, str(answer))}


@settings(max_examples=25, deadline=None)
@given(policies(), st.sampled_from((("31", "310115"), ("310115", "310115016"), ("310115016", ONE), ("310115016", TWO))))
def test_down_the_tree_it_only_narrows(policy: str, pair: tuple[str, str]) -> None:
    federation = graph(policy)
    above, below = (cells(federation.ask(DOCUMENT, areas=[area]).data) for area in pair)
    assert below <= above


@settings(max_examples=25, deadline=None)
@given(policies())
def test_what_is_asked_depends_on_no_row_that_may_not_be_seen(policy: str) -> None:
    """The same question where the rows that nobody here may see are not: the same documents, and the same answer."""
    federation = graph(policy)
    answer = federation.ask(DOCUMENT)
    documents = [[query for query, _ in one.asked] for one in federation.subgraphs.values()]
    seen = Reference(federation, ["31"], ["worker"])
    fewer = graph(policy)
    register = fewer.subgraphs["a"]
    rows = register.root["people"]
    register.root = {"people": [one for one in rows if seen.is_there("Person", PEOPLE[one["id"]])]}
    again = fewer.ask(DOCUMENT)
    assert again.data == answer.data
    if register.root["people"]:
        assert [[query for query, _ in one.asked] for one in fewer.subgraphs.values()] == documents
