"""Commands for those who write policy: check it, test it, explain a decision, compare two of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from audit.errors import AuditError
from audit.search import Search
from democity.personas import PERSONAS
from federation.cli import changes
from federation.cli.common import (
    HOME,
    Asker,
    CannotStartError,
    NegativeAnswerError,
    asker,
    rules_of,
    settings_of,
    starting,
)
from federation.pipeline import now
from federation.plan.world import World
from federation.rules import (
    LISTS_FILE,
    POLICY_FILE,
    Rules,
    policy_facts,
    rulebook_of,
    texts_of,
    world_of,
)
from federation.schema.declare import ExchangeRefusedError
from federation.schema.supergraph import FieldKind, Supergraph, TypeFacts
from federation.schema.trial import ACTIONS, parse_cases
from federation.shadow import Governed
from policies.check import Finding, Shape, check, entry_lines
from policies.diff import MOST, diff, distinguished
from policies.epoch import parts
from policies.errors import PolicyError, PolicyRefusedError
from policies.explain import Asked, explain
from policies.lines import PolicyFacts, PolicyLines
from policies.load import load
from policies.replay import Side, replay
from policies.rulebook import Rulebook
from policies.trial import Disagreement, run
from vocabulary.agreement import Agreement, Negative
from vocabulary.area import Area, NotAnAreaError
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode
from vocabulary.rows import Asker as RowAsker
from vocabulary.rows import RowFacts

_PAGE = 500  # entries of the log held at a time
_PATH = click.Path(path_type=Path)
_DRAFT = click.option("--policy", "draft", type=_PATH, help="A draft: policy.csv or a directory. [default: in force]")


@dataclass(frozen=True, slots=True)
class _Said:
    """A policy, read: its lines, those that lists and agreements give among them, and what they decide together."""

    lines: PolicyLines
    rulebook: Rulebook


@dataclass(frozen=True, slots=True)
class _Ground:
    """The declared graph, and the texts that a policy is read beside."""

    world: World
    facts: PolicyFacts
    texts: Mapping[str, str]

    def read(self, path: Path | None = None) -> _Said:
        """The policy of a file or directory, or of the ground's own texts; PolicyError where it is refused."""
        texts = self.texts if path is None else _beside(self.texts, path)
        rulebook = rulebook_of(texts, self.facts)
        loaded = load(texts[POLICY_FILE], file=POLICY_FILE, facts=self.facts)
        entries: list[Agreement | Negative] = [*rulebook.lists.negatives, *rulebook.agreements.values()]
        given = [line for entry in entries for line in entry_lines(entry, self.facts)]
        return _Said(PolicyLines((*loaded.lines, *given), loaded.role_links), rulebook)

    def right(self, path: Path | None = None) -> _Said:
        """The same, where mistakes end the command."""
        try:
            return self.read(path)
        except (PolicyError, ExchangeRefusedError) as error:
            raise NegativeAnswerError(f"the policy is refused: `tongguan policy check` says all\n{error}") from None

    def governed(self, said: _Said) -> Governed:
        """What a policy shows, once siblings have narrowed it, and what the supergraph requires."""
        return Governed(said.rulebook.policy, self.world.supergraph)

    def open(self, said: _Said) -> Governed:
        """The same for whoever meets all that the supergraph requires: so no difference hides behind a role."""
        return Governed(said.rulebook.policy, self.world.supergraph.unrequired())


@click.group()
def policy() -> None:
    """The policy: check, test, explain and compare it; propose and approve a change of it."""


for command in (changes.propose, changes.approve, changes.withdraw, changes.show, changes.changes):
    policy.add_command(command)


@policy.command("check")
@HOME
@click.argument("path", required=False, type=_PATH)
def policy_check(home: Path | None, path: Path | None) -> None:
    """Print every mistake of a policy, and what is odd about it. PATH is a policy.csv or a directory.

    Without PATH the files of the home are checked, which are drafts once a policy was approved.

    \b
    Example:
      tongguan policy check
    """
    with starting():
        texts = texts_of(settings_of(home).home)
        world = world_of(texts)
        ground = _Ground(world, policy_facts(world.catalogue, world.supergraph), texts)
    found = [*_problems(ground, path)]
    for one in found:
        click.echo(str(one))
    if found:
        raise SystemExit(1)
    click.echo("nothing to say")


