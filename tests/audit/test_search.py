from __future__ import annotations

import datetime as dt
import sqlite3
import stat
import threading
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from audit.checkpoint import Checkpoint
from audit.errors import LogUnavailableError, MalformedError, TamperedError
from audit.reader import LOG_FILE
from audit.search import INDEX_FILE, Search, Wanted
from vocabulary.receipt import Entry, Kind

if TYPE_CHECKING:
    from pathlib import Path

    from audit.log import Log
    from audit.note import SigningKey
    from tests.audit.conftest import Made

DAY = dt.date(2026, 11, 21)


@pytest.fixture
def search(log: Log, tmp_path: Path) -> Search:
    assert log.ready
    return Search(tmp_path / "log")


def found(search: Search, pseudonym: str, after: int | None = None, limit: int = 50) -> list[tuple[int, list[str]]]:
    wanted = Wanted(subjects=frozenset({pseudonym}), before=after)
    return [(one.index, list(one.how)) for one in search.find(wanted, limit)]


def test_released_given_and_probed_all_count(log: Log, search: Search, made: Made) -> None:
    log.append_sync(made.wave(2))  # given: 0, 1
    log.append_sync(made.release(1))  # released: 0
    log.append_sync(made.release(0, probed=1))
    log.append_sync(Entry(Kind.FAILURE, "2026-11-21", "source-dead", subjects={"Resident": made.pseudonyms(1)}))
    both = made.pseudonyms(1)
    log.append_sync(Entry(Kind.RELEASE, "2026-11-21", "ok", subjects={"Resident": both}, probed={"Resident": both}))
    assert found(search, made.pseudonym(0)) == [
        (4, ["released", "probed"]),
        (3, ["named"]),
        (1, ["released"]),
        (0, ["given"]),
    ]
    assert found(search, made.pseudonym(1)) == [(0, ["given"])]
    assert found(search, made.pseudonym(10**6)) == [(2, ["probed"])]
    assert found(search, made.pseudonym(77)) == []


def test_the_entry_comes_with_it(log: Log, search: Search, made: Made) -> None:
    log.append_sync(made.release())
    (one,) = search.find(Wanted(subjects=frozenset({made.pseudonym(2)})), 1)
    assert (one.index, one.how) == (0, ("released",))
    assert replace(one, how=()) == search.entry(0)
    assert one.fields["who"]["person"] == "analyst-1"
    assert search.entry(1) is None


def test_newest_first_and_page_by_page(log: Log, search: Search, made: Made) -> None:
    for _ in range(7):
        log.append_sync(made.release(1))
    pages = [found(search, made.pseudonym(0), after, 3) for after in (None, 4, 1)]
    assert [[index for index, _ in page] for page in pages] == [[6, 5, 4], [3, 2, 1], [0]]
    assert found(search, made.pseudonym(0), None, 0) == []
    assert found(search, made.pseudonym(0), None, -1) == []


def test_recent_lists_every_entry(log: Log, search: Search, made: Made) -> None:
    for count in (1, 3000):
        log.append_sync(made.release(count))
    kinds = [(index, entry["kind"]) for index, entry in search.recent(None, 10)]
    assert kinds == [(4, "release"), (3, "subjects"), (2, "subjects"), (1, "subjects"), (0, "release")]
    assert [index for index, _ in search.recent(3, 2)] == [2, 1]


def test_subjects_in_chunks_lead_to_their_closing_entry(log: Log, search: Search, made: Made) -> None:
    first = log.append_sync(made.release(3000, probed=1)).index
    second = log.append_sync(made.wave(3000, start=2000)).index
    assert found(search, made.pseudonym(0)) == [(first, ["released"])]
    assert found(search, made.pseudonym(2500)) == [(second, ["given"]), (first, ["released"])]
    assert found(search, made.pseudonym(4999)) == [(second, ["given"])]
    assert found(search, made.pseudonym(10**6)) == [(first, ["probed"])]
    (one,) = search.find(Wanted(subjects=frozenset({made.pseudonym(0)})), 1)
    assert one.fields["chunks"]["subjects"] == {"Resident": 3000}


