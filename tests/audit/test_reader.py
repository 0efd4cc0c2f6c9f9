from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from audit.draft import draft
from audit.errors import LogUnavailableError, MalformedError
from audit.reader import LOG_FILE, Reader
from audit.store import Store
from audit.tree import Frontier

if TYPE_CHECKING:
    from pathlib import Path

    from tests.audit.conftest import Made


@pytest.fixture
def directory(tmp_path: Path, made: Made) -> Path:
    store = Store(tmp_path)
    for start in (0, 300):
        store.append([draft(made.release(1, number)) for number in range(start, start + 300)])
    store.close()
    return tmp_path


def test_reads_in_pages_and_both_ways(directory: Path) -> None:
    with Reader(directory) as reader:
        rows = list(reader.entries(0, 10**6))
        assert [index for index, _ in rows] == list(range(600))
        assert list(reader.entries(590, 10**6)) == rows[590:]
        assert reader.before(600, 3) == rows[:-4:-1]
        assert reader.before(2, 10) == rows[1::-1]
        assert reader.entry(599) == rows[599][1]
        assert reader.entry(600) is None
        assert reader.head().size == 600
        assert reader.extent()[1:] == (0, 599)


def test_a_long_body_is_read_only_as_far_as_asked(directory: Path) -> None:
    with Reader(directory) as reader:
        assert {len(body) for _, body in reader.entries(0, 10)} == {10}


def test_nothing_can_be_written(directory: Path) -> None:
    with Reader(directory) as reader, pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._connection.execute("DELETE FROM entry")


def test_an_empty_log(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.open()
    with Reader(tmp_path) as reader:
        assert reader.head() == Frontier()
        assert reader.extent() == (Frontier().encode(), 0, -1)
        assert list(reader.entries(0, 1)) == []
    store.close()


def test_no_log_is_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(LogUnavailableError):
        Reader(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_log(tmp_path: Path) -> None:
    (tmp_path / LOG_FILE).write_bytes(b"no database at all" * 1000)
    with pytest.raises(LogUnavailableError), Reader(tmp_path) as reader:
        reader.head()


def test_a_log_without_a_head(directory: Path) -> None:
    connection = sqlite3.connect(directory / LOG_FILE)
    connection.execute("DELETE FROM head")
    connection.commit()
    connection.close()
    with Reader(directory) as reader, pytest.raises(MalformedError, match="frontier"):
        reader.head()


def test_a_directory_whose_name_means_something_in_a_uri(tmp_path: Path) -> None:
    directory = tmp_path / "50% done? #1"
    store = Store(directory)
    store.open()
    with Reader(directory) as reader:
        assert reader.head().size == 0
    store.close()
