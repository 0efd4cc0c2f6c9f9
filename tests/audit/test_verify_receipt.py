from __future__ import annotations

from pathlib import Path

import pytest

from audit.checkpoint import Checkpoint
from audit.log import Log
from audit.note import SigningKey
from audit.proof import Proof
from audit.search import Search
from audit.tree import leaf_hash
from audit.verify_receipt import verify_receipt
from tests.audit.conftest import Made


@pytest.fixture
def proven(log: Log, tmp_path: Path, made: Made) -> tuple[str, bytes]:
    """The proof of entry 3 of five, and the entry."""
    for count in range(1, 6):
        log.append_sync(made.release(count))
    search = Search(tmp_path / "log")
    found = search.entry(3)
    assert found is not None
    return search.prove([3], log.checkpoint())[3].format(), found.body


def test_proven(proven: tuple[str, bytes], signing_key: SigningKey) -> None:
    report = verify_receipt(*proven, signing_key.verifier)
    assert report.ok
    assert str(report).startswith("The receipt is proven.\nEntry 3. Leaf computed from it: ")
    assert "signed at 5 entries" in str(report)
    assert "release at 2026-11-21T03:10:11.000Z: analyst-1 of health-commission, for epidemic-control: ok" in str(
        report
    )


def test_the_entry_may_go_along(proven: tuple[str, bytes], signing_key: SigningKey) -> None:
    text, entry = proven
    along = _along(text, entry)
    assert verify_receipt(along, None, signing_key.verifier).ok
    assert verify_receipt(along, entry, signing_key.verifier).ok
    other = verify_receipt(along, entry.replace(b"analyst-1", b"analyst-2"), signing_key.verifier)
    assert (other.ok, "another than the one given" in str(other)) == (False, True)


def test_without_its_entry_it_says_so(proven: tuple[str, bytes], signing_key: SigningKey) -> None:
    report = verify_receipt(proven[0], None, signing_key.verifier)
    assert (report.ok, "name the file" in str(report)) == (False, True)


def test_every_bit_of_the_entry_counts(proven: tuple[str, bytes], signing_key: SigningKey) -> None:
    text, entry = proven
    for at in range(len(entry)):
        changed = entry[:at] + bytes([entry[at] ^ 1]) + entry[at + 1 :]
        for proof, given in ((text, changed), (_along(text, changed), None)):
            report = verify_receipt(proof, given, signing_key.verifier)
            assert not report.ok
            assert str(report).startswith("THE RECEIPT IS NOT PROVEN.")


def test_another_key_or_no_proof(proven: tuple[str, bytes], signing_key: SigningKey) -> None:
    text, entry = proven
    other = SigningKey.generate(signing_key.name).verifier
    assert not verify_receipt(text, entry, other).ok
    assert "can't be read" in str(verify_receipt("nonsense", entry, signing_key.verifier))


def test_proven_bytes_that_are_no_entry_are_none(signing_key: SigningKey) -> None:
    """Whoever has the key can sign anything; it is an entry of the log only if it can be read as one."""
    body = b'{"kind":"release"}'
    note = signing_key.sign(Checkpoint(signing_key.name, 1, leaf_hash(body)).format())
    report = verify_receipt(Proof(0, (), note).format(), body, signing_key.verifier)
    assert (report.ok, "proves nothing" in str(report)) == (False, True)


def _along(text: str, entry: bytes) -> str:
    return Proof.parse(text).along(entry).format()
