"""One exchange with its city, and one browser, for all journeys through the pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.conftest import _copy
from tests.support.browser import chromium, exchange


@pytest.fixture(scope="session")
def served(built_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a served exchange."""
    with exchange(_copy(built_city, tmp_path_factory.mktemp("served"))) as base:
        yield base


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. While it is open an event loop runs in this thread, and no other test could start one."""
    with chromium() as one:
        yield one
