"""Masks: columns in, columns out, never telling more than their kind says.

One kind per file and one line in `MASKS`. Others add theirs by an entry point of the group `tongguan.masks`, named
like its kind; no entry point replaces a kind of this house.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

from masking.companions import COMPANIONS, Companion
from masking.contract import ColumnMask, Mask, Setting
from masking.errors import (
    MaskDoesNotFitError,
    MaskError,
    MaskParametersError,
    NotAnEdgeError,
    UnknownMaskError,
)
from masking.pairwise import Pair, Pairwise
from masking.partial_address import PartialAddress
from masking.partial_identity import PartialIdentity
from masking.partial_name import PartialName
from masking.partial_phone import PartialPhone
from masking.pseudonym import Pseudonym
from masking.redact import Redact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vocabulary.catalogue import MaskDeclaration

__all__ = [
    "COMPANIONS",
    "MASKS",
    "ColumnMask",
    "Companion",
    "Mask",
    "MaskDoesNotFitError",
    "MaskError",
    "MaskParametersError",
    "NotAnEdgeError",
    "Pair",
    "Pairwise",
    "Setting",
    "UnknownMaskError",
    "make",
    "make_companion",
]

MASKS: Final[tuple[type[Mask], ...]] = (
    PartialName,
    PartialPhone,
    PartialIdentity,
    PartialAddress,
    Pseudonym,
    Pairwise,
    Redact,
)

_GROUP: Final = "tongguan.masks"


def make(declaration: MaskDeclaration) -> Mask:
    """Build a declared mask.

    Raises:
        UnknownMaskError: no mask of its kind.
        MaskParametersError: parameters that the kind does not take; the text names the declaration.
    """
    kind = _kind(declaration.kind)
    try:
        return kind.parse(declaration.parameters)
    except MaskParametersError as error:
        raise MaskParametersError(f"mask {declaration.name!r} ({declaration.kind}): {error}") from error


def make_companion(kind: str, parameters: Mapping[str, object]) -> Companion:
    """Build a companion mask: one that computes a field of another type.

    Raises:
        UnknownMaskError: no companion of this kind.
        MaskParametersError: parameters that the kind does not take.
    """
    for companion in COMPANIONS:
        if companion.kind == kind:
            return companion.parse(parameters)
    known = ", ".join(companion.kind for companion in COMPANIONS)
    raise UnknownMaskError(f"{kind!r} is no kind of companion; write one of {known}")


def _kind(name: str) -> type[Mask]:
    for mask in MASKS:
        if mask.kind == name:
            return mask
    found = tuple(entry_points(group=_GROUP, name=name))
    if not found:
        known = ", ".join(mask.kind for mask in MASKS)
        raise UnknownMaskError(f"{name!r} is no kind of mask; write one of {known}, or install the plug-in that has it")
    if len(found) > 1:
        raise UnknownMaskError(f"{len(found)} plug-ins call themselves {name!r}; leave one installed")
    loaded = found[0].load()
    if not (isinstance(loaded, type) and issubclass(loaded, Mask) and loaded.kind == name):
        raise UnknownMaskError(f"the plug-in {found[0].value} is no mask of the kind {name!r}")
    return loaded
