"""Documents that are named by the SHA-256 of their text: those that this process keeps, and those of a trusted list.

Sources: GraphQL over HTTP, appendix "Persisted Documents" (draft); Apollo's automatic persisted queries (APQ).

A document holds literals, and so values of somebody's record; its hash can be guessed by whoever guesses those. So:

- Whoever asks has documents of their own. Nobody can find out whether somebody else asked a document, nor have one run
  that they don't hold.
- A text is kept under its own hash alone, and only once it was found to be valid: nothing else can come to stand there.
- They are kept in memory, within bounds, and nowhere else (promise 11).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, TypeAlias

from federation.errors import Code, Refusal
from federation.stages import Asked
from vocabulary.principal import Principal

_EACH: Final = 1_048_576  # bytes of documents that are kept for each who asks
_ALL: Final = 16_777_216  # bytes of documents that are kept in this process
_BESIDE: Final = 256  # bytes that a document costs besides its text

_Owner: TypeAlias = tuple[str, str, str, str]


class PersistedDocuments:
    """The texts of documents by their hashes. `trusted`: only these run, and none is kept; None without a list."""

    def __init__(self, trusted: Mapping[str, str] | None = None, *, each: int = _EACH, most: int = _ALL) -> None:
        self._trusted = trusted
        self._each = each
        self._most = most
        self._size = 0
        self._kept: OrderedDict[_Owner, _Kept] = OrderedDict()

    def text(self, asked: Asked, principal: Principal) -> str:
        """The document that is to run; it is not parsed here.

        Raises:
            Refusal: PERSISTED_QUERY_MISMATCH, PERSISTED_QUERY_NOT_FOUND, or DOCUMENT_UNLISTED.
        """
        if asked.is_own:
            return asked.document
        if asked.document and asked.digest not in {None, digest_of(asked.document)}:
            raise Refusal(Code.PERSISTED_QUERY_MISMATCH, "The hash is not the SHA-256 of the document beside it.")
        if self._trusted is not None:
            return self._listed(self._trusted, asked)
        if asked.digest is None or asked.document:
            return asked.document
        kept = self._kept.get(_owner(principal))
        text = None if kept is None else kept.text(asked.digest)
        if text is None:
            raise Refusal(Code.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")  # what clients compare with
        return text

    def keep(self, asked: Asked, principal: Principal) -> None:
        """Keep a valid document whose hash was sent with it, for the next time that the same sends the hash alone."""
        if self._trusted is not None or asked.is_own or asked.digest is None or not asked.document:
            return
        owner = _owner(principal)
        kept = self._kept.setdefault(owner, _Kept())
        self._kept.move_to_end(owner)
        self._size += kept.keep(asked.digest, asked.document.encode("utf-8", "surrogatepass"), self._each)
        while self._size > self._most:
            _, dropped = self._kept.popitem(last=False)
            self._size -= dropped.size

    @staticmethod
    def _listed(trusted: Mapping[str, str], asked: Asked) -> str:
        text = trusted.get(asked.digest if asked.digest is not None else digest_of(asked.document))
        if text is None:
            raise Refusal(Code.DOCUMENT_UNLISTED, "Only documents of the trusted list are answered here.")
        return text


class _Kept:
    """The documents of one who asks, the least used first; `size` in bytes."""

    def __init__(self) -> None:
        self.size = 0
        self._texts: OrderedDict[str, bytes] = OrderedDict()

    def text(self, digest: str) -> str | None:
        """The document of a hash."""
        found = self._texts.get(digest)
        if found is None:
            return None
        self._texts.move_to_end(digest)
        return found.decode("utf-8", "surrogatepass")

    def keep(self, digest: str, text: bytes, most: int) -> int:
        """Keep one, and drop the least used above `most` bytes; by how many bytes this grew."""
        before = self.size
        if digest not in self._texts:
            self.size += len(text) + _BESIDE
        self._texts[digest] = text
        self._texts.move_to_end(digest)
        while self.size > most:
            _, dropped = self._texts.popitem(last=False)
            self.size -= len(dropped) + _BESIDE
        return self.size - before


def digest_of(document: str) -> str:
    """The SHA-256 of a document in UTF-8, in lower-case hexadecimal."""
    return sha256(document.encode("utf-8", "surrogatepass")).hexdigest()


def _owner(principal: Principal) -> _Owner:
    return principal.exchange, principal.organisation, principal.id, principal.application
