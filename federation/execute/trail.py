"""What one request has done so far, for whichever entry of the log closes it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from federation.errors import Refusal
from federation.stages import Identified
from vocabulary.receipt import Caller, Elsewhere, Entry, Kind, Who
from vocabulary.values import Value


@dataclass(frozen=True, slots=True)
class Recorded:
    """What all entries of one request have in common: who asked what, why, and under which policy."""

    who: Who
    at: dt.datetime
    purpose: str
    mode: str
    document: str = ""
    document_hash: str = ""
    epoch: str = ""
    agreement: str = ""
    emergencies: tuple[str, ...] = ()
    glass: tuple[str, ...] = ()
    caller: Caller | None = None

    def about(
        self, document: str, digest: str, epoch: str, *, agreement: str, emergencies: tuple[str, ...]
    ) -> Recorded:
        """The same request, once it is known what it asks and what decides it."""
        said = (self.purpose, self.mode, document, digest, epoch, agreement, emergencies)
        return Recorded(self.who, self.at, *said, caller=self.caller)

    def entry(self, kind: Kind, outcome: str, **facts: Any) -> Entry:
        """An entry of this request; `facts` are the fields of `Entry` that it has beyond the common ones."""
        return Entry(
            kind,
            moment(self.at),
            outcome,
            self.who,
            self.purpose,
            self.mode,
            self.document,
            self.document_hash,
            self.epoch,
            agreement=self.agreement,
            emergencies=self.emergencies,
            glass=self.glass,
            caller=self.caller,
            **facts,
        )


@dataclass(slots=True)
class Trail:
    """What one request has done so far, for whichever entry closes it: an answer, a refusal or a failure.

    `acted`: by place, the key of what an act concerned that was done; `refused`: by response key, why one was not.
    `replies`: by response key, what a subgraph answered to an act, so that none is done twice. `elsewhere`: the
    receipts of other exchanges that were asked.
    """

    record: Recorded
    waves: list[int] = field(default_factory=list)
    probed: dict[str, dict[str, None]] = field(default_factory=dict)
    acted: dict[int, Value] = field(default_factory=dict)
    refused: dict[str, Refusal] = field(default_factory=dict)
    replies: dict[str, Any] = field(default_factory=dict)
    elsewhere: dict[Elsewhere, None] = field(default_factory=dict)


def recorded(identified: Identified) -> Recorded:
    """What every entry of a request says from the first: who asked, and why."""
    principal = identified.principal
    areas = tuple(area.code for area in principal.areas)
    roles = tuple(sorted(principal.roles))
    who = Who(principal.id, principal.organisation, principal.application, roles, areas)
    return Recorded(who, identified.asked.at, identified.purpose, identified.mode.value, caller=identified.caller)


def moment(at: dt.datetime) -> str:
    """UTC, RFC 3339, milliseconds."""
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
