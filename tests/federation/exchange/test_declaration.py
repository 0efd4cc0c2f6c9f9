from __future__ import annotations

from federation.exchange.declaration import ACCESS, GIVEN, RELEASED, declaration
from federation.schema.subgraph import describe
from tests.support.city import ACCESSES, City


def test_the_operator_owns_it() -> None:
    assert declaration("data-bureau").owner == "data-bureau"


def test_every_field_is_described_in_both_languages() -> None:
    source = declaration("data-bureau")
    words = [field.description for one in source.types for field in one.fields]
    words += [one.description for one in source.types]
    words += [one.description for one in source.relations]
    assert all(one.zh and one.en for one in words)


def test_the_person_concerned_is_searched_for_and_never_a_column_of_an_answer() -> None:
    subject = next(field for field in declaration("x").type(ACCESS).fields if field.name == "subject")
    assert subject.identifier
    assert not any(field.identifier for name in (RELEASED, GIVEN) for field in declaration("x").type(name).fields)


def test_it_describes_a_subgraph() -> None:
    sdl = str(describe(declaration("data-bureau"), root_node=True))
    assert "accesses" in sdl


def test_it_is_governed_like_any_other_source(city: City) -> None:
    identity_no = city.rows("SELECT identity_no FROM resident LIMIT 1")[0][0]
    before = len(city.entries())
    refused = city.ask("analyst", ACCESSES, {"person": identity_no})
    assert (refused.status, refused.code) == (403, "ARGUMENT_REFUSED")
    unfiltered = city.ask("analyst", "{ accesses { nodes { person document } } }", purpose="security-audit")
    assert unfiltered.data["accesses"] in (None, {"nodes": []})
    assert unfiltered.withheld["Access.person"]
    answered = city.ask("officer", ACCESSES, {"person": identity_no})
    assert answered.status == 200
    new = [entry for _, entry in city.entries()[before:] if entry["kind"] != "policy"]
    assert [entry["outcome"] for entry in new] == ["ARGUMENT_REFUSED", "answered", "answered"]
    assert new[-1]["probed"]
    assert identity_no not in str(new)


def test_the_person_concerned_is_never_read_back(city: City) -> None:
    reply = city.ask("officer", "{ accesses(first: 5) { nodes { entry subject } } }")
    assert {node["subject"] for node in reply.data["accesses"]["nodes"]} == {None}
