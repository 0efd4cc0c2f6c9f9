"""What one process opens at its start: each is there as it is set, or the exchange does not start and says why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import pytest

from audit.note import VerifyKey
from federation.document.limits import Limits
from federation.errors import Code, Refusal
from federation.http.metrics import Metrics
from federation.keys import KeyRing
from federation.opening import limits_of, make_shadow, open_counters, open_documents, open_log
from federation.rules import Rules, StartError, file_source, rules_of, texts_of
from federation.schema.declare import parse
from federation.settings import Settings
from policies.diff import Difference
from tests.federation.document.test_persisted import WANG, asked
from tests.federation.schema.test_declare import SMALL
from vocabulary.coordinate import Coordinate
from vocabulary.limits import PrincipalLimit
from vocabulary.principal import Mode, Standing
from vocabulary.receipt import Entry, Kind

CITY = Path(__file__).parents[2] / "democity" / "city"
CATALOGUE = parse(SMALL, file="exchange.yaml")
LIMITED = replace(CATALOGUE, limits=replace(CATALOGUE.limits, principals=(PrincipalLimit("care", rows=5),)))
TEXT = "{ __typename }"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


# ── the log ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_start_makes_the_log_with_a_key_of_its_own(settings: Settings) -> None:
    log = open_log(settings, CATALOGUE)
    log.append_sync(Entry(Kind.POLICY, "2026-01-01T00:00:00.000Z", "in force"))
    key = settings.keys / "log.key"
    assert key.stat().st_mode & 0o077 == 0
    assert log.verifier.name == "tongguan.local/small"
    assert VerifyKey.from_text((settings.keys / "log.vkey").read_text("utf-8").strip()) == log.verifier


def test_the_next_start_goes_on_with_the_same_log(settings: Settings) -> None:
    first = open_log(settings, CATALOGUE)
    first.append_sync(Entry(Kind.POLICY, "2026-01-01T00:00:00.000Z", "in force"))
    second = open_log(settings, CATALOGUE)
    assert second.verifier == first.verifier
    assert second.append_sync(Entry(Kind.POLICY, "2026-01-01T00:00:01.000Z", "in force")).index == 1


@pytest.mark.parametrize("content", [b"", b"SECRET", b"\xff\xfe", b"PRIVATE+KEY+SECRET"])
def test_a_key_that_is_none_is_not_quoted(settings: Settings, content: bytes) -> None:
    settings.keys.mkdir(mode=0o700)
    (settings.keys / "log.key").write_bytes(content)
    (settings.keys / "log.key").chmod(0o600)
    with pytest.raises(StartError, match="the audit log can't be opened") as refused:
        open_log(settings, CATALOGUE)
    assert "SECRET" not in str(refused.value)


def test_a_key_that_others_can_read_and_a_log_that_is_a_file_are_refused(settings: Settings) -> None:
    open_log(settings, CATALOGUE)
    (settings.keys / "log.key").chmod(0o644)
    with pytest.raises(StartError, match="chmod"):
        open_log(settings, CATALOGUE)
    (settings.keys / "log.key").chmod(0o600)
    elsewhere = Settings(home=settings.home / "elsewhere")
    elsewhere.keys.mkdir(parents=True, mode=0o700)
    elsewhere.audit.write_text("")
    with pytest.raises(StartError, match="the audit log can't be opened"):
        open_log(elsewhere, CATALOGUE)


# ── bounds, limits and documents ──────────────────────────────────────────────────────────────────────────────────────


def test_bounds_are_those_that_are_set_and_the_others_stay(settings: Settings) -> None:
    set_ = replace(settings, document_depth=3, document_aliases=4, document_fields=5, document_cost=6)
    assert limits_of(set_) == Limits(depth=3, aliases=4, fields=5, cost=6)
    assert limits_of(settings) == Limits()


def test_limits_are_counted_beside_the_rest_and_only_where_some_are_declared(settings: Settings) -> None:
    keys = KeyRing(b"k" * 32)
    assert not open_counters(settings, CATALOGUE, keys).is_needed("care")
    assert not (settings.home / "limits").exists()
    assert open_counters(settings, LIMITED, keys).is_needed("care")
    assert (settings.home / "limits").is_dir()


def test_limits_that_cannot_be_counted_are_refused(settings: Settings) -> None:
    (settings.home / "limits").write_text("no directory")
    with pytest.raises(StartError, match="the limits can't be counted"):
        open_counters(settings, LIMITED, KeyRing(b"k" * 32))


def test_without_a_list_any_document_may_run_and_with_one_only_its_own(settings: Settings) -> None:
    digest = sha256(TEXT.encode()).hexdigest()
    (settings.home / "trusted.json").write_text(json.dumps({digest: TEXT}))
    trusting = replace(settings, trusted_documents="trusted.json")
    one, other = open_documents(settings, Limits()), open_documents(trusting, Limits())
    for text in (TEXT, "{ x }"):
        assert one.text(asked(text), WANG) == text
    assert other.text(asked(TEXT), WANG) == TEXT
    with pytest.raises(Refusal) as refused:
        other.text(asked("{ x }"), WANG)
    assert refused.value.code is Code.DOCUMENT_UNLISTED


@pytest.mark.parametrize("content", [None, "{", '{"x": "{"}'])
def test_a_list_that_is_none_is_refused(settings: Settings, content: str | None) -> None:
    if content is not None:
        (settings.home / "trusted.json").write_text(content)
    with pytest.raises(StartError, match=r"trusted\.json"):
        open_documents(replace(settings, trusted_documents="trusted.json"), Limits())


# ── the shadow policy ─────────────────────────────────────────────────────────────────────────────────────────────────

ANALYST = Standing(frozenset({"health-analyst"}), "health-commission", "epidemic-control", Mode.ORDINARY)
NAME = Coordinate("Resident", "name")


@cache
def ruled() -> Rules:
    return rules_of(texts_of(CITY), file_source(CITY), 1.0)


class Counted(Metrics):
    """Metrics that keep what they are told of a shadow."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Difference] = []

    def shadowed(self, differences: Sequence[Difference]) -> None:
        self.told += differences


