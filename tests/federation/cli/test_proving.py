from __future__ import annotations

import base64
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from audit.proof import Proof
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


# ── one receipt ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def proof(call: Call, tmp_path: Path) -> Path:
    """The proof of a search, with its entry."""
    call("audit", "search", "--as", "officer", NOBODY)
    path = tmp_path / "entry-2.tlog-proof"
    result = call("audit", "prove", "--as", "officer", "--out", str(path), "2")
    assert result.exit_code == 0, result.output
    assert f"Check it with: tongguan audit verify-receipt {path}" in result.output
    return path


def test_a_receipt_is_proven_offline(call: Call, proof: Path, home: Path, tmp_path: Path) -> None:
    key = tmp_path / "log.vkey"
    (home / "keys" / "log.vkey").rename(key)
    (home / "audit" / LOG_FILE).rename(tmp_path / "elsewhere")
    result = call("audit", "verify-receipt", "--vkey", str(key), str(proof))
    assert result.exit_code == 0
    assert result.stdout.startswith("The receipt is proven.\nEntry 2. ")
    assert "zhao.qiang of data-bureau, for security-audit: answered" in result.stdout
    assert NOBODY not in base64.b64decode(proof.read_text().splitlines()[1].removeprefix("extra ")).decode()


def test_the_entry_may_be_kept_apart(call: Call, proof: Path, tmp_path: Path) -> None:
    whole = Proof.parse(proof.read_text())
    assert whole.entry is not None
    (tmp_path / "entry.json").write_bytes(whole.entry)
    proof.write_text(Proof(whole.index, whole.path, whole.checkpoint).format())
    assert call("audit", "verify-receipt", str(proof)).exit_code == 1
    assert call("audit", "verify-receipt", "--receipt", str(tmp_path / "entry.json"), str(proof)).exit_code == 0
    (tmp_path / "entry.json").write_bytes(whole.entry.replace(b"zhao.qiang", b"zhao.qians"))
    result = call("audit", "verify-receipt", "--receipt", str(tmp_path / "entry.json"), str(proof))
    assert (result.exit_code, "THE RECEIPT IS NOT PROVEN." in result.stdout) == (1, True)


@pytest.mark.parametrize("line", range(12))
def test_a_changed_proof_proves_nothing(call: Call, proof: Path, line: int) -> None:
    lines = proof.read_text().split("\n")
    if line >= len(lines) or not lines[line]:
        lines.insert(line, "x")
    else:
        middle = len(lines[line]) // 2
        lines[line] = lines[line][:middle] + ("B" if lines[line][middle] != "B" else "C") + lines[line][middle + 1 :]
    proof.write_text("\n".join(lines))
    result = call("audit", "verify-receipt", str(proof))
    assert (result.exit_code, "THE RECEIPT IS NOT PROVEN." in result.stdout) == (1, True)


def test_another_key_proves_no_receipt(call: Call, proof: Path) -> None:
    other = "other.example+5ee33f12+AdJxOeFqyJyMvL1wCWtvbFE0sF5hIHSO1kWMHlVaMFz2"
    assert call("audit", "verify-receipt", "--vkey", other, str(proof)).exit_code in {1, 2}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--as", "officer", "999"), 1, "no entry 999"),
        (("--as", "analyst", "0"), 1, "ARGUMENT_REFUSED"),
        (("--as", "officer", "-1"), 2, "-1"),
        (("--as", "officer", "x"), 2, "INDEX"),
        (("--as", "officer", "--out", "/nowhere/proof", "0"), 1, "can't be written"),
    ],
    ids=str,
)
def test_what_is_not_proven(call: Call, words: tuple[str, ...], code: int, said: str) -> None:
    result = call("audit", "prove", *words)
    assert (result.exit_code, said in result.output) == (code, True), result.output


def test_a_proof_is_printed_where_no_file_is_named(call: Call) -> None:
    result = call("audit", "prove", "--as", "officer", "0")
    assert Proof.parse(result.stdout).index == 0


def test_who_may_not_read_the_receipt_gets_no_proof(call: Call, home: Path) -> None:
    policy = home / "policy.csv"
    policy.write_text(policy.read_text() + "p, role:security-officer, any, Access.receipt, read, any, any, deny,\n")
    result = call("audit", "prove", "--as", "officer", "0")
    assert (result.exit_code, "withheld Access.receipt" in result.output) == (1, True)


@pytest.mark.parametrize(
    "words", [("nowhere",), ("--receipt", "nowhere", "pyproject.toml"), ("--vkey", "x+y", "README.md")]
)
def test_what_can_be_no_proof(call: Call, words: tuple[str, ...]) -> None:
    assert call("audit", "verify-receipt", *words).exit_code == 2


def test_a_proof_that_is_no_text(call: Call, proof: Path) -> None:
    proof.write_bytes(b"\xff\xfe")
    result = call("audit", "verify-receipt", str(proof))
    assert (result.exit_code, "can't be read" in result.output) == (2, True)
