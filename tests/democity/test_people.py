from __future__ import annotations

import re
from collections import Counter
from random import Random

from democity.people import ADULT, AS_OF, OLD, age, any_phone, born, name, phone


def test_ages_have_the_shape_of_the_city() -> None:
    people = born(Random(1), 5000)
    assert all(person.on <= AS_OF and 0 <= person.age < 101 for person in people)
    assert 0.21 < sum(person.age >= OLD for person in people) / len(people) < 0.30
    assert 0.10 < sum(person.age < ADULT for person in people) / len(people) < 0.15
    assert {person.sex for person in people} == {"男", "女"}


def test_a_year_of_age_is_full_on_the_birthday() -> None:
    birthday = AS_OF.replace(year=AS_OF.year - 60)
    assert age(birthday) == 60
    assert age(birthday.replace(month=7, day=1)) == 59


def test_names_are_of_every_shape() -> None:
    names = [name(Random(seed), "男" if seed % 2 else "女") for seed in range(1000)]
    assert set(Counter(map(len, names))) == {2, 3, 4}
    assert any(one.startswith("欧阳") for one in names)


def test_phones_have_prefixes_that_no_operator_has_and_small_children_have_none() -> None:
    phones = [phone(Random(seed), 40) for seed in range(500)]
    assert 0.9 < sum(one is not None for one in phones) / len(phones) < 1
    assert all(re.fullmatch(r"16[013489]\d{8}", one) for one in (*filter(None, phones), any_phone(Random(1))))
    assert phone(Random(1), 7) is None
