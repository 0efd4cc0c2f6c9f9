"""Commands over the home of a supplied supergraph."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from federation.cli import cli
from tests.support.supergraphs import DECLARED, OPEN, USERS, home_of

WHO = ("--organisation", "bureau", "--role", "worker", "--purpose", "care")


@pytest.fixture
def home(tmp_path: Path) -> str:
    scoped = USERS.replace("text: String!", 'text: String! @requiresScopes(scopes: [["texts"]])')
    return str(home_of(tmp_path / "home", scoped, DECLARED, OPEN))


def called(*words: str, given: str = "") -> Result:
    result = CliRunner().invoke(cli, list(words), input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("decide", *WHO, "User.name"), 0, "plain on rows: any"),
        (("decide", *WHO, "Post.text"), 1, "withheld: requires-scope"),
        (("decide", "--organisation", "people", "--purpose", "care", "--action", "deliver", "User.id"), 0, "plain"),
        (("decide", *WHO, "--action", "derive", "Post.text"), 1, "withheld: requires-scope"),
        (("decide", *WHO, "Post.nothing"), 1, "no coordinate of this graph"),
        (("compose",), 0, "join__Graph"),
        (("policy", "explain", *WHO, "User.name"), 0, "policy.csv:1"),
        (("policy", "check"), 1, "policy.csv:1: wide"),
    ],
    ids=str,
)
def test_a_command_over_a_supplied_supergraph(home: str, words: tuple[str, ...], code: int, said: str) -> None:
    head = 2 if words[0] == "policy" else 1
    result = called(*words[:head], "--home", home, *words[head:])
    assert (result.exit_code, said in result.output) == (code, True), result.output


def test_a_plan_over_a_supplied_supergraph_is_printed_and_nobody_is_asked(home: str) -> None:
    result = called("plan", "--home", home, *WHO, "-", given="{ me { name posts { text } } }")
    assert result.exit_code == 0, result.output
    assert "ask a: query { me { id name } }" in result.output
    assert "Post.text: requires-scope" in result.output


def test_a_declaration_that_does_not_fit_is_told_before_anything_starts(home: str) -> None:
    declared = Path(home) / "exchange.yaml"
    declared.write_text(declared.read_text("utf-8").replace("Post: {", "Pst: {"), encoding="utf-8")
    result = called("policy", "check", "--home", home)
    assert (result.exit_code, "Pst: it is declared, and no object type" in result.output) == (3, True)
