"""Runs attack cases that are written as data against the demo city, and judges what comes back."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any, Final

from connectors.contract import Connector, Rows
from connectors.errors import FailureKind, SourceError
from democity.personas import Persona
from policies.registry.actor import Act, Actor
from tests.support.cases import Case, CaseError, Step, Then, Who
from tests.support.city import City, Reply
from tests.support.clock import moved
from vocabulary.fetch import Fetch, Values
from vocabulary.values import Column

Ask = Callable[[Fetch, Values, float], Any]
_OFFICER: Final = Actor("harness", "emergency-bureau", "test")
_SHOWN: Final = 400  # characters of a reply that a failure quotes


class Attacker:
    """One city, and the cases that are run against it one after the other; each leaves it as it was."""

    def __init__(self, city: City, policies: Mapping[str, str]) -> None:
        self._city = city
        self._policies = policies

    def attack(self, case: Case, others: Mapping[str, Case]) -> None:
        """Run a case; AssertionError where something else comes back than must, or something that never may."""
        facts = {name: self._fact(query) for name, query in case.facts.items()}
        reply = self._run(case, facts)
        _judge(case.then, reply, facts)
        if case.then.equal_to:
            other = self._run(others[case.then.equal_to], facts)
            assert _told(reply) == _told(other), f"{reply.text[:_SHOWN]} is not {other.text[:_SHOWN]}"
        for query in case.never:
            self._never(_filled(query, facts), reply)

    def _run(self, case: Case, facts: dict[str, Any]) -> Reply:
        with contextlib.ExitStack() as after:
            clock = after.enter_context(moved(self._city.exchange.clock))
            after.callback(self._end_emergencies)
            for step in case.before:
                if step.wait:
                    clock.pass_(step.wait)
                elif step.fault:
                    after.enter_context(_fault(self._city, step.fault["source"], step.fault["kind"]))
                elif step.revise:
                    after.callback(self._city.revise, (self._city.home / "policy.csv").read_text("utf-8"))
                    self._city.revise(self._policies[step.revise])
                else:
                    self._step(step, facts)
            return self._ask(case.who, case, facts)

    def _step(self, step: Step, facts: dict[str, Any]) -> None:
        if step.who is None:
            raise CaseError("a step is asked by somebody, or waits, revises or breaks something")
        reply = self._ask(step.who, step, facts)
        assert reply.status == 200, f"a step before failed: {reply.text[:_SHOWN]}"
        assert "errors" not in reply.body, f"a step before failed: {reply.text[:_SHOWN]}"
        for name, path in step.save.items():
            facts[name] = _at(reply.data, path)

    def _ask(self, who: Who, said: Case | Step, facts: Mapping[str, Any]) -> Reply:
        areas = tuple(_filled(one, facts) for one in who.areas)
        persona = Persona(who.person, who.organisation, "test", who.roles, areas, who.purpose)
        kind_and_key = tuple(_filled(one, facts) for one in who.subject or ())
        return self._city.ask(
            persona,
            _filled(said.document, facts),
            _filled(said.variables, facts),
            purpose=said.purpose or None,
            mode=said.mode or None,
            agreement=_filled(said.agreement, facts) or None,
            subject=(kind_and_key[0], kind_and_key[1]) if kind_and_key else None,
        )

    def _end_emergencies(self) -> None:
        emergencies, clock = self._city.exchange.registry.emergencies, self._city.exchange.clock
        for one in emergencies.in_force(clock.now()):
            emergencies.end_early(_OFFICER, clock.earliest(), _unrecorded, one.id)

    def _fact(self, query: str) -> Any:
        rows = self._rows(query)
        assert len(rows) == 1, f"{query} gives {len(rows)} rows, and a fact is one"
        return rows[0][0]

    def _never(self, query: str, reply: Reply) -> None:
        """None of the values that the sources give to a query stands in a reply; a query that gives none proves nothing."""
        values = [str(value) for row in self._rows(query) for value in row if value is not None]
        assert values, f"{query} gives nothing that could appear"
        everywhere = "\n".join((reply.text, *(f"{name}: {value}" for name, value in reply.headers.items())))
        leaked = [value for value in values if value in everywhere]
        assert not leaked, f"{len(leaked)} of {len(values)} values of {query} appear"

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(
            sqlite3.connect(f"file:{self._city.home / 'population.sqlite'}?mode=ro", uri=True)
        ) as one:
            for name in ("health", "delivery"):
                one.execute("ATTACH DATABASE ? AS " + name, (f"file:{self._city.home / name}.sqlite?mode=ro",))
            return one.execute(query).fetchall()


def _unrecorded(_: Act) -> None:
    """Tidying up after a case is no act of anybody."""


# ── what came back ────────────────────────────────────────────────────────────────────────────────────────────────────


def _judge(then: Then, reply: Reply, facts: Mapping[str, Any]) -> None:
    shown = reply.text[:_SHOWN]
    assert reply.status == then.status, f"{reply.status}, not {then.status}: {shown}"
    if then.code:
        assert reply.code == then.code, f"{reply.code}, not {then.code}: {shown}"
    if reply.status != 200:
        assert "data" not in reply.body, f"a refusal with data: {shown}"
        return
    if then.data is not None:
        assert reply.data == _filled(then.data, facts), f"other data: {shown}"
    withheld = reply.withheld
    for coordinate, reason in then.withheld.items():
        assert withheld.get(coordinate) == reason, (
            f"{coordinate} is withheld for {withheld.get(coordinate)!r}, not {reason!r}"
        )
    failed = {one["extensions"]["coordinate"]: one["extensions"]["code"] for one in reply.body.get("errors", ())}
    assert failed == then.errors, f"other errors: {failed}"
    for path, bounds in then.rows.items():
        found = _at(reply.data, path)
        least, most = (_filled(bounds.get(name, other), facts) for name, other in (("least", 0), ("most", 10**9)))
        assert least <= len(found) <= most, f"{len(found)} rows at {path}, not {least} to {most}"
    _judge_cells(then, reply, facts)


def _judge_cells(then: Then, reply: Reply, facts: Mapping[str, Any]) -> None:
    cells: dict[str, list[Any]] = {}
    _gather(reply.body["data"], cells)
    for name, codes in then.within.items():
        outside = [one for one in cells.get(name, ()) if one is not None and not one.startswith(codes)]
        assert not outside, f"{len(outside)} cells of {name} lie elsewhere"
    for name in then.nulls:
        assert not [one for one in cells.get(name, ()) if one is not None], f"{name} is shown"
    for name in then.some:
        assert [one for one in cells.get(name, ()) if one is not None], (
            f"{name} is shown nowhere: {reply.text[:_SHOWN]}"
        )
    for name, allowed in then.values.items():
        others = [one for one in cells.get(name, ()) if one not in _filled(allowed, facts)]
        assert not others, f"{len(others)} cells of {name} are not among what is allowed"


def _gather(value: Any, cells: dict[str, list[Any]]) -> None:
    """Every cell of an answer by its response key, wherever it stands; an object counts as a cell too."""
    if isinstance(value, dict):
        for name, inner in value.items():
            cells.setdefault(name, []).append(inner)
            _gather(inner, cells)
    elif isinstance(value, list):
        for inner in value:
            _gather(inner, cells)


def _told(reply: Reply) -> object:
    """What an answer tells, without the number of its receipt."""
    extensions = {name: one for name, one in reply.body.get("extensions", {}).items() if name != "receipt"}
    return reply.status, {**reply.body, "extensions": extensions}


def _at(data: Any, path: str) -> Any:
    """The value at a path as `residents.nodes.0.id`."""
    for step in path.split("."):
        data = data[int(step) if step.isdigit() else step]
    return data


def _filled(value: Any, facts: Mapping[str, Any]) -> Any:
    """`${name}` in place of its fact; a text that is nothing else becomes the fact itself."""
    if isinstance(value, str):
        if value.startswith("${") and value[2:-1] in facts:
            return facts[value[2:-1]]
        # A GraphQL document is full of `$name`: only the braced form is a fact.
        return _Braced(value).safe_substitute(facts)
    if isinstance(value, Mapping):
        return {name: _filled(one, facts) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(one, facts) for one in value]
    return value


class _Braced(Template):
    pattern = r"\$(?:\{(?P<braced>[a-z_]+)\}|(?P<escaped>(?!))|(?P<named>(?!))|(?P<invalid>(?!)))"  # type: ignore[assignment]


# ── sources at fault ──────────────────────────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def _fault(city: City, source: str, kind: str) -> Iterator[None]:
    """A source that is dead, slow, or lies."""
    connector: Any = city.exchange.connectors[source]
    connector._ask = _FAULTS[kind](connector, connector._ask)
    try:
        yield
    finally:
        del connector._ask


def _dead(connector: Connector, _ask: Ask) -> Ask:
    async def refuse(*_: object) -> Rows:
        sentence = "no answer about 310115195001011234"  # which no client may be told
        raise SourceError(connector.declaration.name, FailureKind.UNAVAILABLE, sentence)

    return refuse


def _slow(_connector: Connector, _ask: Ask) -> Ask:
    async def hang(*_: object) -> Rows:
        await asyncio.Event().wait()
        raise AssertionError

    return hang


def _everywhere(_connector: Connector, ask: Ask) -> Ask:
    async def without_rule(request: Fetch, values: Values, deadline: float) -> Rows:
        wide = {name: ("31",) if name.startswith(("own", "emergency")) else one for name, one in values.items()}
        rows: Rows = await ask(request, wide, deadline)
        return rows

    return without_rule


def _unasked(_connector: Connector, ask: Ask) -> Ask:
    async def of_others(request: Fetch, values: Values, deadline: float) -> Rows:
        rows: Rows = await ask(request, values, deadline)
        return Rows(rows.columns, rows.count, [f"{key}0" for key in rows.keys or ()])

    return of_others


def _nameless(_connector: Connector, ask: Ask) -> Ask:
    async def without_subject(request: Fetch, values: Values, deadline: float) -> Rows:
        rows: Rows = await ask(request, values, deadline)
        columns: list[Column] = [
            [None] * rows.count if name == "resident.identityNo" else column
            for name, column in zip(request.fields, rows.columns, strict=True)
        ]
        return Rows(columns, rows.count, rows.keys)

    return without_subject


_FAULTS: Final = {"dead": _dead, "slow": _slow, "everywhere": _everywhere, "unasked": _unasked, "nameless": _nameless}


def open_policy(city: City) -> str:
    """Everything plain to everybody: what every case that could leak must fail against."""
    facts = city.exchange.keeper.current().policy.facts
    lines = []
    for coordinate, known in sorted(facts.coordinates.items()):
        actions = ["write"] if known.act else ["read", "derive", "deliver"] + ["match"] * known.identifier
        lines += [f"p, any, any, {coordinate}, {action}, any, any, allow, plain" for action in actions]
    return "\n".join(lines) + "\n"


def open_exchange(home: Path) -> str:
    """The declaration without its limits and safeguards."""
    text = (home / "exchange.yaml").read_text("utf-8")
    before, _, rest = text.partition("safeguards:\n")
    return before + "sources:\n" + rest.partition("\nsources:\n")[2]
