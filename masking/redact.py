"""`redact`: nothing is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from masking.contract import ColumnMask, Mask, Setting
from masking.parameters import take_only
from vocabulary.values import SCALARS, Column

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Redact(Mask):
    """Every cell becomes None. Takes no parameters."""

    kind: ClassVar[str] = "redact"
    fits: ClassVar[frozenset[str]] = frozenset(SCALARS)

    @classmethod
    def parse(cls, parameters: Mapping[str, object]) -> Self:
        """No parameters."""
        take_only(parameters)
        return cls()

    def compile(self, setting: Setting) -> ColumnMask:  # noqa: ARG002  (the same for everyone)
        """Nothing depends on the setting."""
        return _nothing


def _nothing(column: Column) -> Column:
    return [None] * len(column)
