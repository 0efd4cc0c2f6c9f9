"""Where two decisions meet: what somebody is shown who asks through another exchange.

The calling exchange says who asks. What that person would be shown here and what the agreements with that exchange give
are two decisions, and a cell is shown only where both show it, in the stricter of their two ways. So an exchange gets
nothing by inventing a person, and a person gets nothing by coming through an exchange.

For one cell, each side shows the least strict way of its covering grants. The stricter of two minima in one chain is
the minimum, over all pairs, of the stricter of both: so pairs of grants say exactly that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import product

from vocabulary.area import Area
from vocabulary.decision import PLAIN, Decision, Deny, Grant
from vocabulary.rows import EVERYTHING, NOTHING, AllOf, Holds, RowRule, WithinArea, all_of, leaves


def met(person: Decision, agreed: Decision, chain: tuple[str, ...]) -> Decision:
    """What both decisions on one coordinate show, each cell in the stricter way; what either denies is denied.

    `chain` has the coordinate's masks from the least strict. What it does not order can't be compared: that shows
    nothing. The reason is the person's only where something is agreed on: why invented people are shown nothing would
    tell the calling exchange what lines there are.
    """
    strictness = {shown: index for index, shown in enumerate((PLAIN, *chain))}
    pairs = product(_effective(person.grants, strictness), _effective(agreed.grants, strictness))
    grants = _effective((_both(*pair, strictness) for pair in pairs if not _are_apart(*pair)), strictness)
    denies = tuple(dict.fromkeys((*person.denies, *agreed.denies)))
    is_open = bool(grants) and all(deny.rows != EVERYTHING for deny in denies)
    reason = "" if is_open else (agreed.grants and person.reason) or "not-granted"
    return Decision(person.coordinate, grants, denies, reason)


def for_others(agreed: Decision) -> Decision:
    """What agreements with an exchange give for people of other organisations than the one that runs it.

    A condition on the asker's organisation was agreed on for that one, and the calling exchange could say that somebody
    is of any. So for others it is not known whether it holds: no grant covers such rows, and every deny does.
    """
    grants = tuple(grant for grant in agreed.grants if not any(map(_rests_on_organisation, leaves(grant.rows))))
    denies = tuple(Deny(_without_organisation(deny.rows), deny.line) for deny in agreed.denies)
    return replace(agreed, grants=grants, denies=denies)


def _effective(grants: Iterable[Grant], strictness: Mapping[str, int]) -> tuple[Grant, ...]:
    """Those that may show a cell of their own, from the least strict.

    Of masks on the same rows only the least strict one does. Plain takes the place of none: it may still be narrowed to
    rows where it gives nothing away (`policies/restrain.py`), and then the mask below it shows.
    """
    kept: dict[tuple[RowRule, bool], Grant] = {}
    compared = (grant for grant in grants if grant.shown in strictness and grant.rows != NOTHING)
    for grant in sorted(compared, key=lambda one: strictness[one.shown]):
        kept.setdefault((grant.rows, grant.shown == PLAIN), grant)
    return tuple(kept.values())


def _both(one: Grant, other: Grant, strictness: Mapping[str, int]) -> Grant:
    shown = max(one.shown, other.shown, key=strictness.__getitem__)
    return Grant(all_of(one.rows, other.rows), shown, f"{one.line} and {other.line}")


def _are_apart(one: Grant, other: Grant) -> bool:
    """Whether no row lies in both, since their areas do not meet."""
    pairs = product(_areas(one.rows), _areas(other.rows))
    return any(not (area.contains(another) or another.contains(area)) for area, another in pairs)


def _areas(rows: RowRule) -> list[Area]:
    return [part.area for part in _parts(rows) if isinstance(part, WithinArea)]


def _parts(rows: RowRule) -> tuple[RowRule, ...]:
    return rows.parts if isinstance(rows, AllOf) else (rows,)


def _without_organisation(rows: RowRule) -> RowRule:
    return all_of(*(part for part in _parts(rows) if not _rests_on_organisation(part)))


def _rests_on_organisation(part: RowRule) -> bool:
    return isinstance(part, Holds) and part.condition.rests_on_organisation
