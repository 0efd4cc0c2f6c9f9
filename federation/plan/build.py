"""An operation and the decisions of one standing → a plan. One walk over what is asked; nothing is fetched here.

Rules of promises 3, 4 and 6 that are checked here: every path to a type ends in the same entity plan; the row rule of
a type is pushed where its own source holds the area, and applied on arrival everywhere; a key goes to a source of
another organisation only under a `deliver` line; what may not be fetched is left out of the plan, not filtered later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from federation.document.operation import Field, Operation
from federation.document.structure import Slot
from federation.errors import Code, InternalError, Refusal
from federation.plan.arguments import WhereCompiler, compile_order
from federation.plan.bindings import Bindings
from federation.plan.govern import Governance, TypeView
from federation.plan.nodes import ColumnPlan, Deliver, FactsPlan, Judged, Lead, Named, Page, PlannedAct
from federation.plan.places import Hop, Kept, Place, Plan, RowsPlan, Shown, Wrapper
from federation.plan.record import facts_delivers, masked, recorded
from federation.plan.rules import is_pushed, judged, pushed, relaxed
from federation.plan.withhold import Withholding
from federation.plan.world import World
from federation.schema.as_subgraph import ENTITIES, MASKED, REPRESENTATIONS, SERVICE
from federation.schema.facts import ID, MUTATION, Act
from federation.schema.supergraph import Collection, FieldFacts, FieldKind, TypeFacts
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.fetch import And, Fetch, Order, Predicate, Via, Within, both
from vocabulary.rows import (
    EVERYTHING,
    NOTHING,
    Holds,
    InEmergency,
    Leaf,
    RelatedArea,
    RowRule,
    TiedSubject,
    WithinArea,
    all_of,
    leaves,
)

_INTROSPECTION = ("__schema", "__type", SERVICE)
_OF_AREA = (RelatedArea, WithinArea, InEmergency)


def build(operation: Operation, governance: Governance, world: World) -> Plan:
    """Plan one operation.

    Raises:
        Refusal: an argument that rests on what the reader may not see.
    """
    return _Planner(governance, world).plan(operation)


class _Planner:
    """The state of one walk."""

    def __init__(self, governance: Governance, world: World) -> None:
        self._governance = governance
        self._world = world
        self._types = world.supergraph.types
        self._bindings = Bindings()
        self._hops: list[Hop] = []  # each at the index of its place, less one for the root
        self._known: dict[tuple[object, ...], Hop] = {}
        self._stores: dict[str, int] = {}
        self._asked: dict[str, dict[str, None]] = {}
        self._hidden: dict[str, dict[str, None]] = {}
        self._sealed: set[str] = set()
        self._telling: set[str] = set()
        self._withheld = Withholding(world, governance.standing)
        self._linked: dict[Coordinate, Decision] = {}
        self._rules: dict[str, set[RowRule]] = {}
        self._acts: list[PlannedAct] = []

    def plan(self, operation: Operation) -> Plan:
        answer = tuple(self._root(field) for field in operation.fields if field.name not in _INTROSPECTION)
        for name in self._stores:
            self._rest(name)
        kept = tuple(self._kept(name) for name in self._stores)
        hops = tuple(self._fetched(hop, kept) for hop in self._hops)
        depth = max((hop.wave for hop in hops), default=-1) + 1
        root = MUTATION if operation.acts else "Query"
        lines = {column.decision.coordinate: column.decision for one in kept for column in one.columns}
        told = [hop.deliver for hop in hops if hop.deliver is not None]
        told += [deliver for one in kept for deliver in facts_delivers(one)]
        return Plan(
            places=(Place(0, None, "", (root,)), *(self._place_of(hop) for hop in hops)),
            waves=tuple(tuple(hop for hop in hops if hop.wave == wave) for wave in range(depth)),
            kept=(self._kept_root(root), *kept),
            answer=answer,
            paths={hop.place: self._path(hop) for hop in hops},
            withheld=self._withheld.all,
            shown=recorded((*lines.values(), *self._linked.values()), self._bindings.used, told, self._withheld.all),
            constants=dict(self._bindings.constants),
            slots=tuple(self._bindings.slots.items()),
            bands=tuple(self._bindings.bands),
            areas=frozenset(self._bindings.areas),
            meets=dict(self._bindings.meets),
            conditions=tuple(self._bindings.conditions.values()),
            ties=frozenset(leaf.tie for leaf in self._leaves() if isinstance(leaf, TiedSubject)),
            judges=tuple(place.condition for one in kept for place in (one.rows.judged if one.rows else ())),
            probes=tuple(self._bindings.probes),
            introspective=operation.introspective,
            masked=masked(lines),
            acts=tuple(self._acts),
        )

    def _place_of(self, hop: Hop) -> Place:
        parent = 0 if hop.parent is None else hop.parent
        of = (self._hops[parent - 1].type,) if parent else ()
        return Place(hop.place, parent, _column(hop), (hop.type,), of=of, store=self._stores[hop.type])

    def _kept_root(self, root: str) -> Kept:
        links = {_column(hop): EVERYTHING for hop in self._hops if hop.parent is None}
        return Kept(0, root, -1, EVERYTHING, (), links, "", is_open=True)

    def _path(self, hop: Hop) -> tuple[str, ...]:
        """The response key of the collection that rows come from, where they come from one."""
        while hop.parent is not None:
            hop = self._hops[hop.parent - 1]
        return (hop.field,) if hop.field else ()

    # ── the root ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _root(self, field: Field) -> Shown:
        if field.name == "__typename":
            return Shown(field.key, None)
        if field.name == ENTITIES:
            return self._entities(field)
        if field.name == "node":
            return self._node(field)
        if field.name in self._world.supergraph.acts:
            return self._act(field, self._world.supergraph.acts[field.name])
        return self._collection(field, self._world.supergraph.collections[field.name])

    def _node(self, field: Field) -> Shown:
        slot = field.argument("id")
        if not isinstance(slot, Slot):
            raise Refusal(Code.ARGUMENT_INVALID, "`node` takes an id.")
        return self._one_of(field, Lead.NODE, slot.index)

    def _entities(self, field: Field) -> Shown:
        """What another exchange asks for by the ids that it was given: one hop for each type that it may be of."""
        slot = field.argument(REPRESENTATIONS)
        if not isinstance(slot, Slot):
            raise Refusal(Code.ARGUMENT_INVALID, f"`{REPRESENTATIONS}` takes one list, from one place.")
        return self._one_of(field, Lead.ENTITIES, slot.index)

    def _one_of(self, field: Field, lead: Lead, slot: int) -> Shown:
        """Entities of whichever types a field asks for: each of those is a place of its own."""
        found = []
        for type_name, fields in field.selections:
            facts = self._types[type_name]
            named = self._named(facts) if lead is Lead.ENTITIES else None
            hop = self._hop(Hop(0, lead, type_name, 0, source=str(facts.home), slot=slot, named=named))
            found.append(self._led(field, hop, fields))
        if not found:
            return Shown(field.key, "")
        first, *others = found
        return replace(first, others=tuple(others))

    def _led(self, field: Field, hop: Hop, fields: tuple[Field, ...]) -> Shown:
        """What is shown of the rows that a hop leads to."""
        of = {hop.type: self._outputs(self._types[hop.type], fields, hop)}
        return Shown(field.key, _column(hop), hop.place, of)

    def _named(self, facts: TypeFacts) -> Named | None:
        """How entities of a type may be named by pseudonyms, where their key has such and may be searched by."""
        key = facts.fields[str(facts.key)]
        label = self._world.pairwise(key.masks)
        if label is None or not key.identifier:
            return None
        coordinate = Coordinate(facts.name, key.name)
        match = self._governance.match(coordinate)
        if match.visible == NOTHING:
            return None
        self._bindings.used[coordinate] = ("match", match)
        self._rules.setdefault(facts.name, {self._governance.view(facts.name).visible}).update(_rules(match))
        return Named(key.name, label, match)

    def _act(self, field: Field, act: Act) -> Shown:
        """What is done, and then what it concerned, which is read like any other entity."""
        coordinate = Coordinate(MUTATION, act.field)
        decision = self._governance.write(coordinate)
        if decision.visible == NOTHING:
            contact = self._world.contact(act.graph)
            raise Refusal(Code.ACT_REFUSED, f"{coordinate} is not permitted to you for this purpose. Ask {contact}.")
        self._bindings.used[coordinate] = ("write", decision)
        self._rules.setdefault(MUTATION, set()).update(_rules(decision))
        facts = self._types[act.type]
        hop = self._hop(Hop(0, Lead.ACT, act.type, 0, field=field.key, source=str(facts.home)))
        self._acts.append(PlannedAct(field.key, act.field, field.arguments, decision, hop.place))
        return self._led(field, hop, field.of(act.type))

    def _collection(self, field: Field, collection: Collection) -> Shown:
        view = self._governance.view(collection.type)
        default = Order(collection.page_by, descending=collection.descending)
        order = compile_order(field.argument("orderBy"), view, default)
        where = WhereCompiler(view, self._governance, self._bindings).compile(field.argument("where"))
        first, after = field.argument("first"), field.argument("after")
        page = Page(
            first.index if isinstance(first, Slot) else None,
            after.index if isinstance(after, Slot) else None,
            order,
            field,
        )
        for term in order:
            self._hidden.setdefault(collection.type, {})[term.field] = None
        hop = self._hop(
            Hop(
                0,
                Lead.COLLECTION,
                collection.type,
                0,
                field=field.key,
                source=collection.graph,
                page=page,
                fetch=Fetch(collection.type, (), where=where, order=order, limit=True),
            )
        )
        ((_, fields),) = field.selections
        return Shown(field.key, _column(hop), hop.place, shape=self._wrappers(field.type, fields, hop))

    def _wrappers(self, parent: str, fields: tuple[Field, ...], hop: Hop) -> tuple[Wrapper, ...]:
        """What is asked of a connection and its wrappers, down to the entities that they hold."""
        wrappers = []
        for field in fields:
            if field.type == hop.type:
                output = self._outputs(self._types[hop.type], field.of(hop.type), hop)
                wrappers.append(Wrapper(field.key, field.name, output=output))
            else:
                inner = field.selections[0][1] if field.selections else ()
                name = parent if field.name == "__typename" else field.name
                wrappers.append(Wrapper(field.key, name, self._wrappers(field.type, inner, hop)))
        return tuple(wrappers)

    # ── one type ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _outputs(self, facts: TypeFacts, fields: tuple[Field, ...], hop: Hop) -> tuple[Shown, ...]:
        view = self._governance.view(facts.name)
        self._asked.setdefault(facts.name, {})
        return tuple(self._output(field, view, hop) for field in fields)

    def _output(self, field: Field, view: TypeView, hop: Hop) -> Shown:
        if field.name == "__typename":
            return Shown(field.key, None)
        if field.name == MASKED:
            self._telling.add(view.facts.name)
            return Shown(field.key, MASKED)
        facts = view.facts.fields[field.name]
        if facts.kind is FieldKind.ID:
            self._sealed.add(view.facts.name)
            return Shown(field.key, ID)
        decision = view.decisions[field.name]
        if decision.visible == NOTHING:
            return self._withhold(field, view.facts, facts, decision.reason or "not-granted")
        if facts.kind in {FieldKind.SCALAR, FieldKind.COMPANION}:
            self._asked[view.facts.name][field.name] = None
            return Shown(field.key, field.name)
        return self._link(field, view.facts, facts, decision, hop)

    def _link(self, field: Field, owner: TypeFacts, facts: FieldFacts, decision: Decision, hop: Hop) -> Shown:
        """A relation or a reference: the hop that follows it, unless nothing on the other side may be told or seen."""
        target = self._types[facts.type]
        view = self._governance.view(target.name)
        coordinate = Coordinate(owner.name, field.name)
        rows = decision.visible
        if target.subject and _same_subject(target, owner, self._types):
            # Rows of one subject share what rests on the subject: ask only where some cell may be shown.
            rows = all_of(rows, relaxed(view.visible, lambda leaf: _is_shared(leaf, target)))
        back = owner.subject == field.name and self._came_from_it(hop, field.name, target)
        if back:
            lead, given, source = Lead.BACK, f"{field.name}.{target.key}", owner.home
        elif facts.kind is FieldKind.REFERENCE:
            lead, given, source = Lead.REFERENCE, f"{field.name}.{target.key}", target.home
        else:
            lead, given, source = Lead.RELATION, str(owner.key), facts.graph
        if source is None or owner.home is None:
            raise InternalError(f"{coordinate} leads to no source")
        if (
            lead is Lead.RELATION
            and not facts.many
            and not _is_decided_before(view.visible, target, owner, self._types)
        ):
            # The source would pick one row per owner before anybody knows whether it may be seen: a hidden row would
            # show by displacing another.
            return self._withhold(field, owner, facts, "rows")
        self._hidden.setdefault(owner.name, {})[given] = None
        deliver = None if back else self._deliver(owner, given, source)
        if deliver is not None and deliver.decision.plain == NOTHING:
            return self._withhold(field, owner, facts, "deliver")
        self._linked[coordinate] = decision
        sort = self._plain_order(source, owner, field, view) if lead is Lead.RELATION and facts.many else ()
        child = self._hop(
            Hop(
                0,
                lead,
                target.name,
                hop.wave + (0 if back else 1),
                parent=hop.place,
                field=field.name,
                given=given,
                rows=rows,
                source=source,
                deliver=deliver,
                many=facts.many,
                sort=sort,
            )
        )
        return self._led(field, child, field.of(target.name))

    def _came_from_it(self, hop: Hop, reference: str, target: TypeFacts) -> bool:
        """Whether rows were reached from the very entities that a reference of theirs leads to."""
        if hop.lead is not Lead.RELATION or hop.parent is None:
            return False
        owner = self._hops[hop.parent - 1].type
        relation = self._world.catalogue.sources[hop.source].relation(owner, hop.field)
        return owner == target.name and relation.by == f"{reference}.{target.key}"

    def _plain_order(self, source: str, owner: TypeFacts, field: Field, view: TypeView) -> tuple[Order, ...]:
        """The leading terms of a relation's own order that the reader sees plainly on every row (promise 3)."""
        terms: list[Order] = []
        for term in self._world.catalogue.sources[source].relation(owner.name, field.name).order:
            name = term.removeprefix("-")
            decision = view.decisions.get(name)
            if decision is None or decision.plain != view.visible:
                break
            self._hidden.setdefault(view.facts.name, {})[name] = None
            terms.append(Order(name, descending=term.startswith("-")))
        return tuple(terms)

    def _deliver(self, owner: TypeFacts, given: str, source: str) -> Deliver | None:
        """What a source of another organisation would be told; None where the value stays at home."""
        receiver = self._world.owner(source)
        if receiver == self._world.owner(str(owner.home)):
            return None
        coordinate = Coordinate(owner.name, given.partition(".")[0])
        return Deliver(receiver, coordinate, self._governance.deliver(coordinate, receiver))

    def _withhold(self, field: Field, owner: TypeFacts, facts: FieldFacts, reason: str) -> Shown:
        source = facts.graph or owner.home or ""
        self._withheld.add(Coordinate(owner.name, field.name), facts, source, reason)
        return Shown(field.key, "")

    def _hop(self, hop: Hop) -> Hop:
        """Register a hop; the same way from the same rows is one hop however often it is asked."""
        key = (hop.parent, hop.field, hop.lead, hop.type, hop.slot)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = replace(hop, place=len(self._hops) + 1)
            self._hops.append(known)
            self._stores.setdefault(hop.type, known.place)
        return known

    # ── once everything is known that is asked of a type ──────────────────────────────────────────────────────────

    def _rest(self, name: str) -> None:
        """Collect the rules that rows of a type are decided by, and what they rest on: it is fetched too, hidden."""
        facts, view = self._types[name], self._governance.view(name)
        rules = self._rules.setdefault(name, {view.visible})
        for field in self._asked.get(name, ()):
            rules.update(_rules(view.decisions[field]))
        for hop in self._hops:
            if hop.parent is not None and self._hops[hop.parent - 1].type == name:
                rules.add(hop.rows or NOTHING)
                rules.update(_rules(hop.deliver.decision) if hop.deliver else ())
        for place in self._judged(name):
            if place.field is not None:
                self._hidden.setdefault(name, {})[place.field] = None
            elif place.subject_field is not None:
                self._hidden.setdefault(_subject_type(facts), {})[place.subject_field] = None

    def _judged(self, name: str) -> tuple[Judged, ...]:
        """Where the conditions in the rules of a type find what they judge."""
        found = {leaf.condition.name: leaf.condition for leaf in self._leaves(name) if isinstance(leaf, Holds)}
        return tuple(judged(one, self._types[name]) for _, one in sorted(found.items()))

    def _leaves(self, name: str | None = None) -> frozenset[Leaf]:
        """What the rules of a type, or of all, rest on."""
        chosen = self._rules.values() if name is None else [self._rules.get(name, set())]
        return frozenset[Leaf]().union(*(leaves(rule) for rules in chosen for rule in rules))

    def _facts(self, facts: TypeFacts, places: tuple[Judged, ...]) -> FactsPlan | None:
        """How facts of the subject of a type's rows are had, where their rules rest on some."""
        subject = facts.fields.get(facts.subject or "")
        wanted = [place.subject_field for place in places if place.subject_field is not None]
        # Nobody is told whose row it is for an area that no rule asks for.
        by_area = not facts.has_area and any(isinstance(leaf, _OF_AREA) for leaf in self._leaves(facts.name))
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
            deliver=self._deliver(owner, by, source),
            place=place,
        )

    def _kept(self, name: str) -> Kept:
        view = self._governance.view(name)
        facts = view.facts
        columns = tuple(self._column(view, field) for field in self._asked.get(name, ()))
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
        raw.update(self._hidden.get(name, {}))
        rows = RowsPlan(
            raw=tuple(raw),
            key=facts.key,
            subject=subject,
            area=facts.area,
            area_of=area_of,
            sealed=name in self._sealed,
            tells_masks=name in self._telling,
            judged=places,
            facts=self._facts(facts, places),
            place=place,
        )
        return Kept(
            place=self._stores[name],
            type=name,
            wave=-1,
            visible=view.visible,
            columns=columns,
            links={hop.field: hop.rows or NOTHING for hop in self._hops if self._owner(hop) == name},
            source=str(facts.home),
            subject_type=subject_type if subject else None,
            rows=rows,
        )

    def _owner(self, hop: Hop) -> str | None:
        """The type of the rows that a hop leads from."""
        return None if hop.parent is None else self._hops[hop.parent - 1].type

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
        owner = self._owner(hop)
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


