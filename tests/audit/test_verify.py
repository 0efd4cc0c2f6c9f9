from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from audit.checkpoint import Checkpoint
from audit.draft import draft
from audit.log import Log
from audit.note import SigningKey
from audit.reader import LOG_FILE
from audit.tree import Frontier, leaf_hash
from audit.verify import Report, verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.audit.conftest import Made


class Sealed:
    """A log of eleven entries (0, 1: whole; 2 to 5: chunks and their closing; …), with a checkpoint signed at nine."""

    def __init__(self, directory: Path, note: str, key: SigningKey) -> None:
        self.directory, self.note, self.key = directory, note, key
        self.content = (directory / LOG_FILE).read_bytes()

    def verify(self, *, with_checkpoint: bool = True) -> Report:
        return verify(self.directory, self.note if with_checkpoint else None, self.key.verifier)

    def change(self, *statements: str, parameters: tuple[object, ...] = ()) -> None:
        """Put the log back as it was, and tamper with it."""
        (self.directory / LOG_FILE).write_bytes(self.content)
        with closing(sqlite3.connect(self.directory / LOG_FILE)) as connection:
            for statement in statements:
                connection.execute(statement, parameters)
            connection.commit()
            connection.execute("PRAGMA journal_mode = DELETE")

    def bodies(self) -> list[bytes]:
        with closing(sqlite3.connect(self.directory / LOG_FILE)) as connection:
            return [body for (body,) in connection.execute("SELECT body FROM entry ORDER BY idx")]

    def rewrite(self, bodies: list[bytes]) -> None:
        """What a patient forger does: all entries anew, and the head that belongs to them."""
        frontier = Frontier()
        for body in bodies:
            frontier = frontier.append(leaf_hash(body))
        self.change("DELETE FROM entry")
        with closing(sqlite3.connect(self.directory / LOG_FILE)) as connection:
            connection.executemany("INSERT INTO entry VALUES (?, ?)", enumerate(bodies))
            connection.execute("UPDATE head SET frontier = ?", (frontier.encode(),))
            connection.commit()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, made: Made, signing_key: SigningKey) -> Sealed:
    directory = tmp_path_factory.mktemp("sealed")
    log = Log.open(directory, origin=made.origin, signing_key=signing_key)
    log.archive(made.epoch, made.policy)
    for entry in (made.wave(), made.release(), made.release(3000), made.wave(1), made.release(1), made.release(2)):
        log.append_sync(entry)
    note = log.checkpoint()
    log.append_sync(made.release(5))
    log.append_sync(made.release(6))
    log.close()
    return Sealed(directory, note, signing_key)


@pytest.fixture
def sealed(original: Sealed, tmp_path: Path) -> Sealed:
    shutil.copytree(original.directory, tmp_path / "log")
    return Sealed(tmp_path / "log", original.note, original.key)


def test_an_untouched_log_verifies(sealed: Sealed) -> None:
    report = sealed.verify()
    assert report.findings == ()
    assert report.ok
    assert report.size == 11
    assert report.checkpoint is not None
    assert report.checkpoint.size == 9
    assert sealed.verify(with_checkpoint=False).ok


def test_the_report_reads_on_one_screen(sealed: Sealed) -> None:
    report = sealed.verify()
    assert str(report) == (
        "The log is consistent.\n"
        f"Entries read: 11. Root computed from them: {report.root.hex()}\n"
        "Checkpoint: demo-city.example/log, signed at 9 entries.\n"
        "The entries counted in the checkpoint are, byte for byte and in their order, those that stood in the log when "
        "it\nwas signed. Later entries are consistent in themselves; only a later checkpoint fixes them.\n"
        "No log can prove that everything that happened was recorded in it, nor that what was recorded is true; "
        "it proves\nthat what was recorded has not been changed, dropped, inserted or reordered since."
    )
    assert "No checkpoint was given." in str(sealed.verify(with_checkpoint=False))
    sealed.change("UPDATE entry SET body = x'00'")
    screen = str(sealed.verify())
    assert screen.startswith("THE LOG IS NOT AS IT SHOULD BE.\n")
    assert len(screen.splitlines()) <= 24
    assert "proves nothing" not in screen
    assert "No log can prove that everything" in screen


