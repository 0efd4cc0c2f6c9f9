"""Entries as bytes: the one canonical form that is hashed, stored and read again.

JSON in UTF-8 without white space, keys sorted by code point at every level, empty fields left out, `"v": 1`, and a
random nonce of 16 bytes in hex, so that a published leaf hash confirms no guess of what an entry says.

An entry has at most 32 KiB. Subjects that do not fit go into entries of their own of kind `subjects`, which stand in
the log directly before the closing entry; that one then carries, in place of `subjects` and `probed`,
`"chunks": {"root", "first", "count", "subjects", "probed"}`: the RFC 6962 root over the leaf hashes of the chunks in
hex, the index of the first, how many there are, and how many subjects of each type they hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from audit.errors import EntryTooLargeError, MalformedError
from vocabulary.receipt import Entry, Kind, Step

VERSION: Final = 1
MAX_ENTRY: Final = 32 * 1024
"""Bytes of the largest entry."""
NONCE_SIZE: Final = 16
_PSEUDONYM: Final = 22  # audit.pseudonym.PSEUDONYM_LENGTH, which a verifier need not import
_PSEUDONYMS: Final = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)
_HEX: Final = re.compile(r"[0-9a-f]*", re.ASCII)

Subjects = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Chunks:
    """What a closing entry says of the entries that hold its subjects."""

    first: int
    count: int
    root: bytes
    subjects: Mapping[str, int]
    probed: Mapping[str, int]


def encode(entry: Entry, nonce: bytes) -> bytes:
    """The canonical bytes of an entry.

    Raises:
        EntryTooLargeError: it has more than `MAX_ENTRY` bytes.
        MalformedError: a subject is no pseudonym, or a text is no UTF-8.
    """
    return pack(fields_of(entry, nonce))


def pack(fields: Mapping[str, Any]) -> bytes:
    """The canonical bytes of an entry given as its filled fields. Errors as of `encode`."""
    try:
        body = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        raise MalformedError(
            "the entry cannot be written as JSON: a text is no UTF-8 or a number is too large"
        ) from None
    if len(body) > MAX_ENTRY:
        raise EntryTooLargeError(f"the entry would have {len(body)} bytes; at most {MAX_ENTRY} are kept")
    return body


def decode(body: bytes) -> dict[str, Any]:
    """Read an entry; MalformedError unless it is one in its canonical form."""
    if len(body) > MAX_ENTRY:
        raise MalformedError(f"longer than {MAX_ENTRY} bytes")
    try:
        fields = orjson.loads(body)
        canonical = isinstance(fields, dict) and orjson.dumps(fields, option=orjson.OPT_SORT_KEYS) == body
    except (orjson.JSONDecodeError, orjson.JSONEncodeError, RecursionError):
        raise MalformedError("not JSON") from None
    if not canonical:
        raise MalformedError("not in canonical form")
    _check(fields)
    return dict(fields)


def chunks_of(fields: Mapping[str, Any]) -> Chunks | None:
    """What a decoded entry says of its chunks, if it has any."""
    stated = fields.get("chunks")
    if stated is None:
        return None
    return Chunks(
        first=stated["first"],
        count=stated["count"],
        root=bytes.fromhex(stated["root"]),
        subjects=stated.get("subjects", {}),
        probed=stated.get("probed", {}),
    )


def fields_of(entry: Entry, nonce: bytes) -> dict[str, Any]:
    """The fields of an entry that are not empty, as canonical JSON names them."""
    if len(nonce) != NONCE_SIZE:
        raise MalformedError(f"an entry's nonce has {NONCE_SIZE} bytes")
    if not entry.at:
        raise MalformedError("an entry says when it was made")
    who = entry.who
    return filled(
        {
            "v": VERSION,
            "nonce": nonce.hex(),
            "kind": entry.kind.value,
            "at": entry.at,
            "outcome": entry.outcome,
            "who": {
                "person": who.person,
                "organisation": who.organisation,
                "application": who.application,
                "roles": who.roles,
                "areas": who.areas,
            }
            if who
            else None,
            "purpose": entry.purpose,
            "mode": entry.mode,
            "document": entry.document,
            "document_hash": entry.document_hash,
            "epoch": entry.epoch,
            "shown": [
                {"coordinate": one.coordinate, "shown": one.shown, "rows": one.rows, "line": one.line}
                for one in entry.shown
            ],
            "given": [
                {
                    "organisation": one.organisation,
                    "source": one.source,
                    "coordinate": one.coordinate,
                    "line": one.line,
                    "count": one.count,
                }
                for one in entry.given
            ],
            "subjects": _pseudonyms(entry.subjects),
            "probed": _pseudonyms(entry.probed),
            "rows": dict(entry.rows),
            "sources": dict(entry.sources),
            "waves": entry.waves,
            "counts": dict(entry.counts),
            "agreement": entry.agreement,
            "emergencies": entry.emergencies,
            "glass": entry.glass,
            "act": _act(entry.act),
            "caller": None
            if entry.caller is None
            else {"exchange": entry.caller.exchange, "log": entry.caller.log, "entry": entry.caller.entry},
            "elsewhere": [
                {"source": one.source, "log": one.log, "entry": one.entry, "leaf": one.leaf} for one in entry.elsewhere
            ],
        }
    )


def _act(act: Step | None) -> dict[str, Any] | None:
    return None if act is None else filled({"what": act.what, "id": act.id, "step": act.step, "facts": dict(act.facts)})


def filled(fields: dict[str, Any]) -> dict[str, Any]:
    """Without the empty ones. Zero is a number, not an absence."""
    return {name: value for name, value in fields.items() if value or value == 0}


def _pseudonyms(subjects: Subjects) -> dict[str, tuple[str, ...]]:
    """The subjects by type, once none of them can be anything but a pseudonym.

    This is the last door before the disk: an identity number that slipped past its pseudonym is stopped here.
    """
    for pseudonyms in subjects.values():
        _check_pseudonyms(pseudonyms)
    return {name: tuple(pseudonyms) for name, pseudonyms in subjects.items() if pseudonyms}


def _check_pseudonyms(pseudonyms: object) -> None:
    try:
        whole = isinstance(pseudonyms, tuple | list) and set(map(len, pseudonyms)) <= {_PSEUDONYM}
        if whole and _PSEUDONYMS.fullmatch("".join(pseudonyms)):  # type: ignore[arg-type]  # TypeError says it is not
            return
    except TypeError:
        pass
    raise MalformedError("subjects are pseudonyms: 22 characters of base64url each")


def _check(fields: dict[str, Any]) -> None:
    """Refuse what a reader of the log could stumble over."""
    nonce, kind = fields.get("nonce"), fields.get("kind")
    version = fields.get("v")
    if not (_is_count(version) and version == VERSION and isinstance(fields.get("at"), str) and kind in tuple(Kind)):
        raise MalformedError(f"not an entry of version {VERSION}, of a known kind, with its time")
    if not _is_hex(nonce, NONCE_SIZE):
        raise MalformedError(f"without a nonce of {NONCE_SIZE} bytes")
    if not isinstance(fields.get("epoch", ""), str):
        raise MalformedError("with an epoch that is no text")
    for name in ("subjects", "probed"):
        by_type = fields.get(name, {})
        if not isinstance(by_type, dict):
            raise MalformedError(f"with {name} that are not listed by type")
        for pseudonyms in by_type.values():
            _check_pseudonyms(pseudonyms)
    if "chunks" in fields:
        _check_chunks(fields["chunks"])


def _check_chunks(stated: object) -> None:
    if not (
        isinstance(stated, dict)
        and _is_hex(stated.get("root"), 32)
        and _is_count(stated.get("first"))
        and _is_count(stated.get("count"))
        and all(
            isinstance(counts := stated.get(name, {}), dict) and all(map(_is_count, counts.values()))
            for name in ("subjects", "probed")
        )
    ):
        raise MalformedError("with a statement of its chunks that cannot be read")


def _is_hex(value: object, size: int) -> bool:
    return isinstance(value, str) and len(value) == 2 * size and _HEX.fullmatch(value) is not None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
