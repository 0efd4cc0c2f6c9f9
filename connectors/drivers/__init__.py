"""Drivers: how kind `sql` reaches a database. One a file, chosen by the dialect that `options.url` begins with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from connectors.drivers.contract import Driver
from connectors.drivers.mariadb import MariadbDriver
from connectors.drivers.postgresql import PostgresqlDriver
from connectors.drivers.threads import ThreadsDriver
from connectors.errors import DeclarationError
from vocabulary.catalogue import SourceDeclaration

__all__ = ["DRIVERS", "drive"]

DRIVERS: Final[Mapping[str, Callable[[SourceDeclaration, Path], Driver]]] = {
    "postgresql": PostgresqlDriver,
    "mariadb": MariadbDriver,
    "mysql": MariadbDriver,
}
"""Dialect → its driver. Any other dialect is reached by its own blocking driver, in threads."""


def drive(declaration: SourceDeclaration, base: Path) -> Driver:
    """Make the driver of a source; nothing is asked of the database yet.

    Raises:
        DeclarationError: the options do not say which database, or not in the way of its driver.
    """
    dialect, _, named = str(declaration.options.get("url")).partition("://")[0].partition("+")
    if dialect in DRIVERS and named:
        raise DeclarationError(
            f"source {declaration.name}: options.url names a driver; write {dialect}://, which has one of its own here"
        )
    return DRIVERS.get(dialect, ThreadsDriver)(declaration, base)
