"""The Casbin model, and an enforcer over loaded lines.

Casbin is the store of the policy and of the role graph. Its `enforce` looks at every line for every cell, and under
allow-and-deny its `enforce_ex` names no line for an allow, so that decisions are compiled (`policies/compile.py`)
and compared with it in tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import casbin

from policies.lines import ANY, Effect, Line, RoleLink, patterns
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Standing

MODEL = files(__package__).joinpath("model.conf").read_text(encoding="utf-8")
SUBJECT, LINE = 0, -1
"""Where a rule of the store has its subject, and the name of its line."""


def enforcer_of(lines: Iterable[Line], links: Iterable[RoleLink]) -> Any:  # Any: casbin ships no types
    """A Casbin enforcer that holds these lines, in their order, and these role links."""
    enforcer = casbin.Enforcer(casbin.Enforcer.new_model(text=MODEL))
    # Appended as Casbin's own adapters do: `add_policy` compares each line with all before it.
    enforcer.model["p"]["p"].policy.extend([*line.columns, line.name] for line in lines)
    enforcer.model["g"]["g"].policy.extend([link.holder, link.held] for link in links)
    enforcer.build_role_links()
    _register(enforcer)
    return enforcer


def subjects_of(standing: Standing) -> tuple[str, ...]:
    """The subjects by which lines may name a standing, besides `any`, before nested roles."""
    return (*(f"role:{role}" for role in sorted(standing.roles)), f"org:{standing.organisation}")


def enforce(
    enforcer: Any,
    standing: Standing,
    *,
    own: tuple[Area, ...],
    coordinate: Coordinate,
    action: Action,
    area: Area | None,
) -> bool:
    """What Casbin says about one cell: shown somehow, or not. `area` None: the row's is not known."""
    subjects = subjects_of(standing)
    said: bool = enforcer.enforce(subjects, own, area, coordinate, action, standing.purpose, standing.mode)
    return said


def _register(enforcer: Any) -> None:
    """Give the enforcer the functions that the matcher of model.conf calls."""
    roles = enforcer.get_role_manager()

    def holds(subjects: tuple[str, ...], wanted: str) -> bool:
        return wanted == ANY or any(roles.has_link(subject, wanted) for subject in subjects)

    enforcer.add_function("applies", _applies)
    enforcer.add_function("matches", _matches)
    enforcer.add_function("holds", holds)
    enforcer.add_function("covers", _covers)


def _applies(written: str, asked: str) -> bool:
    return written in (ANY, asked)


def _matches(pattern: str, coordinate: Coordinate) -> bool:
    return pattern in patterns(coordinate)


def _covers(rule: str, effect: str, area: Area | None, own: tuple[Area, ...]) -> bool:
    """Whether a line takes hold of a row. Where the row's area is not known a deny does, an allow does not."""
    if rule == ANY:
        return True
    if area is None:
        return effect == Effect.DENY
    return any(mine.contains(area) for mine in own) if rule == "own" else Area(rule).contains(area)
