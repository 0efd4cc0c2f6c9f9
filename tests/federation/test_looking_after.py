from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.breaker import State
from federation.looking_after import circuits_of
from tests.support.city import City
from tests.support.subgraphs import Subgraph
from tests.support.supergraphs import home_of
from tests.support.supplied import Asked, asked_of


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    subgraph = Subgraph("type Query { me: Int }")
    yield from asked_of(home_of(tmp_path / "home"), {"a": subgraph, "b": subgraph})


def test_the_circuit_of_each_subgraph_is_among_the_metrics(asked: Asked) -> None:
    asked.served[1].state = State.OPEN
    text = asked.get("/metrics").text
    assert 'tongguan_source_circuit{source="a",state="closed"} 1.0' in text
    assert 'tongguan_source_circuit{source="b",state="open"} 1.0' in text
    assert 'tongguan_source_circuit{source="b",state="closed"} 0.0' in text
    asked.served[1].state = State.CLOSED
    assert 'tongguan_source_circuit{source="b",state="open"} 0.0' in asked.get("/metrics").text


def test_of_connectors_those_that_have_one(make_city: Callable[..., City]) -> None:
    exchange = make_city().exchange
    circuits = circuits_of(exchange)
    assert circuits == dict.fromkeys(circuits, State.CLOSED)
    assert "delivery" in circuits
    assert "population" not in circuits
    assert exchange.connectors["population"].circuit is None
