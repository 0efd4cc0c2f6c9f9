"""The README's journeys, as its reader pastes them, against the real server process."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from audit.reader import LOG_FILE
from federation.serving import listening
from tests.support.city import free_port, wait_for

pytestmark = pytest.mark.server

ROOT = Path(__file__).parents[2]
TONGGUAN = Path(sys.executable).with_name("tongguan")
COMMITTEE = "310115016003"
STREET = "310115016"


def environment(home: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TONGGUAN_")}
    return {**inherited, "TONGGUAN_HOME": str(home), "NO_PROXY": "127.0.0.1"}


def gone(port: int) -> bool:
    with contextlib.suppress(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{port}/health", timeout=1.0, trust_env=False)
        return False
    return True


@dataclass
class Running:
    """A `tongguan demo run` in a process of its own."""

    home: Path
    port: int
    company: int
    bureau: int
    process: subprocess.Popen[str]

    def stop(self, how: signal.Signals) -> tuple[int, str]:
        """The exit code, and all that it wrote."""
        self.process.send_signal(how)
        written, _ = self.process.communicate(timeout=30)
        return self.process.returncode, written


def run(home: Path, port: int, company: int, bureau: int = 0) -> Running:
    bureau = bureau or free_port()
    command = [
        str(TONGGUAN),
        "demo",
        "run",
        "--residents",
        "2000",
        "--port",
        str(port),
        "--delivery-port",
        str(company),
        "--appearance-port",
        str(bureau),
    ]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/health/ready", 60)
        wait_for(f"http://127.0.0.1:{company}/health", 60)
        wait_for(f"http://127.0.0.1:{bureau}/health", 60)
    except BaseException:
        process.kill()
        process.communicate()
        raise
    return Running(home, port, company, bureau, process)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    started = run(tmp_path_factory.mktemp("journeys") / "home", free_port(), free_port())
    yield started
    code, written = started.stop(signal.SIGTERM)
    assert code == 0, written
    assert gone(started.company)
    assert gone(started.bureau)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the checkpoint is kept: elsewhere than the log."""
    return tmp_path_factory.mktemp("elsewhere")


def commands(journey: str) -> str:
    text = (ROOT / "README.md").read_text("utf-8")
    (found,) = re.findall(rf"<!-- journey: {journey} -->\n```bash\n(.*?)```", text, re.DOTALL)
    return str(found).replace(".venv/bin/tongguan", str(TONGGUAN))


