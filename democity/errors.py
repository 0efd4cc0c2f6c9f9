"""Why a city can't be built.

BuildError
├── ForeignDirectoryError   the directory holds something that no build made
├── OtherCityError          a city with other parameters stands there
└── ServerError             the database server can't be asked, or holds what no build made
"""

from __future__ import annotations


class BuildError(Exception):
    """The city cannot be built there; the text says what to do."""


class ForeignDirectoryError(BuildError):
    """The directory holds something that no build made."""


class OtherCityError(BuildError):
    """A city with other parameters stands there."""


class ServerError(BuildError):
    """The database server can't be asked, or holds what no build made."""
