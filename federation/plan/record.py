"""A plan → what the receipt says of each coordinate in it, and which masks the answer names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from federation.errors import Code, Refusal
from federation.plan.nodes import Deliver, Withheld
from federation.plan.places import Kept
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN, Decision
from vocabulary.receipt import Shown

_RECORD = 14_336  # bytes that the decisions may take of an entry of 32 KiB, of which the document may take 16
_ITEM = 50  # bytes of one of them beside its texts


def recorded(
    lines: Iterable[Decision],
    used: Mapping[Coordinate, tuple[str, Decision]],
    told: Iterable[Deliver],
    withheld: Iterable[Withheld],
) -> tuple[Shown, ...]:
    """How the cells of each coordinate are shown, on which rows, by which line.

    `used` are the coordinates that arguments rest on, each with the way in which they do; `told` is what other
    organisations learn.

    Raises:
        Refusal: DOCUMENT_TOO_WIDE, it does not fit into one entry of the log.
    """
    shown: list[Shown] = [one for decision in lines for one in _lines(decision.coordinate, decision)]
    for coordinate, (use, decision) in used.items():
        shown.extend(replace(one, shown=use) for one in _lines(coordinate, decision) if one.shown == PLAIN)
    for deliver in told:
        said = _lines(deliver.coordinate, deliver.decision)
        shown.extend(replace(one, shown=f"deliver {deliver.organisation}") for one in said)
    shown.extend(Shown(str(one.coordinate), "withheld", one.reason, "") for one in withheld)
    distinct = tuple(dict.fromkeys(shown))
    if sum(_ITEM + len(one.coordinate) + len(one.shown) + len(one.rows) + len(one.line) for one in distinct) > _RECORD:
        sentence = "So many fields and policy lines don't fit into one entry of the log. Ask for less at a time."
        raise Refusal(Code.DOCUMENT_TOO_WIDE, sentence)
    return distinct


def facts_delivers(kept: Kept) -> Iterator[Deliver]:
    """What other organisations are told so that rows of a type can be decided."""
    waiting = [] if kept.rows is None else [one for one in (kept.rows.facts, kept.rows.place) if one is not None]
    while waiting:
        facts = waiting.pop()
        if facts.deliver is not None:
            yield facts.deliver
        if facts.place is not None:
            waiting.append(facts.place)


def _lines(coordinate: Coordinate, decision: Decision) -> list[Shown]:
    """One item per way of showing: all rows it is shown on, and all lines that say so."""
    ways: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for grant in decision.grants:
        rows, lines = ways.setdefault(grant.shown, ({}, {}))
        rows[str(grant.rows)], lines[grant.line] = None, None
    for deny in decision.denies:
        rows, lines = ways.setdefault("denied", ({}, {}))
        rows[str(deny.rows)], lines[deny.line] = None, None
    return [Shown(str(coordinate), way, " or ".join(rows), ", ".join(lines)) for way, (rows, lines) in ways.items()]


def masked(lines: Mapping[Coordinate, Decision]) -> dict[str, tuple[str, ...]]:
    """`Type.field` → the masks that some of its cells may be shown through: `extensions.masked`."""
    found: dict[str, tuple[str, ...]] = {}
    for coordinate, decision in lines.items():
        masks = tuple(dict.fromkeys(grant.shown for grant in decision.grants if grant.shown != PLAIN))
        if masks:
            found[str(coordinate)] = masks
    return found
