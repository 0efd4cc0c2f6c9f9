"""Rows against a cell-by-cell reference: whatever the decisions, batches and duplicates."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from federation.execute.book import MaskBook
from federation.execute.cells import Reader
from federation.execute.coverage import Coverage, Facts
from federation.execute.rows import EntityRows
from federation.keys import KeyRing
from federation.plan.nodes import ColumnPlan, EntityPlan, Judged
from federation.sealing import Sealer
from masking import make
from tests.support.rules import AT, CONDITIONS, CONSENT, SUBJECT_TYPE, Cells, askers, facts_of, leaf_rules
from tests.support.rules import rows as cells_of_rows
from vocabulary.catalogue import MaskDeclaration
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN, Decision, Deny, Grant
from vocabulary.fetch import Table
from vocabulary.rows import EVERYTHING, Asker, RowFacts, any_of, covers
from vocabulary.values import Column, Value

MASKS = {
    "light": make(MaskDeclaration("light", "partial-name", {"keep": "ends"})),
    "strict": make(MaskDeclaration("strict", "redact", {})),
}
KEYS = KeyRing(b"k" * 32)
BOOK = MaskBook(MASKS, KEYS)
NAME = Coordinate("Resident", "name")
SHOWN = (PLAIN, "light", "strict")
decisions = st.builds(
    Decision,
    st.just(NAME),
    st.lists(st.tuples(leaf_rules, st.sampled_from(SHOWN)), max_size=4).map(
        lambda grants: tuple(
            Grant(rule, shown, "x:1") for rule, shown in sorted(grants, key=lambda one: SHOWN.index(one[1]))
        )
    ),
    st.lists(leaf_rules, max_size=2).map(lambda denies: tuple(Deny(rule, "x:2") for rule in denies)),
)
batches = st.lists(st.lists(st.tuples(st.integers(0, 8), cells_of_rows), max_size=5), max_size=3)
NOBODY = Asker("org", (), at=AT)
OPEN = Decision(NAME, (Grant(EVERYTHING, PLAIN, "x:1"),))


def reader(asker: Asker = NOBODY) -> Reader:
    return Reader(asker.organisation, Coverage(asker), BOOK, Sealer(KEYS), dt.date(2026, 1, 1))


def table_of(*columns: Column) -> Table:
    return Table(("number", "area", "name"), columns, len(columns[0]))


def facts(table: list[Cells], numbers: Column, barred: frozenset[Value] = frozenset()) -> Facts:
    """What is known of arriving rows: their subject is their number."""
    values = {name: [cells[one.field or CONSENT] for cells in table] for name, one in CONDITIONS.items()}
    return Facts([cells["area"] for cells in table], SUBJECT_TYPE, numbers, values, barred)


def unknown(*numbers: Value, barred: frozenset[Value] = frozenset()) -> Facts:
    return Facts([None] * len(numbers), SUBJECT_TYPE, list(numbers), {}, barred)


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
        judged=tuple(Judged(one, field=one.field) for one in CONDITIONS.values()),
    )


def expected(decision: Decision, row: RowFacts, asker: Asker, name: str) -> str | None:
    """One cell, by the definition of a decision."""
    if any(covers(deny.rows, row, asker) is not False for deny in decision.denies):
        return None
    for grant in decision.grants:
        if covers(grant.rows, row, asker) is True:
            masked = {PLAIN: name, "light": f"{name[0]}*{name[-1]}", "strict": None}
            return masked[grant.shown]
    return None


@settings(max_examples=300)
@given(decisions, decisions, batches, askers)
def test_each_cell_is_decided_on_its_own_row(
    decision: Decision, also: Decision, arriving: list[list[tuple[int, Cells]]], asker: Asker
) -> None:
    rows = EntityRows(plan(decision, also), reader(asker))
    known: dict[int, tuple[Value, str | None]] = {}
    for batch in arriving:
        numbers: Column = [number for number, _ in batch]
        names: Column = [f"张{chr(0x4E00 + number)}明" for number, _ in batch]
        arrived = facts([cells for _, cells in batch], numbers)
        table = table_of(numbers, arrived.areas, names)
        seen = rows.visible(table, arrived)
        placed = rows.add(table, arrived, seen)
        for (number, cells), place, name in zip(batch, placed, names, strict=True):
            row = replace(facts_of(cells), subject=number)
            assert (place is not None) == (covers(rows.plan.visible, row, asker) is True)
            if place is not None:
                known.setdefault(number, (cells["area"], expected(decision, row, asker, str(name))))
                assert rows.raw("number")[place] == number
    assert rows.shown == {}
    rows.mask()
    assert rows.count == len(known) == len(rows.ids) == len(rows.facts.subjects)
    assert all(len(column) == rows.count for column in rows.facts.values.values())
    for number, (area, cell) in known.items():
        place = rows.positions[number]
        assert rows.shown["name"][place] == cell
        assert rows.facts.areas[place] == area


def test_a_row_without_a_key_is_nobodys() -> None:
    rows = EntityRows(replace(plan(OPEN), judged=()), reader())
    table = table_of([None, 1], ["31", "31"], ["张三", "李四"])
    seen = rows.visible(table, unknown(None, 1))
    assert seen == [False, True]
    assert rows.add(table, unknown(None, 1), seen) == [None, 0]
    rows.mask()
    assert rows.shown["name"] == ["李四"]


def test_a_row_about_somebody_of_whom_nothing_more_may_be_told_is_not_there() -> None:
    rows = EntityRows(replace(plan(OPEN), judged=()), reader())
    table = table_of([1, 2, 3], ["31"] * 3, ["张三", "李四", "王五"])
    arrived = unknown(1, 2, 3, barred=frozenset({2}))
    seen = rows.visible(table, arrived)
    assert seen == [True, False, True]
    assert rows.add(table, arrived, seen) == [0, None, 1]
    rows.mask()
    assert rows.shown["name"] == ["张三", "王五"]


def test_what_is_not_visible_leaves_nothing_behind() -> None:
    rows = EntityRows(replace(plan(Decision(NAME)), judged=()), reader())
    table = table_of([1], ["31"], ["张三"])
    assert rows.add(table, unknown(1), rows.visible(table, unknown(1))) == [None]
    assert (rows.count, rows.positions, rows.raw("name"), rows.facts.subjects) == (0, {}, [], [])


def test_the_plain_column_is_a_copy() -> None:
    """What a source's driver holds on to must not change with the answer, nor the other way round."""
    names: Column = ["张三"]
    rows = EntityRows(replace(plan(OPEN), judged=()), reader())
    rows.add(table_of([1], ["31"], names), unknown(1), [True])
    rows.mask()
    names[0] = "changed"
    assert rows.shown["name"] == ["张三"]
