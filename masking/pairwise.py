"""`pairwise`: the same person has the same mark between two exchanges, and they alone can tell who it is.

Source: ISO/IEC 20889, pseudonymisation by deterministic encryption, so that whoever holds the key can reverse it;
AES-SIV (RFC 5297, AEAD_AES_SIV_CMAC_512), which says of one text nothing but whether it is the same as another.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.padding import PKCS7

from masking.contract import PAIR_KEY_BYTES, ColumnMask, Mask, Setting
from masking.parameters import identifier, take_only

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vocabulary.values import Column

_PADDING: Final = PKCS7(64 * 8)
"""To blocks of 64 bytes (RFC 5652, section 6.3): a name, a date or an identity number fills one, whatever it is."""


@dataclass(frozen=True)
class Pairwise(Mask):
    """Replaces a text by its pseudonym between two exchanges: 107 characters of base64url for a text below 64 bytes.

    The key of its setting is the secret of the pair, of 64 bytes. With another key, or with none because the recipient
    is no such exchange, every cell becomes None. `label` says what is named, as `resident`; both exchanges agreed on
    it. Recipient and domain go into nothing: the secret says which two, and one label links what is to be joined.
    """

    kind: ClassVar[str] = "pairwise"
    fits: ClassVar[frozenset[str]] = frozenset({"String"})

    label: str

    @classmethod
    def parse(cls, parameters: Mapping[str, object]) -> Self:
        """`label`: lower-case letters, digits and hyphens."""
        take_only(parameters, "label")
        return cls(identifier(parameters, "label"))

    def compile(self, setting: Setting) -> ColumnMask:
        """Pseudonyms of this pair and label."""
        return Pair(setting.key, self.label).seal


class Pair:
    """Seals and opens what two exchanges name to each other, under their secret `key` and a `label`.

    Neither method raises, whatever the cells hold; each returns a new list of the same length. A text has one pseudonym
    and a pseudonym one spelling. With a key of another length than 64 bytes every cell is None. No table of texts and
    pseudonyms outlives a column: it would be the register of everyone named.
    """

    def __init__(self, key: bytes, label: str) -> None:
        self._cipher: Final = AESSIV(key) if len(key) == PAIR_KEY_BYTES else None
        self._associated: Final = [label.encode()]

    def seal(self, column: Column) -> Column:
        """The pseudonym of each text; None for what is no text, and for one that has no form in UTF-8."""
        return self._each(column, self._sealed)

    def open(self, column: Column) -> Column:
        """The text of each pseudonym; None for whatever was not sealed so by one of the two."""
        return self._each(column, self._opened)

    def _each(self, column: Column, turn: Callable[[AESSIV, str], str | None]) -> Column:
        if self._cipher is None:
            return [None] * len(column)
        turned = {cell: turn(self._cipher, cell) for cell in set(column) if type(cell) is str}
        return [turned[cell] if type(cell) is str else None for cell in column]

    def _sealed(self, cipher: AESSIV, text: str) -> str | None:
        try:
            data = text.encode()
        except UnicodeEncodeError:  # a lone surrogate
            return None
        padder = _PADDING.padder()
        return _text(cipher.encrypt(padder.update(data) + padder.finalize(), self._associated))

    def _opened(self, cipher: AESSIV, pseudonym: str) -> str | None:
        try:
            data = urlsafe_b64decode(pseudonym.encode("ascii") + b"=" * (-len(pseudonym) % 4))
            if _text(data) != pseudonym:  # the decoder passes over characters that are no base64
                return None
            unpadder = _PADDING.unpadder()
            return (unpadder.update(cipher.decrypt(data, self._associated)) + unpadder.finalize()).decode()
        except (InvalidTag, ValueError):  # ValueError: no ASCII, no base64, or sealed with other bytes than a text's
            return None


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