def test_without_a_second_policy_there_is_no_shadow(settings: Settings) -> None:
    assert make_shadow(settings, cast(Any, None), cast(Any, None)) is None


def test_a_second_policy_is_compared_as_it_is_shown_and_what_differs_is_told(settings: Settings) -> None:
    metrics, text = Counted(), (CITY / "policy.csv").read_text("utf-8")
    path = settings.home / "shadow.csv"
    path.write_text(
        "".join(one for one in text.splitlines(keepends=True) if ", Resident.name, read" not in one), "utf-8"
    )
    shadow = make_shadow(replace(settings, shadow_policy=str(path)), ruled(), metrics)
    assert shadow is not None
    found = shadow.compare(ANALYST, [NAME, Coordinate("Resident", "area")])
    assert [f"{one.sign}{one.coordinate}" for one in found] == ["-Resident.name"]
    assert metrics.told == found
    assert shadow.errors == 0


def test_the_same_policy_differs_in_nothing(settings: Settings) -> None:
    shadow = make_shadow(replace(settings, shadow_policy=str(CITY / "policy.csv")), ruled(), Counted())
    assert shadow is not None
    assert shadow.compare(ANALYST, [NAME]) == []


@pytest.mark.parametrize("content", [None, "p, role:nobody, everything\n"])
def test_a_second_policy_that_is_none_is_refused(settings: Settings, content: str | None) -> None:
    path = settings.home / "shadow.csv"
    if content is not None:
        path.write_text(content)
    with pytest.raises(StartError, match="the shadow policy: "):
        make_shadow(replace(settings, shadow_policy=str(path)), ruled(), Counted())