def paste(running: Running, script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    script = script.replace("127.0.0.1:8000", f"127.0.0.1:{running.port}")
    script = script.replace("checkpoint.txt", f"{folder}/checkpoint.txt")
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env=environment(running.home),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def answered(running: Running, journey: str, folder: Path) -> dict[str, Any]:
    done = paste(running, commands(journey), folder)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert "errors" not in answer, answer
    return answer


def entries(home: Path) -> list[dict[str, Any]]:
    with contextlib.closing(sqlite3.connect(f"file:{home / 'audit' / LOG_FILE}?mode=ro", uri=True)) as log:
        return [json.loads(body) for (body,) in log.execute("SELECT body FROM entry ORDER BY idx")]


def residents(home: Path, area: str) -> list[tuple[str, str, str, str]]:
    """What the register itself holds of everyone over 70 there: name, phone, address and identity number."""
    query = (
        "SELECT name, phone, address, identity_no FROM resident WHERE area_code LIKE ? || '%'"
        " AND birth_date <= date('now', '+8 hours', '-70 years') ORDER BY serial"
    )
    with contextlib.closing(sqlite3.connect(f"file:{home / 'population.sqlite'}?mode=ro", uri=True)) as register:
        return register.execute(query, (area,)).fetchall()


# ── 1 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def analyst(running: Running, folder: Path) -> dict[str, Any]:
    return answered(running, "analyst", folder)


def test_the_analyst_sees_three_organisations_data(running: Running, analyst: Mapping[str, Any]) -> None:
    nodes = analyst["data"]["residents"]["nodes"]
    assert len(nodes) == 5
    assert any(node["latestVaccination"] and node["latestVaccination"]["vaccine"] for node in nodes)
    assert {node["mealService"]["active"] for node in nodes if node["mealService"]} <= {True, False}
    assert any(node["mealService"] for node in nodes)
    assert all(node["ageBand"] >= "70" for node in nodes), nodes
    assert analyst["data"]["residents"]["pageInfo"]["hasNextPage"]
    assert len(residents(running.home, STREET)) > 5


def test_the_analyst_sees_names_phones_and_addresses_masked(running: Running, analyst: Mapping[str, Any]) -> None:
    truth = residents(running.home, STREET)
    text = json.dumps(analyst, ensure_ascii=False)
    for name, phone, address, identity_no in truth:
        for secret in (phone, address, identity_no, identity_no[6:14]):
            assert secret is None or secret not in text
        assert f'"{name}"' not in text
    for node in analyst["data"]["residents"]["nodes"]:
        assert "*" in node["name"]
        assert node["phone"] is None or "*" in node["phone"]
        assert "号" not in node["address"]
        assert "花木街道" in node["address"]
    masked = {coordinate for named in analyst["extensions"]["masked"].items() for coordinate in str(named).split("'")}
    assert {"Resident.name", "Resident.phone", "Resident.address"} <= masked
    assert {"name-partial", "phone-partial", "address-street"} <= masked


def test_the_identity_number_is_withheld_with_reason_and_contact(analyst: Mapping[str, Any]) -> None:
    assert {node["identityNo"] for node in analyst["data"]["residents"]["nodes"]} == {None}
    (withheld,) = [one for one in analyst["extensions"]["withheld"] if one["coordinate"] == "Resident.identityNo"]
    assert withheld["reason"] == "not-granted"
    assert "@" in withheld["ask"]


def test_the_company_learns_identity_numbers_only_and_the_log_knew_before(
    running: Running, analyst: Mapping[str, Any]
) -> None:
    told = [json.loads(line) for line in (running.home / "delivery.log").read_text("utf-8").splitlines()]
    assert told
    for line in told:
        assert set(line) == {"at", "fields", "count"}
        assert set(line["fields"]) <= {"identityNos", "limit", "cursor"}
        assert "identityNos" in line["fields"]
    every = entries(running.home)
    closing = every[analyst["extensions"]["receipt"]["index"]]
    assert (closing["kind"], closing["outcome"]) == ("release", "answered")
    (wave,) = [every[index] for index in closing["waves"]]
    given = [one for one in wave["given"] if one["organisation"] == "eatwell"]
    assert [(one["source"], one["coordinate"], one["count"]) for one in given] == [
        ("delivery", "Resident.identityNo", 5)
    ]
    assert given[0]["line"].startswith("policy.csv:")
    assert wave["at"] <= told[0]["at"].replace("+00:00", "Z")
    assert 5 in [line["count"] for line in told]


def test_the_plan_and_a_decision_are_shown_without_asking(running: Running, folder: Path) -> None:
    before = len(entries(running.home))
    done = paste(running, commands("plan"), folder)
    assert done.returncode == 0, done.stderr
    for word in ("population", "health", "delivery", "phone-partial", "policy.csv:"):
        assert word in done.stdout
    assert [entry["kind"] for entry in entries(running.home)[before:] if entry["kind"] != "policy"] == []


def test_the_printed_commands_work_as_they_are(running: Running, folder: Path) -> None:
    """What `make run` prints is the same three journeys, tokens filled in; a second city prints its own."""
    home = running.home.parent / "printed"
    shutil.copytree(running.home, home, ignore=shutil.ignore_patterns("audit"))
    other = free_port()
    with contextlib.ExitStack() as stack:
        mark = json.loads((home / "city.json").read_text("utf-8"))
        ports = {"delivery_port": other, "appearance_port": free_port()}
        (home / "city.json").write_text(json.dumps({**mark, **ports}), "utf-8")
        second = run(home, free_port(), other, ports["appearance_port"])
        stack.callback(second.process.kill)
        first = f"http://127.0.0.1:{second.port}/graphql"
        code, printed = second.stop(signal.SIGINT)
        assert code == 0, printed
    things = [line for line in printed.splitlines() if line.startswith(("curl", str(TONGGUAN)))]
    assert [thing.split()[0] for thing in things] == ["curl", "curl", str(TONGGUAN)]
    assert all(first in thing for thing in things[:2])
    # The tokens are of the same issuer, so the server that still runs answers them.
    for thing, most in zip(things, (5, 5), strict=False):
        done = paste(running, thing.replace(first, f"http://127.0.0.1:{running.port}/graphql"), folder)
        assert 0 < len(json.loads(done.stdout)["data"]["residents"]["nodes"]) <= most
    done = paste(running, things[2].replace(str(home), str(running.home)), folder)
    assert done.returncode == 0, done.stderr


# ── 2 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_committee_sees_its_own_residents_masked_harder(running: Running, folder: Path) -> None:
    answer = answered(running, "committee", folder)
    nodes = answer["data"]["residents"]["nodes"]
    own = residents(running.home, COMMITTEE)
    assert len(nodes) == min(5, len(own)) > 0
    assert answer["data"]["residents"]["pageInfo"]["hasNextPage"] is (len(own) > 5)
    text = json.dumps(answer, ensure_ascii=False)
    for node, (name, phone, address, identity_no) in zip(nodes, own, strict=False):
        assert node["name"][0] == name[0]
        assert set(node["name"].replace(name[:2], name[0])[1:]) <= {"*"}
        assert (node["phone"], node["address"], node["identityNo"]) == (None, None, None)
        assert address not in text
        assert identity_no not in text
        assert phone is None or phone not in text
        assert node["latestVaccination"] is None or node["latestVaccination"]["date"] is None
    withheld = {one["coordinate"]: one["reason"] for one in answer["extensions"]["withheld"]}
    assert withheld["Resident.address"] == "purpose"
    assert withheld["Resident.identityNo"]


# ── 3 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_officer_finds_who_saw_a_resident_and_verifies_the_log(
    running: Running, folder: Path, tmp_path: Path
) -> None:
    everyone = '"first": 200'
    question = (ROOT / "democity" / "city" / "question.json").read_text("utf-8")
    (tmp_path / "all.json").write_text(re.sub(r'"first": \d+', everyone, question), "utf-8")
    for journey in ("analyst", "committee"):  # as the README has it, and everyone of the street: the somebody too
        answered(running, journey, folder)
        whole = commands(journey).replace("democity/city/question.json", str(tmp_path / "all.json"))
        assert everyone in (tmp_path / "all.json").read_text("utf-8")
        assert paste(running, whole, folder).returncode == 0
    done = paste(running, commands("officer"), folder)
    assert done.returncode == 0, done.stdout + done.stderr
    found = done.stdout
    for word in (
        "wang.min of health-commission, for epidemic-control: answered",
        "li.na of huamu-committee-3, for epidemic-control: answered",
        "Resident.name: name-partial, rows own  [policy.csv:",
        "Resident.name: name-surname, rows own  [policy.csv:",
        "Resident.phone: redact, rows own  [policy.csv:",
        "Resident.identityNo: withheld, not-granted\n",
        "told eatwell (delivery): Resident.identityNo × ",
        "The log is consistent.",
        "signed at",
    ):
        assert word in found, found
    assert re.search(r"\(.*released.*\)", found)
    somebody = paste(running, f"{TONGGUAN} demo somebody", folder).stdout.strip()
    assert somebody in {identity_no for *_, identity_no in residents(running.home, COMMITTEE)}
    assert somebody not in found
    assert somebody not in json.dumps(entries(running.home))
    searches = [one for one in entries(running.home) if one.get("who", {}).get("person") == "zhao.qiang"]
    assert searches[-1]["purpose"] == "security-audit"
    assert searches[-1]["probed"]


