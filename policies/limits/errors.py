"""What goes wrong with limits. After any of these nothing may be released.

    PolicyError
    └── LimitsError
        ├── LimitsUnavailableError   the counters cannot be read or written, or not in time
        │   └── WeakStoreError       the store's durability settings read back weaker than they were set
        ├── MalformedChargeError     a charge that can never be counted
        └── MarkReusedError          a mark that already stands for something else

No text here names a principal or a subject.
"""

from __future__ import annotations

from policies.errors import PolicyError


class LimitsError(PolicyError):
    """Any failure of the limits."""


class LimitsUnavailableError(LimitsError):
    """The counters are not known to hold the charge. It may be charged again with the same mark."""


class WeakStoreError(LimitsUnavailableError):
    """The store does not keep what it says it wrote: its durability settings read back weak."""


class MalformedChargeError(LimitsError):
    """A charge with a negative count, a naive time, a mark of another length, or a subject that is no pseudonym."""


class MarkReusedError(LimitsError):
    """The mark was charged already, with other contents: a second answer behind it would have cost nothing."""
