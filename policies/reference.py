"""The reference evaluator: what the policy says about one cell, line by line, written to be read.

It shares no code with the compiled grants and none with Casbin; both must agree with it, and tests compare them.
Read it as the definition of the policy language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from policies.lines import CoordinateFacts, Effect, Line, PolicyFacts, RoleLink
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode, Standing, Through
from vocabulary.rows import (
    AllOf,
    Asker,
    Everything,
    Holds,
    RelatedArea,
    Relation,
    RowFacts,
    RowRule,
    TiedSubject,
    WithinArea,
)

WITHHELD = "withheld"


def cell(
    lines: Sequence[Line],
    role_links: Sequence[RoleLink],
    asker: Asker,
    standing: Standing,
    facts: PolicyFacts,
    *,
    coordinate: Coordinate,
    action: Action,
    row: RowFacts,
) -> str:
    """How one cell is shown: `plain`, a mask of its chain, or `withheld`."""
    if standing.through is not None:
        return _cell_through(
            lines,
            role_links,
            asker,
            replace(standing, through=None),
            standing.through,
            facts=facts,
            coordinate=coordinate,
            action=action,
            row=row,
        )
    known = facts.coordinates[coordinate]
    covering = []
    for line in lines:
        if _concerns(line, role_links, standing) and line.action == action and _names(line, coordinate):
            covered = _covers(line.rows, row, asker)
            if line.effect is Effect.DENY and covered is not False:  # a deny that may cover does
                return WITHHELD
            if line.effect is Effect.ALLOW and covered is True:  # an allow that may cover does not
                covering.append(line.shown)
    if standing.mode is Mode.EMERGENCY and not _in_emergency(row, asker):
        return WITHHELD
    if action is Action.READ and not _is_safe(known, facts, standing, row, asker):
        return WITHHELD
    for shown in ("plain", *known.chain):  # from the least strict
        if shown in covering:
            return shown
    return WITHHELD


def _cell_through(
    lines: Sequence[Line],
    role_links: Sequence[RoleLink],
    asker: Asker,
    person: Standing,
    through: Through,
    *,
    facts: PolicyFacts,
    coordinate: Coordinate,
    action: Action,
    row: RowFacts,
) -> str:
    """How one cell is shown through another exchange: the stricter of how the person and the agreements show it."""
    agreed_lines = [
        replace(line, agreement="")
        for line in lines
        if (line.agreement and line.agreement in through.agreements)
        or (line.effect is Effect.DENY and not line.agreement)
    ]
    agreed_row = row
    if through.organisation != person.organisation:  # then whose records those are is not for the caller to say
        known = {name: value for name, value in row.values.items() if not facts.conditions[name].rests_on_organisation}
        agreed_row = replace(row, values=known)
    exchange = replace(person, organisation=through.organisation, agreement="")
    seen = cell(lines, role_links, asker, person, facts, coordinate=coordinate, action=action, row=row)
    agreed = cell(
        agreed_lines, role_links, asker, exchange, facts, coordinate=coordinate, action=action, row=agreed_row
    )
    ways = ("plain", *facts.coordinates[coordinate].chain, WITHHELD)
    return max(seen, agreed, key=ways.index)


def _is_safe(known: CoordinateFacts, facts: PolicyFacts, standing: Standing, row: RowFacts, asker: Asker) -> bool:
    """Everything that the category of a sensitive coordinate needs for this purpose holds."""
    needed = (*known.safeguards.get("any", ()), *known.safeguards.get(standing.purpose, ()))
    conditions = [facts.conditions[name] for name in needed]
    return all(one.holds(row.values.get(one.name), asker.organisation, asker.at) is True for one in conditions)


def _concerns(line: Line, role_links: Sequence[RoleLink], standing: Standing) -> bool:
    """The line is for this purpose, in this mode, under this agreement, and for someone whom the standing is."""
    if line.purpose not in ("any", standing.purpose) or line.mode not in ("any", standing.mode):
        return False
    if line.agreement and line.agreement != standing.agreement:
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


def _covers(rule: RowRule, row: RowFacts, asker: Asker) -> bool | None:
    """The rule of a line takes hold of a row; None where that can't be known."""
    match rule:
        case Everything():
            return True
        case AllOf(parts):
            answers = {_covers(part, row, asker) for part in parts}
            return False if False in answers else None if None in answers else True
        case RelatedArea() | WithinArea() if row.area is None:
            return None
        case WithinArea(area):
            return str(row.area).startswith(area.code)
        case RelatedArea(relation):
            return any(_lies(relation, str(row.area), own.code) for own in asker.areas)
        case TiedSubject(tie):
            return None if row.subject is None else row.subject in asker.tied.get((tie, row.subject_type), ())
        case Holds(condition):
            return condition.holds(row.values.get(condition.name), asker.organisation, asker.at)
        case _:
            raise ValueError(f"no line has the rule {rule}")


def _lies(relation: Relation, code: str, own: str) -> bool:
    match relation:
        case Relation.OWN:
            return code.startswith(own)
        case Relation.WITHIN:
            return code.startswith(own) and code != own
        case Relation.EXACTLY:
            return code == own
        case Relation.PARENT:
            above = {15: own[:12], 12: own[:9], 9: own[:6], 6: own[:2], 2: None}[len(own)]
            return code == above


def _in_emergency(row: RowFacts, asker: Asker) -> bool:
    return row.area is not None and any(row.area.code.startswith(one.code) for one in asker.emergencies)
