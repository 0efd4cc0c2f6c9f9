"""The values of one request, bound to the slots of its plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from federation.document.structure import Item
from federation.errors import Code, Refusal
from federation.execute.book import MaskBook
from federation.plan.bindings import EMERGENCY, EXACTLY, OUTERMOST, OWN_AREAS, PARENTS, tied_slot
from federation.plan.nodes import Band, Page
from federation.plan.places import Plan
from masking import NotAnEdgeError
from vocabulary.area import Area, NotAnAreaError, Tier
from vocabulary.fetch import NEVER, And, Compare, Fetch, IsNull, Not, Op, Or, Order, Predicate, both
from vocabulary.rows import Asker
from vocabulary.values import Value

DEFAULT_PAGE = 20


def bind(plan: Plan, values: Sequence[Item], asker: Asker, book: MaskBook, today: dt.date) -> dict[str, Item]:
    """Slot name → value, for every fetch of the plan.

    Raises:
        Refusal: ARGUMENT_INVALID for an area that is none, or a comparison that no band can decide.
    """
    parents = [parent for area in asker.areas if (parent := area.parent) is not None]
    bound: dict[str, Item] = {
        OWN_AREAS: tuple(area.code for area in asker.areas),
        EXACTLY: _spellings(asker.areas),
        OUTERMOST: _spellings(_outermost(asker.areas)),
        PARENTS: _spellings(parents),
        EMERGENCY: tuple(area.code for area in asker.emergencies),
        **plan.constants,
    }
    for (tie, type_name), keys in asker.tied.items():
        bound[tied_slot(tie, type_name)] = tuple(keys)
    for tie in plan.ties:
        for kept in plan.kept:
            bound.setdefault(tied_slot(tie, kept.type), ())
    for condition in plan.conditions:
        bound.update(condition.bound(asker.organisation, asker.at))
    for name, index in plan.slots:
        bound[name] = values[index]
    for name in plan.areas:
        bound[name] = _areas(bound[name])
    for band in plan.bands:
        bound.update(_intervals(band, values[band.slot], book, today))
    for name, slots in plan.meets.items():
        bound[name] = _common([bound[slot] for slot in slots])
    return bound


def _outermost(areas: Sequence[Area]) -> list[Area]:
    """The areas that lie in no other of them."""
    found: list[Area] = []
    for area in sorted(areas):  # an area comes right before whatever lies in it
        if not found or not found[-1].contains(area):
            found.append(area)
    return found


def _spellings(areas: Sequence[Area]) -> tuple[str, ...]:
    """Codes as registers may write them: zero-padded to the length of some lower tier, too."""
    lengths = [tier.value for tier in Tier]
    return tuple(
        dict.fromkeys(area.code.ljust(length, "0") for area in areas for length in lengths if length >= len(area.code))
    )


def _common(lists: Sequence[Item]) -> tuple[str, ...]:
    """The areas that lie in one of each list: of two codes that one contains the other, the longer."""
    common: list[str] = [""]
    for codes in lists:
        here = [str(code) for code in codes] if isinstance(codes, tuple) else []
        inner = [one if one.startswith(other) else other for one in common for other in here if _meet(one, other)]
        common = list(dict.fromkeys(inner))
    return tuple(common)


def _meet(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _areas(value: Item) -> tuple[str, ...]:
    try:
        return tuple(Area.parse(str(one)).code for one in (value if isinstance(value, tuple) else (value,)))
    except NotAnAreaError:
        raise Refusal(
            Code.ARGUMENT_INVALID, "An area code has 2, 6, 9, 12 or 15 digits, as in 310115016 for a street."
        ) from None


def _intervals(band: Band, value: Item, book: MaskBook, today: dt.date) -> dict[str, Item]:
    try:
        asked = list(value) if isinstance(value, tuple) else value
        intervals = book.companion(band.companion).rewrite(band.op, asked, today)
    except NotAnEdgeError as error:
        raise Refusal(Code.ARGUMENT_INVALID, f"{band.coordinate}: {error}.") from None
    bound: dict[str, Item] = {}
    for index in range(band.count):
        after, until = dt.date.max, dt.date.min  # nothing lies between: an interval that is not used
        if index < len(intervals):
            after, until = intervals[index].after or dt.date.min, intervals[index].until or dt.date.max
        bound[f"{band.prefix}.{index}.after"], bound[f"{band.prefix}.{index}.until"] = after, until
    return bound


def resume(fetch: Fetch, page: Page, values: Sequence[Value], bound: dict[str, Item], prefix: str) -> Fetch:
    """The fetch of the page after a row with these values of the order (keyset pagination; null is the smallest)."""
    beyond: list[Predicate] = []
    equal: list[Predicate] = []
    for index, (term, value) in enumerate(zip(page.order, values, strict=True)):
        slot = f"{prefix}:{index}"  # no name of a condition, whose slots have a point, can be taken for it
        bound[slot] = value
        beyond.append(And((*equal, _beyond(term, value, slot))))
        equal.append(IsNull(term.field) if value is None else Compare(term.field, Op.EQ, slot))
    return replace(fetch, where=both(fetch.where, Or(tuple(beyond))))


def _beyond(term: Order, value: Value, slot: str) -> Predicate:
    match value is None, term.descending:
        case True, True:
            return NEVER
        case True, False:
            return Not(IsNull(term.field))
        case False, True:
            return Or((Compare(term.field, Op.LT, slot), IsNull(term.field)))
        case _:
            return Compare(term.field, Op.GT, slot)
