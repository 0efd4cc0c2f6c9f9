"""Where a field is asked for. Nothing here knows who asks; what another organisation may be told is asked of `Tells`.

At each place and for each type that stands there, **spots** are where fields can be asked for: the step that brought
the objects, and every step that has entered a subgraph with their keys since. A field is taken at the spot that costs
least; where there is none, another subgraph is entered: by a key, with what the field requires, or by asking it too for
whatever led here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from federation.document.operation import Field
from federation.plan.federated.asks import Asks
from federation.plan.federated.draft import (
    Column,
    ColumnKey,
    DraftPlace,
    DraftRepresentation,
    DraftStep,
    DraftTake,
    Pick,
    Site,
    Spot,
    Telling,
)
from federation.plan.federated.paths import FREE, Cost, Paths, provided_below
from federation.plan.nodes import Deliver
from federation.plan.places import Sent
from federation.plan.withhold import NoWayError
from federation.schema.field_set import FieldSet
from federation.schema.join_graph import FieldIn, JoinGraph, Kind, TypeIn
from vocabulary.coordinate import Coordinate

Tells: TypeAlias = Callable[[Coordinate, frozenset[str], str, bool], Deliver | None]
"""Coordinate, the subgraphs that it comes from, the one to be told → what permits it; None: it stays at home.

