from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.registry.actor import Act, ActKind
from policies.registry.consents import PARAMETERS, Consent, Consents, Said
from policies.registry.errors import Code
from policies.registry.registry import Registry
from policies.registry.store import Row, Store
from tests.policies.registry.made import (
    AT,
    LI,
    Acts,
    Faults,
    LogIsFullError,
    forget,
    open_store,
    pseudonym,
    refused,
    rows_of,
)

GIVEN, OBJECTED, NONE = Consent.GIVEN, Consent.OBJECTED, Consent.NONE


def said(registry: Registry, number: int, consent: Consent, purpose: str = "care") -> None:
    registry.consents.set(LI, AT, forget, pseudonym=pseudonym(number), purpose=purpose, consent=consent)


def test_given_is_true_objected_is_false_and_nothing_on_record_is_absent(registry: Registry, acts: Acts) -> None:
    registry.consents.set(LI, AT, acts, pseudonym=pseudonym(1), purpose="care", consent=GIVEN)
    said(registry, 2, OBJECTED)
    said(registry, 3, GIVEN)
    said(registry, 3, NONE)
    asked = [pseudonym(number) for number in (1, 2, 3, 4, 1)]
    assert registry.consents.states("care", asked) == {pseudonym(1): True, pseudonym(2): False}
    assert registry.consents.states("research", asked) == {}
    assert registry.consents.states("care", []) == {}
    facts = {"purpose": "care", "consent": "given", "at": AT.isoformat()}
    assert list(acts) == [Act(ActKind.CONSENT, pseudonym(1), "set", LI, facts)]


def test_the_last_word_counts(registry: Registry) -> None:
    for consent in (GIVEN, OBJECTED, GIVEN):
        said(registry, 1, consent)
    assert registry.consents.states("care", [pseudonym(1)]) == {pseudonym(1): True}


def test_each_change_moves_its_own_version_and_not_the_policys(registry: Registry, tmp_path: Path) -> None:
    before, stamp = registry.consents.version(), registry.stamp()
    other = Registry.open(tmp_path)
    said(other, 1, GIVEN)
    other.close()
    assert registry.consents.version() == before + 1
    registry.consents.load(LI, AT, forget, [(pseudonym(1), "care", NONE)])
    assert registry.consents.version() == before + 2
    assert registry.stamp() == stamp


@pytest.mark.parametrize("count", [PARAMETERS - 2, PARAMETERS - 1, PARAMETERS, 2 * PARAMETERS + 3])
def test_many_are_asked_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    registry, sizes, ask = Registry.open(tmp_path), list[int](), Store.rows

    def rows_of_a_query(store: Store, query: str, *parameters: object) -> list[Row]:
        sizes.append(len(parameters))
        return ask(store, query, *parameters)

    monkeypatch.setattr(Store, "rows", rows_of_a_query)
    rows = [(pseudonym(number), "care", GIVEN if number % 3 else OBJECTED) for number in range(count)]
    assert registry.consents.load(LI, AT, forget, rows) == count
    states = registry.consents.states("care", [pseudonym(number) for number in range(count + 100)])
    assert states == {pseudonym(number): number % 3 != 0 for number in range(count)}
    assert max(sizes) == PARAMETERS
    registry.close()


def test_pseudonyms_are_kept_as_sixteen_bytes(registry: Registry, tmp_path: Path) -> None:
    said(registry, 258, GIVEN)
    (row,) = rows_of(tmp_path, "SELECT * FROM consent")
    assert row == {"purpose": "care", "pseudonym": (258).to_bytes(16, "big"), "given": 1}


@pytest.mark.parametrize(
    "text", ["", "310101197001011234", "A" * 21, "A" * 23, "A" * 21 + "B", "A" * 21 + "=", "A" * 21 + "!", "é" * 22]
)
def test_what_is_no_pseudonym_is_refused(registry: Registry, text: str) -> None:
    with refused(Code.MALFORMED):
        registry.consents.states("care", [pseudonym(1), text])
    with refused(Code.MALFORMED):
        registry.consents.set(LI, AT, forget, pseudonym=text, purpose="care", consent=GIVEN)
    with refused(Code.MALFORMED):
        registry.consents.load(LI, AT, forget, [(text, "care", GIVEN)])


def test_an_import_is_recorded_chunk_by_chunk(tmp_path: Path, faults: Faults, acts: Acts) -> None:
    store = open_store(tmp_path, faults)
    consents = Consents(store, chunk=4)
    assert consents.load(LI, AT, acts, ((pseudonym(number), "care", GIVEN) for number in range(10))) == 10
    assert [(act.step, act.subject_id, act.facts["first"], act.facts["rows"]) for act in acts] == [
        ("load", "", "0", "4"),
        ("load", "", "4", "4"),
        ("load", "", "8", "2"),
    ]
    assert len(consents.states("care", [pseudonym(number) for number in range(10)])) == 10
    store.close()


def test_an_import_that_breaks_off_keeps_whole_chunks_and_may_begin_again(tmp_path: Path, faults: Faults) -> None:
    store = open_store(tmp_path, faults)
    consents, rows = Consents(store, chunk=4), [(pseudonym(number), "care", GIVEN) for number in range(10)]
    recorded = Acts()

    def record_one(act: Act) -> None:
        if recorded:
            raise LogIsFullError
        recorded(act)

    with pytest.raises(LogIsFullError):
        consents.load(LI, AT, record_one, rows)
    everyone = [row[0] for row in rows]
    assert set(consents.states("care", everyone)) == set(everyone[:4])
    consents.load(LI, AT, forget, rows)
    assert set(consents.states("care", everyone)) == set(everyone)
    store.close()


def test_an_import_holds_one_chunk_in_memory(tmp_path: Path) -> None:
    def rows(count: int) -> Iterator[Said]:
        for number in range(count):
            yield pseudonym(number), "care", GIVEN

    def peak(count: int) -> int:
        store = Store(tmp_path / str(count))
        tracemalloc.start()
        try:
            Consents(store, chunk=1000).load(LI, AT, forget, rows(count))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            store.close()

    assert peak(20_000) < 2 * peak(2_000)


words = st.tuples(st.integers(0, 5), st.sampled_from(["care", "research"]), st.sampled_from(list(Consent)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(words, st.lists(words, max_size=8)), max_size=6))
def test_whatever_was_said_in_whatever_way_the_last_word_is_on_record(
    shared: Registry, history: list[tuple[int, str, Consent] | list[tuple[int, str, Consent]]]
) -> None:
    cleared: list[tuple[int, str, Consent]] = [
        (number, purpose, NONE) for number in range(6) for purpose in ("care", "research")
    ]
    last: dict[tuple[int, str], Consent] = {}
    for step in [cleared, *history]:
        if isinstance(step, list):
            shared.consents.load(LI, AT, forget, [(pseudonym(number), *rest) for number, *rest in step])  # type: ignore[misc]
        else:
            said(shared, step[0], step[2], step[1])
        for number, purpose, consent in step if isinstance(step, list) else [step]:
            last[number, purpose] = consent
    for purpose in ("care", "research"):
        expected = {
            pseudonym(number): consent is GIVEN
            for (number, about), consent in last.items()
            if about == purpose and consent is not NONE
        }
        assert shared.consents.states(purpose, [pseudonym(number) for number in range(6)]) == expected
