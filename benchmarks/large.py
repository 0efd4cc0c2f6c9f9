"""The governed question on PostgreSQL, from a city of 10,000 residents to one of 1,000,000.

The asker's area is one in which some hundreds live, whatever the city's size, as a neighbourhood has: what grows is the
city around it. Beside it stands one street, which grows with the city.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.by_hand import OWN_AREA
from benchmarks.measure import ROWS, Effort, Series, page_of
from benchmarks.servers import GOVERNED, Server, free_port, gateway, running
from federation.demo import City, build_demo
from federation.settings import Settings
from tests.support.servers.database import KEEPER, PASSWORD
from tests.support.servers.postgresql import PostgresqlServer, postgresql_server

AREAS: Mapping[int, str] = {10_000: "310115016", 100_000: "310115016005", 1_000_000: "310115016005001"}
"""By the city's size, an area of some hundreds: a street, a committee, a grid."""
_STREET = "310115016"
_CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Grown:
    """One city: how many live in all and in the area, and the runs of floor and gateway."""

    residents: int
    in_area: int
    found: Mapping[str, Series]


def grown(directory: Path, effort: Effort, sizes: Mapping[int, str]) -> list[Grown]:
    """Measure each size, on a server of its own."""
    every = ((size, tuple(dict.fromkeys((area, _STREET)))) for size, area in sizes.items())
    return [one for size, areas in every for one in _measured(directory / f"city-{size}", effort, size, areas)]


def _measured(home: Path, effort: Effort, size: int, areas: Sequence[str]) -> list[Grown]:
    with postgresql_server() as server:
        database = server.create_database("OWNER " + KEEPER)
        url = f"postgresql://{KEEPER}:{PASSWORD}@127.0.0.1:{server.port}/{database}"
        build_demo(
            Settings(home=home), City(size, delivery_port=free_port(), appearance_port=free_port(), postgres=url)
        )
        with (home / "policy.csv").open("a", encoding="utf-8") as policy:
            policy.write(GOVERNED)
        with _floor(home, url) as floor, gateway(home) as governed:
            two = {"floor": floor, "gateway": governed}
            found = {area: page_of(area, two, effort, rows=ROWS) for area in areas}
        return [Grown(size, _living(server, database, area), one) for area, one in found.items()]


def _living(server: PostgresqlServer, database: str, area: str) -> int:
    asked = "SELECT count(*) FROM population.resident WHERE area_code >= $1 AND area_code < $2"
    return int(server.execute(asked, area, str(int(area) + 1), database=database)[0][0])


@contextmanager
def _floor(home: Path, url: str) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.floor_postgresql", url, str(port), str(_CONNECTIONS)]
    with running(command, port, home / "floor.log") as pid:
        yield Server(port, pid, lambda areas: {OWN_AREA: areas[0]})
