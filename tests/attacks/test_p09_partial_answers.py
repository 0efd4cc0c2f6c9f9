"""Promise 9. What may be seen is returned; what is withheld is null, with its reason in a word and how to ask for it."""

from __future__ import annotations

from tests.support.city import QUESTION, STREET, City


def test_what_is_withheld_is_named_with_reason_and_remedy(city: City) -> None:
    reply = city.ask("analyst", QUESTION, {"street": STREET})
    (withheld,) = reply.body["extensions"]["withheld"]
    assert withheld["coordinate"] == "Resident.identityNo"
    assert withheld["reason"] == "not-granted"
    assert "data-steward@public-security.example" in withheld["ask"]
    assert "errors" not in reply.body


def test_purpose_changes_decisions_and_not_the_schema(city: City) -> None:
    schema = "{ __schema { types { name fields { name } } } }"
    one = city.ask("analyst", schema)
    other = city.ask("analyst", schema, purpose="elderly-care")
    committee = city.ask("committee", schema)
    assert one.data == other.data == committee.data


def test_what_was_left_out_of_the_exchange_is_as_if_misspelt(city: City) -> None:
    left_out = city.ask("analyst", "{ residents { nodes { photo } } }")
    misspelt = city.ask("analyst", "{ residents { nodes { phota } } }")
    assert left_out.text.replace("photo", "phota") == misspelt.text
    for hidden in ("serial", "contact_identity_no", "contactIdentityNo", "remarks"):
        assert city.ask("analyst", f"{{ residents {{ nodes {{ {hidden} }} }} }}").code == "DOCUMENT_INVALID"


def test_introspection_shows_no_machinery(city: City) -> None:
    text = city.ask("analyst", "{ __schema { types { name fields { name } } directives { name } } }").text
    for machinery in ("join__", "link__", "serial", "governed", "_Service", "_Any"):
        assert machinery not in text


def test_a_denied_field_says_denied_whoever_grants_it(city: City) -> None:
    reply = city.ask("committee", "{ residents { nodes { identityNo } } }")
    assert reply.withheld == {"Resident.identityNo": "not-granted"}
