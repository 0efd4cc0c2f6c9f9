"""Connector kind `rest`: a service whose searches by key an OpenAPI document describes (`openapi.py`).

A type's `table` is the operationId of its search. Options: `openapi`, the document's file; `url`, where the service
is; `auth: {header, file}`, a header and the file that holds its value; `page_size`, 1,000 unless told. Files are
relative to the folder of the exchange file.

Keys travel in the body, never in the address, which servers and proxies log. The connection is direct: no proxy of the
environment's, no redirect, no compressed answer (its size could not be bounded before it is unpacked).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from time import time
from typing import Any, Final

import httpx
import orjson

from connectors.contract import Capabilities, Connector, Gap, Rows
from connectors.errors import DeclarationError, FailureKind, GapKind, SourceError, UnsupportedError
from connectors.layout import Access, layout
from connectors.openapi import Document, Search
from connectors.tables import READERS
from vocabulary.catalogue import RelationDeclaration, SourceDeclaration
from vocabulary.fetch import Fetch, Order, Values
from vocabulary.values import Column, Value

MAX_BYTES: Final = 16 * 1024 * 1024  # of all the pages of one search
MAX_PAGES: Final = 100
MAX_CURSOR: Final = 4096
_OPTIONS: Final = frozenset({"openapi", "url", "auth", "page_size"})
_NEVER: Final = Gap(GapKind.NEVER, "the service searches by key, and neither lists, filters nor orders")
_PAGE_SIZE: Final = 1000
_NO_ANSWER: Final = 0
_SERVER_ERROR: Final = 500


class RestConnector(Connector):
    """A service. Keys are asked for by as many at a time as the document's `maxItems` says.

    `transport` stands for the network in tests.
    """

    def __init__(
        self, declaration: SourceDeclaration, base: Path, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        options = declaration.options
        where = f"source {declaration.name}: options"
        self._url, page_size = _options(where, options)
        document = Document(declaration.name, base / str(options["openapi"]))
        self._searches: Final = {item.table: document.search(item.table) for item in declaration.types}
        self._page_size: Final = page_size
        most = min((search.max_keys for search in self._searches.values()), default=1)
        super().__init__(
            declaration,
            Capabilities(frozenset(), boolean=False, collections=False, order=False, max_keys=most, gap=_NEVER),
        )
        _check_keys(declaration, self._searches)
        self._client: Final = httpx.AsyncClient(
            headers={"Accept": "application/json", "Accept-Encoding": "identity", **_secret(where, options, base)},
            transport=transport,
            trust_env=False,
            timeout=None,  # noqa: S113  (the slot's deadline bounds the whole fetch)
            limits=httpx.Limits(max_connections=declaration.concurrency),
        )

    async def check(self) -> None:
        """See that the document describes each property that is taken. The service itself is not asked.

        There is nothing to ask it but for someone's data, and that would be a release.
        """
        for declared in self.declaration.types:
            there = self._searches[declared.table].properties
            for name, taken in layout(self.declaration, declared).items():
                if taken.column not in there:
                    raise DeclarationError(
                        f"source {self.declaration.name}: a row of {declared.table} (type {declared.name}) has no "
                        f"property {taken.column} (field {name}); write one of: {', '.join(sorted(there))}"
                    )

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def _ask(self, request: Fetch, values: Values, deadline: float) -> Rows:
        access = self._admit(request)
        search = self._searches[access.declared.table]
        field = access.key or ""
        if access.layout[field].column != search.names.key:
            reason = f"{access.declared.name} is searched by {search.names.key} alone"
            raise UnsupportedError(self.declaration.name, GapKind.NEVER, reason)
        items = await self._pages(search, values["keys"], deadline)
        read = partial(self._read, access, items)
        keys = read(field)
        columns = [read(field) for field in request.fields]
        if access.relation is not None:
            order = [Order(term.removeprefix("-"), term.startswith("-")) for term in access.relation.order]
            rows = _first_per_owner(access.relation, keys, [(read(term.field), term.descending) for term in order])
            keys, columns = [keys[row] for row in rows], [[column[row] for row in rows] for column in columns]
        return Rows(columns, len(keys), keys)

    def _read(self, access: Access, items: list[dict[str, Any]], field: str) -> Column:
        """One column. A property that a row does not have is null."""
        taken = access.layout[field]
        try:
            return READERS[taken.scalar]([item.get(taken.column) for item in items])
        except (TypeError, ValueError, OverflowError):
            raise self._lie(f"a value of {access.declared.name}.{field} that is no {taken.scalar or 'key'}") from None

    async def _pages(self, search: Search, keys: object, deadline: float) -> list[dict[str, Any]]:
        """Follow the cursor until it is null."""
        names = search.names
        limit = self._page_size if search.max_limit is None else min(self._page_size, search.max_limit)
        items: list[dict[str, Any]] = []
        cursor: str | None = None
        left = MAX_BYTES
        for _ in range(MAX_PAGES):
            asked = self._write({names.keys: keys, names.limit: limit, names.cursor: cursor})
            body = await self._post(search.path, asked, left, deadline)
            left -= len(body)
            page, following = self._page(search, body, limit)
            items += page
            if following is None:
                return items
            if following == cursor:
                break
            cursor = following
        raise self._lie("pages without end")

    def _write(self, body: dict[str, object]) -> bytes:
        try:
            return orjson.dumps(body)
        except orjson.JSONEncodeError:
            reason = "a key that JSON has no form for, so that nothing could equal it"
            raise UnsupportedError(self.declaration.name, GapKind.NEVER, reason) from None

    def _page(self, search: Search, body: bytes, limit: int) -> tuple[list[dict[str, Any]], str | None]:
        try:
            answer = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise self._lie("what is no JSON") from None
        names = search.names
        if not isinstance(answer, dict) or not answer.keys() >= {names.items, names.next}:
            raise self._lie(f"JSON without {names.items} and {names.next}")
        items, following = answer[names.items], answer[names.next]
        if not isinstance(items, list) or not all(type(item) is dict for item in items):
            raise self._lie(f"{names.items} that are no list of objects")
        if len(items) > limit:
            raise self._lie(f"more {names.items} on a page than were asked for")
        if following is not None and not (isinstance(following, str) and 0 < len(following) <= MAX_CURSOR):
            raise self._lie(f"a {names.next} that is neither a cursor nor null")
        return items, following

    async def _post(self, path: str, content: bytes, left: int, deadline: float) -> bytes:
        """Ask for one page, and once more where that may help: a search changes nothing."""
        answer = await self._send(path, content, left)
        if isinstance(answer, _Unserved) and answer.may_pass:
            pause = answer.pause
            if pause is not None and asyncio.get_running_loop().time() + pause < deadline:
                await asyncio.sleep(pause)
                answer = await self._send(path, content, left)
        if isinstance(answer, bytes):
            return answer
        kind, sentence = answer.failure
        raise SourceError(self.declaration.name, kind, sentence)

    async def _send(self, path: str, content: bytes, left: int) -> bytes | _Unserved:
        sent = {"Content-Type": "application/json"}
        try:
            async with self._client.stream("POST", self._url + path, content=content, headers=sent) as response:
                if response.status_code == httpx.codes.OK:
                    return await self._body(response, left)
                return _Unserved(response.status_code, response.headers.get("Retry-After"))
        except httpx.TransportError:
            return _Unserved(_NO_ANSWER, None)

    async def _body(self, response: httpx.Response, left: int) -> bytes:
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/json" or response.headers.get("Content-Encoding", "identity") != "identity":
            raise self._lie("something other than plain application/json")
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > left:
                raise self._lie(f"more than {MAX_BYTES // 1024 // 1024} MiB")
        return bytes(body)

    def _lie(self, sentence: str) -> SourceError:
        return SourceError(self.declaration.name, FailureKind.INVALID, f"answered with {sentence}")


@dataclass(frozen=True, slots=True)
class _Unserved:
    """An answer that is no page: its status (0: none came) and its Retry-After."""

    status: int
    retry_after: str | None

    @property
    def may_pass(self) -> bool:
        """Whether asking once more may help."""
        return self.status in {_NO_ANSWER, httpx.codes.TOO_MANY_REQUESTS} or self.status >= _SERVER_ERROR

    @property
    def pause(self) -> float | None:
        """Seconds to wait before that (RFC 9110, 10.2.3); None: the service does not say, and asked us to slow down."""
        if self.retry_after is None:
            return None if self.status == httpx.codes.TOO_MANY_REQUESTS else 0.0
        if self.retry_after.isascii() and self.retry_after.isdigit():
            return float(self.retry_after)
        try:
            return max(0.0, parsedate_to_datetime(self.retry_after).timestamp() - time())
        except (ValueError, OverflowError):  # no date, or one that no clock reaches
            return None

    @property
    def failure(self) -> tuple[FailureKind, str]:
        """How this reads to the exchange."""
        if self.status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            return FailureKind.REFUSED, "does not accept our credentials"
        if self.status == httpx.codes.TOO_MANY_REQUESTS:
            return FailureKind.OVERLOADED, "says that too much is asked of it"
        if self.may_pass:
            return FailureKind.UNAVAILABLE, "cannot be reached, or answers that it cannot serve"
        return FailureKind.INVALID, f"answered with status {self.status}, which is not in its document"


def _first_per_owner(relation: RelationDeclaration, keys: Column, order: list[tuple[Column, bool]]) -> list[int]:
    """The rows to keep: for each owner the first `bound` in the relation's order; ties as they arrived."""
    rows = list(range(len(keys)))
    for column, descending in reversed(order):
        rows.sort(key=lambda row, column=column: _null_smallest(column[row]), reverse=descending)  # type: ignore[misc]
    bound = relation.bound if relation.many else 1
    kept: Counter[Value] = Counter()
    chosen = []
    for row in rows:
        kept[keys[row]] += 1
        if kept[keys[row]] <= bound:
            chosen.append(row)
    return chosen


