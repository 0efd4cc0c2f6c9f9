"""A question over a federated graph → places and steps. One walk over what is asked; nothing is fetched here.

At each place and for each type that stands there, **spots** are where fields can be asked for: the step that brought
the objects, and every step that has entered a subgraph with their keys since. A field is taken at the spot that costs
least; where there is none, another subgraph is entered, by a key, by what the field requires, or by asking it too for
whatever led here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field as dataclass_field
from typing import TypeAlias

from federation.document.operation import Field, Operation
from federation.errors import Code, Refusal
from federation.plan.federated.asks import Asks
from federation.plan.federated.paths import FREE, Cost, Paths, provided_below
from federation.plan.federated.places import Argument, Constant, Federated, Part, Place, Representation, Select, Sent, Shown, Step, Take
from federation.schema.field_sets import FieldSet
from federation.schema.join_graph import FieldIn, JoinGraph, Kind, TypeIn

_Key: TypeAlias = tuple[str, tuple[tuple[str, object], ...], str]


@dataclass(eq=False)
class _Pick:
    """A selection that is being written: takes by the name that objects have in the subgraph."""

    place: _Place
    lists: int
    typename: bool = False
    takes: dict[str | None, dict[str, _Take]] = dataclass_field(default_factory=dict)


@dataclass(eq=False)
class _Take:
    column: str
    name: str
    arguments: tuple[Argument, ...]
    pick: _Pick | None = None


@dataclass(eq=False)
class _Step:
    id: int
    graph: str
    wave: int
    operation: str
    pick: _Pick
    place: _Place | None = None
    sent: dict[tuple[str, tuple[str, ...]], dict[str, Sent]] = dataclass_field(default_factory=dict)
    keys: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = dataclass_field(default_factory=dict)


@dataclass(eq=False)
class _Spot:
    """Where fields of the objects of one type can be asked for. `on` is the fragment that they are asked for in."""

    graph: str
    wave: int
    pick: _Pick
    inside: TypeIn
    on: str | None
    provided: FieldSet = ()


@dataclass(eq=False)
class _Column:
    name: str
    wave: int
    below: _Place | None = None
    graphs: set[str] = dataclass_field(default_factory=set)


@dataclass(eq=False)
class _Site:
    """The objects of one type at one place. `wave` is when they are known to be of that type."""

    place: _Place
    type: str
    wave: int
    spots: list[_Spot] = dataclass_field(default_factory=list)
    columns: dict[_Key, _Column] = dataclass_field(default_factory=dict)
    entering: set[tuple[str, FieldSet]] = dataclass_field(default_factory=set)
    asking: set[_Key] = dataclass_field(default_factory=set)


@dataclass(eq=False)
class _Place:
    id: int
    parent: _Place | None
    column: str
    lists: int
    opaque: bool = False
    wave: int = 0
    sites: dict[str, _Site] = dataclass_field(default_factory=dict)
    names: dict[str, dict[tuple[object, ...], str]] = dataclass_field(default_factory=dict)
    origin: tuple[_Site, Field] | None = None  # whose field led here
    graphs: frozenset[str] = frozenset()  # those that could have led here as well


class Planner:
    """Plans over one graph; what it learns of the graph's paths serves every plan."""

    def __init__(self, graph: JoinGraph) -> None:
        self.graph = graph
        self.asks = Asks(graph)
        self.paths = Paths(graph, self.asks)

    def plan(self, operation: Operation) -> Federated:
        """Plan one operation.

        Raises:
            Refusal: GRAPH_UNREACHABLE, a field that can't be had from where its object comes from.
        """
        return _Walk(self).plan(operation)


