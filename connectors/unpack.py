"""A body as it comes, unpacked under a bound: what a few bytes unfold to never lies in memory beyond it."""

from __future__ import annotations

import zlib
from typing import Final

CODINGS: Final = ("gzip", "deflate")
"""Content codings (RFC 9110, section 8.4.1) that the standard library unpacks step by step."""
_EITHER: Final = zlib.MAX_WBITS | 32  # the header says which of the two


class TooLargeError(Exception):
    """The body, or what it unfolds to, is larger than the bound."""


class SpoiltError(Exception):
    """The body is not packed as its header says."""


class Body:
    """One body of at most `most` bytes, packed or not; `coding` is that of its header, `identity` for none.

    Raises:
        SpoiltError: a coding that was not asked for.
    """

    def __init__(self, coding: str, most: int) -> None:
        if coding != "identity" and coding not in CODINGS:
            raise SpoiltError
        self._left = most
        self._whole: bytes | bytearray = b""
        self._unpacker = None if coding == "identity" else zlib.decompressobj(wbits=_EITHER)
        self._packed_left = most

    def add(self, chunk: bytes) -> None:
        """Take the next piece.

        Raises:
            TooLargeError: it is too much, before more of it is unfolded; or too much came, whatever it unfolds to.
            SpoiltError: it cannot be unpacked.
        """
        if self._unpacker is not None:
            self._packed_left -= len(chunk)
            if self._packed_left < 0:
                raise TooLargeError
            try:
                chunk = self._unpacker.decompress(chunk, self._left + 1)
            except zlib.error:
                raise SpoiltError from None
        self._left -= len(chunk)
        if self._left < 0:
            raise TooLargeError
        if not self._whole:  # most come as one, which is not copied
            self._whole = chunk
            return
        if isinstance(self._whole, bytes):
            self._whole = bytearray(self._whole)
        self._whole += chunk

    def whole(self) -> bytes:
        """All of it.

        Raises:
            SpoiltError: the packed form broke off, or something lies behind it.
        """
        if self._unpacker is not None and (not self._unpacker.eof or self._unpacker.unused_data):
            raise SpoiltError
        return bytes(self._whole)
