"""Applications that show a key: `<id>.<secret>`, of which the exchange keeps a hash (`key_hash.py`)."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from threading import BoundedSemaphore
from typing import Final

from federation.errors import Code, Unidentified
from federation.identity.application import ID, Application
from federation.identity.applications import Applications
from federation.identity.key_hash import KeyHash

AT_A_TIME: Final = 2  # hashes computed at once: before anybody is identified, so it must not take the machine
_REMEMBERED: Final = 4_096
_LONGEST: Final = 256  # characters of what is shown
_SECRET: Final = 32  # bytes
_SHOWN: Final = re.compile(rf"({ID.pattern})\.([\x21-\x7e]+)")
_INVALID: Final = "The application's key is not one that this exchange trusts. Ask its operator for a new one."


class NotAnApplicationIdError(ValueError):
    """A text that can't be the id of an application."""


def new_application_key(name: str) -> tuple[str, str]:
    """A new key for the application of that id: what it shows, kept nowhere here, and the hash for `key:` in the file.

    Raises:
        NotAnApplicationIdError: small letters, digits and `-`, a letter first, at most 64.
    """
    if not ID.fullmatch(name):
        raise NotAnApplicationIdError("an id has small letters, digits and `-`, a letter first, at most 64")
    secret = secrets.token_urlsafe(_SECRET)
    return f"{name}.{secret}", str(KeyHash.of(secret))


class ApplicationKeys:
    """Checks keys; remembers those that passed, so that only the first request with one costs a hash.

    What is remembered is the SHA-256 of the key and a pepper that lives as long as this process. An id that there is
    not costs the same hash as one that there is, so that time tells nobody which ids are taken.
    """

    def __init__(self, applications: Applications, *, clock: Callable[[], float] = time.time) -> None:
        self._applications = applications
        self._clock = clock
        self._pepper = secrets.token_bytes(_SECRET)
        self._nobody = KeyHash(secrets.token_bytes(16), secrets.token_bytes(32))
        self._known: OrderedDict[bytes, tuple[str, KeyHash]] = OrderedDict()
        self._pool = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="application-key")
        self._free = BoundedSemaphore(AT_A_TIME)
        self._under_way: dict[bytes, Future[bool]] = {}

    async def application(self, shown: str) -> Application:
        """The application whose key was shown.

        Raises:
            Unidentified: CREDENTIAL_INVALID, CREDENTIAL_EXPIRED, or OVERLOADED while two others are being checked.
        """
        digest = sha256(self._pepper + shown.encode("utf-8", "surrogatepass")).digest()
        if (known := self._known.get(digest)) is not None:
            application = self._with(*known)
            if application is None:  # gone from the file since, or given another key
                self._known.pop(digest, None)
                raise _invalid()
        else:
            application = await self._checked(shown, digest)
        application.require_in_time(self._clock())
        return application

    async def _checked(self, shown: str, digest: bytes) -> Application:
        read = _SHOWN.fullmatch(shown) if len(shown) <= _LONGEST else None
        if read is None:
            raise _invalid()
        name, secret = read[1], read[2]
        there = self._applications.with_id(name)
        key = self._nobody if there is None or there.key is None else there.key
        fits = await self._fits(key, secret, digest)
        application = self._with(name, key)  # the file may have changed meanwhile
        if not fits or application is None:
            raise _invalid()
        self._known[digest] = (name, key)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return application

    async def _fits(self, key: KeyHash, secret: str, digest: bytes) -> bool:
        """Compute the hash in a thread, once for all who show the same key meanwhile."""
        check = self._under_way.get(digest)
        if check is None:
            check = self._start(key, secret, digest)
        return await asyncio.shield(asyncio.wrap_future(check))  # who gives up does not end it for the others

    def _start(self, key: KeyHash, secret: str, digest: bytes) -> Future[bool]:
        if not self._free.acquire(blocking=False):
            raise Unidentified(Code.OVERLOADED, "Too many application keys are being checked. Try again in a moment.")
        check = self._under_way[digest] = self._pool.submit(key.fits, secret)

        def over(_: Future[bool]) -> None:
            self._under_way.pop(digest, None)
            self._free.release()

        check.add_done_callback(over)
        return check

    def _with(self, name: str, key: KeyHash) -> Application | None:
        """The application, if that is its key still."""
        application = self._applications.with_id(name)
        return application if application is not None and application.key == key else None


def _invalid() -> Unidentified:
    return Unidentified(Code.CREDENTIAL_INVALID, _INVALID)
