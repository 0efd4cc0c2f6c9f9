"""The command that composes: the exchange's own sources, or any Federation subgraphs, into a supergraph."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import click
import orjson

from connectors.errors import DeclarationError, SourceError
from connectors.post import Service, address
from federation.cli.common import HOME, CannotStartError, NegativeAnswerError, settings_of
from federation.rules import StartError, texts_of, world_of
from federation.schema.compose import CompositionFailedError, compose
from federation.schema.yaml_lines import load

_LARGEST: Final = 16 * 1024 * 1024
_SECONDS: Final = 30.0
_ASKED: Final = orjson.dumps({"query": "{ _service { sdl } }"})
_AT: Final = "@http"
_NO_TEXT: Final = "it can't be read as UTF-8 text of at most 16 MiB"
Subgraphs = dict[str, tuple[str, str | None]]
"""SDL and address, by name."""


@click.command("compose")
@HOME
@click.option("--subgraph", "named", multiple=True, metavar="NAME=FILE[@URL]", help="A subgraph; may be repeated.")
@click.option("--from-config", type=click.Path(path_type=Path, dir_okay=False), help="A file that names subgraphs.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where the supergraph is written.")
def compose_command(home: Path | None, named: tuple[str, ...], from_config: Path | None, out: Path | None) -> None:
    """Print a supergraph (Apollo Federation v2, join spec): of an exchange, or of subgraphs that are named.

    A file of subgraphs is YAML: `subgraphs:`, and under each name `sdl: FILE` with an optional `url:`, or `url:` alone
    for a subgraph that is asked for its schema. What does not compose is printed with its code; then it ends with 1.

    \b
    Example:
      tongguan compose --home .state/demo > supergraph.graphql
      tongguan compose --subgraph shop=shop.graphqls@https://shop.example/graphql --subgraph stock=stock.graphqls
      tongguan compose --from-config subgraphs.yaml --out supergraph.graphql
    """
    if not (named or from_config):
        text = _of_home(home)
    elif home is not None:
        raise click.UsageError("--home composes an exchange's own sources: leave it out beside named subgraphs")
    else:
        text = _of(_subgraphs(named, from_config))
    if out is None:
        click.echo(text)
        return
    try:
        out.write_text(text, "utf-8")
    except OSError:
        raise click.UsageError(f"{out} can't be written: see whether the path is right") from None


def _of_home(home: Path | None) -> str:
    try:
        return world_of(texts_of(settings_of(home).home)).supergraph.sdl
    except StartError as error:
        raise CannotStartError(str(error)) from None


def _of(subgraphs: Subgraphs) -> str:
    urls = {name: url for name, (_, url) in subgraphs.items() if url}
    try:
        return compose({name: sdl for name, (sdl, _) in subgraphs.items()}, urls)
    except CompositionFailedError as error:
        raise NegativeAnswerError(f"the subgraphs do not compose\n{error}") from None


def _subgraphs(named: tuple[str, ...], from_config: Path | None) -> Subgraphs:
    found: Subgraphs = {}
    for one in named:
        name, equals, rest = one.partition("=")
        path, at, url = rest.partition(_AT)
        if not (name and equals and path):
            raise click.UsageError(f"--subgraph {one}: write NAME=FILE, or NAME=FILE@URL")
        _add(found, name, _read(Path(path)), _address(name, at.removeprefix("@") + url) if at else None)
    if from_config is not None:
        for name, said in _config(from_config).items():
            _add(found, name, *_said(from_config, name, said))
    return found


def _said(path: Path, name: str, said: dict[str, Any]) -> tuple[str, str | None]:
    """The SDL and the address of a subgraph that a file names."""
    sdl, url = said.get("sdl"), said.get("url")
    if not said.keys() <= {"sdl", "url"} or not (sdl or url):
        raise click.UsageError(f"{path}: {name}: write sdl: FILE, url: URL, or both")
    where = _address(name, url) if url else None
    return _read(path.parent / str(sdl)) if sdl else asyncio.run(_asked(name, str(where))), where


def _add(found: Subgraphs, name: str, sdl: str, url: str | None) -> None:
    if name in found:
        raise click.UsageError(f"{name} is named twice")
    found[name] = sdl, url


def _config(path: Path) -> dict[str, dict[str, Any]]:
    part, problems = load(_read(path))
    if problems or part is None:
        said = "; ".join(str(one) for one in problems) or "it is empty"
        raise click.UsageError(f"{path}: {said}")
    subgraphs = part.value.get("subgraphs") if isinstance(part.value, dict) else None
    if not isinstance(subgraphs, dict) or not all(isinstance(one, dict) for one in subgraphs.values()):
        raise click.UsageError(f"{path}: write subgraphs:, and under each name sdl: FILE or url: URL")
    return subgraphs


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        text = content.decode() if len(content) <= _LARGEST else None
    except (OSError, UnicodeDecodeError):
        text = None
    if text is None:
        raise click.UsageError(f"{path}: {_NO_TEXT}")
    return text


def _address(name: str, url: object) -> str:
    try:
        return address(name, url)
    except DeclarationError as error:
        raise click.UsageError(str(error)) from None


async def _asked(name: str, url: str) -> str:
    """A subgraph's own SDL, which describes it and is nobody's data."""
    service = Service(name, url, headers={}, concurrency=1)
    deadline = asyncio.get_running_loop().time() + _SECONDS
    try:
        async with asyncio.timeout_at(deadline):
            answer = orjson.loads(await service.post("", _ASKED, about="its schema", deadline=deadline))
        sdl: object = answer["data"]["_service"]["sdl"]
    except SourceError as error:
        raise NegativeAnswerError(str(error)) from None
    except TimeoutError:
        raise NegativeAnswerError(f"{name} does not answer with its schema in {_SECONDS:.0f} s") from None
    except (KeyError, TypeError, orjson.JSONDecodeError):
        sdl = None
    finally:
        await service.close()
    if not isinstance(sdl, str):
        raise NegativeAnswerError(f"{name} has no SDL; a Federation subgraph has the field Query._service")
    return sdl
