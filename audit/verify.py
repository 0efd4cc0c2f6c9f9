"""Verify a log offline: from its file, the log's public key and, best, a signed checkpoint that was kept elsewhere.

It reads the file and nothing else, while a server may be writing it, and trusts no stored hash: every leaf and every
root is computed again from the bodies of the entries (RFC 6962 section 2.1). Memory does not grow with the log.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from audit.checkpoint import Checkpoint
from audit.entry import MAX_ENTRY, Chunks, chunks_of, decode
from audit.errors import LogUnavailableError, MalformedError
from audit.note import VerifyKey, open_note
from audit.reader import Reader
from audit.tree import Frontier, leaf_hash

if TYPE_CHECKING:
    from pathlib import Path

_SHOWN: Final = 12  # findings on the one screen that a report has
_KEPT: Final = 100  # findings of a report: a log that is wrong from end to end needs no sentence for each entry
_LOWEST: Final = -(2**63)

_PROVES_ALONE: Final = (
    "No checkpoint was given. A log that is consistent in itself may still have been written anew from its beginning,\n"
    "or cut at its end; only a signed checkpoint kept where its keeper could not change it shows that."
)
_PROVES: Final = (
    "The entries counted in the checkpoint are, byte for byte and in their order, those that stood in the log when it\n"
    "was signed. Later entries are consistent in themselves; only a later checkpoint fixes them."
)
_NEVER_PROVES: Final = (
    "No log can prove that everything that happened was recorded in it, nor that what was recorded is true; it proves\n"
    "that what was recorded has not been changed, dropped, inserted or reordered since."
)


@dataclass(frozen=True, slots=True)
class Report:
    """What verification found: sentences about what is wrong, and none when nothing is."""

    size: int
    root: bytes
    checkpoint: Checkpoint | None
    findings: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def __str__(self) -> str:
        lines = [
            "The log is consistent." if self.ok else "THE LOG IS NOT AS IT SHOULD BE.",
            f"Entries read: {self.size}. Root computed from them: {self.root.hex()}",
        ]
        if self.checkpoint is not None:
            lines.append(f"Checkpoint: {self.checkpoint.origin}, signed at {self.checkpoint.size} entries.")
        lines += [f"  - {finding}" for finding in self.findings[:_SHOWN]]
        if len(self.findings) > _SHOWN:
            lines.append(f"  - and {len(self.findings) - _SHOWN} more.")
        if self.ok:
            lines.append(_PROVES if self.checkpoint is not None else _PROVES_ALONE)
        return "\n".join([*lines, _NEVER_PROVES])


def verify(directory: Path, checkpoint_note: str | None, vkey: VerifyKey) -> Report:
    """Verify the log in `directory`, against a saved checkpoint signed by `vkey` where there is one.

    The log's origin is the key's name. Whatever is wrong, a missing or unreadable file too, is a finding of the
    report; nothing is raised for it.
    """
    verification = _Verification()
    if checkpoint_note is not None:
        verification.take_checkpoint(checkpoint_note, vkey)
    try:
        with Reader(directory) as reader:
            verification.read(reader)
    except LogUnavailableError as error:
        verification.find(f"The log's file cannot be read to its end: {error}.")
    return verification.report()


class _Verification:
    """The running state: the tree so far, the chunks that wait for their closing entry, what was found."""

    def __init__(self) -> None:
        self._frontier = Frontier()
        self._next = 0
        self._run = _Run()
        self._epochs: set[str] = set()
        self._checkpoint: Checkpoint | None = None
        self._findings: list[str] = []

    def find(self, sentence: str) -> None:
        if len(self._findings) < _KEPT:
            self._findings.append(sentence)
        elif len(self._findings) == _KEPT:
            self._findings.append("More is wrong than this report names.")

    def report(self) -> Report:
        return Report(self._frontier.size, self._frontier.root(), self._checkpoint, tuple(self._findings))

    def take_checkpoint(self, note: str, vkey: VerifyKey) -> None:
        try:
            checkpoint = Checkpoint.parse(open_note(note, [vkey]))
        except MalformedError as error:
            self.find(f"The checkpoint proves nothing: {error}.")
            return
        if checkpoint.origin != vkey.name:
            self.find(f"The checkpoint is of another log: it names {checkpoint.origin}, the key {vkey.name}.")
            return
        self._checkpoint = checkpoint

    def read(self, reader: Reader) -> None:
        """Read the log as it stands at this moment; what a server appends meanwhile is left for another day."""
        head, _, highest = reader.extent()
        self._compare_checkpoint()
        for index, body in reader.entries(_LOWEST, MAX_ENTRY + 1):
            if index > highest:
                break
            self._read_entry(index, body, reader)
        self._close_run(self._next)
        if head != self._frontier.encode():
            self.find("The head that the log stores is not the head that its entries give.")
        if self._checkpoint is not None and self._frontier.size < self._checkpoint.size:
            self.find(
                f"The log is cut: it has {self._frontier.size} entries, and had {self._checkpoint.size} when the "
                "checkpoint was signed."
            )

    def _read_entry(self, index: int, body: bytes, reader: Reader) -> None:
        if index != self._next:
            self.find(f"Entry {self._next} should follow, but entry {index} does: the indexes are not contiguous.")
        self._next = index + 1
        leaf = leaf_hash(body)
        self._frontier = self._frontier.append(leaf)
        self._compare_checkpoint()
        try:
            fields = decode(body)
        except MalformedError as error:
            self.find(f"Entry {index} is not an entry as the log writes them: {error}.")
            self._run = _Run()
            return
        self._check_chunks(index, leaf, fields)
        self._check_epoch(index, fields.get("epoch", ""), reader)

    def _compare_checkpoint(self) -> None:
        """When the tree has the size at which the checkpoint was signed, it must have its root too."""
        checkpoint = self._checkpoint
        if checkpoint is None or self._frontier.size != checkpoint.size:
            return
        if self._frontier.root() != checkpoint.root:
            self.find(f"The first {checkpoint.size} entries are not those for which the checkpoint was signed.")

    def _check_chunks(self, index: int, leaf: bytes, fields: dict[str, Any]) -> None:
        if fields["kind"] == "subjects":
            self._run.add(leaf, fields)
            return
        stated = chunks_of(fields)
        if stated is None:
            self._close_run(index)
        elif not self._run.is_as(stated, index):
            self.find(f"The chunks of subjects before entry {index} are not those that it states.")
        self._run = _Run()

    def _close_run(self, index: int) -> None:
        if self._run.frontier.size:
            self.find(f"The chunks of subjects before entry {index} belong to no closing entry.")

    def _check_epoch(self, index: int, epoch: str, reader: Reader) -> None:
        if not epoch or epoch in self._epochs:
            return
        self._epochs.add(epoch)
        text = reader.archived(epoch)
        if text is None:
            self.find(f"The policy that entry {index} names ({epoch}) is not archived.")
        elif hashlib.sha256(text).hexdigest() != epoch:
            self.find(f"The archived text of the policy that entry {index} names ({epoch}) was changed.")


class _Run:
    """Chunks of subjects that stand directly one after another."""

    def __init__(self) -> None:
        self.frontier = Frontier()
        self.subjects: Counter[str] = Counter()
        self.probed: Counter[str] = Counter()

    def add(self, leaf: bytes, fields: dict[str, Any]) -> None:
        self.frontier = self.frontier.append(leaf)
        for name, counts in (("subjects", self.subjects), ("probed", self.probed)):
            counts.update({kind: len(pseudonyms) for kind, pseudonyms in fields.get(name, {}).items()})

    def is_as(self, stated: Chunks, index: int) -> bool:
        """Say whether the closing entry `index` states exactly these chunks."""
        size = self.frontier.size
        return (
            (stated.first, stated.count, stated.root) == (index - size, size, self.frontier.root())
            and dict(stated.subjects) == dict(self.subjects)
            and dict(stated.probed) == dict(self.probed)
        )