def _column(hop: Hop) -> str:
    """The column of its parent place that leads to what a hop brings."""
    return hop.field if hop.parent is not None else f"#{hop.place}"


def _same_subject(target: TypeFacts, owner: TypeFacts, types: Mapping[str, TypeFacts]) -> bool:
    """Whether rows of `target` are about the owner itself."""
    subject = target.fields[target.subject or ""]
    return subject.kind is FieldKind.REFERENCE and types[subject.type].name == owner.name


def _subject_type(facts: TypeFacts) -> str:
    """The type that a type's subject is an entity of."""
    subject = facts.fields[facts.subject or ""]
    return subject.type if subject.kind is FieldKind.REFERENCE else facts.name


def _is_shared(leaf: Leaf, target: TypeFacts) -> bool:
    """Whether a leaf of the rule of `target` says the same of a row and of its subject."""
    match leaf:
        case TiedSubject():
            return True
        case Holds(condition):
            return judged(condition, target).field is None
        case _:
            return not target.has_area


def _is_decided_before(rule: RowRule, target: TypeFacts, owner: TypeFacts, types: Mapping[str, TypeFacts]) -> bool:
    """Whether the source, or what is known of the owner, decides a rule before one row per owner is picked."""
    shared = target.subject is not None and _same_subject(target, owner, types)
    return all((shared and _is_shared(leaf, target)) or is_pushed(leaf, target) for leaf in leaves(rule))


def _rules(decision: Decision) -> Iterator[RowRule]:
    """Every rule that a decision may be evaluated by."""
    yield from (decision.visible, decision.plain)
    yield from (grant.rows for grant in decision.grants)
    yield from (deny.rows for deny in decision.denies)
