from __future__ import annotations

import pytest

from federation.schema.composition_problem import CompositionFailedError
from federation.schema.facts import ANONYMOUS, Requirement
from tests.support.supergraphs import USERS, federated

AUTHENTICATED = Requirement("authenticated", known=True)
SCOPES = Requirement("requires-scope", (frozenset({"a", "b"}), frozenset({"c"})))
POLICY = Requirement("requires-policy", (frozenset({"p"}),))
MEDIA = """
type Query @join__type(graph: A) { media: [Media] @join__field(graph: A) any: Any @join__field(graph: A) }
interface Media @join__type(graph: A, key: "id") @join__type(graph: B, key: "id", isInterfaceObject: true) INTERFACE {
  id: ID! ID
  title: String @join__field(graph: B) TITLE
}
type Book implements Media @join__implements(graph: A, interface: "Media") @join__type(graph: A, key: "id") OBJECT {
  id: ID!
  title: String @join__field(graph: B) BOOK
  kind: Kind KIND
  price: Money
}
type Film implements Media @join__implements(graph: A, interface: "Media") @join__type(graph: A, key: "id") {
  id: ID!
  title: String @join__field(graph: B)
  of: Book
}
union Any @join__type(graph: A) @join__unionMember(graph: A, member: "Book") = Book
enum Kind @join__type(graph: A) ENUM { X @join__enumValue(graph: A) }
scalar Money @join__type(graph: A) SCALAR
"""
WORDS = ("INTERFACE", "ID", "TITLE", "OBJECT", "BOOK", "KIND", "ENUM", "SCALAR")


def requires(**where: str) -> dict[str, tuple[Requirement, ...]]:
    types = MEDIA
    for word in WORDS:
        types = types.replace(f" {word} ", f" {where.get(word, '')} ").replace(
            f" {word}\n", f" {where.get(word, '')}\n"
        )
    graph = federated(types)
    return {
        f"{one.name}.{field.name}": field.requires
        for one in graph.types.values()
        for field in one.fields.values()
        if field.requires
    }


@pytest.mark.parametrize(
    ("directive", "requirement"),
    [
        ("@authenticated", AUTHENTICATED),
        ('@requiresScopes(scopes: [["a", "b"], ["c"]])', SCOPES),
        ('@policy(policies: [["p"]])', POLICY),
    ],
)
def test_a_field_requires_what_stands_at_it(directive: str, requirement: Requirement) -> None:
    assert requires(KIND=directive) == {"Book.kind": (requirement,)}


def test_a_type_requires_for_its_fields_and_for_whatever_leads_to_it() -> None:
    assert set(requires(OBJECT="@authenticated")) == {
        *("Book.id", "Book.title", "Book.kind", "Book.price"),
        "Film.of",
        *("Media.id", "Media.title"),  # an interface object can't tell which it is
    }


def test_an_interface_requires_for_whatever_implements_it() -> None:
    found = requires(INTERFACE="@authenticated")
    assert {"Media.id", "Media.title", "Book.id", "Book.kind", "Film.title", "Query.media", "Film.of"} <= set(found)


def test_a_field_of_an_interface_requires_wherever_it_is_implemented() -> None:
    assert set(requires(TITLE="@authenticated")) == {"Media.title", "Book.title", "Film.title"}


def test_a_field_of_one_implementation_requires_of_an_interface_object_too() -> None:
    assert set(requires(BOOK="@authenticated")) == {"Media.title", "Book.title"}


def test_enums_and_scalars_require_wherever_they_are() -> None:
    assert set(requires(ENUM="@authenticated")) == {"Book.kind"}
    assert set(requires(SCALAR='@policy(policies: [["p"]])')) == {"Book.price"}


def test_requirements_add_up() -> None:
    found = requires(
        OBJECT="@authenticated", KIND='@requiresScopes(scopes: [["a", "b"], ["c"]])', ENUM='@policy(policies: [["p"]])'
    )
    assert set(found["Book.kind"]) == {AUTHENTICATED, SCOPES, POLICY}


def test_an_act_requires_too() -> None:
    types = (
        USERS
        + """
    type Mutation @join__type(graph: A) { rename(name: String!): User @join__field(graph: A) @authenticated }
    """
    )
    assert federated(types).acts["rename"].requires == (AUTHENTICATED,)


@pytest.mark.parametrize(
    ("requirement", "roles", "met"),
    [
        (AUTHENTICATED, {"worker"}, True),
        (AUTHENTICATED, {"worker", ANONYMOUS}, False),
        (AUTHENTICATED, set(), True),
        (SCOPES, {"a"}, False),
        (SCOPES, {"a", "b", "x"}, True),
        (SCOPES, {"c"}, True),
        (Requirement("requires-scope"), {"a"}, False),  # of no group: nobody has it
        (Requirement("requires-scope", (frozenset(),)), set(), True),
    ],
)
def test_who_meets_a_requirement(requirement: Requirement, roles: set[str], met: bool) -> None:
    assert requirement.is_met(frozenset(roles)) is met


LINK = '@link(url: "https://specs.apollo.dev/%s/v0.1", for: SECURITY)'


@pytest.mark.parametrize(
    ("name", "defined", "old", "new", "said"),
    [
        (
            "authenticated",
            "directive @authenticated on ARGUMENT_DEFINITION",
            "user(id: ID!)",
            "user(id: ID! @authenticated)",
            "Query.user(id:): @authenticated where it would guard nothing",
        ),
        (
            "requiresScopes",
            "directive @requiresScopes(scopes: String) on FIELD_DEFINITION",
            "name: String!",
            'name: String! @requiresScopes(scopes: "a")',
            "User.name: @requiresScopes is not written as its specification says",
        ),
        (
            "policy",
            "directive @policy on FIELD_DEFINITION",
            "name: String!",
            "name: String! @policy",
            "User.name: @policy is not written as its specification says",
        ),
    ],
)
def test_a_requirement_that_would_guard_nothing_is_refused(
    name: str, defined: str, old: str, new: str, said: str
) -> None:
    with pytest.raises(CompositionFailedError) as failed:
        federated(USERS.replace(old, new), links=LINK % name, defined=defined)
    assert said in str(failed.value)
