"""The hash of an application's key: scrypt (RFC 7914), written in one line as `scrypt$ln=14,r=8,p=1$salt$hash`.

The parameters are always these, so that no line of the file makes one check cheaper or dearer than another.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

_NAME: Final = "scrypt$ln=14,r=8,p=1"
_SALT: Final = 16  # bytes
_HASH: Final = 32  # bytes


class NotAHashError(ValueError):
    """A text that is no hash of an application's key. It does not show the text."""


@dataclass(frozen=True, slots=True)
class KeyHash:
    """A salt of 16 bytes, and the 32 bytes that scrypt makes of it and the secret."""

    salt: bytes = field(repr=False)
    hash: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: str) -> KeyHash:
        """A hash with a salt of its own: 33 ms and 16 MiB, as every check of one."""
        salt = secrets.token_bytes(_SALT)
        return cls(salt, derive(secret, salt))

    @classmethod
    def parse(cls, text: str) -> KeyHash:
        """Read a line.

        Raises:
            NotAHashError: another form, other parameters, or other lengths.
        """
        name, _, rest = text.rpartition(_NAME + "$")
        salt, _, digest = rest.partition("$")
        made = cls(_decoded(salt), _decoded(digest))
        if name or (len(made.salt), len(made.hash)) != (_SALT, _HASH) or str(made) != text:
            raise NotAHashError("no hash of an application's key")
        return made

    def fits(self, secret: str) -> bool:
        """Say whether this is the hash of that secret; the comparison takes the same time wherever they differ."""
        return hmac.compare_digest(derive(secret, self.salt), self.hash)

    def __str__(self) -> str:
        return f"{_NAME}${_encoded(self.salt)}${_encoded(self.hash)}"


def derive(secret: str, salt: bytes) -> bytes:
    """What scrypt makes of a secret. Other threads run meanwhile."""
    return Scrypt(salt=salt, length=_HASH, n=2**14, r=8, p=1).derive(secret.encode("utf-8", "surrogatepass"))


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise NotAHashError("no hash of an application's key") from None
