"""Proofs that an entry stands in the log, as a text that can be checked without the log: C2SP tlog-proof.

Source: https://c2sp.org/tlog-proof. A header line, `extra` where something goes with it, the index, the hashes of the
audit path from the leaf's sibling up (RFC 6962 section 2.1.1) in base64, an empty line, and the signed checkpoint.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import Final

from audit.checkpoint import Checkpoint
from audit.entry import MAX_ENTRY
from audit.errors import MalformedError
from audit.note import MAX_NOTE, VerifyKey, from_base64, open_note
from audit.path import LONGEST, root_by
from audit.tree import HASH_SIZE, leaf_hash

HEADER: Final = "c2sp.org/tlog-proof@v1"
_EXTRA: Final = "extra "
_INDEX: Final = "index "
_DIGITS: Final = 19  # of the largest index
MAX_PROOF: Final = MAX_NOTE + 4 * MAX_ENTRY
"""Characters of the longest proof that is read."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That the entry `index` stands in the tree of `checkpoint`, a signed note.

    `entry` is the entry itself, where it goes along (`extra`), so that one file says all; None: it is kept apart.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    entry: bytes | None = None

    def format(self) -> str:
        """The proof as text."""
        lines = [HEADER]
        if self.entry is not None:
            lines.append(_EXTRA + base64.b64encode(self.entry).decode())
        lines += [f"{_INDEX}{self.index}", *(base64.b64encode(node).decode() for node in self.path)]
        return "\n".join(lines) + "\n\n" + self.checkpoint

    @classmethod
    def parse(cls, text: str) -> Proof:
        """Read a proof; MalformedError where it is none. Nothing is verified here."""
        if len(text) > MAX_PROOF:
            raise MalformedError("the proof is longer than any")
        head, blank, checkpoint = text.partition("\n\n")
        header, *lines = head.split("\n")
        if header != HEADER or not blank:
            raise MalformedError(f"a proof begins with {HEADER}, and ends with a signed checkpoint")
        entry = None
        if lines and lines[0].startswith(_EXTRA):
            entry = from_base64(lines.pop(0).removeprefix(_EXTRA))
        if not (lines and lines[0].startswith(_INDEX)):
            raise MalformedError("a proof names the index of its entry")
        index = _number(lines.pop(0).removeprefix(_INDEX))
        path = tuple(from_base64(line) for line in lines)
        if len(path) > LONGEST or any(len(node) != HASH_SIZE for node in path):
            raise MalformedError(f"the hashes of a proof have {HASH_SIZE} bytes, and there are at most {LONGEST}")
        return cls(index, path, checkpoint, entry)

    def along(self, entry: bytes) -> Proof:
        """The proof with the entry that it is about."""
        return replace(self, entry=entry)

    def verify(self, entry: bytes, key: VerifyKey) -> Checkpoint:
        """The checkpoint, once the entry, byte for byte, is proven to stand under its index in the tree it signs.

        Raises:
            MalformedError: it is not proven; the sentence says at which step.
        """
        checkpoint = Checkpoint.parse(open_note(self.checkpoint, [key]))
        if checkpoint.origin != key.name:
            raise MalformedError(f"the checkpoint is of another log: it names {checkpoint.origin}, the key {key.name}")
        if root_by(leaf_hash(entry), self.index, checkpoint.size, self.path) != checkpoint.root:
            raise MalformedError(
                f"these bytes are not entry {self.index} of the {checkpoint.size} for which the checkpoint was signed"
            )
        return checkpoint


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS) or (text != "0" and text.startswith("0")):
        raise MalformedError("an index is a decimal without leading zeroes")
    return int(text)
