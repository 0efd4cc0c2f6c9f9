"""The masks written by hand are the exchange's own."""

from __future__ import annotations

import orjson

from benchmarks.federation.masks import BODY, USERNAME, Keys, masked, masks_for_one_answer, plain, scoped
from masking import Setting, make
from vocabulary.catalogue import MaskDeclaration

_SECRET = b"s" * 32
KEYS = Keys(scoped(_SECRET, "institute", USERNAME), scoped(_SECRET, "institute", BODY))


def test_names_show_their_initials() -> None:
    names = ["Ada Wong", "Uri Goldshtein", "Bo Chen Li"]
    made = make(MaskDeclaration("name-partial", "partial-name", {"keep": "ends"}))
    by_hand = masks_for_one_answer(KEYS).name
    assert [by_hand(one) for one in names] == made.compile(Setting("institute", "User.name", _SECRET))(list(names))


def test_pseudonyms_are_those_of_the_recipient_and_the_coordinate() -> None:
    made = make(MaskDeclaration("pseudonym", "pseudonym", {}))
    masks = masks_for_one_answer(KEYS)
    texts = ["ada", "Lorem ipsum dolor sit amet.", "ada"]
    for coordinate, by_hand in ((USERNAME, masks.username), (BODY, masks.body)):
        column = made.compile(Setting("institute", coordinate, _SECRET))
        assert [by_hand(one) for one in texts] == column(list(texts))


def test_the_row_rule_asks_for_each_row() -> None:
    covers = masks_for_one_answer(KEYS).is_covered
    assert covers({"birthday": 1_234_567_890})
    assert not covers({"birthday": 0})
    assert plain().is_covered({})


def test_a_masked_answer_leaves_what_is_no_persons_own() -> None:
    masks = masks_for_one_answer(KEYS)
    answer = {
        "data": {"u": [{"username": "ada", "name": "Ada Wong", "r": [{"body": "Good.", "p": {"name": "Kite"}}]}, None]}
    }
    assert orjson.loads(masked(orjson.dumps(answer), KEYS)) == {
        "data": {
            "u": [
                {
                    "username": masks.username("ada"),
                    "name": "A** W***",
                    "r": [{"body": masks.body("Good."), "p": {"name": "Kite"}}],
                },
                None,
            ]
        }
    }
