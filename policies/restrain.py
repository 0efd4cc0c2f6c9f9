"""What must hold between coordinates of one type: no value may give away what a sibling hides (DESIGN, promise 3).

An identity number carries a birth date: shown plainly on a row where the birth date is masked, it would undo the
mask. So its plain grants are narrowed to the rows where everything that it gives away is plain too; on the others
the next covering mask shows it, or nothing. Narrowing only takes: no row becomes visible, no mask less strict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN, Decision, Grant
from vocabulary.rows import NOTHING, RowRule, all_of, any_of


def restrain(
    decisions: Mapping[Coordinate, Decision], reveals: Mapping[Coordinate, tuple[Coordinate, ...]]
) -> dict[Coordinate, Decision]:
    """The same `read` decisions of one standing, each plain only where all that it gives away is plain.

    `reveals` holds what a plain value gives away directly; what that gives away in turn is followed, in circles too.
    A coordinate that is given away and has no decision here counts as withheld on every row.
    """
    restrained = dict(decisions)
    for coordinate, decision in decisions.items():
        given = _given_away(coordinate, reveals)
        if given:
            plain = all_of(*(decisions[other].plain if other in decisions else NOTHING for other in given))
            restrained[coordinate] = _narrowed(decision, plain, reason="reveals", only=PLAIN)
    return restrained


def derived(companion: Decision, inputs: Decision, derive: Decision) -> Decision:
    """The companion's `read` decision, on rows whose input may be read plainly or may feed a computed field.

    `inputs` is the `read` decision of the coordinate that it is computed from, `derive` the `derive` decision there.
    """
    return _narrowed(companion, any_of(inputs.plain, derive.visible), reason="derive")


def _given_away(coordinate: Coordinate, reveals: Mapping[Coordinate, tuple[Coordinate, ...]]) -> list[Coordinate]:
    """Everything that a plain value gives away, directly or through what it gives away."""
    found: set[Coordinate] = set()
    waiting = list(reveals.get(coordinate, ()))
    while waiting:
        other = waiting.pop()
        if other not in found:
            found.add(other)
            waiting.extend(reveals.get(other, ()))
    return sorted(found - {coordinate})


def _narrowed(decision: Decision, rows: RowRule, *, reason: str, only: str | None = None) -> Decision:
    """The decision with its grants (`only` those that show so) narrowed to `rows`; `reason` when that leaves none."""
    grants = tuple(
        Grant(narrow, grant.shown, grant.line)
        for grant in decision.grants
        if (narrow := grant.rows if only not in (None, grant.shown) else all_of(grant.rows, rows)) != NOTHING
    )
    word = decision.reason or ("" if grants else reason)
    return replace(decision, grants=grants, reason=word)
