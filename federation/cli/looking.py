"""Commands that look and ask nothing: a decision, a plan."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import click
import orjson

from federation.cli.common import HOME, Asker, NegativeAnswerError, asker, rules_of
from federation.document.limits import Limits
from federation.document.operation import Questions
from federation.document.parse import Documents
from federation.errors import Refusal
from federation.plan.govern import Governance
from federation.plan.planner import Planner
from federation.plan.text import print_plan
from federation.shadow import Governed
from policies.load import ENFORCED
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action


@click.command()
@HOME
@asker
@click.option(
    "--action",
    type=click.Choice([one.value for one in ENFORCED]),
    default=Action.READ.value,
    show_default=True,
    help="What would be done with it. For deliver, --organisation is the receiver.",
)
@click.argument("coordinate")
def decide(home: Path | None, who: Asker, action: str, coordinate: str) -> None:
    """Print the decision on one coordinate, and the policy lines that make it.

    \b
    Example:
      tongguan decide --as analyst Resident.phone
      tongguan decide --organisation eatwell --purpose epidemic-control --action deliver Resident.identityNo
    """
    try:
        wanted = Coordinate.parse(coordinate)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    rules = rules_of(home)
    standing = who.standing(rules)
    if wanted not in rules.world.supergraph.coordinates():
        raise NegativeAnswerError(f"{wanted} is no coordinate of this graph: `tongguan compose` prints them all")
    governed = Governed(rules.keeper.current().policy, rules.world.supergraph)
    decision = governed.decide(standing, wanted, Action(action))
    click.echo(f"{wanted} · {action} · {standing.purpose} · {standing.mode}")
    for grant in decision.grants:
        click.echo(f"  {grant.shown} on rows: {grant.rows}   [{grant.line}]")
    for deny in decision.denies:
        click.echo(f"  denied on rows: {deny.rows}   [{deny.line}]")
    if decision.reason:
        click.echo(f"  withheld: {decision.reason}")
        raise SystemExit(1)


@click.command("plan")
@HOME
@asker
@click.option("--variables", default="{}", help="The variables, as JSON.")
@click.argument("document", type=click.File(encoding="utf-8"))
def plan_command(home: Path | None, who: Asker, variables: str, document: IO[str]) -> None:
    """Print what a question would ask of each source, without asking it. `-` reads the document from standard input.

    \b
    Example:
      echo '{ residents { nodes { name phone } } }' | tongguan plan --as analyst -
    """
    try:
        given = orjson.loads(variables)
        text = document.read()
    except orjson.JSONDecodeError:
        raise click.UsageError("--variables takes a JSON object") from None
    except UnicodeDecodeError:
        raise click.UsageError("the document is no UTF-8 text") from None
    if not isinstance(given, dict):
        raise click.UsageError("--variables takes a JSON object")
    rules, limits = rules_of(home), Limits()
    standing, world = who.standing(rules), rules.world
    governance = Governance(rules.keeper.current().policy, world.supergraph, standing)
    try:
        parsed = Documents(world.supergraph.api, limits).parse(text)
        question = Questions(world.supergraph.api, limits).ask(parsed, None, given)
        click.echo(print_plan(Planner(world).plan(question.operation, governance)), nl=False)
    except Refusal as refusal:
        raise NegativeAnswerError(f"{refusal.code.name}: {refusal.message}") from None
