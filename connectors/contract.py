"""The contract of a connector: what the exchange may ask of a source, and what it may rely on.

`Connector.fetch` performs the duties that are the same for every kind, so that a new kind cannot forget one; a kind
writes `_ask`, `check` and `close`.
"""

from __future__ import annotations

import datetime as dt
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final

from connectors.breaker import State
from connectors.cap import Cap
from connectors.errors import DeclarationError, FailureKind, GapKind, SourceError, UnsupportedError
from connectors.layout import Access, check_parts, check_relations, resolve
from connectors.post import Headers
from vocabulary.catalogue import SourceDeclaration
from vocabulary.fetch import (
    ALWAYS,
    NOTHING_BELOW,
    And,
    Below,
    Compare,
    Fetch,
    IsNull,
    Not,
    Op,
    Or,
    Predicate,
    Table,
    Values,
    Veil,
    Within,
)
from vocabulary.values import Column, Value

REQUESTS_REMEMBERED: Final = 512
_FULL_WIDTH: Final = re.compile("[\uff10-\uff19]")


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that a connector cannot do: `never` or `not yet`, and why."""

    kind: GapKind
    reason: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a source can do itself. The planner asks for nothing else.

    `operators`: comparisons in `where` (`Within` needs GE and LT, `IsNull` needs EQ). `boolean`: and, or, not.
    `collections`: a root collection with `limit`. `order`: an order of it. `max_keys`: keys in one request to the
    source; a fetch with more is split into several. `gap` says of what is missing whether it may come, and why.
    """

    operators: frozenset[Op]
    boolean: bool
    collections: bool
    order: bool
    max_keys: int
    gap: Gap | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """What `_ask` hands over: a column per field asked for and, where keys were asked for, the key of each row.

    `below`: what another exchange says of them.
    """

    columns: Sequence[Column]
    count: int
    keys: Column | None = None
    below: Below = NOTHING_BELOW