HEAD = "The head that the log stores is not the head that its entries give."
FIRST = "The first 9 entries are not those for which the checkpoint was signed."


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        (["DELETE FROM entry WHERE idx = 4"], "Entry 4 should follow, but entry 5 does"),
        (["DELETE FROM entry WHERE idx = 0"], "Entry 0 should follow, but entry 1 does"),
        (["DELETE FROM entry WHERE idx = 10"], HEAD),
        (["DELETE FROM entry WHERE idx > 6"], "The log is cut: it has 7 entries, and had 9 when"),
        (["DELETE FROM entry"], "The log is cut: it has 0 entries"),
        (["UPDATE entry SET idx = -1 WHERE idx = 0"], "Entry 0 should follow, but entry -1 does"),
        (["INSERT INTO entry SELECT 11, body FROM entry WHERE idx = 10"], HEAD),
        (["INSERT INTO entry SELECT -1, body FROM entry WHERE idx = 10"], "Entry 0 should follow, but entry -1 does"),
        (
            [
                "UPDATE entry SET idx = 100 WHERE idx = 0",
                "UPDATE entry SET idx = 0 WHERE idx = 1",
                "UPDATE entry SET idx = 1 WHERE idx = 100",
            ],
            FIRST,
        ),
        (["UPDATE entry SET body = (SELECT body FROM entry WHERE idx = 1) WHERE idx = 0"], FIRST),
        (
            ["UPDATE entry SET body = CAST(body || ' ' AS BLOB) WHERE idx = 9"],
            "Entry 9 is not an entry as the log writes",
        ),
        (["UPDATE entry SET body = zeroblob(1000000) WHERE idx = 9"], "Entry 9 is not an entry as the log writes"),
        (["UPDATE head SET frontier = x'0000000000000000'"], HEAD),
        (["DELETE FROM head"], HEAD),
        (["DELETE FROM entry WHERE idx = 5"], "The chunks of subjects before entry 6 belong to no closing entry."),
        (["DELETE FROM archive"], "The policy that entry 0 names"),
        (["UPDATE archive SET text = text || ' '"], "was changed"),
        (["UPDATE archive SET text = CAST(x'ff' AS TEXT)"], "was changed"),
        (["DROP TABLE entry"], "cannot be read to its end"),
        (["DROP TABLE archive"], "cannot be read to its end"),
    ],
)
def test_tampering_is_found_and_said(sealed: Sealed, statements: list[str], sentence: str) -> None:
    sealed.change(*statements)
    report = sealed.verify()
    assert not report.ok
    assert any(sentence in finding for finding in report.findings), report.findings


@pytest.mark.whole
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_no_flipped_byte_goes_unnoticed(original: Sealed, data: st.DataObject) -> None:
    original.change()
    index = data.draw(st.integers(0, 10))
    body = bytearray(original.bodies()[index])
    body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    original.change("UPDATE entry SET body = ? WHERE idx = ?", parameters=(bytes(body), index))
    assert not original.verify(with_checkpoint=index < 9).ok
    original.change()
    assert original.verify().ok


FORGERIES: dict[str, Callable[[list[bytes], int, int], list[bytes]]] = {
    "drop": lambda bodies, i, _: bodies[:i] + bodies[i + 1 :],
    "swap": lambda bodies, i, j: [bodies[j if n == i else i if n == j else n] for n in range(len(bodies))],
    "repeat": lambda bodies, i, j: [*bodies[:i], bodies[j], *bodies[i:]],
    "replace": lambda bodies, i, j: [*bodies[:i], bodies[j], *bodies[i + 1 :]],
    "cut": lambda bodies, i, _: bodies[:i],
}


@pytest.mark.whole
@given(kind=st.sampled_from(sorted(FORGERIES)), i=st.integers(0, 8), j=st.integers(0, 10))
@settings(max_examples=60, deadline=None)
def test_a_log_written_anew_does_not_pass_the_checkpoint(original: Sealed, kind: str, i: int, j: int) -> None:
    original.change()
    bodies = original.bodies()
    forged = FORGERIES[kind](bodies, i, j)
    assume(forged[:9] != bodies[:9])
    original.rewrite(forged)
    report = original.verify()
    assert not report.ok
    assert FIRST in report.findings or any("The log is cut" in finding for finding in report.findings)
    original.change()


def test_only_the_checkpoint_tells_a_log_written_anew(sealed: Sealed, made: Made) -> None:
    forged = sealed.bodies()
    forged[1] = draft(made.release(3, start=500)).bodies(1)[0]
    sealed.rewrite(forged)
    assert sealed.verify(with_checkpoint=False).ok
    assert sealed.verify().findings == (FIRST,)


