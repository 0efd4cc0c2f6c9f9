"""Where things stand: made-up positions, within a few kilometres of the real district.

Source of the centres: common maps, to three decimals. Streets, committees, grids and houses are laid out on a raster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from democity.divisions import STREETS, district_of, street_of

if TYPE_CHECKING:
    from random import Random

_CENTRES: Final[dict[str, tuple[float, float]]] = {
    "310101": (121.484, 31.232),
    "310104": (121.437, 31.188),
    "310105": (121.424, 31.220),
    "310106": (121.448, 31.230),
    "310107": (121.397, 31.250),
    "310109": (121.505, 31.265),
    "310110": (121.526, 31.280),
    "310112": (121.382, 31.113),
    "310113": (121.489, 31.405),
    "310114": (121.266, 31.375),
    "310115": (121.544, 31.222),
    "310116": (121.342, 30.742),
    "310117": (121.228, 31.032),
    "310118": (121.124, 31.150),
    "310120": (121.474, 30.918),
    "310151": (121.397, 31.623),
}
"""Longitude and latitude (WGS 84) of each district."""

_STREET, _COMMITTEE, _GRID = 0.02, 0.005, 0.0016  # degrees between neighbours
_ACROSS: Final = 4


def position(random: Random, area: str) -> tuple[float, float]:
    """Longitude and latitude of something that stands in a grid, to the sixth decimal (a tenth of a metre)."""
    street, committee, grid = street_of(area), int(area[9:12]) - 1, int(area[12:]) - 1
    east, north = _CENTRES[district_of(area)]
    at = _PLACES[street]
    east += at % 3 * _STREET + committee % _ACROSS * _COMMITTEE + grid % 3 * _GRID
    north += at // 3 * _STREET + committee // _ACROSS * _COMMITTEE + grid // 3 * _GRID
    return round(east + random.random() * _GRID, 6), round(north + random.random() * _GRID, 6)


def _places() -> dict[str, int]:
    """For each street, its place among those of its district."""
    seen: dict[str, int] = {}
    places: dict[str, int] = {}
    for street in STREETS:
        places[street] = seen.get(district_of(street), 0)
        seen[district_of(street)] = places[street] + 1
    return places


_PLACES: Final = _places()
