from __future__ import annotations

import pytest
from graphql import print_schema, validate_schema

from federation.schema.composition_problem import CompositionFailedError
from federation.schema.facts import FieldKind
from federation.schema.supergraph import Supergraph
from tests.support.supergraphs import USERS, federated, supergraph
from vocabulary.catalogue import GraphDeclaration, GraphField, GraphType, SubgraphDeclaration
from vocabulary.coordinate import Coordinate

ACTS = """
type Mutation @join__type(graph: A) {
  rename(id: ID!, name: String! = "x", tags: [String!]): User! @join__field(graph: A)
  count: Int! @join__field(graph: A)
}
"""


def declared(**types: GraphType) -> GraphDeclaration:
    return GraphDeclaration(types=types)


def refused(types: str, declaration: GraphDeclaration | None = None, **options: str) -> str:
    with pytest.raises(CompositionFailedError) as failed:
        federated(types, declaration, **options)
    return str(failed.value)


def test_every_object_type_has_facts_the_root_too() -> None:
    graph = federated(USERS + ACTS)
    kinds = {f"{one.name}.{field.name}": field.kind for one in graph.types.values() for field in one.fields.values()}
    assert kinds == {
        "Query.me": FieldKind.RELATION,
        "Query.user": FieldKind.RELATION,
        "Query.posts": FieldKind.RELATION,
        "User.id": FieldKind.SCALAR,
        "User.name": FieldKind.SCALAR,
        "User.area": FieldKind.SCALAR,
        "User.tags": FieldKind.SCALAR,
        "User.posts": FieldKind.RELATION,
        "Post.id": FieldKind.SCALAR,
        "Post.text": FieldKind.SCALAR,
        "Post.author": FieldKind.RELATION,
    }
    assert (graph.graphs, graph.collections) == (("a", "b"), {})
    assert graph.join is not None
    assert dict(graph.join.graphs) == {"a": "http://127.0.0.1:9201/a", "b": "http://127.0.0.1:9201/b"}


def test_nothing_declared_is_of_level_1_about_nobody_and_nowhere() -> None:
    user = federated(USERS).types["User"]
    assert (user.subject, user.area, user.home, user.key, user.has_area) == (None, None, None, None, False)
    assert {(one.level, one.category, one.masks, one.reveals) for one in user.fields.values()} == {(1, None, (), ())}


def test_what_is_declared_governs() -> None:
    graph = federated(
        USERS,
        declared(
            User=GraphType(
                "User", ("id",), ("area",), {"name": GraphField("name", 3, "identity", ("redact",), ("tags",))}
            ),
            Post=GraphType("Post", ("author", "id"), ("author", "area")),
        ),
    )
    user, post = graph.types["User"], graph.types["Post"]
    name = user.fields["name"]
    assert (name.level, name.category, name.masks, name.reveals) == (3, "identity", ("redact",), ("tags",))
    assert (user.subject, user.area) == ("id", "area")
    assert (post.subject, post.area, post.has_area) == ("author.id", "author.area", True)
    assert post.subject_field is post.fields["author"]


def test_a_field_with_arguments_may_be_matched_and_others_not() -> None:
    fields = federated(USERS).types["Query"].fields
    assert [name for name, one in fields.items() if one.identifier] == ["user"]


def test_a_field_of_mutation_is_an_act() -> None:
    graph = federated(USERS + ACTS)
    rename = graph.acts["rename"]
    assert (rename.type, rename.graph) == ("User", "a")
    assert [(one.name, one.scalar, one.many, one.required) for one in rename.arguments] == [
        ("id", "ID", False, True),
        ("name", "String", False, False),
        ("tags", "String", True, False),
    ]
    assert graph.coordinates()[Coordinate("Mutation", "count")].kind is FieldKind.ACT
    assert "Mutation" not in graph.types


def test_every_governed_field_may_be_withheld_and_is_nullable() -> None:
    graph = federated(USERS + ACTS)
    assert validate_schema(graph.api) == []
    printed = print_schema(graph.api)
    for line in ("  id: ID\n", "  posts: [Post!]\n", "  author: User\n", "  user(id: ID!): User\n", "  count: Int\n"):
        assert line in printed
    assert "join__" not in printed


INTERFACES = """
interface Node @join__type(graph: A) { id: ID! }
interface Hidden @join__type(graph: A) @inaccessible { id: ID! }
union Some @join__type(graph: A) @join__unionMember(graph: A, member: "One") @join__unionMember(graph: A, member: "Two") = One | Two
type One implements Node & Hidden @join__implements(graph: A, interface: "Node") @join__type(graph: A) { id: ID! }
type Two @join__type(graph: A) @inaccessible { x: Int }
type Query @join__type(graph: A) { node: Node some: Some two: Two @inaccessible kind(of: Kind = OLD @inaccessible): Kind }
enum Kind @join__type(graph: A) { OLD @join__enumValue(graph: A) @inaccessible NEW @join__enumValue(graph: A) }
"""


