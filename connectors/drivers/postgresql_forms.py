"""PostgreSQL's types, and how a field is had from a column of each. A type that is not here is refused by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from connectors.drivers.contract import Found
from connectors.drivers.parts import AXES, SYSTEMS, degrees, documents, is_index, iso_day, no_nul, pointer
from connectors.form import TYPES, Expression, Form, Make, MismatchError, Sieve, itself, literal, plain
from connectors.tables import READERS, bits
from vocabulary.values import Column, Value

_NOT_A_NUMBER: Final = literal("'NaN'::float8")  # no scalar has it: whoever reads it refuses it
_NO_DAY: Final = literal("'4713-01-01 BC'::date")  # before every year that a Date can have
_WHOLE: Final = re.compile(r"numeric\(([0-9]+),0\)")
_MOST_DIGITS: Final = 18  # that a 64-bit integer holds, whichever they are
_MOMENT: Final = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?$"
_DAY: Final = r"^\d{4}-\d\d-\d\d$"


class _Bpchar(sa.types.UserDefinedType[str]):
    """`character` of any length: SQL's own CHAR would mean one character."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "BPCHAR"


@dataclass(frozen=True, slots=True)
class Database:
    """What forms depend on beside the column: the encoding in which the database compares texts."""

    encoding: str = "UTF8"


Way: TypeAlias = Callable[[Found, Database], Form]


def form(found: Found, scalar: str | None, part: str | None, database: Database) -> Form:
    """How a field is had.

    Raises:
        MismatchError: it can't be; the text says what to write instead.
    """
    if part is not None:
        return _part(found, scalar, part, database)
    ways = _WAYS.get(found.base, {})
    way = ways.get(scalar) if scalar is not None else (ways.get("String") or ways.get("Int"))
    if way is None or (scalar is None and found.base not in _KEYS):
        raise MismatchError(f"column {found.name} is {found.type}; {_advice(found, ways)}")
    return way(found, database)


def _advice(found: Found, ways: Mapping[str, object]) -> str:
    if found.base in {"geometry", "geography", "point"}:
        return "write type: Float and part: longitude or part: latitude"
    scalars = list(ways)
    if found.base in {"json", "jsonb", "array"}:
        return "write part: with a JSON pointer as /owner/phone, or type: String for the whole as JSON text"
    if scalars:
        return f"write type: {' or '.join(scalars)}"
    return "take it from a view that casts it to a type that a scalar has, or leave it out"


# ---------------------------------------------------------------------------------------------------------- whole


def _text(found: Found, database: Database) -> Form:
    exact: Make = itself
    if "nondeterministic" in found.details:
        exact = _by_code_point
    return _texts(itself, database, exact=exact)


def _texts(shown: Make, database: Database, *, exact: Make | None = None, sieve: Sieve | None = None) -> Form:
    """A text, however it is had. In UTF-8 the collation C compares code points."""
    if database.encoding != "UTF8":  # C compares the bytes of another encoding, and not every text has a form in it

        def octets(column: Expression) -> Expression:
            return sa.func.convert_to(shown(column), literal("'UTF8'"))

        return Form(pg.BYTEA(), READERS["String"], shown, octets, octets, encode=_octets, text=True)

    def ordered(column: Expression) -> Expression:
        return _by_code_point(shown(column))

    return Form(TYPES["String"], READERS["String"], shown, exact or shown, ordered, sieve, no_nul, text=True)


def _octets(value: Value) -> object:
    return value.encode() if isinstance(value, str) else value


def _by_code_point(column: Expression) -> Expression:
    return column.collate("C")


def _as_text(column: Expression) -> Expression:
    return sa.cast(column, sa.Text())


def _cast_to(kind: sa.types.TypeEngine[Any]) -> Make:
    """Of a value, or of an array of them."""
    return lambda value: sa.cast(value, sa.ARRAY(kind) if isinstance(value.type, sa.ARRAY) else kind)


def _padded(_: Found, database: Database) -> Form:
    """`char(n)`: its padding is not part of the value, in SQL and here."""
    return _texts(_as_text, database, sieve=Sieve(itself, _cast_to(_Bpchar())))


def _folded(_: Found, database: Database) -> Form:
    return _texts(_as_text, database, sieve=Sieve(itself, _cast_to(pg.CITEXT())))


def _spelt(_: Found, database: Database) -> Form:
    return _texts(_as_text, database)


def _json(_: Found, database: Database) -> Form:
    """The whole document as text, in the one form that jsonb gives it."""
    return _texts(lambda column: sa.cast(sa.cast(column, pg.JSONB()), sa.Text()), database)


