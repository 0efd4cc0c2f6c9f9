from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.schema.declare_rules import is_taken_word
from federation.schema.proposal.names import (
    LONGEST,
    field_name,
    is_source_name,
    is_understood,
    is_writable,
    plural,
    shown,
    source_name,
    type_name,
    unused,
    words_of,
)


def taken_type(name: str) -> bool:
    return is_taken_word("type", name)


@pytest.mark.parametrize(
    ("name", "type_", "field"),
    [
        ("health_code", "HealthCode", "healthCode"),
        ("T_RESIDENT_INFO", "TResidentInfo", "tResidentInfo"),
        ("mealsLast30Days", "MealsLast30Day", "mealsLast30Days"),
        ("companies", "Company", "companies"),
        ("addresses", "Address", "addresses"),
        ("status", "Status", "status"),
        ("2024 visits", "Table2024Visit", "field2024Visits"),
        ("居民", "Resident", "resident"),
        ("紧急联系人身份证号", "ContactIdentityNo", "contactIdentityNo"),
        ("不明之物", "Table5", "field5"),
        ("orders", "OrderRecord", "orders"),
        ("access", "AccessRecord", "access"),
        ("no", "NoRecord", "noValue"),
        ("__typename", "Typename", "typename"),
    ],
)
def test_names_of_the_graph(name: str, type_: str, field: str) -> None:
    assert type_name(name, 5, taken_type) == type_
    assert field_name(name, 5, lambda word: is_taken_word("field", word)) == field


@given(st.text(min_size=1, max_size=80), st.integers(1, 300))
def test_every_name_becomes_one_that_may_be_declared(name: str, place: int) -> None:
    type_ = type_name(name, place, taken_type)
    field = field_name(name, place, lambda word: is_taken_word("field", word))
    assert re.fullmatch(r"[A-Z][_A-Za-z0-9]{0,63}", type_)
    assert not taken_type(type_)
    assert re.fullmatch(r"[A-Za-z][_A-Za-z0-9]{0,63}", field)
    assert not is_taken_word("field", field)
    assert is_source_name(source_name(name, lambda word: is_taken_word("source", word)))
    assert len(type_) <= LONGEST + 10


def test_the_same_name_gives_the_same_word_every_time() -> None:
    assert len({field_name("未知列", 3, lambda _: False) for _ in range(5)}) == 1


def test_a_taken_name_gets_a_number() -> None:
    assert unused("a", {"a", "a2"}.__contains__) == "a3"
    assert source_name("a b", {"a-b"}.__contains__) == "a-b-2"


@pytest.mark.parametrize(
    ("name", "many"),
    [("Client", "clients"), ("HealthCode", "healthCodes"), ("City", "cities"), ("Box", "boxes"), ("Day", "days")],
)
def test_lists(name: str, many: str) -> None:
    assert plural(name) == many


def test_what_is_understood() -> None:
    assert is_understood("a_b")
    assert is_understood("手机号")
    assert not is_understood("不明")
    assert words_of("identityNo") == ("identity", "no")


@pytest.mark.parametrize("name", ["", "a\x00", "a\nb", "\ud800", "a\u2028b", "\ufeff"])
def test_what_cannot_be_written(name: str) -> None:
    assert not is_writable(name)


def test_a_text_in_a_comment_is_one_line_and_not_long() -> None:
    assert shown("a\nb\t\u202ec\u2028d") == "a b c d"
    assert len(shown("x" * 500)) == 81
