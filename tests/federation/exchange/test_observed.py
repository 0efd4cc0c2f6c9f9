from __future__ import annotations

import datetime as dt
import json
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from federation.exchange.observed import DIRECTORY, FILE, OWN_RECORDS, TOO_FEW, Observed, digest
from federation.exchange.quality import Quality, Rates
from tests.federation.exchange.test_entries import rules
from vocabulary.coordinate import Coordinate
from vocabulary.values import Value

AT = dt.datetime(2026, 11, 25, 3, 10, 11, 12, tzinfo=dt.UTC)
GOOD = Quality(sampled=900, rows=900, rates={"colour": Rates(3, None, 2), "updatedAt": Rates(0)})


def made(home: Path) -> Observed:
    world = rules().world
    return Observed(world.catalogue, world.supergraph, home)


def shown(observed: Observed, coordinate: str) -> Mapping[str, Value]:
    known = Coordinate.parse(coordinate)
    return observed.found().of(known, rules().world.supergraph.coordinates()[known])


def test_nothing_is_known_at_first_and_that_is_said(tmp_path: Path) -> None:
    observed = made(tmp_path)
    columns = shown(observed, "HealthCode.colour")
    assert str(columns["gap"]).startswith("not yet: ")
    assert {value for name, value in columns.items() if name != "gap"} == {None}


def test_a_sample_is_shown_beside_its_fields(tmp_path: Path) -> None:
    observed = made(tmp_path)
    before = observed.found().version
    observed.sampled("HealthCode", GOOD, AT)
    assert observed.found().version > before
    colour = shown(observed, "HealthCode.colour")
    assert (colour["nulls"], colour["outside"], colour["rows"], colour["sampled"]) == (3, 2, 900, 900)
    assert colour["gap"] is None
    assert colour["sampledAt"] == dt.datetime(2026, 11, 25, 3, 10, tzinfo=dt.UTC)
    relation = shown(observed, "Resident.healthCode")
    assert (relation["nulls"], relation["rows"]) == (None, 900)
    assert str(relation["gap"]).startswith("never: ")
    assert shown(observed, "Vaccination.vaccine")["sampled"] is None


@pytest.mark.parametrize(
    "coordinate", ["Access.person", "Agreement.number", "CatalogueEntry.how", "Mutation.setConsent", "Access.released"]
)
def test_the_exchange_itself_has_no_figures(tmp_path: Path, coordinate: str) -> None:
    assert str(shown(made(tmp_path), coordinate)["gap"]).startswith("never: ")


def test_what_is_computed_has_no_figures(tmp_path: Path) -> None:
    assert str(shown(made(tmp_path), "Resident.ageBand")["gap"]).startswith("never: ")
    assert shown(made(tmp_path), "Access.at")["gap"] == OWN_RECORDS


def test_too_few_rows_are_said_to_be_too_few(tmp_path: Path) -> None:
    observed = made(tmp_path)
    observed.sampled("HealthCode", Quality(), AT)
    assert shown(observed, "HealthCode.colour")["gap"] == TOO_FEW


def test_a_sample_stands_until_the_next_one(tmp_path: Path) -> None:
    observed = made(tmp_path)
    observed.missing("HealthCode", "not yet: asleep")
    assert shown(observed, "HealthCode.colour")["gap"] == "not yet: asleep"
    observed.sampled("HealthCode", GOOD, AT)
    observed.missing("HealthCode", "not yet: asleep")
    assert shown(observed, "HealthCode.colour")["nulls"] == 3


