"""The catalogue against who would learn from it what is hidden (promise 9) or something of a person (3 and 11)."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from democity.personas import Persona
from federation.exchange.catalogue_source import ENTRY, ORGANISATION, declaration
from federation.exchange.observed import DIRECTORY, FILE, TOO_FEW
from tests.support.city import City
from tests.support.governing import emergency

FIELDS = " ".join(one.name for one in declaration("x").type(ENTRY).fields if one.name != ORGANISATION)
EVERYTHING = (
    "query($where: CatalogueEntryWhere, $orderBy: [CatalogueEntryOrder!], $after: String, $first: Int)"
    " { catalogue(first: $first, after: $after, where: $where, orderBy: $orderBy)"
    f" {{ nodes {{ id {FIELDS} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
FOR_ALL = "p, any, any, CatalogueEntry.*, read, any, any, allow, plain\n"
COMPANY = Persona("eat.well", "eatwell", "desk", (), ("31",), "epidemic-control")


def entries(city: City, who: str | Persona, **variables: object) -> list[dict[str, Any]]:
    reply = city.ask(who, EVERYTHING, {"first": 1_000, **variables})
    assert "errors" not in reply.body, reply.text
    nodes: list[dict[str, Any]] = reply.data["catalogue"]["nodes"]
    return nodes


def entry(city: City, coordinate: str, who: str | Persona = "steward") -> Mapping[str, Any]:
    (found,) = entries(city, who, where={"coordinate": {"eq": coordinate}})
    return found


@contextlib.contextmanager
def written(city: City, source: str) -> Any:
    """A source's file, as its owner changes it; it is a copy from then on, since other tests have the same."""
    path = city.home / f"{source}.sqlite"
    copy = path.with_suffix(".copy")
    shutil.copy(path, copy)
    copy.replace(path)
    with contextlib.closing(sqlite3.connect(path)) as database:
        yield database
        database.commit()


def introspected(city: City, who: str | Persona) -> set[str]:
    document = "{ __schema { types { kind name fields { name } } } }"
    types = city.ask(who, document).data["__schema"]["types"]
    return {
        f"{one['name']}.{field['name']}"
        for one in types
        if one["kind"] == "OBJECT"
        and not one["name"].startswith("__")
        and not one["name"].endswith(("Connection", "Edge", "PageInfo", "Query"))
        for field in one["fields"]
        if field["name"] != "id"
    }


# ── what is hidden ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_page_filter_or_order_shows_what_is_hidden(make_city: Callable[..., City]) -> None:
    city = make_city()
    city.revise((city.home / "policy.csv").read_text("utf-8") + FOR_ALL)
    city.sample()
    seen = introspected(city, COMPANY)
    assert "Test.takenAt" in seen
    assert "Test.result" not in seen
    for where in (
        {},
        {"not": {"coordinate": {"eq": "Nothing"}}},
        {"level": {"gte": 1}},
        {"or": [{}, {"level": {"eq": 4}}]},
    ):
        for order in ([], [{"field": "level", "direction": "DESC"}], [{"field": "owner"}, {"field": "type"}]):
            found = entries(city, COMPANY, where=where, orderBy=order)
            assert {one["coordinate"] for one in found} == seen
            assert "Test.result" not in json.dumps(found)
    assert (
        {one["coordinate"] for one in entries(city, "analyst")}
        == introspected(city, "analyst")
        == seen | {"Test.result"}
    )


