"""Once everything is known that is asked of a type: how its rows are had and decided, and the requests of all hops.

The row rule of a type is pushed where its own source holds what it rests on, and applied on arrival everywhere. What
else it rests on is asked for, hidden: each type has one source of its subject and area facts (promise 4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from federation.plan.bindings import Bindings
from federation.plan.declared.draft import Draft
from federation.plan.govern import Governance, TypeView
from federation.plan.nodes import ColumnPlan, Deliver, FactsPlan, Judged, Lead
from federation.plan.places import Hop, Kept, RowsPlan
from federation.plan.rules import judged, pushed
from federation.plan.world import World
from federation.schema.supergraph import FieldFacts, FieldKind, TypeFacts
from vocabulary.decision import Decision
from vocabulary.fetch import And, Fetch, Predicate, Via, Within, both
from vocabulary.rows import NOTHING, Holds, InEmergency, Leaf, RelatedArea, RowRule, WithinArea, leaves

_OF_AREA = (RelatedArea, WithinArea, InEmergency)

Tells: TypeAlias = Callable[[TypeFacts, str, str], Deliver | None]
"""The type, a raw field of its rows, and the source to be told its values → what that gives away; None: nothing."""


class Keeping:
    """Lays down one draft."""

    def __init__(self, draft: Draft, world: World, governance: Governance, bindings: Bindings, tells: Tells) -> None:
        self._draft = draft
        self._types = world.supergraph.types
        self._governance = governance
        self._bindings = bindings
        self._tells = tells

    def kept(self) -> tuple[Kept, ...]:
        """How the rows of each type are decided and shown."""
        for name in self._draft.stores:
            self._rest(name)
        return tuple(self._kept(name) for name in self._draft.stores)

    def hops(self, kept: tuple[Kept, ...]) -> tuple[Hop, ...]:
        """The hops with the requests that they make."""
        return tuple(self._fetched(hop, kept) for hop in self._draft.hops)

    def rests(self, name: str | None = None) -> frozenset[Leaf]:
        """What the rules of a type, or of all, rest on."""
        chosen = self._draft.rules.values() if name is None else [self._draft.rules.get(name, set())]
        return frozenset[Leaf]().union(*(leaves(rule) for rules in chosen for rule in rules))

    def _rest(self, name: str) -> None:
        """Collect the rules that rows of a type are decided by, and what they rest on: it is fetched too, hidden."""
        facts, view = self._types[name], self._governance.view(name)
        rules = self._draft.rules.setdefault(name, {view.visible})
        for field in self._draft.asked.get(name, ()):
            rules.update(rules_of(view.decisions[field]))
        for hop in self._draft.hops:
            if self._draft.owner(hop) == name:
                rules.add(hop.rows or NOTHING)
                rules.update(rules_of(hop.deliver.decision) if hop.deliver else ())
        for place in self._judged(name):
            if place.field is not None:
                self._draft.hide(name, place.field)
            elif place.subject_field is not None:
                self._draft.hide(subject_type(facts), place.subject_field)

    def _judged(self, name: str) -> tuple[Judged, ...]:
        """Where the conditions in the rules of a type find what they judge."""
        found = {leaf.condition.name: leaf.condition for leaf in self.rests(name) if isinstance(leaf, Holds)}
        return tuple(judged(one, self._types[name]) for _, one in sorted(found.items()))

    def _facts(self, facts: TypeFacts, places: tuple[Judged, ...]) -> FactsPlan | None:
        """How facts of the subject of a type's rows are had, where their rules rest on some."""
        subject = facts.fields.get(facts.subject or "")
        wanted = [place.subject_field for place in places if place.subject_field is not None]
        # Nobody is told whose row it is for an area that no rule asks for.
        by_area = not facts.has_area and any(isinstance(leaf, _OF_AREA) for leaf in self.rests(facts.name))
        if subject is None or subject.kind is not FieldKind.REFERENCE or not (by_area or wanted):
            return None
        return self._facts_by(facts, subject, wanted, area=by_area)

    def _place(self, facts: TypeFacts) -> FactsPlan | None:
        """How the area of an entity that rows name is had, where that is their area."""
        return None if facts.area_by is None else self._facts_by(facts, facts.fields[facts.area_by], [], area=True)

    def _facts_by(self, owner: TypeFacts, reference: FieldFacts, wanted: list[str], *, area: bool) -> FactsPlan:
        """How facts of the entities that a reference leads to are had: its area, and the fields that are wanted."""
        target = self._types[reference.type]
        by, source = f"{reference.name}.{target.key}", str(target.home)
        place = self._place(target) if area else None
        own = [name for name in (target.area if area else None, place.by if place else None) if name is not None]
        fields = tuple(dict.fromkeys([str(target.key), *own, *wanted]))
        return FactsPlan(
            type=target.name,
            source=source,
            by=by,
            fields=fields,
            area=target.area if area else None,
            personal=target.subject is not None and target.subject == target.key,
            deliver=self._tells(owner, by, source),
            place=place,
        )

    def _kept(self, name: str) -> Kept:
        view = self._governance.view(name)
        facts = view.facts
        columns = tuple(self._column(view, field) for field in self._draft.asked.get(name, ()))
        subject, subject_type, area_of = facts.subject, facts.name, None
        if subject is not None and facts.fields[subject].kind is FieldKind.REFERENCE:
            subject_type = facts.fields[subject].type
            subject = f"{subject}.{self._types[subject_type].key}"
            area_of = None if facts.has_area else subject_type
        places, place = self._judged(name), self._place(facts)
        raw: dict[str, None] = {}
        for field in (
            facts.key,
            subject,
            facts.area,
            place.by if place else None,
            *(column.source for column in columns),
        ):
            if field is not None:
                raw[field] = None
        raw.update(self._draft.hidden.get(name, {}))
        rows = RowsPlan(
            raw=tuple(raw),
            key=facts.key,
            subject=subject,
            area=facts.area,
            area_of=area_of,
            sealed=name in self._draft.sealed,
            tells_masks=name in self._draft.telling,
            judged=places,
            facts=self._facts(facts, places),
            place=place,
        )
        return Kept(
            place=self._draft.stores[name],
            type=name,
            wave=-1,
            visible=view.visible,
            columns=columns,
            links={hop.field: hop.rows or NOTHING for hop in self._draft.hops if self._draft.owner(hop) == name},
            source=str(facts.home),
            subject_type=subject_type if subject else None,
            rows=rows,
        )

    @staticmethod
    def _column(view: TypeView, field: str) -> ColumnPlan:
        companion, decision = view.facts.fields[field].companion, view.decisions[field]
        ways = {grant.shown for grant in decision.grants}
        way = ways.pop() if len(ways) == 1 and decision.visible == view.visible else None
        return ColumnPlan(field, companion.of if companion else field, decision, companion, way)

    def _fetched(self, hop: Hop, kept: tuple[Kept, ...]) -> Hop:
        """The hop with the request that it makes: all raw fields of its type, its row rule pushed where it can be."""
        if hop.lead is Lead.BACK:
            return hop
        facts = self._types[hop.type]
        (mine,) = (one for one in kept if one.type == hop.type)
        raw = mine.rows.raw if mine.rows is not None else ()
        rule = pushed(mine.visible, facts, self._bindings)
        if hop.fetch is not None:
            where = self._narrowed(both(rule, hop.fetch.where))
            plain = self._narrowed(hop.fetch.where)
            return replace(hop, fetch=replace(hop.fetch, fields=raw, where=where), unruled=plain)
        owner = self._draft.owner(hop)
        if hop.lead is Lead.RELATION and owner is not None:
            via = Via(owner, str(self._types[owner].key), hop.field)
        else:
            via = Via(hop.type, str(facts.key))
        return replace(hop, fetch=Fetch(hop.type, raw, via=via, where=rule))

    def _narrowed(self, where: Predicate) -> Predicate:
        """One range of areas in place of several that must all hold: a source scans by the first index it finds."""
        if not isinstance(where, And):
            return where
        ranges: dict[str, list[str]] = {}
        for part in where.parts:
            if isinstance(part, Within):
                ranges.setdefault(part.field, []).append(part.slot)
        parts: list[Predicate] = [one for one in where.parts if not isinstance(one, Within)]
        for field, slots in ranges.items():
            meet = "&".join(dict.fromkeys(slots))
            if len(set(slots)) > 1:
                self._bindings.meets[meet] = tuple(dict.fromkeys(slots))
            parts.insert(0, Within(field, meet))
        return both(*parts)


def subject_type(facts: TypeFacts) -> str:
    """The type that a type's subject is an entity of."""
    subject = facts.fields[facts.subject or ""]
    return subject.type if subject.kind is FieldKind.REFERENCE else facts.name


def rules_of(decision: Decision) -> Iterator[RowRule]:
    """Every rule that a decision may be evaluated by."""
    yield from (decision.visible, decision.plain)
    yield from (grant.rows for grant in decision.grants)
    yield from (deny.rows for deny in decision.denies)
