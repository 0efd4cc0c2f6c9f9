"""The masks of the exchange, compiled per recipient and coordinate, and kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import lru_cache

from federation.keys import KeyRing
from federation.schema.supergraph import Companion as CompanionFacts
from masking import ColumnMask, Companion, Mask, Pair, Pairwise, Setting, make_companion
from vocabulary.coordinate import Coordinate


class MaskBook:
    """Finds the function for (mask, recipient, coordinate). The key of each is its own, so no two can be linked.

    `secret`: what is shared with an exchange; empty where nothing is.
    """

    def __init__(
        self, masks: Mapping[str, Mask], keys: KeyRing, secret: Callable[[str], bytes] = lambda _: b""
    ) -> None:
        self._masks = masks
        self._secret = secret
        self._keys = keys
        self._compiled = lru_cache(maxsize=4_096)(self._column)
        self.computed = lru_cache(maxsize=256)(self._computed)
        self._companions: dict[tuple[str, str], Companion] = {}

    def column(self, mask: str, recipient: str, coordinate: Coordinate, exchange: str = "") -> ColumnMask:
        """The function that masks a column; a pairwise one names people between us and the exchange that asks."""
        found = self._masks[mask]
        if isinstance(found, Pairwise):  # not kept, since the secret is another one where a key has changed
            return found.compile(Setting(recipient, str(coordinate), self._secret(exchange) if exchange else b""))
        return self._compiled(mask, recipient, coordinate)

    def pair(self, exchange: str, label: str) -> Pair:
        """What names people between us and another exchange."""
        return Pair(self._secret(exchange), label)

    def _column(self, mask: str, recipient: str, coordinate: Coordinate) -> ColumnMask:
        domain = str(coordinate)
        setting = Setting(recipient, domain, self._keys.derive("mask", recipient, domain))
        return self._masks[mask].compile(setting)

    def companion(self, facts: CompanionFacts) -> Companion:
        """The companion mask of a field, made once per declaration."""
        key = (facts.kind, repr(sorted(facts.parameters.items())))
        if key not in self._companions:
            self._companions[key] = make_companion(facts.kind, facts.parameters)
        return self._companions[key]

    def _computed(self, companion: Companion, today: dt.date) -> ColumnMask:
        return companion.compile(today)
