"""The walk over declared sources: from the rows of one type to those of another, by collections, ids and relations.

Rules of promises 3, 4 and 6 that are checked here: every path to a type ends in the same rows; a key goes to a source
of another organisation only under a `deliver` line; what may not be fetched is left out of the plan, not dropped later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from federation.document.operation import Field, Operation
from federation.document.structure import Slot
from federation.errors import Code, InternalError, Refusal
from federation.plan.declared.arguments import WhereCompiler, compile_order
from federation.plan.declared.draft import Draft
from federation.plan.declared.kept import Keeping, rules_of
from federation.plan.govern import Governance, TypeView
from federation.plan.nodes import Deliver, Lead, Named, Page, PlannedAct
from federation.plan.places import Hop, Kept, Place, Shown, Wrapper
from federation.plan.record import facts_delivers
from federation.plan.rules import is_pushed, judged, relaxed
from federation.plan.walk import Laid, Walk
from federation.plan.withhold import NoWayError
from federation.plan.world import World
from federation.schema.as_subgraph import ENTITIES, MASKED, REPRESENTATIONS
from federation.schema.facts import ID, MUTATION, Act
from federation.schema.supergraph import Collection, FieldFacts, FieldKind, TypeFacts
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.fetch import Fetch, Order
from vocabulary.rows import EVERYTHING, NOTHING, Holds, Leaf, RowRule, TiedSubject, all_of, leaves


class RowWalk(Walk[Hop]):
    """The state of one walk over declared sources; rows of one type stand where a hop has led."""

    ACTS_ARE_CHECKED = True

    def __init__(self, world: World, governance: Governance) -> None:
        super().__init__(world, governance)
        self._types = world.supergraph.types
        self._draft = Draft()
        self._root_type = "Query"

    def _answer(self, operation: Operation, asked: Iterable[Field]) -> Iterator[Shown]:
        self._root_type = MUTATION if operation.acts else "Query"
        for field in asked:
            yield self._root(field)

    def _laid(self) -> Laid:
        keeping = Keeping(self._draft, self.world, self.governance, self.bindings, self._tells)
        kept = keeping.kept()
        hops = keeping.hops(kept)
        self.delivers.update(dict.fromkeys(deliver for one in kept for deliver in facts_delivers(one)))
        depth = max((hop.wave for hop in hops), default=-1) + 1
        return Laid(
            places=(Place(0, None, "", (self._root_type,)), *(self._place_of(hop) for hop in hops)),
            waves=tuple(tuple(hop for hop in hops if hop.wave == wave) for wave in range(depth)),
            kept=(self._kept_root(), *kept),
            paths={hop.place: self._path(hop) for hop in hops},
            rests=keeping.rests(),
            acts=tuple(self._draft.acts),
        )

    def _place_of(self, hop: Hop) -> Place:
        parent = 0 if hop.parent is None else hop.parent
        of = (self._draft.hops[parent - 1].type,) if parent else ()
        return Place(hop.place, parent, _column(hop), (hop.type,), of=of, store=self._draft.stores[hop.type])

    def _kept_root(self) -> Kept:
        links = {_column(hop): EVERYTHING for hop in self._draft.hops if hop.parent is None}
        return Kept(0, self._root_type, -1, EVERYTHING, (), links, "", is_open=True)

    def _path(self, hop: Hop) -> tuple[str, ...]:
        """The response key of the collection that rows come from, where they come from one."""
        while hop.parent is not None:
            hop = self._draft.hops[hop.parent - 1]
        return (hop.field,) if hop.field else ()

    # ── the root ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _root(self, field: Field) -> Shown:
        if field.name == "__typename":
            return Shown(field.key, None)
        if field.name == ENTITIES:
            return self._entities(field)
        if field.name == "node":
            return self._node(field)
        if field.name in self.world.supergraph.acts:
            return self._act(field, self.world.supergraph.acts[field.name])
        return self._collection(field, self.world.supergraph.collections[field.name])

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
            hop = self._draft.hop(Hop(0, lead, type_name, 0, source=str(facts.home), slot=slot, named=named))
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
        label = self.world.pairwise(key.masks)
        if label is None or not key.identifier:
            return None
        coordinate = Coordinate(facts.name, key.name)
        match = self.governance.match(coordinate)
        if match.visible == NOTHING:
            return None
        self.bindings.used[coordinate] = ("match", match)
        self._draft.rules.setdefault(facts.name, {self.governance.view(facts.name).visible}).update(rules_of(match))
        return Named(key.name, label, match)

    def _act(self, field: Field, act: Act) -> Shown:
        """What is done, and then what it concerned, which is read like any other entity."""
        coordinate = Coordinate(MUTATION, act.field)
        decision = self.governance.write(coordinate)
        self._draft.rules.setdefault(MUTATION, set()).update(rules_of(decision))
        facts = self._types[act.type]
        hop = self._draft.hop(Hop(0, Lead.ACT, act.type, 0, field=field.key, source=str(facts.home)))
        self._draft.acts.append(PlannedAct(field.key, act.field, field.arguments, decision, hop.place))
        return self._led(field, hop, field.of(act.type))

    def _collection(self, field: Field, collection: Collection) -> Shown:
        view = self.governance.view(collection.type)
        default = Order(collection.page_by, descending=collection.descending)
        order = compile_order(field.argument("orderBy"), view, default)
        where = WhereCompiler(view, self.governance, self.bindings).compile(field.argument("where"))
        first, after = field.argument("first"), field.argument("after")
        page = Page(
            first.index if isinstance(first, Slot) else None,
            after.index if isinstance(after, Slot) else None,
            order,
            field,
        )
        for term in order:
            self._draft.hide(collection.type, term.field)
        hop = self._draft.hop(
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
        self._draft.asked.setdefault(facts.name, {})
        return tuple(self.show(hop, field) for field in fields)

    def _own(self, site: Hop, field: Field) -> Shown | None:
        if field.name == MASKED:
            self._draft.telling.add(site.type)
            return Shown(field.key, MASKED)
        if self._types[site.type].fields[field.name].kind is FieldKind.ID:
            self._draft.sealed.add(site.type)
            return Shown(field.key, ID)
        return None

    def _decision(self, site: Hop, field: Field) -> Decision:
        return self.governance.view(site.type).decisions[field.name]

    def _source(self, type_name: str, field: str) -> str:
        if type_name == MUTATION:
            return self.world.supergraph.acts[field].graph
        owner = self._types[type_name]
        return owner.fields[field].graph or owner.home or ""

    def _had(self, site: Hop, field: Field, decision: Decision) -> Shown:
        owner = self._types[site.type]
        facts = owner.fields[field.name]
        if facts.kind in {FieldKind.SCALAR, FieldKind.COMPANION}:
            self._draft.asked[site.type][field.name] = None
            return Shown(field.key, field.name)
        return self._link(field, owner, facts, decision, site)

    def _link(self, field: Field, owner: TypeFacts, facts: FieldFacts, decision: Decision, hop: Hop) -> Shown:
        """A relation or a reference: the hop that follows it, unless nothing on the other side may be told or seen."""
        target = self._types[facts.type]
        view = self.governance.view(target.name)
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
            raise NoWayError(str(coordinate), "rows")
        self._draft.hide(owner.name, given)
        deliver = None if back else self._tells(owner, given, source)
        if deliver is not None and deliver.decision.plain == NOTHING:
            raise NoWayError(str(coordinate), "deliver")
        if deliver is not None:
            self.delivers[deliver] = None
        self.follow(hop, field, decision)
        sort = self._plain_order(source, owner, field, view) if lead is Lead.RELATION and facts.many else ()
        child = self._draft.hop(
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
        owner = self._draft.hops[hop.parent - 1].type
        relation = self.world.catalogue.sources[hop.source].relation(owner, hop.field)
        return owner == target.name and relation.by == f"{reference}.{target.key}"

    def _plain_order(self, source: str, owner: TypeFacts, field: Field, view: TypeView) -> tuple[Order, ...]:
        """The leading terms of a relation's own order that the reader sees plainly on every row (promise 3)."""
        terms: list[Order] = []
        for term in self.world.catalogue.sources[source].relation(owner.name, field.name).order:
            name = term.removeprefix("-")
            decision = view.decisions.get(name)
            if decision is None or decision.plain != view.visible:
                break
            self._draft.hide(view.facts.name, name)
            terms.append(Order(name, descending=term.startswith("-")))
        return tuple(terms)

    def _tells(self, owner: TypeFacts, given: str, source: str) -> Deliver | None:
        """What a source of another organisation would be told; None where the value stays at home."""
        receiver = self.world.owner(source)
        if receiver == self.world.owner(str(owner.home)):
            return None
        coordinate = Coordinate(owner.name, given.partition(".")[0])
        return Deliver(receiver, coordinate, self.governance.deliver(coordinate, receiver))


def _column(hop: Hop) -> str:
    """The column of its parent place that leads to what a hop brings."""
    return hop.field if hop.parent is not None else f"#{hop.place}"


def _same_subject(target: TypeFacts, owner: TypeFacts, types: Mapping[str, TypeFacts]) -> bool:
    """Whether rows of `target` are about the owner itself."""
    subject = target.fields[target.subject or ""]
    return subject.kind is FieldKind.REFERENCE and types[subject.type].name == owner.name


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
