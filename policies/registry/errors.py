"""What goes wrong with the registry.

    PolicyError
    └── RegistryError
        ├── RegistryRefusedError         an act that may not be done; its sentence is client-safe
        └── RegistryUnavailableError     the registry cannot be read or written: nothing is known to have changed
            └── WeakStoreError           the store's durability settings read back weaker than they were set

No text here names a person, a subject or a value: sentences are written in the code, whole.
"""

from __future__ import annotations

from enum import StrEnum

from policies.errors import PolicyError


class Code(StrEnum):
    """Why an act is refused. People and programs may rely on these."""

    UNKNOWN = "UNKNOWN"  # nothing has this id
    WRONG_STEP = "WRONG_STEP"  # it stands where this can't be done, or somebody was faster
    NOT_OWNER = "NOT_OWNER"  # for people of the organisation that is asked
    NOT_ASKER = "NOT_ASKER"  # for people of the organisation that asks
    NOT_DRAFTER = "NOT_DRAFTER"  # for the one who drafted it
    OWN_REQUEST = "OWN_REQUEST"  # nobody approves what they asked for
    SAME_PERSON = "SAME_PERSON"  # a second person is needed
    EXPIRED = "EXPIRED"  # it has ended or lapsed
    ENDS_BEFORE_START = "ENDS_BEFORE_START"
    TOO_LONG = "TOO_LONG"
    TOO_MANY = "TOO_MANY"
    BLOCKED = "BLOCKED"  # no glass for this person until an officer lifts it
    NOT_ITS_DIGEST = "NOT_ITS_DIGEST"  # the text has another SHA-256
    NOT_THE_FIRST = "NOT_THE_FIRST"  # a policy was approved here before
    MALFORMED = "MALFORMED"  # a text that is no text, or a pseudonym that is none


class RegistryError(PolicyError):
    """Any failure of the registry."""


class RegistryRefusedError(RegistryError):
    """An act that may not be done. Nothing has changed, and nothing was recorded.

    `code` is one of `Code`; `sentence` may be shown to a client as it stands.
    """

    def __init__(self, code: Code, sentence: str) -> None:
        super().__init__(code, sentence)
        self.code = code
        self.sentence = sentence

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence}"


class RegistryUnavailableError(RegistryError):
    """The registry cannot be read or written, or it is not known whether an act was kept.

    An act may be tried again; where it was kept all the same, it is then refused as WRONG_STEP.
    """


class WeakStoreError(RegistryUnavailableError):
    """The store does not keep what it says it wrote: its durability settings read back weak."""
