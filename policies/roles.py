"""What must hold for role links: no circle, and no chain that Casbin's role manager would lose.

Casbin follows at most ten levels of roles, the first of which is the role itself, so that what is held by the tenth
link is lost without a word: an allow does nothing, and so does a deny.
"""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from policies.errors import PolicyFileError
from policies.lines import RoleLink

DEEPEST = 9
"""In links, from a role to the last one that it holds."""


def check_roles(links: Sequence[RoleLink]) -> list[PolicyFileError]:
    """The problems of the role graph; empty where it is right."""
    graph: TopologicalSorter[str] = TopologicalSorter()
    for link in links:
        graph.add(link.holder, link.held)
    try:
        order = tuple(graph.static_order())  # what is held comes before its holders
    except CycleError as error:
        circle: list[str] = error.args[1]
        return [_circle(links, circle)]
    held: dict[str, list[str]] = {}
    for link in links:
        held.setdefault(link.holder, []).append(link.held)
    depth: dict[str, int] = {}
    for role in order:
        depth[role] = max((depth[below] + 1 for below in held.get(role, ())), default=0)
    return [
        PolicyFileError(
            link.file,
            link.number,
            None,
            f"{link.holder} holds roles more than {DEEPEST} deep",
            f"write lines for {link.holder} itself, or link it to the roles further down",
        )
        for link in links
        if depth[link.held] == DEEPEST
    ]


def _circle(links: Sequence[RoleLink], circle: list[str]) -> PolicyFileError:
    """The problem of a circle, at the last of its lines."""
    last = max(
        (link for link in links if link.holder in circle and link.held in circle),
        key=lambda link: link.number,
    )
    way = " holds ".join(reversed(circle))
    return PolicyFileError(last.file, last.number, None, f"roles go in a circle: {way}", "remove one of these lines")
