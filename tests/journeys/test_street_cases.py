"""City appearance (市容) as a Federation subgraph in its own process: cases of buildings that another bureau registers.

Relations lead from an entity whose home is elsewhere to rows of the subgraph, a reference leads from another source to
an entity of its own, and each row has an area of its own.
"""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from democity.personas import Persona
from federation.issuing import make_issuer
from federation.looking_after import check_sources
from tests.support.city import City, free_port, wait_for

EXCHANGE = """\
exchange: street-cases
operator: bureau
organisations:
  bureau: {name: {zh: 数据局, en: Data bureau}, contact: a@b.example, areas: ["31"]}
  housing: {name: {zh: 房管, en: Housing}, contact: r@b.example, areas: ["31"]}
  appearance: {name: {zh: 市容, en: City appearance}, contact: s@b.example, areas: ["31"]}
purposes:
  upkeep: {zh: 维护, en: Upkeep}
roles:
  worker: {zh: 干部, en: Worker}
masks:
  redact: {kind: redact}
sources:
  housing:
    owner: housing
    connector: sql
    options: {url: "sqlite:///housing.sqlite"}
    types:
      Building:
        table: building
        description: {zh: 楼栋, en: A building}
        key: buildingNo
        area: area
        collection: buildings
        pageBy: buildingNo
        fields:
          buildingNo: {column: number, type: String, level: 1, description: {zh: 楼栋编号, en: Number}}
          area: {column: area, type: String, level: 1, description: {zh: 网格, en: Grid}}
        references:
          worstCase: {type: StreetCase, key: caseNo, column: worst, level: 1, description: {zh: 重点案件, en: Worst case}}
  appearance:
    owner: appearance
    connector: CONNECTOR
    options: OPTIONS
    types:
      StreetCase:
        table: StreetCase
        description: {zh: 市容案件, en: A case of city appearance}
        key: caseNo
        area: area
        fields:
          caseNo: {column: caseNo, type: String, level: 1, description: {zh: 案件编号, en: Case number}}
          kind: {column: kind, type: String, level: 1, description: {zh: 类别, en: Kind}}
          reportedOn: {column: reportedOn, type: Date, level: 1, description: {zh: 上报日期, en: Reported on}}
          area: {column: area, type: String, level: 1, description: {zh: 网格, en: Grid}}
          reporter: {column: reporter, type: String, level: 3, masks: [redact], description: {zh: 上报人, en: Reporter}}
        references:
          building:
            {type: Building, key: buildingNo, column: building.buildingNo, level: 1, description: {zh: 楼栋, en: Building}}
      Inspection:
        table: Inspection
        description: {zh: 巡查, en: An inspection}
        area: area
        fields:
          day: {column: day, type: Date, level: 1, description: {zh: 日期, en: Day}}
          area: {column: area, type: String, level: 1, description: {zh: 网格, en: Grid}}
          of: {column: building.buildingNo, type: String, level: 1, description: {zh: 楼栋, en: Building}}
    extends:
      Building:
        key: buildingNo
        relations:
          lastInspection:
            {type: Inspection, by: of, many: false, order: [-day], level: 1,
             description: {zh: 最近巡查, en: The last inspection}}
          streetCases:
            {type: StreetCase, by: building.buildingNo, many: true, order: [-reportedOn], bound: 2, level: 1,
             description: {zh: 市容案件, en: Cases of city appearance}}
"""
SUBGRAPH = """\
import datetime
import enum

import strawberry
import strawberry.asgi
from strawberry.federation.schema_directives import Key


@strawberry.enum
class Kind(enum.Enum):
    RUBBISH = "rubbish"
    LAMP = "lamp"


@strawberry.federation.type(keys=["buildingNo"], extend=True)
class Building:
    building_no: strawberry.ID = strawberry.federation.field(external=True)

    @strawberry.field
    def last_inspection(self) -> "Inspection | None":
        return Inspection(day=datetime.date(2024, 6, 1), area="310115016003001", building=self)

    @strawberry.field
    def street_cases(self) -> list["StreetCase"]:
        return [case for case in CASES.values() if case.building.building_no == self.building_no]


@strawberry.type
class Inspection:
    day: datetime.date
    area: str
    building: Building


@strawberry.federation.type(keys=["caseNo"])
class StreetCase:
    case_no: strawberry.ID
    kind: Kind
    reported_on: datetime.date
    area: str
    reporter: str
    building: Building

    @classmethod
    def resolve_reference(cls, caseNo: strawberry.ID) -> "StreetCase | None":
        return CASES.get(caseNo)


CASES = {
    number: StreetCase(
        case_no=number, kind=kind, reported_on=datetime.date(2024, 5, day), area=area, reporter="Wang",
        building=Building(building_no=building),
    )
    for number, kind, day, area, building in (
        ("c1", Kind.RUBBISH, 1, "310115016003001", "b1"),
        ("c2", Kind.LAMP, 2, "310115016003001", "b1"),
        ("c3", Kind.LAMP, 3, "310115016003001", "b1"),
        ("c4", Kind.LAMP, 4, "310115016004001", "b2"),
    )
}
schema = strawberry.federation.Schema(types=[Building, StreetCase])
app = strawberry.asgi.GraphQL(schema)
"""
POLICY = """\
p, role:worker, own, Inspection.*, read, upkeep, ordinary, allow, plain
p, role:worker, any, Building.*, read, upkeep, ordinary, allow, plain
p, role:worker, own, StreetCase.*, read, upkeep, ordinary, allow, plain
p, role:worker, any, StreetCase.reporter, read, upkeep, ordinary, deny,
p, org:appearance, any, Building.buildingNo, deliver, upkeep, ordinary, allow, plain
p, org:appearance, any, Building.worstCase, deliver, upkeep, ordinary, allow, plain
p, org:housing, any, StreetCase.building, deliver, upkeep, ordinary, allow, plain
"""
DOCUMENT = """
{ buildings { nodes {
  buildingNo
  streetCases { caseNo kind reportedOn reporter building { buildingNo } }
  worstCase { caseNo kind }
} } }
"""
MINE = Persona("a.worker", "bureau", "desk", ("worker",), ("310115016003",), "upkeep")

