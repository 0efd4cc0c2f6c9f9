"""The subgraph of docs/operator.md, as it stands there: mounted, and served on its own; from question to receipt."""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from federation.looking_after import check_sources
from federation.rules import StartError
from tests.support.city import STREET, City, free_port, wait_for

PAGE = (Path(__file__).parents[2] / "docs" / "operator.md").read_text("utf-8")
QUESTION = """
query Visited($area: String!) {
  residents(first: 20, where: {area: {within: [$area]}}) { nodes { name homeVisits { day topic } } }
}
"""
VISITED = 8


def shown(name: str, language: str) -> str:
    """An example of the page."""
    (found,) = re.findall(rf"<!-- example: {name} -->\n```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.fixture
def home(built_city: Path, tmp_path: Path) -> Path:
    """The demo city with the volunteers' file, and visits to the first people of the street and to one elsewhere."""
    home = tmp_path / "home"
    shutil.copytree(built_city, home)
    (home / "volunteers.py").write_text(shown("volunteers.py", "python"), encoding="utf-8")
    with contextlib.closing(sqlite3.connect(home / "population.sqlite")) as database:
        asked = "SELECT identity_no FROM resident WHERE substr(area_code, 1, 9) {} ? ORDER BY serial LIMIT ?"
        people = database.execute(asked.format("="), (STREET, VISITED)).fetchall()
        people += database.execute(asked.format("<>"), (STREET, 1)).fetchall()
    lines = [f"{number},{day}" for (number,) in people for day in ("2024-05-01,meals", "2024-06-01,a fall")]
    (home / "visits.csv").write_text("\n".join(("resident,day,topic", *lines)) + "\n", encoding="utf-8")
    return home


@contextlib.contextmanager
def opened(home: Path, source: str) -> Iterator[City]:
    declared = (home / "exchange.yaml").read_text("utf-8") + "\n" + source
    city = City(home, exchange=declared, policy=(home / "policy.csv").read_text("utf-8") + shown("policy", "csv"))
    try:
        yield city
    finally:
        city.close()


def check(city: City) -> None:
    """See that the volunteers' source fits; processes of other sources may not be up."""
    waiting = city._loop.run(check_sources(city.exchange))
    assert not [one for one in waiting if one.startswith("volunteers")]


def governed(city: City) -> dict[str, Any]:
    """Ask as the analyst, and see that the answer is right; its closing entry."""
    check(city)
    reply = city.ask("analyst", QUESTION, {"area": STREET})
    nodes = reply.data["residents"]["nodes"]
    assert [len(node["homeVisits"]) for node in nodes] == [2] * VISITED + [0] * (len(nodes) - VISITED)
    assert [one["day"] for one in nodes[0]["homeVisits"]] == ["2024-06-01", "2024-05-01"]
    assert reply.masked["HomeVisit.topic"] == ["redact"]
    assert "meals" not in reply.text
    assert "a fall" not in reply.text
    assert not re.search(r"\b\d{17}[\dX]\b", reply.text)
    given = [item for _, entry in city.entries() if entry["kind"] == "wave" for item in entry["given"]]
    assert ("emergency-bureau", "Resident.identityNo") in {(one["organisation"], one["coordinate"]) for one in given}
    closing = city.entries()[-1][1]
    assert closing["sources"]["volunteers"] == "answered"
    return closing


def test_the_example_is_short() -> None:
    assert len(shown("volunteers.py", "python").splitlines()) <= 40


def test_a_mounted_subgraph_is_governed_as_any_source(home: Path) -> None:
    with opened(home, shown("source", "yaml")) as city:
        closing = governed(city)
        assert len(closing["subjects"]["Resident"]) == 20


@pytest.mark.server
def test_the_same_file_served_on_its_own_answers_the_same(home: Path) -> None:
    file = home / "volunteers.py"
    served = file.read_text("utf-8").replace("import strawberry\n", "import strawberry\nimport strawberry.asgi\n", 1)
    file.write_text(served + "app = strawberry.asgi.GraphQL(schema)\n", encoding="utf-8")
    port = free_port()
    mounted = "connector: python\n    options: {file: volunteers.py, names: {Resident.homeVisits: visits}}"
    remote = (
        f'connector: graphql\n    options: {{url: "http://127.0.0.1:{port}", names: {{Resident.homeVisits: visits}}}}'
    )
    source = shown("source", "yaml")
    assert mounted in source
    assert remote.replace(str(port), "8003").split("    ")[1] in PAGE
    command = [sys.executable, "-m", "uvicorn", "volunteers:app", "--port", str(port), "--log-level", "error"]
    process = subprocess.Popen(command, cwd=home)
    try:
        wait_for(f"http://127.0.0.1:{port}/")
        with opened(home, source.replace(mounted, remote)) as city:
            governed(city)
    finally:
        process.terminate()
        process.wait(timeout=10)


def test_a_renamed_field_keeps_the_exchange_from_starting(home: Path) -> None:
    file = home / "volunteers.py"
    file.write_text(file.read_text("utf-8").replace("topic", "reason"), encoding="utf-8")
    with opened(home, shown("source", "yaml")) as city:
        told = r"source volunteers: type Visit \(type HomeVisit\) has no field topic .*; write one of: day, reason, resident"
        with pytest.raises(StartError, match=told):
            city._loop.run(check_sources(city.exchange))


def test_a_file_that_ends_in_an_error_keeps_it_from_starting(home: Path) -> None:
    (home / "visits.csv").unlink()
    with pytest.raises(StartError, match=r"volunteers\.py ends in FileNotFoundError, from its line 11; see why with"):
        opened(home, shown("source", "yaml")).__enter__()


def test_a_failing_resolver_costs_its_own_fields(home: Path) -> None:
    file = home / "volunteers.py"
    file.write_text(
        file.read_text("utf-8").replace(
            "        return [Visit(", "        raise ValueError(self.identity_no)\n        return [Visit("
        )
    )
    with opened(home, shown("source", "yaml")) as city:
        reply = city.ask("analyst", QUESTION, {"area": STREET})
        assert len(reply.data["residents"]["nodes"]) == 20
        assert {node["homeVisits"] for node in reply.data["residents"]["nodes"]} == {None}
        (error,) = reply.body["errors"]
        assert error["extensions"] == {
            "code": "SOURCE_UNAVAILABLE", "source": "volunteers", "coordinate": "Resident.homeVisits"
        }  # fmt: skip
        assert not re.search(r"\b\d{17}[\dX]\b", reply.text)


def test_a_subgraph_that_mixes_people_up_shows_nobodys_rows(home: Path) -> None:
    """Each resident is given everybody's visits, and each visit says truly whom it was paid to."""
    file = home / "volunteers.py"
    mixed = "[Visit(day=one['day'], topic=one['topic'], resident=Resident(identity_no=one['resident'])) for all in VISITS.values() for one in all]"
    file.write_text(re.sub(r"return \[Visit\(.*\]", f"return {mixed}", file.read_text("utf-8")), encoding="utf-8")
    with opened(home, shown("source", "yaml")) as city:
        check(city)
        reply = city.ask("analyst", QUESTION, {"area": STREET})
        assert {node["homeVisits"] for node in reply.data["residents"]["nodes"]} == {None}
        (error,) = reply.body["errors"]
        assert error["extensions"]["code"] == "SOURCE_INVALID"
        assert "2024" not in reply.text


def test_a_resolver_that_blocks_costs_its_own_fields_and_nobody_elses_time(home: Path) -> None:
    """Promise 12, for code that shares our process: it blocks its thread, not even its loop can be asked."""
    file, go = home / "volunteers.py", home / "go"
    blocking = f"        while not Path({str(go)!r}).exists():\n            time.sleep(0.01)\n        return [Visit("
    text = (
        file.read_text("utf-8")
        .replace("        return [Visit(", blocking)
        .replace("import csv\n", "import csv\nimport time\n")
    )
    file.write_text(text, encoding="utf-8")
    with opened(home, shown("source", "yaml").replace("    owner:", "    timeout: 0.5\n    owner:", 1)) as city:
        try:
            blocked = city.ask("analyst", QUESTION, {"area": STREET})
            (error,) = blocked.body["errors"]
            assert error["extensions"]["code"] == "SOURCE_TIMEOUT"
            assert {node["homeVisits"] for node in blocked.data["residents"]["nodes"]} == {None}
            started = time.monotonic()
            for _ in range(3):
                answered = city.ask(
                    "analyst", "{ residents(first: 3) { nodes { name latestVaccination { vaccine } } } }"
                )
                assert "errors" not in answered.body
            assert time.monotonic() - started < 5  # a busy machine's time, and far from three timeouts of ten seconds
        finally:
            go.touch()
