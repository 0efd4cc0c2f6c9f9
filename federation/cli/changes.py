"""Commands that change the policy of an exchange: one person proposes, another approves."""

from __future__ import annotations

from pathlib import Path

import click

from federation.cli.asking import Speaker, speaker
from federation.cli.common import settings_of, starting
from federation.rules import EXCHANGE_FILE, LISTS_FILE, POLICY_FILE, texts_of

_USUAL = "data-governance"
_SHOWN = "{ number step digest proposedBy proposedAt settledBy settledAt }"


@click.command("propose")
@speaker
@click.option("--from", "directory", type=click.Path(path_type=Path), help="Where the files are. [default: the home]")
@click.option("--reason", required=True, help="Why. It is sealed.")
def propose(who: Speaker, directory: Path | None, reason: str) -> None:
    """Propose policy.csv, lists.yaml and exchange.yaml as they stand in a directory, together.

    \b
    Example:
      tongguan policy propose --as policy-steward --from drafts --reason 'phones for the vaccination campaign'
    """
    with starting():
        texts = texts_of(directory or settings_of(who.home).home)
    document = f"""mutation ($policy: String!, $lists: String!, $exchange: String!, $reason: String!) {{
      proposePolicy(policy: $policy, lists: $lists, exchange: $exchange, reason: $reason) {_SHOWN} }}"""
    given = {
        "policy": texts[POLICY_FILE],
        "lists": texts[LISTS_FILE],
        "exchange": texts[EXCHANGE_FILE],
        "reason": reason,
    }
    who.act(document, given, _USUAL)


@click.command("approve")
@speaker
@click.argument("identifier")
def approve(who: Speaker, identifier: str) -> None:
    """Be the second person: the proposed policy is in force from now on, in every process.

    \b
    Example:
      tongguan policy approve --as second-policy-steward P-2026-2
    """
    who.act(f"mutation ($id: String!) {{ approvePolicy(id: $id) {_SHOWN} }}", {"id": identifier}, _USUAL)


@click.command("show")
@speaker
@click.argument("identifier")
def show(who: Speaker, identifier: str) -> None:
    """Print what a change proposes: its reason, lists.yaml and policy.csv, to be read before it is approved.

    \b
    Example:
      tongguan policy show --as second-policy-steward P-2026-2
    """
    document = """query ($id: String!) { policyChanges(first: 1, where: {number: {eq: $id}}) {
      nodes { number step proposedBy reason policy lists } } }"""
    answer = who.ask(document, {"id": identifier}, _USUAL)
    for node in (answer["data"]["policyChanges"] or {"nodes": ()})["nodes"]:
        for name in ("number", "step", "proposedBy", "reason", "lists", "policy"):
            click.echo(f"{name}: {node[name]}")


@click.command("withdraw")
@speaker
@click.argument("identifier")
def withdraw(who: Speaker, identifier: str) -> None:
    """Take a proposal off the table.

    \b
    Example:
      tongguan policy withdraw --as policy-steward P-2026-2
    """
    who.act(f"mutation ($id: String!) {{ withdrawPolicy(id: $id) {_SHOWN} }}", {"id": identifier}, _USUAL)


@click.command("changes")
@speaker
@click.option("--first", default=50, show_default=True, type=click.IntRange(1, 1_000), help="How many.")
def changes(who: Speaker, first: int) -> None:
    """List changes of the policy, the newest first.

    \b
    Example:
      tongguan policy changes --as policy-steward
    """
    who.list(f"query ($first: Int!) {{ policyChanges(first: $first) {{ nodes {_SHOWN} }} }}", {"first": first}, _USUAL)
