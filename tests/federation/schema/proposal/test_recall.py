"""The demo city's own sources, looked at and proposed: what is found again of what their owners declared.

Exceptions: keys of things in other sources (`building_no`) look like nothing, so they are left out and asked about, and
so are relations by them; a row that only its person leads to gets no key (`Vehicle`); what leads from a person to rows
of the same source is not proposed. Members are called as their columns (`areaCode` for `area`, `contact` for `emergencyContact`), relations as
their types, and where the owners are laxer (`sex`, `updatedAt`) the proposal is stricter. What is compared is columns.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.outlines import Target, look
from democity.build import build
from federation.schema.declare import read
from federation.schema.proposal import Ground, propose, write_section
from federation.schema.proposal.values import Proposal, ProposedType
from vocabulary.catalogue import Catalogue, SourceDeclaration, TypeDeclaration

pytestmark = pytest.mark.whole

OF_THINGS = {"building_no"}
CITY = Path(__file__).parents[4] / "democity" / "city" / "exchange.yaml"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("recall") / "home", residents=1_200).directory


def without(catalogue: Catalogue, *names: str) -> Catalogue:
    return replace(catalogue, sources={name: one for name, one in catalogue.sources.items() if name not in names})


def proposed(home: Path, file: str, catalogue: Catalogue, owner: str) -> Proposal:
    return propose(look(Target(str(home / file), home)), Ground(owner, catalogue))


@pytest.fixture(scope="module")
def population(home: Path) -> Proposal:
    return proposed(
        home, "population.sqlite", without(read(CITY), "population", "health", "delivery"), "public-security-bureau"
    )


@pytest.fixture(scope="module")
def health(home: Path) -> Proposal:
    return proposed(home, "health.sqlite", without(read(CITY), "health"), "health-commission")


@pytest.fixture(scope="module")
def delivery(home: Path) -> Proposal:
    return proposed(home, "delivery.openapi.json", without(read(CITY), "delivery"), "eatwell")


def pairs(proposal: Proposal, source: SourceDeclaration) -> list[tuple[ProposedType, TypeDeclaration]]:
    by_table = {one.table: one for one in proposal.types}
    assert by_table.keys() == {one.table for one in source.types}
    return [(by_table[one.table], one) for one in source.types]


@pytest.fixture(params=["population", "health", "delivery"])
def both(request: pytest.FixtureRequest) -> tuple[Proposal, SourceDeclaration]:
    return request.getfixturevalue(request.param), read(CITY).sources[request.param]


def column(one: ProposedType | TypeDeclaration, member: str | None) -> str | None:
    """The column behind a member, whatever it is called."""
    return next((part.column for part in (*one.fields, *one.references) if part.name == member), None)


def test_types_are_called_as_the_city_calls_them(both: tuple[Proposal, SourceDeclaration]) -> None:
    for mine, theirs in pairs(*both):
        assert mine.name == theirs.name


def test_key_subject_area_and_order_are_found(both: tuple[Proposal, SourceDeclaration]) -> None:
    for mine, theirs in pairs(*both):
        if mine.collection is not None or theirs.key == theirs.subject:
            assert column(mine, mine.key) == column(theirs, theirs.key)
        assert column(mine, mine.subject) == column(theirs, theirs.subject)
        assert column(mine, mine.area) == column(theirs, theirs.area)
        assert column(mine, mine.page_by) == column(theirs, theirs.page_by)
        assert (mine.collection is None) == (theirs.collection is None)


def test_references_lead_where_they_should(both: tuple[Proposal, SourceDeclaration]) -> None:
    for mine, theirs in pairs(*both):
        found = {(one.column, one.type, one.key) for one in mine.references}
        declared = {(one.column, one.type, one.key) for one in theirs.references if one.column not in OF_THINGS}
        assert found == declared


def test_identifiers_scalars_and_categories_are_found_and_no_level_is_lower(
    both: tuple[Proposal, SourceDeclaration],
) -> None:
    for mine, theirs in pairs(*both):
        found = {one.column: one for one in mine.fields}
        for field in theirs.fields:
            guess = found[field.column]
            assert guess.scalar == field.scalar
            assert guess.is_identifier == field.identifier
            assert guess.is_inaccessible == field.inaccessible
            assert guess.level >= field.level
            if field.category is not None:
                assert guess.category in {field.category, "health"}  # all of a table about health is
            assert set(field.masks) <= {*guess.masks} or field.category is None
            assert set(field.reveals) <= set(guess.reveals)


def test_whatever_the_city_leaves_out_is_left_out(both: tuple[Proposal, SourceDeclaration]) -> None:
    for mine, theirs in pairs(*both):
        taken = {one.column for one in mine.fields} | {one.column for one in mine.references}
        declared = {one.column for one in theirs.fields} | {one.column for one in theirs.references}
        assert taken == declared - OF_THINGS
        asked = {left.column for left in mine.omissions if left.note.doubt}
        assert declared & OF_THINGS <= asked


def test_companions_are_found(population: Proposal) -> None:
    resident = population.types[0]
    assert [(one.name, one.of) for one in resident.companions] == [("ageBand", "birthDate")]


def test_relations_are_found(health: Proposal, delivery: Proposal) -> None:
    city = read(CITY)
    for proposal, name in ((health, "health"), (delivery, "delivery")):
        found = {(one.owner, one.type, one.by): one for one in proposal.relations}
        declared = {(one.owner, one.type, one.by) for one in city.sources[name].relations if one.owner == "Resident"}
        assert declared <= found.keys()
    orders = {one.type: one.order for one in health.relations}
    assert orders.pop("Observation") == ("-arrivedOn",)
    assert orders == {"Vaccination": ("-givenOn",), "Test": ("-takenAt",), "HealthCode": ()}
    many = {one.type: one.is_many for one in health.relations}
    assert many == {"Vaccination": True, "Test": True, "Observation": True, "HealthCode": False}


def test_nobody_has_to_be_told_of_ones_own(home: Path) -> None:
    mine = proposed(home, "health.sqlite", without(read(CITY), "health"), "public-security-bureau")
    assert mine.deliver == ()
    theirs = proposed(home, "health.sqlite", without(read(CITY), "health"), "health-commission")
    assert theirs.deliver == ("Resident.identityNo",)


def test_a_source_that_is_there_already_gets_other_names(home: Path) -> None:
    again = proposed(home, "health.sqlite", read(CITY), "health-commission")
    assert again.name == "health-2"
    assert [one.name for one in again.types] == [
        "HealthCodeRecord",
        "ObservationRecord",
        "TestRecord",
        "VaccinationRecord",
    ]
    assert {one.name for one in again.relations}.isdisjoint({"vaccinations", "tests", "healthCode"})
    assert sum("uses the name that this type would have" in question for question in again.questions()) == 4


def test_the_questions_stand_in_the_section(health: Proposal) -> None:
    section = write_section(health)
    for question in health.questions():
        assert question.rpartition(": ")[2] in section
