"""The registry as the rest of the house knows it: everything kept, and whether what decides has changed."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Final

from policies.clock import Moment
from policies.registry.agreements import EVER_APPROVED, Agreements, KeptAgreement, read_agreement
from policies.registry.cases import Cases
from policies.registry.changes import Changes
from policies.registry.consents import Consents
from policies.registry.emergencies import CONFIRMED, Emergencies, Emergency, read_emergency
from policies.registry.glass import MOST_PER_DAY, BreakGlass
from policies.registry.store import Store

_DECIDING: Final = ("agreements", "emergencies", "changes")


class Registry:
    """All of it, in one directory. May be used from many threads; the processes of one machine share it.

    Every act takes who acts, when (the caller reads it from `policies.clock.Clock.earliest`) and how it is recorded;
    every question about what is in force takes a `Moment` of that clock.
    """

    def __init__(self, store: Store, most_per_day: int = MOST_PER_DAY) -> None:
        """Take an open store; use `Registry.open`."""
        self._store = store
        self.agreements = Agreements(store)
        self.emergencies = Emergencies(store)
        self.glass = BreakGlass(store, most_per_day)
        self.consents = Consents(store)
        self.cases = Cases(store)
        self.changes = Changes(store)

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        most_per_day: int = MOST_PER_DAY,
        factory: type[sqlite3.Connection] = sqlite3.Connection,
    ) -> Registry:
        """Open the registry of a directory, made where there is none. `most_per_day`: see `BreakGlass`.

        Raises:
            RegistryUnavailableError: it cannot be written (WeakStoreError: or not durably).
        """
        store = Store(directory, factory)
        store.open()
        return cls(store, most_per_day)

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    def stamp(self) -> tuple[int, ...]:
        """How often agreements, emergencies and policy changes have changed, in any process. A few µs.

        Ask before and after reading what decides: equal stamps mean that all of it is of one moment. Time alone does
        not change it: whatever begins or ends by itself is to be judged at each request.
        """
        versions = self._store.versions()
        return tuple(versions[name] for name in _DECIDING)

    def policy_text(self, moment: Moment | None = None) -> str:
        """All agreements that were ever approved and all emergencies that were confirmed and not ended, as one text.

        Canonical JSON: the same for the same content, whoever asks; it becomes part of the policy epoch. It names no
        people, since none of them decides anything. With a moment, what is over by then is left out.
        """
        kept, declared = self._store.together(EVER_APPROVED, CONFIRMED)
        content = {
            "agreements": [
                _agreement_text(each)
                for each in map(read_agreement, kept)
                if moment is None or not moment.is_past(each.agreement.end)
            ],
            "emergencies": [
                _emergency_text(each)
                for each in map(read_emergency, declared)
                if moment is None or not moment.is_past(each.end)
            ],
        }
        return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def _agreement_text(kept: KeptAgreement) -> dict[str, object]:
    agreement = kept.agreement
    return {
        "id": agreement.id,
        "asker": agreement.asker,
        "owner": agreement.owner,
        "roles": list(agreement.roles),
        "wishes": [[wish.pattern, wish.action.value, wish.shown, wish.to] for wish in agreement.wishes],
        "rows": agreement.rows,
        "purpose": agreement.purpose,
        "mode": agreement.mode,
        "basis": agreement.basis,
        "start": agreement.start.isoformat(),
        "end": agreement.end.isoformat(),
        "step": kept.step.value,
        "since": kept.since.isoformat(),
    }


def _emergency_text(emergency: Emergency) -> dict[str, object]:
    confirmed = emergency.confirmed or emergency.declared
    return {
        "id": emergency.id,
        "area": emergency.area.code,
        "basis": emergency.basis,
        "start": max(emergency.start, confirmed).isoformat(),
        "end": emergency.end.isoformat(),
    }
