"""Masked columns → one answer. It reads what the reader may see, and the links that may be followed.

Objects are made once for each object of a place and each way in which it is shown; how often one occurs in the answer
costs a reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from federation.document.operation import Question
from federation.errors import InternalError
from federation.execute.cursors import bound_to
from federation.execute.decided import Decided
from federation.execute.held import Held, Link
from federation.execute.rows import Rows
from federation.execute.state import State
from federation.plan.places import Hop, Shown, Wrapper
from vocabulary.rows import EVERYTHING
from vocabulary.values import Value

Json: TypeAlias = object
Objects: TypeAlias = list[Json]


def assemble(state: State, question: Question, introspection: Mapping[str, Json]) -> dict[str, Json]:
    """The `data` of the answer, in the order of the document."""
    assembler, root = _Assembler(state, question), state.held[0].place.types[0]
    if (0, root) in state.decided:
        (found,) = assembler.objects(0, {root: state.plan.answer})
    else:  # acts of subgraphs: nobody is shown Mutation itself
        found = {one.key: assembler.acted(one, root) for one in state.plan.answer}
    made: Mapping[str, Json] = found if isinstance(found, dict) else {}
    fields = question.operation.fields
    return {one.key: made[one.key] if one.key in made else introspection[one.key] for one in fields}


class _Assembler:
    def __init__(self, state: State, question: Question) -> None:
        self._state = state
        self._question = question

    def acted(self, shown: Shown, root: str) -> Json:
        """What an act of a subgraph returned."""
        held = self._state.held[0]
        if shown.column is None:
            return root
        if shown.place is None or shown.of is None:
            return held.column(shown.column)[0] if shown.column else None
        return _linked(held.link(shown.column)[0], self.objects(shown.place, shown.of))

    def objects(self, place: int, of: Mapping[str, tuple[Shown, ...]]) -> Objects:
        """What is shown of the objects of a place, by their numbers; null for those that may not be seen."""
        held = self._state.held[place]
        whole: Objects = [None] * held.count
        for type_name, shown in of.items():
            decided = self._state.decided.get((held.place.id, type_name))
            if decided is None:
                continue
            numbers: Sequence[int] = decided.numbers
            if isinstance(held, Rows):  # which may hold more, for other places
                numbers = sorted(self._state.reached.get(place, ()))
            if not numbers:
                continue
            columns = [self._column(one, held, decided, numbers) for one in shown]
            keys = [one.key for one in shown]
            made: Objects = [dict(zip(keys, cells)) for cells in zip(*columns)]  # noqa: B905  (all are as long)
            made = made or [{} for _ in numbers]
            if len(made) == held.count:
                return made
            for number, one in zip(numbers, made, strict=True):
                whole[number] = one
        return whole

    def _column(self, shown: Shown, held: Held, decided: Decided, numbers: Sequence[int]) -> Sequence[Json]:
        if shown.column is None:
            return [decided.kept.type] * len(numbers)
        if not shown.column:
            return [None] * len(numbers)
        if shown.shape:
            return [self._page(shown, link) for link in held.link(shown.column)]
        if shown.place is None or shown.of is None:
            cells = held.shown[decided.kept.type, shown.column]
            return cells if len(numbers) == held.count else [cells[number] for number in numbers]
        found = self._links(shown, held, decided, numbers)
        for other in shown.others:
            found = [_either(*pair) for pair in zip(found, self._links(other, held, decided, numbers), strict=True)]
        return found

    def _links(self, shown: Shown, held: Held, decided: Decided, numbers: Sequence[int]) -> list[Json]:
        """What each object leads to: an object, lists of objects, or null where nothing may be seen there."""
        column, place = shown.column or "", shown.place or 0
        objects = self.objects(place, shown.of or {})
        rule = decided.kept.links[column]
        if rule == EVERYTHING and len(numbers) == held.count:
            return [_linked(link, objects) for link in held.link(column)]
        followed = self._state.follows(decided.kept, column)
        return [_linked(followed.get(number), objects) for number in numbers]

    # ── pages of a collection ─────────────────────────────────────────────────────────────────────────────────────

    def _page(self, shown: Shown, link: Link) -> Json:
        hop = self._state.hops[shown.place or 0]
        return None if link is None else {one.key: self._wrapper(one, hop) for one in shown.shape}

    def _wrapper(self, wrapper: Wrapper, hop: Hop) -> Json:
        if wrapper.output or wrapper.name == "nodes":
            return self._nodes(wrapper.output, hop)
        if wrapper.name == "edges":
            return self._edges(wrapper, hop)
        if wrapper.name == "pageInfo":
            return {one.key: self._page_info(one.name, hop) for one in wrapper.fields}
        return wrapper.name  # __typename, which carries the name of its type

    def _nodes(self, output: tuple[Shown, ...], hop: Hop) -> list[Json]:
        objects = self.objects(hop.place, {hop.type: output})
        return [objects[row] for row in self._state.reached.get(hop.place, ())]

    def _edges(self, wrapper: Wrapper, hop: Hop) -> list[Json]:
        rows = self._state.reached.get(hop.place, [])
        columns: list[Sequence[Json]] = []
        for one in wrapper.fields:
            if one.output:
                columns.append(self._nodes(one.output, hop))
            elif one.name == "cursor":
                columns.append([self._cursor(hop, row) for row in rows])
            else:
                columns.append([one.name] * len(rows))
        keys = [one.key for one in wrapper.fields]
        return [dict(zip(keys, cells, strict=True)) for cells in zip(*columns, strict=True)]

    def _page_info(self, name: str, hop: Hop) -> Json:
        rows = self._state.reached.get(hop.place, [])
        match name:
            case "hasNextPage":
                return self._state.pages.get(hop.place, False)
            case "hasPreviousPage":
                return bool(hop.page and hop.page.after is not None)
            case "startCursor":
                return self._cursor(hop, rows[0]) if rows else None
            case "endCursor":
                if (examined := self._state.examined.get(hop.place)) is not None:
                    return self._sealed(hop, examined)
                return self._cursor(hop, rows[-1]) if rows else None
            case _:
                return name

    def _cursor(self, hop: Hop, row: int) -> str:
        held = self._state.held[hop.place]
        return self._sealed(hop, [held.cells[term.field][row] for term in hop.page.order] if hop.page else [])

    def _sealed(self, hop: Hop, values: Sequence[Value]) -> str:
        if hop.page is None:
            raise InternalError(f"what comes to {hop.place} has no page, so nothing in it has a cursor")
        binding = bound_to(hop.page, self._question.values)
        return self._state.reader.sealer.cursor(self._state.owner, binding, values)


def _linked(link: Link, objects: Objects) -> Json:
    """What a field leads to. Of a list, what may not be seen is left out; a null that was in it stays."""
    if link is None:
        return None
    if isinstance(link, int):
        return objects[link]
    if isinstance(link, list):
        return [_linked(one, objects) for one in link if not isinstance(one, int) or objects[one] is not None]
    found = objects[link.start : link.stop] if isinstance(link, range) else [objects[one] for one in link]
    return [one for one in found if one is not None] if None in found else found


def _either(one: Json, other: Json) -> Json:
    """What stands in one place or, where that is null, in the other; of lists, item by item."""
    if isinstance(one, list) and isinstance(other, list):
        return [_either(*pair) for pair in zip(one, other, strict=True)]
    return other if one is None else one
