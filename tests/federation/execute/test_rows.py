"""Rows against a cell-by-cell reference: whatever the decisions, batches and duplicates."""

from __future__ import annotations

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from federation.execute.book import MaskBook
from federation.execute.coverage import Coverage
from federation.execute.rows import EntityRows, Reader
from federation.keys import KeyRing
from federation.plan.nodes import ColumnPlan, EntityPlan
from federation.sealing import Sealer
from masking import make
from tests.vocabulary.test_rows import AREAS, owns
from vocabulary.area import Area
from vocabulary.catalogue import MaskDeclaration
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN, Decision, Deny, Grant
from vocabulary.fetch import Table
from vocabulary.rows import EVERYTHING, OwnAreas, WithinArea, any_of, covers

MASKS = {
    "light": make(MaskDeclaration("light", "partial-name", {"keep": "ends"})),
    "strict": make(MaskDeclaration("strict", "redact", {})),
}
KEYS = KeyRing(b"k" * 32)
BOOK = MaskBook(MASKS, KEYS)
NAME = Coordinate("Resident", "name")
SHOWN = (PLAIN, "light", "strict")
rules = st.one_of(st.just(OwnAreas()), st.just(EVERYTHING), st.sampled_from(AREAS).map(WithinArea))
decisions = st.builds(
    Decision,
    st.just(NAME),
    st.lists(st.tuples(rules, st.sampled_from(SHOWN)), max_size=4).map(
        lambda grants: tuple(
            Grant(rule, shown, "x:1") for rule, shown in sorted(grants, key=lambda one: SHOWN.index(one[1]))
        )
    ),
    st.lists(rules, max_size=2).map(lambda denies: tuple(Deny(rule, "x:2") for rule in denies)),
)
batches = st.lists(
    st.lists(st.tuples(st.integers(0, 8), st.one_of(st.none(), st.sampled_from(AREAS))), max_size=5), max_size=3
)


def reader(own: tuple[Area, ...]) -> Reader:
    return Reader("org", Coverage(own), BOOK, Sealer(KEYS), dt.date(2026, 1, 1))


def plan(decision: Decision, also: Decision | None = None) -> EntityPlan:
    visible = decision.visible if also is None else any_of(decision.visible, also.visible)
    ways = {grant.shown for grant in decision.grants}
    way = ways.pop() if len(ways) == 1 and decision.visible == visible else None
    return EntityPlan(
        type="Resident",
        source="register",
        key="number",
        subject="number",
        subject_type="Resident",
        area="area",
        area_of=None,
        visible=visible,
        raw=("number", "area", "name"),
        columns=(ColumnPlan("name", "name", decision, None, way),),
        sealed=True,
    )


def expected(decision: Decision, area: Area | None, own: tuple[Area, ...], name: str) -> str | None:
    """One cell, by the definition of a decision."""
    if any(covers(deny.rows, area, own) is not False for deny in decision.denies):
        return None
    for grant in decision.grants:
        if covers(grant.rows, area, own) is True:
            masked = {PLAIN: name, "light": f"{name[0]}*{name[-1]}", "strict": None}
            return masked[grant.shown]
    return None


@settings(max_examples=300)
@given(decisions, decisions, batches, owns)
def test_each_cell_is_decided_on_its_own_row(
    decision: Decision, also: Decision, arriving: list[list[tuple[int, Area | None]]], own: tuple[Area, ...]
) -> None:
    rows = EntityRows(plan(decision, also), reader(own))
    known: dict[int, tuple[Area | None, str | None]] = {}
    for batch in arriving:
        numbers = [number for number, _ in batch]
        areas = [None if area is None else area.code for _, area in batch]
        names = [f"张{chr(0x4E00 + number)}明" for number, _ in batch]
        table = Table(("number", "area", "name"), (list(numbers), list(areas), list(names)), len(batch))
        placed = rows.add(table, list(areas))
        for (number, area), place, name in zip(batch, placed, names, strict=True):
            visible = covers(rows.plan.visible, area, own) is True
            assert (place is not None) == visible
            if place is not None:
                known.setdefault(number, (area, expected(decision, area, own, name)))
                assert rows.raw("number")[place] == number
    assert rows.shown == {}
    rows.mask()
    assert rows.count == len(known) == len(rows.ids)
    for number, (area, cell) in known.items():
        place = rows.positions[number]
        assert rows.shown["name"][place] == cell
        assert rows.areas[place] == (None if area is None else area.code)


def test_a_row_without_a_key_is_nobodys() -> None:
    rows = EntityRows(plan(Decision(NAME, (Grant(EVERYTHING, PLAIN, "x:1"),))), reader(()))
    table = Table(("number", "area", "name"), ([None, 1], ["31", "31"], ["张三", "李四"]), 2)
    assert rows.add(table, ["31", "31"]) == [None, 0]
    rows.mask()
    assert rows.shown["name"] == ["李四"]


def test_the_plain_column_is_a_copy() -> None:
    """What a source's driver holds on to must not change with the answer, nor the other way round."""
    names: list[str | int | float | bool | dt.date | dt.datetime | None] = ["张三"]
    rows = EntityRows(plan(Decision(NAME, (Grant(EVERYTHING, PLAIN, "x:1"),))), reader(()))
    rows.add(Table(("number", "area", "name"), ([1], ["31"], names), 1), ["31"])
    rows.mask()
    names[0] = "changed"
    assert rows.shown["name"] == ["张三"]
