"""What the commands share: settings, an opened exchange, and errors with their exit codes."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import click

from democity.personas import PERSONAS
from federation.app import Exchange, StartError, build_exchange
from federation.demo import DemoError
from federation.issuing import NoIssuerError
from federation.keys import KeyFileError
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


def standing_of(persona: str | None, purpose: str | None, exchange: Exchange) -> Standing:
    """What decisions for a persona depend on."""
    if persona is None:
        raise click.UsageError(f"say for whom: --as {'|'.join(sorted(PERSONAS))}")
    chosen = PERSONAS[persona]
    wanted = purpose or chosen.purpose
    if wanted not in exchange.catalogue.purposes:
        raise click.UsageError(f"{wanted} is no purpose here; known are {', '.join(exchange.catalogue.purposes)}")
    return Standing(frozenset(chosen.roles), chosen.organisation, wanted, Mode.ORDINARY)
