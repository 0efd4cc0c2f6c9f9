from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.draft import draft
from audit.entry import MAX_ENTRY, decode
from audit.errors import EntryTooLargeError, MalformedError
from audit.tree import leaf_hash, root_of
from vocabulary.receipt import Entry, Kind

if TYPE_CHECKING:
    from tests.audit.conftest import Made


def together(bodies: tuple[bytes, ...], side: str) -> dict[str, list[str]]:
    """All pseudonyms of these entries by type, in order."""
    found: dict[str, list[str]] = {}
    for body in bodies:
        for name, pseudonyms in decode(body).get(side, {}).items():
            found.setdefault(name, []).extend(pseudonyms)
    return found


def test_an_entry_that_fits_stays_whole(made: Made) -> None:
    one = draft(made.release(100))
    assert len(one) == 1
    (body,) = one.bodies(7)
    assert len(decode(body)["subjects"]["Resident"]) == 100


def test_no_two_drafts_are_the_same_bytes(made: Made) -> None:
    assert draft(made.release()).bodies(0) != draft(made.release()).bodies(0)


def test_many_subjects_go_into_chunks(made: Made) -> None:
    entry = made.release(4000, probed=3)
    one = draft(entry)
    *chunks, closing = one.bodies(42)
    assert len(one) == len(chunks) + 1
    assert {decode(chunk)["kind"] for chunk in chunks} == {"subjects"}
    assert {decode(chunk)["at"] for chunk in chunks} == {entry.at}
    fields = decode(closing)
    assert fields["chunks"] == {
        "root": root_of(leaf_hash(chunk) for chunk in chunks).hex(),
        "first": 42,
        "count": len(chunks),
        "subjects": {"Resident": 4000},
        "probed": {"Resident": 3},
    }
    assert "subjects" not in fields
    assert "probed" not in fields
    assert fields["who"]["person"] == "analyst-1"
    assert together(tuple(chunks), "subjects") == {"Resident": list(made.pseudonyms(4000))}
    assert len(chunks) == 4


COUNTS = st.dictionaries(st.text("ab张\n", min_size=1, max_size=40), st.integers(0, 2600), max_size=4)


@given(subjects=COUNTS, probed=COUNTS, first=st.integers(0, 2**63 - 1))
@settings(max_examples=40, deadline=None)
def test_no_subject_is_lost_and_no_entry_too_large(
    made: Made, subjects: dict[str, int], probed: dict[str, int], first: int
) -> None:
    entry = Entry(
        Kind.RELEASE,
        "2026-11-21T03:10:11.000Z",
        "ok",
        subjects={name: made.pseudonyms(count) for name, count in subjects.items()},
        probed={name: made.pseudonyms(count) for name, count in probed.items()},
    )
    bodies = draft(entry).bodies(first)
    assert max(map(len, bodies)) <= MAX_ENTRY
    for side, by_type in (("subjects", entry.subjects), ("probed", entry.probed)):
        assert together(bodies, side) == {name: list(names) for name, names in by_type.items() if names}


def test_what_does_not_fit_even_without_subjects(made: Made) -> None:
    for count in (0, 4000):
        with pytest.raises(EntryTooLargeError):
            draft(dataclasses.replace(made.release(count), document="x" * MAX_ENTRY))
    with pytest.raises(EntryTooLargeError, match="name"):
        draft(Entry(Kind.WAVE, "2026-11-21", "ok", subjects={"x" * MAX_ENTRY: made.pseudonyms(1)}))


def test_nobody_else_writes_chunks() -> None:
    with pytest.raises(MalformedError, match="by the log itself"):
        draft(Entry(Kind.SUBJECTS, "2026-11-21T03:10:11.000Z", ""))


@pytest.mark.parametrize(
    "change", [{"subjects": {"Resident": ("310101199001011234",)}}, {"outcome": "\ud800"}], ids=str
)
def test_refused_before_it_is_queued(made: Made, change: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        draft(dataclasses.replace(made.release(), **change))
