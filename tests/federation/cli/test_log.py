from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from audit.reader import LOG_FILE

Call = Callable[..., Result]
NOBODY = "310115195001011234"


@pytest.fixture
def checkpoint(call: Call, tmp_path: Path) -> Path:
    """A checkpoint of a log with some entries, kept elsewhere."""
    for _ in range(3):
        assert call("audit", "search", "--as", "officer", NOBODY).exit_code == 0
    path = tmp_path / "checkpoint.txt"
    result = call("audit", "checkpoint", "--out", str(path))
    assert result.exit_code == 0
    assert f"Wrote {path}" in result.output
    return path


def test_a_person_whom_nobody_saw(call: Call) -> None:
    result = call("audit", "search", "--as", "officer", NOBODY)
    assert result.exit_code == 0
    assert result.stdout == "No entry of the log names this person.\n"


def test_the_search_is_itself_found_and_holds_no_number(call: Call, home: Path) -> None:
    call("audit", "search", "--as", "officer", NOBODY)
    result = call("audit", "search", "--as", "officer", NOBODY)
    assert "(probed): zhao.qiang of data-bureau, for security-audit: answered" in result.stdout
    assert NOBODY not in result.output
    assert all(NOBODY.encode() not in path.read_bytes() for path in (home / "audit").iterdir())


def test_as_json(call: Call) -> None:
    result = call("audit", "search", "--as", "officer", "--json", NOBODY)
    assert json.loads(result.stdout)["data"] == {"accesses": {"nodes": []}}


def test_a_token_instead_of_a_persona(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    token = call("token", "--as", "officer").stdout.strip()
    assert call("audit", "search", "--token", token, NOBODY).exit_code == 0
    monkeypatch.setenv("TOKEN", token)
    assert call("audit", "search", NOBODY).exit_code == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--as", "analyst", NOBODY), 1, "ARGUMENT_REFUSED"),
        (("--as", "committee", NOBODY), 1, "ARGUMENT_REFUSED"),
        (("--as", "officer", "--purpose", "epidemic-control", NOBODY), 1, "ARGUMENT_REFUSED"),
        (("--as", "officer", "--purpose", "curiosity", NOBODY), 1, "PURPOSE_UNKNOWN"),
        (("--token", "x.y.z", NOBODY), 1, "TOKEN_INVALID"),
        ((NOBODY,), 2, "--token (or TOKEN), or --as"),
        (("--as", "officer"), 2, "PERSON"),
        (("--as", "officer", "--first", "0", NOBODY), 2, "--first"),
        (("--as", "officer", "--first", "100000", NOBODY), 2, "--first"),
    ],
    ids=str,
)
def test_who_may_not_search_or_does_not_say_what(call: Call, words: tuple[str, ...], code: int, said: str) -> None:
    result = call("audit", "search", *words)
    assert (result.exit_code, said in result.output) == (code, True), result.output
    assert NOBODY not in result.output


def test_without_a_development_issuer_a_persona_is_nobody(call: Call, home: Path) -> None:
    (home / "keys" / "issuer.pem").unlink()
    result = call("audit", "search", "--as", "officer", NOBODY)
    assert (result.exit_code, "identity provider" in result.output) == (3, True)


def test_a_checkpoint_is_printed_where_no_file_is_named(call: Call) -> None:
    result = call("audit", "checkpoint")
    assert result.exit_code == 0
    assert result.stdout.startswith("tongguan.local/demo-city\n")
    assert "— tongguan.local/demo-city " in result.stdout


def test_a_checkpoint_that_cannot_be_written(call: Call, tmp_path: Path) -> None:
    result = call("audit", "checkpoint", "--out", str(tmp_path / "nowhere" / "checkpoint.txt"))
    assert (result.exit_code, "can't be written" in result.output) == (1, True)


def test_verified(call: Call, checkpoint: Path) -> None:
    result = call("audit", "verify", "--checkpoint", str(checkpoint))
    assert result.exit_code == 0
    assert result.stdout.startswith("The log is consistent.\n")


def test_verified_without_a_checkpoint_says_what_that_is_worth(call: Call, checkpoint: Path) -> None:
    result = call("audit", "verify")
    assert result.exit_code == 0
    assert "No checkpoint was given." in result.stdout
    assert checkpoint.exists()


@pytest.mark.usefixtures("checkpoint")
def test_a_dropped_entry_is_found(call: Call, home: Path, checkpoint: Path) -> None:
    with closing(sqlite3.connect(home / "audit" / LOG_FILE)) as log, log:
        log.execute("DELETE FROM entry WHERE idx = 1")
    result = call("audit", "verify", "--checkpoint", str(checkpoint))
    assert result.exit_code == 1
    assert result.stdout.startswith("THE LOG IS NOT AS IT SHOULD BE.")


def test_the_key_may_be_a_file_or_its_text(call: Call, home: Path, checkpoint: Path) -> None:
    file = home / "keys" / "log.vkey"
    for key in (str(file), file.read_text().strip()):
        assert call("audit", "verify", "--checkpoint", str(checkpoint), "--vkey", key).exit_code == 0


def test_another_key_proves_nothing(call: Call, checkpoint: Path) -> None:
    other = "other.example+5ee33f12+AdJxOeFqyJyMvL1wCWtvbFE0sF5hIHSO1kWMHlVaMFz2"
    result = call("audit", "verify", "--checkpoint", str(checkpoint), "--vkey", other)
    assert result.exit_code in {1, 2}


def test_a_changed_checkpoint_proves_nothing(call: Call, checkpoint: Path) -> None:
    origin, size, *rest = checkpoint.read_text("utf-8").split("\n")
    checkpoint.write_text("\n".join([origin, str(int(size) - 1), *rest]), "utf-8")
    result = call("audit", "verify", "--checkpoint", str(checkpoint))
    assert (result.exit_code, "The checkpoint proves nothing" in result.output) == (1, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--vkey", "nonsense"), "public key can't be read"),
        (("--vkey", "a+b+c"), "public key can't be read"),
        (("--vkey", "a+" + "b" * 5_000), "public key can't be read"),
        (("--checkpoint", "nowhere.txt"), "does not exist"),
        (("--home", "/nowhere"), "name the home, or give --vkey"),
    ],
    ids=str,
)
def test_what_cannot_be_verified_with(call: Call, words: tuple[str, ...], said: str) -> None:
    result = call("audit", "verify", *words)
    assert (result.exit_code, said in result.output) == (2, True), result.output


def test_a_checkpoint_that_is_no_text(call: Call, checkpoint: Path) -> None:
    checkpoint.write_bytes(b"\xff\xfe")
    result = call("audit", "verify", "--checkpoint", str(checkpoint))
    assert (result.exit_code, "checkpoint can't be read" in result.output) == (2, True)


def test_a_log_that_is_not_there_is_not_verified(call: Call, checkpoint: Path, tmp_path: Path) -> None:
    result = call("audit", "verify", "--log", str(tmp_path / "nowhere"), "--checkpoint", str(checkpoint))
    assert result.exit_code == 1
    assert not (tmp_path / "nowhere").exists()
