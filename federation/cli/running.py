"""Commands that run something: the exchange, the demo city, and tokens for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ParamSpec

import click

from democity.personas import PERSONAS, RESIDENT, Persona
from federation.app import build_exchange
from federation.cli.common import AS, HOME, PORT_NUMBER, NegativeAnswerError, settings_of, starting
from federation.cli.progress import progress
from federation.demo import City, DemoError, build_demo, run_demo, somebody, token_of
from federation.identity import NotAnApplicationIdError, new_application_key
from federation.logs import configure
from federation.serving import listening
from federation.serving import serve as serve_exchange
from federation.settings import Settings
from vocabulary.area import Area, NotAnAreaError
from vocabulary.moment import CITY_ZONE

_PEOPLE = click.IntRange(1, 1_000_000)
_SEED = 7
_DELIVERY = "Port of the delivery company's system."
_APPEARANCE = "Port of the appearance bureau's system."
_AS_OF = "The day on which its recent records end. [default: today, when it is built]"

_DIVISIONS = Path("../shared/data/shanghai_divisions.csv")
_DIVISIONS_ARE = f"A CSV file of administrative divisions, to be a source too. [default: {_DIVISIONS}, if it is there]"
_POSTGRES = "Put the tables into this database instead: postgresql://user:password@host:port/database."
_A_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)

P = ParamSpec("P")


def _found_divisions() -> Path | None:
    return _DIVISIONS if _DIVISIONS.is_file() else None


@click.command()
@HOME
@click.option("--host", help="Address to listen on. [default: 127.0.0.1]")
@click.option("--port", type=PORT_NUMBER, help="Port to listen on. [default: 8000]")
def serve(home: Path | None, host: str | None, port: int | None) -> None:
    """Serve the exchange of a directory over HTTP.

    \b
    Example:
      tongguan serve --home .state/demo --port 8000
    """
    settings = settings_of(home)
    settings = replace(settings, host=host or settings.host, port=settings.port if port is None else port)
    configure(settings.log_level)
    with starting(), listening(settings.host, settings.port) as at:
        serve_exchange(build_exchange(settings), at)


@click.group()
def demo() -> None:
    """The demo city: build it, run it."""


def _of_city(command: Callable[P, None]) -> Callable[P, None]:
    """The options that say which city is meant."""
    for option in (
        click.option("--appearance-port", default=8002, type=PORT_NUMBER, show_default=True, help=_APPEARANCE),
        click.option("--delivery-port", default=8001, type=PORT_NUMBER, show_default=True, help=_DELIVERY),
        click.option("--postgres", metavar="URL", help=_POSTGRES),
        click.option("--divisions", type=_A_FILE, default=_found_divisions, help=_DIVISIONS_ARE),
        click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help=_AS_OF),
        click.option(
            "--residents", default=50_000, type=_PEOPLE, show_default=True, help="How many people live there."
        ),
        HOME,
    ):
        command = option(command)
    return command


@demo.command("build")
@_of_city
@click.option("--seed", default=_SEED, show_default=True, help="The same seed makes the same city.")
def demo_build(
    home: Path | None,
    residents: int,
    as_of: dt.datetime | None,
    divisions: Path | None,
    postgres: str | None,
    delivery_port: int,
    appearance_port: int,
    seed: int,
) -> None:
    """Build the demo city in a directory; a city that stands is left as it is.

    \b
    Example:
      tongguan demo build --home .state/demo --residents 2000
    """
    settings = settings_of(home)
    city = City(residents, seed, delivery_port, appearance_port, _evening(as_of), divisions, postgres)
    with starting():
        built = _build(settings, city)
    click.echo(f"{'Built' if built else 'Found'} the demo city in {settings.home}.")


@demo.command("run")
@_of_city
@click.option("--port", default=8000, type=PORT_NUMBER, show_default=True, help="Port of the exchange.")
def demo_run(
    home: Path | None,
    residents: int,
    as_of: dt.datetime | None,
    divisions: Path | None,
    postgres: str | None,
    delivery_port: int,
    appearance_port: int,
    port: int,
) -> None:
    """Build the demo city where there is none, start the systems that have a process, and serve the exchange.

    \b
    Example:
      tongguan demo run --port 8000
    """
    settings = replace(settings_of(home), port=port)
    city = City(residents, _SEED, delivery_port, appearance_port, _evening(as_of), divisions, postgres)
    configure(settings.log_level)
    with starting():
        _build(settings, city)
        run_demo(settings, city)


def _build(settings: Settings, city: City) -> bool:
    with progress(f"Building a city of {city.residents:,} residents", city.residents) as told:
        return build_demo(settings, city, told)


def _evening(day: dt.datetime | None) -> dt.datetime | None:
    """The last moment of a day of the city."""
    return None if day is None else day.replace(hour=23, minute=59, second=59, tzinfo=CITY_ZONE)


@demo.command("somebody")
@HOME
@click.option("--area", default="310115016003", show_default=True, help="Where they live.")
def demo_somebody(home: Path | None, area: str) -> None:
    """Print the identity number of a made-up resident over 70, to search the log for.

    \b
    Example:
      tongguan demo somebody --area 310115016003
    """
    try:
        click.echo(somebody(settings_of(home), area))
    except DemoError as error:
        raise NegativeAnswerError(str(error)) from None


@click.command()
@HOME
@AS
@click.option("--resident", "identity_number", help="A resident of the demo city, by identity number: own records.")
@click.option("--person", help="Who asks.")
@click.option("--organisation", help="Of which organisation.")
@click.option("--role", "roles", multiple=True, help="A role; may be repeated.")
@click.option("--area", "areas", multiple=True, help="An area code; may be repeated.")
@click.option("--application", default="command-line", show_default=True, help="Through which application.")
@click.option(
    "--seconds", default=8 * 3600, type=click.IntRange(min=1), show_default=True, help="How long it is valid."
)
def token(
    home: Path | None,
    persona: str | None,
    identity_number: str | None,
    person: str | None,
    organisation: str | None,
    roles: tuple[str, ...],
    areas: tuple[str, ...],
    application: str,
    seconds: int,
) -> None:
    """Make a development token, where the exchange has a development issuer.

    \b
    Example:
      tongguan token --as analyst
      tongguan token --person a.b --organisation health-commission --role health-analyst --area 310115
    """
    settings = settings_of(home)
    if identity_number:
        with starting():
            click.echo(token_of(settings, RESIDENT, seconds, ("Resident", identity_number)))
        return
    chosen = PERSONAS[persona] if persona else None
    if chosen is None and not (person and organisation):
        raise click.UsageError("say who: --as, or --person and --organisation with --role and --area")
    if chosen is None:
        chosen = Persona(person or "", organisation or "", application, roles, areas, "")
    try:
        for area in chosen.areas:
            Area.parse(area)
    except NotAnAreaError as error:
        raise click.UsageError(str(error)) from None
    with starting():
        click.echo(token_of(settings, chosen, seconds))


@click.command("application-key")
@click.argument("name")
def application_key(name: str) -> None:
    """Make a key for an application: shown once, and the line that keys/applications.yaml keeps of it.

    \b
    Example:
      tongguan application-key epidemic-desk
    """
    try:
        shown, kept = new_application_key(name)
    except NotAnApplicationIdError as error:
        raise click.UsageError(str(error)) from None
    click.echo(f"The key, shown once: {shown}")
    click.echo(f"For keys/applications.yaml: key: {kept}")
