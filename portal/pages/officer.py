"""The officer's first page: how often each organisation asked, by day, and the ways to search the log."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from starlette.responses import Response

from portal.accesses import KINDS, is_officer, opening_of
from portal.answer import Answer, at, read
from portal.chart import HEIGHT, WIDTH, Counted, chart
from portal.contract import Question
from portal.log_words import LogWords
from portal.visit import Opening, Page, Visit
from vocabulary.moment import day_of

RANGES: Final = (7, 30, 90, 365)
ACCESSES: Final = ("release", "wave", "refusal", "failure")
_USUAL: Final = 30
_PAGES: Final = 10  # of counts; 10,000 in all
_DOCUMENT: Final = """query Counts($from: Date!, $before: Date!, $kinds: [String!]!, $after: String) {
  accessCounts(first: 1000, after: $after, where: {day: {gte: $from, lt: $before}, kind: {in: $kinds}}) {
    nodes { day organisation kind count }
    pageInfo { hasNextPage endCursor }
  }
}"""


async def get(visit: Visit) -> Response:
    """The last days."""
    return await _overview(visit)


async def post(visit: Visit) -> Response:
    """As many days as chosen, and of one kind or all."""
    return await _overview(visit)


async def _overview(visit: Visit) -> Response:
    opening = opening_of(visit.openings)
    if opening is None:
        return visit.show("officer.html", opening=None)
    chosen = visit.form.get("days")
    count = int(chosen) if chosen in map(str, RANGES) else _USUAL
    kind = visit.form.get("kind")
    kinds = [kind] if kind in ACCESSES else list(ACCESSES)
    today = day_of(dt.datetime.now(dt.UTC))
    days = [today - dt.timedelta(days=back) for back in reversed(range(count))]
    answer, counted, is_whole = await _counts(visit, opening, days, kinds)
    return visit.show(
        "officer.html",
        answer.status if answer.is_refused else 200,
        opening=opening,
        words=LogWords(visit, opening),
        answer=answer,
        chart=chart(counted, days),
        is_whole=is_whole,
        width=WIDTH,
        height=HEIGHT,
        days=count,
        ranges=RANGES,
        kind=kind if kind in ACCESSES else "",
        kinds=ACCESSES,
        entry_kinds=KINDS,
    )


async def _counts(
    visit: Visit, opening: Opening, days: list[dt.date], kinds: list[str]
) -> tuple[Answer, list[Counted], bool]:
    """The counts of these days, and whether they are all."""
    counted: list[Counted] = []
    after: str | None = None
    for _ in range(_PAGES):
        variables: dict[str, Any] = {
            "from": str(days[0]),
            "before": str(days[-1] + dt.timedelta(days=1)),
            "kinds": kinds,
            "after": after,
        }
        answer = read(await visit.door.ask(visit.token, Question(_DOCUMENT, variables, opening.purpose, opening.mode)))
        counted += [
            (dt.date.fromisoformat(node["day"]), node["organisation"] or "", node["count"])
            for node in at(answer.data, ["accessCounts", "nodes"]) or []
            if node["day"] is not None and node["count"] is not None
        ]
        page = at(answer.data, ["accessCounts", "pageInfo"]) or {}
        if not page.get("hasNextPage"):
            return answer, counted, True
        after = page["endCursor"]
    return answer, counted, False


PAGE: Final = Page("/officer", "officer", get=get, post=post, is_for=is_officer)
