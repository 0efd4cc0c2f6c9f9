from __future__ import annotations

from democity.credit_code import ALPHABET, check_character, credit_code, organisation_check


def test_the_checks_agree_with_the_example_of_the_standard() -> None:
    code = "91350100M000100Y43"
    assert check_character(code[:17]) == code[17]
    assert organisation_check(code[8:16]) == code[16]


def test_codes_are_distinct_valid_and_carry_their_division() -> None:
    codes = [credit_code("310115", serial) for serial in (0, 1, 2, 30, 31, 2**30)]
    assert len(set(codes)) == len(codes)
    for code in codes:
        assert len(code) == 18
        assert set(code) <= set(ALPHABET)
        assert code[:8] == "91310115"
        assert check_character(code[:17]) == code[17]
        assert organisation_check(code[8:16]) == code[16]


def test_one_wrong_character_is_noticed() -> None:
    code = credit_code("310115", 12345)
    for at in range(17):
        for other in ALPHABET:
            if other != code[at]:
                assert check_character(code[:at] + other + code[at + 1 : 17]) != code[17]
