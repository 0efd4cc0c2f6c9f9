"""Whole plans as text: what a question asks of each source, and how it is shown. The demo city's declaration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import pytest

from tests.support.city import QUESTION
from tests.support.planning import plan_text
from vocabulary.principal import Mode

CASES: dict[str, tuple[str, str, Mapping[str, object], str | None, str]] = {
    "a_question_across_three_organisations": (
        "analyst",
        QUESTION,
        {"street": "x"},
        None,
        """\
wave 0
  #1 ask population: list Resident
       fields identityNo, area, name, birthDate, phone, address, serial
       where (area within $own&v0 and (birthDate gt $band0.0.after and birthDate lte $band0.0.until))
       order serial
wave 1
  #2 ask health: latestVaccination of #1, by identityNo
       fields resident.identityNo, vaccine, date
       for rows where own
       tells health-commission Resident.identityNo: where any [policy.csv:40]; on record first
  #3 ask delivery: mealService of #1, by identityNo
       fields resident.identityNo, active
       for rows where own
       tells eatwell Resident.identityNo: where any [policy.csv:41]; on record first
rows of Resident: shown where own, by area
  name: name-partial where own [policy.csv:6]
  ageBand (age-band of birthDate): plain where own [policy.csv:10]
  phone: phone-partial where own [policy.csv:7]
  address: address-street where own [policy.csv:8]
rows of Vaccination: shown where own, by the area of its Resident (resident.identityNo)
  vaccine: plain where own [policy.csv:17]
  date: plain where own [policy.csv:17]
rows of MealService: shown where own, by the area of its Resident (resident.identityNo)
  active: plain where own [policy.csv:19]
withheld
  Resident.identityNo: not-granted. Ask data-steward@public-security.example to share Resident.identityNo for this purpose.
""",
    ),
    "the_same_question_of_a_committee_is_masked_harder": (
        "committee",
        QUESTION,
        {"street": "x"},
        None,
        """\
wave 0
  #1 ask population: list Resident
       fields identityNo, area, name, birthDate, phone, serial
       where (area within $own&v0 and (birthDate gt $band0.0.after and birthDate lte $band0.0.until))
       order serial
wave 1
  #2 ask health: latestVaccination of #1, by identityNo
       fields resident.identityNo, vaccine, date
       for rows where own
       tells health-commission Resident.identityNo: where any [policy.csv:40]; on record first
  #3 ask delivery: mealService of #1, by identityNo
       fields resident.identityNo, active
       for rows where own
       tells eatwell Resident.identityNo: where any [policy.csv:41]; on record first
rows of Resident: shown where own, by area
  name: name-surname where own [policy.csv:23]
  ageBand (age-band of birthDate): plain where own [policy.csv:27]
  phone: redact where own [policy.csv:24]
rows of Vaccination: shown where own, by the area of its Resident (resident.identityNo)
  vaccine: plain where own [policy.csv:32]
  date: redact where own [policy.csv:33]
rows of MealService: shown where own, by the area of its Resident (resident.identityNo)
  active: plain where own [policy.csv:35]
withheld
  Resident.address: purpose. Ask data-steward@public-security.example to share Resident.address for this purpose.
  Resident.identityNo: not-granted. Ask data-steward@public-security.example to share Resident.identityNo for this purpose.
""",
    ),
    "two_aliases_of_one_list_share_their_rows": (
        "analyst",
        "{ a: residents(first: 3) { nodes { name } } b: residents(first: 3) { edges { node { sex mealService { active } } } } }",
        {},
        None,
        """\
wave 0
  #1 ask population: list Resident
       fields identityNo, area, name, serial
       where area within $own
       order serial
  #2 ask population: list Resident
       fields identityNo, area, name, serial
       where area within $own
       order serial
wave 1
  #3 ask delivery: mealService of #2, by identityNo
       fields resident.identityNo, active
       for rows where own
       tells eatwell Resident.identityNo: where any [policy.csv:41]; on record first
rows of Resident: shown where own, by area
  name: name-partial where own [policy.csv:6]
