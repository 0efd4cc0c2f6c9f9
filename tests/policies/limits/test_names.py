from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from policies.limits.errors import MalformedChargeError
from policies.limits.names import Names, require_sound

if TYPE_CHECKING:
    from tests.policies.limits.conftest import Made


def test_a_counter_has_a_name_of_its_own_for_each_day_purpose_and_principal(made: Made) -> None:
    names = made.names()
    asked = [(7, "care", "health/wang"), (8, "care", "health/wang"), (7, "audit", "health/wang"), (7, "care", "a/b")]
    asked += [(7, "careh", "ealth/wang")]  # parts are not run together
    made_names = {names.counter(*one) for one in asked}
    assert len(made_names) == len(asked)
    assert all(len(one) == 22 for one in made_names)
    assert names.counter(*asked[0]) == made.names().counter(*asked[0])
    assert Names(bytes(32)).counter(*asked[0]) not in made_names


def test_the_contents_of_a_charge_are_all_that_it_counts(made: Made) -> None:
    names, first, second = made.names(), *made.subjects(2)
    charge = made.charge(subjects=(first, second))
    same = [replace(charge, subjects=(second, first, first)), made.charge(subjects=charge.subjects)]
    other: list[dict[str, Any]] = [
        {"principal": "health/li"},
        {"purpose": "audit"},
        {"rows": 2},
        {"probes": 1},
        {"subjects": (first,)},
    ]
    assert {names.contents(one) for one in same} == {names.contents(charge)}
    assert len({names.contents(replace(charge, **one)) for one in other} - {names.contents(charge)}) == len(other)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"rows": -1}, "from 0 up"),
        ({"probes": -1}, "from 0 up"),
        ({"mark": b"short"}, "16 random bytes"),
        ({"subjects": ("310101199001011234",)}, "pseudonym"),
        ({"subjects": ("王" * 22,)}, "pseudonym"),
        ({"subjects": ("A" * 21 + "B",)}, "pseudonym"),  # no sixteen bytes end so
        ({"subjects": ("A" * 22 + "\n",)}, "pseudonym"),
    ],
)
def test_what_would_count_backwards_or_leave_an_identifier_is_refused(
    made: Made, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(MalformedChargeError, match=problem) as refused:
        require_sound(made.charge(**changes))
    assert "310101" not in str(refused.value)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(MalformedChargeError, match="32"):
        Names(bytes(31))
