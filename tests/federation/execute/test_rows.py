"""Rows against a cell-by-cell reference: whatever the decisions, batches and duplicates."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from federation.execute.book import MaskBook
from federation.execute.cells import Reader
from federation.execute.coverage import Coverage, Facts
from federation.execute.masked import mask
from federation.execute.rows import Rows
from federation.keys import KeyRing
from federation.plan.nodes import ColumnPlan, Judged
from federation.plan.places import Kept, Place, RowsPlan
from federation.schema.as_subgraph import MASKED
from federation.schema.facts import ID
from federation.schema.supergraph import Companion
from federation.sealing import Sealer
from masking import make
from tests.support.rules import AT, CONDITIONS, CONSENT, SUBJECT_TYPE, Cells, askers, facts_of, leaf_rules
from tests.support.rules import rows as cells_of_rows
from vocabulary.area import Area
from vocabulary.catalogue import MaskDeclaration
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN, Decision, Deny, Grant
from vocabulary.fetch import Below, Table, Veil
from vocabulary.rows import EVERYTHING, Asker, RowFacts, WithinArea, any_of, covers
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


def plan(decision: Decision, also: Decision | None = None) -> Kept:
    visible = decision.visible if also is None else any_of(decision.visible, also.visible)
    ways = {grant.shown for grant in decision.grants}
    way = ways.pop() if len(ways) == 1 and decision.visible == visible else None
    rows = RowsPlan(
        raw=("number", "area", "name"),
        key="number",
        subject="number",
        area="area",
        sealed=True,
        judged=tuple(Judged(one, field=one.field) for one in CONDITIONS.values()),
    )
    columns = (ColumnPlan("name", "name", decision, None, way),)
    return Kept(1, "Resident", -1, visible, columns, {}, "register", subject_type="Resident", rows=rows)


def made(kept: Kept, of: Reader | None = None) -> Rows:
    return Rows(Place(1, 0, "residents", ("Resident",)), kept, of or reader())


def but(kept: Kept, **changes: Any) -> Kept:
    """The same, with its rows otherwise."""
    assert kept.rows is not None
    return replace(kept, rows=replace(kept.rows, **changes))


def masked(rows: Rows) -> None:
    mask([(rows, rows.decided)], rows._reader)


def names_of(rows: Rows) -> Column:
    return rows.shown["Resident", "name"]


def masks_of(rows: Rows) -> Any:
    return rows.shown.get(("Resident", MASKED), [])


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
    rows = made(plan(decision, also), reader(asker))
    known: dict[int, tuple[Value, str | None]] = {}
    for batch in arriving:
        numbers: Column = [number for number, _ in batch]
        names: Column = [f"张{chr(0x4E00 + number)}明" for number, _ in batch]
        arrived = facts([cells for _, cells in batch], numbers)
        table = table_of(numbers, arrived.areas, names)
        seen = rows.visible(table, arrived)
        placed = rows.take(table, arrived, seen)
        for (number, cells), place, name in zip(batch, placed, names, strict=True):
            row = replace(facts_of(cells), subject=number)
            assert (place is not None) == (covers(rows.kept.visible, row, asker) is True)
            if place is not None:
                known.setdefault(number, (cells["area"], expected(decision, row, asker, str(name))))
                assert rows.column("number")[place] == number
    assert rows.shown == {}
    masked(rows)
    assert rows.count == len(known) == len(rows.shown["Resident", ID]) == len(rows.facts.subjects)
    assert all(len(column) == rows.count for column in rows.facts.values.values())
    for number, (area, cell) in known.items():
        place = rows.positions[number]
        assert names_of(rows)[place] == cell
        assert rows.facts.areas[place] == area


def test_a_row_without_a_key_is_nobodys() -> None:
    rows = made(but(plan(OPEN), judged=()))
    table = table_of([None, 1], ["31", "31"], ["张三", "李四"])
    seen = rows.visible(table, unknown(None, 1))
    assert seen == [False, True]
    assert rows.take(table, unknown(None, 1), seen) == [None, 0]
    masked(rows)
    assert names_of(rows) == ["李四"]


def test_a_row_about_somebody_of_whom_nothing_more_may_be_told_is_not_there() -> None:
    rows = made(but(plan(OPEN), judged=()))
    table = table_of([1, 2, 3], ["31"] * 3, ["张三", "李四", "王五"])
    arrived = unknown(1, 2, 3, barred=frozenset({2}))
    seen = rows.visible(table, arrived)
    assert seen == [True, False, True]
    assert rows.take(table, arrived, seen) == [0, None, 1]
    masked(rows)
    assert names_of(rows) == ["张三", "王五"]


def test_what_is_not_visible_leaves_nothing_behind() -> None:
    rows = made(but(plan(Decision(NAME)), judged=()))
    table = table_of([1], ["31"], ["张三"])
    assert rows.take(table, unknown(1), rows.visible(table, unknown(1))) == [None]
    assert (rows.count, rows.positions, rows.column("name"), rows.facts.subjects) == (0, {}, [], [])


def test_the_plain_column_is_a_copy() -> None:
    """What a source's driver holds on to must not change with the answer, nor the other way round."""
    names: Column = ["张三"]
    rows = made(but(plan(OPEN), judged=()))
    rows.take(table_of([1], ["31"], names), unknown(1), [True])
    masked(rows)
    names[0] = "changed"
    assert names_of(rows) == ["张三"]


