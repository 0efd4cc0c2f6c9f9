from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.federation.given import VARIABLE, NotGivenError, read, usual_folder


def test_a_folder_that_is_not_there_says_how_to_name_another(tmp_path: Path) -> None:
    with pytest.raises(NotGivenError, match=rf"no supergraph\.graphql.*--federation or {VARIABLE}"):
        read(tmp_path / "nowhere")


def test_a_folder_that_is_not_whole_says_what_is_missing(folder: Path) -> None:
    (folder / "data.json").unlink()
    with pytest.raises(NotGivenError, match=r"has no data\.json:"):
        read(folder)


def test_the_usual_folder_is_beside_the_repository_or_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert usual_folder(Path("/a/repository")) == Path("/a/shared/bench/federation")
    monkeypatch.setenv(VARIABLE, "/elsewhere")
    assert usual_folder(Path("/a/repository")) == Path("/elsewhere")
