"""Commands that search the audit log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import click
import orjson

from federation.cli.asking import Speaker, speaker
from federation.cli.common import NegativeAnswerError
from federation.cli.proving import PROVING
from vocabulary.moment import CITY_ZONE
from vocabulary.receipt import Kind

_USUAL = "security-audit"
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def audit() -> None:
    """The audit log: search it, sign its head, prove an entry, verify it offline."""


for command in PROVING:
    audit.add_command(command)


_NODES = """nodes {
      entry at kind how act under person organisation purpose mode outcome
      released { coordinate shown rows line }
      given { organisation source coordinate line count }
    }"""
_TERMS: Mapping[str, tuple[str, str]] = {  # option → type, and how `where` says it
    "person": ("String", "subject: {eq: $person}"),
    "by": ("String", "person: {eq: $by}"),
    "organisation": ("String", "organisation: {eq: $organisation}"),
    "kind": ("String", "kind: {eq: $kind}"),
    "since": ("DateTime", "at: {gte: $since}"),
    "until": ("DateTime", "at: {lt: $until}"),
}
_REPORT = f"""query Under($what: String!, $first: Int!) {{
  accesses(first: $first, where: {{under: {{eq: $what}}}}) {{ {_NODES} }}
}}"""


def _looking(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a search: who, how many, and in which form."""

    @speaker
    @click.option(
        "--first", default=20, type=click.IntRange(1, 1_000), show_default=True, help="How many of the newest entries."
    )
    @click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
    @wraps(command)
    def wrapped(**options: object) -> None:
        command(**options)

    return wrapped


@audit.command("search")
@_looking
@click.option("--by", help="What this person saw or did: who asked, as entries name them.")
@click.option("--organisation", help="What people of this organisation saw or did.")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="Entries of one kind, as refusal.")
@click.option("--since", type=_DAY, help="From this day of the city on, as 2026-11-21.")
@click.option("--until", type=_DAY, help="Before this day of the city.")
@click.argument("person", required=False)
def audit_search(who: Speaker, first: int, as_json: bool, **terms: str | dt.datetime | None) -> None:
    """Say who saw a person, or what somebody saw: every entry of the log that is as the options say.

    PERSON is an identity number; it is matched by its pseudonym and never stored, and the search is itself on record.

    \b
    Examples:
      tongguan audit search --as officer 310115195001011234
      tongguan audit search --as officer --by wang.min
      tongguan audit search --as officer --organisation health-commission --kind refusal --since 2026-11-01
    """
    if not any(terms.values()):
        raise click.UsageError("name a PERSON, or say whose entries, of which kind or from when: see --help")
    said = {name: _said(value) for name, value in terms.items() if value is not None}
    declared = "".join(f", ${name}: {_TERMS[name][0]}!" for name in said)
    terms_said = ", ".join(f"{{{_TERMS[name][1]}}}" for name in said)
    where = f", where: {{and: [{terms_said}]}}" if said else ""
    question = f"query Search($first: Int!{declared}) {{ accesses(first: $first{where}) {{ {_NODES} }} }}"
    nothing = "No entry of the log names this person." if set(said) == {"person"} else "No entry of the log is so."
    _print(who.ask(question, {**said, "first": first}, _USUAL), as_json, nothing)


def _said(value: str | dt.datetime) -> str:
    """A day is one of the city: it begins at the city's midnight."""
    return value.replace(tzinfo=CITY_ZONE).isoformat() if isinstance(value, dt.datetime) else value


@audit.command("report")
@_looking
@click.argument("identifier")
def audit_report(who: Speaker, first: int, as_json: bool, identifier: str) -> None:
    """List everything released under an agreement, in an emergency or through a broken glass, by its id.

    \b
    Example:
      tongguan audit report --as officer E-2026-1
    """
    _print(who.ask(_REPORT, {"what": identifier, "first": first}, _USUAL), as_json, "No entry of the log is under it.")


def _print(answer: Mapping[str, Any], as_json: bool, nothing: str) -> None:
    if as_json:
        click.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
    else:
        _print_accesses(answer, nothing)


def _print_accesses(answer: Mapping[str, Any], nothing: str) -> None:
    """The accesses as a person reads them."""
    found = answer["data"]["accesses"]
    for one in answer["extensions"]["withheld"]:
        click.echo(f"withheld {one['coordinate']}: {one['reason']}. {one['ask']}", err=True)
    if found is None:
        raise NegativeAnswerError("the log could not be searched")
    if not found["nodes"]:
        click.echo(nothing)
    for entry in found["nodes"]:
        how = f" ({entry['how']})" if entry["how"] else ""
        what = entry["act"] or entry["outcome"]
        under = f", under {entry['under']}" if entry["under"] else ""
        click.echo(
            f"#{entry['entry']} {entry['at']} {entry['kind']}{how}: {entry['person']} of "
            f"{entry['organisation']}, for {entry['purpose']}: {what}{under}"
        )
        for one in entry["released"] or ():
            click.echo(f"    {one['coordinate']}: {one['shown']}, {_where(one)}")
        for one in entry["given"] or ():
            told = f"{one['organisation']} ({one['source']})"
            click.echo(f"    told {told}: {one['coordinate']} × {one['count']}  [{one['line']}]")


def _where(released: Mapping[str, Any]) -> str:
    """On which rows and by which line; what was withheld has a reason in the place of both."""
    rows, line = released["rows"], released["line"]
    return f"rows {rows}  [{line}]" if line else str(rows)
