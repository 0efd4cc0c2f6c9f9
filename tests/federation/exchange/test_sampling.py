from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from connectors.contract import Capabilities, Connector, Gap, Rows
from connectors.errors import FailureKind, GapKind, SourceError, UnsupportedError
from federation.exchange.observed import DIRECTORY, SWITCHED_OFF, Observed
from federation.exchange.own import own_sources
from federation.exchange.quality import LEAST, SAMPLE
from federation.exchange.sampling import FRESH, QUIET, Sampler
from federation.logs import JsonLines
from tests.federation.exchange.test_entries import rules
from vocabulary.catalogue import SourceDeclaration
from vocabulary.coordinate import Coordinate
from vocabulary.fetch import Fetch, Op, Order, Values
from vocabulary.values import Value

NOW = dt.datetime(2026, 11, 25, 3, 10, tzinfo=dt.UTC)
DAY = 86_400.0
ALL = Capabilities(frozenset(Op), boolean=True, collections=True, order=True, max_keys=10)
TYPES = ["Resident", "Vaccination", "Test", "HealthCode"]


class Source(Connector):
    """Answers with as many rows as it has; or fails."""

    def __init__(self, declaration: SourceDeclaration, capabilities: Capabilities = ALL) -> None:
        super().__init__(declaration, capabilities)
        self.asked: list[str] = []
        self.fails: Exception | None = None
        self.rows = 200
        self.moments: Mapping[str, dt.datetime] | SourceError = {}
        self.looked = 0
        self.hangs = False

    async def check(self) -> None:
        """Nothing to see."""

    async def close(self) -> None:
        """Nothing is open."""

    async def changed(self) -> Mapping[str, dt.datetime]:
        self.looked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if isinstance(self.moments, SourceError):
            raise self.moments
        return self.moments

    async def _ask(self, request: Fetch, values: Values, deadline: float) -> Rows:  # noqa: ARG002  (it does not wait)
        self.asked.append(request.type)
        assert values == {"limit": SAMPLE}
        if self.fails is not None:
            raise self.fails
        return Rows([["x"] * self.rows for _ in request.fields], self.rows)


def of_these(source: SourceDeclaration) -> SourceDeclaration:
    """A source of the city with the types of these tests."""
    types = tuple(one for one in source.types if one.name in {*TYPES, "MealService"})
    return replace(source, types=types, relations=())


@dataclass
class Made:
    """A sampler over sources of this test, and what it counted."""

    home: Path
    every: float = DAY
    time: float = 0.0
    told: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        world = rules().world
        never = Capabilities(
            frozenset(), boolean=False, collections=False, order=False, max_keys=1, gap=Gap(GapKind.NEVER, "it can't")
        )
        self.declared = {name: of_these(world.catalogue.sources[name]) for name in ("population", "health", "delivery")}
        self.declared |= own_sources("data-bureau")
        self.sources = {
            name: Source(one, never if one.connector == "rest" else ALL) for name, one in self.declared.items()
        }
        self.observed = Observed(world.catalogue, world.supergraph, self.home)
        self.sampler = Sampler(
            self.declared,
            self.sources,
            self.observed,
            self.observe,
            every=self.every,
            clock=lambda: self.time,
        )

    def observe(self, source: str, outcome: str) -> None:
        self.told.append((source, outcome))

    def step(self, now: dt.datetime = NOW) -> str | None:
        return asyncio.run(self.sampler.step(now))

    def steps(self, now: dt.datetime = NOW) -> list[str | None]:
        found = [self.step(now)]
        while found[-1] is not None:
            found.append(self.step(now))
        return found


def test_each_type_is_sampled_one_at_a_time_and_then_not_until_it_is_due(tmp_path: Path) -> None:
    made = Made(tmp_path)
    assert made.steps() == [*TYPES, None]
    assert all(made.sources[name].asked == [] for name in ("delivery", "exchange", "registry", "catalogue"))
    assert made.told == [("population", "sampled"), *[("health", "sampled")] * 3]
    made.time += DAY
    assert made.steps(NOW + dt.timedelta(hours=23)) == [None]
    assert made.steps(NOW + dt.timedelta(hours=24)) == [*TYPES, None]


def test_another_process_does_not_sample_what_was_sampled(tmp_path: Path) -> None:
    other = Made(tmp_path)
    Made(tmp_path).steps()
    assert other.steps() == [None]
    assert other.observed.of("Resident").quality.sampled == 200


def test_a_source_that_lists_nothing_has_a_typed_gap(tmp_path: Path) -> None:
    made = Made(tmp_path)
    assert made.observed.of("MealService").gap == "never: 来源系统不能列出数据 · it can't"


def test_samples_can_be_switched_off(tmp_path: Path) -> None:
    made = Made(tmp_path, every=0.0)
    assert made.steps() == [None]
    assert made.observed.of("Resident").gap == SWITCHED_OFF
    assert made.sources["population"].looked + made.sources["health"].looked == 1  # how fresh it is costs nothing


