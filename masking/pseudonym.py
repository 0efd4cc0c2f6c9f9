"""`pseudonym`: the same person has the same mark for one recipient, and another for every other.

Source: ISO/IEC 20889, pseudonymisation by a keyed cryptographic function; HMAC as RFC 2104 and FIPS 198-1, and its
truncation to 128 bits as RFC 2104 section 5 allows.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Self

from masking.contract import KEY_BYTES, ColumnMask, Mask, Setting
from masking.parameters import take_only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vocabulary.values import Column

_PREFIX: Final = "p_"
_BYTES: Final = 16


@dataclass(frozen=True)
class Pseudonym(Mask):
    """Replaces a text by `p_` and 22 characters: the first 16 bytes of HMAC-SHA256, in base64url without padding.

    Equal texts have equal marks within one recipient and domain; without the key nothing links a mark to its text
    or to a mark of another recipient or domain. Takes no parameters.
    """

    kind: ClassVar[str] = "pseudonym"
    fits: ClassVar[frozenset[str]] = frozenset({"String"})

    @classmethod
    def parse(cls, parameters: Mapping[str, object]) -> Self:
        """No parameters."""
        take_only(parameters)
        return cls()

    def compile(self, setting: Setting) -> ColumnMask:
        """Marks of this recipient and domain.

        Recipient and domain go into the key once more: one secret handed to two settings by mistake links nothing.
        Without a key of its own (of 32 bytes) nothing is shown: anybody could make the marks of an empty one.
        """
        if len(setting.key) != KEY_BYTES:
            return lambda column: [None] * len(column)
        scope = b"tongguan pseudonym 1\0" + b"".join(
            len(part).to_bytes(4) + part for part in (_bytes(setting.recipient), _bytes(setting.domain))
        )
        key = hmac.digest(setting.key, scope, "sha256")

        def mask(column: Column) -> Column:
            # Per column and not kept: a lasting table of texts and marks would be the register of everyone masked.
            marks = {value: _mark(key, value) for value in set(column) if type(value) is str}
            return [marks.get(value) if type(value) is str else None for value in column]

        return mask


def _mark(key: bytes, text: str) -> str:
    digest = hmac.digest(key, _bytes(text), "sha256")[:_BYTES]
    return _PREFIX + urlsafe_b64encode(digest)[:-2].decode("ascii")


def _bytes(text: str) -> bytes:
    """UTF-8 that maps different texts to different bytes, lone surrogates too: a mask never raises."""
    return text.encode("utf-8", "surrogatepass")
