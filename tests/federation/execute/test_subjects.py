"""Who is tied to whom: to whoever another exchange names, nobody."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from federation.execute.subjects import Subjects
from federation.plan.places import Plan
from policies.clock import Clock
from vocabulary.principal import Principal
from vocabulary.rows import Tie

PLAN = cast(Plan, SimpleNamespace(judges=(), ties=frozenset({Tie.CASE, Tie.GLASS})))


def test_whoever_another_exchange_names_has_the_case_of_nobody_here() -> None:
    asked: list[str] = []
    opened = SimpleNamespace(subject_type="Resident", sealed_subject=b"sealed", id="G-1")

    def those(person: str, *_: object) -> list[Any]:
        asked.append(person)
        return [opened]

    registry = SimpleNamespace(cases=SimpleNamespace(assigned=those), glass=SimpleNamespace(open_at=those))
    unused: Any = None
    sealer: Any = SimpleNamespace(open=lambda *_: "R1")
    subjects = Subjects(cast(Any, registry), unused, unused, unused, sealer, Clock(), has_budget=False)
    here = Principal("li.n", "street-office", "", frozenset(), ())
    through = Principal("li.n", "street-office", "", frozenset(), (), exchange="city")
    assert asyncio.run(subjects.ties(here, PLAN)).keys == {
        (Tie.CASE, "Resident"): {"R1"},
        (Tie.GLASS, "Resident"): {"R1"},
    }
    assert asked == ["li.n", "li.n"]
    ties = asyncio.run(subjects.ties(through, PLAN))
    assert (ties.keys, ties.glass) == ({}, ())
    assert asked == ["li.n", "li.n"]
