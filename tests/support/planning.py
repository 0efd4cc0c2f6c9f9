"""Plans without sources: the demo city's declaration and a policy, and a document to plan."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from democity.personas import PERSONAS
from federation.app import EXCHANGE_FILE, POLICY_FILE, compose_supergraph, policy_facts, with_own_source
from federation.document.limits import Limits
from federation.document.operation import Questions
from federation.document.parse import Documents
from federation.plan.build import World, build
from federation.plan.govern import Governance
from federation.plan.nodes import Plan
from federation.plan.text import print_plan
from federation.schema.declare import parse
from federation.schema.supergraph import Supergraph
from policies.compile import Policy
from policies.load import load
from vocabulary.principal import Mode, Standing

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


def plan_of(
    document: str,
    who: str = "analyst",
    *,
    variables: Mapping[str, object] | None = None,
    policy: str | None = None,
    purpose: str | None = None,
    world: World | None = None,
) -> Plan:
    world = world or demo_world()
    text = (CITY / POLICY_FILE).read_text("utf-8") if policy is None else policy
    persona = PERSONAS[who]
    standing = Standing(frozenset(persona.roles), persona.organisation, purpose or persona.purpose, Mode.ORDINARY)
    limits = Limits()
    parsed = Documents(world.supergraph.api, limits).parse(document)
    question = Questions(world.supergraph.api, limits).ask(parsed, None, variables or {})
    return build(question.operation, Governance(policy_of(text, world), world.supergraph, standing), world)


def plan_text(document: str, who: str = "analyst", **options: object) -> str:
    return print_plan(plan_of(document, who, **options))  # type: ignore[arg-type]  # the options of plan_of
