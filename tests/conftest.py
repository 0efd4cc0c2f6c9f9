"""One small city for all tests that only ask; those that change something build or copy their own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.support.city import City, build_city, delivery_company, free_port
from tests.support.servers.mariadb import MariadbServer, mariadb_server
from tests.support.servers.postgresql import PostgresqlServer, postgresql_server

# No deadline: a busy machine makes an example slow, and no property less true. The inner loop draws fewer examples,
# where a property does not say how many it needs.
settings.register_profile("whole", deadline=None)
settings.register_profile("inner", deadline=None, max_examples=20)
settings.load_profile("whole")
if (folder := os.environ.pop("TONGGUAN_SCREENSHOTS", None)) is not None:
    os.environ["SCREENSHOTS"] = folder  # a `TONGGUAN_…` that is no setting keeps an exchange from starting

_CITIES = frozenset({"built_city", "city", "make_city"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever opens a whole exchange is marked so."""
    for item in items:
        if not _CITIES.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.whole)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A server of this worker's own (half a second): a test may stop it, as long as it starts it again."""
    with postgresql_server() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariadbServer]:
    """As `postgresql`."""
    with mariadb_server() as server:
        yield server


@pytest.fixture(scope="session")
def built_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A built city, whose delivery company is up."""
    home, port = tmp_path_factory.mktemp("city") / "home", free_port()
    build_city(home, port)
    with delivery_company(home, port):
        yield home


@pytest.fixture(scope="session")
def city(built_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A city that nobody changes; its log grows."""
    opened = City(_copy(built_city, tmp_path_factory.mktemp("shared")))
    yield opened
    opened.close()


@pytest.fixture
def make_city(built_city: Path, tmp_path: Path) -> Iterator[Callable[..., City]]:
    """A city of one's own, with a policy or settings of one's own."""
    opened: list[City] = []

    def make(**options: Any) -> City:
        made = City(_copy(built_city, tmp_path / f"city{len(opened)}"), **options)
        opened.append(made)
        return made

    yield make
    for one in opened:
        one.close()


def _copy(home: Path, to: Path) -> Path:
    """The city with keys of its own for the log; the sources are linked, because nobody writes to them."""
    target = to / "home"
    target.mkdir(parents=True)
    for item in home.iterdir():
        if item.name == "keys":
            shutil.copytree(item, target / "keys")
        elif item.is_dir():
            shutil.copytree(item, target / item.name, copy_function=os.link)
        elif item.suffix == ".sqlite":
            (target / item.name).hardlink_to(item)
        elif item.is_file():
            shutil.copy(item, target / item.name)
    return target
