"""The canonical names of federation's directives within composition, and those of GraphQL that a supergraph keeps."""

from __future__ import annotations

from typing import Final

KEY: Final = "federation__key"
EXTERNAL: Final = "federation__external"
REQUIRES: Final = "federation__requires"
PROVIDES: Final = "federation__provides"
EXTENDS: Final = "federation__extends"
SHAREABLE: Final = "federation__shareable"
OVERRIDE: Final = "federation__override"
INACCESSIBLE: Final = "federation__inaccessible"
TAG: Final = "federation__tag"
COMPOSE: Final = "federation__composeDirective"
INTERFACE_OBJECT: Final = "federation__interfaceObject"
AUTHENTICATED: Final = "federation__authenticated"
SCOPES: Final = "federation__requiresScopes"
POLICY: Final = "federation__policy"
COST: Final = "federation__cost"
LIST_SIZE: Final = "federation__listSize"
CONTEXT: Final = "federation__context"
FROM_CONTEXT: Final = "federation__fromContext"
CACHE_TAG: Final = "federation__cacheTag"

ACCESS: Final = (AUTHENTICATED, SCOPES, POLICY)
"""What asks for a right: it may only ever add up."""

MERGED: Final = (INACCESSIBLE, TAG, *ACCESS, COST, LIST_SIZE)
"""What a supergraph says too, each under a specification of its own."""

MERGED_NAMES: Final = frozenset(name.removeprefix("federation__") for name in MERGED)
"""What they are called in a supergraph."""

CARRIED: Final = ("deprecated", "specifiedBy", "oneOf")
"""GraphQL's own directives that mean something in a supergraph."""
