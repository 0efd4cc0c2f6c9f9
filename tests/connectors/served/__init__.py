"""What every connector is held to: one small data set (`data.py`), and per kind a way to serve it, one file and one
line in `SERVED`. A kind that needs a real server is marked so, and left out of the inner loop.
"""

from __future__ import annotations

from typing import Final

import pytest

from tests.connectors.served.contract import (
    Served,
    keeps_offsets,
    no_text,
    patience,
    serve,
    unheld,
    unoffered,
    unstorable,
    until,
)
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
from tests.connectors.served.exchange import ExchangeServed
from tests.connectors.served.files import CsvServed, FilesServed, ParquetServed, XlsxServed, files
from tests.connectors.served.graphql import GraphQLServed
from tests.connectors.served.mariadb import MariadbServed
from tests.connectors.served.paired import PairedServed
from tests.connectors.served.postgresql import PostgresqlServed
from tests.connectors.served.python import PythonServed
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
    "CsvServed",
    "ExchangeServed",
    "FilesServed",
    "GraphQLServed",
    "MariadbServed",
    "PairedServed",
    "ParquetServed",
    "PostgresqlServed",
    "PythonServed",
    "RestServed",
    "Served",
    "SqliteServed",
    "XlsxServed",
    "declaration",
    "files",
    "keeps_offsets",
    "no_text",
    "patience",
    "relation",
    "search",
    "serve",
    "taken",
    "unheld",
    "unoffered",
    "unstorable",
    "until",
]

SERVED: Final = (
    pytest.param(SqliteServed, id="sqlite"),
    pytest.param(PairedServed, id="paired"),
    pytest.param(MariadbServed, id="mariadb", marks=pytest.mark.server),
    pytest.param(PostgresqlServed, id="postgresql", marks=pytest.mark.server),
    pytest.param(RestServed, id="rest"),
    pytest.param(GraphQLServed, id="graphql"),
    pytest.param(ExchangeServed, id="exchange"),
    pytest.param(PythonServed, id="python", marks=pytest.mark.whole),
    pytest.param(ParquetServed, id="parquet", marks=pytest.mark.whole),
    pytest.param(CsvServed, id="csv", marks=pytest.mark.whole),
    pytest.param(XlsxServed, id="xlsx", marks=pytest.mark.whole),
)
"""Each is made with a folder of its own; its `kind` is that of `connectors.KINDS`."""
