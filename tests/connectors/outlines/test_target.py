from __future__ import annotations

from pathlib import Path

from connectors.outlines import Target


def test_a_path_in_the_home_is_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    target = Target("x", tmp_path)
    assert target.relative(tmp_path / "a b" / "x.sqlite") == "a b/x.sqlite"
    assert target.relative(tmp_path / ".." / "y") == str(tmp_path.parent / "y")


def test_without_a_home_it_is_whole(tmp_path: Path) -> None:
    assert Target("x").relative(tmp_path / "x") == str(tmp_path / "x")


def test_a_secret_is_in_no_text_of_it() -> None:
    assert "hunter2" not in repr(Target("x", secret="hunter2"))


def test_tables_that_are_wanted() -> None:
    assert Target("x").wants("a")
    assert not Target("x", tables=frozenset({"b"})).wants("a")
