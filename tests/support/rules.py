"""Row rules of every kind, rows to judge and people who ask: what property tests of rules draw from.

A row is drawn as the cells that a source holds (`Cells`); `facts_of` are the facts that rules rest on in it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final, TypeAlias

from hypothesis import strategies as st

from policies.conditions import make_condition
from vocabulary.area import Area
from vocabulary.condition import Condition, ConditionDeclaration
from vocabulary.rows import (
    EVERYTHING,
    NOTHING,
    Asker,
    Holds,
    InEmergency,
    RelatedArea,
    Relation,
    RowFacts,
    RowRule,
    Tie,
    TiedSubject,
    WithinArea,
    all_of,
    any_of,
    negate,
)
from vocabulary.values import Value

Cells: TypeAlias = Mapping[str, Value]

AREAS: Final = [
    Area(code)
    for code in ("31", "310115", "310115016", "310115016003", "310115016003001", "310115016004", "310104", "330106")
]
AT: Final = dt.datetime(2026, 3, 1, 16, 30, tzinfo=dt.UTC)
"""Half past midnight of 2 March in the city."""
PEOPLE: Final = ("p1", "p2", "p3")
SUBJECT_TYPE: Final = "Resident"


def condition(name: str, kind: str, **parameters: object) -> Condition:
    """A condition as `exchange.yaml` would declare it."""
    return make_condition(ConditionDeclaration(name, kind, parameters))


CONDITIONS: Final = {
    one.name: one
    for one in (
        condition("mine", "organisation", field="owner"),
        condition("open", "value", field="status", values=["new", "open"]),
        condition("alone", "value", field="livesAlone", values=[True]),
        condition("fresh", "not-older", field="seenAt", hours=24),
        condition("today", "not-older", field="day", days=1),
        condition("adult", "age", field="birthDate", atLeast=18),
        condition("youth", "age", field="birthDate", atLeast=14, below=28),
        condition("agreed", "consent"),
        condition("unopposed", "no-objection"),
    )
}
CONSENT: Final = "consent"
"""The cell that stands for what is on record of the subject's consent; no source holds it."""

leaf_rules: st.SearchStrategy[RowRule] = st.one_of(
    st.sampled_from([EVERYTHING, NOTHING, InEmergency()]),
    st.sampled_from(list(Relation)).map(RelatedArea),
    st.sampled_from(AREAS).map(WithinArea),
    st.sampled_from(list(Tie)).map(TiedSubject),
    st.sampled_from(list(CONDITIONS.values())).map(Holds),
)


def combined(leaves: st.SearchStrategy[RowRule]) -> st.SearchStrategy[RowRule]:
    """Rules over these leaves."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda parts: any_of(*parts)),
            st.lists(inner, max_size=3).map(lambda parts: all_of(*parts)),
            inner.map(negate),
        ),
        max_leaves=6,
    )


rules = combined(leaf_rules)
areas: st.SearchStrategy[tuple[Area, ...]] = st.lists(st.sampled_from(AREAS), max_size=2, unique=True).map(tuple)
ties = st.dictionaries(
    st.tuples(st.sampled_from(list(Tie)), st.sampled_from([SUBJECT_TYPE, "Firm"])),
    st.frozensets(st.sampled_from(PEOPLE), max_size=2),
    max_size=3,
)
askers = st.builds(
    Asker,
    organisation=st.sampled_from(["bureau", "eatwell"]),
    areas=areas,
    emergencies=areas,
    tied=ties,
    at=st.just(AT),
)

_MOMENTS = [AT, AT - dt.timedelta(hours=24), AT - dt.timedelta(hours=24, microseconds=1), AT + dt.timedelta(days=1)]
_DAYS = [dt.date(2026, 3, day) for day in (1, 2, 3)]
_BIRTHS = [dt.date(2008, 3, 2), dt.date(2008, 3, 3), dt.date(2012, 3, 2), dt.date(1998, 3, 2), dt.date(1998, 3, 3)]


def _or_null(values: list[Value]) -> st.SearchStrategy[Value]:
    return st.sampled_from([None, *values])


rows: st.SearchStrategy[Cells] = st.fixed_dictionaries(
    {
        "area": _or_null([area.code for area in AREAS]),
        "id": _or_null(list(PEOPLE)),
        "owner": _or_null(["bureau", "eatwell"]),
        "status": _or_null(["new", "open", "closed", ""]),
        "livesAlone": _or_null([True, False]),
        "seenAt": _or_null(list(_MOMENTS)),
        "day": _or_null(list(_DAYS)),
        "birthDate": _or_null(list(_BIRTHS)),
        CONSENT: _or_null([True, False]),
    }
)


def facts_of(cells: Cells) -> RowFacts:
    """The facts of a row: each condition judges the cell of its field, or the consent."""
    area = cells["area"]
    values = {name: cells[one.field or CONSENT] for name, one in CONDITIONS.items()}
    return RowFacts(None if area is None else Area(str(area)), SUBJECT_TYPE, cells["id"], values)
