from __future__ import annotations

import pytest

from federation.cli.progress import progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    at = [0.0]
    monkeypatch.setattr("federation.cli.progress.time.monotonic", lambda: at[0])
    return at


def test_away_from_a_terminal_each_tenth_is_a_line(capsys: pytest.CaptureFixture[str], clock: list[float]) -> None:
    with progress("Building", 20_000) as more:
        for _ in range(100):
            clock[0] += 1
            more(200)
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.splitlines() == [f"Building: {done:,}" for done in range(2_000, 20_001, 2_000)]


def test_what_is_done_at_once_says_nothing(capsys: pytest.CaptureFixture[str], clock: list[float]) -> None:
    with progress("Building", 10) as more:
        for _ in range(10):
            clock[0] += 0.05
            more(1)
    assert capsys.readouterr().err == ""


def test_on_a_terminal_there_is_a_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress("Building", 100) as more:
        for _ in range(4):
            more(25)
    shown = capsys.readouterr().err
    assert "Building" in shown
    assert "100%" in shown


def test_a_bar_that_is_told_nothing_is_not_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress("Building", 100):
        pass
    assert capsys.readouterr().err == ""
