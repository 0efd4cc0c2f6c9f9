from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from connectors.errors import FailureKind, SourceError, UnsupportedError
from federation.exchange.catalogue_connector import CatalogueConnector
from federation.exchange.catalogue_source import ENTRY, ORGANISATION, declaration
from federation.exchange.sift import Row
from policies.errors import PolicyUnavailableError
from vocabulary.fetch import ALWAYS, And, Compare, Fetch, IsNull, Not, Op, Or, Order, Predicate, Table, Values, Via
from vocabulary.values import Column

OURS = Compare(ORGANISATION, Op.EQ, "us")
VALUES: Values = {
    "us": "eatwell",
    "them": "health-commission",
    "type": "Test",
    "both": ("eatwell", "health-commission"),
}
HELD = {
    "eatwell": ("Resident.name", "Test.takenAt"),
    "health-commission": ("Resident.name", "Test.result", "Test.takenAt"),
}


def entries(organisation: str) -> Sequence[Row]:
    return [
        {ORGANISATION: organisation, "coordinate": name, "type": name.partition(".")[0], "category": None}
        for name in HELD[organisation]
    ]


CONNECTOR = CatalogueConnector(declaration("data-bureau"), entries)


def listed(where: Predicate, *order: Order, limit: int = 10) -> Column:
    request = Fetch(ENTRY, ("coordinate", ORGANISATION), where=where, order=order, limit=True)
    return fetched(request, {**VALUES, "limit": limit}).column("coordinate")


def fetched(request: Fetch, values: Values) -> Table:
    return asyncio.run(CONNECTOR.fetch(request, values))


def test_entries_are_those_of_one_organisation() -> None:
    assert listed(OURS) == ["Resident.name", "Test.takenAt"]
    assert listed(And((OURS, Compare("type", Op.EQ, "type")))) == ["Test.takenAt"]
    assert listed(And((OURS, Compare(ORGANISATION, Op.EQ, "them")))) == []
    assert listed(Or(())) == []


def test_a_page_is_in_the_order_that_was_asked_for() -> None:
    assert listed(OURS, Order("coordinate"), limit=1) == ["Resident.name"]
    assert listed(OURS, Order("type", descending=True), Order("coordinate")) == ["Test.takenAt", "Resident.name"]


@pytest.mark.parametrize(
    "where",
    [
        ALWAYS,
        Not(OURS),
        Not(Compare(ORGANISATION, Op.EQ, "them")),
        Or((OURS, Compare("type", Op.EQ, "type"))),
        Or((OURS, Compare(ORGANISATION, Op.EQ, "them"))),
        Compare(ORGANISATION, Op.IN, "both"),
        IsNull("category"),
    ],
)
def test_a_request_that_is_not_for_one_organisation_is_refused(where: Predicate) -> None:
    with pytest.raises(UnsupportedError):
        listed(where)
    with pytest.raises(UnsupportedError):
        by_key(where, "Resident.name")


def by_key(where: Predicate, *keys: str) -> Column:
    request = Fetch(ENTRY, ("coordinate",), via=Via(ENTRY, "coordinate"), where=where)
    return fetched(request, {**VALUES, "keys": keys}).column("coordinate")


def test_an_entry_is_found_by_its_key_only_where_the_organisation_has_it() -> None:
    assert by_key(OURS, "Test.result", "Test.takenAt", "No.such") == ["Test.takenAt"]
    assert by_key(Compare(ORGANISATION, Op.EQ, "them"), "Test.result") == ["Test.result"]


def test_a_policy_that_cannot_be_read_hides_everything() -> None:
    def unreadable(organisation: str) -> Sequence[Row]:
        raise PolicyUnavailableError(organisation)

    connector = CatalogueConnector(declaration("data-bureau"), unreadable)
    request = Fetch(ENTRY, ("coordinate",), where=OURS, limit=True)
    with pytest.raises(SourceError) as failed:
        asyncio.run(connector.fetch(request, {**VALUES, "limit": 1}))
    assert failed.value.kind is FailureKind.UNAVAILABLE
    assert "eatwell" not in str(failed.value)
