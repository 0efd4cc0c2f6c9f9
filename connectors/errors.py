"""What may go wrong between the exchange and a source.

    Exception
    ├── SourceError         a live source failed: `kind` says how; costs its own fields and nobody else's
    ├── DeclarationError    the declaration does not fit the source: refused at start, with what to write instead
    └── UnsupportedError    a request beyond the connector's capabilities: a fault of the planner, never of a client

No text of theirs holds a value of a record, an address, a credential or the source's own message: a driver quotes
values in its messages, and an error's text reaches logs and answers.
"""

from __future__ import annotations

from enum import StrEnum


class FailureKind(StrEnum):
    """How a source failed."""

    TIMEOUT = "timeout"  # no answer within the declared timeout
    UNAVAILABLE = "unavailable"  # cannot be reached, or answers that it cannot serve
    OVERLOADED = "overloaded"  # our load cap was reached, or the source says that its own was
    INVALID = "invalid"  # it lies: a wrong type or shape, a unique key twice, rows that nobody asked for
    UNDECIDED = "undecided"  # it can't tell what may be seen
    REFUSED = "refused"  # it does not accept our credentials, or refuses without a word that is known here
    # of another exchange, which decides for itself
    ARGUMENT = "argument"  # it refuses the filter, order or search by which rows were asked for
    PURPOSE = "purpose"  # it does not answer for this purpose, or in this mode
    LIMIT = "limit"  # it has shown as much as it does in a day


class SourceError(Exception):
    """One source failed, in one of the ways of `FailureKind`."""

    def __init__(self, source: str, kind: FailureKind, sentence: str) -> None:
        super().__init__(f"source {source}: {sentence}")
        self.source = source
        self.kind = kind


class DeclarationError(Exception):
    """The declaration does not fit the source; the text names table and column and what to write instead."""


class GapKind(StrEnum):
    """Whether a capability that a connector lacks may come."""

    NEVER = "never"  # nothing in what it wraps could do it
    NOT_YET = "not yet"  # it could be built


class UnsupportedError(Exception):
    """The request needs what the connector does not offer."""

    def __init__(self, source: str, kind: GapKind, reason: str) -> None:
        super().__init__(f"source {source}: {kind}: {reason}")
        self.source = source
        self.kind = kind
