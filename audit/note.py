"""Signed notes and their keys, with Ed25519: C2SP signed-note (https://c2sp.org/signed-note@v1.0.0).

A note is a text that ends in a newline, an empty line, and signature lines
`— <key name> <base64(key id || signature)>`.
Keys are written as `<name>+<key id in hex>+<base64(0x01 || public key)>` and, the private half,
`PRIVATE+KEY+<name>+<key id in hex>+<base64(0x01 || seed)>` (golang.org/x/mod/sumdb/note).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_NOTE: Final = 64 * 1024
"""Characters of the longest note that is read; the specification asks for some bound."""
_ED25519: Final = b"\x01"
_KEY_SIZE: Final = 32
_ID_SIZE: Final = 4
_PRIVATE: Final = "PRIVATE+KEY+"
_DASH: Final = "\u2014 "
_SPACE: Final = 0x20


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """The public half of a key, by which its notes are known."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not _is_name(self.name):
            raise MalformedError("a key's name is not empty and holds no space, no control character and no plus")
        if len(self.public) != _KEY_SIZE:
            raise MalformedError("an Ed25519 public key has 32 bytes")

    @property
    def id(self) -> bytes:
        """The key id: the first four bytes of SHA-256(name || newline || 0x01 || public key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_ID_SIZE]

    def to_text(self) -> str:
        """The key as it is handed out."""
        return f"{self.name}+{self.id.hex()}+{_base64(_ED25519 + self.public)}"

    @classmethod
    def from_text(cls, text: str) -> VerifyKey:
        """Read a verifier key; MalformedError where it is none, or where its id is not its own."""
        name, key_id, public = _key_parts(text)
        key = cls(name, public)
        if key_id != key.id.hex():
            raise MalformedError("the key's id does not belong to its name and bytes: it was mistyped or cut")
        return key

    def verifies(self, text: str, signature: bytes) -> bool:
        """Say whether `signature` (64 bytes) is this key's over `text`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):  # ValueError: bytes that are no point of the curve
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The private half of a key. Its repr shows no secret."""

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.seed) != _KEY_SIZE:
            raise MalformedError("an Ed25519 seed has 32 bytes")
        self.verifier  # noqa: B018  (refuses a name that no key can have)

    @classmethod
    def generate(cls, name: str) -> SigningKey:
        """A new key from the system's randomness."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def verifier(self) -> VerifyKey:
        """The public half."""
        return VerifyKey(self.name, self._private.public_key().public_bytes_raw())

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def to_text(self) -> str:
        """The key as it is kept: a secret."""
        return f"{_PRIVATE}{self.name}+{self.verifier.id.hex()}+{_base64(_ED25519 + self.seed)}"

    @classmethod
    def from_text(cls, text: str) -> SigningKey:
        """Read a signing key; MalformedError where it is none, or where its id is not its own."""
        if not text.startswith(_PRIVATE):
            raise MalformedError("a signing key begins with PRIVATE+KEY+")
        name, key_id, seed = _key_parts(text.removeprefix(_PRIVATE))
        key = cls(name, seed)
        if key_id != key.verifier.id.hex():
            raise MalformedError("the signing key's id does not belong to its name and bytes: it was mistyped or cut")
        return key

    def sign(self, text: str) -> str:
        """The note over `text`, which ends in a newline and holds no other control character."""
        if not _is_note_text(text) or not text.endswith("\n"):
            raise MalformedError("a note's text ends in a newline and holds no other control character")
        signature = self._private.sign(text.encode())
        return f"{text}\n{_DASH}{self.name} {_base64(self.verifier.id + signature)}\n"


def open_note(note: str, verifiers: Iterable[VerifyKey]) -> str:
    """The text of a note that one of `verifiers` signed.

    Signatures by other keys are passed over, as the specification asks; a wrong one by a known key refuses the note.

    Raises:
        MalformedError: it is no note, or none of the keys signed it.
    """
    if len(note) > MAX_NOTE or not _is_note_text(note):
        raise MalformedError("the signed note is too long, or holds a control character other than newline")
    head, blank, tail = note.rpartition("\n\n")
    if not (blank and tail.endswith("\n")):
        raise MalformedError("a signed note is a text, an empty line, and signature lines")
    text = head + "\n"
    known = {(key.name, key.id): key for key in verifiers}
    trusted = False
    for name, key_id, signature in _signatures(tail):
        key = known.get((name, key_id))
        if key is None:
            continue
        if not key.verifies(text, signature):
            raise MalformedError(f"the signature of {name} does not belong to this note: it was changed after signing")
        trusted = True
    if not trusted:
        raise MalformedError("the note carries no signature by a known key")
    return text


def _signatures(lines: str) -> Iterator[tuple[str, bytes, bytes]]:
    for line in lines.removesuffix("\n").split("\n"):
        name, space, encoded = line.removeprefix(_DASH).partition(" ")
        if not (line.startswith(_DASH) and space and _is_name(name)):
            raise MalformedError("a signature line reads: em dash, space, key name, space, base64")
        raw = from_base64(encoded)
        if len(raw) <= _ID_SIZE:
            raise MalformedError("a signature is four bytes of key id and at least one more")
        yield name, raw[:_ID_SIZE], raw[_ID_SIZE:]


def _key_parts(text: str) -> tuple[str, str, bytes]:
    name, _, rest = text.partition("+")
    key_id, plus, encoded = rest.partition("+")
    raw = from_base64(encoded) if plus else b""
    if len(raw) != 1 + _KEY_SIZE or raw[:1] != _ED25519:
        raise MalformedError("a key reads name+id+base64, and is an Ed25519 key (type 1) of 32 bytes")
    return name, key_id, raw[1:]


def from_base64(text: str) -> bytes:
    """Read standard, padded base64 (RFC 4648 section 4) in its one canonical form; else MalformedError."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedError("not base64") from None
    if _base64(raw) != text:
        raise MalformedError("not base64 in its canonical form")
    return raw


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(char.isspace() for char in name) and _is_note_text(name)


def _is_note_text(text: str) -> bool:
    try:
        return all(byte >= _SPACE or byte == 0x0A for byte in text.encode())  # noqa: PLR2004  (newline)
    except UnicodeEncodeError:  # half a surrogate pair: no UTF-8
        return False
