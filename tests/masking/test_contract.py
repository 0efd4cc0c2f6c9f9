"""What every mask promises, asked of all of them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from masking import MASKS, ColumnMask, Mask, MaskDoesNotFitError, MaskParametersError, Setting, make
from vocabulary.catalogue import MaskDeclaration
from vocabulary.values import SCALARS

if TYPE_CHECKING:
    from vocabulary.values import Value

KEYS = {"pairwise": bytes(range(64))}  # of those that are not of 32 bytes
PARAMETERS: dict[str, list[dict[str, object]]] = {
    "redact": [{}],
    "partial-name": [{"keep": "ends"}, {"keep": "surname"}],
    "partial-phone": [{"keep": keep} for keep in range(5)],
    "partial-identity": [{}],
    "partial-address": [{"level": "district"}, {"level": "street"}],
    "pseudonym": [{}],
    "pairwise": [{"label": "resident"}],
}
EVERY_MASK = [
    make(MaskDeclaration(kind.kind, kind.kind, parameters)) for kind in MASKS for parameters in PARAMETERS[kind.kind]
]


def compiled(mask: Mask) -> ColumnMask:
    return mask.compile(Setting("health-commission", "Resident.name", KEYS.get(mask.kind, bytes(range(32)))))


# `characters()` draws lone surrogates too, which JSON from a careless source may bring.
TEXTS = st.text(st.characters()) | st.sampled_from(
    [
        "",
        " ",
        "张三明",
        "John Smith",
        "13812345678",
        "310115198001010014",
        "上海市浦东新区花木街道花木路1号",
        "***",
        "p_x",
    ]
)
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.datetimes(timezones=st.just(dt.UTC)), TEXTS
)


@pytest.mark.parametrize("mask", EVERY_MASK, ids=repr)
@settings(max_examples=60)
@given(column=st.lists(VALUES))
def test_any_column_comes_back_as_long_with_nulls_null_and_types_kept(mask: Mask, column: list[Value]) -> None:
    kept = list(column)
    masked = compiled(mask)(column)
    assert len(masked) == len(column)
    assert masked is not column
    assert all(a is b for a, b in zip(column, kept, strict=True)), "the column that came in is not touched"
    types = tuple(SCALARS[scalar] for scalar in mask.fits)
    for value, shown in zip(column, masked, strict=True):
        if type(value) not in types:
            assert shown is None
        assert shown is None or type(shown) is type(value)


@pytest.mark.parametrize("mask", EVERY_MASK, ids=repr)
@settings(max_examples=30)
@given(column=st.lists(VALUES))
def test_compiling_twice_gives_the_same_function(mask: Mask, column: list[Value]) -> None:
    assert compiled(mask)(column) == compiled(mask)(column)


@pytest.mark.parametrize(
    "mask", [mask for mask in EVERY_MASK if mask.kind not in {"pseudonym", "partial-address"}], ids=repr
)
@settings(max_examples=60)
@given(column=st.lists(TEXTS.filter(bool)))
def test_no_text_is_shown_unchanged(mask: Mask, column: list[Value]) -> None:
    for value, shown in zip(column, compiled(mask)(column), strict=True):
        assert shown != value


@pytest.mark.parametrize("mask", EVERY_MASK, ids=repr)
def test_every_mask_is_frozen_hashable_and_equal_by_value(mask: Mask) -> None:
    same = make(MaskDeclaration("again", mask.kind, dict(vars(mask))))
    assert same == mask
    assert hash(same) == hash(mask)
    with pytest.raises(AttributeError):
        mask.keep = 1  # type: ignore[attr-defined]  # the attempt is the test


@pytest.mark.parametrize("mask", EVERY_MASK, ids=repr)
@pytest.mark.parametrize("scalar", SCALARS)
def test_a_field_of_another_type_is_refused(mask: Mask, scalar: str) -> None:
    if scalar in mask.fits:
        mask.require_fit(scalar)
    else:
        with pytest.raises(MaskDoesNotFitError, match=f"{mask.kind} keeps .*cannot keep {scalar}"):
            mask.require_fit(scalar)


@pytest.mark.parametrize("mask", [mask for mask in EVERY_MASK if mask.kind in {"pseudonym", "pairwise"}], ids=repr)
@pytest.mark.parametrize("size", [0, 32, 64])
def test_a_mask_that_needs_a_key_shows_nothing_without_its_own(mask: Mask, size: int) -> None:
    shown = mask.compile(Setting("a", "Resident.name", bytes(size)))(["310115198001010014", "", None])
    is_its_own = size == len(KEYS.get(mask.kind, bytes(32)))
    assert (shown == [None] * 3) is not is_its_own


@pytest.mark.parametrize("key", [b"k", b"k" * 31, b"k" * 33, b"k" * 63, b"k" * 65])
def test_a_key_of_another_length_is_refused(key: bytes) -> None:
    with pytest.raises(MaskParametersError, match="32"):
        Setting("a", "Resident.name", key)


def test_a_key_is_in_no_printed_setting() -> None:
    assert "secret" not in repr(Setting("a", "Resident.name", b"secret" * 5 + b"!!"))
