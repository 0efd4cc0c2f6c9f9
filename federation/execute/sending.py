"""One request of a wave, whatever it is asked of: what is on record before it leaves, what becomes of its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vocabulary.receipt import Given


@dataclass(frozen=True, slots=True)
class Sending:
    """`given`, and the `people` that it is about, is on record before `send` is called, with the entry's index.

    None: nothing had to be. `take` has what `send` returned, an error of the source's as well.
    """

    send: Callable[[int | None], Coroutine[Any, Any, Any]]
    take: Callable[[Any], Awaitable[None]]
    given: Sequence[Given] = ()
    people: Mapping[str, Mapping[str, None]] = field(default_factory=dict)
