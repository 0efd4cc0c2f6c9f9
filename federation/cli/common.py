"""What the commands share: settings, an opened exchange, and errors with their exit codes."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TypeVar

import click

from democity.personas import PERSONAS
from federation.app import build_exchange
from federation.built import Exchange
from federation.demo import DemoError
from federation.issuing import NoIssuerError
from federation.keys import KeyFileError
from federation.rules import Rules, StartError, read_rules
from federation.serving import ServeError
from federation.settings import Settings, SettingsError
from vocabulary.principal import Mode, Standing

_T = TypeVar("_T")


class NegativeAnswerError(click.ClickException):
    """The command did its work, and the answer is no."""

    exit_code = 1


class CannotStartError(click.ClickException):
    """The exchange can't be opened."""

    exit_code = 3


PORT_NUMBER = click.IntRange(0, 65_535)
HOME = click.option(
    "--home",
    type=click.Path(path_type=Path),
    help="Directory of the exchange. [default: TONGGUAN_HOME, or .state/demo]",
)
AS = click.option("--as", "persona", type=click.Choice(sorted(PERSONAS)), help="A made-up person of the demo city.")
PURPOSE = click.option("--purpose", help="What the data is for. [default: what the persona works on]")


def settings_of(home: Path | None) -> Settings:
    """The settings, with the home that the command names."""
    try:
        settings = Settings.read(os.environ)
    except SettingsError as error:
        raise CannotStartError(str(error)) from None
    return replace(settings, home=home) if home else settings


@contextlib.contextmanager
def starting() -> Iterator[None]:
    """Whatever keeps an exchange from starting ends the command with exit code 3 and a sentence."""
    try:
        yield
    except (StartError, ServeError, DemoError, KeyFileError, NoIssuerError) as error:
        raise CannotStartError(str(error)) from None


def opened(home: Path | None) -> Exchange:
    """An exchange, built; close it with `finished`."""
    settings = settings_of(home)
    with starting():
        return build_exchange(settings)


def finished(exchange: Exchange, work: Callable[[], _T]) -> _T:
    """Do something with an opened exchange, and close it."""
    try:
        return work()
    finally:
        asyncio.run(exchange.close())


def rules_of(home: Path | None) -> Rules:
    """What decides, read and checked; no key and no log is opened."""
    settings = settings_of(home)
    with starting():
        return read_rules(settings)


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom a command decides: somebody of the demo city, or roles and an organisation by name."""

    persona: str | None
    organisation: str | None
    roles: tuple[str, ...]
    purpose: str | None

    def standing(self, rules: Rules) -> Standing:
        """What the decisions depend on; a UsageError for what the exchange does not know."""
        catalogue = rules.world.catalogue
        persona = PERSONAS[self.persona] if self.persona else None
        organisation = self.organisation or (persona.organisation if persona else None)
        roles = self.roles or (persona.roles if persona else ())
        purpose = self.purpose or (persona.purpose if persona else None)
        if organisation is None or purpose is None:
            raise click.UsageError("say for whom: --as NAME, or --organisation, --role and --purpose")
        for word, name, known in (
            ("organisation", organisation, catalogue.organisations),
            ("purpose", purpose, catalogue.purposes),
            *(("role", role, rules.world.roles) for role in roles),
        ):
            if name not in known:
                raise click.UsageError(f"{name} is no {word} here; known are {', '.join(known)}")
        return Standing(frozenset(roles), organisation, purpose, Mode.ORDINARY)


def asker(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say for whom; the command gets one `Asker`."""

    @AS
    @click.option("--organisation", help="Of which organisation, in place of a persona.")
    @click.option("--role", "roles", multiple=True, help="A role, in place of a persona's; may be repeated.")
    @PURPOSE
    @wraps(command)
    def wrapped(
        *,
        persona: str | None,
        organisation: str | None,
        roles: tuple[str, ...],
        purpose: str | None,
        **others: object,
    ) -> None:
        command(who=Asker(persona, organisation, roles, purpose), **others)

    return wrapped
