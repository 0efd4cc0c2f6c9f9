"""A declaration that does not fit its subgraph's SDL is refused with what to write."""

from __future__ import annotations

import re
from typing import Any

import pytest

from connectors.entities import Names
from connectors.errors import DeclarationError
from connectors.sdl import Sdl
from connectors.subgraph_check import LONGEST_NAME, MOST_NAMED, check_subgraph
from tests.connectors.served import declaration, relation
from tests.connectors.served.town import Town
from vocabulary.catalogue import ReferenceDeclaration, SourceDeclaration, TypeDeclaration, Words

SDL = """
type Human @key(fields: "id") { id: ID! visits: [visit!]! latest: visit one: visit strangers: [person] of(x: Int!): visit }
type person @key(fields: "id", resolvable: true) {
  id: ID! name: String age: Int score: Float alone: Boolean born: Date seen: DateTime area: Area boss: person
}
type visit { person: ID! day: Date place: Text }
enum Area { EAST WEST }
scalar Date scalar DateTime scalar Text
"""
PATHS = (ReferenceDeclaration("boss", "Person", "id", "boss.id", 1, Words("", "")),)


def declared(*relations: Any, sdl: str = SDL, **types: Any) -> tuple[SourceDeclaration, Names, Sdl]:
    made = declaration("graphql", {"url": "https://town.example"}, relations=relations)
    person, visit = made.types
    changed = {"key": person.key, "references": PATHS, **types}
    person = TypeDeclaration(
        person.name, person.table, person.description, subject="id", area="area", collection=None, fields=person.fields,
        **changed,
    )  # fmt: skip
    made = declaration("graphql", {"url": "https://town.example"}, relations=relations, types=(person, visit))
    return made, Names({}), Sdl(sdl)


def refused(*relations: Any, sdl: str = SDL, **types: Any) -> str:
    with pytest.raises(DeclarationError) as caught:
        check_subgraph(*declared(*relations, sdl=sdl, **types))
    return str(caught.value)


def test_what_fits_passes() -> None:
    check_subgraph(*declared(relation("visits", many=True), relation("latest", many=False)))
    check_subgraph(*declared(relation("visits", many=False)))  # the first of a list


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ("type person ", "type citizen ", r"type person \(type Person\) is not there; write one of: Human, citizen, visit"),
        ("age: Int", "years: Int", r"no field age \(field age\); write one of: id, name, years, score"),
        ("age: Int", "age: String", "age .* is String there, declared Int; write a field of type Int"),
        ("age: Int", "age: [Int]", r"age .* is \[Int\] there"),
        ("age: Int", "age: Float", "is Float there, declared Int"),
        ("score: Float", "score: String", "is String there, declared Float; write a field of type Float or Int"),
        ("alone: Boolean", "alone: Int", "is Int there, declared Boolean"),
        ("born: Date", "born: DateTime", "is DateTime there, declared Date; write a field of type Date or String"),
        ("seen: DateTime", "seen: Date", "is Date there, declared DateTime"),
        ("name: String", "name: Int", "is Int there, declared String"),
        ("name: String", "name: visit", "is visit there, declared String"),
        ("name: String", "name(form: Text!): String", r"name \(field name\) has arguments that must be given"),
        ("name: String", "name: String @external", "belongs to another subgraph"),
        ("name: String", 'name: String @requires(fields: "age")', "needs fields of other subgraphs"),
        ("boss: person", "boss: String", r"boss of boss\.id \(field boss\.id\) leads to no single object"),
        ("boss: person", "boss: [person]", "leads to no single object"),
        ("boss: person", "boss: Human @external", "belongs to another subgraph"),
        ("boss: person", "boss: visit", r"no field id, as in boss\.id"),
        ("resolvable: true", "resolvable: false", "another subgraph resolves it"),
        (", resolvable: true", "", ""),
        ('type person @key(fields: "id", resolvable: true)', "type person", r'ask for @key\(fields: "id"\)'),
        ('type person @key(fields: "id"', 'type person @key(fields: "name"', "no @key of it; write one of: name"),
        ('type person @key(fields: "id"', 'type person @key(fields: "id name"', "ask for @key"),
        ('Human @key(fields: "id")', "Human", r"type Human \(owner of Human\.visits\) cannot be asked for by id"),
        ("type Human", "type Mensch", r"type Human \(owner of Human\.visits\) is not there; write one of: Mensch"),
        ("visits: [visit!]!", "visits: visit", "leads to one visit there; declare another relation, or have it be a list"),
        ("visits: [visit!]!", "visits: [person]", "leads to many person there"),
        ("visits: [visit!]!", "visits(year: Int!): [visit]", "has arguments that must be given"),
        ("visits: [visit!]!", "besuche: [visit]", r"no field visits \(relation Human\.visits\); write one of: id, besuche"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_what_to_write(old: str, new: str, hint: str) -> None:
    changed = SDL.replace(old, new, 1)
    assert changed != SDL
    if not hint:
        return check_subgraph(*declared(relation("visits", many=True), sdl=changed))
    assert re.search(hint, refused(relation("visits", many=True), sdl=changed))
    return None


def test_names_of_their_making_are_bounded_in_an_error() -> None:
    many = " ".join(f"f{i}{'x' * 500}: ID" for i in range(1000))
    told = refused(sdl=SDL.replace("age: Int", many, 1))
    assert len(told) < (MOST_NAMED + 5) * (LONGEST_NAME + 5)
    assert told.endswith(", …")


def test_what_strawberry_writes_is_understood() -> None:
    sdl = Town().schema().as_str()
    made = declaration("graphql", {}, relations=(relation("records", many=True),))
    check_subgraph(made, Names({}), Sdl(sdl))
