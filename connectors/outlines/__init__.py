"""Live sources looked at: what they hold, as names and counts. One reader a kind, all in `READERS`.

Looking reads and never writes, is bounded in time and rows, and keeps no value: readers count what their sample looks
like (`shapes`) and forget it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from connectors.outlines import files, remote, service, sql
from connectors.outlines.errors import NoTargetError, OutlineError
from connectors.outlines.target import Target
from vocabulary.outline import Outline

__all__ = ["READERS", "NoTargetError", "OutlineError", "Target", "look"]

READERS: Final[tuple[tuple[Callable[[str], bool], Callable[[Target], Outline]], ...]] = (
    (sql.is_sqlite_url, sql.read_sqlite_url),
    (sql.is_server_url, sql.read_server),
    (remote.is_endpoint, remote.read_endpoint),
    (files.is_sqlite, sql.read_sqlite),
    (service.is_document, service.read_document),
    (files.is_data, files.read_files),
)
"""Does it take what somebody wrote? → how it is read. The first that does reads it."""


def look(target: Target) -> Outline:
    """Look at a source.

    Raises:
        NoTargetError: what is named is nothing that a reader takes.
        OutlineError: it can't be looked at; the text says what to do.
    """
    for takes, read in READERS:
        if takes(target.where):
            return read(target)
    raise NoTargetError(
        "this is neither a database URL (sqlite:///…, postgresql://…, mariadb://…, mysql://…), a GraphQL endpoint "
        "(https://…/graphql), nor a file or folder that is there: SQLite, CSV, Parquet, xlsx, or an OpenAPI document"
    )
