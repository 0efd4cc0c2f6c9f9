"""Conditions of rows: one kind, one file, one line in `CONDITIONS`."""

from __future__ import annotations

from policies.conditions.age import AgeCondition
from policies.conditions.consent import ConsentCondition, NoObjectionCondition
from policies.conditions.making import Makes
from policies.conditions.not_older import NotOlderCondition
from policies.conditions.organisation import OrganisationCondition
from policies.conditions.value import ValueCondition
from policies.errors import ConditionError
from vocabulary.condition import Condition, ConditionDeclaration

CONDITIONS: tuple[Makes, ...] = (
    OrganisationCondition,
    ValueCondition,
    NotOlderCondition,
    AgeCondition,
    ConsentCondition,
    NoObjectionCondition,
)


def make_condition(declared: ConditionDeclaration) -> Condition:
    """The condition that a declaration means.

    Raises:
        ConditionError: there is no such kind, or its parameters don't fit.
    """
    for kind in CONDITIONS:
        if kind.kind == declared.kind:
            return kind.make(declared.name, declared.parameters)
    known = ", ".join(one.kind for one in CONDITIONS)
    raise ConditionError(f"condition {declared.name}: {declared.kind!r} is no kind of condition; write one of {known}")


__all__ = ["CONDITIONS", "make_condition"]
