"""The pages of the shared city, each test with a browser of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.city import City
from tests.support.pages import Pages


@pytest.fixture
def pages(city: City) -> Iterator[Pages]:
    """A browser that nobody has signed in with."""
    opened = Pages(city)
    yield opened
    opened.close()


@pytest.fixture
def committee(pages: Pages) -> Pages:
    """A browser of a committee worker."""
    pages.sign_in("committee")
    return pages


@pytest.fixture
def officer(pages: Pages) -> Pages:
    """A browser of a security officer."""
    pages.sign_in("officer")
    return pages


@pytest.fixture
def analyst(pages: Pages) -> Pages:
    """A browser of an analyst of the health commission."""
    pages.sign_in("analyst")
    return pages
