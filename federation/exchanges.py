"""Other exchanges, wired: those that may ask this one, those that it asks, and what it shares with each."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import Final

from connectors.contract import Connector
from connectors.paired import Paired
from federation.identity import (
    Callers,
    ExchangeKeyFile,
    ExchangeKeys,
    NotAPairError,
    PassportControl,
    read_pair_key,
)
from federation.identity.key_source import NotAKeySetError
from federation.settings import Settings
from masking import Pair
from vocabulary.catalogue import Catalogue, SourceDeclaration
from vocabulary.values import Column

EXCHANGE: Final = "exchange"
"""The option of a source that is another exchange: which one it is."""
_LOGGER = logging.getLogger("tongguan.identity")


class Peers:
    """The key sets of the exchanges that are declared, and the secret that this one shares with each of them."""

    def __init__(self, settings: Settings, catalogue: Catalogue, keys: ExchangeKeys) -> None:
        asked = (str(one.options[EXCHANGE]) for one in catalogue.sources.values() if EXCHANGE in one.options)
        names = dict.fromkeys((*catalogue.exchanges, *asked))
        self._own: Final = catalogue.name
        self._keys: Final = keys
        self._files: Final = {name: ExchangeKeyFile(settings.keys, name) for name in names}
        self._secrets: dict[str, tuple[Mapping[str, object], bytes]] = {}

    def secret(self, exchange: str) -> bytes:
        """The 64 bytes that are shared with an exchange; none while its pair key is not known, or is none."""
        file = self._files.get(exchange)
        if file is None:
            return b""
        key_set = file.key_set
        known = self._secrets.get(exchange)
        if known is None or known[0] is not key_set:
            known = self._secrets[exchange] = (key_set, self._derived(exchange, key_set))
        return known[1]

    def callers(self, catalogue: Catalogue) -> Callers | None:
        """The exchanges that may ask this one; None: none may."""
        if not catalogue.exchanges:
            return None
        organisations = {name: catalogue.organisations[one.organisation] for name, one in catalogue.exchanges.items()}
        files = {name: self._files[name] for name in catalogue.exchanges}
        return Callers(PassportControl(catalogue.name, files), organisations, frozenset(catalogue.roles))

    async def look_after(self) -> None:
        """Take key sets that have changed. To be called every few seconds."""
        for file in self._files.values():
            await file.look_after()

    def paired(self, connector: Connector, catalogue: Catalogue) -> Connector:
        """The connector of a source that knows entities of another exchange by their real keys, where it is one."""
        source = connector.declaration
        if source.paired is None:
            return connector
        other = catalogue.sources[source.paired.source]
        owners = {one.name: str(one.key) for one in other.types if one.key is not None}
        turn = partial(self._turn, str(other.options[EXCHANGE]), source.paired.label)
        seal, opened = partial(turn, is_sealed=True), partial(turn, is_sealed=False)
        return Paired(connector, _sealed(source, owners), _owners(source, owners), seal, opened)

    def _turn(self, exchange: str, label: str, column: Column, *, is_sealed: bool) -> Column:
        pair = Pair(self.secret(exchange), label)
        return pair.seal(column) if is_sealed else pair.open(column)

    def _derived(self, exchange: str, key_set: Mapping[str, object]) -> bytes:
        try:
            key = read_pair_key(key_set) if key_set else None
            return b"" if key is None else self._keys.pair_secret(self._own, exchange, key)
        except (NotAKeySetError, NotAPairError):
            _LOGGER.warning("exchange %s publishes no pair key that can be used: nothing joins with it", exchange)
            return b""


def _owners(source: SourceDeclaration, owners: Mapping[str, str]) -> frozenset[str]:
    return frozenset(owners) - {one.name for one in source.types}


def _sealed(source: SourceDeclaration, owners: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """By type of the source, its references to entities of the other exchange."""
    found = {
        one.name: frozenset(f"{ref.name}.{ref.key}" for ref in one.references if ref.type in owners)
        for one in source.types
    }
    return {name: fields for name, fields in found.items() if fields}
