from __future__ import annotations

from dataclasses import replace

import pytest

from federation.plan.least import least_wish
from tests.federation.exchange.test_entries import rules
from vocabulary.coordinate import Coordinate


@pytest.mark.parametrize(
    ("masks", "wish"),
    [
        ((), "read Resident.phone plain"),
        (("redact",), "read Resident.phone plain"),
        (("phone-partial",), "read Resident.phone phone-partial"),
        (("phone-partial", "pseudonym", "redact"), "read Resident.phone pseudonym"),
        (("redact", "unheard-of"), "read Resident.phone unheard-of"),
    ],
)
def test_the_least_wish_names_the_strictest_mask_that_shows_something(masks: tuple[str, ...], wish: str) -> None:
    phone = Coordinate("Resident", "phone")
    facts = replace(rules().world.supergraph.coordinates()[phone], masks=masks)
    assert least_wish(phone, facts, rules().world.catalogue) == wish
