"""The connector of the catalogue: the entries of the asker's organisation, and of nobody else's in any way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final

from connectors.contract import Capabilities, Connector, Rows
from connectors.errors import FailureKind, GapKind, SourceError, UnsupportedError
from federation.exchange.catalogue_source import ORGANISATION
from federation.exchange.sift import Row, bounds, ordered, sifted
from policies.errors import PolicyUnavailableError
from vocabulary.catalogue import SourceDeclaration
from vocabulary.fetch import Fetch, Op, Order, Values
from vocabulary.values import Column

_CAPABILITIES: Final = Capabilities(operators=frozenset(Op), boolean=True, collections=True, order=True, max_keys=1_000)


class CatalogueConnector(Connector):
    """Lists entries. `entries` gives those of one organisation under the policy in force, by coordinate and in order.

    A request that is not for one organisation is refused, whichever rule let it through: there is no such catalogue.
    """

    def __init__(self, declaration: SourceDeclaration, entries: Callable[[str], Sequence[Row]]) -> None:
        super().__init__(declaration, _CAPABILITIES)
        self._entries = entries

    async def check(self) -> None:
        """What it tells of is the exchange itself; nothing can be missing."""

    async def close(self) -> None:
        """Nothing stays open between requests."""

    async def _ask(self, request: Fetch, values: Values, deadline: float) -> Rows:  # noqa: ARG002  (it never waits)
        try:
            found = self._found(request, values)
        except PolicyUnavailableError as error:
            sentence = "the policy can't be read"
            raise SourceError(self.declaration.name, FailureKind.UNAVAILABLE, sentence) from error
        keys: Column | None = None if request.via is None else [row[request.via.key] for row in found]
        return Rows([[row[field] for row in found] for field in request.fields], len(found), keys)

    def _found(self, request: Fetch, values: Values) -> list[Row]:
        organisations = bounds(request.where, ORGANISATION, values)
        if organisations is None or len(organisations) > 1:
            sentence = "the catalogue is that of one organisation"
            raise UnsupportedError(self.declaration.name, GapKind.NEVER, sentence)
        rows: Iterable[Row] = (row for one in organisations if isinstance(one, str) for row in self._entries(one))
        if request.via is not None:
            keys, key = values["keys"], request.via.key
            asked = frozenset(keys if isinstance(keys, tuple) else ())
            rows = (row for row in rows if row[key] in asked)
        found = sifted(rows, request.where, values)
        if request.order not in {(), (Order(self._paged_by),)}:  # in which they lie
            found = iter(ordered(found, request.order))
        limit = values["limit"] if request.limit else None
        return list(islice(found, limit if isinstance(limit, int) else None))

    @property
    def _paged_by(self) -> str:
        (declared,) = self.declaration.types
        return str(declared.page_by)
