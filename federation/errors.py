"""What may go wrong on the path of a request.

    Exception
    ├── Refusal                 client-safe: a documented code and a sentence that helps; never a value of a record
    │   ├── Unidentified        before anyone is known: rate-limited and summarised in the log
    │   └── Unavailable         ours to mend: nothing was released, ask again later
    └── InternalError           never shown; the client gets INTERNAL

Only a `Refusal` has a text that a client sees. `docs/errors.md` lists every code, and a test compares.
"""

from __future__ import annotations

from enum import Enum
from typing import Final


class Code(Enum):
    """Each code with its HTTP status."""

    # the request as a message
    METHOD_NOT_ALLOWED = 405
    GET_REFUSED = 4051
    ACCEPT_UNSUPPORTED = 406
    MEDIA_TYPE_UNSUPPORTED = 415
    ADDRESS_TOO_LONG = 414
    BODY_TOO_LARGE = 413
    BODY_MALFORMED = 400
    # who asks, and why
    TOKEN_MISSING = 401
    TOKEN_INVALID = 4010
    TOKEN_EXPIRED = 4011
    CREDENTIAL_INVALID = 4012
    CREDENTIAL_EXPIRED = 4013
    CREDENTIAL_UNTRUSTED_PROXY = 4039
    PROVIDER_UNAVAILABLE = 5039
    PURPOSE_MISSING = 4001
    PURPOSE_UNKNOWN = 4002
    AGREEMENT_UNKNOWN = 4003
    MODE_UNKNOWN = 40015
    EMERGENCY_MISSING = 4032
    # the document
    PERSISTED_QUERY_NOT_FOUND = 40016
    PERSISTED_QUERY_MISMATCH = 40017
    DOCUMENT_UNLISTED = 4034
    DOCUMENT_MALFORMED = 4004
    DOCUMENT_INVALID = 4005
    DOCUMENT_TOO_LONG = 4006
    DOCUMENT_TOO_DEEP = 4007
    DOCUMENT_TOO_WIDE = 4008
    DOCUMENT_TOO_COSTLY = 4009
    OPERATION_UNKNOWN = 40010
    OPERATION_UNSUPPORTED = 40011
    VARIABLES_INVALID = 40012
    GRAPH_UNREACHABLE = 40030
    # its arguments, against what the asker may see
    ARGUMENT_INVALID = 40013
    ARGUMENT_REFUSED = 4030
    ORDER_REFUSED = 4031
    CURSOR_INVALID = 40014
    ACT_REFUSED = 4033
    LIMIT_EXCEEDED = 4290
    # ours to mend
    OVERLOADED = 5030
    POLICY_UNAVAILABLE = 5031
    POLICY_CHANGED = 5032
    RECEIPT_UNAVAILABLE = 5033
    REGISTRY_UNAVAILABLE = 5034
    LIMITS_UNAVAILABLE = 5035
    DEADLINE_EXCEEDED = 504
    INTERNAL = 500
    # beside a partial answer, per field
    SOURCE_TIMEOUT = 2001
    SOURCE_UNAVAILABLE = 2002
    SOURCE_OVERLOADED = 2003
    SOURCE_INVALID = 2004
    SOURCE_REFUSED = 2005
    SOURCE_UNDECIDED = 2006
    SOURCE_ERROR = 2007
    SOURCE_ARGUMENT_REFUSED = 2008
    SOURCE_PURPOSE_REFUSED = 2009
    SOURCE_LIMIT_EXCEEDED = 20010

    @property
    def status(self) -> int:
        """The HTTP status: the first three digits of the value (the others only tell codes of one status apart)."""
        return int(str(self.value)[:3])

    @property
    def is_of_request(self) -> bool:
        """Whether it is a request error: what was asked is refused for what stands in it (GraphQL spec, 7.1.2)."""
        return self in _OF_REQUEST


_OF_REQUEST: Final = frozenset(
    {
        Code.PERSISTED_QUERY_NOT_FOUND,
        Code.PERSISTED_QUERY_MISMATCH,
        Code.DOCUMENT_UNLISTED,
        Code.DOCUMENT_MALFORMED,
        Code.DOCUMENT_INVALID,
        Code.DOCUMENT_TOO_LONG,
        Code.DOCUMENT_TOO_DEEP,
        Code.DOCUMENT_TOO_WIDE,
        Code.DOCUMENT_TOO_COSTLY,
        Code.OPERATION_UNKNOWN,
        Code.OPERATION_UNSUPPORTED,
        Code.VARIABLES_INVALID,
        Code.ARGUMENT_INVALID,
        Code.ARGUMENT_REFUSED,
        Code.ORDER_REFUSED,
        Code.CURSOR_INVALID,
        Code.ACT_REFUSED,
    }
)


class Refusal(Exception):  # noqa: N818  (it is an answer, not an accident)
    """Client-safe: `message` is shown as it stands, so it never holds a value of a record."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Unidentified(Refusal):
    """Refused before anyone was identified."""


class Unavailable(Refusal):
    """Nothing was released, because something of ours is not in order."""


class InternalError(Exception):
    """A broken invariant of the gateway. Its text goes to the operator's log, never to a client."""