@pytest.mark.parametrize("kind", [FailureKind.TIMEOUT, FailureKind.UNAVAILABLE, FailureKind.OVERLOADED])
def test_a_source_that_fails_is_left_alone_for_a_while(tmp_path: Path, kind: FailureKind) -> None:
    made = Made(tmp_path)
    made.sources["health"].fails = SourceError("health", kind, "at 10.0.0.1, of person 310101")
    assert made.steps() == ["Resident", "Vaccination", None]
    assert made.observed.of("Vaccination").gap == f"not yet: 来源系统未应答 · the source did not answer: {kind}"
    assert ("health", kind.value) in made.told
    made.time += QUIET - 1
    assert made.steps() == [None]
    made.sources["health"].fails = None
    made.time += 1
    assert made.steps() == ["Vaccination", "Test", "HealthCode", None]


def test_a_source_that_failed_somebody_else_is_left_alone_until_it_answers(tmp_path: Path) -> None:
    made = Made(tmp_path)
    made.sampler.saw("health", "timeout")
    assert made.steps() == ["Resident", None]
    made.sampler.saw("health", "answered")
    assert made.steps() == ["Vaccination", "Test", "HealthCode", None]


def test_an_answer_that_broke_a_promise_is_what_a_sample_is_to_count(tmp_path: Path) -> None:
    made = Made(tmp_path)
    made.sampler.saw("health", "invalid")
    assert made.steps() == [*TYPES, None]
    assert made.observed.of("Resident").quality.rates["identityNo"].duplicates == 100


def test_a_busy_source_is_left_alone(tmp_path: Path) -> None:
    async def while_busy(made: Made) -> str | None:
        health = made.sources["health"]
        slots = [health._cap.slot() for _ in range(health.declaration.concurrency)]
        for slot in slots:
            await slot.__aenter__()
        try:
            await made.sampler.step(NOW)
            return await made.sampler.step(NOW)
        finally:
            for slot in slots:
                await slot.__aexit__(None, None, None)

    made = Made(tmp_path)
    assert asyncio.run(while_busy(made)) is None
    assert made.sources["health"].asked == []


def test_a_request_beyond_the_source_is_a_gap(tmp_path: Path) -> None:
    made = Made(tmp_path)
    made.sources["population"].fails = UnsupportedError("population", GapKind.NOT_YET, "it can't")
    made.step()
    assert made.observed.of("Resident").gap == "not yet: 来源系统不支持 · the source can't list it"
    assert made.step() == "Vaccination"  # it is not tried again and again


def test_too_few_rows_are_asked_for_again_only_when_due(tmp_path: Path) -> None:
    made = Made(tmp_path)
    made.sources["population"].rows = LEAST - 1
    assert made.steps() == [*TYPES, None]
    assert made.observed.of("Resident").quality.rates == {}


def test_a_home_that_cannot_be_written_costs_the_restart_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / DIRECTORY).write_text("", "utf-8")  # no directory can be made there
    made = Made(tmp_path)
    assert made.step() == "Resident"
    assert made.observed.of("Resident").quality.sampled == 200
    assert "can't be kept" in caplog.text


def test_a_clock_that_was_set_back_does_not_stop_the_samples(tmp_path: Path) -> None:
    made = Made(tmp_path)
    made.steps()
    made.time += QUIET
    assert made.steps(NOW - dt.timedelta(days=400))[0] == "Resident"


def test_sources_are_asked_how_fresh_they_are(tmp_path: Path) -> None:
    made = Made(tmp_path)
    made.sources["health"].moments = {"Test": NOW, "Nothing": NOW}
    made.steps()
    test = made.observed.found()
    graph = rules().world.supergraph.coordinates()
    columns = {str(one): test.of(one, facts)["lastChanged"] for one, facts in graph.items()}
    assert columns["Test.takenAt"] == dt.datetime(2026, 11, 24, 16, tzinfo=dt.UTC)
    assert {one for one, at in columns.items() if at is not None} == {
        *(one for one in columns if one.startswith("Test.")),
        "Resident.tests",
    }
    looked = made.sources["health"].looked
    made.step()
    assert made.sources["health"].looked == looked
    made.time += FRESH
    made.sources["health"].moments = SourceError("health", FailureKind.UNAVAILABLE, "away")
    made.steps()
    for _ in made.sources:
        made.step()
    (one,) = [one for one in graph if str(one) == "Test.takenAt"]
    assert made.observed.found().of(one, graph[one])["lastChanged"] is None


