"""A SQLite source behind pairwise pseudonyms, and before it the other exchange, which asks by them and opens them."""

from __future__ import annotations

from typing import Any

from connectors.contract import Connector
from connectors.paired import Paired
from masking import Pair
from tests.connectors.served.sqlite import SqliteServed

PAIR = Pair(bytes(range(64)), "human")
FIELDS = {"Visit": frozenset({"person.id"})}
OWNERS = frozenset({"Human"})


class PairedServed(SqliteServed):
    """What is sealed and opened twice, the other way round, must be as if it never had been."""

    def connector(self, **changes: Any) -> Connector:
        plain = super().connector(**changes)
        sealing = Paired(plain, FIELDS, OWNERS, seal=PAIR.seal, open=PAIR.open)
        made = Paired(sealing, FIELDS, OWNERS, seal=PAIR.open, open=PAIR.seal)
        setattr(made, "_cap", plain._cap)  # noqa: B010  (a test takes its slots, to the type checker for good)
        return made
