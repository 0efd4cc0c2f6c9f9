"""The key sets of other exchanges (JWK, RFC 7517), as their operators handed them over: `keys/exchanges/<name>.json`.

Whoever can write such a file can have an exchange speak for anybody within its agreements. So it comes by a way that
people trust, and nothing is fetched. It is read again where it has changed, for a rotation; a file that is not there,
or that can't be read, lets nobody in.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import jwt

from federation.errors import Code
from federation.identity.key_source import INVALID, KeyAbsent, KeySource, NotAKeySetError, read_keys

DIRECTORY: Final = "exchanges"
_LARGEST: Final = 256 * 1024  # bytes
_LOGGER = logging.getLogger("tongguan.identity")


class ExchangeKeyFile:
    """The key set of one exchange, in a file."""

    def __init__(self, keys: Path, exchange: str) -> None:
        self._path: Final = keys / DIRECTORY / f"{exchange}.json"
        self._exchange: Final = exchange
        self._stamp: tuple[int, int] | None = None
        self._key_set: Mapping[str, object] = {}
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self.reread()

    @property
    def key_set(self) -> Mapping[str, object]:
        """The set as it was read last; empty where there is none."""
        return self._key_set

    def key(self, kid: str) -> jwt.PyJWK:
        """The key of that id; KeyAbsent where there is none."""
        try:
            return self._keys[kid]
        except KeyError:
            raise KeyAbsent(Code.TOKEN_INVALID, INVALID) from None

    async def renew(self) -> None:
        """Read the file again, if it has changed."""
        await asyncio.to_thread(self.reread)

    async def look_after(self) -> None:
        """Read the file again, if it has changed."""
        await asyncio.to_thread(self.reread)

    def reread(self) -> None:
        """Read the file, if it is another one than before; what can't be read is no key set."""
        try:
            found = self._path.stat()
            stamp = (found.st_mtime_ns, found.st_size)
            if stamp == self._stamp:
                return
            self._key_set, self._keys = _read(self._path)
            self._stamp = stamp
        except (OSError, ValueError, RecursionError):
            if self._keys or self._stamp is None:
                _LOGGER.warning("the keys of exchange %s are not there or can't be read", self._exchange)
            self._stamp, self._key_set, self._keys = (0, 0), {}, {}


def _read(path: Path) -> tuple[Mapping[str, object], Mapping[str, jwt.PyJWK]]:
    with path.open("rb") as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise NotAKeySetError("a key set of that size is none")
    key_set = json.loads(data)
    return key_set, read_keys(key_set)


def _conforms(one: ExchangeKeyFile) -> KeySource:
    """Proof for the type checker that key files keep the contract."""
    return one
