"""A supergraph with acts: how they are read, and what is refused because it would act, or show, past governance."""

from __future__ import annotations

from dataclasses import replace

import pytest
from graphql import print_schema, validate_schema
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.schema.compose import compose
from federation.schema.subgraph import describe
from federation.schema.supergraph import Act, Argument, FieldFacts, FieldKind, Supergraph
from tests.federation.schema.acts import DESK
from tests.federation.schema.catalogue import words
from tests.federation.schema.test_supergraph import DEMO, SUBGRAPHS, changed, refused
from vocabulary.catalogue import ActArgument, ActDeclaration
from vocabulary.coordinate import Coordinate
from vocabulary.values import SCALARS

ACTING_SDL = compose({**SUBGRAPHS, "desk": describe(DESK)})
ACTING = Supergraph.parse(ACTING_SDL)


def test_acts_stand_by_their_field_of_mutation() -> None:
    assert ACTING.acts == {
        "proposeAgreement": Act(
            "proposeAgreement",
            "Agreement",
            "desk",
            (
                Argument("coordinates", "String", many=True, required=True),
                Argument("areas", "String", many=True, required=False),
                Argument("until", "DateTime", many=False, required=True),
                Argument("renew", "Boolean", many=False, required=False),
                Argument("reason", "String", many=False, required=False),
            ),
            level=2,
            description="中文 · Ask for an agreement",
        ),
        "approveAgreement": Act(
            "approveAgreement",
            "Agreement",
            "desk",
            (Argument("id", "ID", many=False, required=True),),
            level=3,
            description="中文 · Approve an agreement",
        ),
    }


def test_a_policy_line_can_name_an_act_and_no_mask_for_it() -> None:
    coordinates = ACTING.coordinates()
    assert coordinates[Coordinate("Mutation", "approveAgreement")] == FieldFacts(
        name="approveAgreement",
        type="Agreement",
        many=False,
        kind=FieldKind.ACT,
        graph="desk",
        inaccessible=False,
        level=3,
        category=None,
        masks=(),
        identifier=False,
        reveals=(),
        companion=None,
        description="中文 · Approve an agreement",
    )
    assert coordinates.keys() - DEMO.coordinates().keys() == {
        Coordinate("Mutation", "approveAgreement"),
        Coordinate("Mutation", "proposeAgreement"),
        Coordinate("Agreement", "number"),
        Coordinate("Agreement", "state"),
    }


def test_mutation_holds_no_cell() -> None:
    assert "Mutation" not in ACTING.types
    assert ACTING.types.keys() - DEMO.types.keys() == {"Agreement"}


def test_askers_see_the_acts_and_nothing_of_their_governance() -> None:
    assert validate_schema(ACTING.api) == []
    printed = print_schema(ACTING.api)
    assert "  approveAgreement(\n" in printed
    assert "    coordinates: [String!]!\n" in printed
    assert "  ): Agreement\n" in printed
    assert "@" not in printed
    assert ACTING.api.mutation_type is ACTING.api.type_map["Mutation"]


def test_without_acts_there_is_no_mutation() -> None:
    assert DEMO.acts == {}
    assert DEMO.api.mutation_type is None
    assert not [one for one in DEMO.coordinates() if one.type == "Mutation"]


ARGUMENTS = st.builds(
    ActArgument,
    st.from_regex(r"[a-z][A-Za-z0-9]{0,8}", fullmatch=True).filter(lambda name: name != "first"),
    st.sampled_from([*SCALARS, "ID"]),
    required=st.booleans(),
    description=st.just(words("x")),
) | st.builds(
    ActArgument,
    st.sampled_from(["in", "class", "None", "mro"]),
    st.just("String"),
    required=st.booleans(),
    description=st.just(words("x")),
    many=st.booleans(),
)


@pytest.mark.whole
@settings(max_examples=30, deadline=None)
@given(st.lists(ARGUMENTS, max_size=5, unique_by=lambda one: one.name), st.integers(1, 4))
def test_every_declared_act_comes_back_as_it_was_declared(arguments: list[ActArgument], level: int) -> None:
    act = ActDeclaration("act", "Agreement", tuple(arguments), level, words("x"))
    read = Supergraph.parse(compose({"desk": describe(replace(DESK, acts=(act,)))})).acts
    wanted = tuple(Argument(one.name, one.scalar, one.many, one.required) for one in arguments)
    assert read == {"act": Act("act", "Agreement", "desk", wanted, level, "中文 · x")}


# ── attacks: what is done past governance, or shows what is not governed ──────────────────────────────────────────────

