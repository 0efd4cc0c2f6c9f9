"""A request's shape → one SQL SELECT with bound parameters, built with SQLAlchemy Core and compiled once.

Values never meet the text: it is made from the shape, the declaration and the number of values in each list. Lists
are padded, by repeating their last value, to the next power of two, so that 1,000 lengths share eleven texts. This is
plain SQL, unlike `json_each(?)`, and the driver keeps each text prepared. Where the flavour says so a list is one
array, and one text serves every length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain
from typing import Any, Final, TypeAlias

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from connectors.dialects import Flavour
from connectors.errors import GapKind, UnsupportedError
from connectors.form import TYPES, Encode, Expression, Form, Sieve
from connectors.layout import Access
from vocabulary.area import Area
from vocabulary.fetch import ALWAYS, And, Compare, Fetch, IsNull, Not, Op, Or, Order, Predicate, Values, Within
from vocabulary.values import Value

MAX_KEYS: Final = 1024
_STATEMENTS_REMEMBERED: Final = 1024
_MOST_GATHERED: Final = 100
_MAX_PARAMETERS: Final = 32_000  # SQLite's own bound is 32,766, PostgreSQL's 65,535
_NAMES: Final = tuple(f"b{position}" for position in range(_MAX_PARAMETERS))
_LAST_CODE_POINT: Final = 0x10FFFF
_SURROGATES: Final = range(0xD800, 0xE000)

Slot: TypeAlias = Value | tuple[Value, ...]
Expand: TypeAlias = Callable[[Slot], Sequence[object]]
"""What a slot holds → the parameters that stand for it; their number is part of the statement's cache key."""

_COMPARISONS: Final = {
    Op.LT: lambda column, values: column < values[0],
    Op.LE: lambda column, values: column <= values[0],
    Op.GT: lambda column, values: column > values[0],
    Op.GE: lambda column, values: column >= values[0],
}


@dataclass(frozen=True, slots=True)
class Statement:
    """A compiled SELECT. `names`: of its parameters, in their order in the text; ours are `b0`, `b1` and so on.

    `constants`: parameters that the dialect added for itself (SQLite's `OFFSET 0`).
    """

    sql: str
    positional: bool
    names: tuple[str, ...]
    constants: Mapping[str, object]

    def arguments(self, values: list[object]) -> Sequence[object] | dict[str, object]:
        """The parameters as the driver wants them."""
        if self.names == _NAMES[: len(values)] and self.positional:
            return values
        named = {**dict(zip(_NAMES, values, strict=False)), **self.constants}
        return [named[name] for name in self.names] if self.positional else named


