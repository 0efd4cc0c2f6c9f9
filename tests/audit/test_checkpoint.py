from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.checkpoint import Checkpoint
from audit.errors import MalformedError
from audit.note import VerifyKey, open_note

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "transparency.json"
GROUPS: dict[str, Any] = json.loads(VECTORS.read_text()) if VECTORS.exists() else {}
BODIES = GROUPS.get("checkpoint_body_parse", {"valid": [], "invalid": []})
REAL = GROUPS.get("checkpoint_real", {"vkey": "", "notes": []})
ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="  # the example of C2SP tlog-checkpoint
EXAMPLE = f"example.com/behind-the-sofa\n20852163\n{ROOT}\n"


def test_the_example_of_the_specification() -> None:
    checkpoint = Checkpoint.parse(EXAMPLE)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.format() == EXAMPLE


@pytest.mark.parametrize(
    "text",
    [EXAMPLE, *(open_note(note, [VerifyKey.from_text(REAL["vkey"])]) for note in REAL["notes"])],
)
def test_real_checkpoints(text: str) -> None:
    assert Checkpoint.parse(text).format() == text


def test_extension_lines_are_passed_over() -> None:
    assert Checkpoint.parse(EXAMPLE + "one\nanother\n") == Checkpoint.parse(EXAMPLE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n\n",
        "origin\n1\n",
        f"\n1\n{ROOT}\n",
        f"origin\n1\n{ROOT}",
        f"origin\n\n{ROOT}\n",
        f"origin\n01\n{ROOT}\n",
        f"origin\n00\n{ROOT}\n",
        f"origin\n-1\n{ROOT}\n",
        f"origin\n+1\n{ROOT}\n",
        f"origin\n 1\n{ROOT}\n",
        f"origin\n1_0\n{ROOT}\n",
        f"origin\n٣\n{ROOT}\n",
        f"origin\n{2**63}\n{ROOT}\n",
        f"origin\n{'9' * 5000}\n{ROOT}\n",
        f"origin\n1\n{ROOT[:-1]}\n",
        f"origin\n1\n{ROOT} \n",
        f"origin\n1\n{ROOT.replace('I=', 'J=')}\n",  # the same bytes, in another spelling
        "origin\n1\nYmFuYW5hcw==\n",
        f"origin\n1\n{ROOT}\n\n",
        f"origin\n1\n{ROOT}\next\n\next\n",
        # The Go parser takes roots of any length; a root of this log has 32 bytes.
        *BODIES["valid"],
        *BODIES["invalid"],
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        Checkpoint.parse(text)


@given(st.text(max_size=80), st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_survives_its_text(origin: str, size: int, root: bytes) -> None:
    if not origin or "\n" in origin:
        with pytest.raises(MalformedError):
            Checkpoint(origin, size, root)
        return
    checkpoint = Checkpoint(origin, size, root)
    assert Checkpoint.parse(checkpoint.format()) == checkpoint


@given(st.text(alphabet="o1\n0=A/+é٣", max_size=90))
def test_parsing_raises_nothing_else(text: str) -> None:
    try:
        checkpoint = Checkpoint.parse(text)
    except MalformedError:
        return
    assert text.startswith(checkpoint.format())


@pytest.mark.parametrize(("size", "root"), [(-1, bytes(32)), (2**63, bytes(32)), (0, bytes(31))])
def test_no_such_checkpoint_can_be_made(size: int, root: bytes) -> None:
    with pytest.raises(MalformedError):
        Checkpoint("origin", size, root)
