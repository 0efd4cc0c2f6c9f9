"""The body of a reply, read: data, what is masked or withheld in it, and what is missing, each by its coordinate."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.contract import Reply
from vocabulary.shape import Shape


@dataclass(frozen=True, slots=True)
class Withheld:
    """A coordinate that is shown on no row: why in a word, and a draft of an agreement where one would show it."""

    coordinate: str
    reason: str
    ask: str
    request: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, as the exchange says it: for the whole question, or (with a coordinate) for one field."""

    code: str
    message: str
    source: str = ""
    coordinate: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer or refusal. `data` is JSON and None for a refusal; `receipt` is the entry of the log about it."""

    code: str
    status: int
    data: Any
    shape: Shape
    masked: Mapping[str, tuple[str, ...]]
    withheld: tuple[Withheld, ...]
    problems: tuple[Problem, ...]
    left: Mapping[str, int | None]
    receipt: int | None

    @property
    def is_refused(self) -> bool:
        """Whether there is no answer at all."""
        return self.code != "OK"

    def reason(self, coordinate: str) -> str:
        """Why a coordinate is withheld; empty where it is not."""
        return next((one.reason for one in self.withheld if one.coordinate == coordinate), "")

    def is_missing(self, coordinate: str) -> bool:
        """Whether a source that failed left the coordinate out."""
        return any(one.coordinate == coordinate for one in self.problems)


def read(reply: Reply) -> Answer:
    """Read what `/graphql` sends."""
    body: Mapping[str, Any] = json.loads(reply.body)
    extensions = body.get("extensions", {})
    return Answer(
        code=reply.code,
        status=reply.status,
        data=body.get("data"),
        shape=reply.shape,
        masked={name: tuple(masks) for name, masks in extensions.get("masked", {}).items()},
        withheld=tuple(
            Withheld(one["coordinate"], one["reason"], one["ask"], one.get("request", {}))
            for one in extensions.get("withheld", ())
        ),
        problems=tuple(map(_problem, body.get("errors", ()))),
        left=extensions.get("left", {}),
        receipt=extensions.get("receipt", {}).get("index"),
    )


def _problem(error: Mapping[str, Any]) -> Problem:
    told = error.get("extensions", {})
    return Problem(
        told.get("code", "INTERNAL"), error.get("message", ""), told.get("source", ""), told.get("coordinate", "")
    )


def at(data: Any, path: Sequence[str]) -> Any:
    """What stands at a path of an answer; None where something on the way is null."""
    for step in path:
        if data is None:
            return None
        data = data[step]
    return data