The last says that it has to be permitted of every object. Raises NoWayError where nothing permits it.
"""

IsOpen: TypeAlias = Callable[[str, tuple[Field, ...]], bool]
"""Whether fields of an interface are shown plainly of every object, whichever of its types that has."""

_Option: TypeAlias = tuple[Cost, int, Callable[[], Spot], FieldIn]
_AGAIN = 1  # one request more, since what is required must be fetched first


@dataclass(frozen=True, slots=True)
class _Arrival:
    """Objects that a field of a subgraph leads to: declared there as `named`, and what of them it provides."""

    place: DraftPlace
    pick: Pick
    spot: Spot
    named: str
    field: Field
    provided: FieldSet


class Routes:
    """The places and steps of one plan, as far as they have been drafted."""

    def __init__(self, graph: JoinGraph, asks: Asks, paths: Paths, tells: Tells, is_open: IsOpen) -> None:
        self._graph, self._asks, self._paths, self._tells, self._is_open = graph, asks, paths, tells, is_open
        self.places: list[DraftPlace] = []
        self.steps: list[DraftStep] = []
        self._serial = 0  # no step is asked before this wave: acts are done one after the other
        self._act = ""

    def root(self, type_name: str) -> Site:
        """Where the question begins."""
        place = self._place(None, "")
        site = place.sites[type_name] = Site(place, type_name, -1)
        return site

    def next_act(self, site: Site, key: str) -> None:
        """What is asked for from now on is asked once everything before is done with (GraphQL spec 6.2.2)."""
        site.spots.clear()
        self._act = key
        self._serial = max((step.wave for step in self.steps), default=-1) + 1

    # ── one field ─────────────────────────────────────────────────────────────────────────────────────────────────

    def column(self, site: Site, field: Field) -> Column:
        """The column of a field, asked for where it is not yet.

        Raises:
            NoWayError: it can't be had, or what it takes may not be told to whoever has it.
        """
        key = self.key(site, field)
        column = site.columns.get(key)
        if column is None and not field.selections and (here := self._here(site, field)) is not None:
            column = site.columns[key] = self._take(site, *here, field, None)  # which asks for nothing else
        if column is None:
            if key in site.asking:
                raise NoWayError(f"{site.type}.{field.name}")
            site.asking.add(key)
            try:
                spot, known = self._best(site, field)
                column = site.columns[key] = self._take(site, spot, known, field, None)
            finally:
                site.asking.discard(key)
        return column

    def hidden(self, site: Site, field: Field) -> Column:
        """The column of a field that is not shown, with all that it selects."""
        column = self.column(site, field)
        column.hidden = True
        if column.below is not None:
            for one, below in column.below.sites.items():
                for inner in self.selected(one, field) or ():
                    if inner.name != "__typename":
                        self.hidden(below, inner)
        return column

    def ready(self, column: Column, field: Field) -> int:
        """The wave in which a column has arrived, with all that a field selects below it."""
        waves = [column.wave]
        if column.below is not None:
            for one, site in column.below.sites.items():
                waves.append(site.wave)
                waves += [
                    self.ready(site.columns[self.key(site, inner)], inner)
                    for inner in self.selected(one, field) or ()
                    if inner.name != "__typename"
                ]
        return max(waves)

    def selected(self, type_name: str, field: Field) -> tuple[Field, ...] | None:
        """What a field selects of objects of one type; of an interface object, what it selects of each.

        None: askers can't see that type.
        """
        fields = dict(field.selections)
        if type_name in fields:
            return fields[type_name]
        return next(iter(fields.values()), ()) if self._graph.types[type_name].kind is not Kind.OBJECT else None

    def key(self, site: Site, field: Field) -> ColumnKey:
        """What two fields have in common that are one column.

        Acts are done each; and what an interface object leads to depends on what is asked of it.
        """
        shape = self._graph.types[site.type].fields[field.name]
        apart = site.type == self._graph.mutation or shape.type in self._graph.interface_objects
        return field.name, field.arguments, field.key if apart else ""

    # ── where it is asked for ─────────────────────────────────────────────────────────────────────────────────────

    def _is_only(self, site: Site, field: Field) -> bool:
        """Whether one subgraph alone has a field, so that it costs the same whichever the way to it."""
        return len(self._paths.resolvers(site.type, field.name)) == 1 and not any(one.provided for one in site.spots)

    def _here(self, site: Site, field: Field) -> tuple[Spot, FieldIn] | None:
        """A spot that brings a field, with all that is below, for nothing; or the only one that can bring it at all."""
        is_only = self._is_only(site, field)
        for spot in site.spots:
            known = self._paths.resolves(spot.inside, field.name, spot.provided)
            if known is None or known.requires:
                continue
            free = is_only or not field.selections
            if free or self._paths.below(field, known, spot.graph, spot.provided) == FREE:
                return spot, known
        return None

    def _best(self, site: Site, field: Field) -> tuple[Spot, FieldIn]:
        """The spot at which a field costs least; it is entered if that is not done yet."""
        if (here := self._here(site, field)) is not None:
            return here
        failure: NoWayError | None = None
        for _, _, enter, known in sorted(self._options(site, field), key=_by_cost):
            try:
                return enter(), known
            except NoWayError as error:
                failure = error if failure is None or error.reason else failure
        raise failure or NoWayError(f"{site.type}.{field.name}")

    def _options(self, site: Site, field: Field) -> list[_Option]:
        options: list[_Option] = []
        inside = self._graph.types[site.type].inside

        is_only = self._is_only(site, field)

        def offer(steps: int, enter: Callable[[], Spot], known: FieldIn, graph: str, provided: FieldSet = ()) -> None:
            below = FREE if is_only else self._paths.below(field, known, graph, provided)
            options.append((below.plus(Cost(0, steps)), len(options), enter, known))

        for spot in site.spots:
            known = self._paths.resolves(spot.inside, field.name, spot.provided)
            if known is not None and not known.requires:
                offer(0, partial(_same, spot), known, spot.graph, spot.provided)
        have = frozenset(spot.graph for spot in site.spots)
        if site.place.parent is None:
            for graph, known in self._paths.resolvers(site.type, field.name).items():
                if graph not in have:
                    offer(1, partial(self._enter_root, site, graph), known, graph)
            return options
        for graph, steps, known in self._entries(site, field.name, have):
            offer(steps, partial(self._enter, site, graph, known.requires), known, graph)
        for graph, arrive in self._arrivals(site):
            known = self._paths.resolves(inside[graph], field.name)
            if known is not None and not known.requires:
                offer(1, arrive, known, graph)
        return options

    def _entries(self, site: Site, name: str, have: frozenset[str]) -> Iterator[tuple[str, int, FieldIn]]:
        """The subgraphs that resolve a field once they are entered, and how many requests that takes."""
        inside, hops = self._graph.types[site.type].inside, self._paths.hops(site.type, have)
        for graph in (*have, *hops):
            known = self._paths.resolves(inside[graph], name) if graph in inside else None
            if known is None or (graph, known.requires) in site.entering or (graph in have and not known.requires):
                continue
            yield graph, (hops[graph].steps if graph in hops else 1) + (_AGAIN if known.requires else 0), known

    def _take(self, site: Site, spot: Spot, known: FieldIn, field: Field, column: Column | None) -> Column:
        """Ask for a field at a spot."""
        place, shape = site.place, self._graph.types[site.type].fields[field.name]
        is_link = self._graph.is_composite(known.type)
        if column is None:
            to = (spot.step.id, spot.on) if is_link else ()  # a column of links leads to one place
            column = Column(place.name(field.name, (*self.key(site, field), known.text, *to)), spot.wave)
        takes = spot.pick.takes.setdefault(spot.on, {})
        take = takes.get(column.name)
        if take is None:
            arguments = tuple((name, shape.arguments[name], value) for name, value in field.arguments)
            leaf = None if is_link else self._graph.leaf(site.type, field.name)
            take = takes[column.name] = DraftTake(column.name, field.name, arguments, leaf)
        column.graphs.add(spot.graph)
        if take.leaf is not None:
            return column
        if take.pick is not None:  # of another type, which this subgraph can't tell from this one
            column.below = take.pick.place
            column.below.origins.append(site)
            return column
        if column.below is None:
            column.below = self._place(place, column.name)
            column.below.origin = (site, field)
            column.below.origins.append(site)
            column.below.graphs = self._equals(site, field)
        take.pick = Pick(column.below, shape.lists)
        provided = provided_below(field.name, known, spot.provided)
        self._arrive(_Arrival(column.below, take.pick, spot, known.type, field, provided))
        return column

    def _equals(self, site: Site, field: Field) -> frozenset[str]:
        """The subgraphs that could be asked for a field as well: it has to mean the same in each of them."""
        inside = self._graph.types[site.type].inside
        near = frozenset(inside)
        if site.place.parent is not None:
            near = site.place.graphs.union(spot.graph for spot in site.spots)
            near |= self._paths.hops(site.type, near).keys()
        return frozenset(near).intersection(self._paths.resolvers(site.type, field.name))

    def common(self, place: DraftPlace, named: str) -> frozenset[str]:
        """The types at a place whose fields can be relied upon.

        A union that several subgraphs could be asked for means the same in all of them (`@shareable`); a member that
        not all of them know is told by name, and nothing more.
        """
        if self._graph.types[named].kind is not Kind.UNION:
            return frozenset(place.sites)
        members = [frozenset(self._graph.possible_in(named, graph)) for graph in place.graphs]
        return frozenset(place.sites).intersection(*(one for one in members if one))

    # ── what a field leads to ─────────────────────────────────────────────────────────────────────────────────────

    def _place(self, parent: DraftPlace | None, column: str) -> DraftPlace:
        place = DraftPlace(len(self.places), parent, column)
        self.places.append(place)
        return place

    def _arrive(self, arrival: _Arrival) -> None:
        """Objects arrive at a place by a field of a subgraph: the spots that this makes there."""
        place, pick, spot, named = arrival.place, arrival.pick, arrival.spot, arrival.named
        if self._graph.is_opaque(named, spot.graph):
            self._arrive_opaque(arrival)
            return
        kind, possible = self._graph.types[named].kind, self._graph.possible_in(named, spot.graph)
        pick.typename = kind is not Kind.OBJECT
        if not possible and kind is Kind.INTERFACE:  # nothing that is known implements it: its own fields at most
            self._arrive_as(arrival)
        for one in possible:
            on, inside = None if kind is Kind.OBJECT else one, self._graph.types[one].inside[spot.graph]
            provided = self._paths.provided(one, arrival.provided)
            self._site(place, one, spot.wave).spots.append(Spot(spot.step, pick, inside, on, provided))

    def _arrive_opaque(self, arrival: _Arrival) -> None:
        """Objects of an interface object: of which type each is must be told by another subgraph, if it matters."""
        place, pick, spot, named = arrival.place, arrival.pick, arrival.spot, arrival.named
        lists = [fields for one, fields in arrival.field.selections if one != named]
        alone = lists[0] if lists else arrival.field.of(named)
        is_one = all(one == alone for one in lists) and all(one.name != "__typename" for one in alone)
        reachable = is_one and self._paths.cost(named, spot.graph, alone, arrival.provided).misses == 0
        if reachable and self._is_open(named, alone):
            self._arrive_as(arrival)
            return
        place.opaque = True
        told = self._told(arrival)
        inside = self._graph.types[named].inside[spot.graph]
        for one in self._graph.possible(named):
            site = self._site(place, one, told.wave)
            site.spots.append(Spot(spot.step, pick, inside, None, arrival.provided))
            there = self._graph.types[one].inside.get(told.graph)
            if there is not None:
                site.spots.append(Spot(told, told.pick, there, one))

    def _arrive_as(self, arrival: _Arrival) -> None:
        """Objects of an interface; of which type each is does not matter."""
        spot, named = arrival.spot, arrival.named
        inside = self._graph.types[named].inside[spot.graph]
        site = self._site(arrival.place, named, spot.wave)
        site.spots.append(Spot(spot.step, arrival.pick, inside, None, arrival.provided))

    def _told(self, arrival: _Arrival) -> DraftStep:
        """The step that tells of which type the objects of an interface object are."""
        spot, named = arrival.spot, arrival.named
        inside = self._graph.types[named].inside
        opaque = Site(arrival.place, named, spot.wave)
        opaque.spots.append(Spot(spot.step, arrival.pick, inside[spot.graph], None, arrival.provided))
        failure = NoWayError(f"{named}.__typename")
        for graph, there in inside.items():
            for key in there.keys:
                fields = self._asks.of(named, key.fields)
                if there.interface_object or not key.resolvable:
                    continue
                if not all(self._paths.resolves(inside[spot.graph], one.name, arrival.provided) for one in fields):
                    continue
                columns = [self.hidden(opaque, one) for one in fields]
                telling = Telling(opaque, there.name, fields, columns, len(fields))
                try:  # before there is a step that would tell it
                    for one, column in zip(fields, columns, strict=True):
                        self._check_told(opaque, graph, one, column)
                except NoWayError as error:
                    failure = error
                    continue
                step = self._step(telling, graph, max(opaque.decided, *(one.wave for one in telling.columns)) + 1)
                step.pick.typename = True
                return step
        raise failure

    @staticmethod
    def _site(place: DraftPlace, type_name: str, wave: int) -> Site:
        return place.sites.setdefault(type_name, Site(place, type_name, wave))

    # ── other subgraphs ───────────────────────────────────────────────────────────────────────────────────────────

    def _enter_root(self, site: Site, graph: str) -> Spot:
        step = DraftStep(len(self.steps), graph, self._serial, Pick(site.place, 0), act=self._act)
        self.steps.append(step)
        spot = Spot(step, step.pick, self._graph.types[site.type].inside[graph], None)
        site.spots.append(spot)
        return spot

    def _enter(self, site: Site, graph: str, requires: FieldSet) -> Spot:
        """A spot in a subgraph that is asked for the objects by their keys, and told what it requires."""
        there = self._graph.types[site.type].inside[graph]
        have = frozenset(spot.graph for spot in site.spots)
        hop = self._paths.hops(site.type, have - {graph}).get(graph)
        failure: NoWayError | None = None
        for key in [hop.key] if hop is not None else [one for one in there.keys if one.resolvable]:
            try:
                with site.held(graph, requires):
                    keys, more = self._asks.of(site.type, key.fields), self._asks.of(site.type, requires)
                    fields = [one for one in (*keys, *more) if one.name != "__typename"]
                    columns = [self.hidden(site, one) for one in fields]
                    for field, column in zip(fields, columns, strict=True):
                        self._check_told(site, graph, field, column)
            except NoWayError as error:
                failure = error
                continue
            waves = [self.ready(column, field) for column, field in zip(columns, fields, strict=True)]
            telling = Telling(site, there.name, fields, columns, len(fields) - len(more))
            return self._entered(telling, graph, there, max(site.wave, site.decided, *waves) + 1)
        raise failure or NoWayError(f"{site.type}.{graph}")

    def _entered(self, telling: Telling, graph: str, there: TypeIn, wave: int) -> Spot:
        """The spot of an entity step that can be told all of this by then; a new one where there is none."""
        site = telling.site
        for spot in site.spots:
            step = spot.step
            fits = step.place is site.place and step.graph == graph and step.wave >= wave and spot.pick is step.pick
            if fits and not telling.clashes(step):
                self._tell(telling, step)
                return spot
        step = self._step(telling, graph, wave)
        spot = Spot(step, step.pick, there, there.name)
        site.spots.append(spot)
        return spot

    def _step(self, telling: Telling, graph: str, wave: int) -> DraftStep:
        """An entity step in this wave that is told all of this."""
        place, wave = telling.site.place, max(wave, self._serial)
        for step in self.steps:
            if step.place is place and step.graph == graph and step.wave == wave and not telling.clashes(step):
                break
        else:
            step = DraftStep(len(self.steps), graph, wave, Pick(place, 1), place)
            self.steps.append(step)
        self._tell(telling, step)
        return step

    def _tell(self, telling: Telling, step: DraftStep) -> None:
        """Have a step tell its subgraph of the objects of one type, and name them by their keys."""
        named = tuple(one.name for one in telling.fields[: telling.keys])
        told = step.told.setdefault(telling.of, DraftRepresentation({}, named, {}))
        for field, column in zip(telling.fields, telling.columns, strict=True):
            told.sent[field.name] = self._sent(column, field)
            told.delivers.update(dict.fromkeys(self._check_told(telling.site, step.graph, field, column)))

    def _check_told(
        self, site: Site, graph: str, field: Field, column: Column, *, below: bool = False
    ) -> list[Deliver]:
        """What permits a subgraph to be told a field and all that it selects; NoWayError.

        `below`: the objects are not those that are decided; what they may tell must hold for any. So it must where
        nothing decides them, and of an interface for each type that they may be of.
        """
        delivers = []
        if column.below is None:
            for one in dict.fromkeys((site.type, *self._graph.possible(site.type))):
                coordinate, every = Coordinate(one, field.name), below or not site.seen
                deliver = self._tells(coordinate, frozenset(column.graphs), graph, every)
                delivers += [] if deliver is None else [deliver]
            return delivers
        for one, inner_site in column.below.sites.items():
            for inner in self.selected(one, field) or ():
                if inner.name != "__typename":
                    inner_column = inner_site.columns[self.key(inner_site, inner)]
                    delivers += self._check_told(inner_site, graph, inner, inner_column, below=True)
        return delivers

    def _sent(self, column: Column, field: Field) -> Sent:
        if column.below is None:
            return Sent(field.name, column.name)
        of = {}
        for one, below in column.below.sites.items():
            inner = [each for each in self.selected(one, field) or () if each.name != "__typename"]
            of[one] = tuple(self._sent(below.columns[self.key(below, each)], each) for each in inner)
        return Sent(field.name, column.name, column.below.id, of)

    def _arrivals(self, site: Site) -> Iterator[tuple[str, Callable[[], Spot]]]:
        """Subgraphs that lead to the same objects by the same field, and were not asked for it."""
        if site.place.origin is None:
            return
        parent, field = site.place.origin
        shape, column = self._graph.types[parent.type].fields[field.name], parent.columns.get(self.key(parent, field))
        if column is None or self._graph.types[shape.type].kind is not Kind.OBJECT:
            return  # which of one subgraph's objects is meant by another's would be a guess
        inside = self._graph.types[site.type].inside
        for graph, known in self._paths.resolvers(parent.type, field.name).items():
            if not known.requires and graph not in column.graphs and graph in inside:

                def arrive(graph: str = graph, known: FieldIn = known) -> Spot:
                    self._take(parent, self._spot_in(parent, graph), known, field, column)
                    return site.spots[-1]

                yield graph, arrive

    def _spot_in(self, site: Site, graph: str) -> Spot:
        """A spot of a subgraph for these objects, entered if need be."""
        for spot in site.spots:
            if spot.graph == graph:
                return spot
        if site.place.parent is None:
            return self._enter_root(site, graph)
        if graph in self._paths.hops(site.type, frozenset(spot.graph for spot in site.spots)):
            return self._enter(site, graph, ())
        for other, arrive in self._arrivals(site):
            if other == graph:
                return arrive()
        raise NoWayError(f"{site.type}.{graph}")


def _by_cost(option: _Option) -> tuple[Cost, int]:
    return option[0], option[1]


def _same(spot: Spot) -> Spot:
    return spot
