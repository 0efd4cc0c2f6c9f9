"""Masks in plain words, by their kind and parameters."""

from __future__ import annotations

from collections.abc import Mapping

from portal.language import Say
from vocabulary.catalogue import MaskDeclaration


def mask_words(say: Say, name: str, masks: Mapping[str, MaskDeclaration]) -> str:
    """What a reader is shown through a mask; one of a kind that is not ours is named."""
    declared = masks.get(name)
    if declared is None:
        return say("mask.other", name=name)
    parameters = {key: str(value) for key, value in declared.parameters.items()}
    for key in (f"mask.{declared.kind}.{next(iter(parameters.values()), '')}", f"mask.{declared.kind}"):
        if say.has(key):
            return say(key, **parameters) if "{" in say(key) else say(key)
    return say("mask.other", name=name)