def test_chunks_are_kept_together_where_one_transaction_ends(
    log: Log, search: Search, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.projection._BATCH", 1)
    monkeypatch.setattr("audit.reader._PAGE", 1)
    index = log.append_sync(made.release(6000)).index
    assert {index} == {hit for number in (0, 3000, 5999) for hit, _ in found(search, made.pseudonym(number))}


def test_every_search_is_complete(log: Log, search: Search, made: Made) -> None:
    for count in range(1, 6):
        log.append_sync(made.release(1))
        assert len(found(search, made.pseudonym(0))) == count


def test_catching_up_ahead_changes_no_answer(log: Log, search: Search, made: Made) -> None:
    log.append_sync(made.release(1))
    search.catch_up()
    assert found(search, made.pseudonym(0)) == [(0, ["released"])]


def test_the_projection_is_for_its_owner_alone(log: Log, search: Search, tmp_path: Path, made: Made) -> None:
    log.append_sync(made.release())
    search.catch_up()
    assert stat.S_IMODE((tmp_path / "log" / INDEX_FILE).stat().st_mode) == 0o600


def test_a_deleted_projection_is_built_again(log: Log, search: Search, tmp_path: Path, made: Made) -> None:
    log.append_sync(made.release(1))
    search.catch_up()
    (tmp_path / "log" / INDEX_FILE).unlink()
    assert found(search, made.pseudonym(0)) == [(0, ["released"])]


def test_a_damaged_projection_is_built_again(log: Log, search: Search, tmp_path: Path, made: Made) -> None:
    log.append_sync(made.release(1))
    search.catch_up()
    (tmp_path / "log" / INDEX_FILE).write_bytes(b"no database at all" * 1000)
    assert found(search, made.pseudonym(0)) == [(0, ["released"])]


def test_a_projection_of_another_log_is_built_again(log: Log, search: Search, tmp_path: Path, made: Made) -> None:
    """As when the log was restored from a backup while its projection stayed."""
    log.append_sync(made.release(1))
    log.append_sync(made.release(2))
    search.catch_up()
    with closing(sqlite3.connect(tmp_path / "log" / INDEX_FILE)) as index:
        index.execute("UPDATE progress SET leaf = x'00'")
        index.execute("INSERT INTO access VALUES (?, 0, 1)", (made.pseudonym(77),))
        index.commit()
    assert found(search, made.pseudonym(77)) == []
    assert found(search, made.pseudonym(0)) == [(1, ["released"]), (0, ["released"])]


def test_a_locked_projection_is_an_error_and_no_empty_answer(
    log: Log, search: Search, tmp_path: Path, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.projection._BUSY_SECONDS", 0.05)
    log.append_sync(made.release(1))
    search.catch_up()
    with closing(sqlite3.connect(tmp_path / "log" / INDEX_FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LogUnavailableError, match="locked"):
            found(search, made.pseudonym(0))
    assert found(search, made.pseudonym(0)) == [(0, ["released"])]


def test_a_log_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LogUnavailableError):
        Search(tmp_path).recent(None, 1)


@pytest.mark.parametrize(
    "statement", ["UPDATE entry SET body = x'7b7d' WHERE idx = 0", "DELETE FROM entry WHERE idx = 0"]
)
def test_a_tampered_log_gives_no_answer_for_a_complete_one(
    log: Log, search: Search, tmp_path: Path, made: Made, statement: str
) -> None:
    log.append_sync(made.release(1))
    log.append_sync(made.release(1))
    search.catch_up()
    with closing(sqlite3.connect(tmp_path / "log" / LOG_FILE)) as connection:
        connection.execute(statement)
        connection.commit()
    with pytest.raises(TamperedError, match="entry 0"):
        found(search, made.pseudonym(0))


def test_searches_beside_each_other(log: Log, search: Search, made: Made) -> None:
    for _ in range(20):
        log.append_sync(made.release(5))
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(len(found(search, made.pseudonym(4))))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [20, 20, 20, 20]


def test_a_projection_of_an_older_shape_is_built_again(log: Log, search: Search, tmp_path: Path, made: Made) -> None:
    """As the version before left it: with fewer tables, and nothing of who asked."""
    log.append_sync(made.release(1))
    search.catch_up()
    with closing(sqlite3.connect(tmp_path / "log" / INDEX_FILE, isolation_level=None)) as index:
        for table in ("entry", "day", "tally", "node"):
            index.execute(f"DROP TABLE {table}")
        index.execute("INSERT INTO access VALUES (?, 0, 1)", (made.pseudonym(77),))
        index.execute("PRAGMA user_version = 2")
    assert [one.index for one in search.find(Wanted(persons=frozenset({"analyst-1"})), 5)] == [0]
    assert found(search, made.pseudonym(77)) == []


def test_counts_stay_right_where_searches_build_beside_each_other(
    log: Log, search: Search, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is counted twice, though each transaction of one may come between two of another."""
    monkeypatch.setattr("audit.projection._BATCH", 3)
    for _ in range(100):
        log.append_sync(made.release(1))
    threads = [threading.Thread(target=search.catch_up) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [tally.count for tally in search.tallies(DAY, DAY)] == [100]


def test_counts_are_of_400_days_at_most(search: Search) -> None:
    assert search.tallies(DAY - dt.timedelta(days=399), DAY) == []
    with pytest.raises(MalformedError, match="400 days"):
        search.tallies(DAY - dt.timedelta(days=400), DAY)


def test_a_day_is_the_citys(log: Log, search: Search) -> None:
    """16:00 in UTC is midnight in Shanghai."""
    for at in ("2026-11-20T15:59:59.999Z", "2026-11-20T16:00:00.000Z", "2026-11-21T15:59:59.999Z"):
        log.append_sync(Entry(Kind.REFUSAL, at, "PURPOSE_UNKNOWN"))
    tallies = search.tallies(DAY - dt.timedelta(days=9), DAY)
    assert [(tally.day.day, tally.kind, tally.organisation, tally.count) for tally in tallies] == [
        (21, "refusal", "", 2),
        (20, "refusal", "", 1),
    ]


def test_an_entry_without_a_time_is_no_entry(log: Log, search: Search) -> None:
    log.append_sync(Entry(Kind.REFUSAL, "yesterday", "PURPOSE_UNKNOWN"))
    with pytest.raises(TamperedError, match="bears no time"):
        search.catch_up()


# ── proofs ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_proofs_of_entries_of_a_log_of_several_tiles(
    log: Log, search: Search, made: Made, signing_key: SigningKey
) -> None:
    for number in range(700):
        log.append_sync(made.release(1, number))
        if number in {0, 255, 256, 511}:
            note = log.checkpoint()
            for index, proof in search.prove(range(0, number + 1, 17), note).items():
                assert proof.verify(_body(search, index), signing_key.verifier).size == number + 1
    note = log.checkpoint()
    proofs = search.prove([*range(0, 700, 23), 699, 700, -1], note)
    assert proofs.keys() == {*range(0, 700, 23), 699}
    for index, proof in proofs.items():
        assert len(proof.path) <= 10
        assert proof.verify(_body(search, index), signing_key.verifier).size == 700


def test_an_older_checkpoint_proves_what_it_counts(
    log: Log, search: Search, made: Made, signing_key: SigningKey
) -> None:
    log.append_sync(made.release(1))
    older = log.checkpoint()
    log.append_sync(made.release(1))
    assert search.prove([0, 1], older).keys() == {0}
    assert search.prove([0], older)[0].verify(_body(search, 0), signing_key.verifier).size == 1


def test_what_the_checkpoint_does_not_count_is_not_proven(
    log: Log, search: Search, made: Made, tmp_path: Path, signing_key: SigningKey
) -> None:
    """Neither where the projection was changed, nor where the log was."""
    for _ in range(5):
        log.append_sync(made.release(1))
    note = log.checkpoint()
    search.catch_up()
    for statement, file in (
        ("UPDATE entry SET leaf = zeroblob(32) WHERE idx = 3", INDEX_FILE),
        ("DELETE FROM entry WHERE idx = 3", INDEX_FILE),
    ):
        with closing(sqlite3.connect(tmp_path / "log" / file, isolation_level=None)) as index:
            index.execute(statement)
        with pytest.raises(TamperedError, match="not what the checkpoint counts"):
            search.prove([2], note)
    (tmp_path / "log" / INDEX_FILE).unlink()
    assert search.prove([2], note)[2].verify(_body(search, 2), signing_key.verifier)
    other = signing_key.sign(Checkpoint(signing_key.name, 5, bytes(32)).format())
    with pytest.raises(TamperedError, match="not what the checkpoint counts"):
        search.prove([2], other)


def _body(search: Search, index: int) -> bytes:
    found = search.entry(index)
    assert found is not None
    return found.body
