from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from federation.rules import catalogue_of

Call = Callable[..., Result]

TABLE = """
CREATE TABLE clients (
  serial INTEGER NOT NULL UNIQUE, identity_no TEXT PRIMARY KEY, name TEXT, area_code TEXT NOT NULL, remarks TEXT
);
INSERT INTO clients VALUES (7, '11010519491231002X', '张小丽', '310115016003001', 'the key is under the mat');
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "clients.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(TABLE)
    return path


def test_the_section_is_printed_and_was_tried_in_its_home(call: Call, home: Path, own: Path) -> None:
    result = call("inspect", "--owner", "health-commission", str(own))
    assert result.exit_code == 0, result.output
    text = (home / "exchange.yaml").read_text("utf-8")
    source = catalogue_of(text + result.stdout).sources["clients"]
    assert (source.owner, source.types[0].collection) == ("health-commission", "clients")
    assert result.stderr.splitlines() == [
        "clients: proposed types 1, fields 3; left out tables 0, columns 1; questions for the owner 3.",
        "Tried behind the end of exchange.yaml: it is accepted there. No policy line opens it yet.",
    ]
    assert (home / "exchange.yaml").read_text("utf-8") == text


def test_without_a_home_it_names_the_masks_that_it_needs(
    call: Call, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TONGGUAN_HOME")
    result = call("inspect", "--owner", "anybody", "--name", "mine", str(own))
    assert result.exit_code == 0, result.output
    assert "#   name-partial: {kind: partial-name, keep: ends}" in result.stdout
    assert "\n  mine:\n    owner: anybody\n" in result.stdout
    assert "Tried" not in result.stderr


def test_policy_lines_alone(call: Call, own: Path) -> None:
    words = ("--policy", "--role", "committee-worker", "--purpose", "elderly-care")
    result = call("inspect", "--owner", "health-commission", *words, str(own))
    assert all(line.startswith("# ") for line in result.stdout.splitlines())
    assert (
        "# p, role:committee-worker, own, Client.name, read, elderly-care, ordinary, allow, name-surname\n"
        in result.stdout
    )


def test_a_source_that_stands_in_the_home_is_named_relative_to_it(call: Call, home: Path) -> None:
    result = call("inspect", "--owner", "health-commission", "--table", "test", "sqlite:///health.sqlite")
    assert 'options: {url: "sqlite:///health.sqlite"}' in result.stdout
    assert "health-2:" in result.stdout
    assert str(home) not in result.output


def test_a_home_whose_sources_do_not_stand_last(call: Call, home: Path, own: Path) -> None:
    text = (home / "exchange.yaml").read_text("utf-8")
    first, sources = text.split("\nsources:", 1)
    head, roles = first.split("\nroles:", 1)
    (home / "exchange.yaml").write_text(f"{head}\nsources:{sources}\nroles:{roles}\n", "utf-8")
    result = call("inspect", "--owner", "health-commission", str(own))
    assert result.exit_code == 1
    assert "put it under `sources:` of exchange.yaml by hand" in result.stderr
    assert "  clients:\n" in result.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("x.sqlite",), 2, "--owner"),
        (("--owner", "nobody", "x.sqlite"), 2, "nobody is no organisation here; known are"),
        (("--owner", "health-commission", "nowhere.sqlite"), 2, "can't be read"),
        (("--owner", "health-commission", "what"), 2, "this is neither a database URL"),
        (("--owner", "health-commission", "--name", "A b", "x.sqlite"), 2, "--name takes"),
        (("--owner", "health-commission", "--seconds", "0", "x.sqlite"), 2, "--seconds"),
        (("--owner", "health-commission", "--password-file", "nowhere", "x.sqlite"), 2, "can't be read"),
        (("--owner", "health-commission", "postgresql://a:hunter2@127.0.0.1/x"), 2, "a password in the URL"),
        (("--owner", "health-commission", "postgresql://a@127.0.0.1:9/x"), 1, "nobody answers at this host and port"),
        (("--owner", "health-commission", "http://127.0.0.1:9/graphql"), 1, "nobody answers at this address"),
        (("--home", "nowhere", "--owner", "health-commission", "x.sqlite"), 3, "nowhere"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value)[:12],
)
def test_what_is_wrong_is_said_with_its_exit_code(call: Call, words: tuple[str, ...], code: int, said: str) -> None:
    result = call("inspect", *words)
    assert (result.exit_code, said in result.output) == (code, True), result.output
    assert "hunter2" not in result.output


def test_a_password_file_that_others_can_read_holds_two_lines_or_nothing(call: Call, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    words = ("inspect", "--owner", "health-commission", "--password-file", str(secret), "postgresql://a@127.0.0.1:9/x")
    secret.write_text("hunter2\n")
    secret.chmod(0o644)
    assert "chmod 600" in call(*words).output
    for content in (b"", b"a\nb\n", b"\xff"):
        secret.write_bytes(content)
        secret.chmod(0o600)
        result = call(*words)
        assert (result.exit_code, "the password, on one line" in result.output or "no text" in result.output) == (
            2,
            True,
        )


def test_a_database_of_which_nothing_can_be_proposed(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript("CREATE TABLE people (full_name TEXT, mobile TEXT)")
    result = call("inspect", "--owner", "health-commission", str(path))
    assert result.exit_code == 1
    assert "# - people: it is about people" in result.stdout
    assert all(line.startswith("  #") or not line for line in result.stdout.splitlines())
    assert "nothing could be proposed" in result.stderr
