"""What a plan withholds: each coordinate once, with its reason, whom to ask, and a draft of what would show it."""

from __future__ import annotations

from federation.plan.least import least_wish
from federation.plan.nodes import Withheld
from federation.plan.world import World
from federation.schema.facts import FieldFacts
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Mode, Standing


class NoWayError(Exception):
    """A field can't be had. `reason` is the word for whoever asked: `deliver`, `rows`; empty: no key leads there."""

    def __init__(self, coordinate: str, reason: str = "") -> None:
        super().__init__(coordinate)
        self.coordinate = coordinate
        self.reason = reason


class Withholding:
    """Collects what one plan withholds from one standing."""

    def __init__(self, world: World, standing: Standing) -> None:
        self._world = world
        self._standing = standing
        self._withheld: dict[Coordinate, Withheld] = {}

    @property
    def all(self) -> tuple[Withheld, ...]:
        """Everything that is withheld, in the order in which it was asked for."""
        return tuple(self._withheld.values())

    def add(self, coordinate: Coordinate, facts: FieldFacts, source: str, reason: str) -> None:
        """Withhold a coordinate that a source has."""
        ask = f"Ask {self._world.contact(source)} to share {coordinate} for this purpose."
        request = self._request_for(coordinate, facts, self._world.owner(source), reason)
        self._withheld.setdefault(coordinate, Withheld(coordinate, reason, ask, request))

    def _request_for(self, coordinate: Coordinate, facts: FieldFacts, owner: str, reason: str) -> dict[str, object]:
        """A draft of the least that would show a coordinate, where an agreement could; else nothing."""
        standing = self._standing
        if reason not in {"not-granted", "purpose"} or owner == standing.organisation:
            return {}
        wish = least_wish(coordinate, facts, self._world.catalogue)
        request: dict[str, object] = {"owner": owner, "wishes": [wish], "rows": "own", "purpose": standing.purpose}
        # An agreement of ordinary mode doesn't count in an emergency.
        return request if standing.mode is Mode.ORDINARY else request | {"mode": str(standing.mode)}
