"""Commands for agreements: the demand list (需求清单), from a draft to its end."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from federation.cli.asking import Speaker, speaker
from vocabulary.moment import CITY_ZONE

_USUAL = "data-governance"
_SHOWN = "{ number step asker owner purpose rows coordinates basis startsAt endsAt }"


MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"])


def until(context: click.Context, option: click.Parameter, text: str) -> datetime:
    """A moment; of a day that is named alone, its end, as in lists.yaml."""
    found: datetime = MOMENT.convert(text, option, context)
    return found + timedelta(days=1) if len(text) == len("2027-12-31") else found


def in_city(moment: datetime | None) -> str | None:
    """A moment as the graph takes it; without an offset it is meant by the city's clock."""
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=CITY_ZONE)).isoformat()


@click.group()
def agreement() -> None:
    """Agreements: draft, ask, approve, refuse, suspend, resume, revoke."""


@agreement.command("draft")
@speaker
@click.option("--id", "identifier", help="Of a draft of one's own, to replace it.")
@click.option("--owner", required=True, help="The organisation that answers for the data.")
@click.option("--role", "roles", multiple=True, help="For which roles. [default: everybody of the asker]")
@click.option(
    "--wish",
    "wishes",
    multiple=True,
    required=True,
    help="As `read Resident.phone phone-partial` or `deliver Resident.identityNo eatwell`; may be repeated.",
)
@click.option("--rows", default="own", show_default=True, help="On which rows, as in a policy line.")
@click.option("--for", "wanted", required=True, help="The purpose that the data is wanted for.")
@click.option(
    "--mode",
    type=click.Choice(["ordinary", "emergency", "any"]),
    default="ordinary",
    show_default=True,
    help="In which mode it counts.",
)
@click.option("--basis", required=True, help="The legal basis.")
@click.option("--start", type=MOMENT, help="From when. [default: at once]")
@click.option("--end", callback=until, required=True, help="Until when; a day counts whole.")
def draft(
    who: Speaker,
    identifier: str | None,
    owner: str,
    roles: tuple[str, ...],
    wishes: tuple[str, ...],
    rows: str,
    wanted: str,
    mode: str,
    basis: str,
    start: datetime | None,
    end: datetime,
) -> None:
    """Draft an agreement. It permits nothing until it is asked for and approved.

    \b
    Example:
      tongguan agreement draft --as steward --owner eatwell --for elderly-care --end 2027-12-31 \\
        --wish 'read MealService.active' --basis 'PIPL art. 34'
    """
    document = f"""mutation ($id: String, $owner: String!, $roles: [String!], $wishes: [String!]!, $rows: String!,
      $purpose: String!, $mode: String, $basis: String!, $start: DateTime, $end: DateTime!) {{
      draftAgreement(id: $id, owner: $owner, roles: $roles, wishes: $wishes, rows: $rows, purpose: $purpose,
        mode: $mode, basis: $basis, start: $start, end: $end) {_SHOWN} }}"""
    who.act(
        document,
        {
            "id": identifier,
            "owner": owner,
            "roles": list(roles) or None,
            "wishes": list(wishes),
            "rows": rows,
            "purpose": wanted,
            "mode": mode,
            "basis": basis,
            "start": in_city(start),
            "end": in_city(end),
        },
        _USUAL,
    )


def _step(name: str, act: str, sentence: str) -> click.Command:
    @agreement.command(name, help=f"{sentence}\n\n\b\nExample:\n  tongguan agreement {name} --as steward A-2026-1")
    @speaker
    @click.argument("identifier")
    def step(who: Speaker, identifier: str) -> None:
        who.act(f"mutation ($id: String!) {{ {act}(id: $id) {_SHOWN} }}", {"id": identifier}, _USUAL)

    return step


_step("ask", "askAgreement", "Put a draft before its owner.")
_step("approve", "approveAgreement", "Approve it, for the owner. Nobody approves what they asked for.")
_step("refuse", "refuseAgreement", "Refuse it, for the owner.")
_step("suspend", "suspendAgreement", "Suspend it, at once, for the owner.")
_step("resume", "resumeAgreement", "Let a suspended one act again, for the owner.")
_step("revoke", "revokeAgreement", "End it for good, at once, for either side.")


@agreement.command("list")
@speaker
@click.option("--first", default=50, show_default=True, type=click.IntRange(1, 1_000), help="How many.")
def list_(who: Speaker, first: int) -> None:
    """List the agreements that one may see, the newest first.

    \b
    Example:
      tongguan agreement list --as steward
    """
    who.list(f"query ($first: Int!) {{ agreements(first: $first) {{ nodes {_SHOWN} }} }}", {"first": first}, _USUAL)
