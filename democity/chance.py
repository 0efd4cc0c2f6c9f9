"""A weighted coin."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


def chance(random: Random, probability: float) -> bool:
    """True in so many of all draws."""
    return random.random() < probability
