"""Connector kind `exchange`: another exchange, asked for somebody; what it masks and withholds is taken as it says.

`exchange.yaml` declares types, fields and relations as for kind `graphql`: `table` is the other exchange's type,
`column` its field. The key's column is `id`, the reference that it seals for this exchange, or a field that it shows by
pairwise pseudonyms, for joins. A reference's column is its field and the key of what it leads to, as `resident.id`. A
type with a `collection` is listed by the field of the same name there, or by the one that `names` says, filtered and
ordered by it.

Options: `url`, `auth`, `tls` and `max_bytes` (`endpoint.py`); `names`, as of kind `graphql`; `exchange`, the name that
the other exchange goes by.

It is asked on behalf of somebody (`on_behalf_of`), by headers that are made anew for each sending. Every answer has its
receipt (`Below.receipts`); one without is a lie, since the other exchange releases nothing without.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import orjson

from connectors.breaker import State
from connectors.contract import REQUESTS_REMEMBERED, Capabilities, Connector, Gap, Rows
from connectors.endpoint import OPTIONS as _OF_ENDPOINT
from connectors.endpoint import endpoint
from connectors.entities import LieError, Names, Question, check_names, question
from connectors.errors import DeclarationError, FailureKind, GapKind, SourceError, UnsupportedError
from connectors.layout import Access, layout
from connectors.listing import Listing, listing
from connectors.per_owner import first_per_owner
from connectors.pool import Network
from connectors.post import Headers, Service
from connectors.reply import read_reply
from connectors.sdl import NoSdlError, Sdl
from connectors.subgraph_check import check_subgraph
from connectors.tables import READERS
from vocabulary.catalogue import SourceDeclaration, TypeDeclaration
from vocabulary.fetch import (
    ALWAYS,
    And,
    Below,
    Compare,
    Fetch,
    IsNull,
    Not,
    Op,
    Or,
    Predicate,
    Values,
    Veil,
    Within,
)
from vocabulary.receipt import Elsewhere
from vocabulary.values import Column

MASKED: Final = "_masked"
MAX_KEYS: Final = 500
PAGE: Final = 1_000
"""Rows that another exchange lists at a time."""
_OPTIONS: Final = _OF_ENDPOINT | {"exchange", "names"}
_NEEDED: Final = frozenset({"url", "exchange"})
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_PAGES: Final = 100
"""Pages that one fetch reads: each has a receipt, and an entry of our log holds no more of them."""
_WORDS: Final = frozenset({"not-granted", "purpose", "denied", "reveals", "derive", "deliver", "rows"})
"""Why something is withheld, as exchanges say it: any other word could be a value on its way to whoever asks."""
_MEANT: Final[Mapping[FailureKind, tuple[str, ...]]] = {
    FailureKind.TIMEOUT: ("SOURCE_TIMEOUT", "DEADLINE_EXCEEDED"),
    FailureKind.OVERLOADED: ("SOURCE_OVERLOADED", "OVERLOADED"),
    FailureKind.UNAVAILABLE: (
        *("SOURCE_UNAVAILABLE", "SOURCE_ERROR", "INTERNAL", "POLICY_CHANGED", "POLICY_UNAVAILABLE"),
        *("RECEIPT_UNAVAILABLE", "REGISTRY_UNAVAILABLE", "LIMITS_UNAVAILABLE"),
    ),
    FailureKind.INVALID: (
        *("SOURCE_INVALID", "DOCUMENT_INVALID", "DOCUMENT_UNLISTED", "DOCUMENT_TOO_LONG", "DOCUMENT_TOO_DEEP"),
        *("DOCUMENT_TOO_WIDE", "DOCUMENT_TOO_COSTLY", "CURSOR_INVALID"),
    ),
    FailureKind.UNDECIDED: ("SOURCE_UNDECIDED",),
    FailureKind.REFUSED: ("SOURCE_REFUSED", "TOKEN_MISSING", "TOKEN_INVALID", "TOKEN_EXPIRED", "CREDENTIAL_INVALID"),
    # VARIABLES_INVALID: what it can't filter or order by is none of the words of its filters and orders.
    FailureKind.ARGUMENT: (
        *("SOURCE_ARGUMENT_REFUSED", "ARGUMENT_REFUSED", "ARGUMENT_INVALID", "ORDER_REFUSED", "VARIABLES_INVALID"),
    ),
    FailureKind.PURPOSE: ("SOURCE_PURPOSE_REFUSED", "PURPOSE_UNKNOWN", "EMERGENCY_MISSING"),
    FailureKind.LIMIT: ("SOURCE_LIMIT_EXCEEDED", "LIMIT_EXCEEDED"),
}
_FAILURES: Final = {code: kind for kind, codes in _MEANT.items() for code in codes}
"""What the codes of another exchange mean, which our operator is told; any other is a word of its making."""
_RANGE: Final = frozenset(Op) - {Op.STARTS_WITH}
_OFFERED: Final[Mapping[str, frozenset[Op]]] = {
    "String": frozenset({Op.EQ, Op.NE, Op.IN, Op.STARTS_WITH}),
    "Boolean": frozenset({Op.EQ, Op.NE}),
    **dict.fromkeys(("Int", "Float", "Date", "DateTime"), _RANGE),
}
"""How an exchange's lists are filtered (`federation/schema/filters.py`)."""
_LEAF: Final = re.compile(r"[0-9a-f]{64}")
_ORIGIN: Final = 256  # characters of the name of a log
_SDL: Final = orjson.dumps({"query": "{ _service { sdl } }"})
_ID: Final = "id"
_KEY_OF: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*\.[_A-Za-z][_0-9A-Za-z]*")
_BY_KEY: Final = Gap(GapKind.NEVER, "another exchange is asked for entities by their ids, and for lists by filters")


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer that has its receipt: data, and what is withheld by its own coordinates.

    `is_partial`: some of it is missing, and `code` says why if it is a code. `size`: bytes that it was sent as.
    """

    data: dict[str, Any]
    withheld: Mapping[str, str]
    receipt: Elsewhere
    is_partial: bool
    code: str
    size: int


class ExchangeConnector(Connector):
    """Another exchange. `network` stands for the network in tests."""

    NAMES_ASKER: ClassVar[bool] = True

    def __init__(self, declaration: SourceDeclaration, base: Path, network: Network | None = None) -> None:
        options, where = declaration.options, f"source {declaration.name}: options"
        if not _NEEDED <= options.keys() <= _OPTIONS:
            needless = ", and if needed auth, tls, max_bytes and names"
            raise DeclarationError(f"{where} of kind exchange are: url and exchange{needless}")
        name = options["exchange"]
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise DeclarationError(f"{where}.exchange: write the name of the other exchange")
        super().__init__(
            declaration,
            Capabilities(frozenset(Op), boolean=True, collections=True, order=True, max_keys=MAX_KEYS, gap=_BY_KEY),
        )
        check_names(declaration)
        for declared in declaration.types:
            _check_columns(f"source {declaration.name}: type {declared.name}", declaration, declared)
        self._names: Final = Names.read(where, declaration)
        self._question: Final = lru_cache(REQUESTS_REMEMBERED)(self._write)
        self._listing: Final = lru_cache(REQUESTS_REMEMBERED)(self._list)
        self._headers: Headers | None = None
        self._service: Final[Service] = endpoint(declaration, base, network)

    @property
    def circuit(self) -> State:
        """As its breaker says."""
        return self._service.state

    def on_behalf_of(self, headers: Headers) -> Self:
        """The same connector, asking for whomever the headers name."""
        bound = copy(self)
        bound._headers = headers  # noqa: SLF001  (a copy of itself)
        return bound

    async def check(self) -> None:
        """Hold the declaration against the other exchange's own description, which is nobody's data."""
        async with self._cap.slot() as deadline:
            answer = await self._post(_SDL, "its schema", deadline)
        service = answer.data.get("_service")
        text = service.get("sdl") if isinstance(service, dict) else None
        if not isinstance(text, str):
            raise self._lie("no SDL")
        try:
            sdl = Sdl(text)
        except NoSdlError:
            raise self._lie("an SDL that cannot be read") from None
        check_subgraph(self.declaration, self._names, sdl)

    async def close(self) -> None:
        """Close every connection."""
        await self._service.close()

    def _resolve(self, request: Fetch) -> Access:
        access = super()._resolve(request)
        is_asked_more = request.via is not None and request.where != ALWAYS
        if is_asked_more or not all(_is_offered(leaf, access) for leaf in _leaves(request.where)):
            raise UnsupportedError(self.declaration.name, _BY_KEY.kind, _BY_KEY.reason)
        return access

    async def _ask(self, request: Fetch, values: Values, deadline: float) -> Rows:
        access = self._admit(request)
        try:
            if access.key is None:
                return await self._listed(request, access, values, deadline)
            return await self._found(request, access, values, deadline)
        except LieError as lie:
            raise self._lie(f"{lie}, when it was asked for {access.declared.name}") from None

    # ── lists ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _listed(self, request: Fetch, access: Access, values: Values, deadline: float) -> Rows:
        """The rows of a collection, page by page: another exchange lists a thousand at a time.

        A page may be short or empty, and others follow: it does not say how much it looked at. All of them together
        are bounded in time, bytes and number, whatever it says of what follows.
        """
        asked, limit = self._listing(request), values.get("limit")
        wanted = limit if request.limit and isinstance(limit, int) else None
        rows: list[dict[str, Any]] = []
        answers: list[_Answer] = []
        after: str | None = None
        left = self._service.most
        while wanted is None or len(rows) < wanted:
            if len(answers) == _PAGES:
                sentence = f"has not shown what was asked for of {request.type} within {_PAGES} pages"
                raise SourceError(self.declaration.name, FailureKind.INVALID, sentence)
            first = PAGE if wanted is None else min(PAGE, wanted - len(rows))
            content = self._encode(asked.document, asked.variables(values, first, after))
            answers.append(await self._post(content, request.type, deadline, left))
            left -= answers[-1].size
            self._require_rows(answers[-1], request.type)
            page, end = asked.page(answers[-1].data, first)
            rows += page
            if end is None:
                break
            if end == after:
                raise LieError("a page that ends where it began")
            after = end
        read = [self._read(access, asked.cells(rows, field), field) for field in request.fields]
        columns = dict(zip(request.fields, read, strict=True))
        return Rows(read, len(rows), below=self._below(request, access, rows, columns, answers))

    def _list(self, request: Fetch) -> Listing:
        access = self._admit(request)
        return listing(request, access, self._names.of(str(access.declared.collection)))

    # ── entities ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _found(self, request: Fetch, access: Access, values: Values, deadline: float) -> Rows:
        """Entities by their ids, or the rows that a relation of theirs leads to."""
        asked, keys = self._question(request), values["keys"]
        if not isinstance(keys, tuple):
            raise TypeError("keys are a tuple")
        content = self._encode(asked.document, {"of": asked.representations(keys)})
        answer = await self._post(content, request.type, deadline)
        self._require_rows(answer, request.type)
        owners, rows = asked.rows(answer.data, keys)
        columns = {name: self._read(access, asked.cells(rows, name), name) for name in asked.paths}
        read = [columns[field] for field in request.fields]
        below = self._below(request, access, rows, columns, [answer])
        if access.relation is None:
            return Rows(read, len(rows), owners, below)
        asked.vouch(owners, columns[access.relation.by])
        chosen = first_per_owner(access.relation, owners, columns.__getitem__)
        kept = [[column[row] for row in chosen] for column in (owners, *read)]
        veils = {
            name: Veil([veil.cells[row] for row in chosen], [veil.masks[row] for row in chosen])
            for name, veil in below.veils.items()
        }
        return Rows(kept[1:], len(chosen), kept[0], Below(veils, below.withheld, below.receipts, below.is_partial))

    def _write(self, request: Fetch) -> Question:
        access = self._admit(request)
        via, relation = request.via, access.relation
        known = access.declared.key if relation is None else relation.owner_key
        if via is None or via.key != known:
            raise UnsupportedError(self.declaration.name, _BY_KEY.kind, _BY_KEY.reason)
        return question(request, access, self._names, beside=(MASKED,))

    # ── what is said beside the rows ──────────────────────────────────────────────────────────────────────────────

    def _below(
        self,
        request: Fetch,
        access: Access,
        rows: Sequence[Mapping[str, Any]],
        columns: Mapping[str, Column],
        answers: Sequence[_Answer],
    ) -> Below:
        """What was masked and withheld, by our names of the fields; masked cells are taken out of their columns.

        Also out of columns that were only read to put rows into their order: what is masked is compared with nothing.
        """
        fields = {access.layout[name].column: name for name in columns}
        veils: dict[str, Veil] = {}
        for row, item in enumerate(rows):
            said = item.get(MASKED)
            if not isinstance(said, list):
                raise LieError("a row that does not say what of it is masked")
            for one in said:
                column, _, mask = one.partition(":") if isinstance(one, str) else ("", "", "")
                if not _NAME.fullmatch(mask):
                    raise LieError("a mask without a name")
                name = fields.get(column)
                if name is None or name == access.declared.key:
                    continue  # nothing that was asked for here; and a key is a reference, however it was made
                cells, veil = columns[name], veils.setdefault(name, _bare(len(rows)))
                if veil.masks[row] is not None:
                    raise LieError("a cell that is masked twice")
                veil.cells[row], veil.masks[row], cells[row] = cells[row], mask, None
        type_, withheld = access.declared.table, dict[str, str]()
        for answer in answers:
            for coordinate, reason in answer.withheld.items():
                of, _, column = coordinate.partition(".")
                if of == type_ and fields.get(column) in request.fields:
                    withheld[fields[column]] = reason
        veils = {name: veil for name, veil in veils.items() if name in request.fields}
        receipts = tuple(dict.fromkeys(answer.receipt for answer in answers))
        return Below(veils, withheld, receipts, any(answer.is_partial for answer in answers))

    def _require_rows(self, answer: _Answer, about: str) -> None:
        """See that an answer is not what is left of one: what it asks itself has failed, or refused it."""
        if answer.is_partial and answer.data.get("rows") is None:
            kind = _FAILURES.get(answer.code, FailureKind.UNAVAILABLE)
            raise SourceError(self.declaration.name, kind, f"has no answer, when it was asked for {about}")

    async def _post(self, content: bytes, about: str, deadline: float, left: int | None = None) -> _Answer:
        if self._headers is None:
            raise SourceError(self.declaration.name, FailureKind.REFUSED, "is asked for nobody")
        body = await self._service.post("", content, about=about, deadline=deadline, left=left, headers=self._headers)
        reply = read_reply(self.declaration.name, body, about)
        code = reply.errors[0].code if reply.errors else ""
        if reply.data is None:
            known = code if code in _FAILURES else "it does not say why"
            sentence = f"refuses what it is asked, when it was asked for {about}: {known}"
            raise SourceError(self.declaration.name, _FAILURES.get(code, FailureKind.REFUSED), sentence)
        said = reply.extensions
        receipt, is_partial = self._receipt(said.get("receipt")), bool(reply.errors)
        return _Answer(reply.data, _withheld(said.get("withheld")), receipt, is_partial, code, len(body))

    def _receipt(self, said: object) -> Elsewhere:
        if isinstance(said, dict):
            log, index, leaf = said.get("log"), said.get("index"), said.get("leaf")
            if (
                isinstance(log, str)
                and 0 < len(log) <= _ORIGIN
                and log.isprintable()
                and type(index) is int
                and 0 <= index < 2**53
                and isinstance(leaf, str)
                and _LEAF.fullmatch(leaf)
            ):
                return Elsewhere(self.declaration.name, log, index, leaf)
        raise self._lie("data without a receipt")

    def _read(self, access: Access, cells: list[Any], field: str) -> Column:
        scalar = access.layout[field].scalar
        try:
            return list(READERS[scalar](cells))
        except (TypeError, ValueError, OverflowError):
            raise LieError(f"a value of {access.declared.name}.{field} that is no {scalar or 'key'}") from None

    def _encode(self, document: str, variables: Mapping[str, object]) -> bytes:
        try:
            return orjson.dumps({"query": document, "variables": variables})
        except orjson.JSONEncodeError:
            reason = "a value that JSON has no form for, so that nothing could equal it"
            raise UnsupportedError(self.declaration.name, GapKind.NEVER, reason) from None


def _leaves(where: Predicate) -> Iterator[Compare | IsNull | Within]:
    match where:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _leaves(part)
        case Not(part):
            yield from _leaves(part)
        case _:
            yield where


def _is_offered(leaf: Compare | IsNull | Within, access: Access) -> bool:
    """Whether an exchange compares its lists so: its area by `within`, and the rest by its scalar."""
    scalar, is_area = access.layout[leaf.field].scalar, leaf.field == access.declared.area
    match leaf:
        case Within():
            return is_area
        case IsNull():
            return scalar is not None and not is_area
        case Compare(op=op):
            return not is_area and op in _OFFERED.get(scalar or "", frozenset())


def _check_columns(where: str, declaration: SourceDeclaration, declared: TypeDeclaration) -> None:
    """What is masked is said of a row's own cells: nothing is taken out of another object but its key."""
    for field, taken in layout(declaration, declared).items():
        if "." in taken.column and not ("." in field and _KEY_OF.fullmatch(taken.column)):
            wanted = f"{field.partition('.')[0]} and its key" if "." in field else "one of its own fields"
            raise DeclarationError(f"{where}: column of {field}: write {wanted}")
        if taken.column == _ID and field != declared.key:
            raise DeclarationError(f"{where}: id is the column of its key, and of nothing else")


def _withheld(said: object) -> dict[str, str]:
    """By the other exchange's coordinates, the word for why; what is none of its words is left out."""
    found: dict[str, str] = {}
    for one in said if isinstance(said, list) else ():
        coordinate, reason = (one.get("coordinate"), one.get("reason")) if isinstance(one, dict) else (None, None)
        if isinstance(coordinate, str) and isinstance(reason, str) and reason in _WORDS:
            found[coordinate] = reason
    return found


def _bare(count: int) -> Veil:
    """Of cells of which none is masked."""
    return Veil([None] * count, [None] * count)
