"""A database of one's own in `docs/department.md`, as its reader follows it: the page's commands, a real server, timed."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

import pytest

from tests.support.city import free_port, wait_for

pytestmark = pytest.mark.server

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "department.md").read_text("utf-8")
COMMITTEE, NEIGHBOUR = "310115016003", "310115016004"
SECRETS = ("the key is under the mat",)


def block(name: str) -> str:
    """What the page has under a marker."""
    (found,) = re.findall(rf"<!-- own-source: {re.escape(name)} -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


@dataclass
class Walk:
    """The page followed in an empty folder, step by step; each step's output, and how long all took, in seconds."""

    folder: Path
    port: int
    outputs: dict[str, subprocess.CompletedProcess[str]]
    seconds: float = 0.0
    worked: float = 0.0  # of a processor's time

    @property
    def home(self) -> Path:
        return self.folder / ".state" / "own"

    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TONGGUAN_")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{inherited['PATH']}"
        return {**inherited, "PATH": path, "NO_PROXY": "127.0.0.1"}

    def paste(self, script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.ported(script)],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def follow(self, step: str) -> None:
        done = self.outputs[step] = self.paste(block(step))
        assert done.returncode == 0, (step, done.stdout, done.stderr)

    def ported(self, script: str) -> str:
        return script.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}").replace("--port 8000", f"--port {self.port}")

    def answer(self, step: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.outputs[step].stdout)
        assert "errors" not in answer, answer
        return answer

    def own(self, query: str) -> list[tuple[Any, ...]]:
        address = f"file:{self.folder}/clients.sqlite?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
            return database.execute(query).fetchall()


@contextlib.contextmanager
def served(walk: Walk) -> Iterator[None]:
    with (walk.folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            ["bash", "-c", f"exec env {walk.ported(block('serve'))}"],
            cwd=walk.folder,
            env=walk.environment(),
            stdout=log,
            stderr=log,
        )
        try:
            wait_for(f"http://127.0.0.1:{walk.port}/health/ready", 90)
            yield
        finally:
            server.terminate()
            assert server.wait(timeout=20) in {0, -signal.SIGTERM}


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    made = Walk(tmp_path_factory.mktemp("own"), free_port(), {})
    began, before = time.monotonic(), getrusage(RUSAGE_CHILDREN)
    (made.folder / "make_own.py").write_text(block("make_own.py"), "utf-8")
    for step in ("make", "inspect", "paste", "policy"):
        made.follow(step)
    made.outputs["check"] = made.paste(block("check"))
    with served(made):
        made.follow("ask")
        made.outputs["neighbour"] = made.paste(block("ask").replace("--as committee", "--as neighbour"))
        made.follow("receipt")
    made.seconds, after = time.monotonic() - began, getrusage(RUSAGE_CHILDREN)
    made.worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return made


def test_five_minutes_are_enough(walk: Walk) -> None:
    """Most of them are for reading: the commands themselves work for less than one, whatever else the machine does."""
    assert walk.seconds < 300
    assert walk.worked < 60


def test_what_is_shown_on_the_page_is_what_is_proposed(walk: Walk) -> None:
    printed = re.sub(r"\b\d+ (rows|of|sampled)", r"n \1", walk.outputs["inspect"].stdout).splitlines()
    shown = re.sub(r"\b\d+ (rows|of|sampled)", r"n \1", block("proposed")).splitlines()
    rest = iter(printed)
    assert all(line in rest for line in shown), [line for line in shown if line not in printed]


def test_it_was_tried_and_would_be_accepted(walk: Walk) -> None:
    assert "it is accepted there" in walk.outputs["inspect"].stderr


def test_the_check_has_nothing_to_say_about_the_two_lines(walk: Walk) -> None:
    said = walk.outputs["check"]
    assert (said.returncode, said.stdout, said.stderr) == (0, "nothing to say\n", "")


def test_the_committee_sees_its_own_people_masked(walk: Walk) -> None:
    answer = walk.answer("ask")
    nodes = answer["data"]["clients"]["nodes"]
    own = walk.own(f"SELECT name, care_level FROM clients WHERE area_code LIKE '{COMMITTEE}%' ORDER BY serial")
    assert [(node["name"][0], node["careLevel"]) for node in nodes] == [(name[0], level) for name, level in own]
    assert nodes
    assert all("*" in node["name"] and node["mobile"] is None and node["areaCode"] is None for node in nodes)
    assert answer["extensions"]["masked"] == {"Client.name": ["name-surname"]}
    withheld = {one["coordinate"]: one["reason"] for one in answer["extensions"]["withheld"]}
    assert withheld == {"Client.mobile": "not-granted", "Client.areaCode": "not-granted"}
    assert answer["extensions"]["receipt"]["index"] > 0


def test_the_committee_next_door_sees_none_of_them(walk: Walk) -> None:
    first = {json.dumps(node) for node in walk.answer("ask")["data"]["clients"]["nodes"]}
    assert len(first) < len(walk.own("SELECT 1 FROM clients"))
    answer = walk.answer("neighbour")
    own = walk.own(f"SELECT name FROM clients WHERE area_code LIKE '{NEIGHBOUR}%' ORDER BY serial")
    assert [node["name"][0] for node in answer["data"]["clients"]["nodes"]] == [name[0] for (name,) in own]


def test_the_officer_finds_who_looked(walk: Walk) -> None:
    found = walk.outputs["receipt"].stdout
    shown = PAGE.split("```text\n")[1].split("```")[0].splitlines()
    assert shown
    for line in shown:
        assert re.sub(r"\d+\]$", "", line) in found, (line, found)
    assert "li.na of huamu-committee-3, for elderly-care: answered" in found


def test_no_value_of_a_record_is_in_what_inspect_wrote(walk: Walk) -> None:
    written = [walk.outputs[step].stdout + walk.outputs[step].stderr for step in ("inspect", "paste")]
    written.append((walk.home / "exchange.yaml").read_text("utf-8").split("Proposed by", 1)[1])
    cells = {
        str(cell)
        for row in walk.own("SELECT identity_no, name, mobile, home_address, remarks FROM clients")
        for cell in row
        if cell is not None
    }
    for text in written:
        assert not [cell for cell in cells if cell in text]
