"""Several processes on one store, and processes that die in the middle of a charge."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from policies.limits.database import LIMITS_FILE
from policies.limits.limits import Limits
from vocabulary.limits import Left, PrincipalLimit, SubjectBudget

if TYPE_CHECKING:
    from tests.policies.limits.conftest import Made

ROOT = Path(__file__).parents[3]
ROWS, SUBJECTS, TIMES = 300, 40, 15

HAMMER = """
import datetime as dt, json, os, random, sys, threading
from pathlib import Path
from policies.limits.limits import Limits
from vocabulary.limits import Charge, PrincipalLimit, SubjectBudget

directory, rows, subjects, times, crowd = json.loads(sys.argv[1])
limits = Limits.open(
    Path(directory), (PrincipalLimit("care", rows, subjects, None),), SubjectBudget(times, 7), key=bytes(range(32))
)
allowed = []

def hammer(seed):
    chance = random.Random(seed)
    for _ in range(60):
        charge = Charge(
            "health/wang", "care", dt.datetime(2026, 11, 24, 4, tzinfo=dt.UTC), chance.randint(1, 4),
            tuple(chance.sample(crowd, chance.randint(0, 3))), 0, os.urandom(16),
        )
        for _ in range(chance.choice((1, 1, 2))):  # some are tried again
            answer = limits.charge_sync(charge)
        if answer.allowed:
            allowed.append([charge.rows, charge.subjects])

threads = [threading.Thread(target=hammer, args=(f"{sys.argv[2]}-{number}",)) for number in range(4)]
print("ready", flush=True)
sys.stdin.readline()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
limits.close()
print(json.dumps(allowed))
"""


@pytest.mark.parametrize("round_", range(2))
def test_processes_and_threads_together_never_pass_a_limit_and_count_exactly_once(
    tmp_path: Path, made: Made, round_: int
) -> None:
    crowd = made.subjects(60)
    arguments = json.dumps([str(tmp_path), ROWS, SUBJECTS, TIMES, crowd])
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", HAMMER, arguments, f"{round_}-{number}"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    allowed = [one for output in outputs for one in json.loads(output)]
    rows = sum(count for count, _ in allowed)
    seen = {subject for _, subjects in allowed for subject in subjects}
    times = {subject: sum(subject in subjects for _, subjects in allowed) for subject in seen}
    assert rows <= ROWS
    assert len(seen) <= SUBJECTS
    assert max(times.values()) <= TIMES
    assert rows > ROWS - 4  # and the limit was reached: nobody was refused for nothing
    with closing(sqlite3.connect(tmp_path / LIMITS_FILE)) as connection:
        assert connection.execute("SELECT rows, subjects FROM used").fetchall() == [(rows, len(seen))]
        assert dict(connection.execute("SELECT subject, times FROM disclosed")) == times
        assert connection.execute("SELECT count(*) FROM charged").fetchall() == [(len(allowed),)]


VICTIM = """
import datetime as dt, os, sqlite3, sys, time
from pathlib import Path
from policies.limits.names import Names
from policies.limits.rules import Rules
from policies.limits.store import Store
from vocabulary.limits import Charge, PrincipalLimit, SubjectBudget

directory, when, how, subject = sys.argv[1:]
armed = False

class Connection(sqlite3.Connection):
    def execute(self, sql, parameters=(), /):
        if not (armed and sql == "COMMIT"):
            return super().execute(sql, parameters)
        if when == "after":
            super().execute(sql)
        if how == "exit":
            os._exit(1)
        print("here", flush=True)
        while True:
            time.sleep(60)  # until it is killed

rules = Rules((PrincipalLimit("care", 100, 10, None),), SubjectBudget(3, 7))
store = Store(Path(directory), rules, Names(bytes(range(32))), Connection)
store.open()
armed = True
at = dt.datetime(2026, 11, 24, 4, tzinfo=dt.UTC)
store.charge([Charge("health/wang", "care", at, 7, (subject,), 0, b"m" * 16)])
"""


@pytest.mark.parametrize("how", ["exit", "kill"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_process_that_dies_about_its_commit_is_charged_once_by_the_retry(
    tmp_path: Path, made: Made, when: str, how: str
) -> None:
    command = [sys.executable, "-c", VICTIM, str(tmp_path), when, how, made.subject(1)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        if how == "kill":
            assert process.stdout.readline() == "here\n"
            process.send_signal(signal.SIGKILL)
    limits = Limits.open(tmp_path, (PrincipalLimit("care", 100, 10, None),), SubjectBudget(3, 7), key=made.key)
    written = 7 if when == "after" else 0
    assert limits.left_sync("health/wang", "care", made.noon).rows == 100 - written
    charge = made.charge(rows=7, subjects=(made.subject(1),), mark=b"m" * 16)
    assert limits.charge_sync(charge).left == Left(rows=93, subjects=9, probes=None)
    assert limits.charge_sync(charge).left == Left(rows=93, subjects=9, probes=None)
    limits.close()
    with closing(sqlite3.connect(tmp_path / LIMITS_FILE)) as connection:
        assert connection.execute("SELECT times FROM disclosed").fetchall() == [(1,)]