Open = Callable[[], City]


@contextlib.contextmanager
def served(home: Path) -> Iterator[str]:
    """The subgraph in its own process."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "appearance:app", "--port", str(port), "--log-level", "error"]
    process = subprocess.Popen(command, cwd=home)
    try:
        wait_for(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(params=["python", pytest.param("graphql", marks=pytest.mark.server)])
def city(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[City]:
    with contextlib.closing(sqlite3.connect(tmp_path / "housing.sqlite")) as database:
        database.execute("CREATE TABLE building (number TEXT PRIMARY KEY, area TEXT, worst TEXT)")
        rows = [("b1", "310115016003001", "c2"), ("b2", "310115016004001", "c4"), ("b3", "310115016003001", "c9")]
        database.executemany("INSERT INTO building VALUES (?, ?, ?)", rows)
        database.commit()
    (tmp_path / "appearance.py").write_text(SUBGRAPH, encoding="utf-8")
    make_issuer(tmp_path / "keys")
    with contextlib.ExitStack() as stack:
        options = "{file: appearance.py}"
        if request.param == "graphql":
            options = f'{{url: "{stack.enter_context(served(tmp_path))}"}}'
        declared = EXCHANGE.replace("CONNECTOR", request.param).replace("OPTIONS", options)
        opened = City(tmp_path, policy=POLICY, exchange=declared)
        stack.callback(opened.close)
        yield opened


def test_cases_of_a_building_that_another_bureau_registers(city: City) -> None:
    assert city._loop.run(check_sources(city.exchange)) == []
    reply = city.ask(MINE, DOCUMENT)
    nodes = {node["buildingNo"]: node for node in reply.data["buildings"]["nodes"]}
    assert nodes["b1"] == {
        "buildingNo": "b1",
        "streetCases": [
            {"caseNo": number, "kind": "LAMP", "reportedOn": day, "reporter": None, "building": {"buildingNo": "b1"}}
            for number, day in (("c3", "2024-05-03"), ("c2", "2024-05-02"))
        ],
        "worstCase": {"caseNo": "c2", "kind": "LAMP"},
    }
    assert nodes["b2"] == {"buildingNo": "b2", "streetCases": [], "worstCase": None}  # not in the worker's area
    assert nodes["b3"] == {"buildingNo": "b3", "streetCases": [], "worstCase": None}  # no such case
    assert "Wang" not in reply.text
    given = [item for _, entry in city.entries() if entry["kind"] == "wave" for item in entry["given"]]
    assert {(one["organisation"], one["coordinate"]) for one in given} >= {
        ("appearance", "Building.buildingNo"),
        ("appearance", "Building.worstCase"),
    }


def test_whoever_may_not_tell_the_bureau_learns_nothing_of_it(city: City) -> None:
    city.revise(policy="".join(f"{line}\n" for line in POLICY.splitlines() if "deliver" not in line))
    reply = city.ask(MINE, DOCUMENT)
    assert {(node["streetCases"], node["worstCase"]) for node in reply.data["buildings"]["nodes"]} == {(None, None)}
    assert reply.withheld == {"Building.streetCases": "deliver", "Building.worstCase": "deliver"}


def test_one_row_whose_own_area_decides_is_not_picked_by_a_source_that_cannot_tell(city: City) -> None:
    document = "{ buildings { nodes { buildingNo lastInspection { day } } } }"
    reply = city.ask(MINE, document)
    assert {node["lastInspection"] for node in reply.data["buildings"]["nodes"]} == {None}
    assert reply.code == "SOURCE_UNDECIDED"
    city.revise(policy=POLICY.replace("own, Inspection", "any, Inspection"))
    nodes = city.ask(MINE, document).data["buildings"]["nodes"]
    assert [node["lastInspection"] for node in nodes] == [{"day": "2024-06-01"}] * 3
