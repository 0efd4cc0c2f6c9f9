"""What is to be looked at, and how long for."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path

from connectors.outlines.errors import NoTargetError

LONGEST_TEXT = 200
"""Characters of a text that are looked at."""
COUNTED = 1_000_000
"""Rows that are counted; a larger table is said to have more."""
MOST_TABLES = 100
MOST_COLUMNS = 300


@dataclass(frozen=True, slots=True)
class Target:
    """A source to look at.

    `where`: a URL or a path, as somebody wrote it. `base`: the folder to which paths in the proposed options are
    relative, the home of an exchange; without one they are absolute.
    `secret`: a password or the value of a header, `secret_file` the path that the options are to name for it, `header`
    that header's name. `ca`: the certificate of the authority that vouches for a server on another machine.
    `tables`: the only ones to look at; none named: all. `seconds` bound the whole look.
    """

    where: str
    base: Path | None = None
    secret: str = field(default="", repr=False)
    secret_file: str = ""
    header: str = ""
    ca: Path | None = None
    tables: frozenset[str] = frozenset()
    seconds: float = 30.0

    def wants(self, table: str) -> bool:
        """Whether a table is to be looked at."""
        return not self.tables or table in self.tables

    def relative(self, path: Path) -> str:
        """The path as an option of the exchange writes it: within the home where it lies there."""
        whole = path.resolve()
        if self.base is not None and whole.is_relative_to(self.base.resolve()):
            return whole.relative_to(self.base.resolve()).as_posix()
        return whole.as_posix()


def trusted(ca: Path) -> ssl.SSLContext:
    """TLS that checks a server's name against an authority; NoTargetError where the file is no certificate."""
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError):
        raise NoTargetError(f"{ca} is no certificate: name one in PEM with --ca") from None
