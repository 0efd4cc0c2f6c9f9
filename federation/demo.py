"""The demo city, from the command line: build it, start the systems that have a process, and say what to try."""

from __future__ import annotations

import contextlib
import datetime as dt
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import click

from democity.build import BuildError, build, server_of
from democity.personas import PERSONAS, Persona
from democity.stores.postgresql import Server
from federation.app import build_exchange
from federation.issuing import issue, make_issuer
from federation.keys import KeyFileError
from federation.serving import listening, serve
from federation.settings import Settings
from vocabulary.area import Area, NotAnAreaError

_QUESTION = Path(__file__).resolve().parents[1] / "democity" / "city" / "question.graphql"
_STREET = "310115016"
_DAY = 24 * 3600
_PATIENCE = 30.0  # seconds for a system of the city's to start
_BETWEEN_LOOKS = 0.05


class DemoError(Exception):
    """The demo city can't be built there; the text says what to do."""


@dataclass(frozen=True, slots=True)
class City:
    """Which city is built. The ports are those of the systems that have a process of their own.

    `now`, aware: the moment for which its recent records are recent; None: when it is built. `divisions`: a CSV file
    of administrative divisions that becomes a source. `postgres`: a database, by its address and password, that holds
    the tables in place of files.
    """

    residents: int = 50_000
    seed: int = 7
    delivery_port: int = 8001
    appearance_port: int = 8002
    now: dt.datetime | None = None
    divisions: Path | None = None
    postgres: str | None = None


def build_demo(settings: Settings, city: City, told: Callable[[int], None] = lambda _: None) -> bool:
    """Build the city where there is none, with an issuer of development tokens; True where it was built now.

    `told` hears how many residents more are written.
    """
    try:
        built = build(
            settings.home,
            residents=city.residents,
            seed=city.seed,
            delivery_port=city.delivery_port,
            appearance_port=city.appearance_port,
            now=city.now,
            divisions=city.divisions,
            postgres=city.postgres,
            told=told,
        )
        make_issuer(settings.keys)
    except (BuildError, KeyFileError) as error:
        raise DemoError(str(error)) from None
    except OSError as error:
        raise DemoError(f"{settings.home} can't be written: {error.strerror}") from None
    return built.made


def run_demo(settings: Settings, city: City) -> None:
    """Serve the city; the processes of the delivery company and the appearance bureau live as long as this one.

    Raises:
        ServeError: a port is in use.
        StartError: the city's own files have been changed, and do not fit any more.
        DemoError: a system of the city's does not start.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn raises it again: they must not outlive us
    ports = {"democity.delivery": city.delivery_port, "democity.appearance": city.appearance_port}
    with listening(settings.host, settings.port) as at:
        for port in ports.values():
            with listening("127.0.0.1", port):
                pass  # free: that system takes it
        exchange = build_exchange(replace(settings, development=True))  # a city of made-up people, and it says so
        with contextlib.ExitStack() as running:
            started = [running.enter_context(_system(module, settings.home, port)) for module, port in ports.items()]
            for process, port in zip(started, ports.values(), strict=True):
                _await(process, port)
            click.echo(_things_to_try(replace(settings, port=at.getsockname()[1])))
            serve(exchange, at)


@contextlib.contextmanager
def _system(module: str, home: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A system of the city's that has a process of its own."""
    process = subprocess.Popen(  # noqa: S603  (our own module, with arguments of our own)
        [sys.executable, "-m", module, "--directory", str(home), "--port", str(port)]
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=10)


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    """Until a system of the city's listens; DemoError where it does not."""
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(_BETWEEN_LOOKS)
    raise DemoError(f"a system of the city's does not listen on port {port}; what it says stands above")


def _things_to_try(settings: Settings) -> str:
    command = Path(sys.argv[0])
    somebody_there = f"{command} demo somebody --home {settings.home}"
    url = f"http://{settings.host}:{settings.port}/graphql"
    question = " ".join(_QUESTION.read_text(encoding="utf-8").split())
    body = f'{{"query":"{question}","variables":{{"street":"{_STREET}"}}}}'

    def ask(persona: str) -> str:
        token = token_of(settings, PERSONAS[persona], _DAY)
        return (
            f"curl -s {url} -H 'Content-Type: application/json' -H 'X-Purpose: {PERSONAS[persona].purpose}' "
            f"-H 'Authorization: Bearer {token}' -d '{body}'"
        )

    return "\n".join(
        (
            "",
            f"The pages: http://{settings.host}:{settings.port}/ (sign in as a made-up person: committee, analyst …)",
            "",
            "Three things to try (in another terminal):",
            "",
            "1. An analyst of the health commission asks about one street, across three organisations:",
            ask("analyst"),
            "",
            "2. A neighbourhood committee worker asks the same, and sees own residents only, masked harder:",
            ask("committee"),
            "",
            "3. A security officer asks who saw a resident of that committee:",
            f"{command} audit search --home {settings.home} --as officer $({somebody_there})",
            "",
        )
    )


def token_of(settings: Settings, persona: Persona, seconds: int, subject: tuple[str, str] | None = None) -> str:
    """A development token for somebody; with `subject`, for the resident whose own records those are."""
    return issue(
        settings.keys,
        person=persona.person,
        organisation=persona.organisation,
        roles=persona.roles,
        areas=persona.areas,
        application=persona.application,
        issuer=settings.issuer,
        audience=settings.audience,
        seconds=seconds,
        subject=subject,
    )


def somebody(settings: Settings, area: str) -> str:
    """The identity number of the first resident over 70 whom a list of this area shows."""
    try:
        code, server = Area.parse(area).code, server_of(settings.home)
        found = _in_file(settings.home / "population.sqlite", code) if server is None else _in_database(server, code)
    except (sqlite3.Error, BuildError, NotAnAreaError) as error:
        raise DemoError(f"the register of {settings.home} can't be asked: {error}") from None
    if found is None:
        raise DemoError(f"nobody over 70 lives in {area}")
    return str(found[0])


_SOMEBODY = "SELECT identity_no FROM {} WHERE area_code LIKE {} || '%' AND birth_date <= {} ORDER BY serial LIMIT 1"


def _in_file(path: Path, area: str) -> Sequence[str] | None:
    query = _SOMEBODY.format("resident", "?", "date('now', '-70 years')")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as register:
        found: Sequence[str] | None = register.execute(query, (area,)).fetchone()
        return found


def _in_database(server: Server, area: str) -> Sequence[str] | None:
    query = _SOMEBODY.format("population.resident", "$1::text", "current_date - interval '70 years'")
    return next(iter(server.ask(query, area)), None)
