"""The command for the catalogue (数据目录): what there is, how good it is, and how to apply for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import click
import orjson

from federation.cli.asking import Speaker, speaker

_USUAL: Final = "data-governance"
_PAGE: Final = 500
_SHOWN: Final = (
    "coordinate type field kind scalar owner ownerZh ownerEn source level category meaningZh meaningEn masks "
    "filterable lastChanged rows sampled nulls duplicates outside sampledAt gap openness article how contact"
)
_DOCUMENT: Final = (
    "query Catalogue($first: Int!, $after: String, $where: CatalogueEntryWhere) {"
    " catalogue(first: $first, after: $after, where: $where) {"
    f" nodes {{ {_SHOWN} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
_RATES: Final = (("nulls", "null"), ("duplicates", "repeated"), ("outside", "outside its code list"))


@click.command()
@speaker
@click.option("--type", "type_name", help="Of one type, as Resident.")
@click.option("--owner", help="Of one organisation, by its id.")
@click.option("--json", "is_json", is_flag=True, help="Print everything that is known, as JSON.")
def catalogue(who: Speaker, type_name: str | None, owner: str | None, *, is_json: bool) -> None:
    """Print what your organisation can ask for, whose it is, how fresh and how good.

    Figures are rounded percentages of a sample; of few rows there are none. It is asked like any question, and on
    record like any.

    \b
    Example:
      tongguan catalogue --as steward --type Resident
      tongguan catalogue --as analyst --json > catalogue.json
    """
    where = {name: {"eq": one} for name, one in (("type", type_name), ("owner", owner)) if one is not None}
    entries = _entries(who, where)
    if is_json:
        click.echo(orjson.dumps(entries, option=orjson.OPT_INDENT_2).decode())
        return
    if not entries:
        click.echo("No entry of the catalogue is shown.", err=True)
    for line in _lines(entries):
        click.echo(line)


def _entries(who: Speaker, where: Mapping[str, object]) -> list[dict[str, Any]]:
    """All pages of the catalogue; what of it is withheld is said beside it, once."""
    entries: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        answer = who.ask(_DOCUMENT, {"first": _PAGE, "after": after, "where": where}, _USUAL)
        if after is None:
            for one in answer["extensions"]["withheld"]:
                click.echo(f"withheld {one['coordinate']}: {one['reason']}. {one['ask']}", err=True)
        page = answer["data"]["catalogue"] or {"nodes": (), "pageInfo": {"hasNextPage": False}}
        entries.extend(page["nodes"])
        if not page["pageInfo"]["hasNextPage"]:
            return entries
        after = page["pageInfo"]["endCursor"]


def _lines(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each entry: what is known, in columns, and its meaning last."""
    table = [
        (_text(one["coordinate"]), _text(one["scalar"]), f"level {_text(one['level'])}", _text(one["owner"]))
        for one in entries
    ]
    widths = [max((len(row[at]) for row in table), default=0) for at in range(4)]
    lines = []
    for row, one in zip(table, entries, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        meaning = " · ".join(filter(None, (one["meaningZh"], one["meaningEn"])))
        lines.append("  ".join(filter(None, (*cells, ", ".join(_known(one)), meaning))))
    return lines


def _known(entry: Mapping[str, Any]) -> list[str]:
    """How fresh and how good, as far as there is something to say."""
    said = [f"{entry[name]} % {word}" for name, word in _RATES if entry[name] is not None]
    if entry["sampled"] is not None and entry["gap"] is None:
        said.append(f"of {entry['sampled']} rows")
    if entry["lastChanged"] is not None:
        said.append(f"changed {entry['lastChanged']}")
    return said


def _text(value: object) -> str:
    return "-" if value is None else str(value)
