"""Decisions for one standing, type by type: what every plan, filter and mask of that standing follows from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from federation.schema.supergraph import FieldKind, Supergraph, TypeFacts
from policies.restrain import derived, restrain
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.principal import Action, Standing
from vocabulary.rows import RowRule, any_of

_LEADS = (FieldKind.REFERENCE, FieldKind.RELATION)


class Decides(Protocol):
    """The compiled policy, as planning sees it."""

    def decide(self, standing: Standing, coordinate: Coordinate, action: Action) -> Decision:
        """The decision on one coordinate; a look-up once it has been compiled."""


@dataclass(frozen=True, slots=True)
class TypeView:
    """One type as one standing sees it: a decision per field, and the rows of which anything is visible."""

    facts: TypeFacts
    decisions: Mapping[str, Decision]
    visible: RowRule


class Governance:
    """All views of one standing under one policy, made when first asked for."""

    def __init__(self, policy: Decides, supergraph: Supergraph, standing: Standing) -> None:
        self._policy = policy
        self._supergraph = supergraph
        self.standing = standing
        self._is_supplied = supergraph.join is not None  # then a hidden field may be what another is computed from
        self._views: dict[str, TypeView] = {}

    def view(self, type_name: str) -> TypeView:
        """The view of one governed type."""
        view = self._views.get(type_name)
        if view is None:
            view = self._views[type_name] = self._view(self._supergraph.types[type_name])
        return view

    def subject_types(self, facts: TypeFacts) -> tuple[str, ...]:
        """Whose identifiers those of a type are: its subject's, or (a type about nobody) any person's."""
        if (field := facts.subject_field) is not None:
            return (field.type if field.kind in _LEADS else facts.name,)
        return tuple(name for name, one in self._supergraph.types.items() if self._identifies_itself(one))

    def _identifies_itself(self, facts: TypeFacts) -> bool:
        field = facts.subject_field
        if self._is_supplied:
            return field is not None and field.kind not in _LEADS
        return field is not None and facts.subject == facts.key

    def match(self, coordinate: Coordinate) -> Decision:
        """Whether an identifier may be searched by exact equality."""
        return self._required(self._policy.decide(self.standing, coordinate, Action.MATCH))

    def derive(self, coordinate: Coordinate) -> Decision:
        """Whether a value may feed a computed field."""
        return self._required(self._policy.decide(self.standing, coordinate, Action.DERIVE))

    def write(self, coordinate: Coordinate) -> Decision:
        """Whether something may be done."""
        return self._required(self._policy.decide(self.standing, coordinate, Action.WRITE))

    def deliver(self, coordinate: Coordinate, organisation: str) -> Decision:
        """Whether the system of an organisation may be told a value, with that organisation as the subject.

        What the supergraph requires, it requires of whoever asks: nobody's question moves what they could not be shown.
        """
        standing = self.standing
        receiver = Standing(frozenset(), organisation, standing.purpose, standing.mode, standing.agreement)
        return self._required(self._policy.decide(receiver, coordinate, Action.DELIVER))

    def _view(self, facts: TypeFacts) -> TypeView:
        decisions: dict[Coordinate, Decision] = {}
        reveals: dict[Coordinate, tuple[Coordinate, ...]] = {}
        for name, field in facts.fields.items():
            if field.kind in {FieldKind.ID, FieldKind.PLAIN} or (field.inaccessible and not self._is_supplied):
                continue
            coordinate = Coordinate(facts.name, name)
            decisions[coordinate] = self._required(self._policy.decide(self.standing, coordinate, Action.READ))
            if field.reveals:
                reveals[coordinate] = tuple(Coordinate(facts.name, other) for other in field.reveals)
        restrained = restrain(decisions, reveals)
        for coordinate, decision in restrained.items():
            companion = facts.fields[coordinate.field].companion
            if companion is not None:
                of = Coordinate(facts.name, companion.of)
                restrained[coordinate] = derived(decision, restrained.get(of, Decision(of)), self.derive(of))
        shown = (one for one in restrained.values() if not facts.fields[one.coordinate.field].inaccessible)
        visible = any_of(*(decision.visible for decision in shown))
        return TypeView(facts, {coordinate.field: one for coordinate, one in restrained.items()}, visible)

    def _required(self, decision: Decision) -> Decision:
        """The decision, or none where this standing lacks what the supergraph itself requires."""
        for requirement in self._supergraph.requires(decision.coordinate):
            if not requirement.is_met(self.standing.roles):
                return replace(decision, grants=(), reason=requirement.word)
        return decision
