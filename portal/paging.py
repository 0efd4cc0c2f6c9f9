"""Pages of a list, by cursors that travel in forms: where one is, and the way one came."""

from __future__ import annotations

from typing import Final

from portal.forms import Form

_FIRST: Final = "-"  # in the place of a cursor: the first page has none
_DEEPEST: Final = 100  # pages that one can go back through


def place(form: Form) -> tuple[str, tuple[str, ...]]:
    """The cursor behind which the page begins, and those of the pages before it; a cursor opens for its asker alone."""
    trail, here = form.all("before")[-_DEEPEST:], form.get("here")
    match form.get("go"):
        case "on" if form.get("after"):
            return form.get("after"), (*trail, here or _FIRST)
        case "back" if trail:
            return "" if trail[-1] == _FIRST else trail[-1], trail[:-1]
        case "stay":
            return here, trail
        case _:
            return "", ()
