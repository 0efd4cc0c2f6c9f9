"""Row rules as questions to a source: what of a rule the source can decide is pushed, the rest waits for the rows.

What is pushed is implied by the rule, so that no row that it covers is lost; every row is decided again where it
arrives (`execute/coverage.py`).
"""

from __future__ import annotations

from collections.abc import Callable

from federation.plan.bindings import EMERGENCY, EXACTLY, OUTERMOST, OWN_AREAS, PARENTS, Bindings, tied_slot
from federation.plan.nodes import Judged
from federation.schema.supergraph import TypeFacts
from vocabulary.condition import Condition
from vocabulary.fetch import ALWAYS, NEVER, And, Compare, Not, Op, Or, Predicate, Within
from vocabulary.rows import (
    EVERYTHING,
    AllOf,
    AnyOf,
    Everything,
    Holds,
    InEmergency,
    Leaf,
    Nothing,
    NotRows,
    RelatedArea,
    Relation,
    RowRule,
    TiedSubject,
    WithinArea,
    all_of,
    any_of,
    negate,
)


def judged(condition: Condition, facts: TypeFacts) -> Judged:
    """The row's own field goes before its subject's."""
    if condition.field is None:
        return Judged(condition)
    if condition.field in facts.fields:
        return Judged(condition, field=condition.field)
    return Judged(condition, subject_field=condition.field)


def pushed(rule: RowRule, facts: TypeFacts, bindings: Bindings, *, holds: bool = True) -> Predicate:
    """A predicate that is implied by the rule (`holds` False: by its complement), over fields of the type."""
    match rule:
        case Everything():
            return ALWAYS if holds else NEVER
        case Nothing():
            return NEVER if holds else ALWAYS
        case NotRows(part):
            return pushed(part, facts, bindings, holds=not holds)
        case AllOf(parts) | AnyOf(parts):
            inner = tuple(pushed(part, facts, bindings, holds=holds) for part in parts)
            return _joined(inner, conjunction=isinstance(rule, AllOf) is holds)
        case _:
            exact = _exact(rule, facts, bindings)
            if exact is None:
                return ALWAYS
            return exact if holds or exact == NEVER else Not(exact)


def is_pushed(rule: RowRule, facts: TypeFacts) -> bool:
    """Whether `pushed` says exactly what the rule says."""
    match rule:
        case Everything() | Nothing():
            return True
        case NotRows(part):
            return is_pushed(part, facts)
        case AllOf(parts) | AnyOf(parts):
            return all(is_pushed(part, facts) for part in parts)
        case _:
            return _exact(rule, facts, Bindings()) is not None


def relaxed(rule: RowRule, known: Callable[[Leaf], bool], *, holds: bool = True) -> RowRule:
    """The narrowest rule that is implied by this one and rests on nothing but leaves that are `known`."""
    match rule:
        case Everything() | Nothing():
            return rule if holds else negate(rule)
        case NotRows(part):
            return relaxed(part, known, holds=not holds)
        case AllOf(parts) | AnyOf(parts):
            inner = [relaxed(part, known, holds=holds) for part in parts]
            return all_of(*inner) if isinstance(rule, AllOf) is holds else any_of(*inner)
        case _:
            return EVERYTHING if not known(rule) else rule if holds else negate(rule)


def _exact(leaf: Leaf, facts: TypeFacts, bindings: Bindings) -> Predicate | None:
    """The leaf as a question to the source of the type; None where that does not know.

    Without an area anywhere no row is known to be inside, and none to be outside, of anything: NEVER, both ways.
    """
    match leaf:
        case Holds(condition):
            place = judged(condition, facts)
            predicate = None if place.field is None else condition.predicate(place.field)
            if predicate is not None:
                bindings.conditions[condition.name] = condition
            return predicate
        case TiedSubject(tie):
            # Whom the asker is tied to is told to the home of the subjects alone: to any other source, the keys would
            # be given away.
            if facts.subject is None or facts.subject != facts.key:
                return None
            return Compare(facts.subject, Op.IN, tied_slot(tie, facts.name))
        case _ if facts.area is None:
            return None if facts.subject is not None or facts.area_by is not None else NEVER
        case _:
            return _of_area(leaf, facts.area, bindings)


def _of_area(leaf: RelatedArea | InEmergency | WithinArea, area: str, bindings: Bindings) -> Predicate:
    match leaf:
        case RelatedArea(Relation.OWN):
            return Within(area, OWN_AREAS)
        case RelatedArea(Relation.EXACTLY):
            return Compare(area, Op.IN, EXACTLY)
        case RelatedArea(Relation.PARENT):
            return Compare(area, Op.IN, PARENTS)
        case RelatedArea():
            # Below one of them: an own area that lies in another is below that one.
            return And((Within(area, OWN_AREAS), Not(Compare(area, Op.IN, OUTERMOST))))
        case InEmergency():
            return Within(area, EMERGENCY)
        case WithinArea(named):
            slot = f"area{named}"
            bindings.constants[slot] = (named.code,)
            return Within(area, slot)


def _joined(parts: tuple[Predicate, ...], *, conjunction: bool) -> Predicate:
    """And, or or, each part once and without what decides nothing."""
    if not conjunction and ALWAYS in parts:
        return ALWAYS
    left = tuple(dict.fromkeys(part for part in parts if part != (ALWAYS if conjunction else NEVER)))
    return left[0] if len(left) == 1 else And(left) if conjunction else Or(left)
