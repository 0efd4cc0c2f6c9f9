from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.entry import MAX_ENTRY, chunks_of, decode, encode
from audit.errors import EntryTooLargeError, MalformedError
from vocabulary.receipt import Caller, Elsewhere, Entry, Kind, Step

if TYPE_CHECKING:
    from tests.audit.conftest import Made

NONCE = bytes(range(16))
SMALL = Entry(Kind.REFUSAL, "2026-11-21T03:10:11.000Z", "unknown-purpose")
SMALL_BYTES = (
    b'{"at":"2026-11-21T03:10:11.000Z","kind":"refusal","nonce":"000102030405060708090a0b0c0d0e0f",'
    b'"outcome":"unknown-purpose","v":1}'
)


def test_the_canonical_form() -> None:
    assert encode(SMALL, NONCE) == SMALL_BYTES


def test_every_field_is_recorded(made: Made) -> None:
    entry = dataclasses.replace(made.release(probed=1), given=made.wave().given, waves=(3, 4), counts={"forged": 0})
    step = Step("agreement", "A-2026-1", "approve", {"owner": "someone"})
    entry = dataclasses.replace(entry, agreement="A-2026-1", emergencies=("E-2026-1",), glass=("G-2026-1",), act=step)
    asked = Caller("city", "tongguan.local/city", 7), (Elsewhere("street", "tongguan.local/street", 3, "ab" * 32),)
    entry = dataclasses.replace(entry, caller=asked[0], elsewhere=asked[1])
    fields = json.loads(encode(entry, NONCE))
    assert set(fields) == {"v", "nonce"} | {field.name for field in dataclasses.fields(Entry)}
    assert fields["who"] == {
        "person": "analyst-1",
        "organisation": "health-commission",
        "application": "portal",
        "roles": ["health-analyst"],
        "areas": ["31"],
    }
    for name in ("shown", "given"):
        assert fields[name] == [dataclasses.asdict(one) for one in getattr(entry, name)]
    assert fields["subjects"] == {"Resident": list(made.pseudonyms(3))}
    assert fields["waves"] == [3, 4]
    assert fields["counts"] == {"forged": 0}
    assert (fields["agreement"], fields["emergencies"], fields["glass"]) == ("A-2026-1", ["E-2026-1"], ["G-2026-1"])
    assert fields["act"] == {"what": "agreement", "id": "A-2026-1", "step": "approve", "facts": {"owner": "someone"}}


def test_reading_gives_back_what_was_written(made: Made) -> None:
    body = encode(made.release(), NONCE)
    assert decode(body) == json.loads(body)


def test_types_without_subjects_are_left_out(made: Made) -> None:
    entry = dataclasses.replace(SMALL, subjects={"Resident": (), "Firm": made.pseudonyms(1)})
    assert list(decode(encode(entry, NONCE))["subjects"]) == ["Firm"]


@pytest.mark.parametrize(
    "subject", ["310101199001011234", "x" * 21, "x" * 23, "张" * 22, "x" * 21 + "\n", "x" * 21 + "+"]
)
@pytest.mark.parametrize("side", ["subjects", "probed"])
def test_a_subject_that_is_no_pseudonym_never_reaches_the_disk(subject: str, side: str, made: Made) -> None:
    pseudonyms = (*made.pseudonyms(2), subject)
    for lists in ({"Resident": pseudonyms}, {"Resident": made.pseudonyms(1), "Firm": pseudonyms}):
        change: dict[str, Any] = {side: lists}
        with pytest.raises(MalformedError) as caught:
            encode(dataclasses.replace(SMALL, **change), NONCE)
        assert subject not in str(caught.value)


def test_two_subjects_that_add_up_to_pseudonyms_are_none() -> None:
    with pytest.raises(MalformedError):
        encode(dataclasses.replace(SMALL, subjects={"Resident": ("x" * 21, "x" * 23)}), NONCE)


def test_the_bound() -> None:
    room = MAX_ENTRY - len(encode(dataclasses.replace(SMALL, document="x"), NONCE)) + 1
    assert len(encode(dataclasses.replace(SMALL, document="x" * room), NONCE)) == MAX_ENTRY
    with pytest.raises(EntryTooLargeError):
        encode(dataclasses.replace(SMALL, document="x" * (room + 1)), NONCE)


