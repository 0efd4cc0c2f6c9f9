"""The public door: `connect`."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest

import connectors
from connectors import KINDS, Connector, DeclarationError, connect
from tests.connectors.served import SERVED, declaration


def brought(monkeypatch: pytest.MonkeyPatch, *points: tuple[str, str]) -> None:
    found = EntryPoints(EntryPoint(name, value, connectors.GROUP) for name, value in points)
    monkeypatch.setattr(connectors, "entry_points", lambda *, group: found.select(group=group))


def test_every_kind_passes_the_conformance_suite() -> None:
    assert {made.values[0].kind for made in SERVED} == {name for name, _ in KINDS}  # type: ignore[union-attr]  # classes


def test_a_kind_is_made_by_its_name(tmp_path: Path) -> None:
    assert isinstance(connect(declaration("sql", {"url": "sqlite:///a.sqlite"}), tmp_path), Connector)


def test_an_unknown_kind_is_refused_with_those_that_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brought(monkeypatch, ("carrier-pigeon", "nowhere:Nothing"))
    known = ", ".join(name for name, _ in KINDS)
    with pytest.raises(DeclarationError, match=f"no connector of kind soap; write one of: {known}, carrier-pigeon"):
        connect(declaration("soap", {}), tmp_path)


def test_a_collection_that_a_kind_cannot_list_is_refused_at_start(tmp_path: Path) -> None:
    options = {"url": "https://town.example/graphql"}
    with pytest.raises(DeclarationError, match=r"Person can't be listed .*; leave collection people out"):
        connect(declaration("graphql", options), tmp_path)
    unlisted = tuple(replace(one, collection=None) for one in declaration("graphql", options).types)
    assert isinstance(connect(declaration("graphql", options, types=unlisted), tmp_path), Connector)


def test_others_bring_theirs_and_cannot_replace_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brought(monkeypatch, ("mine", "connectors.sql:SqlConnector"), ("sql", "nowhere:Nothing"))
    options: dict[str, Any] = {"url": "sqlite:///a.sqlite"}
    for kind in ("mine", "sql"):
        assert isinstance(connect(declaration(kind, options), tmp_path), Connector)


def test_what_is_brought_must_be_a_connector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brought(monkeypatch, ("odd", "operator:is_"))
    with pytest.raises(DeclarationError, match="kind odd makes no Connector"):
        connect(declaration("odd", {}), tmp_path)
