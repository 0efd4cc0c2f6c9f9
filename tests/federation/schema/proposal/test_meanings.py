from __future__ import annotations

import pytest

from federation.schema.proposal.meanings import MEANINGS, Guess, guess
from vocabulary.outline import Column, Sample, Shape


def seen(
    name: str, shape: Shape | None = None, of: int = 100, *, scalar: str | None = "String", distinct: int = 100
) -> Guess:
    shapes = {} if shape is None else {shape: of}
    return guess(Column(name, scalar, scalar or "BLOB", sample=Sample(100, 0, distinct, shapes)))


def unseen(name: str, scalar: str | None = "String") -> Guess:
    return guess(Column(name, scalar, scalar or "BLOB"))


@pytest.mark.parametrize(
    ("name", "word", "level"),
    [
        ("identity_no", "identity number", 4),
        ("sfzh", "identity number", 4),
        ("contact_identity_no", "identity number", 4),
        ("身份证号", "identity number", 4),
        ("mobile", "telephone number", 3),
        ("联系电话", "telephone number", 3),
        ("home_address", "address", 3),
        ("area_code", "area code", 2),
        ("jwdm", "area code", 2),
        ("csrq", "date of birth", 3),
        ("xm", "name of a person", 3),
        ("姓名", "name of a person", 3),
        ("name", "name of a person", 3),
        ("gender", "sex", 3),
        ("age", "age", 3),
        ("diagnosis", "health", 4),
        ("ethnicity", "belief, origin or family state", 4),
        ("bank_account", "account or income", 4),
        ("email", "e-mail address", 3),
        ("car_no", "vehicle plate", 3),
        ("lat", "position", 3),
        ("uscc", "unified credit code", 2),
        ("remarks", "free text", 4),
        ("备注", "free text", 4),
        ("password_hash", "secret", 4),
        ("photo_url", "likeness or biometric", 4),
    ],
)
def test_a_name_says_what_it_says(name: str, word: str, level: int) -> None:
    found = unseen(name)
    assert (found.meaning.word, found.meaning.level) == (word, level)


@pytest.mark.parametrize(
    ("shape", "word"),
    [
        (Shape.IDENTITY, "identity number"),
        (Shape.MOBILE, "telephone number"),
        (Shape.EMAIL, "e-mail address"),
        (Shape.PERSON, "name of a person"),
        (Shape.ADDRESS, "address"),
        (Shape.AREA, "area code"),
        (Shape.PLATE, "vehicle plate"),
        (Shape.CREDIT, "unified credit code"),
    ],
)
def test_values_say_it_where_the_name_does_not(shape: Shape, word: str) -> None:
    found = seen("x", shape, 90)
    assert found.meaning.word == word
    assert "90 of 100 sampled values fit" in found.reason


def test_the_stricter_of_name_and_looks_counts() -> None:
    assert seen("area_code", Shape.IDENTITY).meaning.word == "identity number"
    assert seen("identity_no", Shape.AREA).meaning.word == "identity number"
    assert seen("mobile", Shape.PERSON).meaning.level == 3


@pytest.mark.parametrize(("shape", "of"), [(Shape.IDENTITY, 1), (Shape.EMAIL, 3), (Shape.MOBILE, 30)])
def test_what_some_values_are_and_others_not_is_left_out_and_asked_about(shape: Shape, of: int) -> None:
    found = seen("x", shape, of)
    assert not found.meaning.is_taken
    assert found.doubt


def test_long_texts_are_free_text_whatever_they_are_called() -> None:
    assert not seen("kind_of_thing", Shape.PROSE, 30).meaning.is_taken


def test_texts_of_which_nothing_is_known_are_left_out_and_lists_of_codes_are_taken() -> None:
    assert not seen("batch").meaning.is_taken
    assert not unseen("batch").meaning.is_taken
    assert seen("colour", distinct=3).meaning.is_taken
    assert not seen("colour", distinct=100).meaning.is_taken


def test_a_list_of_codes_has_no_names_in_it() -> None:
    assert seen("result", Shape.PERSON, distinct=2).meaning.word == "something else"


@pytest.mark.parametrize("scalar", ["Int", "Float", "Boolean", "DateTime"])
def test_numbers_and_times_are_taken_strictly(scalar: str) -> None:
    assert (unseen("x", scalar).meaning.level, unseen("x", scalar).meaning.is_taken) == (3, True)


def test_dates_of_long_ago_are_dates_of_birth() -> None:
    assert seen("day", Shape.LONG_AGO, 30, scalar="Date").meaning.word == "date of birth"
    assert seen("day", Shape.LONG_AGO, 3, scalar="Date").meaning.word == "something else"


def test_a_column_of_another_city_or_of_names_of_places_is_no_area_code() -> None:
    found = seen("street", Shape.AREA, 10)
    assert (found.meaning.word, found.doubt) == ("name of a place", "is it the name of a place?")


def test_a_name_that_values_do_not_bear_out_is_asked_about() -> None:
    assert "Few of its values look so" in seen("identity_no", Shape.WHOLE).doubt


def test_what_the_graph_has_no_scalar_for_is_left_out() -> None:
    assert not unseen("facts", None).meaning.is_taken
    assert unseen("photo", None).meaning.word == "likeness or biometric"


def test_everything_in_a_table_about_health_is_about_health() -> None:
    column = Column("dose", "Int", "Int")
    assert guess(column, in_health=True).meaning.category == "health"
    result = Column("result", "String", "text", sample=Sample(100, 0, 2))
    assert guess(result, in_health=True).meaning.level == 4
    assert not guess(Column("batch", "String", "text"), in_health=True).meaning.is_taken


def test_a_personal_meaning_is_strict_and_can_be_masked() -> None:
    for meaning in MEANINGS:
        assert meaning.kinds[-1] == "redact"
        assert meaning.level >= 3 or not meaning.is_person
