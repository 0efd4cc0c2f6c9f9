"""Ids and cursors, sealed per recipient (AES-SIV, RFC 5297): they can be handed back, and neither read nor made up.

An id opens only for the organisation it was sealed for. A cursor is bound to principal, document and arguments, and
what it leads to is decided again at each page. Both are padded, so that their length tells nothing.
"""

from __future__ import annotations

import binascii
import datetime as dt
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from functools import lru_cache

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from federation.keys import KeyRing
from vocabulary.values import Column, Value

_BLOCK = 64  # bytes; wide enough that a name, a date or an identity number fills one, whatever it is
_MOMENT, _DAY = "t", "d"


class Sealer:
    """Seals and opens; every failure to open is the same answer, None."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys
        self._cipher = lru_cache(maxsize=1_000)(self._derived)

    def _derived(self, use: str, recipient: str) -> AESSIV:
        return AESSIV(self._keys.derive("seal", use, recipient))

    def ids(self, recipient: str, type_name: str, keys: Column) -> list[str | None]:
        """One id per key: the same for the same recipient, type and key."""
        cipher, associated = self._cipher("id", recipient), [type_name.encode()]
        return [
            None if key is None else _text(cipher.encrypt(_padded(orjson.dumps([type_name, _tagged(key)])), associated))
            for key in keys
        ]

    def open_id(self, recipient: str, type_name: str, sealed: str) -> Value:
        """The key of an entity of `type_name`, or None for anything that was not sealed so for this recipient."""
        opened = self._open(self._cipher("id", recipient), sealed, [type_name.encode()])
        if not isinstance(opened, list) or len(opened) != 2 or opened[0] != type_name:  # noqa: PLR2004  (type and key)
            return None
        return _untagged(opened[1])

    def cursor(self, principal: str, bound_to: bytes, values: Sequence[Value]) -> str:
        """A cursor after the row with these values of the order."""
        plain = orjson.dumps([_tagged(value) for value in values])
        return _text(self._cipher("cursor", principal).encrypt(_padded(plain), [bound_to]))

    def open_cursor(self, principal: str, bound_to: bytes, sealed: str) -> list[Value] | None:
        """The values, or None for anything that was not sealed for this principal, document and arguments."""
        opened = self._open(self._cipher("cursor", principal), sealed, [bound_to])
        return [_untagged(value) for value in opened] if isinstance(opened, list) else None

    @staticmethod
    def _open(cipher: AESSIV, sealed: str, associated: list[bytes]) -> object:
        try:
            data = urlsafe_b64decode(sealed.encode("ascii") + b"=" * (-len(sealed) % 4))
            if _text(data) != sealed:  # one id, one text: the decoder passes over characters that are no base64
                return None
            return orjson.loads(cipher.decrypt(data, associated))
        except (InvalidTag, ValueError, binascii.Error, UnicodeError):
            return None


class SubjectSealer:
    """Seals what the registry keeps about data subjects: their keys, and what people wrote as a reason.

    A key is sealed to the same bytes each time, a reason never; both are padded.
    """

    def __init__(self, keys: KeyRing) -> None:
        self._subjects = AESSIV(keys.derive("registry", "subjects"))
        self._texts = AESSIV(keys.derive("registry", "texts"))

    def seal(self, type_name: str, key: str) -> bytes:
        """The key of a subject of this type."""
        return self._subjects.encrypt(_padded(orjson.dumps(key)), [type_name.encode()])

    def open(self, type_name: str, sealed: bytes) -> str | None:
        """The key again, or None for what was not sealed here."""
        return self._opened(self._subjects, sealed, [type_name.encode()])

    def seal_text(self, text: str) -> bytes:
        """A text for whoever may read it later: its nonce, and itself."""
        nonce = os.urandom(16)
        return nonce + self._texts.encrypt(_padded(orjson.dumps(text)), [nonce])

    def open_text(self, sealed: bytes) -> str | None:
        """The text again, or None for what was not sealed here."""
        return self._opened(self._texts, sealed[16:], [sealed[:16]])

    @staticmethod
    def _opened(cipher: AESSIV, sealed: bytes, associated: list[bytes]) -> str | None:
        try:
            opened = orjson.loads(cipher.decrypt(sealed, associated))
        except (InvalidTag, ValueError):
            return None
        return opened if isinstance(opened, str) else None


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _padded(data: bytes) -> bytes:
    return data + b" " * (-len(data) % _BLOCK)  # JSON takes no notice of white space at its end


def _tagged(value: Value) -> object:
    if isinstance(value, dt.datetime):
        return [_MOMENT, value.isoformat()]
    if isinstance(value, dt.date):
        return [_DAY, value.isoformat()]
    return value


def _untagged(value: object) -> Value:
    match value:
        case ["t", str(text)]:
            return dt.datetime.fromisoformat(text)
        case ["d", str(text)]:
            return dt.date.fromisoformat(text)
        case str() | int() | float() | bool() | None:
            return value
        case _:
            raise ValueError("not a value of an order")
