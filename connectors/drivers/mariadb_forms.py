"""MariaDB's and MySQL's types, and how a field is had from a column of each. What is not here is refused by name.

Dates and times are read as text: the driver would hand over null for `0000-00-00`, and 30 February as a date.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from connectors.drivers.contract import Found
from connectors.drivers.parts import AXES, SYSTEMS, degrees, documents, is_index, iso_day, pointer
from connectors.form import TYPES, Expression, Form, Make, MismatchError, Sieve, itself, literal, plain
from connectors.tables import READERS, bits
from vocabulary.values import Column, Value

_NOWHERE: Final = literal("1e300")  # no degree: whoever reads it refuses it
_MOST_DIGITS: Final = 18  # that a 64-bit integer holds, whichever they are
_DAY: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_POINTS: Final = frozenset({"point", "geometry"})


@dataclass(frozen=True, slots=True)
class Server:
    """What forms depend on beside the column. `exact` compares texts by code point, and trailing blanks too."""

    exact: str


MARIADB: Final = Server("utf8mb4_nopad_bin")
MYSQL: Final = Server("utf8mb4_0900_bin")


Way: TypeAlias = Callable[[Found, Server], Form]


def form(found: Found, scalar: str | None, part: str | None, server: Server) -> Form:
    """How a field is had.

    Raises:
        MismatchError: it can't be; the text says what to write instead.
    """
    if part is not None:
        return _part(found, scalar, part, server)
    ways = _WAYS.get(found.base, {})
    way = ways.get(scalar) if scalar is not None else (ways.get("String") or ways.get("Int"))
    if way is None:
        raise MismatchError(f"column {found.name} is {found.type}; {_advice(found, ways)}")
    return way(found, server)


def _advice(found: Found, ways: Mapping[str, object]) -> str:
    if found.base in _POINTS:
        return "write type: Float and part: longitude or part: latitude"
    if found.base == "json":
        return "write part: with a JSON pointer as /owner/phone, or type: String for the whole as JSON text"
    if ways:
        return f"write type: {' or '.join(ways)}"
    return "take it from a view that casts it to a type that a scalar has, or leave it out"


# ---------------------------------------------------------------------------------------------------------- whole


def _text(found: Found, server: Server) -> Form:
    """Texts compare by the column's collation, which most often folds case: its index finds, and code points decide."""
    if found.collation == server.exact:
        return plain("String")
    charset = found.collation.partition("_")[0]
    if charset == "utf8mb4":
        exact = _by_code_point(itself, server)
        return plain("String", exact=exact, ordered=exact, sieve=Sieve(itself))
    exact = _by_code_point(_as_utf8mb4, server)
    # What the other character set lacks becomes `?` there, which may find too much, and never too little.
    return plain("String", exact=exact, ordered=exact, sieve=Sieve(itself, lambda value: _Converted(value, charset)))


def _choice(_: Found, server: Server) -> Form:
    """An enum sorts by its number, and compares as its text."""
    exact = _by_code_point(_as_utf8mb4, server)
    return plain("String", shown=_as_utf8mb4, exact=exact, ordered=exact)


def _json(_: Found, server: Server) -> Form:
    """The whole document as text, without blanks between its parts; what is no JSON is refused where it is read."""

    def shown(column: Expression) -> Expression:
        return sa.case((sa.func.json_valid(column), sa.func.json_compact(column)), else_=column)

    exact = _by_code_point(shown, server)
    return plain("String", read=_json_texts, shown=shown, exact=exact, ordered=exact)


def _json_texts(cells: list[Any]) -> Column:
    for cell in cells:
        if cell is not None:
            orjson.loads(cell)
    return READERS["String"](cells)


def _spelt(_: Found, server: Server) -> Form:
    def shown(column: Expression) -> Expression:
        return sa.cast(column, sa.CHAR(36))

    exact = _by_code_point(shown, server)
    return plain("String", shown=shown, exact=exact, ordered=exact)


