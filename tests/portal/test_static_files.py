from __future__ import annotations

from pathlib import Path

import pytest

from portal.contract import RefusedError
from portal.static_files import StaticFiles


def test_an_address_changes_with_what_any_file_holds(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a{}")
    (tmp_path / "within").mkdir()
    (tmp_path / "within" / "b.js").write_text("1")
    before = StaticFiles(tmp_path)
    (tmp_path / "within" / "b.js").write_text("2")
    after = StaticFiles(tmp_path)
    assert before.address("a.css") != after.address("a.css")
    assert bytes(before.answer(before.address("within/b.js")).body) == b"1"  # as it was read


@pytest.mark.parametrize("name", ["../portal.css", "", "nothing.css", "a.css/"])
def test_nothing_but_the_files_is_served(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.css").write_text("a{}")
    files = StaticFiles(tmp_path)
    base = files.address("a.css").removesuffix("a.css")
    with pytest.raises(RefusedError):
        files.answer(base + name)
    with pytest.raises(RefusedError):
        files.answer(f"/static/0000/{'a.css'}")


def test_a_file_of_another_kind_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(KeyError):
        StaticFiles(tmp_path)


def test_the_files_of_the_pages_are_small() -> None:
    files = StaticFiles()
    directory = Path(__file__).parents[2] / "portal" / "static"
    assert files.address("portal.css").endswith("/portal.css")
    assert sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()) < 150_000
