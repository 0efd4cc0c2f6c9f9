"""`where` and `orderBy`, compiled to what a source is asked: each comparison under the rule of what the reader sees.

Promise 3: an argument is evaluated on what the reader sees. A comparison holds only on rows where the reader sees the
cell plainly, under `not` too; where no row is plain the question is refused, unless a `match` line permits an exact
search by a declared identifier. An order needs its field plain on every row that is listed.
"""

from __future__ import annotations

from federation.document.structure import Items, Members, Slot, Structure
from federation.errors import Code, Refusal
from federation.plan.bindings import Bindings
from federation.plan.govern import Governance, TypeView
from federation.plan.nodes import Band, Probe
from federation.plan.rules import is_pushed, pushed
from federation.schema.supergraph import FieldFacts, FieldKind
from vocabulary.coordinate import Coordinate
from vocabulary.fetch import ALWAYS, NEVER, And, Compare, IsNull, Not, Op, Or, Order, Predicate, Within
from vocabulary.rows import NOTHING, RowRule


class WhereCompiler:
    """Compiles the `where` of one collection."""

    def __init__(self, view: TypeView, governance: Governance, bindings: Bindings) -> None:
        self._view = view
        self._governance = governance
        self._bindings = bindings

    def compile(self, where: Structure) -> Predicate:
        """The predicate; ALWAYS where nothing is asked.

        Raises:
            Refusal: ARGUMENT_REFUSED where the reader sees the compared field on no row.
        """
        return self._members(where, holds=True, top=True)

    def _members(self, where: Structure, *, holds: bool, top: bool) -> Predicate:
        if where is None:
            return ALWAYS if holds else NEVER
        if not isinstance(where, Members):
            raise Refusal(Code.ARGUMENT_INVALID, "`where` takes an object of comparisons.")
        parts: list[Predicate] = []
        for name, structure in where.items:
            if structure is None:
                raise Refusal(
                    Code.ARGUMENT_INVALID, f"`{name}` in `where` is null: leave it out, or ask `isNull: true`."
                )
            if name in {"and", "or"} and isinstance(structure, Items):
                inner = tuple(self._members(one, holds=holds, top=top and name == "and") for one in structure.items)
                parts.append(And(inner) if (name == "and") is holds else Or(inner))
            elif name == "not":
                parts.append(self._members(structure, holds=not holds, top=False))
            else:
                parts.append(self._field(name, structure, holds=holds, top=top))
        return _joined(parts, holds=holds)

    def _field(self, name: str, comparisons: Structure, *, holds: bool, top: bool) -> Predicate:
        facts = self._view.facts.fields[name]
        if not isinstance(comparisons, Members):
            raise Refusal(Code.ARGUMENT_INVALID, f"`{name}` in `where` takes an object of comparisons.")
        parts: list[Predicate] = []
        for op, value in comparisons.items:
            if value is None:
                raise Refusal(Code.ARGUMENT_INVALID, f"`{name}.{op}` is null: leave it out, or ask `isNull: true`.")
            exact = top and holds and op in {Op.EQ, Op.IN}
            guard = self._guard(facts, exact=exact, value=value)
            comparison = self._compare(facts, op, value, holds=holds)
            if guard != self._view.visible:  # which the rows of every list satisfy already
                comparison = And((self._pushed(facts, guard), comparison))
            parts.append(comparison)
        return _joined(parts, holds=holds)

    def _pushed(self, facts: FieldFacts, guard: RowRule) -> Predicate:
        """The rows on which a comparison may be evaluated, as its own source can tell them."""
        if not is_pushed(guard, self._view.facts):
            sentence = (
                f"{self._view.facts.name}.{facts.name} is shown plainly to you on some rows, and which they are is not "
                f"known to its source, so it can't be filtered by."
            )
            raise Refusal(Code.ARGUMENT_REFUSED, sentence)
        return pushed(guard, self._view.facts, self._bindings)

    def _guard(self, facts: FieldFacts, *, exact: bool, value: Structure) -> RowRule:
        """Rows on which the comparison may be evaluated; the reason to refuse where there are none."""
        coordinate = Coordinate(self._view.facts.name, facts.name)
        decision = self._view.decisions[facts.name]
        sought = [one.index for one in (value.items if isinstance(value, Items) else (value,)) if isinstance(one, Slot)]
        if facts.identifier:
            kinds = self._governance.subject_types(self._view.facts)
            self._bindings.probes.extend(Probe(kinds, index) for index in sought)
        plain = decision.plain
        if plain != NOTHING:
            self._bindings.used[coordinate] = ("filter", decision)
            return plain
        if facts.identifier and exact and sought:
            match = self._governance.match(coordinate)
            if match.visible != NOTHING:
                self._bindings.used[coordinate] = ("match", match)
                return match.visible
        hint = " It may be searched only by `eq` or `in`, not under `or` or `not`." if facts.identifier else ""
        raise Refusal(
            Code.ARGUMENT_REFUSED,
            f"{coordinate} is not shown plainly to you for this purpose, so it can't be filtered by.{hint}",
        )

    def _compare(self, facts: FieldFacts, op: str, value: Structure, *, holds: bool) -> Predicate:
        if facts.companion is not None:
            return self._band(facts, Op(op), value, holds=holds)
        if op == "isNull":
            wanted = value is holds
            return IsNull(facts.name) if wanted else Not(IsNull(facts.name))
        if op == "within":
            return self._within(facts, value, holds=holds)
        if isinstance(value, bool):
            slot = f"is{value}"
            self._bindings.constants[slot] = value
            comparison: Predicate = Compare(facts.name, Op(op), slot)
        elif isinstance(value, Slot):
            comparison = Compare(facts.name, Op(op), self._bindings.slot(value))
        elif isinstance(value, Items):
            each = (one for one in value.items if isinstance(one, Slot))
            comparison = Or(tuple(Compare(facts.name, Op.EQ, self._bindings.slot(one)) for one in each))
        else:
            raise Refusal(Code.ARGUMENT_INVALID, f"`{facts.name}.{op}` does not take this value.")
        return comparison if holds else Not(comparison)

    def _within(self, facts: FieldFacts, value: Structure, *, holds: bool) -> Predicate:
        slots = value.items if isinstance(value, Items) else (value,)
        names = [self._bindings.slot(one) for one in slots if isinstance(one, Slot)]
        self._bindings.areas.update(names)
        parts = tuple(Within(facts.name, name) for name in names)
        within: Predicate = parts[0] if len(parts) == 1 else Or(parts)
        return within if holds else Not(within)

    def _band(self, facts: FieldFacts, op: Op, value: Structure, *, holds: bool) -> Predicate:
        """A comparison of a companion, as intervals of the field that it is computed from."""
        companion = facts.companion
        if companion is None or not isinstance(value, Slot):
            raise Refusal(Code.ARGUMENT_INVALID, f"`{facts.name}.{op}` takes one value, or one list from one place.")
        edges = companion.parameters.get("edges")
        count = len(edges) + 1 if op is Op.IN and isinstance(edges, list | tuple) else 1
        prefix = f"band{len(self._bindings.bands)}"
        coordinate = Coordinate(self._view.facts.name, facts.name)
        self._bindings.bands.append(Band(prefix, coordinate, companion, op, value.index, count))
        intervals = [
            (Compare(companion.of, Op.GT, f"{prefix}.{at}.after"), Compare(companion.of, Op.LE, f"{prefix}.{at}.until"))
            for at in range(count)
        ]
        inside = Or(tuple(And(interval) for interval in intervals))
        return inside if holds else Not(inside)


def _joined(parts: list[Predicate], *, holds: bool) -> Predicate:
    if len(parts) == 1:
        return parts[0]
    return And(tuple(parts)) if holds else Or(tuple(parts))


def compile_order(order: Structure, view: TypeView, default: Order) -> tuple[Order, ...]:
    """The whole order of a collection: the fields asked for, then the unique one that pages it.

    Raises:
        Refusal: ORDER_REFUSED where a field is not plain on every row that is listed.
    """
    terms: list[Order] = []
    for term in order.items if isinstance(order, Items) else (order,) if isinstance(order, Members) else ():
        if not isinstance(term, Members):
            continue
        name = str(term.get("field"))
        facts = view.facts.fields[name]
        if facts.kind is not FieldKind.SCALAR or view.decisions[name].plain != view.visible:
            raise Refusal(
                Code.ORDER_REFUSED,
                f"{view.facts.name}.{name} is not shown plainly to you on every row, so a list can't be ordered by it.",
            )
        if name not in {one.field for one in terms}:
            terms.append(Order(name, descending=term.get("direction") == "DESC"))
    return (*terms, default)
