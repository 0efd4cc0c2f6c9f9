from __future__ import annotations

from federation.plan.govern import Governance
from tests.support.planning import demo_world, policy_of
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Mode, Standing
from vocabulary.rows import EVERYTHING, NOTHING, OWN

STANDING = Standing(frozenset({"health-analyst"}), "health-commission", "epidemic-control", Mode.ORDINARY)
LINE = "p, %s, %s, Resident.%s, %s, any, any, allow, plain\n"


def governance(policy: str) -> Governance:
    world = demo_world()
    return Governance(policy_of(policy, world), world.supergraph, STANDING)


def test_a_row_is_visible_where_some_cell_of_it_is() -> None:
    view = governance(LINE % ("any", "own", "name", "read") + LINE % ("any", "any", "sex", "read")).view("Resident")
    assert view.visible == EVERYTHING
    assert view.decisions["name"].visible == OWN
    assert view.decisions["phone"].visible == NOTHING


def test_what_the_graph_does_not_show_makes_no_row_visible() -> None:
    view = governance("p, any, any, *, read, any, any, allow, plain\n").view("Resident")
    assert "serial" not in view.decisions
    assert set(view.decisions) == {one.field for one in demo_world().supergraph.coordinates() if one.type == "Resident"}


def test_a_companion_follows_its_input_or_a_derive_line() -> None:
    read = LINE % ("any", "any", "ageBand", "read")
    assert governance(read).view("Resident").decisions["ageBand"].visible == NOTHING
    derive = LINE % ("any", "own", "birthDate", "derive")
    assert governance(read + derive).view("Resident").decisions["ageBand"].visible == OWN
    plain = LINE % ("any", "any", "birthDate", "read")
    assert governance(read + plain).view("Resident").decisions["ageBand"].visible == EVERYTHING


def test_the_receiver_is_the_subject_of_deliver() -> None:
    policy = "p, org:eatwell, any, Resident.identityNo, deliver, any, any, allow, plain\n"
    number = Coordinate("Resident", "identityNo")
    assert governance(policy).deliver(number, "eatwell").plain == EVERYTHING
    assert governance(policy).deliver(number, "health-commission").plain == NOTHING
    anybody = governance("p, any, any, Resident.identityNo, read, any, any, allow, plain\n")
    assert anybody.deliver(number, "eatwell").plain == NOTHING


def test_an_identifier_is_somebodys_the_subjects_or_anybodys() -> None:
    world = demo_world()
    types = world.supergraph.types
    asked = governance(LINE % ("any", "any", "area", "read"))
    assert asked.subject_types(types["Resident"]) == ("Resident",)
    assert asked.subject_types(types["Test"]) == ("Resident",)
    assert asked.subject_types(types["Access"]) == ("Firm", "Resident")