def _null_smallest(value: Value) -> tuple[Any, ...]:
    return (False,) if value is None else (True, value)


def _check_keys(declaration: SourceDeclaration, searches: Mapping[str, Search]) -> None:
    for relation in declaration.relations:
        declared = declaration.type(relation.type)
        by = layout(declaration, declared)[relation.by].column
        if by != (key := searches[declared.table].names.key):
            raise DeclarationError(
                f"source {declaration.name}: relation {relation.owner}.{relation.name} is by {relation.by} "
                f"(property {by}), but {declared.table} searches by {key}; write what is taken from {key}"
            )


def _options(where: str, options: Mapping[str, object]) -> tuple[str, int]:
    """The service's URL without a slash at its end, and the size of a page."""
    if not {"openapi", "url"} <= options.keys() <= _OPTIONS:
        raise DeclarationError(f"{where} of kind rest are: openapi, url, and if needed auth and page_size")
    url, page_size = options["url"], options.get("page_size", _PAGE_SIZE)
    try:
        read = httpx.URL(url if isinstance(url, str) else "")
    except httpx.InvalidURL:
        read = httpx.URL("")
    if read.scheme not in {"http", "https"} or not read.host or read.userinfo or read.query or read.fragment:
        raise DeclarationError(f"{where}.url: write http(s)://host:port/path; credentials go into auth")
    if type(page_size) is not int or page_size < 1:
        raise DeclarationError(f"{where}.page_size: write a whole number from 1")
    return str(read).rstrip("/"), page_size


def _secret(where: str, options: Mapping[str, object], base: Path) -> dict[str, str]:
    """The header that lets us in."""
    auth = options.get("auth")
    if auth is None:
        return {}
    if not isinstance(auth, dict) or auth.keys() != {"header", "file"}:
        raise DeclarationError(f"{where}.auth: write {{header: X-Api-Key, file: path/of/the/secret}}")
    try:
        secret = (base / str(auth["file"])).read_text("ascii").strip()
    except OSError:
        raise DeclarationError(f"{where}.auth.file cannot be read; is the path right?") from None
    except UnicodeDecodeError:
        secret = ""
    if not secret or not secret.isprintable():
        raise DeclarationError(f"{where}.auth.file: the file holds the header's value: one line of ASCII")
    return {str(auth["header"]): secret}
