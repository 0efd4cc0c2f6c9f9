"""The Casbin model, and an enforcer over loaded lines.

Casbin is the store of the policy and of the role graph. Its `enforce` looks at every line for every cell, and under
allow-and-deny its `enforce_ex` names no line for an allow, so that decisions are compiled (`policies/compile.py`)
and compared with it in tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from importlib.resources import files
from typing import Any

import casbin

from policies.lines import ANY, Effect, Line, PolicyFacts, RoleLink, patterns
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode, Standing
from vocabulary.rows import Asker, Relation, RowFacts, Tie, is_related

MODEL = files(__package__).joinpath("model.conf").read_text(encoding="utf-8")
EMERGENCY = "emergency"
LINE = -1
"""Where a rule of the store has the name of its line."""


def enforcer_of(  # Any: casbin ships no types
    lines: Iterable[Line], links: Iterable[RoleLink], facts: PolicyFacts
) -> Any:
    """A Casbin enforcer that holds these lines, in their order, and these role links."""
    enforcer = casbin.Enforcer(casbin.Enforcer.new_model(text=MODEL))
    # Appended as Casbin's own adapters do: `add_policy` compares each line with all before it.
    enforcer.model["p"]["p"].policy.extend([*line.columns, line.agreement or ANY, line.name] for line in lines)
    enforcer.model["g"]["g"].policy.extend([link.holder, link.held] for link in links)
    enforcer.build_role_links()
    _register(enforcer, facts)
    return enforcer


def subjects_of(standing: Standing) -> tuple[str, ...]:
    """The subjects by which lines may name a standing, besides `any`, before nested roles."""
    return (*(f"role:{role}" for role in sorted(standing.roles)), f"org:{standing.organisation}")


def enforce(
    enforcer: Any,
    standing: Standing,
    facts: PolicyFacts,
    *,
    asker: Asker,
    coordinate: Coordinate,
    action: Action,
    row: RowFacts,
) -> bool:
    """What Casbin says about one cell: shown somehow, or not.

    Through another exchange it is asked twice: for the person, and for the agreements with that exchange.
    """
    guards = _guards(standing, facts, coordinate, action)

    def says(subjects: tuple[str, ...], agreements: tuple[str, ...], row: RowFacts) -> bool:
        said: bool = enforcer.enforce(
            subjects, (row, asker), guards, coordinate, action, standing.purpose, standing.mode, agreements
        )
        return said

    is_shown, through = says(subjects_of(standing), (ANY, standing.agreement), row), standing.through
    if through is None:
        return is_shown
    subjects = subjects_of(replace(standing, organisation=through.organisation))
    if through.organisation != standing.organisation:
        known = {name: value for name, value in row.values.items() if not facts.conditions[name].rests_on_organisation}
        row = replace(row, values=known)
    return is_shown and says(subjects, tuple(sorted(through.agreements - {"", ANY})), row)


def _guards(standing: Standing, facts: PolicyFacts, coordinate: Coordinate, action: Action) -> tuple[str, ...]:
    """Words that must hold for every allow beyond its own: the emergency's area, and what the category needs."""
    words = [EMERGENCY] if standing.mode is Mode.EMERGENCY else []
    if action is Action.READ and coordinate in facts.coordinates:
        safeguards = facts.coordinates[coordinate].safeguards
        words += [*safeguards.get(ANY, ()), *safeguards.get(standing.purpose, ())]
    return tuple(words)


def _register(enforcer: Any, facts: PolicyFacts) -> None:
    """Give the enforcer the functions that the matcher of model.conf calls."""
    roles = enforcer.get_role_manager()

    def holds(subjects: tuple[str, ...], wanted: str) -> bool:
        return wanted == ANY or any(roles.has_link(subject, wanted) for subject in subjects)

    def covers(rows: str, effect: str, cell: tuple[RowFacts, Asker]) -> bool:
        """Whether a line takes hold of a row. Where a fact is not known a deny does, an allow does not."""
        answers = [_answer(word, *cell, facts) for word in rows.split(" ")]
        return False not in answers if effect == Effect.DENY else set(answers) == {True}

    def guarded(effect: str, guards: tuple[str, ...], cell: tuple[RowFacts, Asker]) -> bool:
        return effect == Effect.DENY or all(_answer(word, *cell, facts) is True for word in guards)

    enforcer.add_function("applies", _applies)
    enforcer.add_function("under", _under)
    enforcer.add_function("matches", _matches)
    enforcer.add_function("holds", holds)
    enforcer.add_function("covers", covers)
    enforcer.add_function("guarded", guarded)


def _applies(written: str, asked: str) -> bool:
    return written in (ANY, asked)


def _under(agreement: str, effect: str, agreements: tuple[str, ...]) -> bool:
    """Whether the agreement of a line, or `any` of one of none, lets it count; a deny of none always does."""
    return agreement in agreements or (agreement == ANY and effect == Effect.DENY)


def _matches(pattern: str, coordinate: Coordinate) -> bool:
    return pattern in patterns(coordinate)


def _answer(word: str, row: RowFacts, asker: Asker, facts: PolicyFacts) -> bool | None:
    """One word of the column `rows`, for one row."""
    if word == ANY:
        return True
    if word in tuple(Tie):
        return None if row.subject is None else row.subject in asker.tied.get((Tie(word), row.subject_type), ())
    if word in facts.conditions:
        return facts.conditions[word].holds(row.values.get(word), asker.organisation, asker.at)
    if row.area is None:
        return None
    if word == EMERGENCY:
        return any(one.contains(row.area) for one in asker.emergencies)
    if word in tuple(Relation):
        return any(is_related(Relation(word), row.area, mine) for mine in asker.areas)
    return Area(word).contains(row.area)
