"""What can go wrong with a mask. All of it is found when a policy or a declaration is read, never while masking.

MaskError
├── UnknownMaskError        no mask of this kind, or a plug-in that is not one
├── MaskParametersError     parameters that the kind does not take
├── MaskDoesNotFitError     a mask on a field of a type that it cannot keep
└── NotAnEdgeError          a predicate that a band's label cannot decide

The texts speak to who writes policies and queries; they name kinds, parameters and what was written there, and
never hold a value of a record.
"""

from __future__ import annotations


class MaskError(Exception):
    """Anything that is wrong with a mask."""


class UnknownMaskError(MaskError):
    """No mask of this kind is known."""


class MaskParametersError(MaskError):
    """The parameters are not those of the kind; the text says what to write instead."""


class MaskDoesNotFitError(MaskError):
    """The mask cannot keep the type of the field that it stands on."""


class NotAnEdgeError(MaskError):
    """The predicate cannot be decided exactly on the bands that the reader sees; the text lists what can."""
