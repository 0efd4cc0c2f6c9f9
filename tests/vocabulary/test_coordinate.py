from __future__ import annotations

import pytest

from vocabulary.coordinate import Coordinate


def test_a_coordinate_is_written_as_it_is_read() -> None:
    assert str(Coordinate.parse("Resident.name")) == "Resident.name"


@pytest.mark.parametrize(
    "text", ["", "Resident", "Resident.", ".name", "Resident.name.x", "Resident name", "居民.name"]
)
def test_what_is_no_coordinate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no coordinate"):
        Coordinate.parse(text)