def test_pages_are_as_many_as_what_is_seen_needs(make_city: Callable[..., City]) -> None:
    """A page that is short, or one more that is empty, would tell that something was left out."""
    city = make_city()
    city.revise((city.home / "policy.csv").read_text("utf-8") + FOR_ALL)
    found: list[str] = []
    after, where = None, {"type": {"eq": "Test"}}
    while True:
        page = city.ask(COMPANY, EVERYTHING, {"first": 1, "after": after, "where": where}).data["catalogue"]
        assert len(page["nodes"]) == 1
        found += [one["coordinate"] for one in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert found == ["Test.resident", "Test.takenAt"]


def test_what_is_hidden_from_now_on_is_gone_by_its_id_and_behind_an_old_cursor(make_city: Callable[..., City]) -> None:
    city = make_city()
    city.revise((city.home / "policy.csv").read_text("utf-8") + FOR_ALL)
    variables = {"first": 1, "where": {"type": {"eq": "HealthCode"}}}
    page = city.ask(COMPANY, EVERYTHING, variables).data["catalogue"]
    assert [one["coordinate"] for one in page["nodes"]] == ["HealthCode.colour"]
    known, cursor = entry(city, "HealthCode.updatedAt", COMPANY)["id"], page["pageInfo"]["endCursor"]
    again = f"query($id: ID!) {{ node(id: $id) {{ ... on {ENTRY} {{ coordinate }} }} }}"
    assert city.ask(COMPANY, again, {"id": known}).data["node"] == {"coordinate": "HealthCode.updatedAt"}
    lists = (city.home / "lists.yaml").read_text("utf-8")
    city.revise(**{"lists.yaml": lists.replace("[Test.result]", "[Test.result, HealthCode.updatedAt]")})
    assert city.ask(COMPANY, again, {"id": known}).data["node"] is None
    behind = city.ask(COMPANY, EVERYTHING, {**variables, "first": 5, "after": cursor}).data["catalogue"]
    assert [one["coordinate"] for one in behind["nodes"]] == ["HealthCode.resident"]
    assert entry(city, "HealthCode.updatedAt", "analyst")["id"] != known


def test_lines_that_widen_or_narrow_leave_every_organisation_its_own_entries(make_city: Callable[..., City]) -> None:
    city = make_city()
    lines = (
        "p, any, any, *, read, any, any, allow, plain\n"
        "p, any, own, CatalogueEntry.*, read, any, any, allow, plain\n"
        "p, any, 310115, CatalogueEntry.how, read, any, any, deny,\n"
    )
    city.revise((city.home / "policy.csv").read_text("utf-8") + lines)
    for who in (COMPANY, "analyst", "owner-steward"):
        assert {one["coordinate"] for one in entries(city, who)} == introspected(city, who)
    assert "Test.result" not in {one["coordinate"] for one in entries(city, COMPANY)}


def test_the_catalogue_is_on_record_like_any_question_and_costs_nobody_their_limit(city: City) -> None:
    reply = city.ask("steward", EVERYTHING, {"first": 5})
    index = reply.body["extensions"]["receipt"]["index"]
    found = dict(city.entries())[index]
    assert (found["kind"], found["who"]["person"]) == ("release", "sun.li")
    assert {one["coordinate"] for one in found["shown"]} >= {"CatalogueEntry.coordinate", "CatalogueEntry.how"}
    assert "subjects" not in found or not found["subjects"]


# ── what figures could tell of a person ───────────────────────────────────────────────────────────────────────────────


def test_samples_leave_no_value_behind(make_city: Callable[..., City], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    city = make_city()
    before = len(city.entries())
    city.sample()
    assert len(city.entries()) == before  # nobody was shown anything
    kept = (city.home / DIRECTORY / FILE).read_text("utf-8")
    told = kept + json.dumps(entries(city, "steward")) + " ".join(str(record.__dict__) for record in caplog.records)
    people = city.rows(
        "SELECT identity_no, phone, name, address, area_code, birth_date FROM resident ORDER BY serial LIMIT 1000"
    )
    assert '"Resident"' in kept
    for identity, phone, name, address, area, born in people:
        for value in (identity, phone, address, area, born, *([name] if len(name) > 2 else [])):
            assert value is None or str(value) not in told


def test_one_resident_more_or_less_is_not_to_be_seen(make_city: Callable[..., City]) -> None:
    """Everybody else in the register is known to the attacker, who waits for the figures of the next day."""
    city, other = make_city(), make_city()
    with written(city, "population") as register:
        register.execute(
            "DELETE FROM resident WHERE serial NOT IN (SELECT serial FROM resident ORDER BY serial LIMIT 400)"
        )
        register.execute("UPDATE resident SET phone = '1', sex = '男'")
    with written(other, "population") as register:
        register.execute(
            "DELETE FROM resident WHERE serial NOT IN (SELECT serial FROM resident ORDER BY serial LIMIT 399)"
        )
        register.execute("UPDATE resident SET phone = '1', sex = '男'")
        # … and this one's record is as odd as can be.
        columns = [row[1] for row in register.execute("PRAGMA table_info(resident)")]
        oddest = ", ".join(
            {"serial": "-1", "identity_no": "'x'", "sex": "'?'", "phone": "NULL"}.get(one, one) for one in columns
        )
        register.execute(f"INSERT INTO resident SELECT {oddest} FROM resident LIMIT 1")
    city.sample()
    other.sample()
    shown = ["lastChanged", "rows", "sampled", "nulls", "duplicates", "outside", "gap"]
    figures = [
        {one["coordinate"]: {name: one[name] for name in shown} for one in entries(each, "steward")}
        for each in (city, other)
    ]
    assert figures[0] == figures[1]
    phone = figures[0]["Resident.phone"]
    assert (phone["rows"], phone["sampled"], phone["nulls"]) == (400, 400, 0)
    assert figures[0]["Resident.sex"]["outside"] == 0


def test_few_rows_have_no_figures_at_all(make_city: Callable[..., City]) -> None:
    city = make_city()
    with written(city, "health") as database:
        database.execute("DELETE FROM test WHERE rowid NOT IN (SELECT rowid FROM test LIMIT 99)")
        database.execute("UPDATE test SET result = '阳性'")
    city.sample()
    found = entry(city, "Test.result")
    figures = {name: found[name] for name in ("rows", "sampled", "nulls", "duplicates", "outside")}
    assert set(figures.values()) == {None}
    assert found["gap"] == TOO_FEW


def test_the_newest_record_of_people_is_told_to_the_day(make_city: Callable[..., City], built_city: Path) -> None:
    text = (built_city / "exchange.yaml").read_text("utf-8")
    city = make_city(
        exchange=text.replace(
            "        table: health_code\n", "        table: health_code\n        changedBy: updatedAt\n"
        )
    )
    with written(city, "health") as database:
        database.execute("UPDATE health_code SET updated_at = '2026-03-01T00:00:00.000+08:00'")
        person = database.execute("SELECT identity_no FROM health_code LIMIT 1").fetchone()
        database.execute(
            "UPDATE health_code SET updated_at = '2026-03-05T13:14:15.000+08:00' WHERE identity_no = ?", person
        )
    city.sample()
    assert entry(city, "HealthCode.colour")["lastChanged"] == "2026-03-04T16:00:00+00:00"  # the day begins in the city


def test_values_outside_the_code_list_are_counted_and_never_told(make_city: Callable[..., City]) -> None:
    city = make_city()
    with written(city, "health") as database:
        database.execute("UPDATE health_code SET colour = 'blue' WHERE substr(identity_no, 17, 1) IN ('0', '1', '2')")
    city.sample()
    colour = entry(city, "HealthCode.colour")
    assert 20 <= colour["outside"] <= 40
    assert "blue" not in json.dumps(colour) + (city.home / DIRECTORY / FILE).read_text("utf-8")


def test_an_emergency_shows_no_entries(make_city: Callable[..., City]) -> None:
    city = make_city()
    emergency(city, "310115016")
    city.revise((city.home / "policy.csv").read_text("utf-8") + FOR_ALL)
    reply = city.ask("analyst", EVERYTHING, {"first": 5}, mode="emergency")
    assert reply.data["catalogue"]["nodes"] == []
    assert entries(city, "analyst")
