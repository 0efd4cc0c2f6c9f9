"""The reference evaluator: what the policy says about one cell, line by line, written to be read.

It shares no code with the compiled grants and none with Casbin; both must agree with it, and tests compare them.
Read it as the definition of the policy language.
"""

from __future__ import annotations

from collections.abc import Sequence

from policies.lines import Effect, Line, RoleLink
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Principal, Standing
from vocabulary.rows import Everything, WithinArea

WITHHELD = "withheld"


def cell(
    lines: Sequence[Line],
    role_links: Sequence[RoleLink],
    principal: Principal,
    standing: Standing,
    *,
    coordinate: Coordinate,
    action: Action,
    area: Area | None,
    chain: tuple[str, ...],
) -> str:
    """How one cell is shown: `plain`, a mask of `chain`, or `withheld`. `area` None: the row's is not known."""
    covering = []
    for line in lines:
        if _concerns(line, role_links, standing) and line.action == action and _names(line, coordinate):
            covered = _covers(line, principal, area)
            if line.effect is Effect.DENY and covered is not False:  # a deny that may cover does
                return WITHHELD
            if line.effect is Effect.ALLOW and covered is True:  # an allow that may cover does not
                covering.append(line.shown)
    for shown in ("plain", *chain):  # from the least strict
        if shown in covering:
            return shown
    return WITHHELD


def _concerns(line: Line, role_links: Sequence[RoleLink], standing: Standing) -> bool:
    """The line is for this purpose, in this mode, and for someone whom the standing is."""
    if line.purpose not in ("any", standing.purpose) or line.mode not in ("any", standing.mode):
        return False
    if line.subject in ("any", f"org:{standing.organisation}"):
        return True
    return any(_holds(f"role:{role}", line.subject, role_links) for role in standing.roles)


def _holds(role: str, wanted: str, role_links: Sequence[RoleLink]) -> bool:
    """A role is another one, or holds one that is."""
    return role == wanted or any(_holds(link.held, wanted, role_links) for link in role_links if link.holder == role)


def _names(line: Line, coordinate: Coordinate) -> bool:
    """The line's pattern is the coordinate, all of its type, or everything."""
    return line.pattern in ("*", f"{coordinate.type}.*", f"{coordinate.type}.{coordinate.field}")


def _covers(line: Line, principal: Principal, area: Area | None) -> bool | None:
    """The line takes hold of a row there; None where that can't be known."""
    if isinstance(line.area, Everything):
        return True
    if area is None:
        return None
    roots = [line.area.area] if isinstance(line.area, WithinArea) else principal.areas
    return any(area.code.startswith(root.code) for root in roots)
