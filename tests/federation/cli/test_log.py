from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from federation.document.persisted import digest_of

Call = Callable[..., Result]
NOBODY = "310115195001011234"


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


def test_what_somebody_saw_or_did(call: Call) -> None:
    call("audit", "search", "--as", "officer", NOBODY)
    call("audit", "search", "--as", "analyst", NOBODY)  # refused
    searched = call("audit", "search", "--as", "officer", "--by", "zhao.qiang")
    assert "release: zhao.qiang of data-bureau, for security-audit: answered" in searched.stdout
    refused = call("audit", "search", "--as", "officer", "--by", "wang.min", "--kind", "refusal")
    assert "refusal: wang.min of health-commission, for epidemic-control: ARGUMENT_REFUSED" in refused.stdout
    by_house = call("audit", "search", "--as", "officer", "--organisation", "health-commission")
    assert by_house.stdout == refused.stdout
    of_all = call("audit", "search", "--as", "officer", "--kind", "refusal", "--since", "2026-01-01", "--first", "1")
    assert of_all.stdout == refused.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("--by", "nobody"),
        ("--kind", "failure"),
        ("--by", "wang.min", "--until", "2020-01-01"),
        ("--organisation", "eatwell", NOBODY),
        ("--kind", "release", "--since", "2100-01-01"),
    ],
    ids=str,
)
def test_where_no_entry_is_so(call: Call, words: tuple[str, ...]) -> None:
    result = call("audit", "search", "--as", "officer", *words)
    assert (result.exit_code, result.stdout) == (0, "No entry of the log is so.\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--kind", "nonsense"), "--kind"), (("--since", "yesterday"), "--since"), (("--until", "2026-13-01"), "--until")],
    ids=str,
)
def test_what_can_be_no_search(call: Call, words: tuple[str, ...], said: str) -> None:
    result = call("audit", "search", "--as", "officer", *words)
    assert (result.exit_code, said in result.output) == (2, True)


def test_a_command_asks_its_own_documents_beside_a_trusted_list(
    call: Call, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = "query Small { __typename }"
    (home / "trusted.json").write_text(json.dumps({digest_of(document): document}), "utf-8")
    monkeypatch.setenv("TONGGUAN_TRUSTED_DOCUMENTS", "trusted.json")
    assert call("audit", "search", "--as", "officer", NOBODY).exit_code == 0
    (home / "trusted.json").write_text("{}", "utf-8")
    refused = call("audit", "search", "--as", "officer", NOBODY)
    assert (refused.exit_code, "lists nothing" in refused.output) == (3, True)
