"""What an answer says beside its data: what is withheld or missing, what was not done, what is left of the day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from federation.errors import Code
from federation.execute.state import State
from federation.execute.trail import Trail
from federation.plan.places import Plan
from federation.plan.world import World
from vocabulary.limits import Charged, Left

_UNANSWERED: Final = "did not answer, so {} is missing here"
_WHY: Final[Mapping[Code, str]] = {
    Code.SOURCE_ERROR: "answered with an error, so {} or a part of it is missing here",
    Code.SOURCE_ARGUMENT_REFUSED: "refuses the filter, order or search by which {} was asked for",
    Code.SOURCE_PURPOSE_REFUSED: "does not answer for this purpose or in this mode, so {} is missing here",
    Code.SOURCE_LIMIT_EXCEEDED: "has shown as much as it does in a day, so {} is missing here",
}
"""What a source did in place of answering, where that is for whoever asks to know: our words, and none of its own."""


def withheld(plan: Plan) -> list[dict[str, object]]:
    """What is shown on no row: why, whom to ask, and where an agreement would help a draft of one."""
    return [
        {"coordinate": str(one.coordinate), "reason": one.reason, "ask": one.ask}
        | ({"request": one.request} if one.request else {})
        for one in plan.withheld
    ]


def withheld_below(state: State, world: World) -> list[dict[str, object]]:
    """What another exchange withheld from whoever asks through this one, in its word, and whom to ask."""
    found: list[dict[str, object]] = []
    for (type_name, name), reason in state.below.items():
        rows = state.rows.get(type_name)
        if rows is None:  # only facts of it were asked for, hidden
            continue
        source = rows.kept.source
        for asked in (column.field for column in rows.kept.columns if column.source == name):
            said = f"Ask {world.contact(source)} to share {type_name}.{asked} for this purpose."
            found.append({"coordinate": f"{type_name}.{asked}", "reason": reason, "ask": said, "source": source})
    return found


def missing(state: State) -> list[dict[str, object]]:
    """What a source that failed leaves out."""
    return [
        {
            "message": f"{one.source} {_WHY.get(one.code, _UNANSWERED).format(one.coordinate)}.",
            "path": list(one.path),
            "extensions": {"code": one.code.name, "source": one.source, "coordinate": one.coordinate},
        }
        for one in state.failures
    ]


def undone(trail: Trail) -> list[dict[str, object]]:
    """Acts that were refused after others were done."""
    return [
        {"message": refusal.message, "path": [key], "extensions": {"code": refusal.code.name}}
        for key, refusal in trail.refused.items()
    ]


def limit(charged: Charged) -> str:
    """Of the principal's own limit, never of anybody's budget."""
    counts = {name: count for name, count in left(charged.left).items() if count is not None}
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"This is more {charged.over} than you may see for this purpose in a day. Left today: {told}."


def left(of: Left) -> Mapping[str, int | None]:
    """What the asker may still see today; None: no bound."""
    return {"rows": of.rows, "subjects": of.subjects, "probes": of.probes}
