"""Every kind of connector, served, for the suite that all of them pass (`test_conformance*.py`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.served import SERVED, Served, serve


@pytest.fixture(params=SERVED)
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    yield from serve(request, tmp_path)