class Connector(ABC):
    """One source, wrapped. Made by `connectors.connect`; used from one event loop; `close` ends it.

    Duties of every connector:

    - **Time.** A fetch ends within `declaration.timeout` seconds, waiting for its turn included.
    - **Load.** At most `declaration.concurrency` requests are open at the source, also while some are being abandoned.
    - **Cancellation** leaves nothing open: no request, no statement, no slot.
    - **Only what was asked for.** Never a row of a key that was not asked for, nor a unique key twice.
    - **Types.** Each cell is exactly of its scalar's type in `vocabulary.values.SCALARS`, or None.
    - **Identifiers** hold no full-width digit: `３１` would never equal the `31` that another source has, nobody would
      see why, and which of both is meant is not ours to guess.
    - **Keys** are never written where others may read them (an address, a log line, an error).
    - No keys, no request: nothing is told to a source without need.

    A `where` beside `via` holds for the rows before their relation's order and bound: `latestVaccination` is the
    latest among those that it admits, so that a row which may not be seen does not show by displacing another.
    """

    TAKES_PARTS: ClassVar[bool] = False
    """Whether a kind reads a field's `part`; one that does not refuses a declaration that has any."""
    NAMES_ASKER: ClassVar[bool] = False
    """Whether a kind tells its source for whom it asks; it then answers only `on_behalf_of` somebody."""

    def __init__(self, declaration: SourceDeclaration, capabilities: Capabilities) -> None:
        check_relations(declaration)
        if not self.TAKES_PARTS:
            check_parts(declaration)
        self.declaration: Final = declaration
        self.capabilities: Final = capabilities
        self._cap: Final = Cap(declaration.name, concurrency=declaration.concurrency, timeout=declaration.timeout)
        self._admit: Final = lru_cache(REQUESTS_REMEMBERED)(self._resolve)

    @property
    def is_busy(self) -> bool:
        """Whether as much is being asked of the source as it is to bear, so that one more request would wait."""
        return self._cap.is_full

    @property
    def circuit(self) -> State | None:
        """Whether the source is asked at all, as its breaker says; None where it has none."""
        return None

    def on_behalf_of(self, headers: Headers) -> Connector:  # noqa: ARG002  (of those kinds that name the asker)
        """This connector, asking for whomever the headers name; they are made anew for each sending."""
        return self

    async def fetch(self, request: Fetch, values: Values) -> Table:
        """Ask for the rows of one request.

        Keys are taken once each; more than `capabilities.max_keys` become several requests, one after the other.

        Raises:
            SourceError: the source failed (all of the table or nothing of it is returned).
            UnsupportedError: the request needs what `capabilities` does not offer.
        """
        access = self._admit(request)
        if access.key is None:
            async with self._cap.slot() as deadline:
                answer = await self._asked(request, values, deadline)
            return self._vouch(request, access, values, answer)
        keys = distinct(values["keys"])
        step = self.capabilities.max_keys
        if len(keys) <= step:
            batches = [keys] if keys else []
        else:
            batches = [keys[start : start + step] for start in range(0, len(keys), step)]
        parts = []
        if batches:
            async with self._cap.slot() as deadline:
                for batch in batches:
                    some = {**values, "keys": batch}
                    parts.append(self._vouch(request, access, some, await self._asked(request, some, deadline)))
        return parts[0] if len(parts) == 1 else _concatenate(request, access, parts)

    async def sample(self, request: Fetch, values: Values) -> Table:
        """Ask for rows of a collection that are counted and shown to nobody, under the same timeout and load cap.

        As `fetch`, but rows that break what is declared are no lie here: they are what is to be counted.

        Raises:
            SourceError: the source failed.
            UnsupportedError: the request needs what `capabilities` does not offer.
        """
        access = self._admit(request)
        if access.key is not None or not request.limit:
            raise UnsupportedError(self.declaration.name, GapKind.NEVER, "a sample is the first rows of a collection")
        async with self._cap.slot() as deadline:
            rows = await self._asked(request, values, deadline)
        return self._bounded(request, values, rows)

    @abstractmethod
    async def check(self) -> None:
        """See that the live source has what the declaration takes from it; asks for no one's data.

        Raises:
            DeclarationError: a table or column is not there.
            SourceError: the source cannot be asked.
        """

    async def changed(self) -> Mapping[str, dt.datetime]:
        """When the data of each type last changed, as far as the source says so; a type that is left out is not known.

        Aware, in UTC. It costs the source next to nothing, and tells of nobody's data.

        Raises:
            SourceError: the source cannot be asked.
        """
        return {}

    @abstractmethod
    async def close(self) -> None:
        """End what is open; fetches under way fail. Closing twice does no harm."""

    @abstractmethod
    async def _ask(self, request: Fetch, values: Values, deadline: float) -> Rows:
        """Ask once: the request is within `capabilities`, and values["keys"] holds 1 to `max_keys` distinct keys.

        At `deadline`, by the loop's clock, it is cancelled; only one that could wait by itself needs to know.
        """

    async def _asked(self, request: Fetch, values: Values, deadline: float) -> Rows:
        """What does not fit its declaration any more, though it did at the start, costs its own fields."""
        try:
            return await self._ask(request, values, deadline)
        except DeclarationError:
            sentence = f"{request.type} can't be asked for as it is declared any more; the next start would say why"
            raise SourceError(self.declaration.name, FailureKind.INVALID, sentence) from None

    def _resolve(self, request: Fetch) -> Access:
        access = resolve(self.declaration, request)
        can = self.capabilities
        named, operators, boolean = needs(request.where)
        for field in named - access.layout.keys():
            raise UnsupportedError(self.declaration.name, GapKind.NEVER, f"{request.type} declares no field {field}")
        if (
            not operators <= can.operators
            or (boolean and not can.boolean)
            or (request.via is None and not can.collections)
            or (request.order and not can.order)
        ):
            gap = can.gap or Gap(GapKind.NEVER, "the source cannot do this itself")
            raise UnsupportedError(self.declaration.name, gap.kind, gap.reason)
        return access

    def _bounded(self, request: Fetch, values: Values, rows: Rows) -> Table:
        """The rows of a collection, if they are not more than were asked for."""
        limit = values["limit"] if request.limit else None
        if isinstance(limit, int) and rows.count > limit:
            raise self._lie(f"more rows of {request.type} than were asked for")
        return Table(request.fields, tuple(rows.columns), rows.count)

    def _vouch(self, request: Fetch, access: Access, values: Values, rows: Rows) -> Table:
        """Make a table of rows that were asked for; an answer that holds others is a lie, and nothing of it is kept."""
        owners = rows.keys
        unique: Column | None = None
        if access.key is None:
            self._bounded(request, values, rows)
            if access.declared.key in request.fields:
                unique = rows.columns[request.fields.index(access.declared.key)]
        else:
            asked = values["keys"]
            if owners is None or not isinstance(asked, tuple) or not frozenset(asked).issuperset(owners):
                raise self._lie(f"rows of {request.type} that nobody asked for")
            if access.relation is None or not access.relation.many:
                unique = owners
        if unique is not None and len(set(unique)) != rows.count:
            known = [key for key in unique if key is not None]
            if len(set(known)) != len(known):
                raise self._lie(f"more than one row of {request.type} for one key")
        for at in access.identifiers:
            if _has_full_width_digits(rows.columns[at]):
                sentence = f"full-width digits in {request.type}.{request.fields[at]}, which is an identifier"
                raise self._lie(sentence)
        owners = owners if access.relation is not None else None
        return Table(request.fields, tuple(rows.columns), rows.count, owners, rows.below)

    def _lie(self, sentence: str) -> SourceError:
        return SourceError(self.declaration.name, FailureKind.INVALID, f"answered with {sentence}")


