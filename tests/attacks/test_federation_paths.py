"""Every path over a federated graph is the same door (promises 3, 4 and 8): hidden, masked and row by row on each."""

from __future__ import annotations

from typing import Any

import pytest

from federation.errors import Refusal
from tests.support.federating import OPEN, Federation, Told
from tests.support.subgraphs import Subgraph
from tests.support.town import HERE, PEOPLE, SECRETS, THERE, lines, person, town
from vocabulary.receipt import Kind

PATHS = [
    "{ people { phone } }",
    "{ people { alias: phone } }",
    "{ people { ... { phone } ... on Person { again: phone } } }",
    "{ people { ...f } } fragment f on Person { ...g } fragment g on Person { deep: phone }",
    "{ people { friend { phone } } }",
    "{ people { friend { friend { friend { x: phone } } } } }",
    "{ visits { of { phone } } }",
    "{ page { edges { node { phone } } } }",
    "{ search { phone } }",
    "{ people { __typename phone @include(if: true) } visits { of { ...p } } } fragment p on Person { phone }",
]
ALL_BUT = (
    "any Query.*",
    "any Visit.*",
    "any Page.*",
    "any Edge.*",
    "any Person.id",
    "any Person.friend",
    "any Person.name",
)
MATCH = ("any Query.search match", "any Query.page match")


def closing(answer: Told) -> Any:
    """The entry of the answer."""
    return next(one for one in answer.entries if one.kind is Kind.RELEASE)


@pytest.mark.parametrize("document", PATHS)
def test_a_withheld_field_is_shown_on_no_path(document: str) -> None:
    graph = town(lines(*ALL_BUT))
    answer = graph.ask(document)
    assert "138" not in str(answer.data)
    assert answer.withheld == {"Person.phone": "not-granted"}
    assert not any("phone" in query for one in graph.subgraphs.values() for query, _ in one.asked)


@pytest.mark.parametrize("document", PATHS)
def test_a_masked_field_is_masked_on_every_path_and_its_mask_named(document: str) -> None:
    answer = town(lines(*ALL_BUT, "any Person.phone read redact")).ask(document)
    assert "138" not in str(answer.data)
    assert answer.plan.masked == {"Person.phone": ("redact",)}
    assert "138" not in answer.text


@pytest.mark.parametrize("document", PATHS)
def test_a_row_that_may_not_be_seen_is_on_no_path(document: str) -> None:
    answer = town(lines(*ALL_BUT[:-3], "own Person.*")).ask(document, areas=["310115"])
    assert not any(secret in str(answer.data) for secret in SECRETS)
    assert len(closing(answer).subjects["Person"]) <= 2
    assert not answer.failures


@pytest.mark.parametrize("document", PATHS)
def test_a_barred_person_is_on_no_path(document: str) -> None:
    answer = town(OPEN, barred=frozenset({"p2"})).ask(document)
    assert not any(secret in str(answer.data) for secret in SECRETS)
    assert len(closing(answer).subjects["Person"]) == 2


def test_hidden_rows_leave_no_gap_and_no_count() -> None:
    policy = lines("any Query.*", "own Person.*")
    answer = town(policy).ask("{ people { name } }", areas=["310115"])
    assert answer.data == {"people": [{"name": "Ann"}, {"name": "Cat"}]}
    entry = closing(answer)
    assert entry.rows == {"Person": 2}
    assert len(entry.subjects["Person"]) == 2
    nobody = town(policy).ask("{ people { name } }", areas=["310116"])
    assert nobody.data == {"people": []}
    assert closing(nobody).rows == {}
    assert not closing(nobody).subjects


def test_what_a_hidden_row_leads_to_is_not_on_record_and_not_asked_for() -> None:
    """Ann's friend is Bob; Bob's is Cat: who only Bob leads to is not there, and nobody is asked about them."""
    graph = town(lines("any Query.*", f"{THERE} Person.*", f"{HERE} Person.friend", f"{HERE} Person.nick"))
    graph.subgraphs["a"].root = {"people": [person("p2")]}
    answer = graph.ask("{ people { friend { nick } } }")
    assert answer.data == {"people": [{"friend": {"nick": "nick of p3"}}]}
    shut = town(lines("any Query.*", f"{HERE} Person.*"))
    shut.subgraphs["a"].root = {"people": [person("p2")]}
    answer = shut.ask("{ people { friend { nick } } }")
    assert answer.data == {"people": []}
    assert not shut.subgraphs["b"].asked
    assert not closing(answer).subjects


def test_a_field_that_is_followed_from_some_rows_leads_nowhere_from_others() -> None:
    graph = town(lines("any Query.*", "any Person.name", "any Person.nick", f"{HERE} Person.friend"))
    answer = graph.ask("{ people { name friend { nick } } }")
    assert [one["friend"] for one in answer.data["people"]] == [{"nick": "nick of p2"}, None, {"nick": "nick of p1"}]
    asked = [one["id"] for _, variables in graph.subgraphs["b"].asked for one in variables["r"]]
    assert asked == ["p2", "p1"]


