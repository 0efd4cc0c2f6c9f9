from __future__ import annotations

import datetime as dt

from masking import Setting
from masking.redact import Redact
from vocabulary.values import SCALARS


def test_nothing_is_shown() -> None:
    mask = Redact().compile(Setting("a", "Resident.name", bytes(32)))
    assert mask(["张三明", 1, 1.5, True, dt.date(1950, 1, 1), None]) == [None] * 6


def test_it_fits_every_scalar() -> None:
    assert Redact.fits == set(SCALARS)