def test_chunks_without_a_closing_entry_are_found(sealed: Sealed) -> None:
    bodies = sealed.bodies()
    for kept in ([*bodies[:5], *bodies[6:]], bodies[:5]):  # 2, 3, 4 are the chunks of 5
        sealed.rewrite(kept)
        findings = sealed.verify(with_checkpoint=False).findings
        assert findings == ("The chunks of subjects before entry 5 belong to no closing entry.",)


def test_a_closing_entry_that_states_other_counts_is_found(sealed: Sealed) -> None:
    bodies = sealed.bodies()
    bodies[5] = bodies[5].replace(b'"subjects":{"Resident":3000}', b'"subjects":{"Resident":2999}')
    sealed.rewrite(bodies)
    findings = sealed.verify(with_checkpoint=False).findings
    assert findings == ("The chunks of subjects before entry 5 are not those that it states.",)


def test_a_checkpoint_by_another_key_proves_nothing(sealed: Sealed) -> None:
    report = verify(sealed.directory, sealed.note, SigningKey.generate(sealed.key.name).verifier)
    assert report.findings == ("The checkpoint proves nothing: the note carries no signature by a known key.",)
    assert report.checkpoint is None


def test_a_changed_checkpoint_proves_nothing(sealed: Sealed) -> None:
    report = verify(sealed.directory, sealed.note.replace("\n9\n", "\n8\n"), sealed.key.verifier)
    assert len(report.findings) == 1
    assert "changed after signing" in report.findings[0]


def test_a_checkpoint_of_another_log_proves_nothing(sealed: Sealed) -> None:
    other = sealed.key.sign(Checkpoint("another.example/log", 0, Frontier().root()).format())
    (finding,) = verify(sealed.directory, other, sealed.key.verifier).findings
    assert "another.example/log" in finding


@given(st.text())
def test_a_checkpoint_that_is_none_is_a_finding(original: Sealed, text: str) -> None:
    report = verify(original.directory / "nowhere", text, original.key.verifier)
    assert len(report.findings) == 2
    assert report.findings[0].startswith("The checkpoint proves nothing")
    assert report.findings[1].startswith("The log's file cannot be read")


def test_a_checkpoint_of_the_empty_log(sealed: Sealed) -> None:
    empty = Checkpoint(sealed.key.name, 0, Frontier().root())
    assert verify(sealed.directory, sealed.key.sign(empty.format()), sealed.key.verifier).ok
    wrong = Checkpoint(sealed.key.name, 0, bytes(32))
    assert not verify(sealed.directory, sealed.key.sign(wrong.format()), sealed.key.verifier).ok


def test_a_file_cut_in_the_middle_is_a_finding(sealed: Sealed) -> None:
    (sealed.directory / LOG_FILE).write_bytes(sealed.content[: len(sealed.content) // 2])
    assert not sealed.verify().ok


def test_a_log_that_is_wrong_throughout_is_reported_in_bounds(sealed: Sealed) -> None:
    sealed.change("DELETE FROM entry")
    with closing(sqlite3.connect(sealed.directory / LOG_FILE)) as connection:
        connection.executemany("INSERT INTO entry VALUES (?, x'00')", ((2 * index,) for index in range(500)))
        connection.commit()
    report = sealed.verify()
    assert len(report.findings) == 101
    assert report.findings[-1] == "More is wrong than this report names."
    assert len(str(report).splitlines()) <= 24


def test_bodies_of_another_kind_are_no_entries(sealed: Sealed) -> None:
    sealed.change(
        "ALTER TABLE entry RENAME TO old",
        "CREATE TABLE entry (idx INTEGER PRIMARY KEY, body)",
        "INSERT INTO entry SELECT idx, iif(idx = 1, NULL, iif(idx = 2, 7, CAST(body AS TEXT))) FROM old",
    )
    findings = sealed.verify().findings
    assert any("Entry 1 is not an entry" in finding for finding in findings)
    assert any("Entry 2 is not an entry" in finding for finding in findings)


def test_verifies_while_a_server_writes(log: Log, tmp_path: Path, made: Made, signing_key: SigningKey) -> None:
    log.append_sync(made.release())
    note = log.checkpoint()
    log.append_sync(made.release(3000))
    report = verify(tmp_path / "log", note, signing_key.verifier)
    assert report.findings == ()
    assert log.append_sync(made.release()).index == report.size
