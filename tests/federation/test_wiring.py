"""One graph, wired: over declared sources or a supplied supergraph, and its policy on record before it decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from audit.errors import LogUnavailableError
from connectors.errors import DeclarationError
from connectors.remote import Remote
from federation.document.limits import Limits
from federation.errors import Code, Unavailable
from federation.exchange.own import OWN_SOURCES
from federation.execute.engine import Engine
from federation.http.metrics import Metrics
from federation.keys import KeyRing
from federation.rules import Rules, StartError, file_source, rules_of, texts_of
from federation.settings import Settings
from federation.views import Views
from federation.wiring import Wiring
from tests.support.supergraphs import home_of
from vocabulary.catalogue import SourceDeclaration
from vocabulary.receipt import Entry, Kind

CITY = Path(__file__).parents[2] / "democity" / "city"


class Written:
    """A log that keeps what it is told, or can't be written."""

    def __init__(self, *, known: frozenset[str] = frozenset(), is_broken: bool = False) -> None:
        self.verifier = SimpleNamespace(name="tongguan.local/test")
        self.archived: list[str] = []
        self.entries: list[Entry] = []
        self._known = known
        self._is_broken = is_broken

    def archive(self, epoch: str, text: str) -> bool:
        if self._is_broken:
            raise LogUnavailableError("SECRET")
        assert text
        self.archived.append(epoch)
        return epoch not in self._known

    def append_sync(self, entry: Entry) -> None:
        assert self.archived, "the text of an epoch is there before the entry that names it"
        self.entries.append(entry)


class Subgraph:
    """One that must not be asked while it is wired."""

    def __init__(self) -> None:
        self.closed = 0

    async def close(self) -> None:
        self.closed += 1


Make = Callable[[SourceDeclaration, Path], Remote]


def wiring(home: Path, log: Written | None = None, make_remote: Make | None = None, **changes: Any) -> Wiring:
    none: Any = SimpleNamespace(consents=None, barred=None, secret=None)
    parts: dict[str, Any] = dict.fromkeys(
        ("clock", "identity", "peers", "envoy", "persisted", "subjects", "acts", "recorder"), none
    )
    return Wiring(
        settings=Settings(home=home, **changes),
        limits=Limits(),
        keys=KeyRing(b"k" * 32),
        log=cast(Any, log or Written()),
        metrics=Metrics(),
        asked=lambda *_: None,
        make_remote=make_remote or (lambda *_: cast(Any, Subgraph())),
        **parts,
    )


@pytest.fixture
def supplied(tmp_path: Path) -> Rules:
    home = home_of(tmp_path)
    return rules_of(texts_of(home), file_source(home), 1.0)


# ── over a supplied supergraph ────────────────────────────────────────────────────────────────────────────────────────


def test_each_subgraph_of_a_supergraph_is_made_as_it_is_declared_and_closed_with_the_graph(
    supplied: Rules, tmp_path: Path
) -> None:
    made: list[tuple[SourceDeclaration, Path]] = []

    def make(declaration: SourceDeclaration, base: Path) -> Remote:
        made.append((declaration, base))
        return cast(Remote, Subgraph())

    graph = wiring(tmp_path, make_remote=make).federated(supplied)
    assert [(one.name, one.owner, one.options["url"], base) for one, base in made] == [
        ("a", "people", "http://127.0.0.1:9202/a", tmp_path),
        ("b", "bureau", "http://127.0.0.1:9201/b", tmp_path),
    ]
    assert isinstance(graph.pipeline._with.engine, Engine)
    asyncio.run(graph.close())
    assert [cast(Any, one).closed for one in graph.remotes.values()] == [1, 1]


def test_options_that_are_none_are_a_mistake_of_the_declaration(supplied: Rules, tmp_path: Path) -> None:
    def make(declaration: SourceDeclaration, _base: Path) -> Remote:
        raise DeclarationError(f"source {declaration.name}: options: write a url")

    with pytest.raises(StartError, match=r"^exchange\.yaml: source a: options: write a url$"):
        wiring(tmp_path, make_remote=make).federated(supplied)


def test_sources_in_place_of_a_supergraph_are_taken_at_the_next_start(tmp_path: Path) -> None:
    declared = rules_of(texts_of(CITY), file_source(CITY), 1.0)
    with pytest.raises(StartError, match="supergraph: there is none any more; that is taken at the next start"):
        wiring(tmp_path).federated(declared)


# ── over declared sources ─────────────────────────────────────────────────────────────────────────────────────────────


def test_declared_sources_have_the_same_engine_and_no_subgraph(tmp_path: Path) -> None:
    ruled = rules_of(texts_of(CITY), file_source(CITY), 1.0)
    views = Views(ruled.world.supergraph, Limits())
    graph = wiring(tmp_path).declared(ruled, views, {})
    services = graph.pipeline._with
    assert isinstance(services.engine, Engine)
    assert (services.views, services.world, services.keeper, services.own_sources) == (
        views,
        ruled.world,
        ruled.keeper,
        OWN_SOURCES,
    )
    assert (graph.rules, graph.remotes, services.shadow) == (ruled, {}, None)


def test_what_is_set_is_what_the_pipeline_works_with(supplied: Rules, tmp_path: Path) -> None:
    shadow = tmp_path / "policy.csv"
    made = wiring(tmp_path, request_timeout=3.5, policy_patience=0.25, shadow_policy=str(shadow))
    services = made.federated(supplied).pipeline._with
    assert (services.timeout, services.lease, services.origin) == (3.5, 0.25, "tongguan.local/test")
    assert services.shadow is not None


# ── the policy on record ──────────────────────────────────────────────────────────────────────────────────────────────


def adopted(ruled: Rules, home: Path, log: Written, *, replaces: bool = False) -> Written:
    asyncio.run(wiring(home, log).federated(ruled, replaces=replaces).pipeline.adopt())
    return log


def test_a_new_policy_is_on_record_whole_before_anything_is_decided(supplied: Rules, tmp_path: Path) -> None:
    log, epoch = adopted(supplied, tmp_path, Written()), supplied.keeper.current().epoch
    assert log.archived == [epoch]
    assert [(one.kind, one.outcome, one.epoch) for one in log.entries] == [(Kind.POLICY, "in force", epoch)]


def test_a_process_that_starts_under_a_policy_on_record_adds_nothing(supplied: Rules, tmp_path: Path) -> None:
    known = frozenset({supplied.keeper.current().epoch})
    assert adopted(supplied, tmp_path, Written(known=known)).entries == []


def test_a_graph_that_takes_the_place_of_another_is_on_record_even_so(supplied: Rules, tmp_path: Path) -> None:
    known = frozenset({supplied.keeper.current().epoch})
    assert len(adopted(supplied, tmp_path, Written(known=known), replaces=True).entries) == 1


def test_a_policy_that_cannot_be_put_on_record_decides_nothing(supplied: Rules, tmp_path: Path) -> None:
    log = Written(is_broken=True)
    with pytest.raises(Unavailable) as refused:
        adopted(supplied, tmp_path, log)
    assert refused.value.code is Code.RECEIPT_UNAVAILABLE
    assert "SECRET" not in refused.value.message
    assert log.entries == []
