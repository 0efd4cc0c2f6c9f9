from __future__ import annotations

import datetime as dt
import sqlite3
from typing import Any

import pytest

from connectors.dialects import FLAVOURS, STANDARD, failure, flavour
from connectors.errors import FailureKind


def test_a_dialect_that_is_not_named_works_by_the_standard() -> None:
    assert flavour("klingon") is STANDARD
    assert set(FLAVOURS) == {"sqlite", "postgresql", "mysql", "mariadb"}


def test_moments_are_bound_as_each_dialect_compares_them() -> None:
    east = dt.datetime(2024, 5, 1, 8, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    for dialect, bound in (("sqlite", int(east.timestamp()) * 10**6), ("klingon", east)):
        encode = flavour(dialect).form("DateTime").encode
        assert encode is not None
        assert (encode(east), encode(None)) == (bound, None)


class DatabaseError(Exception):
    """As PEP 249 has it."""


class OperationalError(DatabaseError):
    pass


class DataError(DatabaseError):
    pass


def of_sqlite(code: int) -> Exception:
    error: Any = sqlite3.OperationalError("SECRET")
    error.sqlite_errorcode = code
    return error  # type: ignore[no-any-return]  # it is one


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OperationalError(), FailureKind.UNAVAILABLE),
        (DataError(), FailureKind.INVALID),
        (of_sqlite(sqlite3.SQLITE_BUSY), FailureKind.UNAVAILABLE),
        (of_sqlite(sqlite3.SQLITE_IOERR_READ), FailureKind.UNAVAILABLE),
        (of_sqlite(sqlite3.SQLITE_INTERRUPT), FailureKind.TIMEOUT),
        (of_sqlite(sqlite3.SQLITE_AUTH), FailureKind.REFUSED),
        (of_sqlite(sqlite3.SQLITE_ERROR), FailureKind.INVALID),
        (sqlite3.OperationalError("Could not decode to UTF-8"), FailureKind.INVALID),
    ],
)
def test_a_drivers_error_is_read_by_its_class_and_code(error: Exception, kind: FailureKind) -> None:
    assert failure(error)[0] is kind
    assert "SECRET" not in failure(error)[1]
