"""The sources of the exchange itself: its log, its registry, and the catalogue of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from federation.exchange import catalogue_source, declaration, registry_source
from vocabulary.catalogue import SourceDeclaration

OWN_SOURCES: Final = frozenset({declaration.SOURCE, registry_source.SOURCE, catalogue_source.SOURCE})


def own_sources(operator: str) -> Mapping[str, SourceDeclaration]:
    """Their declarations, as the organisation that runs the exchange owns them."""
    return {
        declaration.SOURCE: declaration.declaration(operator),
        registry_source.SOURCE: registry_source.declaration(operator),
        catalogue_source.SOURCE: catalogue_source.declaration(operator),
    }
