"""Other exchanges, wired: those that may ask this one, and those that this one asks."""

from __future__ import annotations

from federation.identity import Callers, ExchangeKeyFile, PassportControl
from federation.settings import Settings
from vocabulary.catalogue import Catalogue


def callers_of(settings: Settings, catalogue: Catalogue) -> Callers | None:
    """The exchanges that may ask this one, with the keys that they sign with; None: none may."""
    if not catalogue.exchanges:
        return None
    keys = {name: ExchangeKeyFile(settings.keys, name) for name in catalogue.exchanges}
    organisations = {name: catalogue.organisations[one.organisation] for name, one in catalogue.exchanges.items()}
    return Callers(PassportControl(catalogue.name, keys), organisations)
