"""A source whose keys are real values, in a graph that knows the entities of another exchange by pairwise pseudonyms.

    health table: person 310115198001010014  ←→  Resident.ref of the other exchange: a pseudonym between us and them

What the graph asks by is opened on the way in, and what would come out as a real key is sealed on the way out. So data
of one's own joins with theirs, and no table that reaches the gateway holds a real key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar, Final, TypeAlias

from connectors.breaker import State
from connectors.contract import Connector, Rows, distinct, needs
from connectors.errors import DeclarationError, GapKind, UnsupportedError
from connectors.layout import layout
from vocabulary.catalogue import SourceDeclaration, TypeDeclaration
from vocabulary.fetch import Fetch, Table, Values
from vocabulary.values import Column

Turn: TypeAlias = Callable[[Column], Column]


class Paired(Connector):
    """Wraps the connector of such a source; all duties of a connector are kept by the wrapped one.

    `owners`: the types that the graph knows by pseudonym. `fields`: by type of the source, its fields that hold keys of
    those. `seal` and `open` turn a column of keys into one of pseudonyms and back, cell by cell; null is what can't be
    turned. The same text is always sealed to the same, so that rows find their owners again.

    A key that doesn't open is nobody's: the source is not asked for it. A `where` or an `order` on a sealed field is
    refused, since the source would compare real values.

    Raises:
        DeclarationError: `fields` and `owners` leave a way for a real key to come out, or name what is not declared.
    """

    TAKES_PARTS: ClassVar[bool] = True  # if the wrapped one does not, it has refused the declaration

    def __init__(
        self,
        connector: Connector,
        fields: Mapping[str, frozenset[str]],
        owners: frozenset[str],
        seal: Turn,
        open: Turn,  # noqa: A002  (what undoes `seal` is called nothing else)
    ) -> None:
        super().__init__(connector.declaration, connector.capabilities)
        for problem in _problems(connector.declaration, fields, owners):
            raise DeclarationError(f"source {connector.declaration.name}: {problem}")
        self._connector: Final = connector
        self._fields: Final = dict(fields)
        self._owners: Final = owners
        self._seal: Final = seal
        self._open: Final = open

    @property
    def is_busy(self) -> bool:
        """As the wrapped one."""
        return self._connector.is_busy

    @property
    def circuit(self) -> State | None:
        """As the wrapped one."""
        return self._connector.circuit

    async def fetch(self, request: Fetch, values: Values) -> Table:
        """As `Connector.fetch`, by pseudonyms.

        Raises:
            SourceError: the source failed.
            UnsupportedError: as the wrapped one, or a filter or an order on a sealed field.
        """
        self._refuse(request)
        if request.via is not None and request.via.type in self._owners:
            opened = self._open(list(distinct(values["keys"])))  # null, which is nobody's key, where one does not open
            values = {**values, "keys": tuple(opened)}
        return self._sealed(request, await self._connector.fetch(request, values))

    async def sample(self, request: Fetch, values: Values) -> Table:
        """As `Connector.sample`, with pseudonyms in the place of keys."""
        self._refuse(request)
        return self._sealed(request, await self._connector.sample(request, values))

    async def check(self) -> None:
        """As the wrapped one."""
        await self._connector.check()

    async def changed(self) -> Mapping[str, dt.datetime]:
        """As the wrapped one."""
        return await self._connector.changed()

    async def close(self) -> None:
        """Close the wrapped one."""
        await self._connector.close()

    async def _ask(self, request: Fetch, values: Values, deadline: float) -> Rows:  # noqa: ARG002  (nothing is asked)
        """Refuse: `fetch` and `sample` ask the wrapped one, and no way leads past their sealing."""
        raise UnsupportedError(self.declaration.name, GapKind.NEVER, "a paired source is asked by fetch and sample")

    def _refuse(self, request: Fetch) -> None:
        named, _, _ = needs(request.where)
        named |= {term.field for term in request.order}
        for field in sorted(named & self._fields.get(request.type, frozenset())):
            raise UnsupportedError(
                self.declaration.name,
                GapKind.NEVER,
                f"{request.type}.{field} is a pseudonym here, and a key at the source",
            )

    def _sealed(self, request: Fetch, table: Table) -> Table:
        sealed = self._fields.get(request.type, frozenset())
        columns = tuple(
            self._seal(column) if field in sealed else column
            for field, column in zip(table.fields, table.columns, strict=True)
        )
        owners = table.owners
        if owners is not None and request.via is not None and request.via.type in self._owners:
            owners = self._seal(owners)
        return Table(table.fields, columns, table.count, owners)


def _problems(
    declaration: SourceDeclaration, fields: Mapping[str, frozenset[str]], owners: frozenset[str]
) -> Iterator[str]:
    """By which a real key could come out, or ask: what leads to an owner is sealed, and nothing else leads anywhere."""
    declared = {one.name: one for one in declaration.types}
    for name in sorted(fields.keys() - declared.keys()):
        yield f"{name}, of which fields are to be sealed, is no type of this source"
    for name, type_ in declared.items():
        yield from _problems_of(declaration, type_, fields.get(name, frozenset()), owners)
    for relation in declaration.relations:
        by, is_sealed = f"{relation.type}.{relation.by}", relation.by in fields.get(relation.type, ())
        if is_sealed is not (relation.owner in owners):
            yield f"{by} leads to {relation.owner}: seal both or neither"
        for term in relation.order:
            if term.removeprefix("-") in fields.get(relation.type, ()):
                yield f"{relation.owner}.{relation.name} can't be in the order of keys that are sealed ({term})"


def _problems_of(
    declaration: SourceDeclaration, type_: TypeDeclaration, sealed: frozenset[str], owners: frozenset[str]
) -> Iterator[str]:
    known = layout(declaration, type_)
    for field in sorted(sealed - known.keys()):
        yield f"{type_.name}.{field}, which is to be sealed, is no field of this source"
        return
    for field in sorted(sealed):
        if known[field].scalar not in {"String", None}:
            yield f"{type_.name}.{field} is no String, and can't be sealed"
    leads = {f"{one.name}.{one.key}": one.type for one in type_.references}
    if type_.key is not None:
        leads[type_.key] = type_.name
    for field, owner in leads.items():
        if (field in sealed) is not (owner in owners):
            yield f"{type_.name}.{field} names {owner}: seal both or neither"
    columns = {known[field].column for field in sealed}
    for field, taken in known.items():
        if taken.column in columns and field not in sealed:
            yield f"{type_.name}.{field} shows the column {taken.column}, which another field seals"
    # Rows that are listed come in the order of real keys, or one that ends in it: who is older would be seen.
    if type_.collection is not None and {type_.key, (type_.page_by or "").removeprefix("-")} & sealed:
        yield f"{type_.name} can't be listed, since its rows come in the order of keys that are sealed"
