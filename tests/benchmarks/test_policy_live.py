"""What is timed of a running exchange: that a change takes hold, of the field that is watched, and is counted right."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.load import Connection, LoadError, Run
from benchmarks.measure import Series
from benchmarks.policy import Size, Turns
from benchmarks.policy_live import _TAKEN as TAKEN
from benchmarks.policy_live import Kept, Revocations, _Watched, long_policy, put_in_force
from benchmarks.policy_report import MARKS, PolicyReport
from benchmarks.questions import PAGE
from benchmarks.report import write
from benchmarks.servers import GOVERNED
from democity.personas import PERSONAS
from federation.rules import POLICY_FILE, judge, texts_of
from policies.errors import PolicyError
from tests.support.city import City

pytestmark = pytest.mark.whole

ANALYST = replace(PERSONAS["analyst"], areas=("310115016",))


@pytest.fixture
def watched() -> Iterator[_Watched]:
    """A gateway under watch, of which only the answers count."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = Connection(server.getsockname()[1])
        with connection.socket:
            yield _Watched(connection, b"")


def test_a_change_takes_hold_in_a_running_exchange_and_takes_the_field_away(
    make_city: Callable[..., City], built_city: Path
) -> None:
    text = (built_city / POLICY_FILE).read_text("utf-8") + GOVERNED
    made = make_city(policy=text)
    assert made.ask(ANALYST, PAGE, {"first": 1}).data["residents"]["nodes"][0]["livesAlone"] is not None

    put_in_force(made.home, text.replace(TAKEN, ""))

    asked = made.ask(ANALYST, PAGE, {"first": 1})
    assert asked.data["residents"]["nodes"][0]["livesAlone"] is None
    assert "Resident.livesAlone" in asked.withheld


def test_a_home_where_nobody_serves_has_no_policy_to_change(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="no policy"):
        put_in_force(tmp_path, "")


def test_a_long_policy_is_right_and_as_long_as_it_says(built_city: Path) -> None:
    texts = texts_of(built_city)
    text = long_policy(texts[POLICY_FILE], 300)
    assert text.count("\n") == texts[POLICY_FILE].count("\n") + 300
    judge({**texts, POLICY_FILE: text})
    with pytest.raises(PolicyError):
        judge({**texts, POLICY_FILE: text + "p, role:nobody\n"})
    lines = long_policy("", 100_000).splitlines()
    assert len(set(lines)) == 100_000


def test_the_last_answer_with_a_field_counts_and_not_the_first_without(watched: _Watched) -> None:
    watched.seen = [(9.0, True), (10.5, True), (10.6, False), (10.7, True), (10.9, False), (11.0, False)]
    last, without = watched.taken(since=10.0)
    assert last == pytest.approx(0.7)
    assert without == pytest.approx(0.9)
    watched.seen = [(9.0, True), (10.25, False)]
    assert watched.taken(since=10.0) == (0.0, 0.25)


def test_a_gateway_is_settled_once_many_answers_agree(watched: _Watched) -> None:
    watched.seen = [(float(number), False) for number in range(24)]
    assert not watched.is_settled(shows=False)
    watched.seen.append((25.0, False))
    assert watched.is_settled(shows=False)
    assert not watched.is_settled(shows=True)
    watched.seen.append((26.0, True))
    assert not watched.is_settled(shows=False)


def test_the_report_says_where_a_target_is_missed(tmp_path: Path) -> None:
    series = Series((Run((0.1, 0.1), 1.0),))
    report = PolicyReport(
        machine="Machine\n",
        sizes=[
            Size(1_000, load=0.02, build=0.01, cold=0.002, cold_simple=0.01, cold_all=0.1, steady=5e-7, casbin=0.0044)
        ],
        turns=[Turns(1_000, 10_000, decision=2e-5, most=30 << 20, last=20 << 20)],
        kept=[Kept(0, series, series)],
        revocations=[Revocations(0, (0.01, 0.02), (0.02, 0.03)), Revocations(9, (0.01, 1.5), (0.02, 2.0))],
    )
    page = tmp_path / "page.md"
    page.write_text(f"before\n{MARKS[0]}\nold\n{MARKS[1]}\nafter\n", encoding="utf-8")

    write(report.text(), page, MARKS)

    written = page.read_text("utf-8")
    assert "| 1,000 | **0.50** | 4.4 | 8,800 |" in written
    assert "| 1,000 | 10,000 | 20 | **30** | 20 |" in written
    assert "| 0 | 2 | 20.00 ms | **20.00 ms** | yes | 30.00 ms | 30.00 ms |" in written
    assert "| 9 | 2 | 1500.00 ms | **1500.00 ms** | **no** | 2000.00 ms | 2000.00 ms |" in written
    assert "old" not in written
    assert written.startswith("before\n")
    assert written.endswith("after\n")
