"""The walk over a graph of any Federation subgraphs: each field ends at a place and a concrete type, or several.

What decides the objects of a type is asked for the first time that they are shown, hidden, wherever it is had.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from federation.document.operation import Field, Operation
from federation.errors import Code, Refusal
from federation.plan.federated.alike import alike
from federation.plan.federated.asks import Asks
from federation.plan.federated.computed import Computed
from federation.plan.federated.defer import put_off
from federation.plan.federated.draft import Column, DraftPlace, Site
from federation.plan.federated.freeze import freeze_places, freeze_steps
from federation.plan.federated.paths import Paths
from federation.plan.federated.routes import Routes
from federation.plan.federated.sight import Sight, Sights
from federation.plan.federated.text import requests
from federation.plan.federated.unite import unite
from federation.plan.govern import Governance
from federation.plan.nodes import ColumnPlan, Deliver
from federation.plan.places import Kept, Shown, Trace
from federation.plan.walk import Laid, Walk
from federation.plan.withhold import NoWayError
from federation.plan.world import World
from federation.schema.join_graph import JoinGraph
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.rows import (
    EVERYTHING,
    NOTHING,
    InEmergency,
    Leaf,
    RelatedArea,
    RowRule,
    WithinArea,
    any_of,
)

_OF_AREA = (RelatedArea, WithinArea, InEmergency)
_INTROSPECTION = ("__schema", "__type")
_REMEMBERED = 64  # standings, those of policies that have ended among them


class Ways:
    """The ways through one graph of subgraphs: what is learnt of them serves every plan."""

    def __init__(self, world: World, join: JoinGraph) -> None:
        self.world = world
        self.join = join
        self.asks = Asks(join)
        self.paths = Paths(join, self.asks)
        self._computed = Computed(join, self.asks)
        self._sights: OrderedDict[Governance, Sights] = OrderedDict()

    def sights(self, governance: Governance) -> Sights:
        """What a standing sees of every type."""
        if governance not in self._sights:
            self._sights[governance] = Sights(governance, self.world, self.join, self._computed)
            if len(self._sights) > _REMEMBERED:
                self._sights.popitem(last=False)
        self._sights.move_to_end(governance)
        return self._sights[governance]


@dataclass(eq=False)
class _Seen:
    """What is shown of the objects of one type at one place."""

    site: Site
    sight: Sight
    columns: dict[str, Decision]
    links: dict[str, Decision]


class SubgraphWalk(Walk[Site]):
    """The state of one walk over a graph of subgraphs."""

    ACTS_ARE_CHECKED = False

    def __init__(self, graph: Ways, governance: Governance) -> None:
        super().__init__(graph.world, governance)
        self._join, self._asks = graph.join, graph.asks
        self._sights = graph.sights(governance)
        self._routes = Routes(graph.join, graph.asks, graph.paths, self._tells, self._sights.is_open)
        self._seen: dict[Site, _Seen] = {}
        self._paths: dict[int, tuple[str, ...]] = {0: ()}
        self._cut: set[int] = set()  # places below a list: their paths end at it
        self._undecided = False  # while facts are asked for, of objects that may turn out to be hidden
        self._open: dict[Site, bool] = {}

    def _answer(self, operation: Operation, asked: Iterable[Field]) -> Iterator[Shown]:
        site = self._routes.root(str(self._join.mutation) if operation.acts else self._join.query)
        for one in asked:
            if operation.acts:
                self._routes.next_act(site, one.key)
            yield self.show(site, one)

    def _laid(self) -> Laid:
        kept = tuple(self._kept(one) for one in self._seen.values())
        same = alike(self._routes.steps, self._join)
        steps = freeze_steps(self._routes.steps, self._join, same, self._wanted, self._guards)
        steps = unite(put_off(steps, kept), self._join)
        places = freeze_places(self._routes.places, same)
        depth = max((step.wave for step in steps), default=-1) + 1
        waves = tuple(requests([one for one in steps if one.wave == wave], places) for wave in range(depth))
        rests = frozenset[Leaf]().union(*(seen.sight.rests for seen in self._seen.values()))
        return Laid(places, waves, kept, self._paths, rests)

    # ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────────

    def _own(self, site: Site, field: Field) -> Shown | None:  # noqa: ARG002  (it adds nothing to what it was given)
        return None

    def _had(self, site: Site, field: Field, decision: Decision) -> Shown:
        column = self._routes.column(site, field)
        self._see(site, column, field, decision)
        if column.below is None:
            return Shown(field.key, column.name)
        self._mark(site.place.id, column.below.id, field)
        return Shown(field.key, column.name, column.below.id, self._below(site, field, column))

    def _mark(self, place: int, below: int, field: Field) -> None:
        """Say where in the answer the objects of a place stand, for what is told of failures."""
        is_cut = place in self._cut
        self._paths.setdefault(below, self._paths[place] if is_cut else (*self._paths[place], field.key))
        if is_cut or field.many:
            self._cut.add(below)

    def _below(self, site: Site, field: Field, column: Column) -> Mapping[str, tuple[Shown, ...]]:
        """What is shown of the objects that a field leads to, by their types."""
        place, of = column.below, dict[str, tuple[Shown, ...]]()
        if place is None:
            return of
        common = self._routes.common(place, self._join.types[site.type].fields[field.name].type)
        for one, below in place.sites.items():
            fields = self._routes.selected(one, field)
            if fields is None:
                continue
            self._seeing(below)
            of[one] = tuple(self.show(below, inner) if one in common else _nothing(inner) for inner in fields)
        return of

    def _decision(self, site: Site, field: Field) -> Decision:
        """How the cells of a field are shown; computed ones only as far as what they are computed from lets them be."""
        coordinate = Coordinate(site.type, field.name)
        if site.type == self._join.mutation:
            return self.governance.write(coordinate)
        decision = self._sights.of(site.type).decisions[field.name]
        if site.place.parent is None and decision.visible not in {EVERYTHING, NOTHING}:
            return Decision(coordinate, reason=decision.reason or "rows")  # the root has no area, and is about nobody
        if field.arguments and not self._sights.may_ask(coordinate, field, decision):
            return Decision(coordinate, reason="match")
        return decision

    def _source(self, type_name: str, field: str) -> str:
        """The first subgraph that has a field: whom to ask for it."""
        inside = self._join.types[type_name].inside
        return next((graph for graph, one in inside.items() if field in one.fields), next(iter(inside)))

    # ── what it rests on ──────────────────────────────────────────────────────────────────────────────────────────

    def _seeing(self, site: Site) -> _Seen:
        """The objects of a type at a place; the first time that they are shown, what decides them is asked for too."""
        if site in self._seen:
            return self._seen[site]
        sight = self._sights.of(site.type)
        seen = self._seen[site] = _Seen(site, sight, {}, {})
        site.seen = True
        for path in sight.paths:
            column, field = self._trace_column(site, path)
            site.rests = max(site.rests, self._routes.ready(column, field))
        return seen

    def _trace_column(self, site: Site, path: str) -> tuple[Column, Field]:
        field = self._asks.path(site.type, path)
        self._undecided = True
        try:
            return self._routes.hidden(site, field), field
        except NoWayError as error:
            sentence = f"{site.type}: {path}, which its rows are decided by, can't be had here."
            raise Refusal(Code.GRAPH_UNREACHABLE, sentence) from error
        finally:
            self._undecided = False

    def _trace(self, site: Site, path: str) -> Trace:
        """Where a fact that was asked for is found."""
        through, places = list[str](), list[int]()
        field = self._asks.path(site.type, path)
        while True:
            column = site.columns[self._routes.key(site, field)]
            if column.below is None:
                return Trace(tuple(through), tuple(places), column.name)
            through.append(column.name)
            places.append(column.below.id)
            (site,) = column.below.sites.values()
            (field,) = self._routes.selected(site.type, field) or ()

    def _see(self, site: Site, column: Column, field: Field, decision: Decision) -> None:
        if site.type == self._join.mutation:
            return
        seen = self._seeing(site)
        if column.below is None:
            seen.columns[column.name] = decision
        else:
            seen.links[column.name] = decision
            self.follow(site, field, decision)

    def _tells(self, coordinate: Coordinate, sources: frozenset[str], graph: str, every: bool) -> Deliver | None:  # noqa: FBT001  (the contract of `Tells`)
        """What permits a subgraph's organisation to be told a value of another's."""
        receiver = self.world.owner(graph)
        if all(self.world.owner(one) == receiver for one in sources):
            return None
        decision = self.governance.deliver(coordinate, receiver)
        every |= self._undecided
        if decision.plain == NOTHING or (every and decision.plain != EVERYTHING):
            raise NoWayError(str(coordinate), "deliver")
        deliver = Deliver(receiver, coordinate, decision)
        self.delivers[deliver] = None
        return deliver

    # ── the plan ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _wanted(self, place: DraftPlace, type_name: str, columns: list[str]) -> RowRule:
        """Of which objects any of these columns is shown, or needed: nobody is asked about the others."""
        site = place.sites.get(type_name)
        seen = self._seen.get(site) if site is not None else None
        if site is None or seen is None or not columns:
            return EVERYTHING
        needed = {one.name for one in site.columns.values() if one.hidden}
        shown = {**seen.columns, **seen.links}
        if any(one not in shown or one in needed for one in columns):
            return EVERYTHING
        rule = any_of(*(shown[one].visible for one in columns))
        return EVERYTHING if rule == seen.sight.visible else rule

    def _guards(self, place: DraftPlace, type_name: str) -> bool:
        """Whether objects of a type at a place are decided each: of an interface, of any type that they may be."""
        sights = [self._sights.of(one) for one in ([type_name] if type_name in place.sites else place.sites)]
        return any(one.facts.subject is not None or one.visible != EVERYTHING for one in sights)

    def _kept(self, seen: _Seen) -> Kept:
        site, sight, facts = seen.site, seen.sight, seen.sight.facts
        visible = EVERYTHING if site.place.parent is None else sight.visible
        return Kept(
            place=site.place.id,
            type=site.type,
            wave=site.decided,
            visible=visible,
            columns=tuple(_column(name, decision, seen.sight.visible) for name, decision in seen.columns.items()),
            links={name: self._same(decision.visible, visible) for name, decision in seen.links.items()},
            source=self._home(site.type),
            subject=self._trace(site, facts.subject) if facts.subject is not None else None,
            subject_type=self._subject_type(site.type, facts.subject) if facts.subject is not None else None,
            area=self._trace(site, str(facts.area)) if sight.by_area else None,
            judged=tuple((one, self._trace(site, path) if path else None) for one, path in sight.conditions),
            is_open=self._is_open(site),
        )

    @staticmethod
    def _same(rule: RowRule, other: RowRule) -> RowRule:
        """One rule for two that are equal, so that whoever executes the plan need not compare them."""
        return other if rule == other else rule

    def _is_open(self, site: Site) -> bool:
        """Whether nothing has to be looked at to know that every object of a site may be seen."""
        if site not in self._open:
            self._open[site] = self._opens(site)
        return self._open[site]

    def _opens(self, site: Site) -> bool:
        place, seen = site.place, self._seen.get(site)
        if seen is None or place.opaque:
            return False
        if place.parent is None:
            return True
        sight = seen.sight
        if sight.visible != EVERYTHING or sight.facts.subject is not None or sight.conditions or sight.by_area:
            return False
        links = [self._seen[one].links.get(place.column) for one in place.origins if self._is_open(one)]
        return len(links) == len(place.origins) and all(link and link.visible == EVERYTHING for link in links)

    def _home(self, type_name: str) -> str:
        return next(iter(self._join.types[type_name].inside))

    def _subject_type(self, type_name: str, path: str) -> str:
        """The type whose key a subject is: the last on the way to it."""
        for name in path.split(".")[:-1]:
            type_name = self._join.types[type_name].fields[name].type
        return type_name


def _column(name: str, decision: Decision, visible: RowRule) -> ColumnPlan:
    ways = {grant.shown for grant in decision.grants}
    way = ways.pop() if len(ways) == 1 and decision.visible == visible else None
    return ColumnPlan(name, name, decision, None, way)


def _nothing(field: Field) -> Shown:
    """What can't be relied upon: null, but for the type's name."""
    return Shown(field.key, None if field.name == "__typename" else "")
