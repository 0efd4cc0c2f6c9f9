"""This project's planner, under a policy that permits everything: what `python -m benchmarks large` measures."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import Final

from benchmarks.large_supergraph.measure import Plan, RefusedError
from federation.app import YOUNG
from federation.cli.router import ROUTER, open_policy, shipped
from federation.document.operation import Questions
from federation.document.parse import Documents, Parsed
from federation.errors import Refusal
from federation.opening import limits_of
from federation.plan.govern import Governance
from federation.plan.planner import Planner
from federation.rules import EXCHANGE_FILE, POLICY_FILE, SUPERGRAPH_FILE, policy_facts, world_of
from federation.schema.elements import named_type
from policies.compile import Policy
from policies.load import load
from vocabulary.principal import Mode, Standing

_VALUES: Final[Mapping[str, object]] = {"ID": "1", "String": "1", "Int": 1, "Float": 1.5, "Boolean": True}


def start(sdl: str) -> Plan:
    """Read the supergraph and the open policy, as a worker of the router does."""
    world = world_of({EXCHANGE_FILE: shipped("router.yaml"), SUPERGRAPH_FILE: sdl})
    facts = policy_facts(world.catalogue, world.supergraph)
    lines = load(open_policy(acts=bool(world.supergraph.acts)), file=POLICY_FILE, facts=facts)
    policy = Policy.build(lines.lines, lines.role_links, facts)
    api, limits, planner = world.supergraph.api, limits_of(ROUTER), Planner(world)
    governance = Governance(policy, world.supergraph, Standing(frozenset(), "open", "use", Mode.ORDINARY))
    gc.collect()
    gc.set_threshold(YOUNG)
    gc.freeze()  # as a worker does once it has started

    def plan(document: str) -> object:
        documents, questions = Documents(api, limits), Questions(api, limits)  # they remember, and each is new here
        try:
            parsed = documents.parse(document)
            question = questions.ask(parsed, None, _made_up(parsed))
            return planner.plan(question.operation, governance)
        except Refusal as refusal:
            raise RefusedError(refusal.code.name) from None

    return plan


def _made_up(parsed: Parsed) -> dict[str, object]:
    """A value for each variable of a document: they ask for scalars of GraphQL's own."""
    (operation,) = parsed.operations.values()
    return {one.variable.name.value: _VALUES[named_type(one.type)] for one in operation.variable_definitions or ()}