def test_a_source_that_never_says_how_fresh_it_is_holds_up_nobody(tmp_path: Path) -> None:
    made = Made(tmp_path)
    health = made.sources["health"]
    made.sources["health"] = Source(replace(health.declaration, timeout=0.01))
    made.sources["health"].hangs = True
    declared = {**made.declared, "health": made.sources["health"].declaration}
    made.sampler = Sampler(declared, made.sources, made.observed, made.observe, every=DAY, clock=lambda: made.time)
    assert made.steps() == ["Resident", None]  # it is left alone
    made.time += QUIET
    assert made.sources["health"].asked == []


def test_no_value_and_no_failure_of_a_source_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    made = Made(tmp_path)
    made.sources["health"].fails = SourceError("health", FailureKind.TIMEOUT, "person 310101")
    made.steps()
    said = [record for record in caplog.records if record.name == "tongguan.catalogue"]
    assert [json.loads(JsonLines().format(record))["message"] for record in said] == [
        "sampled Resident from population: 200 rows",
        "no sample of Vaccination from health: timeout",
    ]
    assert "310101" not in str([record.__dict__ for record in said])
    assert replace(made.observed.of("Resident"), sampled_at=None).quality.sampled == 200


def changed_by(made: Made, **fields: str) -> None:
    """Declare `changedBy` in types of the health commission."""
    health = made.sources["health"]
    types = tuple(replace(one, changed_by=fields.get(one.name)) for one in health.declaration.types)
    declared = replace(health.declaration, types=types)
    made.sources["health"] = Dated(declared)
    made.sampler = Sampler(
        {**made.declared, "health": declared},
        made.sources,
        made.observed,
        made.observe,
        every=made.every,
        clock=lambda: made.time,
    )


class Dated(Source):
    """Has one moment for each type, as the newest that is asked for."""

    newest: Mapping[str, dt.datetime | dt.date | None] = {}

    async def _ask(self, request: Fetch, values: Values, deadline: float) -> Rows:
        if values["limit"] != 1:
            return await super()._ask(request, values, deadline)
        (field,) = request.fields
        assert request.order == (Order(field, descending=True),)
        return Rows([[self.newest[request.type]]], 1)


def freshness(made: Made, coordinate: str) -> Value:
    graph = rules().world.supergraph.coordinates()
    known = Coordinate.parse(coordinate)
    return made.observed.found().of(known, graph[known])["lastChanged"]


@pytest.mark.parametrize(
    ("newest", "shown"),
    [
        (NOW, dt.datetime(2026, 11, 24, 16, tzinfo=dt.UTC)),
        (dt.date(2026, 11, 20), dt.datetime(2026, 11, 19, 16, tzinfo=dt.UTC)),
        (NOW + dt.timedelta(seconds=1), None),
        (dt.date(2099, 1, 1), None),
        (None, None),
    ],
)
def test_the_newest_value_of_a_field_says_when_data_changed_before_what_the_source_says(
    tmp_path: Path, newest: dt.date | None, shown: dt.datetime | None
) -> None:
    made = Made(tmp_path)
    changed_by(made, Test="takenAt", HealthCode="updatedAt")
    health = made.sources["health"]
    assert isinstance(health, Dated)
    day = dt.timedelta(days=1)
    health.newest = {"Test": newest, "HealthCode": NOW - 2 * day}
    health.moments = {"HealthCode": NOW - day, "Vaccination": NOW - 3 * day}
    made.steps()
    assert freshness(made, "Test.result") == shown
    assert freshness(made, "HealthCode.colour") == dt.datetime(2026, 11, 22, 16, tzinfo=dt.UTC)
    assert freshness(made, "Vaccination.date") == dt.datetime(2026, 11, 21, 16, tzinfo=dt.UTC)


def test_who_takes_no_samples_does_not_look_for_the_newest_value(tmp_path: Path) -> None:
    made = Made(tmp_path, every=0.0)
    changed_by(made, Test="takenAt")
    for _ in made.sources:
        made.step()
    assert made.sources["health"].looked == 1
    assert freshness(made, "Test.result") is None


def test_another_exchange_is_never_asked_for_a_sample_nor_how_fresh_it_is(tmp_path: Path) -> None:
    """It is asked for somebody, and this would be for nobody; it does not count as having failed either."""

    class Elsewhere(Source):
        NAMES_ASKER = True

    made = Made(tmp_path)
    declared = made.declared["health"]
    (first, *others) = declared.types
    dated = next(one.name for one in first.fields if one.scalar in {"Date", "DateTime"})
    declared = replace(declared, types=(replace(first, changed_by=dated), *others))
    source = made.sources["health"] = Elsewhere(declared)
    made.declared["health"] = declared
    made.sampler = Sampler(made.declared, made.sources, made.observed, made.observe, every=DAY, clock=lambda: made.time)
    made.steps()
    for _ in range(5):
        made.time += FRESH
        made.steps()
    assert source.asked == []
    assert source.looked == 0
    assert "health" not in {name for name, _ in made.told}
    assert "another exchange" in str(made.observed.of(first.name).gap)
