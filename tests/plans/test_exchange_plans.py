"""Plans of what another exchange asks, as text: entities by ids and pseudonyms, and what is told of masks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from federation.errors import Code, Refusal
from federation.plan.places import Hop, Plan, RowsPlan, Shown
from federation.plan.text import print_plan
from federation.schema.as_subgraph import MASKED
from tests.support.executing import line, paired_world
from tests.support.planning import plan_of

READ = line("own", "Person.name") + "p, any, own, Person.number, read, any, any, allow, pair\n"
MATCH = line("310115", "Person.number", "match")
FOLLOW = (
    line("own", "Person.visits")
    + line("own", "Visit.finding")
    + line("any", "Person.number", "deliver", "org:health")
    + line("any", "Visit.person", "deliver", "org:police")
)
ENTITIES = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Person { %s } } }"
SOME = {"r": [{"__typename": "Person", "id": "x"}]}


def planned(document: str, policy: str, **variables: object) -> Plan:
    known = {"r": SOME["r"]} if "$r" in document else {}
    return plan_of(
        document,
        policy=policy,
        purpose="care",
        world=paired_world(),
        as_subgraph=True,
        variables={**known, **variables},
    )


def hops(plan: Plan) -> list[Hop]:
    return [one for wave in plan.waves for one in wave if isinstance(one, Hop)]


def people(plan: Plan) -> RowsPlan:
    (found,) = (one.rows for one in plan.kept if one.type == "Person")
    assert found is not None
    return found


def outputs(shown: Shown) -> Iterator[Shown]:
    """What is shown of the entities of each type."""
    for one in (shown.of or {}).values():
        yield from one


def asked_of_people(plan: Plan) -> str:
    """The text of a plan without the types that nothing is asked of: a union leads to every type."""
    text = print_plan(plan)
    lines = text.splitlines()
    kept, is_kept = list[str](), True
    for number, one in enumerate(lines):
        if one.startswith("  #"):
            is_kept = "where none" not in "".join(lines[number + 1 : number + 3])
        elif not one.startswith("       "):
            is_kept = "shown where none" not in one
        if is_kept:
            kept.append(one)
    return "\n".join(kept) + "\n"


CASES: dict[str, tuple[str, str, str]] = {
    "entities_by_their_ids": (
        ENTITIES % "_masked number name",
        READ,
        """\
wave 0
  #7 ask register: Person by the ids of another exchange
       fields number, area, name
       where area within $own
rows of Person: shown where own, by area
  number: pair where own [policy.csv:2]
  name: plain where own [policy.csv:1]
""",
    ),
    "entities_by_pseudonyms_under_match": (
        ENTITIES % "name",
        READ + MATCH,
        """\
wave 0
  #7 ask register: Person by the ids of another exchange
       fields number, area, name
       where area within $own
       or by pseudonyms of number (person): plain where within 310115 [policy.csv:3]
rows of Person: shown where own, by area
  name: plain where own [policy.csv:1]
""",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_plan(name: str) -> None:
    document, policy, expected = CASES[name]
    assert asked_of_people(planned(document, policy)) == expected


def test_what_is_followed_from_an_entity_is_told_to_its_source_as_ever() -> None:
    text = print_plan(planned(ENTITIES % "visits { finding }", READ + FOLLOW))
    assert "ask clinic: visits of #7, by number" in text
    assert "tells health Person.number: where any [policy.csv:5]; on record first" in text
    withheld = print_plan(planned(ENTITIES % "visits { finding }", READ + line("own", "Person.visits")))
    assert "Person.visits: deliver." in withheld
    assert "visits of" not in withheld


def test_a_pseudonym_names_nobody_where_no_line_permits_the_search() -> None:
    for policy in (READ, READ + MATCH.replace("match", "read")):
        assert all(hop.named is None for hop in hops(planned(ENTITIES % "name", policy)))
    used = planned(ENTITIES % "name", READ + MATCH)
    (hop,) = (one for one in hops(used) if one.named is not None)
    assert hop.type == "Person"
    assert ("Person.number", "match") in {(one.coordinate, one.shown) for one in used.shown}


@pytest.mark.parametrize(
    "document",
    [
        '{ _entities(representations: [{__typename: "Person", id: "x"}]) { __typename } }',
        '{ _entities(representations: {__typename: "Person", id: "x"}) { __typename } }',
        "query($o: _Any!) { _entities(representations: [$o]) { __typename } }",
        "query($o: _Any!) { _entities(representations: [$o, $o]) { __typename } }",
        '{ _entities(representations: ["x"]) { __typename } }',
    ],
)
def test_entities_come_as_one_list_from_one_variable(document: str) -> None:
    """A literal would stand in the text of a document: names of people belong in variables."""
    variables = {"o": {"__typename": "Person", "id": "x"}} if "$o" in document else {}
    with pytest.raises(Refusal) as refused:
        planned(document, READ, **variables)
    assert refused.value.code in {Code.ARGUMENT_INVALID, Code.DOCUMENT_INVALID}


@pytest.mark.parametrize("value", [None, 5, "x", {}, [None], [5], ["x"], [[]], [[{}]]])
def test_what_is_no_list_of_objects_is_refused_whole(value: object) -> None:
    with pytest.raises(Refusal) as refused:
        planned(ENTITIES % "name", READ, r=value if value != {} else 7)
    assert refused.value.code in {Code.ARGUMENT_INVALID, Code.VARIABLES_INVALID}


@pytest.mark.parametrize(
    "selection",
    [
        "_masked name",
        "name m: _masked",
        "a: name b: name _masked n: _masked",
        "... { _masked } ...F",
        "...F @include(if: true) ... on Person { ... on Person { _masked } }",
        "... on Node { ... on Person { _masked name } }",
    ],
)
def test_masks_are_told_whatever_the_way_to_them(selection: str) -> None:
    document = ENTITIES % selection + " fragment F on Person { name }" * ("...F" in selection)
    plan = planned(document, READ)
    (root,) = plan.answer
    (person,) = (one for one in plan.kept if one.type == "Person")
    assert people(plan).tells_masks
    assert [one.field for one in person.columns] == ["name"]
    assert MASKED in {one.column for shown in (root, *root.others) for one in outputs(shown)}


def test_masks_are_not_told_where_nobody_asks() -> None:
    for selection in ("name", "name _masked @skip(if: true)", "name ... @include(if: false) { _masked }"):
        assert not people(planned(ENTITIES % selection, READ)).tells_masks


def test_lists_tell_of_masks_too() -> None:
    plan = planned("{ people { nodes { _masked name } edges { node { m: _masked } } } }", READ)
    assert people(plan).tells_masks
    assert not plan.introspective


def test_its_own_description_is_introspection_and_reads_no_row() -> None:
    plan = planned("{ _service { sdl } }", READ)
    assert plan.introspective
    assert plan.waves == ()
    assert all(one.rows is None for one in plan.kept)