@pytest.fixture(scope="module")
def checkpointed(running: Running, folder: Path, analyst: Mapping[str, Any]) -> Path:
    """The log's directory, once a checkpoint of it lies elsewhere."""
    assert analyst
    done = paste(running, f"{TONGGUAN} audit checkpoint --out checkpoint.txt", folder)
    assert done.returncode == 0, done.stderr
    return running.home / "audit"


def copied(log: Path, to: Path) -> Path:
    """A copy of the log as its keeper could make and change it."""
    to.mkdir()
    with (
        contextlib.closing(sqlite3.connect(log / LOG_FILE)) as original,
        contextlib.closing(sqlite3.connect(to / LOG_FILE)) as copy,
    ):
        original.backup(copy)
    return to


def verified(running: Running, log: Path, folder: Path) -> tuple[int, str]:
    done = paste(running, f"{TONGGUAN} audit verify --log '{log}' --checkpoint checkpoint.txt", folder)
    return done.returncode, done.stdout


def test_an_untouched_copy_verifies(running: Running, checkpointed: Path, folder: Path, tmp_path: Path) -> None:
    code, said = verified(running, copied(checkpointed, tmp_path / "copy"), folder)
    assert (code, said.splitlines()[0]) == (0, "The log is consistent.")


CHANGES = {
    "a byte": ["UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'wang.min', 'wang.mim') AS BLOB)"],
    "an entry dropped": ["DELETE FROM entry WHERE idx = 1"],
    "an entry dropped, the others moved up": [
        "DELETE FROM entry WHERE idx = 1",
        "UPDATE entry SET idx = -idx WHERE idx > 1",
        "UPDATE entry SET idx = -idx - 1 WHERE idx < 0",
    ],
    "two entries changed places": [
        "UPDATE entry SET idx = -9 WHERE idx = 0",
        "UPDATE entry SET idx = 0 WHERE idx = 1",
        "UPDATE entry SET idx = 1 WHERE idx = -9",
    ],
    "the tail": ["DELETE FROM entry WHERE idx = (SELECT max(idx) FROM entry)"],
    "everything": ["DELETE FROM entry"],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_dropped_or_truncated_log_fails(
    running: Running, checkpointed: Path, folder: Path, tmp_path: Path, change: list[str]
) -> None:
    log = copied(checkpointed, tmp_path / "copy")
    with contextlib.closing(sqlite3.connect(log / LOG_FILE)) as copy, copy:
        for statement in change:
            assert copy.execute(statement).rowcount > 0
    code, said = verified(running, log, folder)
    assert (code, said.splitlines()[0]) == (1, "THE LOG IS NOT AS IT SHOULD BE.")


def test_a_log_written_anew_fails(running: Running, checkpointed: Path, folder: Path, tmp_path: Path) -> None:
    """Consistent in itself, and not the one that the checkpoint was signed over."""
    home = tmp_path / "anew"
    shutil.copytree(running.home, home, ignore=shutil.ignore_patterns("audit"))
    done = paste(running, f"{TONGGUAN} audit search --home {home} --as officer x", folder)
    assert done.returncode == 0, done.stderr
    assert entries(home)
    assert checkpointed != home / "audit"
    code, said = verified(running, home / "audit", folder)
    assert (code, said.splitlines()[0]) == (1, "THE LOG IS NOT AS IT SHOULD BE.")


# ── starting and stopping ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_second_run_serves_the_same_city_and_ends_when_told(tmp_path: Path, how: signal.Signals) -> None:
    home, port, company = tmp_path / "home", free_port(), free_port()
    first = run(home, port, company)
    assert first.stop(signal.SIGTERM)[0] == 0
    assert gone(first.bureau)
    made = (home / "population.sqlite").stat().st_mtime_ns
    second = run(home, port, company, first.bureau)
    assert httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{ x }"}, trust_env=False).status_code == 401
    assert httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{ x }"}, trust_env=False).status_code == 401
    code, written = second.stop(how)
    assert code == 0, written
    assert "Traceback" not in written
    assert (home / "population.sqlite").stat().st_mtime_ns == made
    assert gone(port)
    assert gone(company)
    assert entries(home)[-1]["counts"] == {"TOKEN_MISSING": 1}


@pytest.mark.parametrize("taken", ["exchange", "company"])
def test_a_port_in_use_is_said_in_a_sentence(running: Running, taken: str) -> None:
    ports = {"exchange": free_port(), "company": running.company}
    with listening("127.0.0.1", ports["exchange"] if taken == "exchange" else 0) as at:
        port = at.getsockname()[1] if taken == "exchange" else free_port()
        done = subprocess.run(
            [
                TONGGUAN,
                "demo",
                "run",
                "--residents",
                "2000",
                "--port",
                str(port),
                "--delivery-port",
                str(running.company),
                "--appearance-port",
                str(running.bureau),
            ],
            env=environment(running.home),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 3
    assert done.stderr.startswith("Error: can't listen on 127.0.0.1:")
    assert "Traceback" not in done.stderr
    assert not gone(running.company)


def test_serve_says_in_a_sentence_that_its_port_is_in_use(running: Running) -> None:
    command = [str(TONGGUAN), "serve", "--port", str(running.port)]
    done = subprocess.run(
        command, env=environment(running.home), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 3
    assert f"can't listen on 127.0.0.1:{running.port}" in done.stderr
    assert "Traceback" not in done.stderr
