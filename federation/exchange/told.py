"""What an act is told, and whether its `write` decision covers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from federation.document.structure import Item, Items, Slot, Structure
from federation.errors import Code, Refusal
from federation.plan.nodes import PlannedAct
from vocabulary.area import Area, NotAnAreaError
from vocabulary.rows import Asker, RowFacts, covers


def told(act: PlannedAct, values: Sequence[Item]) -> Mapping[str, object]:
    """Its arguments by name, lists as tuples; what is null or left out is not there."""
    given = {name: _value(structure, values) for name, structure in act.arguments}
    return {name: value for name, value in given.items() if value is not None}


def covers_act(act: PlannedAct, given: Mapping[str, object], asker: Asker) -> bool:
    """Whether the decision covers the act: an act for an area lies there, and one about a subject is about it.

    Where an act is for no area, or about nobody, no rule that rests on that covers it.

    Raises:
        Refusal: ARGUMENT_INVALID for an area that is none.
    """
    area = None
    if (code := given.get("area")) is not None:
        try:
            area = Area.parse(str(code))
        except NotAnAreaError:
            raise Refusal(Code.ARGUMENT_INVALID, "`area` takes an area code, as 310115016.") from None
    kind, key = given.get("type"), given.get("key")
    about = (kind, key) if isinstance(kind, str) and isinstance(key, str) else ("", None)
    return covers(act.decision.visible, RowFacts(area, *about), asker) is True


def _value(structure: Structure, values: Sequence[Item]) -> object:
    match structure:
        case Slot(index):
            return values[index]
        case Items(items):
            return tuple(_value(one, values) for one in items)
        case _:
            return structure
