"""Keys of the exchange: one master on disk, everything else derived from it (HKDF-SHA256, RFC 5869) by label.

The master is made at the first run with owner-only permissions; `docs/operator.md` says who keeps it and how it is
backed up. Losing it loses the link from pseudonyms in the log to people, and every sealed id; it loses no data.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

_LENGTH = 32


class KeyFileError(Exception):
    """A key file that is missing, too short, or readable by others. Internal: the text names the file, not the key."""


class KeyRing:
    """Derives keys from a master of 32 random bytes; the same label gives the same key."""

    def __init__(self, master: bytes) -> None:
        if len(master) < _LENGTH:
            raise KeyFileError(f"a master key has {_LENGTH} bytes, this one {len(master)}")
        self._master = master

    @classmethod
    def open(cls, path: Path) -> KeyRing:
        """Read the master, or make it where there is none yet.

        Raises:
            KeyFileError: the file can be read by others than its owner, or is no master key.
        """
        return cls(secret_file(path, lambda: secrets.token_bytes(_LENGTH)))

    def derive(self, *label: str) -> bytes:
        """32 bytes for a label; its parts are length-prefixed, so no two labels run together."""
        info = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in ("tongguan", *label))
        return HKDF(SHA256(), _LENGTH, salt=None, info=info).derive(self._master)


def secret_file(path: Path, make: Callable[[], bytes]) -> bytes:
    """The bytes of a secret file, made with mode 0600 by `make()` where it is absent.

    It is written whole under another name first, and its name is durable before it is used: a crash leaves no half
    key, and no log under a key that is gone.

    Raises:
        KeyFileError: it can't be made or read, or can be read by others than its owner.
    """
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with contextlib.suppress(FileExistsError):  # another process made it meanwhile: then theirs is the key
                write_whole(path, make(), os.link)
        if path.stat().st_mode & 0o077:
            raise KeyFileError(f"{path} can be read by others than its owner: chmod 600 {path}")
        return path.read_bytes()
    except OSError as error:
        raise KeyFileError(f"{path} can't be read or made: {error.strerror}") from None


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The Ed25519 key of a PEM file (PKCS #8), made with mode 0600 where it is absent.

    Raises:
        KeyFileError: it can't be made or read, can be read by others than its owner, or is no such key.
    """
    key = _pem(path, Ed25519PrivateKey.generate)
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path} is no Ed25519 key")
    return key


def agreement_key(path: Path) -> X25519PrivateKey:
    """The X25519 key of a PEM file, by which two agree on a secret (RFC 7748); else as `signing_key`.

    Raises:
        KeyFileError: it can't be made or read, can be read by others than its owner, or is no such key.
    """
    key = _pem(path, X25519PrivateKey.generate)
    if not isinstance(key, X25519PrivateKey):
        raise KeyFileError(f"{path} is no X25519 key")
    return key


def _pem(path: Path, generate: Callable[[], Ed25519PrivateKey | X25519PrivateKey]) -> PrivateKeyTypes:
    def made() -> bytes:
        return generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    try:
        return load_pem_private_key(secret_file(path, made), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it is locked with a password
        raise KeyFileError(f"{path} holds no key that can be read") from None


def write_whole(path: Path, content: bytes, put: Callable[[Path, Path], None]) -> None:
    """Write a file of mode 0600 durably under a name of its own, then `put` it in its place (`os.link`, `os.replace`).

    Raises:
        OSError: it was not put there; nothing is left beside it.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        put(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
