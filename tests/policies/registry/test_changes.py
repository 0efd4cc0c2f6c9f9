from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.registry.actor import Act, ActKind, Actor
from policies.registry.changes import Change, Step
from policies.registry.errors import Code, RegistryRefusedError
from policies.registry.registry import Registry
from tests.policies.registry.made import AT, DAY, LI, STRANGER, WANG, ZHOU, Acts, forget, proposed, refused

TEXTS = ("p, any, any, *, read", "p, any, any, *, match", "三")
DIGESTS = tuple(hashlib.sha256(text.encode()).hexdigest() for text in TEXTS)


def propose(registry: Registry, number: int) -> str:
    return proposed(registry, DIGESTS[number], TEXTS[number]).id


def in_force(registry: Registry, number: int) -> str:
    identifier = propose(registry, number)
    registry.changes.approve(WANG, AT, forget, identifier)
    return identifier


def step_of(registry: Registry, identifier: str) -> Step:
    change = registry.changes.find(identifier)
    assert change is not None
    return change.step


def test_a_change_is_proposed_by_one_and_approved_by_another(registry: Registry, acts: Acts) -> None:
    assert registry.changes.approved_digest() is registry.changes.approved_text() is None
    made = registry.changes.propose(LI, AT, acts, digest=DIGESTS[0], text=TEXTS[0], reason=b"sealed reason")
    assert made == Change("P-2026-1", DIGESTS[0], TEXTS[0], b"sealed reason", Step.PROPOSED, LI, AT, None)
    assert not registry.changes.is_approved(DIGESTS[0])
    registry.changes.approve(WANG, AT + DAY, acts, made.id)
    assert registry.changes.is_approved(DIGESTS[0])
    assert registry.changes.approved_digest() == DIGESTS[0]
    assert registry.changes.approved_text() == TEXTS[0]
    assert registry.changes.find(made.id) == replace(made, step=Step.APPROVED, settled_by=WANG)
    assert list(acts) == [
        Act(ActKind.CHANGE, made.id, "propose", LI, {"digest": DIGESTS[0]}),
        Act(ActKind.CHANGE, made.id, "approve", WANG, {"digest": DIGESTS[0]}),
    ]


def test_there_is_one_approved_policy_and_going_back_needs_a_new_approval(registry: Registry) -> None:
    first, second = in_force(registry, 0), in_force(registry, 1)
    assert registry.changes.approved_digest() == DIGESTS[1]
    assert not registry.changes.is_approved(DIGESTS[0])
    assert (step_of(registry, first), step_of(registry, second)) == (Step.SUPERSEDED, Step.APPROVED)
    back = propose(registry, 0)
    assert not registry.changes.is_approved(DIGESTS[0])
    registry.changes.approve(WANG, AT, forget, back)
    assert registry.changes.approved_digest() == DIGESTS[0]


def test_a_proposal_is_withdrawn(registry: Registry, acts: Acts) -> None:
    identifier = propose(registry, 0)
    registry.changes.withdraw(ZHOU, AT, acts, identifier)
    assert (acts.steps, step_of(registry, identifier)) == (["withdraw"], Step.WITHDRAWN)


@pytest.mark.parametrize(
    ("code", "make", "actor"),
    [
        (Code.UNKNOWN, lambda _: "P-2026-9", WANG),
        (Code.OWN_REQUEST, lambda registry: propose(registry, 0), LI),
        (Code.OWN_REQUEST, lambda registry: propose(registry, 0), replace(LI, application="another")),
        (Code.WRONG_STEP, lambda registry: in_force(registry, 0), ZHOU),
    ],
)
def test_an_approval_that_is_refused(
    registry: Registry, acts: Acts, code: Code, make: Callable[[Registry], str], actor: Actor
) -> None:
    identifier = make(registry)
    with refused(code):
        registry.changes.approve(actor, AT, acts, identifier)
    assert acts == []


def test_a_change_is_settled_once(registry: Registry) -> None:
    identifier = propose(registry, 0)
    registry.changes.withdraw(LI, AT, forget, identifier)
    for act in (registry.changes.approve, registry.changes.withdraw):
        with refused(Code.WRONG_STEP):
            act(WANG, AT, forget, identifier)
    with refused(Code.WRONG_STEP):
        registry.changes.withdraw(WANG, AT, forget, in_force(registry, 1))
    with refused(Code.UNKNOWN):
        registry.changes.withdraw(WANG, AT, forget, "P-2026-9")
    assert registry.changes.find("P-2026-9") is None


def test_a_person_of_two_organisations_is_no_second_person(registry: Registry) -> None:
    with pytest.raises(RegistryRefusedError, match="OWN_REQUEST"):
        registry.changes.approve(STRANGER, AT, forget, propose(registry, 0))
    assert not registry.changes.is_approved(DIGESTS[0])


