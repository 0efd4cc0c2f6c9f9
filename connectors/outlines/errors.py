"""What keeps a source from being looked at.

Exception
└── OutlineError    the text says what to do; it holds no value, no password and none of the source's own messages
    └── NoTargetError   what was named is nothing that can be looked at
"""

from __future__ import annotations


class OutlineError(Exception):
    """The source can't be looked at."""


class NoTargetError(OutlineError):
    """What was named is no kind of source that can be looked at."""
