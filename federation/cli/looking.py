"""Commands that look and ask nothing: the supergraph, a decision, a plan."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import click
import orjson

from federation.app import StartError, compose_supergraph, read_catalogue
from federation.cli.common import (
    AS,
    HOME,
    PURPOSE,
    CannotStartError,
    NegativeAnswerError,
    finished,
    opened,
    settings_of,
    standing_of,
)
from federation.document.limits import Limits
from federation.document.operation import Questions
from federation.document.parse import Documents
from federation.errors import Refusal
from federation.plan.build import build
from federation.plan.govern import Governance
from federation.plan.text import print_plan
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action


@click.command("compose")
@HOME
def compose_command(home: Path | None) -> None:
    """Print the supergraph (Apollo Federation v2, join spec) of all declared sources.

    \b
    Example:
      tongguan compose --home .state/demo > supergraph.graphql
    """
    try:
        click.echo(compose_supergraph(read_catalogue(settings_of(home).home)))
    except StartError as error:
        raise CannotStartError(str(error)) from None


@click.command()
@HOME
@AS
@PURPOSE
@click.option(
    "--action",
    type=click.Choice([Action.READ.value, Action.MATCH.value, Action.DERIVE.value]),  # click would take enum names
    default=Action.READ.value,
    show_default=True,
    help="What would be done with it.",
)
@click.argument("coordinate")
def decide(home: Path | None, persona: str | None, purpose: str | None, action: str, coordinate: str) -> None:
    """Print the decision on one coordinate, and the policy lines that make it.

    \b
    Example:
      tongguan decide --as analyst Resident.phone
    """
    try:
        wanted = Coordinate.parse(coordinate)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    exchange = opened(home)

    def work() -> None:
        governance = Governance(
            exchange.keeper.current().policy, exchange.supergraph, standing_of(persona, purpose, exchange)
        )
        known = exchange.supergraph.coordinates()
        if wanted not in known:
            raise NegativeAnswerError(f"{wanted} is no coordinate of this graph: `tongguan compose` prints them all")
        if action == Action.READ:
            decision = governance.view(wanted.type).decisions[wanted.field]
        else:
            decision = exchange.keeper.current().policy.decide(governance.standing, wanted, Action(action))
        click.echo(f"{wanted} · {action} · {governance.standing.purpose} · {governance.standing.mode}")
        for grant in decision.grants:
            click.echo(f"  {grant.shown} on rows: {grant.rows}   [{grant.line}]")
        for deny in decision.denies:
            click.echo(f"  denied on rows: {deny.rows}   [{deny.line}]")
        if decision.reason:
            click.echo(f"  withheld: {decision.reason}")
            raise SystemExit(1)

    finished(exchange, work)


@click.command("plan")
@HOME
@AS
@PURPOSE
@click.option("--variables", default="{}", help="The variables, as JSON.")
@click.argument("document", type=click.File(encoding="utf-8"))
def plan_command(
    home: Path | None, persona: str | None, purpose: str | None, variables: str, document: IO[str]
) -> None:
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
    exchange = opened(home)

    def work() -> None:
        limits = Limits()
        try:
            parsed = Documents(exchange.supergraph.api, limits).parse(text)
            question = Questions(exchange.supergraph.api, limits).ask(parsed, None, given)
            standing = standing_of(persona, purpose, exchange)
            governance = Governance(exchange.keeper.current().policy, exchange.supergraph, standing)
            click.echo(print_plan(build(question.operation, governance, exchange.world)), nl=False)
        except Refusal as refusal:
            raise NegativeAnswerError(f"{refusal.code.name}: {refusal.message}") from None

    finished(exchange, work)
