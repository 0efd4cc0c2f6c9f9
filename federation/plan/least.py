"""The least that an agreement would have to say so that a coordinate is shown at all."""

from __future__ import annotations

from federation.schema.facts import FieldFacts
from vocabulary.catalogue import Catalogue
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN


def least_wish(coordinate: Coordinate, facts: FieldFacts, catalogue: Catalogue) -> str:
    """The wish, as an agreement has it: through the strictest mask that still shows something."""
    kinds = catalogue.masks
    showing = [name for name in facts.masks if name not in kinds or kinds[name].kind != "redact"]
    return f"read {coordinate} {showing[-1] if showing else PLAIN}"