def _by_code_point(made: Make, server: Server) -> Make:
    return lambda column: made(column).collate(server.exact)


def _as_utf8mb4(column: Expression) -> Expression:
    return _Converted(column, "utf8mb4")


class _Converted(sa.sql.expression.ColumnElement[str]):
    """`CONVERT(… USING charset)`, which SQLAlchemy has no element for."""

    inherit_cache = False
    type = sa.String()

    def __init__(self, text: Expression, charset: str) -> None:
        self.text = text
        self.charset = charset


@compiles(_Converted)
def _convert(element: _Converted, compiler: Any, **options: Any) -> str:
    return f"CONVERT({compiler.process(element.text, **options)} USING {compiler.preparer.quote(element.charset)})"


def _as_is(scalar: str) -> Way:
    return lambda _found, _server: plain(scalar)


def _double(number: Expression) -> Expression:
    """As a double, for which SQLAlchemy has no CAST here."""
    return number.op("+", return_type=sa.Float())(literal("0e0"))


def _decimal_as_float(_: Found, __: Server) -> Form:
    def shown(column: Expression) -> Expression:
        return _double(column)

    return plain("Float", shown=shown, exact=shown, ordered=shown)


def _decimal_as_int(found: Found, _: Server) -> Form:
    digits, _comma, decimals = found.type.partition("(")[2].partition(")")[0].partition(",")
    if int(decimals or 0) or int(digits or 0) > _MOST_DIGITS:
        raise MismatchError(f"column {found.name} is {found.type}, which may have decimals; write type: Float")
    return plain("Int", shown=lambda column: sa.cast(column, sa.BigInteger()))


def _number_as_boolean(_: Found, __: Server) -> Form:
    return plain("Boolean", read=bits)


def _bits_as_boolean(found: Found, _: Server) -> Form:
    if found.type != "bit(1)":
        raise MismatchError(f"column {found.name} is {found.type}, which is more than one bit; leave it out")

    def shown(column: Expression) -> Expression:
        return column.op("+", return_type=sa.Integer())(literal("0"))

    return plain("Boolean", read=bits, shown=shown, exact=shown, ordered=shown)


def _date(_: Found, __: Server) -> Form:
    return plain("Date", shown=lambda column: sa.cast(column, sa.CHAR(10)))


def _moment(_: Found, __: Server) -> Form:
    """`DATETIME` is UTC by the contract; `TIMESTAMP` is an instant, shown in the session's zone, which is UTC too."""
    return plain(
        "DateTime",
        read=_instants,
        shown=lambda column: sa.func.concat(column, literal("'+00:00'")),
        encode=_utc,
    )


def _instants(cells: list[Any]) -> Column:
    read = dt.datetime.fromisoformat
    return [None if cell is None else read(cell) for cell in cells]


def _utc(value: Value) -> object:
    """The driver drops an offset without a word."""
    return value.astimezone(dt.UTC).replace(tzinfo=None) if isinstance(value, dt.datetime) else value


_NUMBERS: Final = {"Int": _as_is("Int"), "Float": _as_is("Float"), "Boolean": _number_as_boolean}
_WAYS: Final[Mapping[str, Mapping[str, Way]]] = {
    **{base: {"String": _text} for base in ("char", "varchar", "tinytext", "text", "mediumtext", "longtext")},
    **{base: {"String": _choice} for base in ("enum", "set")},
    **{base: {"String": _spelt} for base in ("uuid", "inet4", "inet6")},
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint"), _NUMBERS),
    "json": {"String": _json},
    "year": {"Int": _as_is("Int")},
    "decimal": {"Float": _decimal_as_float, "Int": _decimal_as_int},
    "float": {"Float": _as_is("Float")},
    "double": {"Float": _as_is("Float")},
    "bit": {"Boolean": _bits_as_boolean},
    "date": {"Date": _date},
    "datetime": {"DateTime": _moment},
    "timestamp": {"DateTime": _moment},
}


