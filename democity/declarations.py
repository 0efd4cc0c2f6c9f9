"""The exchange's own files for a city: the declaration with what was chosen for it, the policy and the lists."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from democity.errors import BuildError
from democity.tables import TABLES

if TYPE_CHECKING:
    from pathlib import Path

_DELIVERY_URL: Final = "http://127.0.0.1:8001"
_APPEARANCE_URL: Final = "http://127.0.0.1:8002/graphql"
_NEXT_SECTION: Final = re.compile(r"\n  \w+:\n")
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

    `divisions`: a CSV file with `code,name,tier,parent`, which becomes a source of its own where it lies. `postgres`:
    the address, without the password, of the database server that the tables stand in.
    """

    delivery_port: int
    appearance_port: int
    divisions: Path | None = None
    postgres: str | None = None


def write_declarations(directory: Path, chosen: Chosen) -> None:
    """Write `exchange.yaml`, `policy.csv` and `lists.yaml`.

    Raises:
        BuildError: the files in the checkout do not hold what is to be replaced.
    """
    exchange, policy, lists = map(_text, ("exchange.yaml", "policy.csv", "lists.yaml"))
    exchange = _replaced(exchange, _DELIVERY_URL, f"http://127.0.0.1:{chosen.delivery_port}")
    exchange = _replaced(exchange, _APPEARANCE_URL, f"http://127.0.0.1:{chosen.appearance_port}/graphql")
    if chosen.postgres is not None:
        for source in dict.fromkeys(table.source for table in TABLES if table.in_database):
            exchange = _in_postgresql(exchange, source, chosen.postgres)
    if chosen.divisions is not None:
        section = _replaced(_text("divisions.yaml"), "DIVISIONS_FOLDER", json.dumps(str(chosen.divisions.parent)))
        exchange += _replaced(section, "DIVISIONS_FILE", json.dumps(chosen.divisions.name))
        policy += _EVERYBODY_READS_DIVISIONS
        lists = _replaced(lists, _RESPONSIBILITIES, _RESPONSIBILITIES + _FOR_DIVISIONS)
    for name, text in (("exchange.yaml", exchange), ("policy.csv", policy), ("lists.yaml", lists)):
        (directory / name).write_text(text, "utf-8")


def _in_postgresql(exchange: str, source: str, url: str) -> str:
    """The section of a source as one of the database server: tables of the same names, in a schema of its own."""
    start = exchange.index(f"\n  {source}:\n")
    after = _NEXT_SECTION.search(exchange, start + 1)
    end = after.start() if after else len(exchange)
    section = exchange[start:end]
    options = rf"\1options: {{url: {json.dumps(url)}, password: {{file: keys/postgres.key}}}}"
    for pattern, wanted in (
        (r"(\n    )connector: \w+", r"\1connector: sql"),
        (r"(\n    )concurrency: \d+.*", r"\1concurrency: 8"),
        (r"(\n    )options: \{.*\}", options),
    ):
        section, count = re.subn(pattern, wanted, section)
        if count != 1:
            raise BuildError(f"the section {source} of exchange.yaml must match {pattern} once")
    section = re.sub(r'(\n        table: )"?(\w+)[^\n]*', rf"\1{source}.\2", section)
    return exchange[:start] + section + exchange[end:]


def _text(name: str) -> str:
    return (files("democity") / "city" / name).read_text("utf-8")


def _replaced(text: str, declared: str, wanted: str) -> str:
    """Replace what must stand there once: else something other would be declared than was built."""
    if text.count(declared) != 1:
        raise BuildError(f"the declaration must hold {declared} once")
    return text.replace(declared, wanted)
