"""What a supplied supergraph requires of askers, in the decisions that every plan is made of."""

from __future__ import annotations

import pytest

from federation.plan.govern import Governance
from federation.plan.world import World
from federation.rules import policy_facts
from federation.schema.declare import parse
from federation.schema.facts import ANONYMOUS
from policies.compile import Policy
from policies.load import load
from tests.support.supergraphs import DECLARED, EXCHANGE, OPEN, USERS, federated
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.principal import Mode, Standing
from vocabulary.rows import EVERYTHING, NOTHING

SCOPED = (
    USERS.replace("name: String!", 'name: String! @requiresScopes(scopes: [["names"]])')
    .replace("text: String!", "text: String! @authenticated")
    .replace("user(id: ID!): User @join__field(graph: A)", "user(id: ID!): User @join__field(graph: A) @authenticated")
    + """
type Mutation @join__type(graph: A) {
  rename: User @join__field(graph: A) @policy(policies: [["writers"]])
}
"""
)
LINES = (
    OPEN
    + "p, any, any, Query.user, match, any, any, allow, plain\np, any, any, Mutation.*, write, any, any, allow, plain\n"
)


def governance(*roles: str, types: str = SCOPED, lines: str = LINES) -> Governance:
    catalogue = parse(EXCHANGE + DECLARED, file="exchange.yaml")
    assert catalogue.graph is not None
    world = World(federated(types, catalogue.graph), catalogue)
    facts = policy_facts(world.catalogue, world.supergraph)
    loaded = load(lines, file="policy.csv", facts=facts)
    policy = Policy.build(loaded.lines, loaded.role_links, facts)
    return Governance(policy, world.supergraph, Standing(frozenset(roles), "bureau", "care", Mode.ORDINARY))


def outcome(decision: Decision) -> str:
    return decision.reason or ("shown" if decision.visible == EVERYTHING else "other")


def test_a_scope_is_a_role_of_that_name() -> None:
    assert outcome(governance().view("User").decisions["name"]) == "requires-scope"
    assert outcome(governance("worker", "names").view("User").decisions["name"]) == "shown"


def test_an_anonymous_asker_is_not_authenticated_whatever_else_it_is() -> None:
    assert outcome(governance(ANONYMOUS, "worker").view("Post").decisions["text"]) == "authenticated"
    assert outcome(governance("worker").view("Post").decisions["text"]) == "shown"


@pytest.mark.parametrize("action", ["read", "match", "derive", "deliver", "write"])
def test_no_action_goes_round_a_requirement(action: str) -> None:
    lacking, having = governance(ANONYMOUS), governance("writers", "names")
    name, user, rename = Coordinate("User", "name"), Coordinate("Query", "user"), Coordinate("Mutation", "rename")

    def decided(by: Governance) -> Decision:
        match action:
            case "read":
                return by.view("User").decisions["name"]
            case "match":
                return by.match(user)
            case "derive":
                return by.derive(name)
            case "deliver":
                return by.deliver(name, "people")
            case _:
                return by.write(rename)

    refused = decided(lacking)
    assert (refused.visible, refused.grants) == (NOTHING, ())
    assert refused.reason in {"requires-scope", "authenticated", "requires-policy"}
    assert outcome(decided(having)) == "shown"


def test_a_requirement_opens_nothing() -> None:
    lines = "p, any, any, User.id, read, any, any, allow, plain\n"
    assert outcome(governance("names", lines=lines).view("User").decisions["name"]) != "shown"


def test_a_row_is_not_visible_by_what_is_required_of_it() -> None:
    types = USERS.replace(
        'type User @join__type(graph: A, key: "id")', 'type User @authenticated @join__type(graph: A, key: "id")'
    )
    assert governance(ANONYMOUS, types=types, lines=OPEN).view("User").visible == NOTHING
    assert governance(types=types, lines=OPEN).view("User").visible == EVERYTHING


def test_a_hidden_field_may_feed_another_and_makes_no_row_visible() -> None:
    types = USERS.replace("tags: [String!]", "tags: [String!] @inaccessible")
    view = governance(types=types, lines="p, any, any, User.tags, read, any, any, allow, plain\n").view("User")
    assert view.decisions["tags"].plain == EVERYTHING
    assert view.visible == NOTHING


def test_whose_identifiers_those_of_a_type_are() -> None:
    asked = governance(lines=LINES)
    types = asked._supergraph.types
    assert asked.subject_types(types["User"]) == ("User",)
    assert asked.subject_types(types["Post"]) == ("User",)
    assert asked.subject_types(types["Query"]) == ("User",)
