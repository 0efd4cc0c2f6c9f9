"""What keeps any command from starting: exit code 3 and a sentence that says what to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Call = Callable[..., Result]
LOOKING = [
    ("decide", "--as", "analyst", "Resident.phone"),
    ("plan", "--as", "analyst", "-"),
]
OPENING = [
    ("audit", "search", "--as", "officer", "x"),
    ("audit", "checkpoint"),
    ("serve", "--port", "0"),
]


def broken_declaration(home: Path) -> str:
    text = (home / "exchange.yaml").read_text("utf-8")
    (home / "exchange.yaml").write_text(text + "nonsense: 1\n", "utf-8")
    return "exchange.yaml"


def broken_policy(home: Path) -> str:
    with (home / "policy.csv").open("a", encoding="utf-8") as policy:
        policy.write("p, role:health-analyst, own, Resident.name, read\n")
    return "policy.csv:"


def missing_declaration(home: Path) -> str:
    (home / "exchange.yaml").unlink()
    return "tongguan demo build"


def open_key(home: Path) -> str:
    (home / "keys" / "master.key").write_bytes(b"k" * 32)
    (home / "keys" / "master.key").chmod(0o644)
    return "chmod 600"


def short_key(home: Path) -> str:
    (home / "keys" / "master.key").write_bytes(b"k" * 5)
    (home / "keys" / "master.key").chmod(0o600)
    return "32 bytes"


def empty_key_set(home: Path) -> str:
    (home / "keys" / "jwks.json").write_text('{"keys": []}')
    return "key set"


def no_key_set(home: Path) -> str:
    (home / "keys" / "jwks.json").unlink()
    return "key"


def no_company_key(home: Path) -> str:
    (home / "keys" / "delivery.key").unlink()
    return "delivery"


RULES = [broken_declaration, broken_policy, missing_declaration]
KEYS = [open_key, short_key, empty_key_set, no_key_set, no_company_key]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        *((spoil, words) for spoil in RULES for words in (*LOOKING, *OPENING)),
        *((spoil, words) for spoil in KEYS for words in OPENING),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else value.__name__,
)
def test_what_cannot_start_says_why(call: Call, home: Path, spoil: Callable[[Path], str], words: list[str]) -> None:
    because = spoil(home)
    result = call(*words, input="{ __typename }")
    assert result.exit_code == 3, result.output
    assert "Error: " in result.output
    assert because in result.output


@pytest.mark.parametrize("words", LOOKING, ids=lambda words: words[0])
def test_whoever_only_looks_needs_no_key_and_leaves_no_trace(call: Call, home: Path, words: tuple[str, ...]) -> None:
    shutil.rmtree(home / "keys")
    before = sorted(path.name for path in home.iterdir())
    result = call(*words, input="{ residents { nodes { phone } } }")
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in home.iterdir()) == before


@pytest.mark.parametrize("words", [*LOOKING, *OPENING, ("compose",)], ids=lambda words: " ".join(words[:2]))
def test_a_home_that_is_not_there(call: Call, tmp_path: Path, words: tuple[str, ...]) -> None:
    nowhere = ["--home", str(tmp_path / "nowhere")]
    options = 2 if words[0] == "audit" else 1
    result = call(*words[:options], *nowhere, *words[options:], input="{ __typename }")
    assert result.exit_code == 3
    assert "nowhere" in result.output


@pytest.mark.parametrize(
    ("name", "value"), [("TONGGUAN_PROT", "1"), ("TONGGUAN_PORT", "many"), ("TONGGUAN_REQUEST_TIMEOUT", "nan")]
)
def test_a_setting_that_is_none(call: Call, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    result = call("compose")
    assert result.exit_code == 3
    assert name in result.output


def test_no_key_is_made_where_no_exchange_is(call: Call, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert call("decide", "--home", str(tmp_path / "empty"), "--as", "analyst", "A.b").exit_code == 3
    assert list((tmp_path / "empty").iterdir()) == []