# ---------------------------------------------------------------------------------------------------------- parts


def _part(found: Found, scalar: str | None, part: str, server: Server) -> Form:
    if found.base in _POINTS:
        return _coordinate(found, scalar, part)
    if found.base not in {"json", "longtext", "mediumtext", "text"}:
        raise MismatchError(f"column {found.name} is {found.type}, which has no parts; leave part out")
    tokens = pointer(part)

    def value(column: Expression) -> Expression:
        document: Expression = sa.case((sa.func.json_valid(column), column))
        for token in tokens:
            document = _step(document, token)
        return document

    def shown(column: Expression) -> Expression:
        """What is no JSON at all comes as it is, so that it is refused and not taken for missing."""
        part = sa.func.nullif(value(column), literal("'null'"))
        return sa.case((sa.func.json_valid(column) == literal("0"), column), else_=part)

    return _of_document(scalar, value, shown, server)


def _step(document: Expression, token: str) -> Expression:
    name = token.replace("\\", "\\\\").replace('"', '\\"')
    member = sa.func.json_extract(document, literal(_quoted(f'$."{name}"')))
    if not is_index(token):
        return member
    element = sa.func.json_extract(document, literal(_quoted(f"$[{token}]")))
    # `$[0]` of what is no array would be the thing itself.
    return sa.case((sa.func.json_type(document) == literal("'ARRAY'"), element), else_=member)


def _of_document(scalar: str | None, value: Make, shown: Make, server: Server) -> Form:
    def of_kind(kinds: tuple[str, ...], made: Make) -> Make:
        """The value where JSON says that it is of the kind; null, which nothing equals, where not."""
        wanted = [literal(_quoted(kind)) for kind in kinds]
        return lambda column: sa.case((sa.func.json_type(value(column)).in_(wanted), made(value(column))))

    text = _by_code_point(of_kind(("STRING",), sa.func.json_unquote), server)
    read = documents(scalar)
    if scalar in {"String", None}:
        return Form(TYPES["String"], read, shown, text, text, text=True)
    if scalar == "DateTime":
        raise MismatchError("a date and time within JSON is not compared on this database; write type: String")
    day = literal(_quoted(_DAY))
    ways: dict[str, tuple[Make, Any]] = {
        "Int": (of_kind(("INTEGER", "DOUBLE"), lambda one: sa.cast(one, sa.DECIMAL(65, 10))), None),
        "Float": (of_kind(("INTEGER", "DOUBLE"), _double), None),
        "Boolean": (of_kind(("BOOLEAN",), lambda one: one == literal("'true'")), None),
        "Date": (lambda column: sa.case((text(column).op("RLIKE", is_comparison=True)(day), text(column))), iso_day),
    }
    made_by, encode = ways[str(scalar)]
    kind = TYPES["String"] if scalar == "Date" else TYPES[scalar]
    return Form(kind, read, shown, made_by, made_by, encode=encode)


def _coordinate(found: Found, scalar: str | None, part: str) -> Form:
    if part not in AXES or scalar != "Float":
        raise MismatchError(f"column {found.name} is {found.type}; {_advice(found, {})}")
    take = sa.func.st_x if part == "longitude" else sa.func.st_y

    def point(column: Expression, otherwise: Expression) -> Expression:
        right = sa.and_(
            sa.func.st_geometrytype(column) == literal("'POINT'"),
            sa.func.st_srid(column).in_([literal(str(system)) for system in SYSTEMS]),
        )
        return sa.case((column.is_(None), sa.null()), (right, take(column)), else_=otherwise)

    return plain(
        "Float",
        read=degrees(part),
        shown=lambda column: point(column, _NOWHERE),
        exact=lambda column: point(column, sa.null()),
        ordered=lambda column: point(column, sa.null()),
    )


def _quoted(text: str) -> str:
    """A text as the session's SQL mode reads one, for what the declaration says: never for a value."""
    return "'" + text.replace("'", "''") + "'"
