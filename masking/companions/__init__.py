"""Companion masks: fields that the exchange computes from one of the same type (`ageBand` of `birthDate`)."""

from __future__ import annotations

from typing import Final

from masking.companions.age_band import AgeBand
from masking.companions.contract import Companion, Interval
from masking.companions.degree_band import DegreeBand

__all__ = ["COMPANIONS", "Companion", "Interval"]

COMPANIONS: Final[tuple[type[Companion], ...]] = (AgeBand, DegreeBand)
