from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import shlex
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import federation.cli
from federation.cli import cli


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands(cli))


def test_every_command_of_the_issue_is_there() -> None:
    assert set(COMMANDS) == {
        ("serve",),
        ("demo", "build"),
        ("demo", "run"),
        ("demo", "somebody"),
        ("token",),
        ("compose",),
        ("decide",),
        ("plan",),
        ("audit", "search"),
        ("audit", "checkpoint"),
        ("audit", "verify"),
    }


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_shows_an_example_whose_words_the_command_takes(path: tuple[str, ...], tmp_path: Path) -> None:
    shown = CliRunner().invoke(cli, [*path, "--help"])
    assert shown.exit_code == 0
    examples = re.findall(r"^ +(?:.*\| )?tongguan (.*?)(?: >.*)?$", shown.output.split("Example:")[1], re.MULTILINE)
    assert examples
    (tmp_path / "checkpoint.txt").touch()
    for example in examples:
        words = [word.replace("/media/witness", str(tmp_path)) for word in shlex.split(example)]
        assert tuple(words[: len(path)]) == path
        with click.Context(cli, info_name="tongguan") as context:
            COMMANDS[path].make_context(path[-1], words[len(path) :], parent=context).close()


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_is_explained(path: tuple[str, ...]) -> None:
    for parameter in COMMANDS[path].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_an_option_that_is_none_is_wrong_usage(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(cli, [*path, "--nonsense"])
    assert (result.exit_code, "--nonsense" in result.output) == (2, True)


def test_the_version() -> None:
    result = CliRunner().invoke(cli, ["--version"])
    assert importlib.metadata.version("tongguan") in result.output


def test_somebody_elses_package_of_one_of_our_names_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "masking").mkdir()
    (tmp_path / "masking" / "__init__.py").touch()
    theirs = PathFinder.find_spec("masking", [str(tmp_path)])
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: theirs if name == "masking" else find(name))
    with pytest.raises(SystemExit) as refused:
        federation.cli._check_packages()
    assert refused.value.code == 3
    assert "package masking is another distribution's" in capsys.readouterr().err


def test_our_own_packages_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    federation.cli._check_packages()
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "audit" else find(name))
    with pytest.raises(SystemExit) as refused:
        federation.cli._check_packages()
    assert refused.value.code == 3