rows of MealService: shown where own, by the area of its Resident (resident.identityNo)
  active: plain where own [policy.csv:19]
withheld
  Resident.sex: not-granted. Ask data-steward@public-security.example to share Resident.sex for this purpose.
""",
    ),
    "the_way_back_to_the_subject_asks_nothing": (
        "analyst",
        "{ residents { nodes { latestVaccination { vaccine resident { name emergencyContact { name latestVaccination { date } } } } } } }",
        {},
        None,
        """\
wave 0
  #1 ask population: list Resident
       fields identityNo, area, name, serial, emergencyContact.identityNo
       where area within $own
       order serial
wave 1
  #2 ask health: latestVaccination of #1, by identityNo
       fields resident.identityNo, vaccine, date
       for rows where own
       tells health-commission Resident.identityNo: where any [policy.csv:40]; on record first
  #3 Resident known from #2, by resident.identityNo: nothing is asked
wave 2
  #4 ask population: emergencyContact of #3, Resident by emergencyContact.identityNo
       fields identityNo, area, name, serial, emergencyContact.identityNo
       where area within $own
       for rows where own
wave 3
  #5 ask health: latestVaccination of #4, by identityNo
       fields resident.identityNo, vaccine, date
       for rows where own
       tells health-commission Resident.identityNo: where any [policy.csv:40]; on record first
rows of Resident: shown where own, by area
  name: name-partial where own [policy.csv:6]
rows of Vaccination: shown where own, by the area of its Resident (resident.identityNo)
  vaccine: plain where own [policy.csv:17]
  date: plain where own [policy.csv:17]
""",
    ),
    "an_id_is_decided_like_any_row": (
        "analyst",
        "query($id: ID!) { node(id: $id) { id ... on Resident { name healthCode { colour } } ... on Access { at } } }",
        {"id": "x"},
        None,
        """\
wave 0
  #1 ask exchange: Access by id
       fields entry
       where none
  #2 ask registry: Agreement by id
       fields number
       where none
  #3 ask registry: BrokenGlass by id
       fields number
       where none
  #4 ask housing: Building by id
       fields buildingNo, area
       where area within $own
  #5 ask registry: Case by id
       fields number
       where none
  #6 ask catalogue: CatalogueEntry by id
       fields coordinate, forOrganisation
       where forOrganisation eq $for-us.own
  #7 ask housing: Dwelling by id
       fields dwellingNo, householder.identityNo, area
       where none
  #8 ask care: ElderlyCare by id
       fields serial, resident.identityNo, area
       where none
  #9 ask registry: Emergency by id
       fields number
       where none
  #10 ask housing: Firm by id
       fields creditCode, area
       where none
  #11 ask registry: PolicyChange by id
       fields number
       where none
  #12 ask population: Resident by id
       fields identityNo, area, name
       where area within $own
  #14 ask sensors: Sensor by id
       fields sensorNo, area
       where none
  #15 ask sensors: SensorKind by id
       fields code
       where none
  #16 ask appearance: StreetCase by id
       fields caseNo, area
       where none
  #17 ask population: Vehicle by id
       fields plate, owner.identityNo
       where none
wave 1
  #13 ask health: healthCode of #12, by identityNo
       fields resident.identityNo, colour
       for rows where own
       tells health-commission Resident.identityNo: where any [policy.csv:40]; on record first
rows of Access: shown where none
rows of Agreement: shown where none
rows of BrokenGlass: shown where none
rows of Building: shown where own, by area
rows of Case: shown where none
rows of CatalogueEntry: shown where for-us
rows of Dwelling: shown where none, by area
rows of ElderlyCare: shown where none, by area
rows of Emergency: shown where none
rows of Firm: shown where none, by area
rows of PolicyChange: shown where none
rows of Resident: shown where own, by area
  name: name-partial where own [policy.csv:6]
rows of HealthCode: shown where own, by the area of its Resident (resident.identityNo)
  colour: plain where own [policy.csv:18]
rows of Sensor: shown where none, by area
rows of SensorKind: shown where none
rows of StreetCase: shown where none, by area
rows of Vehicle: shown where none, by the area of its Resident (owner.identityNo)
withheld
  Access.at: not-granted. Ask security@data-bureau.example to share Access.at for this purpose.
