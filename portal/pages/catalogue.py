"""The catalogue: every field that one's organisation sees in the graph, its meaning, owner, freshness and quality.

It is the graph's own collection `catalogue`, asked like any question for the first purpose that opens it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from portal.answer import Answer, at, read
from portal.contract import Question
from portal.visit import Opening, Page, Visit

_ENTRY: Final = "CatalogueEntry"
_DOCUMENT: Final = """\
query Catalogue($after: String) {
  catalogue(first: 500, after: $after) {
    nodes {
      coordinate type field kind scalar owner ownerZh ownerEn level meaningZh meaningEn masks lastChanged rows nulls
      duplicates outside sampledAt openness how contact
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""
_PAGES: Final = 20


@dataclass(frozen=True, slots=True)
class Group:
    """The entries of one type, by the names that the graph gives their facts."""

    type: str
    entries: tuple[Mapping[str, Any], ...]


async def get(visit: Visit) -> Response:
    """The whole catalogue, and how each field is shown to this person for each purpose."""
    opening = next((one for one in visit.openings if _is_open(one)), None)
    if opening is None:
        return visit.show("catalogue.html", answer=None, groups=(), opened=())
    answer, entries = await _entries(visit, opening)
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for one in entries:
        groups.setdefault(one["type"], []).append(one)
    return visit.show(
        "catalogue.html",
        answer.status if answer.is_refused else 200,
        answer=answer,
        groups=_in_order([Group(name, tuple(found)) for name, found in groups.items()], visit.site.operator.id),
        opened=visit.openings,
    )


async def _entries(visit: Visit, opening: Opening) -> tuple[Answer, list[Mapping[str, Any]]]:
    """Every entry, page by page; the last answer, or the refusal that ended it."""
    entries: list[Mapping[str, Any]] = []
    after = None
    for _ in range(_PAGES):
        question = Question(_DOCUMENT, {"after": after}, opening.purpose, opening.mode)
        answer = read(await visit.door.ask(visit.token, question))
        if answer.is_refused:
            break
        entries += at(answer.data, ["catalogue", "nodes"]) or []
        page = at(answer.data, ["catalogue", "pageInfo"]) or {}
        after = page.get("endCursor")
        if not page.get("hasNextPage"):
            break
    return answer, entries


def _in_order(groups: list[Group], operator: str) -> list[Group]:
    """The city's data first, and behind it what the exchange tells of itself; each by name."""
    return sorted(groups, key=lambda group: (all(one["owner"] == operator for one in group.entries), group.type))


def _is_open(opening: Opening) -> bool:
    return _ENTRY in opening.outlook.types and opening.outlook.types[_ENTRY].is_open


PAGE: Final = Page("/catalogue", "catalogue", get=get, is_for=lambda openings: any(_is_open(one) for one in openings))
