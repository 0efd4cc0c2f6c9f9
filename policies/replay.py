"""Recorded answers, decided once more by two policies: which of them would have differed.

Each is decided as what it was: for whoever asked, for what, in which mode and under which agreement; and where another
exchange asked, through it, under the agreements that each of the two policies has with it at the time of the answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from policies.clock import Moment
from policies.diff import Decides, Difference, compared, described
from policies.lines import CoordinateFacts
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode, Standing, Through


class Agrees(Protocol):
    """The agreements of a policy."""

    def agreed_with(self, organisation: str, purpose: str, mode: Mode, moment: Moment) -> frozenset[str]:
        """Those under which an exchange that this organisation runs may ask for a purpose in a mode at a moment."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of two policies: what it decides, and what it agrees on with other exchanges."""

    decides: Decides
    agrees: Agrees


@dataclass(frozen=True, slots=True)
class Replayed:
    """A recorded request that would have been decided otherwise: its index in the log, its time, what differs."""

    index: int
    at: str
    differences: tuple[Difference, ...]

    def __str__(self) -> str:
        named = ", ".join(f"{one.sign}{one.coordinate}" for one in self.differences)
        return f"#{self.index} {self.at} {described(self.differences[0].standings[0])}: {named}"


def replay(
    entries: Iterable[tuple[int, Mapping[str, Any]]],
    old: Side,
    new: Side,
    coordinates: Mapping[Coordinate, CoordinateFacts],
    exchanges: Mapping[str, str],
) -> Iterator[Replayed]:
    """Recorded answers of which some coordinate would be decided otherwise now, in the order of the entries.

    An entry is its index in the log and its decoded fields; `exchanges` are the organisations that run other exchanges,
    by their names. Only what was asked for is compared: what a question was refused is not on record by coordinate.
    """
    remembered: dict[tuple[Standing, Standing, Coordinate], Difference | None] = {}
    for index, fields in entries:
        if fields.get("kind") != "release" or not isinstance(fields.get("who"), dict):
            continue
        was, would = (_standing(fields, side.agrees, exchanges) for side in (old, new))
        found = []
        for name in dict.fromkeys(one["coordinate"] for one in fields.get("shown", ())):
            coordinate = Coordinate.parse(name)
            known = coordinates.get(coordinate)
            if known is None:
                continue  # of a graph that has changed since
            key = (was, would, coordinate)
            if key not in remembered:
                action = Action.WRITE if known.act else Action.READ
                before = old.decides.decide(was, coordinate, action)
                after = new.decides.decide(would, coordinate, action)
                remembered[key] = compared(before, after, was, action, chain=known.chain)
            found.append(remembered[key])
        differences = tuple(one for one in found if one is not None)
        if differences:
            yield Replayed(index, fields.get("at", ""), differences)


def _standing(fields: Mapping[str, Any], agrees: Agrees, exchanges: Mapping[str, str]) -> Standing:
    """Who asked, and why, as it is on record; and what is agreed on with the exchange that asked for them."""
    who = fields["who"]
    standing = Standing(
        frozenset(who.get("roles", ())),
        who.get("organisation", ""),
        fields.get("purpose", ""),
        Mode(fields.get("mode") or Mode.ORDINARY),
        fields.get("agreement", ""),
    )
    caller = fields.get("caller")
    if caller is None:
        return standing
    organisation = exchanges.get(caller["exchange"], "")  # one that may ask no more is shown nothing
    moment = Moment.exactly(dt.datetime.fromisoformat(fields["at"]))
    agreed = agrees.agreed_with(organisation, standing.purpose, standing.mode, moment)
    return replace(standing, through=Through(organisation, agreed))


__all__ = ["Agrees", "Replayed", "Side", "replay"]
