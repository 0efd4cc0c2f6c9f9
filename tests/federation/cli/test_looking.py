from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from graphql import build_schema

from federation.schema.supergraph import Supergraph
from tests.support.city import QUESTION, STREET

Call = Callable[..., Result]


def test_what_compose_prints_is_a_schema(call: Call) -> None:
    result = call("compose")
    assert result.exit_code == 0
    schema = build_schema(result.stdout)
    assert schema.get_type("Resident") is not None
    assert Supergraph.parse(result.stdout).coordinates()


def test_what_compose_prints_is_the_same_every_time(call: Call) -> None:
    assert call("compose").stdout == call("compose").stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--as", "analyst", "Resident.phone"), 0, "phone-partial on rows: own   [policy.csv:7]"),
        (("--as", "committee", "Resident.phone"), 0, "redact on rows: own"),
        (("--as", "analyst", "Resident.identityNo"), 1, "withheld: not-granted"),
        (("--as", "committee", "Resident.address"), 1, "withheld: purpose"),
        (("--as", "committee", "--purpose", "elderly-care", "Resident.address"), 0, "plain on rows: own"),
        (("--as", "committee", "Resident.identityNo"), 1, "denied on rows: any"),
        (("--as", "officer", "--action", "match", "Access.subject"), 0, "plain on rows: any"),
        (("--as", "officer", "--action", "read", "Access.subject"), 1, "denied on rows: any"),
        (("--as", "analyst", "--action", "match", "Access.subject"), 1, "withheld"),
        (("--as", "analyst", "--action", "derive", "Resident.birthDate"), 0, "plain on rows: own"),
        (("--as", "analyst", "Resident.nothing"), 1, "`tongguan compose` prints them all"),
        (("--as", "analyst", "Nothing.name"), 1, "no coordinate of this graph"),
        (("--as", "analyst", "phone"), 2, "as in Resident.name"),
        (("--as", "analyst", "--purpose", "curiosity", "Resident.phone"), 2, "known are epidemic-control"),
        (("Resident.phone",), 2, "say for whom: --as"),
        (("--as", "nobody", "Resident.phone"), 2, "nobody"),
        (("--as", "analyst"), 2, "COORDINATE"),
        (("--as", "analyst", "--action", "hand-over", "Resident.identityNo"), 2, "hand-over"),
    ],
    ids=str,
)
def test_decide(call: Call, words: tuple[str, ...], code: int, said: str) -> None:
    result = call("decide", *words)
    assert said in result.output
    assert result.exit_code == code, result.output


def test_every_coordinate_has_a_decision(call: Call, home: Path) -> None:
    known = Supergraph.parse(call("compose").stdout).coordinates()
    for coordinate in list(known)[::9]:
        result = call("decide", "--as", "committee", str(coordinate))
        assert result.exit_code in {0, 1}, result.output
        assert str(coordinate) in result.output
    assert home.exists()


def test_plan_prints_what_would_be_asked_and_asks_nothing(call: Call) -> None:
    result = call("plan", "--as", "analyst", "--variables", json.dumps({"street": STREET}), "-", input=QUESTION)
    assert result.exit_code == 0
    for word in ("population", "health", "delivery"):
        assert word in result.stdout
    assert STREET not in result.stdout


@pytest.mark.parametrize(
    ("words", "document", "code", "said"),
    [
        (("--as", "analyst"), "{ residents { nodes { name } } }", 0, "population"),
        (("--as", "analyst"), "{ residents {", 1, "DOCUMENT_MALFORMED"),
        (("--as", "analyst"), "{ nobody }", 1, "DOCUMENT_INVALID"),
        (("--as", "analyst"), QUESTION, 1, "VARIABLES_INVALID"),
        (("--as", "analyst"), "{ residents(orderBy: [{field: name}]) { nodes { name } } }", 1, "ORDER_REFUSED"),
        (("--as", "analyst"), "", 1, "DOCUMENT_MALFORMED"),
        (("--as", "analyst", "--variables", "{"), "{ __typename }", 2, "--variables takes a JSON object"),
        (("--as", "analyst", "--variables", "[]"), "{ __typename }", 2, "--variables takes a JSON object"),
        (("--as", "analyst", "--variables", "null"), "{ __typename }", 2, "--variables takes a JSON object"),
        (("--as", "analyst", "--purpose", "curiosity"), "{ __typename }", 2, "known are"),
        ((), "{ __typename }", 2, "--as"),
    ],
    ids=str,
)
def test_plan(call: Call, words: tuple[str, ...], document: str, code: int, said: str) -> None:
    result = call("plan", *words, "-", input=document)
    assert (result.exit_code, said in result.output) == (code, True), result.output


def test_a_document_that_is_not_there_or_no_text(call: Call, tmp_path: Path) -> None:
    assert call("plan", "--as", "analyst", str(tmp_path / "nothing.graphql")).exit_code == 2
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    result = call("plan", "--as", "analyst", str(tmp_path / "binary"))
    assert (result.exit_code, "UTF-8" in result.output) == (2, True)
