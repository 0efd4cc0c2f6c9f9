"""The command that looks at somebody's own system, and proposes how to declare it."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

import click

from connectors.outlines import NoTargetError, OutlineError, Target, look
from federation.cli.common import CannotStartError, NegativeAnswerError
from federation.rules import EXCHANGE_FILE, StartError, catalogue_of, check_masks, compose_supergraph, texts_of
from federation.schema.proposal import Ground, policy_lines, propose, write_section
from federation.schema.proposal.names import is_source_name
from federation.schema.proposal.policy_lines import PURPOSE, ROLE
from federation.schema.proposal.values import Proposal
from federation.schema.supergraph import Supergraph
from vocabulary.catalogue import Catalogue

_LARGEST_SECRET = 4096
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class _Joined:
    """The exchange that the source is to join: its text, and what that declares."""

    home: Path
    text: str
    catalogue: Catalogue


_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("inspect")
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    envvar="TONGGUAN_HOME",
    help="Directory of the exchange to join. [default: TONGGUAN_HOME, or none]",
)
@click.option("--owner", required=True, help="The organisation that answers for the source.")
@click.option("--name", help="What the source is to be called. [default: as its file or database]")
@click.option("--table", "tables", multiple=True, help="Only this table; may be repeated.")
@click.option("--password-file", type=_FILE, help="A file with the password.")
@click.option("--ca", type=_FILE, help="Who vouches for a server on another machine: a certificate, as PEM.")
@click.option("--auth-header", default="", help="The header of a GraphQL endpoint that carries what the file holds.")
@click.option("--seconds", default=30.0, type=click.FloatRange(1, 600), show_default=True, help="The longest look.")
@click.option("--policy", "only_policy", is_flag=True, help="Print policy lines to begin from, and no section.")
@click.option("--role", default=ROLE, help="For which role the policy lines are.")
@click.option("--purpose", default=PURPOSE, help="For which purpose the policy lines are.")
@click.argument("target")
def inspect_command(
    home: Path | None,
    owner: str,
    name: str | None,
    tables: tuple[str, ...],
    password_file: Path | None,
    ca: Path | None,
    auth_header: str,
    seconds: float,
    only_policy: bool,
    role: str,
    purpose: str,
    target: str,
) -> None:
    """Look at a system and propose its section of exchange.yaml. TARGET is a URL, a file or a folder.

    It prints names, counts and questions, and never a value of a record. With --home, types, masks and people of that
    exchange are known, and the section is tried against its exchange.yaml. What it can't judge, it leaves out and asks.

    \b
    Example:
      tongguan inspect --owner health-commission visits.sqlite
      tongguan inspect --home .state/demo --owner health-commission visits.sqlite >> .state/demo/exchange.yaml
      tongguan inspect --owner health-commission --password-file keys/x --ca keys/ca.pem postgresql://reader@10.0.0.7/visits
    """
    joined = None if home is None else _joined(home)
    if joined is not None and owner not in joined.catalogue.organisations:
        raise click.UsageError(
            f"{owner} is no organisation here; known are {', '.join(joined.catalogue.organisations)}"
        )
    if name is not None and not is_source_name(name):
        raise click.UsageError("--name takes lower-case letters, digits and hyphens, a letter first")
    base = None if joined is None else joined.home
    asked = Target(
        where=target,
        base=base,
        secret="" if password_file is None else _secret(password_file),
        secret_file="" if password_file is None else Target("", base).relative(password_file),
        header=auth_header,
        ca=ca,
        tables=frozenset(tables),
        seconds=seconds,
    )
    try:
        outline = look(asked)
    except NoTargetError as error:
        raise click.UsageError(str(error)) from None
    except OutlineError as error:
        raise NegativeAnswerError(str(error)) from None
    proposal = propose(outline, Ground(owner, None if joined is None else joined.catalogue, name))
    lines = policy_lines(proposal, role, purpose)
    section = write_section(proposal)
    click.echo(lines if only_policy else f"{section}\n{indent(lines, '  ')}", nl=False)
    click.echo(_summary(proposal), err=True)
    if not proposal.types:
        raise NegativeAnswerError("nothing could be proposed: the comments say for each table what is missing")
    if joined is not None:
        click.echo(_tried(joined, section), err=True)


def _joined(home: Path) -> _Joined:
    try:
        text = texts_of(home)[EXCHANGE_FILE]
        return _Joined(home, text, catalogue_of(text))
    except StartError as error:
        raise CannotStartError(str(error)) from None


def _tried(joined: _Joined, section: str) -> str:
    """Declare the section for a trial; a sentence that says where to put it, or an error with what is wrong."""
    whole = f"{joined.text.rstrip()}\n{section}"
    try:
        catalogue = catalogue_of(whole)
        check_masks(catalogue, Supergraph.parse(compose_supergraph(catalogue)))
    except StartError as error:
        raise NegativeAnswerError(
            f"put it under `sources:` of {EXCHANGE_FILE} by hand: behind its end it would be refused\n{error}"
        ) from None
    return f"Tried behind the end of {EXCHANGE_FILE}: it is accepted there. No policy line opens it yet."


def _summary(proposal: Proposal) -> str:
    fields = sum(len(one.fields) for one in proposal.types)
    omitted = sum(len(one.omissions) for one in proposal.types)
    return (
        f"{proposal.name}: proposed types {len(proposal.types)}, fields {fields}; left out tables "
        f"{len(proposal.left_out)}, columns {omitted}; questions for the owner {len(proposal.questions())}."
    )


def _secret(path: Path) -> str:
    """What a file of a secret holds; refused where others could read it."""
    try:
        if path.stat().st_mode & _OTHERS:
            raise click.UsageError(f"{path} can be read by others: chmod 600 {path}")
        secret = path.read_bytes()[:_LARGEST_SECRET].decode().strip()
    except OSError:
        raise click.UsageError(f"{path} can't be read: see whether the path is right") from None
    except UnicodeDecodeError:
        raise click.UsageError(f"{path} holds no text") from None
    if not secret or not secret.isprintable():
        raise click.UsageError(f"{path} has to hold the password, on one line")
    return secret