class Query:
    """One request, analysed: which slots it binds and how, and its statements by the sizes of its lists."""

    def __init__(
        self,
        request: Fetch,
        access: Access,
        source: str,
        flavour: Flavour,
        dialect: Dialect,
        *,
        forms: Mapping[str, Form] | None = None,
    ) -> None:
        self.request: Final = request
        self.forms: Final = forms or {field: flavour.form(taken.scalar) for field, taken in access.layout.items()}
        self.access: Final = access
        self._source = source
        self._flavour = flavour
        self._dialect = dialect
        fields = request.fields
        key = access.key
        self.fields: Final = fields if key is None or key in fields else (*fields, key)
        self.scalars: Final = tuple(access.layout[field].scalar for field in self.fields)
        # JSON keeps texts, integers and nulls as they are; a float it would round, and a function takes 100 arguments.
        exact = "Float" not in self.scalars and len(self.scalars) <= _MOST_GATHERED
        self._gather: Final = flavour.gather if exact else None
        self._bindings: Final = self._bind()
        self._compiled: Final = lru_cache(_STATEMENTS_REMEMBERED)(self._compile)

    def statement(self, values: Values) -> tuple[str, Sequence[object] | dict[str, object]]:
        """The SQL text and its parameters.

        Raises:
            UnsupportedError: there are too many values for one statement.
        """
        expanded = [expand(values[slot]) for _, slot, expand in self._bindings]
        sizes = tuple(map(len, expanded))
        if sum(sizes) > _MAX_PARAMETERS:
            raise UnsupportedError(self._source, GapKind.NOT_YET, f"more than {_MAX_PARAMETERS} values are compared")
        compiled = self._compiled(sizes)
        return compiled.sql, compiled.arguments(list(chain.from_iterable(expanded)))

    def rows(self, fetched: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
        """The rows of what a statement fetched.

        Raises:
            ValueError: a text in them is no UTF-8, or a number none that JSON has.
        """
        if self._gather is None:
            return fetched
        gathered: list[list[Any]] = orjson.loads(fetched[0][0])
        return gathered

    def _bind(self) -> list[tuple[object, str, Expand]]:
        bindings: dict[object, tuple[object, str, Expand]] = {}
        for leaf in _leaves(self.request.where):
            bindings[leaf] = (leaf, leaf.slot, self._expand(leaf))
        if self.access.key is not None:
            bindings["keys"] = ("keys", "keys", self._list(self.access.key))
            if self.access.relation is None and self._flavour.listed is not None:
                bindings["most"] = ("most", "keys", _one_more)
        if self.request.limit:
            bindings["limit"] = ("limit", "limit", _single)
        return list(bindings.values())

    def _expand(self, leaf: Compare | Within) -> Expand:
        if isinstance(leaf, Within):
            return _ranges
        form = self.forms[leaf.field]
        if leaf.op is Op.STARTS_WITH:
            if not form.text:
                raise UnsupportedError(self._source, GapKind.NEVER, f"{leaf.field} is no text")
            return partial(_prefix, encode=form.encode)
        return self._list(leaf.field) if leaf.op is Op.IN else partial(_single, encode=form.encode)

    def _list(self, field: str) -> Expand:
        return partial(_padded if self._flavour.listed is None else _array, encode=self.forms[field].encode)

    def _compile(self, sizes: tuple[int, ...]) -> Statement:
        binds: dict[object, range] = {}
        start = 0
        for (leaf, _, _), size in zip(self._bindings, sizes, strict=True):
            binds[leaf] = range(start, start + size)
            start += size
        compiled = _Builder(self, self._flavour, binds).select().compile(dialect=self._dialect)
        ours = frozenset(_NAMES[:start])
        constants = {name: value for name, value in compiled.params.items() if name not in ours}
        text = str(compiled)
        if self.access.key is not None and self.access.relation is None and self._flavour.limits:
            # More rows than keys: some key has two, and nothing of the answer is kept. So no more need ever be sent.
            text += f" LIMIT {len(binds['keys']) + 1}"
        sql = text if self._gather is None else self._gather(text, max(1, len(self.fields)))
        return Statement(sql, compiled.positional, tuple(compiled.positiontup or ()), constants)


class _Builder:
    """Builds the SELECT of one query for known sizes of its lists."""

    def __init__(self, query: Query, flavour: Flavour, binds: dict[object, range]) -> None:
        self._query = query
        self._access = access = query.access
        self._flavour = flavour
        self._binds = binds
        columns = {taken.column: sa.column(taken.column, TYPES[taken.scalar]) for taken in access.layout.values()}
        schema, _, name = access.declared.table.rpartition(".") if flavour.schemas else ("", "", access.declared.table)
        self._table = sa.table(name, *columns.values(), schema=schema or None)

    def select(self) -> sa.Select[Any]:
        request, access = self._query.request, self._access
        columns = [self._shown(field).label(f"c{at}") for at, field in enumerate(self._query.fields)]
        chosen = (sa.select(*columns) if columns else sa.select(sa.literal_column("1"))).select_from(self._table)
        if access.key is not None:
            chosen = chosen.where(self._equal("keys", access.key, many=True))
            if "most" in self._binds:
                chosen = chosen.limit(self._bound("most")[0])
        if request.where != ALWAYS:
            chosen = chosen.where(self._where(request.where))
        if access.relation is not None:
            return self._first_per_owner(columns, chosen)
        if request.order:
            chosen = chosen.order_by(*map(self._term, self._settled(request.order)))
        return chosen.limit(self._bound("limit")[0]) if request.limit else chosen

    def _first_per_owner(self, columns: list[sa.Label[Any]], chosen: sa.Select[Any]) -> sa.Select[Any]:
        """At most `bound` rows for each owner, in the relation's order; ties fall by every column, so always alike."""
        access = self._access
        if access.relation is None or access.key is None:
            raise ValueError("only a relation has owners")
        terms = [Order(term.removeprefix("-"), term.startswith("-")) for term in access.relation.order]
        settled = {access.layout[field] for field in (access.key, *(term.field for term in terms))}
        ties = [self._ordered(field) for field, taken in access.layout.items() if taken not in settled]
        rank = sa.func.row_number().over(
            partition_by=self._exact(access.key), order_by=[*map(self._term, terms), *ties] or None
        )
        ranked = chosen.add_columns(rank.label("ranked")).subquery("ranks")
        bound = access.relation.bound if access.relation.many else 1
        return (
            sa.select(*(ranked.c[column.name] for column in columns))
            .where(ranked.c.ranked <= sa.literal_column(str(bound)))
            .order_by(ranked.c.ranked)
        )

    def _settled(self, order: tuple[Order, ...]) -> tuple[Order, ...]:
        """The order, with the unique field behind it: equal values come in the same order every time."""
        declared = self._access.declared
        last = (declared.page_by or declared.key or "").removeprefix("-")
        return order if not last or last in {term.field for term in order} else (*order, Order(last))

    def _term(self, order: Order) -> sa.UnaryExpression[Any]:
        column = self._ordered(order.field)
        term = column.desc() if order.descending else column.asc()
        if self._flavour.nulls_smallest or self._query.forms[order.field].required:
            return term
        return term.nulls_last() if order.descending else term.nulls_first()

    def _where(self, where: Predicate) -> sa.ColumnElement[bool]:
        match where:
            case And(parts):
                return sa.and_(sa.true(), *map(self._where, parts))
            case Or(parts):
                return sa.or_(sa.false(), *map(self._where, parts))
            case Not(part):
                return sa.not_(self._where(part))
            case IsNull(field):
                return self._shown(field).is_(None)
            case Within(field, _):
                return self._within(where, field)
            case Compare(field, _, _):
                return self._compare(where, field)

    def _within(self, leaf: Within, field: str) -> sa.ColumnElement[bool]:
        """Codes are digits, which every collation sorts alike: the column's own range does, and its index serves it."""
        form, column, bounds = self._query.forms[field], self._column(field), self._bound(leaf, field)
        areas = list(zip(bounds[::2], bounds[1::2], strict=True))
        ways = [Sieve(form.exact), *([form.sieve] if form.sieve is not None else [])]
        ranges = [
            sa.and_(*(sa.and_(way.make(column) >= way.value(low), way.make(column) < way.value(high)) for way in ways))
            for low, high in areas
        ]
        return sa.or_(*ranges) if ranges else self._no_row(field)

    def _compare(self, leaf: Compare, field: str) -> sa.ColumnElement[bool]:
        if leaf.op is Op.IN:
            return self._equal(leaf, field, many=True) if self._binds[leaf] else self._no_row(field)
        if leaf.op in {Op.EQ, Op.NE}:
            equal = self._equal(leaf, field, many=False)
            return equal if leaf.op is Op.EQ else sa.not_(equal)
        column, values = self._ordered(field), self._bound(leaf, field)
        if leaf.op is Op.STARTS_WITH:
            # A range, not LIKE: no wildcard to escape, case counts, and an index serves it.
            return sa.and_(column >= values[0], *(column < above for above in values[1:]))
        compared: sa.ColumnElement[bool] = _COMPARISONS[leaf.op](column, values)
        return compared

    def _equal(self, leaf: object, field: str, *, many: bool) -> sa.ColumnElement[bool]:
        """One of the values, exactly; what an index can find of that comes first."""
        form, column = self._query.forms[field], self._column(field)
        values = self._bound(leaf, field, many=many and self._flavour.listed is not None)
        exact = self._among(form.exact(column), values, many=many)
        if form.sieve is None:
            return exact
        coarse = list(map(form.sieve.value, values))
        return sa.and_(self._among(form.sieve.make(column), coarse, many=many), exact)

    def _among(self, column: Expression, values: Sequence[Expression], *, many: bool) -> sa.ColumnElement[bool]:
        if not many:
            return column == values[0]
        listed = self._flavour.listed
        return column.in_(values) if listed is None else listed(column, values[0])

    def _no_row(self, field: str) -> sa.ColumnElement[bool]:
        """False; unknown where the field is null, as a comparison with an empty list is too."""
        column = self._exact(field)
        return column != column  # noqa: PLR0124  (SQL's, not Python's)

    def _column(self, field: str) -> Expression:
        return self._table.c[self._access.layout[field].column]

    def _shown(self, field: str) -> Expression:
        return self._query.forms[field].shown(self._column(field))

    def _exact(self, field: str) -> Expression:
        return self._query.forms[field].exact(self._column(field))

    def _ordered(self, field: str) -> Expression:
        return self._query.forms[field].ordered(self._column(field))

    def _bound(self, leaf: object, field: str | None = None, *, many: bool = False) -> list[sa.BindParameter[Any]]:
        kind = sa.Integer() if field is None else self._query.forms[field].kind
        kind = sa.ARRAY(kind) if many else kind
        return [sa.bindparam(_NAMES[position], type_=kind) for position in self._binds[leaf]]


def _leaves(where: Predicate) -> Iterator[Compare | Within]:
    match where:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _leaves(part)
        case Not(part):
            yield from _leaves(part)
        case Compare() | Within():
            yield where
        case IsNull():
            return


def _single(slot: Slot, encode: Encode | None = None) -> Sequence[object]:
    if isinstance(slot, tuple):
        raise TypeError("a list where one value is compared")
    return (slot if encode is None else encode(slot),)


def _padded(slot: Slot, encode: Encode | None = None) -> Sequence[object]:
    if not isinstance(slot, tuple):
        raise TypeError("one value where a list is compared")
    values: tuple[object, ...] = slot if encode is None else tuple(map(encode, slot))
    count = len(values)
    return values + values[-1:] * ((1 << (count - 1).bit_length()) - count) if count else values


def _array(slot: Slot, encode: Encode | None = None) -> Sequence[object]:
    """The whole list as one parameter; none where the list is empty."""
    if not isinstance(slot, tuple):
        raise TypeError("one value where a list is compared")
    return ([*slot] if encode is None else [*map(encode, slot)],) if slot else ()


def _one_more(slot: Slot) -> Sequence[object]:
    """One more than there are keys: rows of a unique key that are more than that are no answer."""
    return (len(slot) + 1,) if isinstance(slot, tuple) else ()


def _ranges(slot: Slot) -> Sequence[object]:
    areas = [Area(code) for code in _padded(slot) if isinstance(code, str)]
    return [bound for area in areas for bound in (area.code, area.upper_bound)]


def _prefix(slot: Slot, encode: Encode | None = None) -> Sequence[object]:
    """The prefix, and the first text above all that begin with it (none: where every code point is the last)."""
    if not isinstance(slot, str):
        return [*_single(slot), *_single(slot)]
    bounds = [slot]
    if stem := slot.rstrip(chr(_LAST_CODE_POINT)):
        above = ord(stem[-1]) + 1
        bounds.append(stem[:-1] + chr(_SURROGATES.stop if above in _SURROGATES else above))
    return bounds if encode is None else [encode(bound) for bound in bounds]
