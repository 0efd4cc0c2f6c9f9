from __future__ import annotations

import pytest

from masking.errors import MaskParametersError
from masking.parameters import choice, identifier, is_int, take_only


def test_exactly_the_named_parameters_are_taken() -> None:
    take_only({"keep": 1}, "keep")
    with pytest.raises(MaskParametersError, match="'kepe' is no parameter here; write keep"):
        take_only({"kepe": 1}, "keep")
    with pytest.raises(MaskParametersError, match="'keep' is missing"):
        take_only({}, "keep")


def test_a_choice_is_one_of_its_words() -> None:
    assert choice({"keep": "ends"}, "keep", ("ends", "surname")) == "ends"
    with pytest.raises(MaskParametersError, match="None is none of ends, surname"):
        choice({"keep": None}, "keep", ("ends", "surname"))


def test_an_identifier_is_written_in_one_way() -> None:
    assert identifier({"label": "resident-2"}, "label") == "resident-2"
    for wrong in ("", "Resident", "2nd", "-a", "a b", "a\n", "居民", "é", "ａ", 5, None, ["a"]):
        with pytest.raises(
            MaskParametersError, match=r"label: .* is no word of lower-case letters, digits and hyphens"
        ):
            identifier({"label": wrong}, "label")


def test_true_is_no_integer() -> None:
    assert is_int(1)
    assert not is_int(True)
    assert not is_int(1.0)
