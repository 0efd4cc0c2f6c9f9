from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import MalformedError
from audit.note import MAX_NOTE, SigningKey, VerifyKey, open_note

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "transparency.json"
GROUPS: dict[str, Any] = json.loads(VECTORS.read_text()) if VECTORS.exists() else {}
NOTES = GROUPS.get("signed_note", {})

# golang.org/x/mod/sumdb/note, example_test.go: Ed25519 is deterministic, so the signature line is too.
PETER = {
    "skey": "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
    "vkey": "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "text": "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
    "signature_line": "\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
}
# C2SP signed-note and the go.sum database of the Go project: notes in the wild.
WILD = [
    (
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        (
            "go.sum database tree\n1514086\nkn9DgqDhXzoZMM8828SQsbuovr/WRn7QfFd5Qe1rpwA=\n\n\u2014 sum.golang.org "
            "Az3grunuggF5mKymPJeK/l9Pq71lOg/rAVkQVCzGkWRJcnS3ZFunzveHr9PAH8LFsuhpcCWzGDNrn9FFDyXm/66tBg8=\n"
        ),
    ),
    *([(NOTES["c2sp_example"]["vkey"], NOTES["c2sp_example"]["note"])] if NOTES else []),
    *((GROUPS["checkpoint_real"]["vkey"], note) for note in GROUPS.get("checkpoint_real", {}).get("notes", [])),
]
KEY = SigningKey("demo-city.example/log", bytes(range(32)))
OTHER = SigningKey("other.example/log", bytes(32))
NOTE = KEY.sign("a line\n\nafter an empty one\n")


@pytest.mark.parametrize("vector", [PETER, *([NOTES["deterministic_sign"]] if NOTES else [])])
def test_signs_as_the_reference_does(vector: dict[str, str]) -> None:
    key = SigningKey.from_text(vector["skey"])
    assert key.to_text() == vector["skey"]
    assert key.verifier.to_text() == vector["vkey"]
    assert key.sign(vector["text"]) == vector["text"] + "\n" + vector["signature_line"]


def test_a_second_signer_of_the_reference() -> None:
    """EnochRoot has a seed of zeros (note_test.go); its line joins Peter's on the same note."""
    peter = SigningKey.from_text(PETER["skey"])
    enoch = SigningKey("EnochRoot", bytes(32))
    line = enoch.sign(PETER["text"]).removeprefix(PETER["text"] + "\n")
    assert line.startswith("\u2014 EnochRoot ")
    assert line.endswith(
        " rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
    )
    note = peter.sign(PETER["text"]) + line
    for keys in ([peter.verifier], [enoch.verifier], [peter.verifier, enoch.verifier]):
        assert open_note(note, keys) == PETER["text"]


@pytest.mark.parametrize(("vkey", "note"), WILD)
def test_opens_notes_in_the_wild(vkey: str, note: str) -> None:
    assert open_note(note, [VerifyKey.from_text(vkey)]) == note.rpartition("\n\n")[0] + "\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a3+",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
        *NOTES.get("bad_vkeys", []),
    ],
)
def test_bad_verifier_keys_are_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        VerifyKey.from_text(text)


@pytest.mark.parametrize(
    ("text", "parse"),
    [(PETER["vkey"], VerifyKey.from_text), (PETER["skey"], SigningKey.from_text)],
    ids=["vkey", "skey"],
)
def test_no_changed_or_cut_key_is_read(text: str, parse: Any) -> None:
    """note_test.go: every single-byte increment and every proper substring."""
    parse(text)
    changed = [text[:i] + chr(ord(text[i]) + 1) + text[i + 1 :] for i in range(len(text))]
    cut = [text[:i] for i in range(len(text))] + [text[i:] for i in range(1, len(text))]
    for wrong in changed + cut:
        with pytest.raises(MalformedError):
            parse(wrong)


def test_a_signature_by_strangers_alone_is_none() -> None:
    with pytest.raises(MalformedError, match="no signature by a known key"):
        open_note(NOTE, [OTHER.verifier])
    with pytest.raises(MalformedError, match="no signature by a known key"):
        open_note(NOTE, [])


def test_a_stranger_of_the_same_name_is_passed_over() -> None:
    namesake = SigningKey(KEY.name, bytes(32))
    text = "text\n"
    note = namesake.sign(text) + KEY.sign(text).removeprefix(text + "\n")
    assert open_note(note, [KEY.verifier]) == text


def test_one_wrong_signature_by_a_known_key_refuses_the_note() -> None:
    text = "text\n"
    wrong = OTHER.sign("another text\n").removeprefix("another text\n\n")
    with pytest.raises(MalformedError, match=r"other\.example"):
        open_note(KEY.sign(text) + wrong, [KEY.verifier, OTHER.verifier])
    assert open_note(KEY.sign(text) + wrong, [KEY.verifier]) == text


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        "text\n",
        "text\n\n",
        NOTE.removesuffix("\n"),
        NOTE + "\n",
        NOTE + "trailing\n",
        NOTE.replace("\u2014", "-"),
        NOTE.replace("\u2014 ", "\u2014"),
        NOTE.replace("=", ""),
        NOTE.replace("a line", "a\tline"),
        NOTE.replace("a line", "a\rline"),
        NOTE.replace("a line", "a\ud800line"),
        "text\n\n\u2014 name AAAAAA==\n",
        "text\n\n\u2014 na+me AAAAAAA=\n",
        "x" * MAX_NOTE + NOTE,
    ],
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(MalformedError):
        open_note(note, [KEY.verifier])


@given(st.integers(0, len(NOTE) - 1), st.characters())
def test_no_changed_note_opens(position: int, character: str) -> None:
    changed = NOTE[:position] + character + NOTE[position + 1 :]
    if changed == NOTE:
        return
    with pytest.raises(MalformedError):
        open_note(changed, [KEY.verifier])


@given(st.text())
def test_parsers_raise_nothing_else(text: str) -> None:
    for parse in (VerifyKey.from_text, SigningKey.from_text, lambda note: open_note(note, [KEY.verifier])):
        with pytest.raises(MalformedError):
            parse(text)


@given(st.text(alphabet="PRIVATE+KEY+\u2014 \nAaz09/=", max_size=200))
def test_parsers_raise_nothing_else_on_what_looks_right(text: str) -> None:
    for parse in (VerifyKey.from_text, SigningKey.from_text, lambda note: open_note(note, [KEY.verifier])):
        with pytest.raises(MalformedError):
            parse(text)


@pytest.mark.parametrize("name", ["", "with space", "with+plus", "with\u3000space", "with\x00", "half\ud800"])
def test_names_that_no_key_may_have(name: str) -> None:
    with pytest.raises(MalformedError):
        SigningKey.generate(name)


@pytest.mark.parametrize("text", ["", "no newline", "bell\a\n", "half \ud800\n"])
def test_texts_that_no_note_can_carry(text: str) -> None:
    with pytest.raises(MalformedError):
        KEY.sign(text)


def test_a_signing_key_does_not_show_its_secret() -> None:
    key = SigningKey.generate("name")
    assert repr(key) == "SigningKey(name='name')"
    assert SigningKey.from_text(key.to_text()) == key
    assert SigningKey.generate("name") != key


def test_keys_of_a_wrong_size_are_refused() -> None:
    with pytest.raises(MalformedError, match="32 bytes"):
        SigningKey("name", b"short")
    with pytest.raises(MalformedError, match="32 bytes"):
        VerifyKey("name", b"short")
