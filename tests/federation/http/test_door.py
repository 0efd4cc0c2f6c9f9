from __future__ import annotations

import asyncio

import pytest

from federation.errors import Code, Unavailable
from federation.execute.receipts import Recorder
from federation.http.door import Door
from vocabulary.receipt import Entry, Kind, Receipt


class Book(Recorder):
    """Keeps the entries; `broken` while nothing can be written."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.broken = False

    async def append(self, entry: Entry) -> Receipt:
        await asyncio.sleep(0)
        if self.broken:
            raise Unavailable(Code.RECEIPT_UNAVAILABLE, "not now")
        self.entries.append(entry)
        return Receipt(len(self.entries) - 1, b"")

    @property
    def counts(self) -> list[dict[str, int]]:
        return [dict(entry.counts) for entry in self.entries]


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def clock() -> list[float]:
    return [1_000.0]


@pytest.fixture
def door(book: Book, clock: list[float]) -> Door:
    return Door(book, window=60.0, clock=lambda: clock[0])


def refuse(door: Door, code: Code, times: int = 1) -> None:
    async def work() -> None:
        for _ in range(times):
            await door.refused(code)

    asyncio.run(work())


def refused_in_vain(door: Door, code: Code) -> None:
    with pytest.raises(Unavailable):
        refuse(door, code)


def test_the_first_is_on_record_at_once(door: Door, book: Book) -> None:
    refuse(door, Code.TOKEN_MISSING)
    (entry,) = book.entries
    assert (entry.kind, entry.outcome, entry.who) == (Kind.UNIDENTIFIED, "refused", None)
    assert book.counts == [{"TOKEN_MISSING": 1}]


def test_the_rest_of_a_window_is_one_entry(door: Door, book: Book, clock: list[float]) -> None:
    refuse(door, Code.TOKEN_MISSING, 1_000)
    refuse(door, Code.BODY_MALFORMED, 5)
    assert len(book.entries) == 1
    clock[0] += 60
    refuse(door, Code.TOKEN_EXPIRED)
    assert book.counts[1:] == [{"TOKEN_MISSING": 999, "BODY_MALFORMED": 5, "TOKEN_EXPIRED": 1}]
    refuse(door, Code.TOKEN_EXPIRED)
    assert len(book.entries) == 2


def test_at_the_end_of_its_window_not_before(door: Door, book: Book, clock: list[float]) -> None:
    refuse(door, Code.TOKEN_MISSING)
    clock[0] += 59.9
    refuse(door, Code.TOKEN_MISSING)
    assert len(book.entries) == 1
    clock[0] += 0.1
    refuse(door, Code.TOKEN_MISSING)
    assert book.counts == [{"TOKEN_MISSING": 1}, {"TOKEN_MISSING": 2}]


def test_flushed_the_rest_is_on_record_and_nothing_twice(door: Door, book: Book) -> None:
    refuse(door, Code.TOKEN_MISSING, 3)
    asyncio.run(door.flush())
    asyncio.run(door.flush())
    assert book.counts == [{"TOKEN_MISSING": 1}, {"TOKEN_MISSING": 2}]


def test_without_a_refusal_nothing_is_written(door: Door, book: Book) -> None:
    asyncio.run(door.flush())
    assert book.entries == []


def test_nothing_is_lost_while_the_log_fails(door: Door, book: Book) -> None:
    book.broken = True
    refused_in_vain(door, Code.TOKEN_MISSING)
    refused_in_vain(door, Code.TOKEN_INVALID)
    with pytest.raises(Unavailable):
        asyncio.run(door.flush())
    book.broken = False
    refuse(door, Code.TOKEN_MISSING)
    assert book.counts == [{"TOKEN_MISSING": 2, "TOKEN_INVALID": 1}]


def test_a_window_opens_only_with_an_entry_on_record(door: Door, book: Book, clock: list[float]) -> None:
    refuse(door, Code.TOKEN_MISSING)
    clock[0] += 60
    book.broken = True
    refused_in_vain(door, Code.TOKEN_MISSING)
    refused_in_vain(door, Code.TOKEN_MISSING)
    book.broken = False
    refuse(door, Code.TOKEN_MISSING)
    assert book.counts == [{"TOKEN_MISSING": 1}, {"TOKEN_MISSING": 3}]


def test_many_at_once_are_counted_once_each(door: Door, book: Book) -> None:
    async def work() -> None:
        await asyncio.gather(*(door.refused(Code.TOKEN_MISSING) for _ in range(50)))
        await door.flush()

    asyncio.run(work())
    assert len(book.entries) == 2
    assert sum(counts["TOKEN_MISSING"] for counts in book.counts) == 50


def test_who_goes_away_meanwhile_is_counted_all_the_same(door: Door, book: Book) -> None:
    async def work() -> None:
        waiting = asyncio.create_task(door.refused(Code.TOKEN_MISSING))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        await door.flush()

    asyncio.run(work())
    assert book.counts == [{"TOKEN_MISSING": 1}]
