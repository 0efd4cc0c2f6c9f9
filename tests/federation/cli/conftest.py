"""A home of one's own for commands, and a way to call them as a shell would."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from federation.cli import cli

Call = Callable[..., Result]


@pytest.fixture
def home(built_city: Path, tmp_path: Path) -> Path:
    """A city whose files a test may break; its sources are linked."""
    target = tmp_path / "home"
    shutil.copytree(built_city / "keys", target / "keys")
    for item in built_city.iterdir():
        if item.suffix == ".sqlite":
            (target / item.name).hardlink_to(item)
        elif item.is_file():
            shutil.copy(item, target)
    return target


@pytest.fixture
def call(home: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call a command with the home in its environment; a crash of it is a crash of the test."""
    for name in [name for name in os.environ if name.startswith("TONGGUAN_") or name == "TOKEN"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TONGGUAN_HOME", str(home))

    def called(*words: str, **options: str) -> Result:
        result = CliRunner().invoke(cli, list(words), **options)  # type: ignore[arg-type]  # only `input`, a text
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.output
        return result

    return called
