"""Connector kind `rest`: a service whose searches by key an OpenAPI document describes (`openapi.py`).

A type's `table` is the operationId of its search. Options: `openapi`, the document's file; `url`, where the service
is; `auth: {header, file}`, a header and the file that holds its value; `tls: {ca}`, the authority that vouches for it,
where that is one of our own; `page_size`, 1,000 unless told. Files are
relative to the folder of the exchange file. How it is asked is `post.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson

from connectors.breaker import State
from connectors.contract import Capabilities, Connector, Gap, Rows
from connectors.errors import DeclarationError, FailureKind, GapKind, SourceError, UnsupportedError
from connectors.layout import Access, layout
from connectors.openapi import Document, Search
from connectors.per_owner import first_per_owner
from connectors.pool import Network
from connectors.post import MAX_BYTES, Service, address, credentials
from connectors.tables import READERS
from connectors.tls import vouched
from vocabulary.catalogue import SourceDeclaration
from vocabulary.fetch import Fetch, Values
from vocabulary.values import Column

MAX_PAGES: Final = 100
MAX_CURSOR: Final = 4096
_OPTIONS: Final = frozenset({"openapi", "url", "auth", "tls", "page_size"})
_NEVER: Final = Gap(GapKind.NEVER, "the service searches by key, and neither lists, filters nor orders")
_PAGE_SIZE: Final = 1000


class RestConnector(Connector):
    """A service. Keys are asked for by as many at a time as the document's `maxItems` says.

    `network` stands for the network in tests.
    """

    def __init__(self, declaration: SourceDeclaration, base: Path, network: Network | None = None) -> None:
        options = declaration.options
        where = f"source {declaration.name}: options"
        url, page_size = _options(where, options)
        document = Document(declaration.name, base / str(options["openapi"]))
        self._searches: Final = {item.table: document.search(item.table) for item in declaration.types}
        self._page_size: Final = page_size
        most = min((search.max_keys for search in self._searches.values()), default=1)
        super().__init__(
            declaration,
            Capabilities(frozenset(), boolean=False, collections=False, order=False, max_keys=most, gap=_NEVER),
        )
        _check_keys(declaration, self._searches)
        self._service: Final = Service(
            declaration.name,
            url,
            headers=credentials(where, options.get("auth"), base),
            concurrency=declaration.concurrency,
            tls=vouched(f"{where}.tls", options.get("tls"), base),
            network=network,
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

    @property
    def circuit(self) -> State:
        """Whether the service is asked at all, as its breaker says."""
        return self._service.state

    async def close(self) -> None:
        """Close every connection."""
        await self._service.close()

    async def _ask(self, request: Fetch, values: Values, deadline: float) -> Rows:
        access = self._admit(request)
        search = self._searches[access.declared.table]
        field = access.key or ""
        if access.layout[field].column != search.names.key:
            reason = f"{access.declared.name} is searched by {search.names.key} alone"
            raise UnsupportedError(self.declaration.name, GapKind.NEVER, reason)
        items = await self._pages(search, access.declared.name, values["keys"], deadline)
        read = partial(self._read, access, items)
        keys = read(field)
        columns = [read(field) for field in request.fields]
        if access.relation is not None:
            rows = first_per_owner(access.relation, keys, read)
            keys, columns = [keys[row] for row in rows], [[column[row] for row in rows] for column in columns]
        return Rows(columns, len(keys), keys)

    def _read(self, access: Access, items: list[dict[str, Any]], field: str) -> Column:
        """One column. A property that a row does not have is null."""
        taken = access.layout[field]
        try:
            return READERS[taken.scalar]([item.get(taken.column) for item in items])
        except (TypeError, ValueError, OverflowError):
            raise self._lie(f"a value of {access.declared.name}.{field} that is no {taken.scalar or 'key'}") from None

    async def _pages(self, search: Search, about: str, keys: object, deadline: float) -> list[dict[str, Any]]:
        """Follow the cursor until it is null."""
        names = search.names
        limit = self._page_size if search.max_limit is None else min(self._page_size, search.max_limit)
        items: list[dict[str, Any]] = []
        cursor: str | None = None
        left = MAX_BYTES
        for _ in range(MAX_PAGES):
            asked = self._write({names.keys: keys, names.limit: limit, names.cursor: cursor})
            body = await self._service.post(search.path, asked, about=about, deadline=deadline, left=left)
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

    def _lie(self, sentence: str) -> SourceError:
        return SourceError(self.declaration.name, FailureKind.INVALID, f"answered with {sentence}")


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
        raise DeclarationError(f"{where} of kind rest are: openapi, url, and if needed auth, tls and page_size")
    url, page_size = address(where, options["url"]), options.get("page_size", _PAGE_SIZE)
    if type(page_size) is not int or page_size < 1:
        raise DeclarationError(f"{where}.page_size: write a whole number from 1")
    return url, page_size
