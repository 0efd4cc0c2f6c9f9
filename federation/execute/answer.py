"""Masked columns → one answer. It reads what the reader may see (`shown`, `ids`) and the links between rows.

Objects are built once per row and output, column by column; how often a row occurs in the answer costs a reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

from federation.document.operation import Question
from federation.errors import InternalError
from federation.execute.cursors import bound_to
from federation.execute.rows import EntityRows
from federation.execute.state import State
from federation.plan.nodes import Hop, Lead, Output, Part, RootOutput, Wrapper
from vocabulary.values import Value

Json: TypeAlias = object
Objects: TypeAlias = dict[int, Json]
Cell = TypeVar("Cell")


def assemble(state: State, question: Question, introspection: dict[str, Json]) -> dict[str, Json]:
    """The `data` of the answer, in the order of the document."""
    assembler = _Assembler(state, question)
    data: dict[str, Json] = {}
    for root in state.plan.roots:
        data[root.key] = introspection[root.key] if root.kind == "introspection" else assembler.root(root)
    return data


class _Assembler:
    def __init__(self, state: State, question: Question) -> None:
        self._state = state
        self._question = question

    def root(self, root: RootOutput) -> Json:
        if root.kind == "typename":
            return "Mutation" if self._question.operation.acts else "Query"
        if root.kind == "node":
            for hop_id, outputs in zip(root.hops, root.objects, strict=True):
                if reached := self._state.reached.get(hop_id):
                    return self._objects(outputs, self._state.hops[hop_id])[reached[0]]
            return None
        if root.kind == "entities":
            return self._entities(root)
        hop = self._state.hops[root.hops[0]]
        if hop.id in self._state.failed:
            return None
        return {one.key: self._connection(one, hop) for one in root.shape}

    def _entities(self, root: RootOutput) -> list[Json]:
        """What another exchange named, in its order; null for what may not be seen, and for what is nothing."""
        named = self._question.values[root.slot] if root.slot is not None else ()
        found: list[Json] = [None] * (len(named) if isinstance(named, tuple) else 0)
        for hop_id, outputs in zip(root.hops, root.objects, strict=True):
            hop = self._state.hops[hop_id]
            objects, positions = self._objects(outputs, hop), self._state.entities[hop.type].positions
            for at, key in enumerate(self._state.named.get(hop_id, ())):
                if key is not None:
                    found[at] = objects.get(positions.get(key, -1))
        return found

    # ── connections ───────────────────────────────────────────────────────────────────────────────────────────────

    def _connection(self, wrapper: Wrapper, hop: Hop) -> Json:
        if wrapper.output or wrapper.name == "nodes":
            return list(self._page(wrapper.output, hop))
        if wrapper.name == "edges":
            return self._edges(wrapper, hop)
        if wrapper.name == "pageInfo":
            return {one.key: self._page_info(one.name, hop) for one in wrapper.fields}
        return wrapper.name  # __typename, which carries the name of its type

    def _page(self, outputs: tuple[Output, ...], hop: Hop) -> list[Json]:
        objects = self._objects(outputs, hop)
        return [objects[row] for row in self._state.reached.get(hop.id, ())]

    def _edges(self, wrapper: Wrapper, hop: Hop) -> list[Json]:
        rows = self._state.reached.get(hop.id, [])
        columns: list[Sequence[Json]] = []
        for one in wrapper.fields:
            if one.output:
                columns.append(self._page(one.output, hop))
            elif one.name == "cursor":
                columns.append([self._cursor(hop, row) for row in rows])
            else:
                columns.append([one.name] * len(rows))
        keys = [one.key for one in wrapper.fields]
        return [dict(zip(keys, cells, strict=True)) for cells in zip(*columns, strict=True)]

    def _page_info(self, name: str, hop: Hop) -> Json:
        rows = self._state.reached.get(hop.id, [])
        match name:
            case "hasNextPage":
                return self._state.pages.get(hop.id, False)
            case "hasPreviousPage":
                return bool(hop.page and hop.page.after is not None)
            case "startCursor":
                return self._cursor(hop, rows[0]) if rows else None
            case "endCursor":
                if (examined := self._state.examined.get(hop.id)) is not None:
                    return self._sealed(hop, examined)
                return self._cursor(hop, rows[-1]) if rows else None
            case _:
                return name

    def _cursor(self, hop: Hop, row: int) -> str:
        if hop.page is None:
            raise InternalError(f"hop {hop.id} has no page, so its rows have no cursors")
        rows = self._state.entities[hop.type]
        return self._sealed(hop, [rows.raw(term.field)[row] for term in hop.page.order])

    def _sealed(self, hop: Hop, values: Sequence[Value]) -> str:
        if hop.page is None:
            raise InternalError(f"hop {hop.id} has no page, so nothing in it has a cursor")
        binding = bound_to(hop.page, self._question.values)
        return self._state.reader.sealer.cursor(self._state.owner, binding, values)

    # ── objects ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _objects(self, outputs: tuple[Output, ...], hop: Hop) -> Objects:
        """One object per row that the hop reached, by its position."""
        rows = self._state.entities[hop.type]
        reached = self._state.reached.get(hop.id, [])
        keys = [one.key for one in outputs]
        columns = [self._column(one, rows, reached) for one in outputs]
        return {row: dict(zip(keys, cells)) for row, cells in zip(reached, zip(*columns))}  # noqa: B905  (all as long)

    def _column(self, output: Output, rows: EntityRows, reached: list[int]) -> Sequence[Json]:
        match output.part:
            case Part.TYPENAME:
                return [output.name] * len(reached)
            case Part.WITHHELD:
                return [None] * len(reached)
            case Part.ID:
                return _picked(rows.ids, reached)
            case Part.MASKED:
                return _picked(rows.masks, reached)
            case Part.COLUMN:
                return _picked(rows.shown[output.name], reached)
            case Part.LINK:
                return self._links(output, rows, reached)

    def _links(self, output: Output, rows: EntityRows, reached: list[int]) -> list[Json]:
        """What each row leads to: an object, a list of objects, or null where nothing may be seen there."""
        state = self._state
        if output.hop is None:
            raise InternalError(f"{output.name} leads nowhere")
        hop = state.hops[output.hop]
        if hop.id in state.failed:
            return [None] * len(reached)
        objects = self._objects(output.fields, hop)
        cells = rows.raw(hop.given)
        followed = state.ways.get(hop.id, frozenset())
        if hop.lead is Lead.RELATION:
            links = state.links.get((rows.plan.type, hop.field), {})
            found: Callable[[int], list[int]] = lambda row: links.get(cells[row], [])  # noqa: E731
            if output.many:
                return [[objects[at] for at in found(row)] if row in followed else None for row in reached]
            return [objects[at[0]] if row in followed and (at := found(row)) else None for row in reached]
        positions = state.entities[hop.type].positions
        return [objects.get(positions.get(cells[row], -1)) if row in followed else None for row in reached]


def _picked(column: list[Cell], rows: list[int]) -> list[Cell]:
    return column if len(rows) == len(column) and rows == list(range(len(column))) else [column[row] for row in rows]