@pytest.mark.parametrize(
    ("code", "text", "digest"),
    [
        (Code.NOT_ITS_DIGEST, TEXTS[0], DIGESTS[1]),
        (Code.NOT_ITS_DIGEST, TEXTS[0], DIGESTS[0].upper()),
        (Code.NOT_ITS_DIGEST, TEXTS[0], ""),
        (Code.MALFORMED, "\ud800", DIGESTS[0]),
    ],
)
def test_what_a_second_person_reads_is_what_they_approve(
    registry: Registry, code: Code, text: str, digest: str
) -> None:
    with refused(code):
        proposed(registry, digest, text)
    with refused(code):
        registry.changes.trust_first(LI, AT, forget, digest=digest, text=text)


def test_the_first_policy_of_an_exchange_is_trusted_once(registry: Registry, acts: Acts) -> None:
    propose(registry, 2)
    for _ in range(2):
        registry.changes.trust_first(LI, AT, acts, digest=DIGESTS[0], text=TEXTS[0])
    assert acts == [Act(ActKind.CHANGE, "P-2026-2", "trust-first", LI, {"digest": DIGESTS[0]})]
    assert registry.changes.approved_digest() == DIGESTS[0]
    with refused(Code.NOT_THE_FIRST):
        registry.changes.trust_first(LI, AT, acts, digest=DIGESTS[1], text=TEXTS[1])
    in_force(registry, 1)
    with refused(Code.NOT_THE_FIRST):  # not even the first itself: to go back is a change
        registry.changes.trust_first(LI, AT, acts, digest=DIGESTS[0], text=TEXTS[0])
    registry.changes.trust_first(LI, AT, acts, digest=DIGESTS[1], text=TEXTS[1])
    assert (len(acts), registry.changes.approved_digest()) == (1, DIGESTS[1])


def test_where_a_change_was_approved_there_is_no_first_policy_to_trust(registry: Registry) -> None:
    in_force(registry, 0)
    with refused(Code.NOT_THE_FIRST):
        registry.changes.trust_first(LI, AT, forget, digest=DIGESTS[1], text=TEXTS[1])


def test_of_many_first_policies_at_once_one_is_trusted(registry: Registry, tmp_path: Path, acts: Acts) -> None:
    others = [registry, *(Registry.open(tmp_path) for _ in range(3))]
    barrier, answers = threading.Barrier(len(others)), list[str]()

    def trust(mine: Registry, number: int) -> None:
        barrier.wait()
        try:
            mine.changes.trust_first(LI, AT, acts, digest=DIGESTS[number], text=TEXTS[number])
        except RegistryRefusedError as error:
            answers.append(error.code)
        else:
            answers.append(DIGESTS[number])

    threads = [threading.Thread(target=trust, args=(each, place % 2)) for place, each in enumerate(others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    trusted = registry.changes.approved_digest() or ""
    assert sorted(answers) == sorted(["NOT_THE_FIRST"] * 2 + [trusted] * 2)
    assert acts.steps == ["trust-first"]
    for each in others[1:]:
        each.close()


@settings(max_examples=40, deadline=None)
@given(
    tries=st.lists(
        st.tuples(
            st.sampled_from(["propose", "approve", "approve", "withdraw", "trust"]),
            st.sampled_from([LI, WANG]),
            st.integers(0, 3),
        ),
        max_size=12,
    )
)
def test_whatever_people_try_the_approved_policy_is_the_last_that_two_agreed_on(
    tmp_path_factory: pytest.TempPathFactory, tries: list[tuple[str, Actor, int]]
) -> None:
    registry = Registry.open(tmp_path_factory.mktemp("registry"))
    current: str | None = None
    waiting: dict[str, tuple[Actor, str]] = {}
    for verb, actor, number in tries:
        identifier, digest, text = f"P-2026-{number + 1}", DIGESTS[number % 3], TEXTS[number % 3]
        if verb == "propose":
            made = registry.changes.propose(actor, AT, forget, digest=digest, text=text, reason=b"")
            waiting[made.id] = (actor, digest)
        elif verb == "trust":
            if current in {None, digest}:
                registry.changes.trust_first(actor, AT, forget, digest=digest, text=text)
                current = digest
            else:
                with pytest.raises(RegistryRefusedError):
                    registry.changes.trust_first(actor, AT, forget, digest=digest, text=text)
        elif identifier in waiting and (verb == "withdraw" or waiting[identifier][0] != actor):
            getattr(registry.changes, verb)(actor, AT, forget, identifier)
            _, settled = waiting.pop(identifier)
            current = settled if verb == "approve" else current
        else:
            with pytest.raises(RegistryRefusedError):
                getattr(registry.changes, verb)(actor, AT, forget, identifier)
        assert registry.changes.approved_digest() == current
    registry.close()