@policy.command("test")
@HOME
@_DRAFT
@click.argument("cases", type=_PATH)
def policy_test(home: Path | None, draft: Path | None, cases: Path) -> None:
    """Decide the cases of a file, and print those that fail: what was expected, what is, and the line that decided.

    \b
    Example:
      tongguan policy test democity/city/policy.tests.yaml
    """
    ground = _ground(rules_of(home))
    said = ground.right(draft)
    try:
        tried = parse_cases(cases.read_text("utf-8"), file=cases.name, facts=ground.facts, roles=ground.world.roles)
    except ExchangeRefusedError as refused:
        raise NegativeAnswerError(str(refused)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{cases} can't be read: {error}") from None
    supergraph = ground.world.supergraph
    lines, links = said.lines.lines, said.lines.role_links
    failures = run(tried, lines, links, ground.facts, lambda made: Governed(made, supergraph))
    for one in failures:
        click.echo(f"{cases.name}: {one}", err=isinstance(one, Disagreement))
    asked = sum(len(case.expected) for case in tried)
    click.echo(f"{asked - len(failures)} of {asked} expectations of {len(tried)} cases hold")
    if failures:
        raise SystemExit(1)


@policy.command("explain")
@HOME
@asker
@click.option("--area", "areas", multiple=True, help="An area of the asker, in place of a persona's; may be repeated.")
@click.option("--agreement", default="", help="The agreement that is asked under.")
@click.option(
    "--mode",
    type=click.Choice([one.value for one in Mode]),
    default=Mode.ORDINARY.value,
    show_default=True,
    help="The mode.",
)
@click.option(
    "--action",
    type=click.Choice([one.value for one in ACTIONS]),
    default=Action.READ.value,
    show_default=True,
    help="What for.",
)
@click.option("--row", help="The area of a row that is asked for. [default: rows in general]")
@_DRAFT
@click.argument("coordinate")
def policy_explain(
    home: Path | None,
    who: Asker,
    areas: tuple[str, ...],
    agreement: str,
    mode: str,
    action: str,
    row: str | None,
    draft: Path | None,
    coordinate: str,
) -> None:
    """Print every line that names a coordinate, why each counts or does not, and what would show it.

    \b
    Example:
      tongguan policy explain --as committee Resident.address
      tongguan policy explain --as committee --row 310115016004 Resident.name
    """
    try:
        wanted = Coordinate.parse(coordinate)
        own = tuple(map(Area.parse, areas or (PERSONAS[who.persona].areas if who.persona else ())))
        facts = None if row is None else RowFacts(Area.parse(row))
    except (ValueError, NotAnAreaError) as error:
        raise click.UsageError(str(error)) from None
    rules = rules_of(home)
    ground, standing = _ground(rules), replace(who.standing(rules), mode=Mode(mode), agreement=agreement)
    if wanted not in ground.facts.coordinates:
        raise NegativeAnswerError(f"{wanted} is no coordinate of this graph: `tongguan compose` prints them all")
    said = ground.right(draft)
    # In an emergency, one is taken to be declared where the row lies.
    emergencies = (facts.area,) if facts is not None and facts.area is not None else ()
    explained = explain(
        Asked(standing, wanted, Action(action), RowAsker(standing.organisation, own, emergencies, at=now()), facts),
        said.lines,
        ground.facts,
        by_lines=said.rulebook.policy,
        shown=ground.governed(said),
        shape=shape_of(ground.world.supergraph),
        requires=ground.world.supergraph.requires(wanted),
    )
    click.echo(str(explained))
    if not explained.is_shown:
        raise SystemExit(1)


@policy.command("diff")
@HOME
@click.option("--days", type=click.IntRange(1, 3_650), help="Also say which answers of so many days would differ.")
@click.argument("paths", nargs=-1, required=True, type=_PATH, metavar="[OLD] NEW")
def policy_diff(home: Path | None, days: int | None, paths: tuple[Path, ...]) -> None:
    """Print the decisions that differ between two policies: who would see more (+), less (-), or both (±).

    OLD and NEW are policy.csv files, or directories that hold one. OLD is the policy in force where it is left out.

    \b
    Example:
      tongguan policy diff --days 7 policy.csv
    """
    if len(paths) > 2:  # noqa: PLR2004  (two policies)
        raise click.UsageError("write one policy, to compare it with the one in force, or two")
    ground = _ground(rules_of(home))
    old, new = ground.right(paths[0] if len(paths) > 1 else None), ground.right(paths[-1])
    coordinates = ground.facts.coordinates
    told = distinguished(old.lines, new.lines, ground.facts)
    differences = diff(ground.open(old), ground.open(new), told.standings, coordinates)
    for one in differences:
        click.echo(str(one))
    if not differences:
        click.echo("no decision differs")
    if told.left_out:
        click.echo(f"{told.left_out} combinations of role, organisation, purpose and mode were left out after {MOST}")
    if days is not None:
        entries = _entries(settings_of(home).audit, now() - dt.timedelta(days=days))
        was, would = Side(ground.governed(old), old.rulebook), Side(ground.governed(new), new.rulebook)
        exchanges = {name: one.organisation for name, one in ground.world.catalogue.exchanges.items()}
        replayed = list(replay(entries, was, would, coordinates, exchanges))
        click.echo(f"answers of the last {days} days that would have differed: {len(replayed)}")
        for answer in replayed:
            click.echo(f"  {answer}")


def shape_of(supergraph: Supergraph) -> Shape:
    """How the coordinates of a graph hang together."""
    fields = {
        Coordinate(one.name, name): field for one in supergraph.types.values() for name, field in one.fields.items()
    }
    leads = {FieldKind.RELATION, FieldKind.REFERENCE}
    return Shape(
        reveals={
            at: tuple(Coordinate(at.type, name) for name in field.reveals)
            for at, field in fields.items()
            if field.reveals
        },
        companions={at: Coordinate(at.type, field.companion.of) for at, field in fields.items() if field.companion},
        leads={at: field.type for at, field in fields.items() if field.kind in leads},
        nowhere=frozenset(one.name for one in supergraph.types.values() if _lies_nowhere(one, supergraph)),
    )


def _lies_nowhere(facts: TypeFacts, supergraph: Supergraph) -> bool:
    """Whether rows of a type have no area, of their own or of their subject."""
    subject = facts.subject_field
    if facts.has_area or subject is None:
        return not facts.has_area
    return subject.kind not in {FieldKind.REFERENCE, FieldKind.RELATION} or not supergraph.types[subject.type].has_area


def _ground(rules: Rules) -> _Ground:
    """The graph, with the texts that are in force; exit code 3 where they can't be read any more."""
    try:
        texts = parts(rules.keeper.current().archive)
    except PolicyError as error:
        raise CannotStartError(str(error)) from None
    with starting():
        return _Ground(rules.world, policy_facts(rules.world.catalogue, rules.world.supergraph), texts)


def _beside(texts: Mapping[str, str], path: Path) -> dict[str, str]:
    """The texts with the policy of a file in their place, or the policy and the lists of a directory."""
    try:
        if not path.is_dir():
            return {**texts, POLICY_FILE: path.read_bytes().decode()}
        lists = path / LISTS_FILE
        said = lists.read_bytes().decode() if lists.exists() else ""
        return {**texts, POLICY_FILE: (path / POLICY_FILE).read_bytes().decode(), LISTS_FILE: said}
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path} holds no policy: {error}") from None


def _problems(ground: _Ground, path: Path | None) -> Iterator[object]:
    """What the loader refuses; else what is odd."""
    try:
        said = ground.read(path)
    except PolicyRefusedError as refused:
        yield from refused.problems
    except (PolicyError, ExchangeRefusedError) as error:
        yield error
    else:
        findings: tuple[Finding, ...] = check(
            said.lines.lines,
            said.lines.role_links,
            ground.facts,
            shape_of(ground.world.supergraph),
            tuple(said.rulebook.agreements.values()),
        )
        yield from findings


def _entries(audit: Path, since: dt.datetime) -> Iterator[tuple[int, dict[str, Any]]]:
    """Entries of the log, the newest first, back to a moment."""
    after: int | None = None
    try:
        while page := Search(audit).recent(after, _PAGE):
            for index, fields in page:
                if dt.datetime.fromisoformat(fields["at"]) < since:
                    return
                yield index, fields
            after = page[-1][0]
    except AuditError as error:
        raise CannotStartError(str(error)) from None
