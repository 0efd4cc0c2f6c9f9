"""Commands about single subjects: break the glass and review it, consents, cases."""

from __future__ import annotations

import csv
from typing import IO

import click

from federation.cli.asking import Speaker, speaker

_GLASS = "{ number person organisation openedAt until reviewedBy outcome }"
_GLASS_TO_REVIEW = "{ number person organisation openedAt until reason reviewedBy outcome note }"
_CASE = "{ number kind person organisation openedAt closedAt }"
_TYPE = click.option(
    "--type", "kind", default="Resident", show_default=True, help="The type that the subject is an entity of."
)


@click.group()
def glass() -> None:
    """Break the glass for one record in urgent need, and review it."""


@glass.command("break")
@speaker
@_TYPE
@click.option("--reason", required=True, help="Why. It is sealed, for the reviewer.")
@click.argument("key")
def break_(who: Speaker, kind: str, reason: str, key: str) -> None:
    """Open one record for some minutes. Officers are told at once, and it is reviewed.

    \b
    Example:
      tongguan glass break --as doctor --reason 'unconscious, address needed' 310115195001011234
    """
    document = f"""mutation ($type: String!, $key: String!, $reason: String!) {{
      breakGlass(type: $type, key: $key, reason: $reason) {_GLASS} }}"""
    who.act(document, {"type": kind, "key": key, "reason": reason}, "medical-rescue")


@glass.command("review")
@speaker
@click.option(
    "--outcome", required=True, type=click.Choice(["justified", "unjustified"]), help="What the review found."
)
@click.option("--note", required=True, help="Why. It is sealed.")
@click.argument("identifier")
def review(who: Speaker, outcome: str, note: str, identifier: str) -> None:
    """Judge an opening, once, by somebody else. Unjustified: the person breaks no glass any more.

    \b
    Example:
      tongguan glass review --as officer --outcome justified --note 'ambulance report 17' G-2026-1
    """
    document = f"""mutation ($id: String!, $outcome: String!, $note: String!) {{
      reviewGlass(id: $id, outcome: $outcome, note: $note) {_GLASS} }}"""
    who.act(document, {"id": identifier, "outcome": outcome, "note": note}, "security-audit")


@glass.command("lift")
@speaker
@click.argument("identifier")
def lift(who: Speaker, identifier: str) -> None:
    """Let the person of an unjustified opening break the glass again.

    \b
    Example:
      tongguan glass lift --as officer G-2026-1
    """
    who.act(f"mutation ($id: String!) {{ liftGlass(id: $id) {_GLASS} }}", {"id": identifier}, "security-audit")


@glass.command("list")
@speaker
@click.option("--first", default=50, show_default=True, type=click.IntRange(1, 1_000), help="How many.")
def list_glass(who: Speaker, first: int) -> None:
    """List openings, the newest first; those without an outcome wait for a review.

    \b
    Example:
      tongguan glass list --as officer
    """
    document = f"query ($first: Int!) {{ brokenGlasses(first: $first) {{ nodes {_GLASS_TO_REVIEW} }} }}"
    who.list(document, {"first": first}, "security-audit")


@click.group()
def consent() -> None:
    """Consents and objections, per purpose."""


@consent.command("set")
@speaker
@_TYPE
@click.option("--for", "wanted", required=True, help="The purpose that it is about.")
@click.argument("key")
@click.argument("said", type=click.Choice(["given", "objected", "none"]))
def set_(who: Speaker, kind: str, wanted: str, key: str, said: str) -> None:
    """Put on record what a subject says about a purpose, in place of what was said before.

    \b
    Example:
      tongguan consent set --as registrar --for elderly-care 310115195001011234 given
    """
    document = """mutation ($type: String!, $key: String!, $purpose: String!, $consent: String!) {
      setConsent(type: $type, key: $key, purpose: $purpose, consent: $consent) { entry } }"""
    given = {"type": kind, "key": key, "purpose": wanted, "consent": said}
    who.act(document, given, "data-governance")


@consent.command("load")
@speaker
@_TYPE
@click.argument("file", type=click.File(encoding="utf-8"))
def load(who: Speaker, kind: str, file: IO[str]) -> None:
    """Take over consents from a CSV of key, purpose and said (given, objected or none), millions in bounded memory.

    It needs a `write` line for Mutation.setConsent, as each of them would. Each chunk is on record.

    \b
    Example:
      tongguan consent load --as registrar consents.csv
    """
    count = who.load_consents(kind, csv.reader(file), "data-governance")
    click.echo(f"{count} consents are on record.")


@click.group()
def case() -> None:
    """Cases about subjects, assigned to people."""


@case.command("open")
@speaker
@_TYPE
@click.option("--kind", "about", required=True, help="What the case is about.")
@click.option("--person", required=True, help="To whom it is assigned.")
@click.option("--organisation", required=True, help="Of which organisation.")
@click.argument("key")
def open_(who: Speaker, kind: str, about: str, person: str, organisation: str, key: str) -> None:
    """Assign a case about a subject to a person, who then sees what `case` lines show.

    \b
    Example:
      tongguan case open --as registrar --kind care --person he.ping --organisation huamu-committee-3 310115195001011234
    """
    document = f"""mutation ($type: String!, $key: String!, $kind: String!, $person: String!, $organisation: String!) {{
      openCase(type: $type, key: $key, kind: $kind, person: $person, organisation: $organisation) {_CASE} }}"""
    given = {"type": kind, "key": key, "kind": about, "person": person, "organisation": organisation}
    who.act(document, given, "data-governance")


@case.command("close")
@speaker
@click.argument("identifier")
def close(who: Speaker, identifier: str) -> None:
    """Close a case, at once.

    \b
    Example:
      tongguan case close --as registrar C-2026-1
    """
    who.act(f"mutation ($id: String!) {{ closeCase(id: $id) {_CASE} }}", {"id": identifier}, "data-governance")


@case.command("list")
@speaker
@click.option("--first", default=50, show_default=True, type=click.IntRange(1, 1_000), help="How many.")
def list_cases(who: Speaker, first: int) -> None:
    """List cases, the newest first.

    \b
    Example:
      tongguan case list --as registrar
    """
    document = f"query ($first: Int!) {{ cases(first: $first) {{ nodes {_CASE} }} }}"
    who.list(document, {"first": first}, "data-governance")
