"""A small federated graph, asked for real: subgraphs in process, a policy as text, and a log in memory."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import parse

from audit.log import Log
from connectors.remote import Remote
from federation.document.limits import Limits
from federation.document.operation import Question, Questions
from federation.document.parse import Documents
from federation.execute.answer import assemble
from federation.execute.book import MaskBook
from federation.execute.cells import Reader
from federation.execute.coverage import Coverage
from federation.execute.engine import Engine, Whom
from federation.execute.facts import About
from federation.execute.failures import Failure
from federation.execute.receipts import Recorder
from federation.execute.sources import Sources
from federation.execute.state import State
from federation.execute.subgraphs import Subgraphs
from federation.execute.trail import Recorded, Trail
from federation.execute.waves import Waves
from federation.plan.govern import Governance
from federation.plan.places import Plan, Request
from federation.plan.planner import Planner
from federation.plan.text import print_plan
from federation.plan.world import World
from federation.schema.api_schema import api_schema
from federation.schema.facts import FieldFacts, FieldKind, TypeFacts
from federation.schema.join_graph import JoinGraph, Kind, read_join_graph
from federation.schema.supergraph import Supergraph
from masking import make
from policies.compile import Policy
from policies.lines import CoordinateFacts, PolicyFacts
from policies.load import load
from tests.support.executing import AT, KEYS, NAMES, SEALER, Entries
from tests.support.subgraphs import Subgraph
from vocabulary.area import Area
from vocabulary.catalogue import Catalogue, MaskDeclaration, Organisation, SourceDeclaration, Words
from vocabulary.condition import Condition
from vocabulary.coordinate import Coordinate
from vocabulary.moment import day_of
from vocabulary.principal import Mode, Principal, Standing
from vocabulary.receipt import Entry, Who
from vocabulary.rows import Asker

JOIN = """
schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) {
  query: Query
}
"""
DIRECTIVES = """
directive @link(url: String, as: String, for: String, import: [String]) repeatable on SCHEMA
directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__field(graph: join__Graph, requires: String, provides: String, type: String, external: Boolean,
  override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(graph: join__Graph!, key: String, extension: Boolean! = false, resolvable: Boolean! = true,
  isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
"""
OPEN = "".join(f"p, any, any, *, {action}, any, any, allow, plain\n" for action in ("read", "derive", "deliver"))
"""A policy that permits everything to anyone."""


@dataclass(frozen=True)
class Told:
    """What came of one question: the data, what failed, all entries of the log, and the plan."""

    data: Any
    failures: Sequence[Failure]
    entries: Sequence[Entry]
    plan: Plan
    state: State
    question: Question

    @property
    def withheld(self) -> dict[str, str]:
        """Coordinates that are withheld, with the reason."""
        return {str(one.coordinate): one.reason for one in self.plan.withheld}

    @property
    def graphs(self) -> list[list[str]]:
        """The subgraphs that are asked, wave by wave."""
        return [[one.graph for one in wave if isinstance(one, Request)] for wave in self.plan.waves]

    @property
    def text(self) -> str:
        """The plan as text."""
        return print_plan(self.plan)


@dataclass
class Federation:
    """A supergraph over subgraphs, governed.

    `types` is the body of the supergraph's SDL; graph A of it is subgraph `a`. `policy` are lines. `subjects` and
    `areas`: by type, the path of its data subject and of its area. `masks`: by coordinate, its chain. `owners`: by
    subgraph, whose it is; all others are the bureau's.
    """

    types: str
    subgraphs: Mapping[str, Subgraph]
    policy: str = OPEN
    subjects: Mapping[str, str] = field(default_factory=dict)
    areas: Mapping[str, str] = field(default_factory=dict)
    masks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=lambda: {"redact": "redact", "name-partial": "partial-name"})
    barred: frozenset[str] = frozenset()
    conditions: Mapping[str, Condition] = field(default_factory=dict)

    def __post_init__(self) -> None:
        graphs = "".join(f'{one.upper()} @join__graph(name: "{one}", url: "http://{one}")\n' for one in self.subgraphs)
        root = (
            JOIN.replace("query: Query\n", "query: Query mutation: Mutation\n")
            if "type Mutation" in self.types
            else JOIN
        )
        sdl = f"{root}{DIRECTIVES}enum join__Graph {{\n{graphs}}}\n{self.types}"
        document = parse(sdl, no_location=True)
        self.join = read_join_graph(document)
        facts = {name: self._facts(name) for name, one in self.join.types.items() if one.kind in _HOLDING}
        self.api = api_schema(document, facts)
        supergraph = Supergraph(sdl, facts, {}, {}, self.api, tuple(self.join.graphs), self.join)
        names = dict.fromkeys(("bureau", *self.owners.values()))
        self.world = World(
            supergraph,
            Catalogue(
                name="small",
                operator="bureau",
                organisations={
                    one: Organisation(one, Words(one, one), f"a@{one}.example", (Area("31"),)) for one in names
                },
                purposes={"care": Words("照护", "Care")},
                roles={one: Words(one, one) for one in ("worker", "other")},
                masks={
                    name: MaskDeclaration(name, kind, {"keep": "ends"} if kind == "partial-name" else {})
                    for name, kind in self.kinds.items()
                },
                sources={
                    one: SourceDeclaration(one, self.owners.get(one, "bureau"), "subgraph", {})
                    for one in self.subgraphs
                },
            ),
        )
        self.policy_facts = PolicyFacts(
            organisations=frozenset(names),
            roles=frozenset(("worker", "other")),
            purposes=frozenset(("care",)),
            masks=frozenset(self.kinds),
            coordinates=dict(_coordinates(self.join, facts, self.conditions)),
            conditions=dict(self.conditions),
        )

    def ask(
        self,
        document: str,
        variables: Mapping[str, object] | None = None,
        *,
        areas: Sequence[str] = ("31",),
        roles: Sequence[str] = ("worker",),
    ) -> Told:
        """Plan, fetch, mask, put on record and answer."""
        return asyncio.run(self._ask(document, variables or {}, tuple(map(Area, areas)), frozenset(roles)))

    def plan(self, document: str, variables: Mapping[str, object] | None = None) -> str:
        """The plan of a question, as text."""
        question = Questions(self.api, Limits()).ask(
            Documents(self.api, Limits()).parse(document), None, variables or {}
        )
        return print_plan(Planner(self.world).plan(question.operation, self._governance(frozenset(("worker",)))))

    def _governance(self, roles: frozenset[str]) -> Governance:
        loaded = load(self.policy, file="policy.csv", facts=self.policy_facts)
        policy = Policy.build(loaded.lines, loaded.role_links, self.policy_facts)
        return Governance(policy, self.world.supergraph, Standing(roles, "bureau", "care", Mode.ORDINARY))

    async def _ask(
        self, document: str, variables: Mapping[str, object], areas: tuple[Area, ...], roles: frozenset[str]
    ) -> Told:
        question = Questions(self.api, Limits()).ask(Documents(self.api, Limits()).parse(document), None, variables)
        log, asker = Entries(), Asker("bureau", areas, at=AT)
        masks = {name: make(one) for name, one in self.world.catalogue.masks.items()}
        recorder = Recorder(cast(Log, log), NAMES)
        remotes = cast(Mapping[str, Remote], self.subgraphs)
        about = About(_consents, self._barred)
        sources = Sources({}, recorder, about, _unobserved)
        subgraphs = Subgraphs(remotes, self.world, about, _unobserved)
        engine = Engine(Planner(self.world), Waves(self.world, sources, subgraphs, recorder, about))
        trail = Trail(Recorded(Who("somebody", "bureau", "test", tuple(roles), ()), AT, "care", "ordinary"))
        reader = Reader("bureau", Coverage(asker), MaskBook(masks, KEYS), SEALER, day_of(AT))
        plan = engine.plan(question.operation, self._governance(roles))
        who = Whom(Principal("somebody", "bureau", "test", roles, areas), asker, reader, trail)
        state = await engine.fetch(plan, question, who)
        state.mask()
        await recorder.close(trail, state)
        return Told(assemble(state, question, {"__schema": {}}), state.failures, log.entries, plan, state, question)

    async def _barred(self, _type_name: str, keys: Sequence[str]) -> frozenset[str]:
        return self.barred & frozenset(keys)

    def _facts(self, name: str) -> TypeFacts:
        fields = {
            one: FieldFacts(
                name=one,
                type=shape.type,
                many=shape.lists > 0,
                kind=FieldKind.RELATION if self.join.is_composite(shape.type) else FieldKind.SCALAR,
                graph=None,
                inaccessible=False,
                level=1,
                category=None,
                masks=tuple(self.masks.get(f"{name}.{one}", ())),
                identifier=bool(shape.arguments),
                reveals=(),
                companion=None,
                description="",
            )
            for one, shape in self.join.types[name].fields.items()
        }
        return TypeFacts(name, None, None, self.subjects.get(name), self.areas.get(name), fields, "")


_HOLDING = (Kind.OBJECT, Kind.INTERFACE)


def _coordinates(
    join: JoinGraph, facts: Mapping[str, TypeFacts], conditions: Mapping[str, Condition]
) -> list[tuple[Coordinate, CoordinateFacts]]:
    found = []
    for name, one in facts.items():
        for each in one.fields.values():
            known = CoordinateFacts(
                chain=each.masks,
                identifier=each.identifier,
                personal=one.subject is not None,
                conditions=frozenset(conditions),
                act=name == join.mutation,
            )
            found.append((Coordinate(name, each.name), known))
    return found


async def _consents(_purpose: str, _type_name: str, _keys: Sequence[str]) -> Mapping[str, bool]:
    return {}


def _unobserved(_source: str, _how: str) -> None:
    """No metric here."""


def now() -> dt.datetime:
    """The time of every question."""
    return AT
