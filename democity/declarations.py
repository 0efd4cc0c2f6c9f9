"""The exchange's own files for a city: the declaration with what was chosen for it, the policy and the lists."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from democity.errors import BuildError

if TYPE_CHECKING:
    from pathlib import Path

_DELIVERY_URL: Final = "http://127.0.0.1:8001"
_APPEARANCE_URL: Final = "http://127.0.0.1:8002/graphql"
_EVERYBODY_READS_DIVISIONS: Final = """
# What districts and streets there are is for everybody to know.
p, any, any, Division.*, read, any, any, allow, plain
"""
_RESPONSIBILITIES: Final = "responsibilities:  # 责任清单\n"
_FOR_DIVISIONS: Final = """\
  - organisation: civil-affairs-bureau
    coordinates: [Division.*]
    openness: open
    article: 行政区划管理条例
"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the declaration of a city says otherwise than the one in the checkout.

    `divisions`: a CSV file with `code,name,tier,parent`, which becomes a source of its own where it lies.
    """

    delivery_port: int
    appearance_port: int
    divisions: Path | None = None


def write_declarations(directory: Path, chosen: Chosen) -> None:
    """Write `exchange.yaml`, `policy.csv` and `lists.yaml`.

    Raises:
        BuildError: the files in the checkout do not hold what is to be replaced.
    """
    exchange, policy, lists = map(_text, ("exchange.yaml", "policy.csv", "lists.yaml"))
    exchange = _replaced(exchange, _DELIVERY_URL, f"http://127.0.0.1:{chosen.delivery_port}")
    exchange = _replaced(exchange, _APPEARANCE_URL, f"http://127.0.0.1:{chosen.appearance_port}/graphql")
    if chosen.divisions is not None:
        section = _replaced(_text("divisions.yaml"), "DIVISIONS_FOLDER", json.dumps(str(chosen.divisions.parent)))
        exchange += _replaced(section, "DIVISIONS_FILE", json.dumps(chosen.divisions.name))
        policy += _EVERYBODY_READS_DIVISIONS
        lists = _replaced(lists, _RESPONSIBILITIES, _RESPONSIBILITIES + _FOR_DIVISIONS)
    for name, text in (("exchange.yaml", exchange), ("policy.csv", policy), ("lists.yaml", lists)):
        (directory / name).write_text(text, "utf-8")


def _text(name: str) -> str:
    return (files("democity") / "city" / name).read_text("utf-8")


def _replaced(text: str, declared: str, wanted: str) -> str:
    """Replace what must stand there once: else something other would be declared than was built."""
    if text.count(declared) != 1:
        raise BuildError(f"the declaration must hold {declared} once")
    return text.replace(declared, wanted)
