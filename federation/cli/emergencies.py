"""Commands for emergencies: declared by one officer, confirmed by another, ended by the clock."""

from __future__ import annotations

from datetime import datetime

import click

from federation.cli.agreements import MOMENT, in_city, until
from federation.cli.asking import Speaker, speaker

_USUAL = "emergency-response"
_SHOWN = "{ number area basis startsAt endsAt declaredBy confirmedBy endedAt }"


@click.group()
def emergency() -> None:
    """Emergencies: declare, confirm, end, list."""


@emergency.command("declare")
@speaker
@click.option("--area", required=True, help="The code of its area.")
@click.option("--basis", required=True, help="The legal basis.")
@click.option("--start", type=MOMENT, help="From when. [default: at once]")
@click.option("--end", callback=until, required=True, help="Until when, 30 days at most; a day counts whole.")
def declare(who: Speaker, area: str, basis: str, start: datetime | None, end: datetime) -> None:
    """Declare an emergency. It opens nothing until a second officer confirms it, within an hour.

    \b
    Example:
      tongguan emergency declare --as emergency-officer --area 310115016 --basis '突发事件应对法' --end 2026-12-01
    """
    document = f"""mutation ($area: String!, $basis: String!, $start: DateTime, $end: DateTime!) {{
      declareEmergency(area: $area, basis: $basis, start: $start, end: $end) {_SHOWN} }}"""
    given = {"area": area, "basis": basis, "start": in_city(start), "end": in_city(end)}
    who.act(document, given, _USUAL)


@emergency.command("confirm")
@speaker
@click.argument("identifier")
def confirm(who: Speaker, identifier: str) -> None:
    """Be the second officer: it is in force from now on.

    \b
    Example:
      tongguan emergency confirm --as second-officer E-2026-1
    """
    document = f"mutation ($id: String!) {{ confirmEmergency(id: $id) {_SHOWN} }}"
    who.act(document, {"id": identifier}, _USUAL)


@emergency.command("end")
@speaker
@click.argument("identifier")
def end(who: Speaker, identifier: str) -> None:
    """End it early, at once, by any one officer.

    \b
    Example:
      tongguan emergency end --as emergency-officer E-2026-1
    """
    who.act(f"mutation ($id: String!) {{ endEmergency(id: $id) {_SHOWN} }}", {"id": identifier}, _USUAL)


@emergency.command("list")
@speaker
@click.option("--first", default=50, show_default=True, type=click.IntRange(1, 1_000), help="How many.")
def list_(who: Speaker, first: int) -> None:
    """List emergencies, the newest first.

    \b
    Example:
      tongguan emergency list --as emergency-officer
    """
    who.list(f"query ($first: Int!) {{ emergencies(first: $first) {{ nodes {_SHOWN} }} }}", {"first": first}, _USUAL)
