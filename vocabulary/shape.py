"""The shape of an answer: which coordinates stand behind each of its response keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shape:
    """One place of an answer: the coordinates that fill it (several where concrete types differ), and what is below."""

    coordinates: tuple[str, ...] = ()
    fields: Mapping[str, Shape] = field(default_factory=dict, hash=False)
