"""Conditions: what a row rule may ask of a row beyond its area. Declared in `exchange.yaml`, named in policy lines."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from vocabulary.fetch import Predicate
from vocabulary.values import Value


@dataclass(frozen=True, slots=True)
class Condition(ABC):
    """One declared condition: `kind` and parameters under a name. Frozen, hashable, and three-valued like row rules.

    `field` names the field that it judges: of the row's own type or, where that has none of this name, of the type of
    its data subject. None: it judges the subject's consent for the purpose of the question. `rests_on_time`: it says
    something else at another moment, so that while the clocks disagree nobody can say what. `rests_on_organisation`: it
    says something else to another organisation, so that a calling exchange, which says whose people ask, could choose.
    """

    kind: ClassVar[str]
    rests_on_time: ClassVar[bool] = False
    rests_on_organisation: ClassVar[bool] = False
    name: str

    @property
    @abstractmethod
    def field(self) -> str | None:
        """The field whose value it judges."""

    @abstractmethod
    def fits(self, scalar: str) -> bool:
        """Whether it can judge values of this scalar."""

    @abstractmethod
    def holds(self, value: Value, organisation: str, at: dt.datetime) -> bool | None:
        """Judge one value, for an asker of `organisation` at the moment `at`; None where that can't be known."""

    @abstractmethod
    def predicate(self, field: str) -> Predicate | None:
        """The same as a question to the source that holds `field`, over the slots that `bound` names.

        None: no source can answer it, so it is judged where rows arrive.
        """

    @abstractmethod
    def bound(self, organisation: str, at: dt.datetime) -> Mapping[str, Value | tuple[Value, ...]]:
        """The values of the slots of `predicate`, whose names begin with the condition's."""


@dataclass(frozen=True, slots=True)
class ConditionDeclaration:
    """A condition as `exchange.yaml` writes it: made into a `Condition` by `policies.conditions.make_condition`."""

    name: str
    kind: str
    parameters: Mapping[str, object]
