"""Entities that another exchange names (`_Any`, Federation v2 subgraph specification): by ids, or by pseudonyms."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from federation.execute.cells import Reader
from federation.plan.nodes import Named
from vocabulary.values import Column, Value

_TYPE, _ID = "__typename", "id"


def represented(texts: Sequence[str], type_name: str, named: Named | None, reader: Reader) -> tuple[Column, list[bool]]:
    """The key of the entity of this type that each representation names; None where it names none.

    And which were named by a pseudonym, for those are searched for. What is no representation, or of another type, or
    an id that this exchange did not seal for whoever asks, are all the same nothing.
    """
    keys: Column = []
    by_pseudonym: list[bool] = []
    pair = None if named is None else reader.book.pair(reader.exchange, named.label)
    for text in texts:
        one = orjson.loads(text)
        if one.get(_TYPE) != type_name or len(one) != 2:  # noqa: PLR2004  (its type, and one key)
            found, is_searched = None, False
        elif named is not None and pair is not None and named.field in one:
            said = one[named.field]
            (found,), is_searched = pair.open([said if isinstance(said, str) else None]), True
        else:
            found, is_searched = _by_id(one, type_name, reader), False
        keys.append(found)
        by_pseudonym.append(is_searched and found is not None)
    return keys, by_pseudonym


def _by_id(representation: dict[str, object], type_name: str, reader: Reader) -> Value:
    sealed = representation.get(_ID)
    return reader.sealer.open_id(reader.keeper, type_name, sealed) if isinstance(sealed, str) else None
