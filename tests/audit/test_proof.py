from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from audit.checkpoint import Checkpoint
from audit.errors import MalformedError
from audit.note import SigningKey
from audit.path import path_of
from audit.proof import HEADER, Proof
from audit.tree import leaf_hash, root_of

KEY = SigningKey.generate("demo-city.example/log")
ENTRIES = [f'{{"entry":{number}}}'.encode() for number in range(11)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
HEAD = Checkpoint(KEY.name, len(LEAVES), root_of(LEAVES))
NOTE = KEY.sign(HEAD.format())
PROOF = Proof(6, path_of(6, 11, lambda _, first, count: LEAVES[first : first + count]), NOTE)


def test_its_text_is_that_of_the_specification() -> None:
    lines = PROOF.format().split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 6"]
    assert [base64.b64decode(line) for line in lines[2:6]] == list(PROOF.path)
    assert lines[6] == ""
    assert "\n".join(lines[7:]) == NOTE
    along = PROOF.along(ENTRIES[6]).format().split("\n")
    assert along[1] == "extra " + base64.b64encode(ENTRIES[6]).decode()
    assert along[2:] == lines[1:]


@pytest.mark.parametrize("proof", [PROOF, PROOF.along(ENTRIES[6]), Proof(0, (), NOTE)])
def test_what_is_written_is_read(proof: Proof) -> None:
    assert Proof.parse(proof.format()) == proof


def test_it_proves_its_entry() -> None:
    assert PROOF.verify(ENTRIES[6], KEY.verifier) == HEAD


@pytest.mark.parametrize("size", [1, 2, 3, 8, 11])
def test_every_entry_of_every_size(size: int) -> None:
    note = KEY.sign(Checkpoint(KEY.name, size, root_of(LEAVES[:size])).format())
    for index in range(size):
        path = path_of(index, size, lambda _, first, count: LEAVES[first : first + count])
        assert Proof(index, path, note).verify(ENTRIES[index], KEY.verifier).size == size


@pytest.mark.parametrize(
    ("proof", "said"),
    [
        (replace(PROOF, index=5), "these bytes are not entry 5"),
        (replace(PROOF, index=11), "no entry 11"),
        (replace(PROOF, path=PROOF.path[:-1]), "too few hashes"),
        (replace(PROOF, path=(*PROOF.path, PROOF.path[0])), "too many hashes"),
        (replace(PROOF, path=PROOF.path[::-1]), "these bytes are not entry 6"),
        (replace(PROOF, checkpoint=NOTE.replace("\n11\n", "\n12\n")), "was changed after signing"),
        (replace(PROOF, checkpoint=KEY.sign(replace(HEAD, size=8).format())), "too many hashes"),
        (replace(PROOF, checkpoint=KEY.sign(replace(HEAD, root=LEAVES[0]).format())), "not entry 6"),
        (replace(PROOF, checkpoint=KEY.sign(replace(HEAD, origin="another").format())), "another log"),
        (replace(PROOF, checkpoint=SigningKey.generate(KEY.name).sign(HEAD.format())), "no signature by a known key"),
        (replace(PROOF, checkpoint=HEAD.format()), "signed note"),
        (replace(PROOF, checkpoint=""), "signed note"),
    ],
)
def test_what_proves_nothing(proof: Proof, said: str) -> None:
    with pytest.raises(MalformedError, match=said):
        proof.verify(ENTRIES[6], KEY.verifier)


@pytest.mark.parametrize("entry", [ENTRIES[5], b"", ENTRIES[6] + b"\n", ENTRIES[6][:-1], b" " + ENTRIES[6]])
def test_another_entry_is_not_proven(entry: bytes) -> None:
    with pytest.raises(MalformedError, match="not entry 6"):
        PROOF.verify(entry, KEY.verifier)


def test_another_key_proves_nothing() -> None:
    with pytest.raises(MalformedError, match="no signature by a known key"):
        PROOF.verify(ENTRIES[6], SigningKey.generate(KEY.name).verifier)


def test_every_bit_of_the_text_counts() -> None:
    """Whatever byte of a proof is changed, it can't be read, or proves nothing, or it is the same proof."""
    text = PROOF.format()
    for at, old in enumerate(text):
        new = chr(ord(old) ^ 1)
        changed = text[:at] + new + text[at + 1 :]
        with pytest.raises(MalformedError):
            Proof.parse(changed).verify(ENTRIES[6], KEY.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEADER,
        HEADER + "\n\n" + NOTE,
        f"{HEADER}\nindex 06\n\n{NOTE}",
        f"{HEADER}\nindex -1\n\n{NOTE}",
        f"{HEADER}\nindex ٣\n\n{NOTE}",
        f"{HEADER}\nindex 1e3\n\n{NOTE}",
        f"{HEADER}\nindex {'9' * 20}\n\n{NOTE}",
        f"{HEADER}\nindex 6\nAAAA\n\n{NOTE}",
        f"{HEADER}\nindex 6\nnot base64\n\n{NOTE}",
        f"{HEADER}\nindex 6\n{'A' * 43}=\n" * 2 + f"\n{NOTE}",
        f"{HEADER}\nindex 6\n" + f"{'A' * 43}=\n" * 64 + f"\n{NOTE}",
        f"{HEADER}\nindex 6\nextra AAAA\n\n{NOTE}",
        f"{HEADER}\nextra \u00e9\nindex 6\n\n{NOTE}",
        f"c2sp.org/tlog-proof@v2\nindex 6\n\n{NOTE}",
        f"{HEADER}\r\nindex 6\r\n\r\n{NOTE}",
        f"{HEADER}\nindex 6\n\n{NOTE}" + "x" * 300_000,
    ],
    ids=lambda text: repr(text[:40]),
)
def test_what_is_no_proof(text: str) -> None:
    with pytest.raises(MalformedError):
        Proof.parse(text)
