"""What is named is measured in a process of its own, and what fails there is said here."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.large_supergraph.generate import generate
from benchmarks.large_supergraph.measure import FLOOR, Composed, NotMeasuredError, Planned, composed, planned
from benchmarks.large_supergraph.report import LargeReport

_OURS = """
from benchmarks.large_supergraph.measure import RefusedError

def compose(subgraphs):
    return "".join(subgraphs.values())

def start(supergraph):
    def plan(document):
        if "bomb" in document:
            raise RefusedError("too much")
        if "invalid" in document:
            raise ValueError("no such field")
    return plan
"""
_SDL = "type Query { a: Int }"


@pytest.fixture(autouse=True)
def _named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "made_for_the_test.py").write_text(_OURS, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def test_composition_is_written_and_timed(tmp_path: Path) -> None:
    found = composed({"a": "type A", "b": "type B"}, tmp_path / "out", "made_for_the_test:compose")
    assert (tmp_path / "out").read_text("utf-8") == "type Atype B"
    assert found.length == 12
    assert found.seconds > 0


def test_planning_counts_what_comes_after_warming(tmp_path: Path) -> None:
    (tmp_path / "supergraph").write_text(_SDL, "utf-8")
    asked = ["{ a }"] * 25
    for start, bomb_is_refused in ((FLOOR, False), ("made_for_the_test:start", True)):
        found = planned(tmp_path / "supergraph", asked, {"bomb": "query bomb { a }", "other": "{ a }"}, start)
        assert len(found.questions) == 5
        assert {name: refused for name, (_, refused) in found.adversarial.items()} == {
            "bomb": bomb_is_refused,
            "other": False,
        }
        assert found.memory > 10
        assert found.quantile(0.5) <= found.quantile(0.99)


def test_what_fails_is_not_measured(tmp_path: Path) -> None:
    (tmp_path / "supergraph").write_text(_SDL, "utf-8")
    with pytest.raises(NotMeasuredError, match="made_for_the_test:start: ValueError: no such field"):
        planned(tmp_path / "supergraph", ["invalid"], {}, "made_for_the_test:start")
    with pytest.raises(NotMeasuredError, match="ModuleNotFoundError"):
        composed({}, tmp_path / "out", "no_such_module:compose")


def test_the_report_has_a_row_for_whatever_planned() -> None:
    world = generate(subgraphs=20, types=160)
    one = Planned(1.0, 90.0, (0.001, 0.002), {"bomb": (0.01, True)}, 95.0)
    text = LargeReport("A machine.\n", world, Composed(2.0, 1_000), {"floor": one, "the planner": one}).text()
    assert "| 20 subgraphs, 160 object types | **2.0** | 1 |" in text
    assert "| the planner | **1.0** | **2.00** | **2.00** | **90** | 95 |" in text
    assert "| bomb | 10.00, refused | 10.00, refused |" in text