def _array(_: Found, database: Database) -> Form:
    return _texts(lambda column: sa.cast(sa.func.to_jsonb(column), sa.Text()), database)


def _as_is(scalar: str) -> Way:
    return lambda _found, _database: plain(scalar)


def _numeric_as_float(_: Found, __: Database) -> Form:
    def shown(column: Expression) -> Expression:
        return sa.cast(column, pg.DOUBLE_PRECISION())

    return plain("Float", shown=shown, exact=shown, ordered=shown)


def _numeric_as_int(found: Found, _: Database) -> Form:
    digits = _WHOLE.fullmatch(found.type)
    if digits is None or int(digits[1]) > _MOST_DIGITS:
        raise MismatchError(f"column {found.name} is {found.type}, which may have decimals; write type: Float")
    return plain("Int", shown=lambda column: sa.cast(column, sa.BigInteger()))


def _number_as_boolean(_: Found, __: Database) -> Form:
    return plain("Boolean", read=bits, encode=_bit).with_kind(sa.BigInteger())


def _bit(value: Value) -> object:
    return int(value) if isinstance(value, bool) else value


def _bits_as_boolean(found: Found, _: Database) -> Form:
    if found.type != "bit(1)":
        raise MismatchError(f"column {found.name} is {found.type}, which is more than one bit; leave it out")

    def shown(column: Expression) -> Expression:
        return sa.cast(column, sa.Integer())

    one = plain("Boolean", read=bits, encode=_bit, shown=shown, exact=shown, ordered=shown)
    return one.with_kind(sa.BigInteger())


def _date(_: Found, __: Database) -> Form:
    """`infinity` is no day; the driver would hand it over as 9999-12-31, which is one."""
    return plain("Date", shown=lambda column: sa.case((sa.not_(sa.func.isfinite(column)), _NO_DAY), else_=column))


def _zoned(_: Found, __: Database) -> Form:
    return plain("DateTime", read=_instants)


def _unzoned(_: Found, __: Database) -> Form:
    """UTC by the contract, which is the session's time zone too."""
    return plain("DateTime", read=_instants, shown=lambda column: sa.cast(column, sa.DateTime(timezone=True)))


def _instants(cells: list[Any]) -> Column:
    """The driver gives instants with their offset, and only `infinity` without one."""
    if [cell for cell in cells if cell is not None and cell.tzinfo is None]:
        raise ValueError
    return cells


_INTEGERS: Final[Mapping[str, Way]] = {"Int": _as_is("Int"), "Float": _as_is("Float")}
_WAYS: Final[Mapping[str, Mapping[str, Way]]] = {
    "text": {"String": _text},
    "varchar": {"String": _text},
    "name": {"String": _spelt},
    "bpchar": {"String": _padded},
    "citext": {"String": _folded},
    "uuid": {"String": _spelt},
    "enum": {"String": _spelt},
    "json": {"String": _json},
    "jsonb": {"String": _json},
    "array": {"String": _array},
    "int2": {**_INTEGERS, "Boolean": _number_as_boolean},
    "int4": {**_INTEGERS, "Boolean": _number_as_boolean},
    "int8": {**_INTEGERS, "Boolean": _number_as_boolean},
    "numeric": {"Float": _numeric_as_float, "Int": _numeric_as_int},
    "float4": {"Float": _as_is("Float")},
    "float8": {"Float": _as_is("Float")},
    "bool": {"Boolean": _as_is("Boolean")},
    "bit": {"Boolean": _bits_as_boolean},
    "date": {"Date": _date},
    "timestamptz": {"DateTime": _zoned},
    "timestamp": {"DateTime": _unzoned},
}
_KEYS: Final = frozenset({"text", "varchar", "bpchar", "citext", "uuid", "enum", "int2", "int4", "int8"})


# ---------------------------------------------------------------------------------------------------------- parts


def _part(found: Found, scalar: str | None, part: str, database: Database) -> Form:
    if found.base in {"geometry", "geography", "point"}:
        return _coordinate(found, scalar, part)
    if found.base not in {"json", "jsonb", "array"}:
        raise MismatchError(f"column {found.name} is {found.type}, which has no parts; leave part out")
    tokens = pointer(part)
    if found.base == "array" and not is_index(tokens[0]):
        raise MismatchError(f"column {found.name} is {found.type}; write part: /0 for its first element")
    path = literal("ARRAY[" + ", ".join(map(_quoted, tokens)) + "]::text[]")

    def value(column: Expression) -> Expression:
        document = sa.func.to_jsonb(column) if found.base == "array" else sa.cast(column, pg.JSONB())
        return document.op("#>", return_type=pg.JSONB())(path)

    def shown(column: Expression) -> Expression:
        return sa.func.nullif(sa.cast(value(column), sa.Text()), literal("'null'"))

    return _of_document(scalar, value, shown, database)


