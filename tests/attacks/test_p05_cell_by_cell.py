"""Promise 5. Grants unite cell by cell: two roles never give (rows1 ∪ rows2) × (columns1 ∪ columns2).

The published mistake: hasura/graphql-engine issue 10711.
"""

from __future__ import annotations

from collections.abc import Callable

from democity.personas import Persona
from tests.support.city import City

POLICY = """\
p, role:health-analyst, 310115016003, Resident.name, read, epidemic-control, ordinary, allow, plain
p, role:health-analyst, 310115016003, Resident.area, read, epidemic-control, ordinary, allow, plain
p, role:committee-worker, 310115016004, Resident.address, read, epidemic-control, ordinary, allow, address-street
p, role:committee-worker, 310115016004, Resident.area, read, epidemic-control, ordinary, allow, plain
p, role:committee-worker, 310115016003, Resident.address, read, epidemic-control, ordinary, deny,
"""
BOTH = Persona(
    "both.hats", "health-commission", "test", ("health-analyst", "committee-worker"), ("31",), "epidemic-control"
)
DOCUMENT = "{ residents(first: 1000) { nodes { name address area } } }"


def test_two_roles_give_the_union_of_their_cells_and_no_more(make_city: Callable[..., City]) -> None:
    nodes = make_city(policy=POLICY).ask(BOTH, DOCUMENT).data["residents"]["nodes"]
    assert {one["area"][:12] for one in nodes} == {"310115016003", "310115016004"}
    for one in nodes:
        in_three = one["area"].startswith("310115016003")
        assert (one["name"] is not None) == in_three
        assert (one["address"] is not None) == (not in_three)


def test_the_least_strict_covering_mask_shows_a_cell_and_a_deny_closes_it(make_city: Callable[..., City]) -> None:
    policy = POLICY + (
        "p, any, any, Resident.name, read, epidemic-control, ordinary, allow, name-surname\n"
        "p, any, 310115016005, Resident.name, read, epidemic-control, ordinary, deny,\n"
    )
    city = make_city(policy=policy)
    reply = city.ask(BOTH, '{ residents(first: 1000, where: {area: {within: ["310115016"]}}) { nodes { name area } } }')
    for one in reply.data["residents"]["nodes"]:
        plain = "*" not in str(one["name"])
        assert plain == one["area"].startswith("310115016003")
    everywhere = city.ask(BOTH, "{ residents(first: 1000) { nodes { name area } } }").data["residents"]["nodes"]
    assert all(one["name"] and one["area"] is None for one in everywhere if one["area"] is None)
    assert reply.masked["Resident.name"] == ["name-surname"]
