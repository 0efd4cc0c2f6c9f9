"""The suite for every kind of connector: sources that lie, are slow or gone, and what is left behind them."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from connectors.contract import Connector
from connectors.errors import DeclarationError, FailureKind, SourceError
from tests.connectors.conforming import FIELDS, PERSON, failed, fetched, run, visits
from tests.connectors.served import PEOPLE, Served, no_text, patience, unheld, unstorable, until
from vocabulary.fetch import Fetch


@pytest.mark.parametrize(
    ("type_name", "column", "value"),
    [
        ("Person", "age", "SECRET"),
        ("Person", "age", 1.5),
        ("Person", "name", ...),
        ("Person", "score", "SECRET"),
        ("Person", "alone", 2),
        ("Person", "alone", "SECRET"),
        ("Person", "born", "1951-02-30"),
        ("Person", "born", "1951-W05-3"),
        ("Person", "born", "SECRET"),
        ("Person", "born", 19510203),
        ("Person", "seen", "1951-02-03"),
        ("Person", "seen", "SECRET"),
        ("Person", "boss", ...),
        ("Visit", "day", "SECRET"),
    ],
)
def test_a_value_of_another_type_is_a_lie_and_is_not_quoted(
    served: Served, type_name: str, column: str, value: object
) -> None:
    value = no_text(served) if value is ... else value
    served.change(type_name, "p1", column, value)
    request = Fetch("Person", FIELDS, PERSON) if type_name == "Person" else visits("visits", "day", "place")
    error = failed(served, request, keys=("p1", "p2"))
    assert error.kind is FailureKind.INVALID
    assert str(value) not in str(error)
    assert type_name in str(error)


@pytest.mark.parametrize("column", ["id", "boss"])
def test_an_identifier_with_full_width_digits_is_a_lie_and_is_not_quoted(served: Served, column: str) -> None:
    """It would never equal the real one, and nobody would see why."""
    odd = "３１0115"
    served.change("Person", "p4", column, odd)
    keys = ("p2", odd if column == "id" else "p4")
    error = failed(served, Fetch("Person", ("name", "id", "boss.id"), PERSON), keys=keys)
    assert error.kind is FailureKind.INVALID
    assert f"full-width digits in Person.{column if column == 'id' else 'boss.id'}" in str(error)
    assert odd not in str(error)
    assert fetched(served, Fetch("Person", ("name",), PERSON), keys=("p1", "p2")).count == 2


def test_full_width_digits_elsewhere_are_text_like_any_other(served: Served) -> None:
    served.change("Person", "p2", "name", "３１")
    assert fetched(served, Fetch("Person", ("name",), PERSON), keys=("p2",)).columns == (["３１"],)


def test_when_its_data_last_changed_is_known_or_left_out(served: Served) -> None:
    """Aware, and not later than now. A source that can't say so leaves it out; one that has to be asked may be gone."""

    async def ask(connector: Connector) -> object:
        known = await connector.changed()
        for type_name, moment in known.items():
            assert type_name in {"Person", "Visit"}
            assert dt.datetime(2024, 1, 1, tzinfo=dt.UTC) < moment <= dt.datetime.now(dt.UTC)
        return set(known)

    assert run(served, ask) in ({"Person", "Visit"}, set())
    assert served.asked == 0
    served.kill()

    async def gone(connector: Connector) -> object:
        try:
            return await connector.changed()
        except SourceError as error:
            return error.kind

    assert run(served, gone) in ({}, FailureKind.UNAVAILABLE)


def test_a_unique_key_that_comes_twice_is_a_lie(served: Served) -> None:
    served.repeat("p1")
    assert failed(served, Fetch("Person", ("age",), PERSON), keys=("p1", "p2")).kind is FailureKind.INVALID


def test_a_dead_source_is_unavailable_and_names_no_address(served: Served) -> None:
    served.kill()
    error = failed(served, Fetch("Person", ("id",), PERSON), keys=("p1",))
    assert error.kind is FailureKind.UNAVAILABLE
    assert not any(word in str(error) for word in ("example", "sqlite", "/", "p1", "refused"))


