"""Shadow mode: a second policy that is asked beside the one in force, and never decides.

What a changed policy would do to today's questions is seen before it is put in force. Nothing of a request waits for
it, fails by it or is answered by it: an error here is counted, logged as its type, and that is all.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final

from federation.plan.govern import Decides, Governance
from federation.schema.facts import MUTATION
from federation.schema.supergraph import Supergraph
from policies.diff import Difference, difference
from policies.lines import CoordinateFacts
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.principal import Action, Standing

_LOGGER = logging.getLogger("tongguan.shadow")
STANDINGS: Final = 1_024
"""How many standings stay compared; a standing has at most one difference a coordinate of the graph."""


class Governed:
    """A policy as it is shown: decisions as planning narrows them, by siblings and by what a supergraph requires.

    `deliver` is decided for the organisation of the standing, as the receiver; what the supergraph requires, it
    requires of the roles. Safe to ask from many threads.
    """

    def __init__(self, policy: Decides, supergraph: Supergraph) -> None:
        self._policy = policy
        self._types = supergraph.types
        self._governance = lru_cache(maxsize=STANDINGS)(lambda standing: Governance(policy, supergraph, standing))

    def decide(self, standing: Standing, coordinate: Coordinate, action: Action) -> Decision:
        """The decision on one coordinate; never an error."""
        governance = self._governance(standing)
        match action:
            case Action.READ if coordinate.type in self._types:
                found = governance.view(coordinate.type).decisions.get(coordinate.field)
                return Decision(coordinate, reason="unknown") if found is None else found
            case Action.READ if coordinate.type == MUTATION:
                return Decision(coordinate, reason="not-granted")  # what is done is no cell
            case Action.MATCH:
                return governance.match(coordinate)
            case Action.DERIVE:
                return governance.derive(coordinate)
            case Action.WRITE:
                return governance.write(coordinate)
            case Action.DELIVER:
                return governance.deliver(coordinate, standing.organisation)
            case _:
                return self._policy.decide(standing, coordinate, action)


class Shadow:
    """Compares the policy in force with a second one, standing by standing.

    `current` and `second` give a policy, as it is shown, with the epoch that names it; both may change at any time.
    `chains` knows the masks of coordinates. `report` is told what differs, each time that somebody asks for it.
    `errors` counts what went wrong in here. Safe to ask from many threads; memory is bounded by `most` standings.
    """

    def __init__(
        self,
        current: Callable[[], tuple[Decides, str]],
        second: Callable[[], tuple[Decides, str]],
        chains: Callable[[Coordinate], CoordinateFacts | None],
        report: Callable[[Sequence[Difference]], None],
        *,
        most: int = STANDINGS,
    ) -> None:
        self._current = current
        self._second = second
        self._chains = chains
        self._report = report
        self._most = most
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[Standing, str, str], dict[Coordinate, Difference | None]] = OrderedDict()
        self.errors = 0

    def compare(self, standing: Standing, coordinates: Iterable[Coordinate]) -> list[Difference]:
        """The coordinates that the second policy would show otherwise; empty where it can't be told. Never raises.

        A dictionary look-up per coordinate, once a standing was compared under both epochs.
        """
        try:
            found = self._found(standing, coordinates)
            if found:
                self._report(found)
        except Exception as error:  # noqa: BLE001  (whatever is wrong with a rehearsal, the request goes on)
            with self._lock:
                self.errors += 1
            _LOGGER.warning("the shadow policy could not be compared: %s", type(error).__name__)
            return []
        return found

    def _found(self, standing: Standing, coordinates: Iterable[Coordinate]) -> list[Difference]:
        (current, epoch), (second, other) = self._current(), self._second()
        if epoch == other:
            return []
        known = self._remembered((standing, epoch, other))
        found = []
        for coordinate in coordinates:
            if coordinate not in known:
                facts = self._chains(coordinate)
                if facts is None:
                    continue  # no end of coordinates that don't exist: nothing is remembered of them
                action = Action.WRITE if facts.act else Action.READ
                made = difference(current, second, standing, coordinate, action, chain=facts.chain)
                known[coordinate] = made
            one = known[coordinate]
            if one is not None:
                found.append(one)
        return found

    def _remembered(self, key: tuple[Standing, str, str]) -> dict[Coordinate, Difference | None]:
        """What is known of a standing under two epochs; what was not asked for the longest time goes first."""
        with self._lock:
            known = self._known.get(key)
            if known is None:
                known = self._known[key] = {}
                while len(self._known) > self._most:
                    self._known.popitem(last=False)
            else:
                self._known.move_to_end(key)
            return known