# ── what another exchange had masked ──────────────────────────────────────────────────────────────────────────────────

BAND = Companion("name", "age-band", {"edges": [60]})


def veiled_table(numbers: Column, names: Column, veil: Veil | None) -> Table:
    """Rows of another exchange: a veiled cell is None in its column."""
    below = Below({"name": veil}) if veil is not None else Below()
    return Table(("number", "area", "name"), (numbers, ["31"] * len(numbers), names), len(numbers), below=below)


def arrived(rows: Rows, table: Table, seen: list[bool] | None = None) -> list[int | None]:
    return rows.take(table, unknown(*table.columns[0]), seen or [True] * table.count)


def telling(decision: Decision, *more: ColumnPlan) -> Kept:
    one = plan(decision)
    return replace(but(one, judged=(), tells_masks=True), columns=(*one.columns, *more))


def test_veils_of_several_tables_stand_over_their_own_rows() -> None:
    rows = made(telling(OPEN))
    assert arrived(rows, veiled_table([1, 2], ["张三", "李四"], None)) == [0, 1]
    assert arrived(rows, veiled_table([3, 4], [None, "赵六"], Veil(["王*", None], ["theirs", None]))) == [2, 3]
    assert arrived(rows, veiled_table([5], ["钱七"], None)) == [4]
    assert arrived(rows, veiled_table([6], [None], Veil(["孙*"], ["others"]))) == [5]
    masked(rows)
    assert names_of(rows) == ["张三", "李四", "王*", "赵六", "钱七", "孙*"]
    assert masks_of(rows) == [[], [], ["name:theirs"], [], [], ["name:others"]]
    assert rows.veiled() == {"name": ("theirs", "others")}
    assert rows.column("name") == ["张三", "李四", None, "赵六", "钱七", None]


def test_a_veil_goes_with_the_rows_that_are_dropped() -> None:
    rows = made(telling(OPEN))
    veil = Veil(["甲*", None, "丙*"], ["a", None, "c"])
    assert arrived(rows, veiled_table([1, 2, 3], [None, "乙二", None], veil), [False, True, True]) == [None, 0, 1]
    masked(rows)
    assert names_of(rows) == ["乙二", "丙*"]
    assert masks_of(rows) == [[], ["name:c"]]
    assert rows.veiled() == {"name": ("c",)}


def test_an_entity_that_comes_again_stays_as_it_came_first() -> None:
    """Also where it is masked the one time only: two answers of one entity are never put together cell by cell."""
    rows = made(telling(OPEN))
    arrived(rows, veiled_table([1], [None], Veil(["张*"], ["m"])))
    assert arrived(rows, veiled_table([1, 2], ["张三", "李四"], None)) == [0, 1]
    assert arrived(rows, veiled_table([2], [None], Veil(["李*"], ["m"]))) == [1]
    masked(rows)
    assert names_of(rows) == ["张*", "李四"]
    assert masks_of(rows) == [["name:m"], []]


def test_one_table_with_an_entity_twice_keeps_its_first_veil() -> None:
    rows = made(telling(OPEN))
    veil = Veil(["张*", "张**", None], ["a", "b", None])
    assert arrived(rows, veiled_table([1, 1, 2], [None, None, "李四"], veil)) == [0, 0, 1]
    masked(rows)
    assert (names_of(rows), masks_of(rows)) == (["张*", "李四"], [["name:a"], []])


