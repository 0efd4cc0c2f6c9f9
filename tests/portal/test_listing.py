from __future__ import annotations

import pytest
from graphql import parse, validate

from portal.forms import Form
from portal.listing import NotAFilterError, filters_of, list_question, one_question, people_of, searched
from tests.support.planning import demo_world
from vocabulary.outlook import FieldOutlook, Outlook, TypeOutlook


def field(name: str, type_: str, *operators: str, kind: str = "scalar", options: tuple[str, ...] = ()) -> FieldOutlook:
    return FieldOutlook(name, type_, kind, False, f"{name} · {name}", "plain", operators=operators, options=options)


FIELDS = (
    field("name", "String", "eq", "in", "startsWith", "isNull"),
    field("sex", "String"),
    field("birthDate", "Date", "eq", "gte", "lte"),
    field("area", "String", "within"),
    field("livesAlone", "Boolean", "eq", "isNull"),
    field("ageBand", "String", "gte", "lt", "eq", "in", kind="companion", options=("0-69", "70+")),
    field("mealService", "MealService", kind="relation"),
    field("emergencyContact", "Resident", kind="reference"),
)
MEALS = TypeOutlook("MealService", "", "", False, "", True, {"active": field("active", "Boolean")})
RESIDENT = TypeOutlook("Resident", "", "residents", True, "area", True, {one.name: one for one in FIELDS})
OUTLOOK = Outlook("care", "ordinary", "", {"Resident": RESIDENT, "MealService": MEALS})


def form(*fields: tuple[str, str]) -> Form:
    return Form(fields)


def test_people_are_listed_and_nothing_else() -> None:
    assert people_of(OUTLOOK) == (RESIDENT,)


def test_each_kind_of_field_has_its_input() -> None:
    assert [(one.name, one.way) for one in filters_of(RESIDENT)] == [
        ("f.name.startsWith", "prefix"),
        ("f.birthDate.gte", "day"),
        ("f.birthDate.lte", "day"),
        ("f.area.within", "area"),
        ("f.livesAlone.eq", "flag"),
        ("f.ageBand.in", "choice"),
    ]


def test_what_somebody_types_is_a_variable_and_never_in_the_document() -> None:
    asked = list_question(
        RESIDENT,
        form(
            ("f.name.startsWith", '张"}}) { x }'),
            ("f.area.within", "310115016001，310115016002、310115016003,"),
            ("f.ageBand.in", "70+"),
            ("f.livesAlone.eq", "true"),
            ("f.birthDate.gte", "1950-01-01"),
            ("f.sex.eq", "M"),
            ("where", "x"),
        ),
        "cursor",
    )
    assert asked.variables == {
        "first": 20,
        "after": "cursor",
        "where": {
            "name": {"startsWith": '张"}}) { x }'},
            "birthDate": {"gte": "1950-01-01"},
            "area": {"within": ["310115016001", "310115016002", "310115016003"]},
            "livesAlone": {"eq": True},
            "ageBand": {"in": ["70+"]},
        },
    }
    assert "张" not in asked.document
    assert validate(demo_world().supergraph.api, parse(asked.document)) == []


@pytest.mark.parametrize(("name", "value"), [("f.ageBand.in", "73"), ("f.livesAlone.eq", "perhaps")])
def test_a_value_of_no_kind_is_told_by_its_field(name: str, value: str) -> None:
    with pytest.raises(NotAFilterError) as told:
        list_question(RESIDENT, form((name, value)), "")
    assert told.value.name == name.split(".")[1]


def test_one_person_is_asked_with_what_belongs_to_them() -> None:
    asked = one_question(RESIDENT, OUTLOOK, "sealed")
    assert asked.variables == {"id": "sealed"}
    assert "mealService { active }" in asked.document
    assert "emergencyContact { name sex" in asked.document
    assert validate(demo_world().supergraph.api, parse(asked.document)) == []


def test_only_filters_are_sent_along_from_page_to_page() -> None:
    sent = form(("f.name.startsWith", "张"), ("f.sex.eq", "M"), ("mark", "x"), ("f.area.within", " "))
    assert searched(RESIDENT, sent) == (("f.name.startsWith", "张"),)
