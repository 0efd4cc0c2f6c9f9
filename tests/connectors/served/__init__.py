"""What every connector is held to: one small data set (`data.py`), and per kind a way to serve it, one file and one
line in `SERVED`. A kind that needs a real server is marked so, and left out of the inner loop.
"""

from __future__ import annotations

from typing import Final

import pytest

from tests.connectors.served.contract import Served, keeps_offsets, patience, serve, unstorable, until
from tests.connectors.served.data import (
    MANY,
    ODD,
    PEOPLE,
    PERSON,
    RELATIONS,
    VISIT,
    VISITS,
    WORDS,
    declaration,
    relation,
    taken,
)
from tests.connectors.served.mariadb import MariadbServed
from tests.connectors.served.postgresql import PostgresqlServed
from tests.connectors.served.rest import KEYS_AT_ONCE, RestServed, search
from tests.connectors.served.sqlite import SqliteServed

__all__ = [
    "KEYS_AT_ONCE",
    "MANY",
    "ODD",
    "PEOPLE",
    "PERSON",
    "RELATIONS",
    "SERVED",
    "VISIT",
    "VISITS",
    "WORDS",
    "MariadbServed",
    "PostgresqlServed",
    "RestServed",
    "Served",
    "SqliteServed",
    "declaration",
    "keeps_offsets",
    "patience",
    "relation",
    "search",
    "serve",
    "taken",
    "unstorable",
    "until",
]

SERVED: Final = (
    pytest.param(SqliteServed, id="sqlite"),
    pytest.param(MariadbServed, id="mariadb", marks=pytest.mark.server),
    pytest.param(PostgresqlServed, id="postgresql", marks=pytest.mark.server),
    pytest.param(RestServed, id="rest"),
)
"""Each is made with a folder of its own; its `kind` is that of `connectors.KINDS`."""