""",
    ),
    "each_comparison_stands_under_the_rule_of_its_field": (
        "committee",
        "query($a: [String!]!) { residents(where: {or: [{ageBand: {gte: 80}}, {not: {area: {within: $a}}}]}, orderBy: [{field: area}]) { nodes { ageBand } } }",
        {"a": ["31"]},
        None,
        """\
wave 0
  #1 ask population: list Resident
       fields identityNo, area, birthDate, serial
       where (area within $own and ((birthDate gt $band0.0.after and birthDate lte $band0.0.until) or not area within $v0))
       order area, serial
rows of Resident: shown where own, by area
  ageBand (age-band of birthDate): plain where own [policy.csv:27]
""",
    ),
    "an_identifier_is_matched_and_not_read": (
        "officer",
        "query($p: String!) { accesses(where: {subject: {eq: $p}}) { nodes { at released { line } } } }",
        {"p": "x"},
        None,
        """\
wave 0
  #1 ask exchange: list Access
       fields entry, at
       where subject eq $v0
       order -entry
wave 1
  #2 ask exchange: released of #1, by entry
       fields line
       told in no order
       for rows where any
rows of Access: shown where any
  at: plain where any [policy.csv:44]
rows of Released: shown where any
  line: plain where any [policy.csv:45]
""",
    ),
    "two_roles_of_rows_are_told_apart": (
        "analyst",
        "{ residents { nodes { name sex } } }",
        {},
        """\
p, any, 310115016003, Resident.name, read, any, any, allow, plain
p, any, 310115, Resident.name, read, any, any, allow, name-partial
p, any, any, Resident.sex, read, any, any, allow, plain
p, any, 310115016, Resident.sex, read, any, any, deny,
""",
        """\
wave 0
  #1 ask population: list Resident
       fields identityNo, area, name, sex, serial
       where (not area within $area310115016 or area within $area310115 or area within $area310115016003)
       order serial
rows of Resident: shown where (not within 310115016 or within 310115 or within 310115016003), by area
  name: plain where within 310115016003 [policy.csv:1]; name-partial where within 310115 [policy.csv:2]
  sex: plain where any [policy.csv:3]; denied where within 310115016 [policy.csv:4]
""",
    ),
    "a_list_whose_order_rests_on_a_hidden_field_is_not_told_in_order": (
        "analyst",
        "{ residents { nodes { vaccinations { vaccine } } } }",
        {},
        """\
p, any, own, Resident.vaccinations, read, any, any, allow, plain
p, any, own, Vaccination.vaccine, read, any, any, allow, plain
p, org:health-commission, own, Resident.identityNo, deliver, any, any, allow, plain
""",
        """\
wave 0
  #1 ask population: list Resident
       fields identityNo, area, serial
       where area within $own
       order serial
wave 1
  #2 ask health: vaccinations of #1, by identityNo
       fields resident.identityNo, vaccine
       told in no order
       for rows where own
       tells health-commission Resident.identityNo: where own [policy.csv:3]; on record first
rows of Resident: shown where own, by area
rows of Vaccination: shown where own, by the area of its Resident (resident.identityNo)
  vaccine: plain where own [policy.csv:2]
""",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_plan(name: str) -> None:
    who, document, variables, policy, expected = CASES[name]
    assert plan_text(document, who, variables=variables, policy=policy) == expected


Options: TypeAlias = Mapping[str, object]
RULES: dict[str, tuple[str, str, Options, str]] = {
    "cases_are_asked_for_by_the_keys_of_their_subjects": (
        "caseworker",
        "{ residents { nodes { name } } }",
        {},
        """\
wave 0
  #1 ask population: list Resident
       fields identityNo, area, name, serial
       where identityNo in $case.Resident
       order serial
rows of Resident: shown where case, by area
  name: plain where case [policy.csv:75]
""",
    ),
    "consent_is_judged_on_arrival_and_narrows_whom_a_source_is_told_of": (
        "committee",
        "{ residents { nodes { name latestVaccination { vaccine } } } }",
        {"purpose": "elderly-care"},
        """\
