"""Records whose area is reached through relations: a test has a resident, who has a home, which has an area.

Each step belongs to another organisation, and only the housing bureau knows where a home is (promise 4).
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from democity.personas import Persona
from federation.issuing import make_issuer
from tests.support.city import City

pytestmark = pytest.mark.whole

EXCHANGE = """\
exchange: three-steps
operator: bureau
organisations:
  bureau: {name: {zh: 数据局, en: Data bureau}, contact: a@b.example, areas: ["31"]}
  police: {name: {zh: 公安, en: Police}, contact: p@b.example, areas: ["31"]}
  health: {name: {zh: 卫健, en: Health}, contact: h@b.example, areas: ["31"]}
  housing: {name: {zh: 房管, en: Housing}, contact: r@b.example, areas: ["31"]}
purposes:
  care: {zh: 照护, en: Care}
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
      Home:
        table: home
        description: {zh: 住宅, en: A home}
        key: number
        area: place
        fields:
          number: {column: number, type: String, level: 1, description: {zh: 编号, en: Number}}
          place: {column: place, type: String, level: 2, description: {zh: 网格, en: Grid}}
  people:
    owner: police
    connector: sql
    options: {url: "sqlite:///people.sqlite"}
    types:
      Person:
        table: person
        description: {zh: 居民, en: A resident}
        key: number
        subject: number
        area: home
        fields:
          number: {column: number, type: String, level: 4, identifier: true, description: {zh: 证件号, en: Number}}
          name: {column: name, type: String, level: 3, masks: [redact], description: {zh: 姓名, en: Name}}
        references:
          home: {type: Home, key: number, column: home, level: 2, description: {zh: 住宅, en: Home}}
  tests:
    owner: health
    connector: sql
    options: {url: "sqlite:///tests.sqlite"}
    types:
      Test:
        table: test
        description: {zh: 检测, en: A test}
        key: number
        subject: person
        fields:
          number: {column: number, type: String, level: 1, description: {zh: 编号, en: Number}}
          result: {column: result, type: String, level: 3, description: {zh: 结果, en: Result}}
        references:
          person: {type: Person, key: number, column: person, level: 3, description: {zh: 受检人, en: Who was tested}}
      Batch:
        table: batch
        description: {zh: 批次, en: A batch of tests}
        key: number
        collection: batches
        pageBy: number
        fields:
          number: {column: number, type: String, level: 1, description: {zh: 编号, en: Number}}
        references:
          first: {type: Test, key: number, column: first, level: 1, description: {zh: 首个检测, en: The first test}}
"""
POLICY = """\
p, role:worker, any, Batch.*, read, care, ordinary, allow, plain
p, role:worker, own, Test.*, read, care, ordinary, allow, plain
p, role:worker, own, Person.name, read, care, ordinary, allow, plain
"""
TELLS = """\
p, org:police, any, Test.person, deliver, care, ordinary, allow, plain
p, org:housing, any, Person.home, deliver, care, ordinary, allow, plain
"""
DOCUMENT = "{ batches { nodes { number first { result person { name } } } } }"
MINE = Persona("a.worker", "bureau", "desk", ("worker",), ("310115016003",), "care")


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Callable[[str], City]]:
    opened: list[City] = []

    def make(policy: str) -> City:
        home = tmp_path / f"home{len(opened)}"
        home.mkdir()
        for name, statements in {
            "housing": (
                "CREATE TABLE home (number TEXT PRIMARY KEY, place TEXT)",
                "INSERT INTO home VALUES ('h1', '310115016003001'), ('h2', '310115016004001'), ('h3', NULL)",
            ),
            "people": (
                "CREATE TABLE person (number TEXT PRIMARY KEY, name TEXT, home TEXT)",
                "INSERT INTO person VALUES ('p1', 'Here', 'h1'), ('p2', 'There', 'h2'), ('p3', 'Nowhere', 'h3')",
            ),
            "tests": (
                "CREATE TABLE test (number TEXT PRIMARY KEY, result TEXT, person TEXT)",
                "INSERT INTO test VALUES ('t1', 'r1', 'p1'), ('t2', 'r2', 'p2'), ('t3', 'r3', 'p3'), ('t4', 'r4', 'px')",
                "CREATE TABLE batch (number TEXT PRIMARY KEY, first TEXT)",
                "INSERT INTO batch VALUES ('b1', 't1'), ('b2', 't2'), ('b3', 't3'), ('b4', 't4'), ('b5', NULL)",
            ),
        }.items():
            with contextlib.closing(sqlite3.connect(home / f"{name}.sqlite")) as database:
                for statement in statements:
                    database.execute(statement)
                database.commit()
        make_issuer(home / "keys")
        city = City(home, policy=policy, exchange=EXCHANGE)
        opened.append(city)
        return city

    yield make
    for one in opened:
        one.close()


def test_a_row_has_the_area_of_its_subjects_home_and_every_step_is_on_record(exchange: Callable[[str], City]) -> None:
    city = exchange(POLICY + TELLS)
    reply = city.ask(MINE, DOCUMENT)
    firsts = {one["number"]: one["first"] for one in reply.data["batches"]["nodes"]}
    assert firsts == {
        "b1": {"result": "r1", "person": {"name": "Here"}},
        "b2": None,
        "b3": None,
        "b4": None,
        "b5": None,
    }
    given = [item for _, entry in city.entries() if entry["kind"] == "wave" for item in entry["given"]]
    assert {(item["organisation"], item["coordinate"]) for item in given} == {
        ("police", "Test.person"),
        ("housing", "Person.home"),
    }
    closing = city.entries()[-1][1]
    assert len(closing["subjects"]["Person"]) == 1


@pytest.mark.parametrize("left_out", TELLS.splitlines())
def test_what_may_not_be_told_on_the_way_leaves_the_area_unknown_and_nothing_is_shown(
    exchange: Callable[[str], City], left_out: str
) -> None:
    city = exchange(POLICY + "".join(f"{line}\n" for line in TELLS.splitlines() if line != left_out))
    for node in city.ask(MINE, DOCUMENT).data["batches"]["nodes"]:
        assert node["first"] is None


def test_somebody_of_the_whole_city_sees_what_has_an_area_and_no_more(exchange: Callable[[str], City]) -> None:
    whole = Persona("b.worker", "bureau", "desk", ("worker",), ("31",), "care")
    nodes = exchange(POLICY + TELLS).ask(whole, DOCUMENT).data["batches"]["nodes"]
    assert [node["number"] for node in nodes if node["first"]] == ["b1", "b2"]


def test_a_dead_housing_bureau_withholds_and_costs_nothing_else(exchange: Callable[[str], City]) -> None:
    city = exchange(POLICY + TELLS)
    (city.home / "housing.sqlite").write_bytes(b"no database at all, but long enough to be read as one" * 100)
    nodes = city.ask(MINE, DOCUMENT).data["batches"]["nodes"]
    assert [node["number"] for node in nodes] == ["b1", "b2", "b3", "b4", "b5"]
    assert all(node["first"] is None for node in nodes)
