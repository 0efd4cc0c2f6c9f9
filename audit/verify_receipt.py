"""Verify one receipt offline: an entry, the proof that goes with it, and the log's public key; no log and no server.

Everything is computed again from the bytes of the entry: its leaf, and the root that the proof leads to (RFC 6962
section 2.1). That root must be the one that the log's key has signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from audit.checkpoint import Checkpoint
from audit.entry import decode
from audit.errors import MalformedError
from audit.note import VerifyKey
from audit.proof import Proof
from audit.tree import leaf_hash

_PROVES: Final = (
    "These very bytes stood in the log, at this index, when the checkpoint was signed. To see that there is one log,\n"
    "and not two, compare the checkpoint with one of the same log that was kept elsewhere."
)
_NEVER_PROVES: Final = "It does not prove that what the entry says is true, nor that nothing else happened."


@dataclass(frozen=True, slots=True)
class ReceiptReport:
    """What was found of one receipt: `finding` is the sentence about what is wrong, empty when nothing is."""

    index: int | None
    leaf: bytes
    checkpoint: Checkpoint | None
    said: str
    finding: str

    @property
    def ok(self) -> bool:
        """Whether the receipt is proven."""
        return not self.finding

    def __str__(self) -> str:
        lines = ["The receipt is proven." if self.ok else "THE RECEIPT IS NOT PROVEN."]
        if self.index is not None:
            lines.append(f"Entry {self.index}. Leaf computed from it: {self.leaf.hex()}")
        if self.checkpoint is not None:
            lines.append(f"Checkpoint: {self.checkpoint.origin}, signed at {self.checkpoint.size} entries.")
        if self.ok:
            return "\n".join([*lines, f"It says: {self.said}", _PROVES, _NEVER_PROVES])
        return "\n".join([*lines, f"  - {self.finding}."])


def verify_receipt(proof_text: str, entry: bytes | None, key: VerifyKey) -> ReceiptReport:
    """Verify an entry by its proof; `entry` None: the one that goes along in the proof.

    Whatever is wrong is the finding of the report; nothing is raised for it.
    """
    try:
        proof = Proof.parse(proof_text)
    except MalformedError as error:
        return ReceiptReport(None, b"", None, "", f"The proof can't be read: {error}")
    body = proof.entry if entry is None else entry
    if body is None:
        finding = "The proof comes without its entry: name the file that holds it"
        return ReceiptReport(proof.index, b"", None, "", finding)
    leaf = leaf_hash(body)
    if entry is not None and proof.entry not in (None, entry):
        finding = "The entry that goes along in the proof is another than the one given"
        return ReceiptReport(proof.index, leaf, None, "", finding)
    try:
        checkpoint = proof.verify(body, key)
        said = _said(body)
    except MalformedError as error:
        return ReceiptReport(proof.index, leaf, None, "", f"It proves nothing: {error}")
    return ReceiptReport(proof.index, leaf, checkpoint, said, "")


def _said(body: bytes) -> str:
    """Who, when, what for and with which outcome; MalformedError where the bytes are no entry."""
    fields = decode(body)
    who = fields.get("who", {})
    asked = f"{who.get('person')} of {who.get('organisation')}" if who else "nobody by name"
    purpose = f", for {fields['purpose']}" if "purpose" in fields else ""
    return f"{fields['kind']} at {fields['at']}: {asked}{purpose}: {fields.get('outcome', '')}"