wave 0
  #1 ask population: list Resident
       fields identityNo, area, name, serial, birthDate
       where ((birthDate lte $adult.atLeast and area within $own) or area within $own)
       order serial
wave 1
  #2 ask health: latestVaccination of #1, by identityNo
       fields resident.identityNo, vaccine
       for rows where (adult and consented and own)
       tells health-commission Resident.identityNo: where any [policy.csv:56]; on record first
rows of Resident: shown where ((adult and own) or (not-objected and own) or own), by area
  name: name-partial where (not-objected and own) [policy.csv:51]
rows of Vaccination: shown where (adult and consented and own), by the area of its Resident (resident.identityNo)
  vaccine: plain where (adult and consented and own) [policy.csv:55]
""",
    ),
    "in_an_emergency_rows_lie_in_its_area_and_a_record_is_of_the_last_day": (
        "analyst",
        "{ residents { nodes { name tests { result } } } }",
        {"mode": Mode.EMERGENCY},
        """\
wave 0
  #1 ask population: list Resident
       fields identityNo, area, name, serial
       where area within $emergency&own
       order serial
wave 1
  #2 ask health: tests of #1, by identityNo
       fields resident.identityNo, result, takenAt
       where takenAt gte $tested-today.edge
       told in the order of -takenAt
       for rows where (emergency and own)
       tells health-commission Resident.identityNo: where emergency [policy.csv:64]; on record first
rows of Resident: shown where (emergency and own), by area
  name: plain where (emergency and own) [policy.csv:59]
rows of Test: shown where (emergency and own and tested-today), by the area of its Resident (resident.identityNo)
  result: plain where (emergency and own and tested-today) [policy.csv:63]
""",
    ),
    "a_condition_of_the_subject_is_fetched_with_it": (
        "analyst",
        "{ residents { nodes { vaccinations { vaccine } } } }",
        {
            "policy": """\
p, any, own, Resident.vaccinations, read, any, any, allow, plain
p, any, any adult, Vaccination.vaccine, read, any, any, allow, plain
p, org:health-commission, any, Resident.identityNo, deliver, any, any, allow, plain
"""
        },
        """\
wave 0
  #1 ask population: list Resident
       fields identityNo, area, serial, birthDate
       where area within $own
       order serial
wave 1
  #2 ask health: vaccinations of #1, by identityNo
       fields resident.identityNo, vaccine
       told in no order
       for rows where (adult and own)
       tells health-commission Resident.identityNo: where any [policy.csv:3]; on record first
rows of Resident: shown where own, by area
rows of Vaccination: shown where adult, by the area of its Resident (resident.identityNo)
  vaccine: plain where adult [policy.csv:2]
""",
    ),
    "what_the_source_can_not_judge_is_left_out_of_what_it_is_asked": (
        "analyst",
        "{ residents { nodes { name sex phone } } }",
        {
            "policy": """\
p, any, within adult, Resident.name, read, any, any, allow, plain
p, any, 310115016 not-objected, Resident.sex, read, any, any, allow, plain
p, any, self, Resident.phone, read, any, any, allow, plain
p, any, 310115016 adult, Resident.phone, read, any, any, deny,
"""
        },
        """\
wave 0
  #1 ask population: list Resident
       fields identityNo, area, name, sex, phone, serial, birthDate
       where ((birthDate lte $adult.atLeast and (area within $own and not area in $outermost)) or ((not birthDate lte $adult.atLeast or not area within $area310115016) and identityNo in $self.Resident) or area within $area310115016)
       order serial
rows of Resident: shown where ((adult and within) or (not (adult and within 310115016) and self) or (not-objected and within 310115016)), by area
  name: plain where (adult and within) [policy.csv:1]
  sex: plain where (not-objected and within 310115016) [policy.csv:2]
  phone: plain where self [policy.csv:3]; denied where (adult and within 310115016) [policy.csv:4]
""",
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_plan_of_a_rule(name: str) -> None:
    who, document, options, expected = RULES[name]
    assert plan_text(document, who, **options) == expected