def test_what_is_inaccessible_is_gone_from_wherever_it_stood() -> None:
    graph = federated(INTERFACES)
    assert validate_schema(graph.api) == []
    printed = print_schema(graph.api)
    assert not [word for word in ("Hidden", "Two", "two", "OLD") if word in printed]
    assert graph.types["Query"].fields["two"].inaccessible
    assert graph.types["Two"].fields["x"].inaccessible


def test_what_is_inaccessible_may_still_be_told_to_a_subgraph_by_a_line() -> None:
    assert Coordinate("Query", "two") in federated(INTERFACES).coordinates()


def test_an_interface_that_some_subgraph_has_as_an_object_has_facts() -> None:
    types = """
    interface Media @join__type(graph: A, key: "id") @join__type(graph: B, key: "id", isInterfaceObject: true) { id: ID! }
    type Book implements Media @join__implements(graph: A, interface: "Media") @join__type(graph: A, key: "id") { id: ID! }
    type Query @join__type(graph: A) { media: Media }
    """
    assert set(federated(types).types) == {"Media", "Book", "Query"}
    assert set(federated(INTERFACES).types) == {"One", "Two", "Query"}


def test_subscriptions_are_left_out() -> None:
    types = USERS + "type Subscription @join__type(graph: A) { ticks: Int }"
    sdl = supergraph(types).replace("query: Query", "query: Query subscription: Subscription")
    graph = Supergraph.federated(sdl, GraphDeclaration())
    assert "Subscription" not in graph.types
    assert graph.api.subscription_type is None
    assert "Subscription" not in print_schema(graph.api)


@pytest.mark.parametrize(
    ("declaration", "said"),
    [
        (declared(Usr=GraphType("Usr")), "Usr: it is declared, and no object type"),
        (declared(User=GraphType("User", fields={"nam": GraphField("nam")})), "User.nam: it is declared, and no field"),
        (GraphDeclaration(subgraphs={"c": SubgraphDeclaration("c")}), "c: it is declared, and no subgraph"),
        (declared(User=GraphType("User", ("key",))), "User.key: it is the subject of User, and no field"),
        (
            declared(User=GraphType("User", ("tags",))),
            "User.tags: it is the subject of User, and no ID or Int or String",
        ),
        (declared(User=GraphType("User", ("posts",))), "User.posts: it is the subject of User, and no ID"),
        (declared(User=GraphType("User", (), ("tags",))), "User.tags: it is the area of User, and no ID or String"),
        (declared(User=GraphType("User", ("posts", "id"))), "User.posts: the subject of User leads over it"),
        (
            declared(Post=GraphType("Post", ("author", "id"))),
            "User.id: it is the subject of Post, and not that of User",
        ),
        (declared(Post=GraphType("Post", ("text", "id"))), "Post.text: the subject of Post leads over it"),
        (
            declared(User=GraphType("User", fields={"name": GraphField("name", reveals=("nick",))})),
            "User.name: it reveals nick, which is no field of User",
        ),
        (
            declared(User=GraphType("User", fields={"posts": GraphField("posts", masks=("redact",))})),
            "User.posts: it has masks, and [Post!]! is not one value",
        ),
        (
            declared(User=GraphType("User", fields={"tags": GraphField("tags", masks=("redact",))})),
            "User.tags: it has masks, and [String!] is not one value",
        ),
    ],
)
def test_a_declaration_of_what_is_not_there_is_refused_by_its_name(declaration: GraphDeclaration, said: str) -> None:
    assert said in refused(USERS, declaration)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("type Query", "extend type User { x: Int }\ntype Query", "type extension in a supergraph"),
        ("@join__field(graph: A)", "@join__field(graph: C)", "INVALID_GRAPHQL"),
        ('key: "id"', 'key: "{"', "a field set of a join directive is none"),
        ("name: String!", "name: Sting!", "INVALID_GRAPHQL"),
        ("type Post", "type type Post", "INVALID_GRAPHQL"),
    ],
)
def test_a_supergraph_that_is_none_is_refused(old: str, new: str, said: str) -> None:
    assert said in refused(USERS.replace(old, new, 1))


def test_what_changes_who_is_asked_and_is_not_understood_is_refused() -> None:
    sdl = supergraph(USERS).replace("override: String,", "override: String, overrideLabel: String,")
    sdl = sdl.replace("area: String @join__field(graph: A)", 'area: String @join__field(graph: A, overrideLabel: "x")')
    with pytest.raises(CompositionFailedError) as failed:
        Supergraph.federated(sdl, GraphDeclaration())
    assert "User.area: @join__field(overrideLabel:)" in str(failed.value)


def test_roots_of_other_names_are_refused() -> None:
    with pytest.raises(CompositionFailedError) as failed:
        Supergraph.federated(supergraph(USERS).replace("query: Query", "query: Post"), GraphDeclaration())
    assert "roots other than query: Query" in str(failed.value)


def test_a_supergraph_without_subgraphs_is_refused() -> None:
    sdl = "\n".join(line for line in supergraph(USERS).splitlines() if "@join__graph(name" not in line)
    with pytest.raises(CompositionFailedError):
        Supergraph.federated(sdl, GraphDeclaration())
