"""What can go wrong with the audit log.

::

    AuditError
    ├── LogUnavailableError   the log cannot be written (or read): nothing may be released
    │   └── WeakStoreError    the store's durability settings read back weaker than they were set
    ├── EntryTooLargeError    an entry exceeds its bound even without its subjects
    ├── MalformedError        a note, checkpoint, key, frontier or entry that cannot be read
    └── TamperedError         what stands in the log contradicts itself

No text of theirs holds a value of a record, a subject or a secret: indexes, sizes, names of settings and keys only.
"""

from __future__ import annotations


class AuditError(Exception):
    """Any failure of the audit log."""


class LogUnavailableError(AuditError):
    """Receipts cannot be written, or their fate is not known: nothing may be released."""


class WeakStoreError(LogUnavailableError):
    """The store does not keep what it says it wrote: its durability settings read back weak."""


class EntryTooLargeError(AuditError):
    """An entry exceeds its bound even when its subjects stand in chunks of their own."""


class MalformedError(AuditError):
    """A note, checkpoint, key, frontier or entry that is not in its one form."""


class TamperedError(AuditError):
    """The log contradicts itself; `tongguan audit verify` says where."""
