"""Cells of an answer as readers see them: a value, and what became of it, recognisable and said in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from portal.answer import Answer
from vocabulary.catalogue import MaskDeclaration

_NOTHING_SHOWN: Final = "redact"


class State(StrEnum):
    """What became of a value on its way to the reader."""

    PLAIN = "plain"
    MASKED = "masked"  # shown in part, or as a mark
    HIDDEN = "hidden"  # a mask that shows nothing stands over it
    WITHHELD = "withheld"  # not shown to this reader on any row
    MISSING = "missing"  # its source did not answer
    EMPTY = "empty"  # nothing there, or not to be masked, or not this row's: nobody is told which


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its value (a JSON scalar or None), its state, the masks over it, and why it is withheld."""

    value: Any
    state: State
    masks: tuple[str, ...] = ()
    reason: str = ""
    coordinate: str = ""


def cell(answer: Answer, coordinates: tuple[str, ...], value: Any, masks: Mapping[str, MaskDeclaration]) -> Cell:
    """The cell of a value that stands for one of these coordinates."""
    over = tuple(dict.fromkeys(mask for one in coordinates for mask in answer.masked.get(one, ())))
    name = coordinates[0] if coordinates else ""
    if value is not None:
        return Cell(value, State.MASKED if over else State.PLAIN, over, coordinate=name)
    if any(map(answer.is_missing, coordinates)):
        return Cell(None, State.MISSING, coordinate=name)
    reasons = [reason for one in coordinates if (reason := answer.reason(one))]
    if reasons:
        return Cell(None, State.WITHHELD, reason=reasons[0], coordinate=name)
    if over and all(mask in masks and masks[mask].kind == _NOTHING_SHOWN for mask in over):
        return Cell(None, State.HIDDEN, over, coordinate=name)
    return Cell(None, State.EMPTY, coordinate=name)
