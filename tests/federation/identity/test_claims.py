from __future__ import annotations

import math

import pytest

from federation.identity.claims import moment, name, names


@pytest.mark.parametrize("claim", [None, True, "5", math.nan, math.inf, [5]])
def test_what_is_no_moment(claim: object) -> None:
    with pytest.raises(ValueError, match="seconds"):
        moment(claim)


@pytest.mark.parametrize("claim", [None, 5, ["a"], "x" * 257, "\ud800"])
def test_what_is_no_name(claim: object) -> None:
    with pytest.raises(ValueError, match=r"a name is|surrogates not allowed"):
        name(claim)
    with pytest.raises(ValueError, match=r"a name is|surrogates not allowed"):
        names([claim])


@pytest.mark.parametrize("claim", [None, "ab", {"a": 1}, ["a"] * 101])
def test_what_is_no_list_of_names(claim: object) -> None:
    with pytest.raises(ValueError, match="lists of bounded length"):
        names(claim)


def test_what_they_are() -> None:
    assert (moment(5), moment(5.5), name("王"), names(["a", ""])) == (5.0, 5.5, "王", ["a", ""])
