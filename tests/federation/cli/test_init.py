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


def test_these_are_the_commands() -> None:
    assert set(COMMANDS) == {
        ("serve",),
        ("router",),
        ("demo", "build"),
        ("demo", "run"),
        ("demo", "somebody"),
        ("token",),
        ("compose",),
        ("decide",),
        ("plan",),
        ("catalogue",),
        ("inspect",),
        *(("agreement", step) for step in ("draft", "ask", "approve", "refuse", "suspend", "resume", "revoke", "list")),
        *(("emergency", step) for step in ("declare", "confirm", "end", "list")),
        *(("glass", step) for step in ("break", "review", "lift", "list")),
        *(("consent", step) for step in ("set", "load")),
        *(("case", step) for step in ("open", "close", "list")),
        *(
            ("policy", step)
            for step in ("check", "test", "explain", "diff", "propose", "approve", "withdraw", "show", "changes")
        ),
        ("application-key",),
        ("audit", "report"),
        ("audit", "search"),
        ("audit", "checkpoint"),
        ("audit", "verify"),
        ("audit", "prove"),
        ("audit", "verify-receipt"),
    }


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_shows_an_example_whose_words_the_command_takes(
    path: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = CliRunner().invoke(cli, [*path, "--help"])
    assert shown.exit_code == 0
    text = re.sub(r"\\\n +", "", re.split("Examples?:", shown.output)[1])
    examples = re.findall(r"^ +(?:.*\| )?tongguan (.*?)(?: >.*)?$", text, re.MULTILINE)
    assert examples
    monkeypatch.chdir(tmp_path)
    (tmp_path / "democity" / "city").mkdir(parents=True)
    for name in (
        "checkpoint.txt",
        "supergraph.graphql",
        "consents.csv",
        "policy.csv",
        "policy.new.csv",
        "entry-4.tlog-proof",
        "democity/city/policy.tests.yaml",
    ):
        (tmp_path / name).touch()
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
