"""Commands for the audit log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

import click
import orjson

from audit.errors import AuditError
from audit.note import VerifyKey
from audit.verify import verify
from federation.cli.asking import Speaker, speaker
from federation.cli.common import HOME, NegativeAnswerError, finished, opened, settings_of

_USUAL = "security-audit"


@click.group()
def audit() -> None:
    """The audit log: search it, sign its head, verify it offline."""


_NODES = """nodes {
      entry at kind how act under person organisation purpose mode outcome
      released { coordinate shown rows line }
      given { organisation source coordinate line count }
    }"""
_SEARCH = f"""query WhoSaw($what: String!, $first: Int!) {{
  accesses(first: $first, where: {{subject: {{eq: $what}}}}) {{ {_NODES} }}
}}"""
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
@click.argument("person")
def audit_search(who: Speaker, first: int, as_json: bool, person: str) -> None:
    """Say who saw a person: every entry of the log about them.

    PERSON is an identity number; it is matched by its pseudonym and never stored, and the search is itself on record.

    \b
    Example:
      tongguan audit search --as officer 310115195001011234
    """
    _print(
        who.ask(_SEARCH, {"what": person, "first": first}, _USUAL), as_json, "No entry of the log names this person."
    )


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


def _verify_key(given: str | None, usual: Path) -> VerifyKey:
    """The key as it is given, in a file that is named, or where it usually stands."""
    if given is None:
        given = usual.read_text(encoding="utf-8")
    elif "+" not in given:  # every key holds one
        given = Path(given).read_text(encoding="utf-8")
    return VerifyKey.from_text(given.strip())


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


@audit.command("checkpoint")
@HOME
@click.option("--out", type=click.Path(path_type=Path), help="Where to write it. Keep it elsewhere than the log.")
def audit_checkpoint(home: Path | None, out: Path | None) -> None:
    """Sign the head of the log (C2SP tlog-checkpoint), to be saved elsewhere and verified against later.

    \b
    Example:
      tongguan audit checkpoint --out /media/witness/checkpoint.txt
    """
    exchange = opened(home)
    try:
        note = finished(exchange, exchange.log.checkpoint)
    except AuditError as error:
        raise NegativeAnswerError(str(error)) from None
    if out is None:
        click.echo(note, nl=False)
        return
    try:
        out.write_text(note, encoding="utf-8")
    except OSError as error:
        raise NegativeAnswerError(f"{out} can't be written: {error.strerror}") from None
    click.echo(f"Wrote {out}. The key to verify it with: {(exchange.settings.keys / 'log.vkey').read_text().strip()}")


@audit.command("verify")
@HOME
@click.option(
    "--log", "directory", type=click.Path(path_type=Path), help="The log's directory. [default: audit in the home]"
)
@click.option(
    "--checkpoint", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A checkpoint saved elsewhere."
)
@click.option("--vkey", help="The log's public key, or a file that holds it. [default: keys/log.vkey in the home]")
def audit_verify(home: Path | None, directory: Path | None, checkpoint: Path | None, vkey: str | None) -> None:
    """Verify the log offline, against a signed checkpoint: any changed, dropped or truncated entry fails.

    \b
    Example:
      tongguan audit verify --checkpoint /media/witness/checkpoint.txt
    """
    settings = settings_of(home)
    try:
        key = _verify_key(vkey, settings.keys / "log.vkey")
    except (AuditError, OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"the log's public key can't be read ({error}): name the home, or give --vkey") from None
    try:
        note = checkpoint.read_text(encoding="utf-8") if checkpoint else None
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"the checkpoint can't be read: {error}") from None
    report = verify(directory or settings.audit, note, key)
    click.echo(str(report))
    if not report.ok:
        raise SystemExit(1)
