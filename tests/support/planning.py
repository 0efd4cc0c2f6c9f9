"""Plans without sources: the demo city's declaration and a policy, and a document to plan."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from democity.personas import PERSONAS
from federation.document.limits import Limits
from federation.document.operation import Question, Questions
from federation.document.parse import Documents
from federation.document.structure import Item
from federation.execute.bind import bind
from federation.execute.book import MaskBook
from federation.keys import KeyRing
from federation.plan.bindings import Bindings
from federation.plan.govern import Governance
from federation.plan.places import Kept, Plan, RowsPlan
from federation.plan.planner import Planner
from federation.plan.rules import pushed
from federation.plan.text import print_plan
from federation.plan.world import World
from federation.rules import EXCHANGE_FILE, POLICY_FILE, compose_supergraph, policy_facts, with_own_source
from federation.schema.as_subgraph import as_subgraph as subgraph_of
from federation.schema.declare import parse
from federation.schema.facts import FieldFacts, FieldKind, TypeFacts
from federation.schema.supergraph import Supergraph
from policies.compile import Policy
from policies.load import load
from vocabulary.fetch import Predicate
from vocabulary.moment import day_of
from vocabulary.principal import Mode, Standing
from vocabulary.rows import Asker, RowRule, TiedSubject, leaves

CITY = Path(__file__).parents[2] / "democity" / "city"


@cache
def demo_world() -> World:
    return world_of((CITY / EXCHANGE_FILE).read_text("utf-8"))


def world_of(exchange: str) -> World:
    catalogue = with_own_source(parse(exchange, file=EXCHANGE_FILE))
    return World(Supergraph.parse(compose_supergraph(catalogue)), catalogue)


def policy_of(text: str, world: World) -> Policy:
    facts = policy_facts(world.catalogue, world.supergraph)
    loaded = load(text, file=POLICY_FILE, facts=facts)
    return Policy.build(loaded.lines, loaded.role_links, facts)


def question_of(
    document: str,
    variables: Mapping[str, object] | None = None,
    world: World | None = None,
    *,
    as_subgraph: bool = False,
) -> Question:
    world, limits = world or demo_world(), Limits()
    api = world.supergraph.api
    if as_subgraph:
        api = subgraph_of(api, world.supergraph.types, world.named()).api
    return Questions(api, limits).ask(Documents(api, limits).parse(document), None, variables or {})


def plan_of(
    document: str,
    who: str = "analyst",
    *,
    variables: Mapping[str, object] | None = None,
    policy: str | None = None,
    purpose: str | None = None,
    mode: Mode = Mode.ORDINARY,
    world: World | None = None,
    as_subgraph: bool = False,
) -> Plan:
    world = world or demo_world()
    text = (CITY / POLICY_FILE).read_text("utf-8") if policy is None else policy
    persona = PERSONAS[who]
    standing = Standing(frozenset(persona.roles), persona.organisation, purpose or persona.purpose, mode)
    operation = question_of(document, variables, world, as_subgraph=as_subgraph).operation
    return Planner(world).plan(operation, Governance(policy_of(text, world), world.supergraph, standing))


def plan_text(document: str, who: str = "analyst", **options: object) -> str:
    return print_plan(plan_of(document, who, **options))  # type: ignore[arg-type]  # the options of plan_of


def field_facts(name: str, type_name: str, kind: FieldKind = FieldKind.SCALAR) -> FieldFacts:
    """A field that is governed by nothing in particular."""
    return FieldFacts(
        name=name,
        type=type_name,
        many=False,
        kind=kind,
        graph="town",
        inaccessible=False,
        level=1,
        category=None,
        masks=(),
        identifier=False,
        reveals=(),
        companion=None,
        description="",
    )


def asked_of(rule: RowRule, facts: TypeFacts, asker: Asker) -> tuple[Predicate, dict[str, Item]]:
    """What the source of a type is asked for a rule, with the values that the executor binds."""
    bindings = Bindings()
    where = pushed(rule, facts, bindings)
    plan = Plan(
        places=(),
        waves=(),
        kept=(Kept(1, facts.name, -1, rule, (), {}, "town", rows=RowsPlan(())),),
        answer=(),
        paths={},
        withheld=(),
        shown=(),
        masked={},
        ties=frozenset(leaf.tie for leaf in leaves(rule) if isinstance(leaf, TiedSubject)),
        judges=(),
        introspective=False,
        constants=bindings.constants,
        conditions=tuple(bindings.conditions.values()),
    )
    return where, bind(plan, (), asker, MaskBook({}, KeyRing(b"k" * 32)), day_of(asker.at))