class _Walk:
    def __init__(self, planner: Planner) -> None:
        self._graph, self._asks, self._paths = planner.graph, planner.asks, planner.paths
        self._places: list[_Place] = []
        self._steps: list[_Step] = []
        self._serial = 0  # the wave behind which a mutation's next field is asked

    # ── the root ──────────────────────────────────────────────────────────────────────────────────────────────────

    def plan(self, operation: Operation) -> Federated:
        root_type = self._graph.mutation if operation.acts else self._graph.query
        root = self._place(None, "", 0)
        site = root.sites[root_type] = _Site(root, str(root_type), 0)
        shown: list[Shown] = []
        for one in operation.fields:
            if operation.acts:
                site.spots.clear()  # each is done by itself, once the one before is done with
                self._serial = max((step.wave for step in self._steps), default=-1) + 1
            if one.name not in _INTROSPECTION:
                shown.append(self._show(site, one))
        waves = max((step.wave for step in self._steps), default=-1) + 1
        steps = [self._frozen(step) for step in self._steps]
        return Federated(
            tuple(_frozen_place(one) for one in self._places),
            tuple(tuple(step for step in steps if step.wave == wave) for wave in range(waves)),
            tuple(shown),
        )

    def _enter_root(self, site: _Site, graph: str) -> _Spot:
        operation = "mutation" if site.type == self._graph.mutation else "query"
        pick = _Pick(site.place, 0)
        self._steps.append(_Step(len(self._steps), graph, self._serial, operation, pick))
        spot = _Spot(graph, self._serial, pick, self._graph.types[site.type].inside[graph], None)
        site.spots.append(spot)
        return spot

    # ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────────

    def _show(self, site: _Site, field: Field) -> Shown:
        if field.name == "__typename":
            return Shown(field.key, None)
        column = self._column(site, field)
        if column.below is None:
            return Shown(field.key, column.name)
        shape = self._graph.types[site.type].fields[field.name]
        of: dict[str, tuple[Shown, ...]] = {}
        for one, below in column.below.sites.items():
            if (fields := self._selected(one, field)) is not None:
                common = one in self._common(column.below, shape.type)
                of[one] = tuple(self._show(below, inner) if common else _nothing(inner) for inner in fields)
        return Shown(field.key, column.name, column.below.id, of)

    def _common(self, place: _Place, named: str) -> frozenset[str]:
        """The types at a place whose fields can be relied upon.

        A union that several subgraphs could be asked for means the same in all of them (`@shareable`); a member that
        not all of them know is told by name, and nothing more.
        """
        if self._graph.types[named].kind is not Kind.UNION:
            return frozenset(place.sites)
        members = [frozenset(self._graph.possible_in(named, graph)) for graph in place.graphs]
        return frozenset(place.sites).intersection(*(one for one in members if one))

    # ── one field ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _column(self, site: _Site, field: Field) -> _Column:
        """The column of a field, asked for where it is not yet."""
        key = self._key(site, field)
        column = site.columns.get(key)
        if column is None:
            if key in site.asking:
                raise _unreachable(site.type, field.name)
            site.asking.add(key)
            try:
                column = site.columns[key] = self._asked(site, field)
            finally:
                site.asking.discard(key)
        return column

    def _hidden(self, site: _Site, field: Field) -> _Column:
        """The column of a field that another subgraph is to be told, with all that is told below it."""
        column = self._column(site, field)
        if column.below is not None:
            for one, below in column.below.sites.items():
                for inner in self._selected(one, field) or ():
                    if inner.name != "__typename":
                        self._hidden(below, inner)
        return column

    def _key(self, site: _Site, field: Field) -> _Key:
        """What two fields have in common that are one column.

        Acts are done each; and what an interface object leads to depends on what is asked of it.
        """
        shape = self._graph.types[site.type].fields[field.name]
        apart = site.type == self._graph.mutation or shape.type in self._graph.interface_objects
        return field.name, field.arguments, field.key if apart else ""

    def _asked(self, site: _Site, field: Field) -> _Column:
        spot, known = self._best(site, field)
        return self._take(site, spot, known, field, None)

    def _best(self, site: _Site, field: Field) -> tuple[_Spot, FieldIn]:
        """The spot at which a field costs least; it is entered if that is not done yet."""
        inside = self._graph.types[site.type].inside
        options: list[tuple[Cost, int, Callable[[], _Spot], FieldIn]] = []

        def offer(cost: Cost, enter: Callable[[], _Spot], known: FieldIn) -> None:
            options.append((cost, len(options), enter, known))

        for spot in site.spots:
            known = self._paths.resolves(spot.inside, field.name, spot.provided)
            if known is not None and not known.requires:
                offer(self._paths.below(field, known, spot.graph, spot.provided), lambda spot=spot: spot, known)
        if site.place.parent is None:
            for graph, there in inside.items():
                known = self._paths.resolves(there, field.name)
                if known is not None and all(spot.graph != graph for spot in site.spots):
                    cost = self._paths.below(field, known, graph, ()).plus(Cost(0, 1))
                    offer(cost, lambda graph=graph: self._enter_root(site, graph), known)
        else:
            have = frozenset(spot.graph for spot in site.spots)
            hops = self._paths.hops(site.type, have)
            for graph in (*have, *hops):
                known = self._paths.resolves(inside[graph], field.name) if graph in inside else None
                if known is None or (graph, known.requires) in site.entering:
                    continue
                if graph in have and not known.requires:
                    continue
                steps = (hops[graph].steps if graph in hops else 1) + (1 if known.requires else 0)
                cost = self._paths.below(field, known, graph, ()).plus(Cost(0, steps))
                offer(cost, lambda graph=graph, known=known: self._enter(site, graph, known.requires), known)
            for graph, enter in self._arrivals(site):
                known = self._paths.resolves(inside[graph], field.name)
                if known is not None and not known.requires:
                    offer(self._paths.below(field, known, graph, ()).plus(Cost(0, 1)), enter, known)
        failure: Refusal | None = None
        for _, _, enter, known in sorted(options, key=lambda one: one[:2]):
            try:
                return enter(), known
            except Refusal as refusal:
                failure = refusal
        raise failure or _unreachable(site.type, field.name)

    def _take(self, site: _Site, spot: _Spot, known: FieldIn, field: Field, column: _Column | None) -> _Column:
        """Ask for a field at a spot."""
        place = site.place
        shape = self._graph.types[site.type].fields[field.name]
        arguments = tuple((name, shape.arguments[name], value) for name, value in field.arguments)
        if column is None:
            column = _Column(self._name(place, field, known), spot.wave)
        takes = spot.pick.takes.setdefault(spot.on, {})
        take = takes.get(column.name)
        if take is None:
            take = takes[column.name] = _Take(column.name, field.name, arguments)
        column.graphs.add(spot.graph)
        if self._graph.is_composite(known.type):
            if column.below is None:
                column.below = self._place(place, column.name, shape.lists)
                column.below.origin = (site, field)
                column.below.wave = spot.wave
                column.below.graphs = self._equals(site, field, known)
            if take.pick is None:
                take.pick = _Pick(column.below, shape.lists)
            self._arrive(column.below, take.pick, spot, known, field)
        return column

    def _equals(self, site: _Site, field: Field, known: FieldIn) -> frozenset[str]:
        """The subgraphs that could be asked for a field as well: it has to mean the same in each of them."""
        if site.place.parent is None:
            near = frozenset(self._graph.types[site.type].inside)
        else:
            near = frozenset((*site.place.graphs, *(spot.graph for spot in site.spots)))
            near |= self._paths.hops(site.type, near).keys()
        inside = self._graph.types[site.type].inside
        return frozenset(one for one in near if one in inside and self._paths.resolves(inside[one], field.name))

    def _name(self, place: _Place, field: Field, known: FieldIn) -> str:
        """A name for a column that nothing else at this place has."""
        names = place.names.setdefault(field.name, {})
        key = (field.arguments, known.text)
        if key not in names:
            taken = {name for used in place.names.values() for name in used.values()}
            name, number = field.name, 1
            while name in taken:
                name, number = f"{field.name}_{number}", number + 1
            names[key] = name
        return names[key]

    # ── what a field leads to ─────────────────────────────────────────────────────────────────────────────────────

    def _place(self, parent: _Place | None, column: str, lists: int) -> _Place:
        place = _Place(len(self._places), parent, column, lists)
        self._places.append(place)
        return place

    def _arrive(self, place: _Place, pick: _Pick, spot: _Spot, known: FieldIn, field: Field) -> None:
        """Objects arrive at a place by a field of a subgraph: the spots that this makes there."""
        graph, named = spot.graph, known.type
        provided = provided_below(field.name, known, spot.provided)
        possible = self._graph.possible_in(named, graph)
        kind = self._graph.types[named].kind
        if self._graph.is_opaque(named, graph):
            self._arrive_opaque(place, pick, spot, named, field, provided)
            return
        if kind is not Kind.OBJECT:
            pick.typename = True
        if not possible and kind is Kind.INTERFACE:  # nothing that is known implements it: its own fields at most
            self._arrive_as(place, pick, spot, named, provided)
        for one in possible:
            site = place.sites.get(one)
            if site is None:
                site = place.sites[one] = _Site(place, one, spot.wave)
            inside = self._graph.types[one].inside[graph]
            on = None if kind is Kind.OBJECT else one
            site.spots.append(_Spot(graph, spot.wave, pick, inside, on, self._paths.provided(one, provided)))

    def _arrive_opaque(
        self, place: _Place, pick: _Pick, spot: _Spot, named: str, field: Field, provided: FieldSet
    ) -> None:
        graph = spot.graph
        lists = [fields for one, fields in field.selections if one != named]
        alone = lists[0] if lists else field.of(named)
        is_one = all(one == alone for one in lists) and all(one.name != "__typename" for one in alone)
        if is_one and self._paths.cost(named, graph, alone, provided).misses == 0:
            self._arrive_as(place, pick, spot, named, provided)
            return
        place.opaque = True
        possible = [one for one in self._graph.possible(named) if one in dict(field.selections)]
        inside = self._graph.types[named].inside[graph]
        told = self._tell(place, pick, spot, named, possible, provided)
        for one in possible:
            site = place.sites[one] = _Site(place, one, told.wave)
            site.spots.append(_Spot(graph, spot.wave, pick, inside, None, provided))
            there = self._graph.types[one].inside.get(told.graph)
            if there is not None:
                site.spots.append(_Spot(told.graph, told.wave, told.pick, there, one))

    def _arrive_as(self, place: _Place, pick: _Pick, spot: _Spot, named: str, provided: FieldSet) -> None:
        """Objects of an interface, which of them never matters."""
        site = place.sites.setdefault(named, _Site(place, named, spot.wave))
        inside = self._graph.types[named].inside[spot.graph]
        site.spots.append(_Spot(spot.graph, spot.wave, pick, inside, None, provided))

    def _tell(
        self, place: _Place, pick: _Pick, spot: _Spot, named: str, possible: list[str], provided: FieldSet
    ) -> _Step:
        """The step that tells of which type the objects of an interface object are."""
        opaque = _Site(place, named, spot.wave)
        opaque.spots.append(_Spot(spot.graph, spot.wave, pick, self._graph.types[named].inside[spot.graph], None, provided))
        for graph, there in self._graph.types[named].inside.items():
            if there.interface_object:
                continue
            for key in there.keys:
                if not key.resolvable:
                    continue
                fields = self._asks.of(named, key.fields)
                if not all(self._paths.resolves(opaque.spots[0].inside, one.name, provided) for one in fields):
                    continue
                columns = [self._hidden(opaque, one) for one in fields]
                step = self._entity_step(place, graph, max(one.wave for one in columns) + 1)
                step.pick.typename = True
                self._represent(step, opaque, there.name, (named,), fields, columns, keys=len(columns))
                return step
        raise _unreachable(named, "__typename")

    def _selected(self, type_name: str, field: Field) -> tuple[Field, ...] | None:
        """What a field selects of objects of one type; of an interface object, what it selects of each.

        None: askers can't see that type.
        """
        fields = dict(field.selections)
        if type_name in fields:
            return fields[type_name]
        return next(iter(fields.values()), ()) if self._graph.types[type_name].kind is not Kind.OBJECT else None

    # ── other subgraphs ───────────────────────────────────────────────────────────────────────────────────────────

    def _enter(self, site: _Site, graph: str, requires: FieldSet) -> _Spot:
        """A spot in a subgraph that is asked for the objects by their keys, and told what it requires."""
        there = self._graph.types[site.type].inside[graph]
        have = frozenset(spot.graph for spot in site.spots)
        hops = self._paths.hops(site.type, have - {graph} if graph in have else have)
        keys = [hops[graph].key] if graph in hops else [key for key in there.keys if key.resolvable]
        failure: Refusal | None = None
        for key in keys:
            try:
                with _held(site.entering, (graph, requires)):
                    fields = self._asks.of(site.type, key.fields)
                    columns = [self._hidden(site, one) for one in fields if one.name != "__typename"]
                    more = self._asks.of(site.type, requires)
                    needed = [self._hidden(site, one) for one in more if one.name != "__typename"]
            except Refusal as refusal:
                failure = refusal
                continue
            fields = tuple(one for one in (*fields, *more) if one.name != "__typename")
            wave = max([site.wave, *(self._ready(one, by) for one, by in zip((*columns, *needed), fields, strict=True))]) + 1
            for spot in site.spots:
                step = self._step_of(spot)
                fits = step is not None and step.place is site.place and spot.wave >= wave and spot.graph == graph
                if step is not None and fits and not _clashes(step, site, there, fields, (*columns, *needed)):
                    self._represent(step, site, there.name, (site.type,), fields, [*columns, *needed], keys=len(columns))
                    return spot
            step = self._entity_step(
                site.place, graph, wave, lambda step: _clashes(step, site, there, fields, (*columns, *needed))
            )
            self._represent(step, site, there.name, (site.type,), fields, [*columns, *needed], keys=len(columns))
            spot = _Spot(graph, wave, step.pick, there, there.name)
            site.spots.append(spot)
            return spot
        raise failure or _unreachable(site.type, graph)

    def _entity_step(
        self, place: _Place, graph: str, wave: int, clashes: Callable[[_Step], bool] = lambda _: False
    ) -> _Step:
        wave = max(wave, self._serial)
        for step in self._steps:
            if step.place is place and step.graph == graph and step.wave == wave and not clashes(step):
                return step
        step = _Step(len(self._steps), graph, wave, "query", _Pick(place, 1), place)
        self._steps.append(step)
        return step

    def _step_of(self, spot: _Spot) -> _Step | None:
        return next((step for step in self._steps if step.pick is spot.pick), None)

    def _ready(self, column: _Column, field: Field) -> int:
        """The wave in which a column has arrived, with all that a field selects below it."""
        waves = [column.wave]
        if column.below is not None:
            for one, site in column.below.sites.items():
                waves.append(site.wave)
                for inner in self._selected(one, field) or ():
                    if inner.name != "__typename":
                        waves.append(self._ready(site.columns[self._key(site, inner)], inner))
        return max(waves)

    def _represent(
        self,
        step: _Step,
        site: _Site,
        name: str,
        types: tuple[str, ...],
        fields: Iterable[Field],
        columns: Iterable[_Column],
        *,
        keys: int,
    ) -> None:
        """Have a step tell its subgraph these fields of the objects of one type."""
        sent = step.sent.setdefault((name, types), {})
        named = []
        for field, column in zip(fields, columns, strict=True):
            sent[field.name] = self._sent(column, field)
            named.append(column.name)
        if (name, types) not in step.keys:
            step.keys[name, types] = tuple(named[:keys])

    def _sent(self, column: _Column, field: Field) -> Sent:
        if column.below is None:
            return Sent(field.name, column.name)
        of = {}
        for one, site in column.below.sites.items():
            inner = [each for each in self._selected(one, field) or () if each.name != "__typename"]
            of[one] = tuple(self._sent(site.columns[self._key(site, each)], each) for each in inner)
        return Sent(field.name, column.name, column.below.id, of)

    def _arrivals(self, site: _Site) -> Iterator[tuple[str, Callable[[], _Spot]]]:
        """Subgraphs that lead to the same objects by the same field, and were not asked for it."""
        origin = site.place.origin
        if origin is None:
            return
        parent, field = origin
        if self._graph.types[self._graph.types[parent.type].fields[field.name].type].kind is not Kind.OBJECT:
            return  # which of the objects one subgraph means by another's would be a guess
        column = parent.columns.get(self._key(parent, field))
        if column is None:
            return
        for graph, inside in self._graph.types[parent.type].inside.items():
            known = self._paths.resolves(inside, field.name)
            if known is None or known.requires or graph in column.graphs or graph not in self._graph.types[site.type].inside:
                continue

            def enter(graph: str = graph, known: FieldIn = known) -> _Spot:
                at = self._spot_in(parent, graph)
                self._take(parent, at, known, field, column)
                return site.spots[-1]

            yield graph, enter

    def _spot_in(self, site: _Site, graph: str) -> _Spot:
        """A spot of a subgraph for these objects, entered if need be."""
        for spot in site.spots:
            if spot.graph == graph:
                return spot
        if site.place.parent is None:
            return self._enter_root(site, graph)
        if graph in self._paths.hops(site.type, frozenset(spot.graph for spot in site.spots)):
            return self._enter(site, graph, ())
        for other, enter in self._arrivals(site):
            if other == graph:
                return enter()
        raise _unreachable(site.type, graph)


    # ── the plan ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _frozen(self, step: _Step) -> Step:
        representations = tuple(
            Representation(name, types, tuple(sent.values()), step.keys[name, types])
            for (name, types), sent in step.sent.items()
        )
        place = step.place.id if step.place is not None else None
        return Step(step.id, step.graph, step.wave, step.operation, self._select(step.pick), place, representations)

    def _select(self, pick: _Pick) -> Select:
        parts = []
        for on, takes in pick.takes.items():
            types = tuple(one for one in pick.place.sites if on is None or self._graph.is_a(one, on))
            taken = tuple(
                Take(one.column, one.name, one.arguments, self._select(one.pick) if one.pick else None)
                for one in takes.values()
            )
            parts.append(Part(on, types, taken))
        return Select(pick.place.id, pick.lists, pick.typename, tuple(parts))


_INTROSPECTION = ("__schema", "__type")


@contextmanager
def _held(names: set[tuple[str, FieldSet]], name: tuple[str, FieldSet]) -> Iterator[None]:
    fresh = name not in names
    names.add(name)
    try:
        yield
    finally:
        if fresh:
            names.discard(name)


def _clashes(
    step: _Step, site: _Site, there: TypeIn, fields: Iterable[Field], columns: Iterable[_Column]
) -> bool:
    """Whether a step tells something else under one of these names: the same field with other arguments."""
    sent = step.sent.get((there.name, (site.type,)), {})
    pairs = zip(fields, columns, strict=True)
    return any(field.name in sent and sent[field.name].column != column.name for field, column in pairs)


def _nothing(field: Field) -> Shown:
    return Shown(field.key, None if field.name == "__typename" else "")


def _unreachable(type_name: str, field: str) -> Refusal:
    sentence = f"{type_name}.{field} can't be had from where its object comes from: no key of it leads there."
    return Refusal(Code.GRAPH_UNREACHABLE, sentence)


def _frozen_place(place: _Place) -> Place:
    parent = place.parent.id if place.parent else None
    return Place(place.id, parent, place.column, place.lists, tuple(place.sites), place.opaque)
