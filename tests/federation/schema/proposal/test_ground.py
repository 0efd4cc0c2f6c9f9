from __future__ import annotations

from dataclasses import replace

from federation.schema.proposal.ground import USUAL_MASKS, Ground, Register
from masking import make
from tests.federation.schema.proposal.drawing import REGISTER, WITH_REGISTER, WITHOUT, declared
from vocabulary.catalogue import MaskDeclaration


def test_the_usual_masks_can_be_made_and_fit() -> None:
    for mask in USUAL_MASKS:
        make(mask).require_fit("String")


def test_a_chain_goes_from_the_least_strict_to_the_strictest() -> None:
    assert WITHOUT.chain(("partial-name", "redact"), "String") == ("name-partial", "name-surname", "redact")
    catalogue = declared("", REGISTER)
    more = {
        "few": MaskDeclaration("few", "partial-phone", {"keep": 0}),
        "many": MaskDeclaration("many", "partial-phone", {"keep": 4}),
    }
    ground = Ground("bureau", replace(catalogue, masks=more))
    assert ground.chain(("partial-phone", "redact"), "String") == ("many", "few")


def test_a_mask_of_texts_is_in_no_chain_of_numbers() -> None:
    assert WITHOUT.chain(("partial-identity", "pseudonym", "redact"), "Int") == ("redact",)


def test_the_register_is_the_one_type_of_people_by_identity_number() -> None:
    assert WITH_REGISTER.register() == Register("Resident", "identityNo", "bureau")
    assert WITHOUT.register() is None
    catalogue = WITH_REGISTER.catalogue
    assert catalogue is not None
    (source,) = catalogue.sources.values()
    twice = replace(source, name="b", types=(replace(source.types[0], name="Person"),))
    assert Ground("bureau", replace(catalogue, sources={"a": source, "b": twice})).register() is None


def test_names_that_are_taken() -> None:
    assert WITH_REGISTER.has_source("register")
    assert WITH_REGISTER.has_source("exchange")
    assert WITH_REGISTER.has_type("Resident")
    assert WITH_REGISTER.has_type("Agreement")
    assert WITH_REGISTER.has_collection("nodes")
    assert WITH_REGISTER.has_member("Resident", "area")
    assert WITH_REGISTER.has_member("Resident", "id")
    assert not WITH_REGISTER.has_member("Resident", "visits")
    assert not WITHOUT.has_type("Resident")
