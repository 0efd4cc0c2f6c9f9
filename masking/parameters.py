"""Strict reading of a mask's parameters: unknown, missing and wrong ones are refused with what to write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from masking.errors import MaskParametersError

if TYPE_CHECKING:
    from collections.abc import Mapping

_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)


def take_only(parameters: Mapping[str, object], *names: str) -> None:
    """Refuse parameters other than `names`, and missing ones: none has a default, so that a policy says it all."""
    for name in parameters:
        if name not in names:
            raise MaskParametersError(f"{name!r} is no parameter here; write {', '.join(names) or 'none'}")
    for name in names:
        if name not in parameters:
            raise MaskParametersError(f"the parameter {name!r} is missing")


def choice(parameters: Mapping[str, object], name: str, choices: tuple[str, ...]) -> str:
    """One of a few words."""
    value = parameters[name]
    if not isinstance(value, str) or value not in choices:
        raise MaskParametersError(f"{name}: {value!r} is none of {', '.join(choices)}")
    return value


def identifier(parameters: Mapping[str, object], name: str) -> str:
    """A word as `exchange.yaml` has them for names: nothing in it that another writes otherwise."""
    value = parameters[name]
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise MaskParametersError(f"{name}: {value!r} is no word of lower-case letters, digits and hyphens")
    return value


def is_int(value: object) -> bool:
    """Say whether it is an integer as people mean it: Python takes True for 1."""
    return type(value) is int
