"""What is wrong with subgraphs that do not compose.

    Exception
    └── ValueError
        └── CompositionFailedError    one or more `CompositionError`, all that were found

Internal: shown to whoever runs the exchange, never to a client. Schemas hold no values of records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class CompositionError:
    """One problem: a code of Apollo Federation's composition (or our UNSUPPORTED, UNGOVERNED), and a sentence that
    names the subgraph and the schema coordinate.
    """  # noqa: D205

    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class CompositionFailedError(ValueError):
    """The subgraphs do not compose, or their supergraph can't be governed."""

    def __init__(self, errors: Iterable[CompositionError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(map(str, self.errors)))
