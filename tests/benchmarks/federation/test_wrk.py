from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.federation import wrk
from benchmarks.load import LoadError

_TOLD = '{"answers":200,"microseconds":500000,"failures":0,"p50":1500.0,"p99":4000.0,"bytes":9}'


def test_a_report_is_read_in_seconds() -> None:
    found = wrk.read_slice(_TOLD)
    assert found == wrk.Slice(200, 0.5, 0.0015, 0.004)
    assert found.per_second == 400


@pytest.mark.parametrize("told", [_TOLD.replace('"failures":0', '"failures":1'), _TOLD.replace("200", "0")])
def test_a_run_with_failures_or_without_answers_is_none(told: str) -> None:
    with pytest.raises(LoadError):
        wrk.read_slice(told)


def test_a_request_is_quoted_whole() -> None:
    asking = wrk.script(b'a"]]\n', {"X-It": "é"})
    assert 'wrk.body = "\\097\\034\\093\\093\\010"' in asking
    assert '] = "\\195\\169"' in asking


def test_without_wrk_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(wrk.NoWrkError, match="make servers"):
        wrk.ask("http://127.0.0.1:1/", tmp_path / "none.lua", connections=1, seconds=1)
