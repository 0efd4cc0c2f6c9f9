"""Drafts: entries made ready by whoever appends them, so that the one writer has nothing left to refuse."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from audit.entry import MAX_ENTRY, NONCE_SIZE, Subjects, encode, fields_of, filled, pack
from audit.errors import EntryTooLargeError, MalformedError
from audit.pseudonym import PSEUDONYM_LENGTH
from audit.tree import leaf_hash, root_of
from vocabulary.receipt import Entry, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LARGEST_INDEX: Final = 2**63 - 1
_PSEUDONYM_BYTES: Final = PSEUDONYM_LENGTH + len('"",')


@dataclass(frozen=True, slots=True)
class Draft:
    """All bytes of an entry, but for the index that its chunks will get.

    `body` is the entry; where its subjects do not fit, `chunks` hold them and `fields` are the closing entry's.
    """

    body: bytes
    chunks: tuple[bytes, ...] = ()
    fields: Mapping[str, Any] | None = None

    def __len__(self) -> int:
        """How many entries of the log it becomes."""
        return len(self.chunks) + 1

    def bodies(self, first: int) -> tuple[bytes, ...]:
        """The entries it becomes when the next index of the log is `first`; the closing one is last."""
        if self.fields is None:
            return (self.body,)
        return (*self.chunks, pack({**self.fields, "chunks": {**self.fields["chunks"], "first": first}}))


def draft(entry: Entry) -> Draft:
    """Make an entry ready for the log, its subjects in chunks where they do not fit.

    Raises:
        EntryTooLargeError: it does not fit even without its subjects.
        MalformedError: a subject is no pseudonym, a text is no UTF-8, or it claims to be a chunk.
    """
    if entry.kind is Kind.SUBJECTS:
        raise MalformedError("entries of kind `subjects` are written by the log itself")
    fields = fields_of(entry, os.urandom(NONCE_SIZE))
    try:
        return Draft(pack(fields))
    except EntryTooLargeError:
        if not (entry.subjects or entry.probed):
            raise
    chunks = tuple(_chunk(entry.at, subjects, probed) for subjects, probed in _split(entry))
    stated = {
        "root": root_of(leaf_hash(chunk) for chunk in chunks).hex(),
        "first": _LARGEST_INDEX,
        "count": len(chunks),
        "subjects": {name: len(pseudonyms) for name, pseudonyms in fields.pop("subjects", {}).items()},
        "probed": {name: len(pseudonyms) for name, pseudonyms in fields.pop("probed", {}).items()},
    }
    fields["chunks"] = filled(stated)
    # Packed with the longest index there is: the writer must never meet an entry that is too large.
    return Draft(pack(fields), chunks, fields)


def _chunk(at: str, subjects: Subjects, probed: Subjects) -> bytes:
    return encode(Entry(Kind.SUBJECTS, at, "", subjects=subjects, probed=probed), os.urandom(NONCE_SIZE))


def _split(entry: Entry) -> Iterator[tuple[Subjects, Subjects]]:
    """The subjects and the probed of an entry, in parts that fit one entry each."""
    budget = MAX_ENTRY - len(_chunk(entry.at, {}, {})) - len(',"subjects":{},"probed":{}')
    subjects: dict[str, tuple[str, ...]] = {}
    probed: dict[str, tuple[str, ...]] = {}
    room = budget
    for name, pseudonyms, is_probed in _lists(entry):
        overhead = len(orjson.dumps(name)) + len(":[],")
        if overhead + _PSEUDONYM_BYTES > budget:
            raise EntryTooLargeError("the name of a subject's type does not fit an entry")
        start = 0
        while start < len(pseudonyms):
            if (fitting := (room - overhead) // _PSEUDONYM_BYTES) <= 0:
                yield subjects, probed
                subjects, probed, room = {}, {}, budget
                continue
            taken = pseudonyms[start : start + fitting]
            (probed if is_probed else subjects)[name] = taken
            room -= overhead + len(taken) * _PSEUDONYM_BYTES
            start += len(taken)
    yield subjects, probed


def _lists(entry: Entry) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    for by_type, is_probed in ((entry.subjects, False), (entry.probed, True)):
        for name, pseudonyms in by_type.items():
            yield name, tuple(pseudonyms), is_probed
