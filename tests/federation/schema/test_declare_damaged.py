"""A declaration with anything in it: taken, or refused with places and remedies; never an error of ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

from tests.federation.schema.test_declare import SMALL, told


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_refused_properly(text: str) -> None:
    check(text)


@pytest.mark.whole
@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 4))
def test_any_damage_is_taken_or_refused_properly(chance: random.Random, cuts: int) -> None:
    text = SMALL
    for _ in range(cuts):
        start, end = sorted(chance.choices(range(len(text)), k=2))
        end = min(end, start + chance.choice([1, 8, 200]))
        text = (
            text[:start]
            + chance.choice(["", " ", "\n", "x: ", "[", "no", "7", "-", "&a ", text[end:][:40]])
            + text[end:]
        )
    check(text)


WORDS = sorted(set(re.findall(r"\w+", SMALL)))
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.whole
@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_value_anywhere_is_taken_or_refused_properly(data: st.DataObject) -> None:
    tree = yaml.safe_load(SMALL)
    mapping, word = data.draw(st.sampled_from(list(places(tree))))
    mapping[word] = data.draw(TREES)
    check(yaml.safe_dump(tree, allow_unicode=True))


def places(tree: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    for word, value in tree.items():
        yield tree, word
        if isinstance(value, dict):
            yield from places(value)


def check(text: str) -> None:
    problems = told(text)
    assert problems == tuple(sorted(problems))
    for one in problems:
        assert 1 <= one.line <= len(text.splitlines()) + 1
        assert one.remedy.startswith("write ")
        assert f"{one.problem}{one.remedy}".isprintable()
