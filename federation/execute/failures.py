"""What did not arrive: told beside the answer by source, coordinate and path, and never in a source's own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from connectors.errors import FailureKind
from federation.errors import Code

CODES: Final = {
    FailureKind.TIMEOUT: Code.SOURCE_TIMEOUT,
    FailureKind.UNAVAILABLE: Code.SOURCE_UNAVAILABLE,
    FailureKind.OVERLOADED: Code.SOURCE_OVERLOADED,
    FailureKind.INVALID: Code.SOURCE_INVALID,
    FailureKind.REFUSED: Code.SOURCE_REFUSED,
    FailureKind.UNDECIDED: Code.SOURCE_UNDECIDED,
    FailureKind.ARGUMENT: Code.SOURCE_ARGUMENT_REFUSED,
    FailureKind.PURPOSE: Code.SOURCE_PURPOSE_REFUSED,
    FailureKind.LIMIT: Code.SOURCE_LIMIT_EXCEEDED,
}
_MOST = 100


@dataclass(frozen=True, slots=True)
class Failure:
    """A fetch that did not arrive: its fields are null, with this error beside the answer.

    `path`: the response keys down to it, or to the first list on the way.
    """

    code: Code
    source: str
    coordinate: str
    path: tuple[str, ...]


def note(failure: Failure, failures: list[Failure]) -> None:
    """Keep a failure, once; a source can't fill an answer with them."""
    if failure not in failures and len(failures) < _MOST:
        failures.append(failure)
