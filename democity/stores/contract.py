"""What every store of rows does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from democity.records import Row
    from democity.tables import Table


class Store(Protocol):
    """Takes rows street by street, in bounded memory; nothing of it can be read before `finish`.

    Cells are None, text, numbers, True and False; dates and moments are ISO 8601 text.
    """

    def add(self, table: Table, rows: Iterable[Row], part: str = "") -> None:
        """Put rows behind those that were added before; `part` names one of several files of a table."""

    def finish(self) -> None:
        """Make whole what was added; nothing may be added after."""

    def close(self) -> None:
        """Let go of everything, finished or not; twice does no harm."""
