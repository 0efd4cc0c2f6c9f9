from __future__ import annotations

from itertools import pairwise

import pytest

from policies.lines import RoleLink
from policies.roles import check_roles


def links(*pairs: tuple[str, str]) -> list[RoleLink]:
    return [RoleLink(number, "policy.csv", *pair) for number, pair in enumerate(pairs, start=1)]


def chain(length: int) -> list[RoleLink]:
    """A chain of so many links."""
    return links(*pairwise(f"role:{level:04}" for level in range(length + 1)))


def test_nested_roles_and_diamonds_are_fine() -> None:
    assert check_roles(links(("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"))) == []


@pytest.mark.parametrize(
    ("pairs", "line"),
    [([("a", "a")], 1), ([("a", "b"), ("b", "a")], 2), ([("x", "a"), ("c", "a"), ("a", "b"), ("b", "c")], 4)],
)
def test_a_circle_is_refused_at_its_last_line(pairs: list[tuple[str, str]], line: int) -> None:
    (error,) = check_roles(links(*pairs))
    assert error.line == line
    assert "circle" in error.problem


def test_the_circle_reads_in_the_direction_of_its_lines() -> None:
    (error,) = check_roles(links(("a", "b"), ("b", "c"), ("c", "a")))
    way = error.problem.removeprefix("roles go in a circle: ").split(" holds ")
    assert all(step in {("a", "b"), ("b", "c"), ("c", "a")} for step in pairwise(way))


def test_nine_deep_is_fine_and_ten_is_refused() -> None:
    assert check_roles(chain(9)) == []
    (error,) = check_roles(chain(10))
    assert (error.line, error.problem) == (1, "role:0000 holds roles more than 9 deep")


def test_a_shortcut_does_not_excuse_a_deep_chain() -> None:
    assert check_roles([*chain(10), RoleLink(11, "policy.csv", "role:0000", "role:0010")]) != []


def test_a_chain_of_thousands_is_refused_and_not_a_crash() -> None:
    assert len(check_roles(chain(5000))) == 1
