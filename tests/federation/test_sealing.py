from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.keys import KeyRing
from federation.sealing import Sealer
from vocabulary.values import Value

SEALER = Sealer(KeyRing(b"k" * 32))
OTHER_EXCHANGE = Sealer(KeyRing(b"o" * 32))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
KEYS: st.SearchStrategy[Value] = st.one_of(
    TEXTS,
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(),
    st.datetimes(timezones=OFFSETS),
)
VALUES = st.one_of(KEYS, st.none())


def one_id(recipient: str, type_name: str, key: Value) -> str:
    (sealed,) = SEALER.ids(recipient, type_name, [key])
    assert sealed is not None
    return sealed


@given(TEXTS, TEXTS, KEYS)
def test_an_id_leads_back_to_its_key(recipient: str, type_name: str, key: Value) -> None:
    sealed = one_id(recipient, type_name, key)
    opened = SEALER.open_id(recipient, type_name, sealed)
    assert (opened, type(opened)) == (key, type(key))
    assert sealed == one_id(recipient, type_name, key)


@given(TEXTS, st.binary(), st.lists(VALUES, max_size=5))
def test_a_cursor_leads_back_to_its_values(principal: str, bound_to: bytes, values: list[Value]) -> None:
    opened = SEALER.open_cursor(principal, bound_to, SEALER.cursor(principal, bound_to, values))
    assert opened is not None
    assert [(one, type(one)) for one in opened] == [(one, type(one)) for one in values]


def test_no_key_no_id() -> None:
    assert SEALER.ids("a", "T", [None, "x"])[0] is None


@pytest.mark.parametrize(
    ("recipient", "type_name"), [("b", "Resident"), ("a", "Vaccination"), ("a", ""), ("", "Resident")]
)
def test_an_id_opens_for_its_own_recipient_and_type_only(recipient: str, type_name: str) -> None:
    sealed = one_id("a", "Resident", "310115195001011234")
    assert SEALER.open_id(recipient, type_name, sealed) is None
    assert SEALER.open_id("a", "Resident", sealed) == "310115195001011234"


@pytest.mark.parametrize(("principal", "bound_to"), [("b", b"q"), ("a", b"p"), ("a", b""), ("", b"q")])
def test_a_cursor_opens_for_its_own_principal_and_question_only(principal: str, bound_to: bytes) -> None:
    sealed = SEALER.cursor("a", b"q", ["x", 1])
    assert SEALER.open_cursor(principal, bound_to, sealed) is None
    assert SEALER.open_cursor("a", b"q", sealed) == ["x", 1]


def test_a_cursor_is_no_id_and_an_id_no_cursor() -> None:
    assert SEALER.open_id("a", "T", SEALER.cursor("a", b"T", ["T", "x"])) is None
    assert SEALER.open_cursor("a", b"T", one_id("a", "T", "x")) is None


def test_another_exchange_opens_nothing() -> None:
    assert OTHER_EXCHANGE.open_id("a", "T", one_id("a", "T", "x")) is None
    assert OTHER_EXCHANGE.open_cursor("a", b"q", SEALER.cursor("a", b"q", ["x"])) is None


@given(st.one_of(st.text(), st.binary().map(bytes.hex), st.text("ABCDEFabcdef0123456789-_=", max_size=200)))
def test_whatever_is_sent_opens_to_nothing(text: str) -> None:
    assert SEALER.open_id("a", "T", text) is None
    assert SEALER.open_cursor("a", b"q", text) is None


@given(st.data())
def test_a_changed_text_does_not_open(data: st.DataObject) -> None:
    sealed = one_id("a", "T", "310115195001011234")
    place = data.draw(st.integers(0, len(sealed)))
    changed = sealed[:place] + data.draw(st.text("AZaz09-_=!. \n", min_size=1, max_size=2)) + sealed[place:]
    assert SEALER.open_id("a", "T", changed) is None
    assert SEALER.open_id("a", "T", sealed[:place]) == ("310115195001011234" if place == len(sealed) else None)


def test_lengths_tell_nothing() -> None:
    assert len({len(one_id("a", "Resident", "1" * size)) for size in range(1, 19)}) == 1
    assert len({len(SEALER.cursor("a", b"q", [name])) for name in ("李", "欧阳娜娜", "王小明", "")}) == 1


def test_ids_do_not_show_their_keys() -> None:
    first, second = one_id("a", "T", "310115195001011234"), one_id("a", "T", "310115195001011235")
    assert first[:22] != second[:22]