@pytest.mark.parametrize(
    "change", [{"document": "half \ud800"}, {"counts": {"requests": 2**64}}, {"outcome": "\udfff"}], ids=str
)
def test_what_json_cannot_say_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        encode(dataclasses.replace(SMALL, **change), NONCE)


TEXT = st.text(st.characters(codec="utf-8"), max_size=8)


@given(
    outcome=TEXT, at=TEXT.filter(bool), document=TEXT, counts=st.dictionaries(TEXT, st.integers(-(2**63), 2**64 - 1))
)
def test_whatever_is_written_can_be_read(outcome: str, at: str, document: str, counts: dict[str, int]) -> None:
    entry = Entry(Kind.UNIDENTIFIED, at, outcome, document=document, epoch=document, counts=counts)
    assert decode(encode(entry, NONCE))["at"] == at


def test_an_entry_without_its_time_is_refused() -> None:
    with pytest.raises(MalformedError, match="when"):
        encode(dataclasses.replace(SMALL, at=""), NONCE)


def test_a_nonce_has_sixteen_bytes() -> None:
    with pytest.raises(MalformedError, match="16"):
        encode(SMALL, b"short")


def variant(**changes: Any) -> bytes:
    fields = {**json.loads(SMALL_BYTES), **changes}
    kept = {name: value for name, value in fields.items() if value is not None}
    return json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


CHUNKS = {"root": "00" * 32, "first": 0, "count": 1}


def test_the_variants_below_differ_in_one_thing_from_an_entry() -> None:
    assert decode(variant())["v"] == 1
    chunks = chunks_of(decode(variant(chunks=CHUNKS)))
    assert chunks is not None
    assert (chunks.first, chunks.count, chunks.root, chunks.subjects, chunks.probed) == (0, 1, bytes(32), {}, {})
    assert chunks_of(decode(variant())) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"1",
        b"\xff",
        b"[" * 3000,
        b'{"a":' * 1000 + b"1" + b"}" * 1000,
        SMALL_BYTES + b" ",
        b" " + SMALL_BYTES,
        SMALL_BYTES.replace(b":1}", b":1.0}"),
        SMALL_BYTES.replace(b'"v":1', b'"v":1,"v":1'),
        SMALL_BYTES.replace(b'"at"', b'"\\u0061t"'),
        b'{"v":1,' + SMALL_BYTES[1:].replace(b',"v":1', b""),
        variant(document="x" * MAX_ENTRY),
        variant(v=None),
        variant(v=2),
        variant(v=True),
        variant(v="1"),
        variant(at=None),
        variant(at=1),
        variant(kind=None),
        variant(kind="gossip"),
        variant(kind=["release"]),
        variant(nonce=None),
        variant(nonce="00"),
        variant(nonce="0g" * 16),
        variant(nonce="AB" * 16),
        variant(nonce="０" * 32),
        variant(epoch=7),
        variant(subjects=[]),
        variant(subjects={"Resident": "x" * 22}),
        variant(subjects={"Resident": [7]}),
        variant(subjects={"Resident": [["x"] * 22]}),
        variant(probed={"Resident": ["310101199001011234"]}),
        variant(chunks=7),
        variant(chunks={}),
        *(variant(chunks={**CHUNKS, "root": root}) for root in ("00", "zz" * 32, 7)),
        *(variant(chunks={**CHUNKS, "first": first}) for first in (-1, "0", True)),
        *(variant(chunks={**CHUNKS, "count": count}) for count in (-1, 1.5, [1])),
        *(variant(chunks={**CHUNKS, "subjects": counts}) for counts in (7, {"Resident": "1"}, {"Resident": -1})),
    ],
)
def test_what_is_no_entry_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedError):
        decode(body)


@given(st.binary())
def test_reading_raises_nothing_else_on_bytes(body: bytes) -> None:
    with pytest.raises(MalformedError):
        decode(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["root", "first", "count", "a"]), inner)
    ),
    max_leaves=4,
)


@given(st.sampled_from(["v", "kind", "at", "nonce", "epoch", "subjects", "probed", "chunks", "who"]), JSON)
def test_reading_raises_nothing_else_on_wrong_fields(name: str, value: Any) -> None:
    try:
        fields = decode(variant(**{name: value}))
    except MalformedError:
        return
    chunks_of(fields)
    assert encode(SMALL, NONCE) == SMALL_BYTES