def _has_full_width_digits(column: Column) -> bool:
    text = "".join([cell for cell in column if type(cell) is str])
    return not text.isascii() and _FULL_WIDTH.search(text) is not None


def distinct(keys: Value | tuple[Value, ...]) -> tuple[Value, ...]:
    """Each key once, in the order of its first asking; null is nobody's key."""
    if not isinstance(keys, tuple):
        raise TypeError("keys are a tuple")
    known = dict.fromkeys(keys)
    known.pop(None, None)
    return tuple(known)


def _concatenate(request: Fetch, access: Access, parts: list[Table]) -> Table:
    columns: tuple[Column, ...] = tuple([] for _ in request.fields)
    owners: Column | None = None if access.relation is None else []
    for part in parts:
        for column, more in zip(columns, part.columns, strict=True):
            column.extend(more)
        if owners is not None and part.owners is not None:
            owners.extend(part.owners)
    return Table(request.fields, columns, sum(part.count for part in parts), owners, _together(parts))


def _together(parts: Sequence[Table]) -> Below:
    """What another exchange says of all of them."""
    if all(part.below is NOTHING_BELOW for part in parts):
        return NOTHING_BELOW
    veils: dict[str, Veil] = {}
    for name in dict.fromkeys(name for part in parts for name in part.below.veils):
        each = [part.below.veils.get(name) or Veil([None] * part.count, [None] * part.count) for part in parts]
        cells = [cell for one in each for cell in one.cells]
        veils[name] = Veil(cells, [mask for one in each for mask in one.masks])
    withheld = {name: reason for part in parts for name, reason in part.below.withheld.items()}
    receipts = tuple(dict.fromkeys(one for part in parts for one in part.below.receipts))
    return Below(veils, withheld, receipts, any(part.below.is_partial for part in parts))


def needs(where: Predicate) -> tuple[set[str], set[Op], bool]:
    """The fields that it names, and of a source the operators and whether and/or/not are needed."""
    match where:
        case And(parts) | Or(parts):
            every = [needs(part) for part in parts]
            fields = set[str]().union(*(named for named, _, _ in every))
            return fields, set[Op]().union(*(operators for _, operators, _ in every)), where != ALWAYS
        case Not(part):
            fields, operators, _ = needs(part)
            return fields, operators, True
        case Compare(field, op, _):
            return {field}, {op}, False
        case Within(field, _):
            return {field}, {Op.GE, Op.LT}, False
        case IsNull(field):
            return {field}, {Op.EQ}, False
