"""Coordinates: `Type.field`, the unit of governance (GraphQL schema coordinates)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Coordinate:
    """One field of one type of the supergraph."""

    type: str
    field: str

    @classmethod
    def parse(cls, text: str) -> Coordinate:
        """Read `Type.field`; anything else is a ValueError."""
        type_name, dot, field = text.partition(".")
        if not (dot and type_name.isidentifier() and field.isidentifier() and text.isascii()):
            raise ValueError(f"{text!r} is no coordinate: write Type.field, as in Resident.name")
        return cls(type_name, field)

    def __str__(self) -> str:
        return f"{self.type}.{self.field}"
