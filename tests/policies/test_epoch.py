from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.epoch import epoch
from policies.errors import PolicyBuildError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(["== b 0\n", "\n\n== b 1\nx"])
PARTS = st.dictionaries(st.sampled_from("abc"), TEXT)


def test_the_hash_is_that_of_the_archived_text() -> None:
    name, text = epoch({"policy.csv": "p, 甲\n", "exchange.yaml": "exchange: x\n"})
    assert text == "== exchange.yaml 12\nexchange: x\n\n== policy.csv 7\np, 甲\n\n"
    assert name == hashlib.sha256(text.encode()).hexdigest()


@given(PARTS)
def test_the_order_of_the_parts_does_not_matter(parts: dict[str, str]) -> None:
    assert epoch(dict(reversed(parts.items()))) == epoch(parts)


@given(PARTS, PARTS)
def test_different_parts_have_different_epochs(one: dict[str, str], other: dict[str, str]) -> None:
    assert (epoch(one)[0] == epoch(other)[0]) == (one == other)


def test_no_part_can_pass_for_two() -> None:
    assert epoch({"a": "x\n\n== b 1\ny"})[0] != epoch({"a": "x\n", "b": "y"})[0]


def test_line_ends_are_part_of_the_text() -> None:
    assert epoch({"a": "x\n"})[0] != epoch({"a": "x\r\n"})[0]


def test_a_name_that_breaks_its_heading_is_refused() -> None:
    with pytest.raises(PolicyBuildError, match="name a part"):
        epoch({"a 1\nx": ""})
