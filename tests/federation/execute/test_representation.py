"""Entities that another exchange names: by what it was given, and by nothing else that it might send."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.execute.book import MaskBook
from federation.execute.cells import Reader, outsider
from federation.execute.coverage import Coverage
from federation.execute.representation import represented
from federation.keys import KeyRing
from federation.plan.nodes import Named
from federation.sealing import Sealer
from masking import Pair
from tests.support.rules import AT
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.rows import Asker
from vocabulary.values import Column

KEYS = KeyRing(b"k" * 32)
SEALER = Sealer(KEYS)
SECRETS = {"district": b"d" * 64, "other": b"o" * 64}
BOOK = MaskBook({}, KEYS, lambda exchange: SECRETS.get(exchange, b""))
NAMED = Named("number", "resident", Decision(Coordinate("Person", "number")))


def reader(exchange: str = "district", organisation: str = "bureau") -> Reader:
    recipient = outsider(exchange, organisation) if exchange else organisation
    asker = Asker(organisation, (), at=AT)
    return Reader(recipient, Coverage(asker), BOOK, SEALER, dt.date(2026, 1, 1), exchange)


def sealed(keeper: Reader, key: str = "n1", type_name: str = "Person") -> str:
    return str(SEALER.ids(keeper.keeper, type_name, [key])[0])


def pseudonym(key: str = "n1", exchange: str = "district", label: str = "resident") -> str:
    return str(Pair(SECRETS[exchange], label).seal([key])[0])


def named(*many: object, who: Reader | None = None, how: Named | None = NAMED) -> tuple[Column, list[bool]]:
    return represented([orjson.dumps(one).decode() for one in many], "Person", how, who or reader())


def test_an_id_and_a_pseudonym_name_the_same_entity_and_only_the_second_is_a_search() -> None:
    many = (
        {"__typename": "Person", "id": sealed(reader())},
        {"__typename": "Person", "number": pseudonym()},
        {"__typename": "Person", "id": sealed(reader(), "n2")},
    )
    assert named(*many) == (["n1", "n1", "n2"], [False, True, False])


def test_whoever_asks_through_an_exchange_it_is_the_exchange_that_keeps_the_ids() -> None:
    given_to_one = {"__typename": "Person", "id": sealed(reader(organisation="bureau"))}
    assert named(given_to_one, who=reader(organisation="clinic")) == (["n1"], [False])


@pytest.mark.parametrize(
    "one",
    [
        {"__typename": "Person", "id": sealed(reader("other"))},
        {"__typename": "Person", "id": sealed(reader(""))},
        {"__typename": "Person", "id": str(SEALER.ids("district", "Person", ["n1"])[0])},
        {"__typename": "Person", "id": sealed(reader(), type_name="Visit")},
        {"__typename": "Person", "number": pseudonym(exchange="other")},
        {"__typename": "Person", "number": pseudonym(label="firm")},
        {"__typename": "Person", "number": "n1"},
        {"__typename": "Person", "number": sealed(reader())},
        {"__typename": "Person", "id": pseudonym()},
        {"__typename": "Person", "name": pseudonym()},
    ],
)
def test_what_was_sealed_for_another_is_nothing(one: object) -> None:
    assert named(one) == ([None], [False])


def test_what_was_sealed_for_an_exchange_is_nothing_to_an_organisation_of_ours() -> None:
    ours = reader("")
    assert named({"__typename": "Person", "id": sealed(reader())}, who=ours, how=None) == ([None], [False])
    assert named({"__typename": "Person", "number": pseudonym()}, who=ours) == ([None], [False])


def test_no_pseudonym_has_a_meaning_where_no_secret_is_shared() -> None:
    stranger = reader("stranger")
    for key in (b"", b"d" * 64):
        one = {"__typename": "Person", "number": str(Pair(key, "resident").seal(["n1"])[0])}
        assert named(one, who=stranger) == ([None], [False])


def test_a_type_without_pairwise_keys_is_named_by_ids_alone() -> None:
    assert named({"__typename": "Person", "number": pseudonym()}, how=None) == ([None], [False])


def _forms() -> list[Any]:
    good, other = sealed(reader()), pseudonym()
    deep: Any = good
    for _ in range(200):
        deep = [deep]
    values = [
        None,
        True,
        0,
        -1,
        2**63,
        1.5,
        "",
        "\u0000",
        " " + good,
        good + "=",
        good[:-1],
        [good],
        {"id": good},
        deep,
    ]
    names: list[Any] = [None, 5, [], ["Person"], {}, "person", "Person ", "Query"]
    return [
        *({"__typename": "Person", "id": value} for value in values),
        *({"__typename": "Person", "number": value} for value in [*values, [other], {"number": other}, [], {}]),
        *({"__typename": name, "id": good} for name in names),
        {},
        {"__typename": "Person"},
        {"id": good},
        {"__typename": "Person", "id": good, "number": other},
        {"__typename": "Person", "id": good, "name": None},
        {"__typename": "Person", "number": other, "extra": 1},
        {"__typename": "Person", "id": good, "__typename ": "Person"},
    ]


@pytest.mark.parametrize("form", _forms())
def test_a_representation_of_another_form_is_the_same_nothing(form: object) -> None:
    assert named(form) == ([None], [False])


def test_one_that_stands_twice_is_found_twice_and_a_bad_one_harms_no_other() -> None:
    good = {"__typename": "Person", "id": sealed(reader())}
    assert named(good, {}, good, {"__typename": "Person", "number": []}) == (["n1", None, "n1", None], [False] * 4)


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["__typename", "id", "number", "x"]), st.just("Person") | anything, max_size=3))
def test_whatever_is_sent_names_nothing_and_raises_nothing(one: dict[str, object]) -> None:
    try:
        text = orjson.dumps(one).decode()
    except orjson.JSONEncodeError:  # a lone surrogate, which no JSON that was read can hold
        return
    assert represented([text], "Person", NAMED, reader()) == ([None], [False])