def test_a_companion_is_never_computed_from_what_is_masked() -> None:
    companion = ColumnPlan("ageBand", "name", OPEN, BAND, PLAIN)
    rows = made(telling(OPEN, companion))
    born: Column = [None, dt.date(1950, 1, 1)]
    arrived(rows, veiled_table([1, 2], born, Veil(["1950-**-**", None], ["year", None])))
    masked(rows)
    assert rows.shown["Resident", "ageBand"] == [None, "60+"]
    assert masks_of(rows) == [["name:year"], []]  # of the companion nothing is said: it is not there


def test_what_was_masked_is_shown_as_it_came_or_not_at_all() -> None:
    """No mask of ours on top of theirs; and where the reader sees no cell, neither theirs nor the name of its mask."""
    strict = Decision(NAME, (Grant(WithinArea(Area("310115")), "light", "x:1"),))
    rows = made(
        replace(telling(strict), visible=EVERYTHING, columns=(ColumnPlan("name", "name", strict, None, None),)),
        reader(),
    )
    table = veiled_table([1, 2, 3], [None, None, "张三明"], Veil(["王*", "李*", None], ["a", "b", None]))
    known = Facts(["310115001", "310104001", "310115001"], SUBJECT_TYPE, [1, 2, 3], {})
    rows.take(table, known, [True] * 3)
    masked(rows)
    assert names_of(rows) == ["王*", None, "张*明"]
    assert masks_of(rows) == [["name:a"], [], ["name:light"]]
    assert rows.veiled() == {"name": ("a",)}


def test_a_masked_subject_is_nobodys() -> None:
    rows = made(but(telling(OPEN), subject="name"))
    table = veiled_table([1, 2], [None, "李四"], Veil(["张*", None], ["m", None]))
    assert rows.visible(table, unknown(1, 2)) == [False, True]


def test_masks_are_told_only_where_they_are_asked_for_and_of_every_row() -> None:
    rows = made(replace(telling(OPEN), columns=()))
    arrived(rows, veiled_table([1, 2], ["张三", "李四"], None))
    masked(rows)
    assert masks_of(rows) == [[], []]
    silent = made(but(telling(OPEN), tells_masks=False))
    arrived(silent, veiled_table([1], [None], Veil(["张*"], ["m"])))
    masked(silent)
    assert (masks_of(silent), names_of(silent)) == ([], ["张*"])


names_of_masks = st.sampled_from([None, "theirs", "others"])


@settings(max_examples=150)
@given(
    decisions,
    decisions,
    st.lists(st.lists(st.tuples(st.integers(0, 8), cells_of_rows, names_of_masks), max_size=5), max_size=3),
    askers,
)
def test_masks_are_told_cell_by_cell_of_several_grants(
    decision: Decision, also: Decision, arriving: list[list[tuple[int, Cells, str | None]]], asker: Asker
) -> None:
    rows = made(but(plan(decision, also), tells_masks=True), reader(asker))
    known: dict[int, tuple[str | None, list[str]]] = {}
    for batch in arriving:
        numbers: Column = [number for number, _, _ in batch]
        came = facts([cells for _, cells, _ in batch], numbers)
        masks: Column = [mask for _, _, mask in batch]
        names: Column = ["张三明" if mask is None else None for mask in masks]
        veil = Veil([None if mask is None else f"~{mask}" for mask in masks], masks)
        table = replace(table_of(numbers, came.areas, names), below=Below({"name": veil}))
        seen = rows.visible(table, came)
        placed = rows.take(table, came, seen)
        for (number, cells, named), place in zip(batch, placed, strict=True):
            row = replace(facts_of(cells), subject=number)
            if place is not None:
                known.setdefault(number, _shown(decision, row, asker, named))
    masked(rows)
    assert len(known) == rows.count == len(masks_of(rows))
    for number, (cell, told) in known.items():
        place = rows.positions[number]
        assert (names_of(rows)[place], masks_of(rows)[place]) == (cell, told)


def _shown(decision: Decision, row: RowFacts, asker: Asker, mask: str | None) -> tuple[str | None, list[str]]:
    """One cell and what is told of it, by the definition."""
    covering = [grant.shown for grant in decision.grants if covers(grant.rows, row, asker) is True]
    if not covering or any(covers(deny.rows, row, asker) is not False for deny in decision.denies):
        return None, []
    if mask is not None:
        return f"~{mask}", [f"name:{mask}"]
    cell = {PLAIN: "张三明", "light": "张*明", "strict": None}[covering[0]]
    return cell, [] if covering[0] == PLAIN else [f"name:{covering[0]}"]
