"""`tongguan router`: a supplied supergraph, served. Its home is made where there is none, open to everybody.

Nothing here is a switch: an open router is an exchange with an open policy file, and whoever governs it edits the files
of the home.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from importlib import resources
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from federation.app import build_exchange
from federation.cli.common import PORT_NUMBER, CannotStartError, starting
from federation.cli.workers import serve_many
from federation.issuing import KEY_SET
from federation.keys import write_whole
from federation.logs import configure
from federation.reloading import Origin
from federation.rules import (
    EXCHANGE_FILE,
    LISTS_FILE,
    POLICY_FILE,
    SUPERGRAPH_FILE,
    Given,
    StartError,
    rules_over,
    world_of,
)
from federation.schema.yaml_lines import LARGEST
from federation.serving import listening
from federation.serving import serve as serve_exchange
from federation.settings import Settings, SettingsError
from vocabulary.principal import Action

ROUTER = Settings(
    home=Path(".state/router"),
    port=4000,
    document_depth=50,
    document_aliases=1_000,
    document_fields=10_000,
    document_cost=100_000_000,
)
"""The defaults of a router. Its documents are written by programs: the bounds are for mistakes, not for people."""
_BESIDE = (EXCHANGE_FILE, POLICY_FILE, LISTS_FILE)


@click.command()
@click.option(
    "--supergraph",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="The supergraph to serve (join spec v0.3 to v0.5).",
)
@click.option(
    "--home", type=click.Path(path_type=Path), help="Its directory. [default: TONGGUAN_HOME, or .state/router]"
)
@click.option("--host", help="Address to listen on. [default: 127.0.0.1]")
@click.option("--port", type=PORT_NUMBER, help="Port to listen on. [default: 4000]")
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="How many processes serve it."
)
def router(supergraph: Path, home: Path | None, host: str | None, port: int | None, workers: int) -> None:
    """Serve a supergraph over HTTP, governed by the files of its home; where there are none, open to everybody.

    \b
    Example:
      tongguan router --supergraph supergraph.graphql --port 4000
    """
    try:
        settings = Settings.read(os.environ, ROUTER)
    except SettingsError as error:
        raise CannotStartError(str(error)) from None
    settings = replace(
        settings,
        home=home or settings.home,
        host=host or settings.host,
        port=settings.port if port is None else port,
    )
    configure(settings.log_level)
    with starting(), listening(settings.host, settings.port) as at:
        make_home(settings, supergraph)
        origin = origin_of(settings, supergraph)
        if workers > 1:
            serve_many(settings, at, workers, origin)
        else:
            serve_exchange(build_exchange(settings, origin=origin), at)


def origin_of(settings: Settings, supergraph: Path) -> Origin:
    """The file that was named, which is put into the home again whenever it has changed; all else is the home's."""
    return Origin((supergraph, *(settings.home / name for name in _BESIDE)), partial(make_home, settings, supergraph))


def make_home(settings: Settings, supergraph: Path) -> Mapping[str, str]:
    """Put the supergraph into the home, and beside it what is not there yet: a declaration, an open policy, a key set.

    What decides there from now on is returned, by the names of its files.

    Raises:
        StartError: the supergraph can't be read, or be served as it is declared and governed; the home is then as it
            was before.
    """
    home, sdl = settings.home, _read(supergraph)
    try:
        kept = {name: text for name in _BESIDE if (text := _kept(home / name)) is not None}
        texts = {EXCHANGE_FILE: shipped("router.yaml"), **kept, SUPERGRAPH_FILE: sdl}
        world = world_of(texts)
        if kept.get(POLICY_FILE) in {None, open_policy(acts=True), open_policy(acts=False)}:  # nobody has edited it
            texts[POLICY_FILE] = open_policy(acts=bool(world.supergraph.acts))
        rules_over(world, texts, Given(texts), settings.policy_patience)
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings.keys.mkdir(exist_ok=True, mode=0o700)
        _make_key_set(settings.keys / KEY_SET)
        for name, text in texts.items():
            before = _kept(home / name) if name == SUPERGRAPH_FILE else kept.get(name)
            if text != before:
                write_whole(home / name, text.encode(), partial(_put, before))
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"{home}: it can't be made a home ({type(error).__name__})") from None
    return texts


def _put(before: str | None, draft: Path, path: Path) -> None:
    """Put a file in its place, but for one that somebody has edited since it was read: theirs stays."""
    if _kept(path) == before:
        draft.replace(path)


def open_policy(*, acts: bool) -> str:
    """The open policy; without `acts` no line about mutations: the strict loader takes none that means nothing."""
    lines = shipped("router.csv").splitlines(keepends=True)
    return "".join(line for line in lines if acts or line.startswith("#") or f", {Action.WRITE}, " not in line)


def _make_key_set(path: Path) -> None:
    """A key set that nobody has the private key of, so that no token passes until the operator puts theirs there."""
    if not path.exists():
        public = json.loads(OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate().public_key()))
        key_set: Mapping[str, object] = {"keys": [{**public, "kid": "nobody", "use": "sig"}]}
        write_whole(path, json.dumps(key_set).encode(), os.replace)


def _read(path: Path) -> str:
    try:
        data = path.read_bytes()
        if len(data) > LARGEST:
            raise StartError(f"{path}: it has more than {LARGEST} bytes")
        return data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"{path} can't be read, or is no UTF-8 ({type(error).__name__})") from None


def _kept(path: Path) -> str | None:
    return path.read_bytes().decode() if path.exists() else None


def shipped(name: str) -> str:
    """A file that a home is made of, as it is shipped."""
    return resources.files("federation.cli").joinpath(name).read_text(encoding="utf-8")
