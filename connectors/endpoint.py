"""Where a service answers GraphQL over HTTP, as the options of a source have it: what all kinds of such have in common.

Options: `url`; `auth: {header, file}`, a header and the file that holds its value; `tls: {ca}`, the authority that
vouches for it; `max_bytes`, the most that an answer may have, unpacked (16 MiB where it is not written). Files are
relative to the folder of the exchange file. How it is asked, again and packed and with a breaker, is `post.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Final

import orjson

from connectors.errors import DeclarationError
from connectors.pool import Network
from connectors.post import GRAPHQL, MAX_BYTES, Service, address, credentials
from connectors.tls import vouched
from vocabulary.catalogue import SourceDeclaration

OPTIONS: Final = frozenset({"url", "auth", "tls", "max_bytes"})
PROBE: Final = orjson.dumps({"query": "{__typename}"})
"""A question that every GraphQL service has an answer to, and that asks for nobody's data."""
_KINDS: Final = (GRAPHQL, "application/json")  # GraphQL over HTTP, section 4


def endpoint(
    declaration: SourceDeclaration, base: Path, network: Network | None, clock: Callable[[], float] = monotonic
) -> Service:
    """The service that the options name; `network` stands for the network in tests, `clock` for the breaker's.

    Raises:
        DeclarationError: an option that is none of what it should be.
    """
    options, where = declaration.options, f"source {declaration.name}: options"
    return Service(
        declaration.name,
        address(where, options["url"]),
        headers=credentials(where, options.get("auth"), base),
        concurrency=declaration.concurrency,
        kinds=_KINDS,
        tls=vouched(f"{where}.tls", options.get("tls"), base),
        probe=PROBE,
        most=_most(where, options),
        network=network,
        clock=clock,
    )


def _most(where: str, options: Mapping[str, object]) -> int:
    most = options.get("max_bytes", MAX_BYTES)
    if type(most) is not int or most < 1:
        raise DeclarationError(f"{where}.max_bytes: write a whole number from 1")
    return most