def _of_document(scalar: str | None, value: Make, shown: Make, database: Database) -> Form:
    def of_kind(kind: str, made: Make) -> Make:
        """The value where JSON says that it is of the kind; null, which nothing equals, where not."""
        return lambda column: sa.case(
            (sa.func.jsonb_typeof(value(column)) == literal(_quoted(kind)), made(value(column)))
        )

    def unquoted(document: Expression) -> Expression:
        return document.op("#>>", return_type=sa.Text())(literal("'{}'::text[]"))

    def like(pattern: str, cast: Make) -> Make:
        text = of_kind("string", unquoted)
        matches = literal(_quoted(pattern))
        return lambda column: sa.case((text(column).op("~", is_comparison=True)(matches), cast(text(column))))

    read = documents(scalar)
    if scalar in {"String", None}:
        made = _texts(of_kind("string", unquoted), database)
        return Form(made.kind, read, shown, made.exact, made.ordered, encode=made.encode, text=True)
    ways: dict[str, tuple[Make, Any]] = {
        "Int": (of_kind("number", lambda one: sa.cast(unquoted(one), sa.Numeric())), None),
        "Float": (of_kind("number", lambda one: sa.cast(unquoted(one), pg.DOUBLE_PRECISION())), None),
        "Boolean": (of_kind("boolean", lambda one: sa.cast(one, sa.Boolean())), None),
        "Date": (like(_DAY, _by_code_point), iso_day),
        "DateTime": (like(_MOMENT, lambda one: sa.cast(one, sa.DateTime(timezone=True))), None),
    }
    made_by, encode = ways[str(scalar)]
    kind = TYPES["String"] if scalar == "Date" else TYPES[scalar]
    return Form(kind, read, shown, made_by, made_by, encode=encode)


def _coordinate(found: Found, scalar: str | None, part: str) -> Form:
    if part not in AXES or scalar != "Float":
        raise MismatchError(f"column {found.name} is {found.type}; {_advice(found, {})}")
    if found.base == "point":
        at = literal("0" if part == "longitude" else "1")

        def axis(column: Expression) -> Expression:
            return sa.type_coerce(column, pg.ARRAY(pg.DOUBLE_PRECISION()))[at]

        return plain("Float", read=degrees(part), shown=axis, exact=axis, ordered=axis)
    stated = re.fullmatch(r"(?:\w+\.)?geo\w+\((\w+)(?:,(\d+))?\)", found.type)
    if stated is not None and (stated[1].lower() not in {"point", "geometry"} or int(stated[2] or 0) not in SYSTEMS):
        raise MismatchError(
            f"column {found.name} is {found.type}; only points in degrees (SRID 4326) have a {part}: take it from a"
            " view that makes them so, as ST_Transform(ST_PointOnSurface(…), 4326)"
        )
    schema = next(
        (detail.removeprefix("schema ") for detail in found.details if detail.startswith("schema ")), "public"
    )
    functions = getattr(sa.func, schema)

    def point(column: Expression, otherwise: Expression | None) -> Expression:
        shape = sa.cast(column, _Geometry(schema)) if found.base == "geography" else column
        right = sa.and_(
            functions.geometrytype(shape) == literal("'POINT'"),
            functions.st_srid(shape).in_([literal(str(system)) for system in SYSTEMS]),
        )
        coordinate = functions.st_x(shape) if part == "longitude" else functions.st_y(shape)
        empty = sa.case((column.is_(None), sa.null()), (right, coordinate), else_=otherwise)
        return sa.type_coerce(empty, pg.DOUBLE_PRECISION())

    return plain(
        "Float",
        read=degrees(part),
        shown=lambda column: point(column, _NOT_A_NUMBER),
        exact=lambda column: point(column, None),
        ordered=lambda column: point(column, None),
    )


class _Geometry(sa.types.UserDefinedType[Any]):
    cache_ok = True

    def __init__(self, schema: str) -> None:
        self.schema = schema

    def get_col_spec(self, **_: Any) -> str:
        return f'"{self.schema}".geometry'


def _quoted(text: str) -> str:
    """A text as PostgreSQL writes one, for what the declaration says: never for a value."""
    return "'" + text.replace("'", "''") + "'"