# ── types that stand at one place ─────────────────────────────────────────────────────────────────────────────────────

KINDS = """
type Query @join__type(graph: A) @join__type(graph: B) {
  things: [Thing] @join__field(graph: A)
  named: [Named] @join__field(graph: A)
}
union Thing @join__type(graph: A) @join__unionMember(graph: A, member: "Dog")
  @join__unionMember(graph: A, member: "Cat") = Dog | Cat
interface Named @join__type(graph: A) { name: String owner: Person }
type Dog implements Named @join__type(graph: A, key: "id") @join__implements(graph: A, interface: "Named") {
  id: ID! name: String owner: Person area: String
}
type Cat implements Named @join__type(graph: A, key: "id") @join__type(graph: B, key: "id")
  @join__implements(graph: A, interface: "Named") {
  id: ID!
  name: String @join__field(graph: A)
  owner: Person @join__field(graph: A)
  area: String @join__field(graph: B)
}
type Person @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID!
  nick: String @join__field(graph: B)
}
"""
PETS = [
    {"__typename": "Dog", "id": "d1", "name": "Rex", "owner": {"id": "p1"}, "area": THERE},
    {"__typename": "Cat", "id": "c1", "name": "Tom", "owner": {"id": "p2"}},
    {"__typename": "Dog", "id": "d2", "name": "Max", "owner": {"id": "p3"}, "area": HERE},
]


def kinds(policy: str, **more: Any) -> Federation:
    return Federation(
        KINDS,
        {
            "a": Subgraph(
                """
                type Query { things: [Thing] named: [Named] }
                union Thing = Dog | Cat
                interface Named { name: String owner: Person }
                type Dog implements Named { id: ID! name: String owner: Person area: String }
                type Cat implements Named { id: ID! name: String owner: Person }
                type Person { id: ID! }
                """,
                {"things": PETS, "named": PETS},
            ),
            "b": Subgraph(
                "type Query { x: Int } type Cat { id: ID! area: String } type Person { id: ID! nick: String }",
                entities={
                    "Cat": lambda one: {"id": one["id"], "area": HERE},
                    "Person": lambda one: {"id": one["id"], "nick": f"n-{one['id']}"},
                },
            ),
        },
        policy,
        **more,
    )


OF_EACH = "... on Dog { name owner { nick } } ... on Cat { name owner { nick } }"


@pytest.mark.parametrize("document", [f"{{ things {{ {OF_EACH} }} }}", "{ named { name owner { nick } } }"])
def test_members_are_each_decided_by_their_own_fields_and_areas(document: str) -> None:
    policy = lines("any Query.*", "own Dog.*", "own Cat.*", "any Person.*")
    graph = kinds(policy, areas={"Dog": "area", "Cat": "area"}, subjects={"Person": "id"})
    answer = graph.ask(document, areas=["310115"])
    (found,) = answer.data.values()
    assert found == [{"name": "Tom", "owner": {"nick": "n-p2"}}, {"name": "Max", "owner": {"nick": "n-p3"}}]
    asked = str([variables for _, variables in graph.subgraphs["b"].asked])
    assert "p1" not in asked
    entry = closing(answer)
    assert entry.rows == {"Dog": 1, "Cat": 1, "Person": 2}
    assert len(entry.subjects["Person"]) == 2


@pytest.mark.parametrize("document", ["{ named { name } }", "{ named { ... on Named { name } ... on Cat { name } } }"])
def test_an_interface_shows_and_masks_a_field_by_the_type_of_each(document: str) -> None:
    policy = lines("any Query.*", "any Dog.name read redact", "any Dog.area", "any Cat.*")
    answer = kinds(policy, masks={"Dog.name": ["redact"]}).ask(document)
    assert answer.data == {"named": [{"name": None}, {"name": "Tom"}, {"name": None}]}
    gone = kinds(lines("any Query.*", "any Dog.area", "any Cat.*")).ask(document)
    assert gone.data == answer.data
    assert gone.withheld == {"Dog.name": "not-granted"}


# ── what is not a path at all ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "document",
    [
        '{ _entities(representations: [{__typename: "Person", id: "p1"}]) { ... on Person { phone } } }',
        "{ _service { sdl } }",
        "{ people { _entities { id } } }",
        "{ join__Graph }",
    ],
)
def test_the_machinery_of_federation_is_not_offered(document: str) -> None:
    with pytest.raises(Refusal) as refused:
        town(OPEN).ask(document)
    assert not any(one["phone"] in str(refused.value) for one in PEOPLE.values())


@pytest.mark.parametrize("name", ["_Any", "_Entity", "_Service", "join__Graph", "join__FieldSet"])
def test_the_types_of_federation_are_not_in_the_schema(name: str) -> None:
    graph = town(OPEN)
    assert name not in graph.api.type_map
