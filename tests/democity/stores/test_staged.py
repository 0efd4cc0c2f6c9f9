from __future__ import annotations

from pathlib import Path

from democity.stores.staged import Staging
from democity.tables import BY_NAME


def test_rows_of_a_table_and_its_parts_are_files_with_a_header(tmp_path: Path) -> None:
    staging = Staging(tmp_path / "there")
    reading = BY_NAME["reading"]
    staging.add(reading, [("S1", "2026-03-01T00:00:00+08:00", 1.5, "normal")], "2026-03-01")
    staging.add(reading, [("S1", "2026-03-02T00:00:00+08:00", None, "offline")], "2026-03-02")
    staging.add(reading, [("S2", "2026-03-01T00:00:00+08:00", 2.0, 'a "b", c')], "2026-03-01")
    assert [(name, path.read_text("utf-8").splitlines()) for name, _, path in staging.finished()] == [
        (
            "reading-2026-03-01",
            [
                "sensor_no,at,value,state",
                "S1,2026-03-01T00:00:00+08:00,1.5,normal",
                'S2,2026-03-01T00:00:00+08:00,2.0,"a ""b"", c"',
            ],
        ),
        ("reading-2026-03-02", ["sensor_no,at,value,state", "S1,2026-03-02T00:00:00+08:00,,offline"]),
    ]


def test_booleans_are_words_and_null_is_nothing(tmp_path: Path) -> None:
    staging = Staging(tmp_path)
    row = ("n", True, 3, "2026-03-01", None)
    staging.add(BY_NAME["meal_service"], [row, ("m", False, *row[2:])])
    ((_, _, path),) = staging.finished()
    assert path.read_text("utf-8").splitlines()[1:] == ["n,true,3,2026-03-01,", "m,false,3,2026-03-01,"]