def test_check_passes_and_asks_for_nobodys_data(served: Served) -> None:
    run(served, lambda connector: connector.check())
    assert served.asked == 0


@pytest.mark.parametrize("column", ["born", "boss"])
def test_check_names_the_column_that_is_not_there_and_what_is(served: Served, column: str) -> None:
    served.drop_column(column)
    with pytest.raises(DeclarationError, match=rf"person.* {column} .*write one of: .*area"):
        run(served, lambda connector: connector.check())


# ------------------------------------------------------------------------------------------ time, load, cancellation


@pytest.mark.whole
def test_timeout_is_kept_and_the_connector_serves_on(served: Served) -> None:
    request = Fetch("Person", ("id",), PERSON)

    async def ask(connector: Connector) -> None:
        await connector.fetch(request, {"keys": ("p1",)})
        served.slow()
        started = asyncio.get_running_loop().time()
        for _ in range(3):  # more than its concurrency: none of them holds a slot for ever
            with pytest.raises(SourceError) as caught:
                await connector.fetch(request, {"keys": ("p1",)})
            assert caught.value.kind is FailureKind.TIMEOUT
        assert asyncio.get_running_loop().time() - started < 3 * patience(served) + 1
        served.quick()
        assert (await connector.fetch(request, {"keys": ("p1",)})).columns == (["p1"],)

    run(served, ask, timeout=patience(served))


@pytest.mark.whole
def test_load_cap_is_kept_and_waiting_counts(served: Served) -> None:
    request = Fetch("Person", ("id",), PERSON)

    async def ask(connector: Connector) -> None:
        tables = await asyncio.gather(*(connector.fetch(request, {"keys": ("p1",)}) for _ in range(20)))
        assert all(table.count == 1 for table in tables)
        assert served.most <= 2
        served.slow()
        failures = await asyncio.gather(
            *(connector.fetch(request, {"keys": ("p1",)}) for _ in range(5)), return_exceptions=True
        )
        kinds = [failure.kind for failure in failures if isinstance(failure, SourceError)]
        # A third may have its turn at the very moment at which the first two give up.
        assert len(kinds) == 5
        assert kinds[:2] == [FailureKind.TIMEOUT] * 2
        assert set(kinds) <= {FailureKind.TIMEOUT, FailureKind.OVERLOADED}
        assert served.most <= 2
        served.quick()
        asked = served.asked
        for _ in range(2):
            await connector._cap._free.acquire()
        with pytest.raises(SourceError) as caught:
            await connector.fetch(request, {"keys": ("p1",)})
        assert caught.value.kind is FailureKind.OVERLOADED
        assert served.asked == asked

    run(served, ask, timeout=max(0.8, patience(served)))


def test_a_cancelled_fetch_leaves_nothing_open(served: Served) -> None:
    request = Fetch("Person", ("id",), PERSON)

    async def ask(connector: Connector) -> None:
        await connector.fetch(request, {"keys": ("p1",)})
        served.slow()
        waiting = [asyncio.ensure_future(connector.fetch(request, {"keys": ("p1",)})) for _ in range(4)]
        await until(lambda: served.open == 2)
        for task in waiting:
            task.cancel()
        assert all(
            isinstance(answer, asyncio.CancelledError)
            for answer in await asyncio.gather(*waiting, return_exceptions=True)
        )
        served.quick()
        assert (await connector.fetch(request, {"keys": ("p1",)})).count == 1

    run(served, ask, timeout=30.0)


def test_closing_ends_what_is_under_way(served: Served) -> None:
    async def ask(connector: Connector) -> None:
        served.slow()
        waiting = asyncio.ensure_future(connector.fetch(Fetch("Person", ("id",), PERSON), {"keys": ("p1",)}))
        await until(lambda: served.open)
        await asyncio.wait_for(connector.close(), 10)
        await connector.close()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    run(served, ask, timeout=30.0)


def test_people_are_as_many_as_the_data_says(served: Served) -> None:
    keys = tuple(row["id"] for row in PEOPLE if row["id"] not in unstorable(served))
    assert fetched(served, Fetch("Person", ("id",), PERSON), keys=keys).count == len(keys) - len(unheld(served))
