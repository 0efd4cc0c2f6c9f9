"""What the benchmark gives: a folder that is read where it lies, and never copied into the repository."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

VARIABLE: Final = "TONGGUAN_BENCH_FEDERATION"
"""Names another folder; so does the option `--federation`."""
_FILES: Final = ("supergraph.graphql", "query.json", "expected_response.json", "data.json")


class NotGivenError(Exception):
    """The folder is not there, or not whole."""


@dataclass(frozen=True, slots=True)
class Given:
    """The benchmark: `question` is the body of the request, `expected` the body of its right answer.

    `data` has lists of rows by `users`, `products`, `inventory` and `reviews`.
    """

    supergraph: str
    question: bytes
    expected: bytes
    data: Mapping[str, list[dict[str, Any]]]


def read(folder: Path) -> Given:
    """Read the folder.

    Raises:
        NotGivenError: a file of it is missing; the text says how to name another folder.
    """
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise NotGivenError(
            f"{folder} has no {', '.join(missing)}: the federation benchmark is not part of this repository; "
            f"name its folder with --federation or {VARIABLE}"
        )
    supergraph, question, expected, data = (folder / name for name in _FILES)
    return Given(
        supergraph.read_text("utf-8"), question.read_bytes(), expected.read_bytes(), orjson.loads(data.read_bytes())
    )


def usual_folder(root: Path) -> Path:
    """Where the folder is, unless an option says otherwise: beside the repository."""
    return Path(os.environ.get(VARIABLE) or root.parent / "shared" / "bench" / "federation")
