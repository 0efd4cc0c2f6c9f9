"""Questions and acts from the command line: through the same door as over HTTP, decided and on record like others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click
import orjson

from audit.errors import AuditError
from democity.personas import PERSONAS
from federation.built import Exchange
from federation.cli.common import AS, NegativeAnswerError, opened, settings_of, starting
from federation.demo import token_of
from federation.errors import Code, Refusal
from federation.execute.trail import Recorded
from federation.identity import Credentials
from federation.pipeline import now
from federation.schema.facts import MUTATION
from federation.stages import Asked
from policies.errors import PolicyError
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode, Standing
from vocabulary.receipt import Who
from vocabulary.rows import EVERYTHING


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks: a token, or a made-up person of the demo city; and why."""

    home: Path | None
    persona: str | None
    bearer: str | None
    purpose: str | None

    def load_consents(self, kind: str, rows: Iterable[Sequence[str]], usual_purpose: str) -> int:
        """Take over consents of subjects of a type, a row each: key, purpose, said; how many.

        A row that is none ends it: the chunks before are kept, and to begin again does no harm.
        """
        exchange = opened(self.home)
        try:
            return asyncio.run(self._loaded(exchange, kind, rows, usual_purpose))
        except Refusal as refusal:
            raise NegativeAnswerError(f"{refusal.code.name}: {refusal.message}") from None
        except (PolicyError, AuditError, ValueError) as error:
            raise NegativeAnswerError(str(error)) from None

    async def _loaded(self, exchange: Exchange, kind: str, rows: Iterable[Sequence[str]], usual_purpose: str) -> int:
        try:
            principal = await exchange.identity.principal(Credentials(self._bearer()))
            purpose, mode = self._purpose(usual_purpose), Mode.ORDINARY
            standing = Standing(principal.roles, principal.organisation, purpose, mode)
            coordinate = Coordinate(MUTATION, "setConsent")
            policy = exchange.keeper.current().policy
            if policy.decide(standing, coordinate, Action.WRITE).visible != EVERYTHING:
                raise Refusal(Code.ACT_REFUSED, f"{coordinate} is not permitted to you for this purpose.")
            areas, roles = tuple(area.code for area in principal.areas), tuple(sorted(principal.roles))
            who = Who(principal.id, principal.organisation, principal.application, roles, areas)
            base = Recorded(who, now(), purpose, mode.value, epoch=exchange.keeper.current().epoch)
            return await asyncio.to_thread(exchange.acts.load_consents, kind, rows, base)
        finally:
            await exchange.close()

    def _bearer(self) -> str:
        bearer = self.bearer
        if self.persona and not bearer:
            with starting():
                bearer = token_of(settings_of(self.home), PERSONAS[self.persona], 600)
        if not bearer:
            raise click.UsageError("say who speaks: --token (or TOKEN), or --as somebody of the demo city")
        return bearer

    def _purpose(self, usual: str) -> str:
        return self.purpose or (PERSONAS[self.persona].purpose if self.persona else usual)

    def ask(self, document: str, variables: Mapping[str, object], usual_purpose: str) -> dict[str, Any]:
        """Send a document through the pipeline; the answer, or a NegativeAnswerError with the refusal."""
        bearer, purpose = self._bearer(), self._purpose(usual_purpose)
        given = {name: value for name, value in variables.items() if value is not None}
        asked = Asked(document, None, given, Credentials(bearer), purpose, None, now(), is_own=True)
        try:
            return asyncio.run(_answered(opened(self.home), asked))
        except Refusal as refusal:
            raise NegativeAnswerError(f"{refusal.code.name}: {refusal.message}") from None

    def act(self, document: str, variables: Mapping[str, object], usual_purpose: str) -> None:
        """Do something, and print what it concerned."""
        answer = self.ask(document, variables, usual_purpose)
        for error in answer.get("errors", ()):
            raise NegativeAnswerError(f"{error['extensions']['code']}: {error['message']}")
        for concerned in answer["data"].values():
            _print_one(concerned or {})
        index = answer["extensions"]["receipt"]["index"]
        click.echo(f"On record: entry {index} of the log.")

    def list(self, document: str, variables: Mapping[str, object], usual_purpose: str) -> None:
        """Print a list, a line for each."""
        answer = self.ask(document, variables, usual_purpose)
        for one in answer["extensions"]["withheld"]:
            click.echo(f"withheld {one['coordinate']}: {one['reason']}. {one['ask']}", err=True)
        for found in answer["data"].values():
            for node in (found or {"nodes": ()})["nodes"]:
                click.echo("  ".join(f"{name}={value}" for name, value in node.items() if value is not None))


def speaker(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say who speaks; the command gets one `Speaker`."""

    @click.option(
        "--home",
        type=click.Path(path_type=Path),
        help="Directory of the exchange. [default: TONGGUAN_HOME, or .state/demo]",
    )
    @AS
    @click.option("--token", "bearer", envvar="TOKEN", help="A token. [default: of the persona named by --as]")
    @click.option("--purpose", help="What it is for. [default: what the persona works on]")
    @wraps(command)
    def wrapped(
        *, home: Path | None, persona: str | None, bearer: str | None, purpose: str | None, **others: object
    ) -> None:
        command(who=Speaker(home, persona, bearer, purpose), **others)

    return wrapped


async def _answered(exchange: Exchange, asked: Asked) -> dict[str, Any]:
    try:
        answered = await exchange.pipeline.answer(asked)
        body: dict[str, Any] = orjson.loads(answered.body)
        return body
    finally:
        await exchange.close()


def _print_one(concerned: Mapping[str, Any]) -> None:
    for name, value in concerned.items():
        if value is not None:
            click.echo(f"{name}: {value}")
