"""Checkpoints: the head of the log as the text of a signed note, C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Final

from audit.errors import MalformedError
from audit.note import from_base64
from audit.tree import HASH_SIZE

_LARGEST: Final = 2**63 - 1  # what an index of the store can hold
_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """That the log `origin` had `size` entries, and the root over them."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or "\n" in self.origin:
            raise MalformedError("a checkpoint's origin is one line that is not empty")
        if not 0 <= self.size <= _LARGEST:
            raise MalformedError("a checkpoint's size is not negative and fits 63 bits")
        if len(self.root) != HASH_SIZE:
            raise MalformedError("a checkpoint's root has 32 bytes")

    def format(self) -> str:
        """The text to sign: origin, size in decimal, root in base64, one line each."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a checkpoint. Extension lines are passed over: nobody can audit them.

        Raises:
            MalformedError: a line is missing or empty, the last one does not end, the size has a leading zero or is no
                number, the root is not 32 bytes of canonical base64.
        """
        *lines, rest = text.split("\n")
        if rest or len(lines) < _LINES or not all(lines):
            raise MalformedError("a checkpoint has at least three lines, none of them empty, each ending in a newline")
        origin, size, root = lines[:_LINES]
        if not (size.isascii() and size.isdigit() and len(size) <= len(str(_LARGEST))):
            raise MalformedError("a checkpoint's second line is its size in decimal digits")
        if size != "0" and size.startswith("0"):
            raise MalformedError("a checkpoint's size has no leading zero")
        return cls(origin, int(size), from_base64(root))
