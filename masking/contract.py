"""The contract of a mask: frozen data, compiled to a function from column to column."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Self, TypeAlias

from masking.errors import MaskDoesNotFitError, MaskParametersError
from vocabulary.values import Column

ColumnMask: TypeAlias = Callable[[Column], Column]

KEY_BYTES: Final = 32
PAIR_KEY_BYTES: Final = 64


@dataclass(frozen=True, slots=True)
class Setting:
    """For whom a mask is compiled: `key` is a secret of 32 bytes, of this recipient and domain alone.

    For a mask between two exchanges it is the secret of 64 bytes that they share, and empty where the recipient is none
    that has one. A mask that needs a key and was given one of another length shows nothing.

    `domain` is the coordinate as text (`Resident.name`). The key is left out of `repr`: it ends in no log or trace.
    """

    recipient: str
    domain: str
    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key) not in {0, KEY_BYTES, PAIR_KEY_BYTES}:
            raise MaskParametersError(
                f"the key of {self.domain} has {len(self.key)} bytes; it must have {KEY_BYTES}, or {PAIR_KEY_BYTES}"
                " between two exchanges, or be empty"
            )


@dataclass(frozen=True)
class Mask(ABC):
    """One kind of mask, with its parameters.

    A compiled mask is pure and safe to share between threads. For every column:

    - it returns a new list of the same length, and never raises, whatever the cells hold;
    - None stays None, and what it cannot mask (a wrong type, an unknown shape) becomes None (promise 8);
    - every other cell keeps the field's GraphQL type and is never the cell that came in.
    """

    kind: ClassVar[str]
    fits: ClassVar[frozenset[str]]
    """The GraphQL scalars (of `vocabulary.values.SCALARS`) that it takes and keeps."""

    @classmethod
    @abstractmethod
    def parse(cls, parameters: Mapping[str, object]) -> Self:
        """Read the parameters of a declaration.

        Raises:
            MaskParametersError: an unknown, missing or wrong one.
        """

    @abstractmethod
    def compile(self, setting: Setting) -> ColumnMask:
        """The function that masks a column for one recipient and domain."""

    def require_fit(self, scalar: str) -> None:
        """Refuse a field whose type this mask cannot keep.

        Raises:
            MaskDoesNotFitError: `scalar` is not one of `fits`.
        """
        if scalar not in self.fits:
            raise MaskDoesNotFitError(f"{self.kind} keeps {', '.join(sorted(self.fits))}; it cannot keep {scalar}")
