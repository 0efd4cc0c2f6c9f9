"""Entries of the audit log, and the receipts that it gives for them.

Nothing here ever holds a value of a record: subjects are keyed pseudonyms, documents are normalised with typed
placeholders for their literals, outcomes are codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What an entry records."""

    RELEASE = "release"  # the closing entry of an answer
    WAVE = "wave"  # subject data about to be given to another organisation's source
    REFUSAL = "refusal"  # an identified principal was refused
    FAILURE = "failure"  # an answer was decided and could not be made
    UNIDENTIFIED = "unidentified"  # a summary of refusals before identification
    SUBJECTS = "subjects"  # a chunk of the subjects of a large closing entry
    POLICY = "policy"  # a policy epoch came into force
    ACT = "act"  # a step of an agreement, an emergency, a broken glass, a consent, a case or a change of policy


@dataclass(frozen=True, slots=True)
class Who:
    """The principal, as the log names it."""

    person: str
    organisation: str
    application: str
    roles: tuple[str, ...]
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """How one coordinate was decided: `shown` is `plain`, a mask's name or `withheld`; `rows` the row rule as text."""

    coordinate: str
    shown: str
    rows: str
    line: str


@dataclass(frozen=True, slots=True)
class Given:
    """What a source of another organisation was given."""

    organisation: str
    source: str
    coordinate: str
    line: str
    count: int


@dataclass(frozen=True, slots=True)
class Caller:
    """The exchange that asked for the principal, and the entry of its own log that its question rests on."""

    exchange: str
    log: str
    entry: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The receipt of another exchange that was asked: its log, the index of its entry, its leaf hash in hex."""

    source: str
    log: str
    entry: int
    leaf: str


@dataclass(frozen=True, slots=True)
class Step:
    """What an act did: `what` it is about (agreement, glass…), its id, the step, and facts, never of a subject."""

    what: str
    id: str
    step: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. Empty fields are left out of its canonical JSON.

    `subjects`: type of subject → pseudonyms of those whose data this releases (or, in a wave, gives);
    `probed`: those who were searched for by an identifier, found or not. `at` is UTC, RFC 3339, milliseconds.
    `agreement`, `emergencies` and `glass` are the ids of what the answer rests on. `caller`: another exchange asked;
    `elsewhere`: the receipts of other exchanges that were asked for this one.
    """

    kind: Kind
    at: str
    outcome: str
    who: Who | None = None
    purpose: str = ""
    mode: str = ""
    document: str = ""
    document_hash: str = ""
    epoch: str = ""
    shown: tuple[Shown, ...] = ()
    given: tuple[Given, ...] = ()
    subjects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    probed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    waves: tuple[int, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    agreement: str = ""
    emergencies: tuple[str, ...] = ()
    glass: tuple[str, ...] = ()
    act: Step | None = None
    caller: Caller | None = None
    elsewhere: tuple[Elsewhere, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that an entry is durable: its index in the log and its RFC 6962 leaf hash (32 bytes)."""

    index: int
    leaf: bytes
