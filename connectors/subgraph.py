"""What the kinds `graphql` and `python` have in common: a Federation subgraph, asked for entities by their keys.

`exchange.yaml` declares types, fields, relations and how all of it is governed, as for every source; the subgraph gives
the data. A type's `table` is the subgraph's object type, `column` a field of it that takes no required argument, or a
path to one (`building.buildingNo`). A relation is a field of its owner there. The option `names` says what the subgraph
calls an owner, its key or a relation, where it does not call it so: `{Resident: Person, Resident.identityNo: id}`.

A kind adds how the question gets there and back, as bytes of JSON (`_post`), and `close`.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import lru_cache, partial
from typing import Any, Final

import orjson

from connectors.contract import REQUESTS_REMEMBERED, Capabilities, Connector, Gap, Rows
from connectors.entities import LieError, Names, Question, check_names, question
from connectors.errors import FailureKind, GapKind, SourceError, UnsupportedError
from connectors.layout import Access
from connectors.per_owner import first_per_owner
from connectors.reply import RemoteError, read_reply
from connectors.sdl import NoSdlError, Sdl
from connectors.subgraph_check import check_subgraph
from connectors.tables import READERS
from vocabulary.catalogue import SourceDeclaration
from vocabulary.fetch import Fetch, Values
from vocabulary.values import Column

MAX_KEYS: Final = 500
_GAP: Final = Gap(
    GapKind.NOT_YET,
    "a subgraph is asked for entities by their keys; which of its root fields lists, filters or orders them is not "
    "declared yet",
)
_SDL: Final = orjson.dumps({"query": "{ _service { sdl } }"})
_REFUSED: Final = frozenset({"UNAUTHENTICATED", "UNAUTHORIZED", "FORBIDDEN"})
_UNFIT: Final = frozenset({"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"})


class SubgraphConnector(Connector):
    """A Federation subgraph."""

    def __init__(self, declaration: SourceDeclaration) -> None:
        super().__init__(
            declaration,
            Capabilities(frozenset(), boolean=False, collections=False, order=False, max_keys=MAX_KEYS, gap=_GAP),
        )
        check_names(declaration)
        self._names: Final = Names.read(f"source {declaration.name}: options", declaration)
        self._question: Final = lru_cache(REQUESTS_REMEMBERED)(self._write)

    async def check(self) -> None:
        """Hold the declaration against the subgraph's own SDL, which describes it and is nobody's data."""
        async with self._cap.slot() as deadline:
            answer = await self._post(_SDL, "its schema", deadline)
        data = self._data(answer, "its schema", None)
        service = data.get("_service") if isinstance(data, dict) else None
        text = service.get("sdl") if isinstance(service, dict) else None
        if not isinstance(text, str):
            raise self._lie("no SDL; a Federation subgraph has the field Query._service")
        try:
            sdl = Sdl(text)
        except NoSdlError:
            raise self._lie("an SDL that cannot be read") from None
        check_subgraph(self.declaration, self._names, sdl)

    @abstractmethod
    async def _post(self, content: bytes, about: str, deadline: float) -> bytes:
        """Hand over a request of GraphQL over HTTP as JSON, and give back the answer as JSON of at most `MAX_BYTES`.

        `about` is what is asked for, and may be named in errors.

        Raises:
            SourceError: there is no such answer.
        """

    async def _ask(self, request: Fetch, values: Values, deadline: float) -> Rows:
        access, asked = self._admit(request), self._question(request)
        keys, type_ = values["keys"], access.declared.name
        if not isinstance(keys, tuple):
            raise TypeError("keys are a tuple")
        content = self._encode({"query": asked.document, "variables": {"of": asked.representations(keys)}})
        answer = await self._post(content, type_, deadline)
        data = self._data(answer, type_, asked)
        del answer
        try:
            owners, rows = asked.rows(data, keys)
            read = partial(self._read, access, asked, rows)
            columns = [read(field) for field in request.fields]
            if access.relation is None:
                return Rows(columns, len(rows), owners)
            asked.vouch(owners, read(access.relation.by))
            chosen = first_per_owner(access.relation, owners, read)
        except LieError as lie:
            raise self._lie(f"{lie}, when it was asked for {type_}") from None
        kept = [[column[row] for row in chosen] for column in (owners, *columns)]
        return Rows(kept[1:], len(chosen), kept[0])

    def _write(self, request: Fetch) -> Question:
        access = self._admit(request)
        via, relation = request.via, access.relation
        known = access.declared.key if relation is None else relation.owner_key
        if via is None or via.key != known:
            reason = f"{'nothing' if via is None else via.type} is known to the subgraph by its key alone"
            raise UnsupportedError(self.declaration.name, GapKind.NEVER, reason)
        return question(request, access, self._names)

    def _read(self, access: Access, asked: Question, rows: list[dict[str, Any]], field: str) -> Column:
        scalar = access.layout[field].scalar
        try:
            return READERS[scalar](asked.cells(rows, field))
        except LieError:
            raise
        except (TypeError, ValueError, OverflowError):
            raise self._lie(f"a value of {access.declared.name}.{field} that is no {scalar or 'key'}") from None

    def _encode(self, body: dict[str, object]) -> bytes:
        try:
            return orjson.dumps(body)
        except orjson.JSONEncodeError:
            reason = "a key that JSON has no form for, so that nothing could equal it"
            raise UnsupportedError(self.declaration.name, GapKind.NEVER, reason) from None

    def _data(self, answer: bytes, about: str, asked: Question | None) -> object:
        """The data of an answer without errors. With some, it is half an answer, and nothing of it is used."""
        reply = read_reply(self.declaration.name, answer, about)
        if reply.errors:
            raise self._failed(reply.errors[0], about, asked)
        return reply.data

    def _failed(self, error: RemoteError, about: str, asked: Question | None) -> SourceError:
        """What the first error means. Its message is not read: it quotes whatever its author liked."""
        if error.code in _REFUSED:
            kind, sentence = FailureKind.REFUSED, f"does not let us ask for {about}"
        elif asked is not None and (field := asked.named(error.path)) is not None:
            kind, sentence = FailureKind.INVALID, f"answered with an error in place of a value of {about}.{field}"
        elif error.code in _UNFIT or not error.path:
            sentence = f"says that what it is asked for does not fit its schema, when it was asked for {about}"
            kind = FailureKind.INVALID
        else:
            kind, sentence = FailureKind.UNAVAILABLE, f"answers that it cannot serve {about}"
        return SourceError(self.declaration.name, kind, sentence)
