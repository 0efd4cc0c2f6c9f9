from __future__ import annotations

from federation.exchange.own import OWN_SOURCES, own_sources


def test_the_exchange_owns_its_sources() -> None:
    sources = own_sources("data-bureau")
    assert sources.keys() == OWN_SOURCES
    assert {(name, one.name, one.owner) for name, one in sources.items()} == {
        (name, name, "data-bureau") for name in OWN_SOURCES
    }