def test_when_something_changed_is_told_to_the_day_of_people_and_to_the_hour_of_things(tmp_path: Path) -> None:
    world = rules().world
    things = replace(world.supergraph.types["HealthCode"], subject=None)
    graph = replace(world.supergraph, types={**world.supergraph.types, "HealthCode": things})
    observed = Observed(world.catalogue, graph, tmp_path)
    observed.changed({"HealthCode": AT, "Test": AT, "Access": AT})
    assert shown(observed, "HealthCode.colour")["lastChanged"] == dt.datetime(2026, 11, 25, 3, tzinfo=dt.UTC)
    midnight = dt.datetime(2026, 11, 24, 16, tzinfo=dt.UTC)  # of the city
    assert shown(observed, "Test.result")["lastChanged"] is None  # nobody has looked yet whether they are a handful
    observed.sampled("Test", GOOD, AT)
    assert shown(observed, "Test.result")["lastChanged"] == midnight
    assert shown(observed, "Resident.tests")["lastChanged"] == midnight
    assert shown(observed, "Access.at")["lastChanged"] is None
    observed.sampled("Test", Quality(), AT)
    assert shown(observed, "Test.result")["lastChanged"] is None  # of too few people even the day tells something
    observed.sampled("HealthCode", Quality(), AT)
    assert shown(observed, "HealthCode.colour")["lastChanged"] is not None
    observed.sampled("Test", GOOD, AT)
    version = observed.found().version
    observed.changed({"Test": AT + dt.timedelta(hours=5)})
    assert observed.found().version == version  # nothing that is shown is another
    observed.changed({"Test": None})
    assert shown(observed, "Test.result")["lastChanged"] is None


def test_what_was_sampled_is_there_after_a_restart_and_for_other_processes(tmp_path: Path) -> None:
    first, other = made(tmp_path), made(tmp_path)
    first.sampled("HealthCode", GOOD, AT)
    first.keep()
    assert stat.S_IMODE((tmp_path / DIRECTORY / FILE).stat().st_mode) == 0o600
    assert made(tmp_path).of("HealthCode") == first.of("HealthCode")
    version = other.found().version
    other.catch_up()
    assert other.of("HealthCode") == first.of("HealthCode")
    assert other.found().version > version
    version = other.found().version
    other.catch_up()
    assert other.found().version == version


def test_an_older_sample_does_not_come_back(tmp_path: Path) -> None:
    first, other = made(tmp_path), made(tmp_path)
    first.sampled("HealthCode", GOOD, AT)
    first.keep()
    other.sampled("HealthCode", Quality(), AT + dt.timedelta(hours=1))
    other.catch_up()
    assert other.of("HealthCode").gap == TOO_FEW


def test_a_sample_by_another_declaration_counts_for_nothing(tmp_path: Path) -> None:
    observed = made(tmp_path)
    observed.sampled("HealthCode", GOOD, AT)
    observed.keep()
    path = tmp_path / DIRECTORY / FILE
    declared = rules().world.catalogue.sources["health"].type("HealthCode")
    path.write_text(path.read_text("utf-8").replace(digest(declared), "0" * 32), "utf-8")
    assert made(tmp_path).of("HealthCode").sampled_at is None
    fields = (replace(declared.fields[0], codes=("green",)), *declared.fields[1:])
    assert digest(replace(declared, fields=fields)) != digest(declared)


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "[]",
        "{",
        '{"HealthCode": 1}',
        '{"HealthCode": {"declared": "", "at": "2026-11-25", "gap": null, "quality": {}}}',
        '{"HealthCode": {"declared": "", "at": "2026-11-25T00:00:00+00:00", "gap": null, "quality": {"sampled": "many", "rows": 1, "rates": {}}}}',
        '{"HealthCode": {"declared": "", "at": "2026-11-25T00:00:00+00:00", "gap": null, "quality": {"sampled": 1, "rows": 1, "rates": {"colour": {"least": 1}}}}}',
    ],
)
def test_a_damaged_file_is_as_if_there_were_none(tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / DIRECTORY).mkdir()
    (tmp_path / DIRECTORY / FILE).write_text(damage, "utf-8")
    assert made(tmp_path).of("HealthCode").sampled_at is None
    assert "sampled again" in caplog.text


def test_the_file_holds_what_is_shown_and_no_more(tmp_path: Path) -> None:
    observed = made(tmp_path)
    observed.sampled("HealthCode", GOOD, AT)
    observed.changed({"Test": AT})
    observed.keep()
    said = json.loads((tmp_path / DIRECTORY / FILE).read_text("utf-8"))
    assert said["HealthCode"]["quality"] == {
        "sampled": 900,
        "rows": 900,
        "rates": {
            "colour": {"nulls": 3, "duplicates": None, "outside": 2},
            "updatedAt": {"nulls": 0, "duplicates": None, "outside": None},
        },
    }
    assert list(said) == ["HealthCode"]
