"""Every organisation's catalogue is the schema that it sees, field by field, and says nothing beyond it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import get_introspection_query, graphql_sync
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from federation.document.limits import Limits
from federation.exchange.entries import Entries, Found
from federation.exchange.sift import Row
from federation.rules import Rules, file_source, rules_of, texts_of
from federation.schema.facts import MUTATION
from federation.schema.visible import NothingLeftError
from federation.views import Views
from policies.keeper import InForce
from vocabulary.agreement import Lists, Negative
from vocabulary.coordinate import Coordinate

CITY = Path(__file__).parents[3] / "democity" / "city"
WRAPPERS = ("Connection", "Edge", "PageInfo", "Query")


@cache
def rules() -> Rules:
    return rules_of(texts_of(CITY), file_source(CITY), 1.0)


@cache
def views() -> Views:
    return Views(rules().world.supergraph, Limits())


@cache
def coordinates() -> tuple[str, ...]:
    return tuple(map(str, rules().world.supergraph.coordinates()))


def in_force(negatives: Iterable[str] = (), epoch: str = "one", lists: Lists | None = None) -> InForce:
    """The demo city's policy with these coordinates kept from the company."""
    now = rules().keeper.current()
    kept = Negative("N", ("eatwell",), tuple(negatives), "article", "lists.yaml:1")
    book = replace(now.rules, lists=lists or Lists(negatives=(kept,)), _hidden={})
    return replace(now, rules=book, epoch=epoch)


def made(policy: InForce) -> Entries:
    return Entries(rules().world, lambda: policy, lambda hidden: views().of(hidden).api, Found)


def introspected(policy: InForce, organisation: str) -> set[str]:
    """Every field of every type that holds cells, and every act, as the organisation can look them up."""
    api = views().of(policy.rules.hidden_from(organisation)).api
    schema: Any = graphql_sync(api, get_introspection_query()).data
    return {
        f"{one['name']}.{field['name']}"
        for one in schema["__schema"]["types"]
        if one["kind"] == "OBJECT" and not one["name"].startswith("__") and not one["name"].endswith(WRAPPERS)
        for field in one["fields"]
        if field["name"] != "id"
    }


def names(rows: Iterable[Row]) -> list[str]:
    return [str(row["coordinate"]) for row in rows]


def entry(rows: Iterable[Row], coordinate: str) -> Row:
    (found,) = [row for row in rows if row["coordinate"] == coordinate]
    return found


@pytest.mark.parametrize("organisation", sorted(rules().world.catalogue.organisations))
def test_an_organisation_has_the_fields_of_the_schema_that_it_sees(organisation: str) -> None:
    policy = rules().keeper.current()
    found = names(made(policy).of(organisation))
    assert found == sorted(found)
    assert set(found) == introspected(policy, organisation)
    assert ("Test.result" in found) is (organisation != "eatwell")


@pytest.mark.whole
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([*coordinates(), *{f"{one.partition('.')[0]}.*" for one in coordinates()}]), max_size=40)
)
def test_whatever_is_hidden_the_entries_are_the_fields_of_the_schema(negatives: list[str]) -> None:
    policy = in_force(negatives)
    entries = made(policy)
    try:
        rows = entries.of("eatwell")
    except NothingLeftError:
        assume(False)
    assert set(names(rows)) == introspected(policy, "eatwell")
    hidden = policy.rules.hidden_from("eatwell")
    told = [str(cell) for row in rows for cell in row.values()]
    qualified = {str(one) for one in hidden}
    assert not qualified & set(told)
    assert names(entries.of("health-commission")) == sorted(coordinates())  # from whom nothing is hidden


@pytest.mark.whole
def test_a_text_that_names_something_hidden_is_silent() -> None:
    texts = dict(texts_of(CITY))
    texts["exchange.yaml"] = texts["exchange.yaml"].replace("en: Mobile phone", "en: Not in Test.result")
    told = rules_of(texts, file_source(CITY), 1.0)
    seen = Views(told.world.supergraph, Limits())
    entries = Entries(told.world, told.keeper.current, lambda hidden: seen.of(hidden).api, Found)
    phone = entry(entries.of("eatwell"), "Resident.phone")
    assert (phone["meaningZh"], phone["meaningEn"]) == (None, None)
    assert entry(entries.of("health-commission"), "Resident.phone")["meaningEn"] == "Not in Test.result"


def test_entries_follow_the_policy_in_force() -> None:
    policies = [in_force(["Test.result"], "one")]
    entries = Entries(rules().world, lambda: policies[-1], lambda hidden: views().of(hidden).api, Found)
    assert "Test.result" not in names(entries.of("eatwell"))
    policies.append(in_force(["Resident.phone"], "two"))
    assert "Test.result" in names(entries.of("eatwell"))
    assert "Resident.phone" not in names(entries.of("eatwell"))


def test_entries_are_made_once_for_a_policy_and_what_is_known() -> None:
    found = [Found()]
    policy = in_force()
    entries = Entries(rules().world, lambda: policy, lambda hidden: views().of(hidden).api, lambda: found[-1])
    before = entries.of("eatwell")
    assert entries.of("eatwell") is before
    assert entries.of("health-commission") is not before
    found.append(replace(found[0], version=1))
    assert entries.of("eatwell") is not before


def test_nobody_has_a_catalogue_who_is_not_declared() -> None:
    assert made(in_force()).of("nobody") == ()


def test_an_entry_says_what_was_declared() -> None:
    rows = made(rules().keeper.current()).of("huamu-committee-3")
    phone = entry(rows, "Resident.phone")
    assert (phone["kind"], phone["scalar"], phone["level"], phone["category"]) == ("scalar", "String", 3, "contact")
    assert phone["masks"] == "phone-partial, pseudonym, redact"
    assert (phone["meaningZh"], phone["meaningEn"]) == ("手机号码", "Mobile phone")
    assert (phone["owner"], phone["source"], phone["filterable"]) == ("public-security-bureau", "population", True)
    assert (entry(rows, "Resident.tests")["scalar"], entry(rows, "Resident.tests")["kind"]) == ("[Test]", "relation")
    assert entry(rows, "Resident.tests")["source"] == "health"
    assert entry(rows, "Resident.ageBand")["kind"] == "companion"
    assert entry(rows, "Resident.emergencyContact")["kind"] == "reference"
    assert entry(rows, "Vaccination.vaccine")["filterable"] is False
    access = entry(rows, "Access.at")
    assert (access["owner"], access["source"]) == ("data-bureau", "exchange")
    assert entry(rows, f"{MUTATION}.draftAgreement")["kind"] == "act"


def test_a_coordinate_sorts_as_it_is_written() -> None:
    rows = sorted(map(Coordinate.parse, coordinates()))
    assert [str(one) for one in rows] == sorted(coordinates())
