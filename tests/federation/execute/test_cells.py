"""Which mask a cell is shown through, told beside it: cell by cell the same as the one that masked it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from federation.execute.book import MaskBook
from federation.execute.cells import Reader, masked, outsider, ways
from federation.execute.coverage import Coverage, Facts
from federation.keys import KeyRing
from federation.plan.nodes import ColumnPlan
from federation.sealing import Sealer
from masking import make
from tests.support.rules import CONDITIONS, CONSENT, SUBJECT_TYPE, Cells, askers, leaf_rules
from tests.support.rules import rows as cells_of_rows
from vocabulary.catalogue import MaskDeclaration
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN, Decision, Deny, Grant
from vocabulary.rows import Asker, RowRule
from vocabulary.values import Column

NAME = Coordinate("Resident", "name")
SHOWN = (PLAIN, "light", "strict")
MASKS = {
    "light": make(MaskDeclaration("light", "partial-name", {"keep": "ends"})),
    "strict": make(MaskDeclaration("strict", "partial-name", {"keep": "surname"})),
}
KEYS = KeyRing(b"k" * 32)
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
CELL = {PLAIN: "张三明", "light": "张*明", "strict": "张**"}


def facts(table: list[Cells]) -> Facts:
    values: dict[str, Column] = {
        name: [cells[one.field or CONSENT] for cells in table] for name, one in CONDITIONS.items()
    }
    return Facts([cells["area"] for cells in table], SUBJECT_TYPE, list(range(len(table))), values)


@settings(max_examples=300)
@given(decisions, st.lists(cells_of_rows, max_size=5), askers)
def test_what_is_told_of_a_cell_is_what_was_done_to_it(decision: Decision, table: list[Cells], asker: Asker) -> None:
    reader = Reader("org", Coverage(asker), MaskBook(MASKS, KEYS), Sealer(KEYS), dt.date(2026, 1, 1))
    known, plan = facts(table), ColumnPlan("name", "name", decision, None, None)
    seen = reader.coverage.rows(decision.visible, known)

    def covered(rule: RowRule) -> list[bool]:
        return reader.coverage.rows(rule, known)

    shown, told = masked(plan, ["张三明"] * len(table), reader, covered), ways(plan, len(table), covered)
    assert shown == [CELL[str(way or PLAIN)] if is_seen else None for way, is_seen in zip(told, seen, strict=True)]
    used = {grant.shown for grant in decision.grants}
    if len(used) == 1 and all(seen):  # the column of rows that are visible by this very decision
        (way,) = used
        whole = replace(plan, way=way)
        assert (masked(whole, ["张三明"] * len(table), reader, covered), ways(whole, len(table), covered)) == (
            shown,
            told,
        )


@settings(max_examples=100)
@given(decisions, st.lists(cells_of_rows, max_size=5), askers)
def test_a_mask_is_told_of_a_null_as_of_a_value(decision: Decision, table: list[Cells], asker: Asker) -> None:
    """Whether there is anything behind a mask is not told: the cells are not even asked for."""
    known, coverage = facts(table), Coverage(asker)
    told = ways(ColumnPlan("name", "name", decision, None, None), len(table), lambda rule: coverage.rows(rule, known))
    seen = coverage.rows(decision.visible, known)
    assert all(way is None for way, is_seen in zip(told, seen, strict=True) if not is_seen)


def test_no_organisation_is_called_like_one_of_another_exchange() -> None:
    names = {outsider("a"), outsider("a", "b"), outsider("a/b"), outsider("b", "a")}
    assert all(" " in name for name in names)
    assert len({outsider("a", "b"), outsider("b", "a"), outsider("a")}) == 3
