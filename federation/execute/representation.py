"""Entities that another exchange names by the ids that it was given (`_Any`, Federation v2 subgraph specification)."""

from __future__ import annotations

import orjson

from federation.execute.cells import Reader
from vocabulary.values import Value

_TYPE, _ID = "__typename", "id"


def represented(text: str, type_name: str, reader: Reader) -> Value:
    """The key of the entity of this type that a representation names; None where it names none.

    What is no representation, or of another type, or an id that this exchange did not seal for whoever asks, are all
    the same nothing.
    """
    representation = orjson.loads(text)
    if not isinstance(representation, dict) or representation.keys() != {_TYPE, _ID}:
        return None
    if representation[_TYPE] != type_name or not isinstance(representation[_ID], str):
        return None
    return reader.sealer.open_id(reader.keeper, type_name, representation[_ID])
