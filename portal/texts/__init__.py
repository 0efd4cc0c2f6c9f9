"""Every text of the pages, in Chinese and English: none can lack one of the two, since `Words` has both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from portal.texts import codes, committee, common, department, masks, officer, sign_in
from vocabulary.catalogue import Words


def _together(*tables: Mapping[str, Words]) -> Mapping[str, Words]:
    keys = [key for table in tables for key in table]
    if len(keys) != len(set(keys)):
        raise ValueError(f"texts stand twice: {sorted({key for key in keys if keys.count(key) > 1})}")
    return {key: words for table in tables for key, words in table.items()}


TEXTS: Final = _together(
    common.TEXTS, sign_in.TEXTS, codes.TEXTS, masks.TEXTS, committee.TEXTS, department.TEXTS, officer.TEXTS
)
