from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb

from democity.stores.files import FileStore
from democity.tables import BY_NAME


def test_parquet_keeps_types_and_csv_stays_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "it's"
    store = FileStore(folder)
    building = ("B1", "花木路1号, 东", "310115016003001", 2, 6, 1999, False, 121.5, 31.2)
    store.add(BY_NAME["building"], [building])
    store.add(BY_NAME["reading"], [("S1", "2026-03-01T08:00:00+08:00", None, "offline")], "2026-03-01")
    store.add(BY_NAME["disability"], [(5, "3101", "310115016003001", "视力残疾", 1, "2020-01-01")])
    store.finish()
    store.close()
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*.*")) == [
        "care/disability.csv",
        "housing/building.parquet",
        "sensors/reading-2026-03-01.parquet",
    ]
    with duckdb.connect() as engine:
        engine.execute("SET temp_directory = ''; SET TimeZone = 'UTC'")
        assert engine.execute("FROM read_parquet(?)", [str(folder / "housing/building.parquet")]).fetchall() == [
            building
        ]
        reading = str(folder / "sensors" / "reading-2026-03-01.parquet")
        ((number, at, value, state),) = engine.execute("FROM read_parquet(?)", [reading]).fetchall()
    assert (number, value, state) == ("S1", None, "offline")
    assert at == dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
