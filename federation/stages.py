"""The stages of a request, each a frozen value that the next step takes and wraps.

asked → identified → understood → decided → planned → fetched → masked and receipted → answered

Unmasked rows never leave the executor. Only `release` makes an answer, and it takes masked rows and their receipt.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from federation.identity.credentials import Credentials
from vocabulary.principal import Mode, Principal
from vocabulary.receipt import Caller


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came in, its envelope read and nothing trusted yet.

    `digest` is the SHA-256 of the document that is meant, in hexadecimal, where it is named so: `document` is then
    empty, or its text. `in_address`: all of this stood in the address of a GET, which is logged on its way. `is_own`:
    the document is one of the software's own, which nobody wrote for this question.
    """

    document: str
    operation: str | None
    variables: Mapping[str, object]
    credentials: Credentials
    purpose: str | None
    agreement: str | None
    at: dt.datetime
    mode: str | None = None
    digest: str | None = None
    in_address: bool = False
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Identified:
    """Who asks, why, and in which mode; `caller`: through which other exchange, and what of its log that rests on."""

    asked: Asked
    principal: Principal
    purpose: str
    mode: Mode
    caller: Caller | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """The body of an answer, ready to be sent."""

    body: bytes
    receipt: int
