"""Pseudonyms at rest: the 16 bytes that their 22 characters of base64url stand for (RFC 4648 section 5)."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from policies.registry.errors import Code, RegistryRefusedError

_LENGTH: Final = 22


def bytes_of(pseudonym: str) -> bytes:
    """The bytes of a pseudonym; RegistryRefusedError for a text that is none, or not in its one form.

    The decoder passes over characters that are no base64 and over bits at the end: two texts would be one subject.
    """
    try:
        data = urlsafe_b64decode(f"{pseudonym}==")
    except (binascii.Error, ValueError):
        data = b""
    if len(pseudonym) != _LENGTH or urlsafe_b64encode(data)[:_LENGTH].decode() != pseudonym:
        raise RegistryRefusedError(Code.MALFORMED, "A pseudonym has 22 characters of base64url.")
    return data