APPROVE = "  ): Agreement @act(level: 3)"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (APPROVE, "  ): Agreement", "UNSUPPORTED: Mutation: a root type other than Query, and not of acts"),
        (APPROVE, f"{APPROVE}\n  secret: String", "UNSUPPORTED: Mutation: a root type other than Query"),
        (APPROVE, APPROVE.replace("3", "5"), "UNGOVERNED: Mutation.approveAgreement: @act: level 5 is not 1 to 4"),
        (APPROVE, APPROVE.replace("3", '"3"'), "UNGOVERNED: Mutation.approveAgreement: @act"),
        (APPROVE, APPROVE.replace("Agreement", "String"), "UNGOVERNED: Mutation.approveAgreement: it returns String"),
        (
            APPROVE,
            APPROVE.replace("Agreement", "Agreement!"),
            "UNGOVERNED: Mutation.approveAgreement: it returns Agreement!",
        ),
        (
            APPROVE,
            APPROVE.replace("Agreement", "[Agreement]"),
            "UNGOVERNED: Mutation.approveAgreement: it returns [Agreement]",
        ),
        (
            APPROVE,
            APPROVE.replace("Agreement", "AgreementConnection"),
            "UNGOVERNED: Mutation.approveAgreement: it returns AgreementConnection",
        ),
        (APPROVE, APPROVE.replace("Agreement", "Node"), "UNGOVERNED: Mutation.approveAgreement: it returns Node"),
        (
            APPROVE,
            APPROVE.replace("Agreement", "Mutation"),
            "UNGOVERNED: Mutation.approveAgreement: it returns Mutation",
        ),
        (
            APPROVE,
            APPROVE.replace("Agreement", "Vaccination"),
            "UNGOVERNED: Mutation.approveAgreement: it returns Vaccination, which is no governed entity of its source",
        ),
        (
            APPROVE,
            APPROVE.replace("Agreement", "Resident"),  # which has a key, and another home
            "UNGOVERNED: Mutation.approveAgreement: it returns Resident, which is no governed entity of its source",
        ),
        (
            APPROVE,
            f"{APPROVE} @join__field(graph: DESK) @join__field(graph: HEALTH)",
            "UNSUPPORTED: Mutation.approveAgreement: an act that several sources do (desk, health)",
        ),
        (
            "type Mutation\n  @join__type(graph: DESK)",
            "type Mutation\n  @join__type(graph: DESK) @join__type(graph: HEALTH)",
            "UNSUPPORTED: Mutation.approveAgreement: an act that several sources do",
        ),
        (
            APPROVE,
            f"{APPROVE} @inaccessible",
            "UNSUPPORTED: Mutation.approveAgreement: @inaccessible on what holds no cell",
        ),
        (
            APPROVE,
            f'{APPROVE} @collection(of: "Agreement", pageBy: "number")',
            "UNSUPPORTED: Mutation.approveAgreement: @collection on what holds no cell",
        ),
        (APPROVE, f"{APPROVE} @governed(level: 1)", "UNSUPPORTED: Mutation.approveAgreement: a governed field with"),
        (
            "type Mutation\n",
            'type Mutation\n  @dataArea(field: "approveAgreement")\n',
            "UNGOVERNED: Mutation.approveAgreement: every field but id has @governed",
        ),
        (
            "type Mutation\n  @join__type(graph: DESK)",
            'type Mutation\n  @join__type(graph: DESK, key: "approveAgreement")',
            "UNGOVERNED: Mutation.approveAgreement: every field but id has @governed",
        ),
        ("type Mutation\n", "type Mutation implements Node\n", "INVALID_GRAPHQL: supergraph: Interface field Node.id"),
        (
            "    id: ID!\n  )",
            "    id: AgreementWhere\n  )",
            "UNSUPPORTED: Mutation.approveAgreement(id:): AgreementWhere",
        ),
        (
            "    id: ID!\n  )",
            "    id: OrderDirection\n  )",
            "UNSUPPORTED: Mutation.approveAgreement(id:): OrderDirection",
        ),
        ("    id: ID!\n  )", "    id: link__Import\n  )", "UNSUPPORTED: Mutation.approveAgreement(id:): link__Import"),
        ("    id: ID!\n  )", "    id: [ID!]!\n  )", "UNSUPPORTED: Mutation.approveAgreement(id:): [ID!]!"),
        ("    id: ID!\n  )", "    id: [String]\n  )", "UNSUPPORTED: Mutation.approveAgreement(id:): [String]"),
        ("    id: ID!\n  )", "    id: [[String!]!]\n  )", "UNSUPPORTED: Mutation.approveAgreement(id:): [[String!]!]"),
        ("    id: ID!\n  )", '    id: ID = "all"\n  )', "UNSUPPORTED: Mutation.approveAgreement(id:): a default"),
        (
            "    id: ID!\n  )",
            "    first: ID!\n  )",
            "UNSUPPORTED: Mutation.approveAgreement(first:): it would be taken for the size of a page",
        ),
        (
            'name: String @join__field(graph: POPULATION) @governed(category: "name"',
            'name: String @act(level: 1) @join__field(graph: POPULATION) @governed(category: "name"',
            "UNSUPPORTED: Resident.name: an @act that is no field of Mutation",
        ),
        (
            "node(id: ID!): Node",
            "node(id: ID!): Node @act(level: 1)",
            "UNSUPPORTED: Query.node: an @act that is no field of Mutation",
        ),
        ("  mutation: Mutation\n", "", "UNSUPPORTED: schema: roots other than query: Query, mutation: Mutation"),
        ("  mutation: Mutation\n", "  mutation: Agreement\n", "UNSUPPORTED: schema: roots other than"),
        (
            "  mutation: Mutation\n",
            "  mutation: Mutation\n  subscription: Agreement\n",
            "UNSUPPORTED: schema: roots other than",
        ),
        (
            "type Mutation\n",
            "extend type Mutation { secret: Agreement }\n\ntype Mutation\n",
            "UNSUPPORTED: object type extension in a supergraph",
        ),
        (
            "  mutation: Mutation\n}",
            "}\nextend schema { mutation: Mutation }",
            "UNSUPPORTED: schema extension in a supergraph",
        ),
    ],
)
def test_it_refuses_acts(old: str, new: str, problem: str) -> None:
    assert problem in refused(changed(old, new, ACTING_SDL))


def test_a_graph_without_acts_has_no_root_but_query() -> None:
    assert "roots other than query: Query" in refused(
        changed("  query: Query\n", "  query: Query mutation: Resident\n")
    )
