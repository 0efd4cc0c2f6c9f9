"""What only files can do to us, and we to them."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import os
import tempfile
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connectors.errors import DeclarationError, FailureKind, SourceError
from connectors.files import FilesConnector
from tests.connectors.served import PERSON, declaration, taken, until
from vocabulary.catalogue import TypeDeclaration
from vocabulary.fetch import Compare, Fetch, Op, Order
from vocabulary.values import Column

LIST = Fetch("Row", ("id", "cell"), order=(Order("id"),), limit=True)
SECRET = "310115198001011234"


def row_type(table: str, scalar: str = "String", column: str = "cell") -> TypeDeclaration:
    return TypeDeclaration(
        "Row", table, PERSON.description, "id", None, None, "rows",
        (taken("id", "String"), taken("cell", scalar, column)),
    )  # fmt: skip


def rows_of(folder: Path, table: str, scalar: str = "String", **changes: Any) -> FilesConnector:
    """A connector of one type: an id, and a cell of a scalar."""
    options = {"folder": str(folder), **changes.pop("options", {})}
    made = declaration("files", options, **{"types": (row_type(table, scalar),), "relations": (), **changes})
    return FilesConnector(made, folder)


def ask(connector: FilesConnector, question: Callable[[FilesConnector], Awaitable[Any]]) -> Any:
    async def journey() -> Any:
        try:
            return await question(connector)
        finally:
            await connector.close()

    return asyncio.run(journey())


def cells(connector: FilesConnector, request: Fetch = LIST, **values: Any) -> Column:
    table = ask(connector, lambda made: made.fetch(request, {"limit": 1000, **values}))
    column: Column = table.columns[-1]
    return column


def failure(connector: FilesConnector, request: Fetch = LIST, **values: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        cells(connector, request, **values)
    assert SECRET not in str(caught.value)
    return caught.value


def refusal(connector: FilesConnector) -> str:
    with pytest.raises(DeclarationError) as caught:
        ask(connector, lambda made: made.check())
    assert SECRET not in str(caught.value)
    return str(caught.value)


def parquet(file: Path, select: str) -> Path:
    with duckdb.connect() as memory:
        memory.execute("SET TimeZone = 'UTC'")
        memory.execute(f"COPY ({select}) TO '{file}' (FORMAT parquet)")
    return file


def text(file: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return file


# --------------------------------------------------------------------------------------------------------- declared


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({}, "options.folder is missing"),
        ({"folder": 7}, "options.folder is missing"),
        ({"folder": "a", "glob": "*"}, "no option glob; write one of: folder, memory, csv"),
        ({"folder": "a", "memory": "lots"}, "whole number of MiB"),
        ({"folder": "a", "memory": True}, "whole number of MiB"),
        ({"folder": "a", "memory": 8}, "32 or more"),
        ({"folder": "a", "csv": {"quote": "'"}}, "encoding and delimiter"),
        ({"folder": "a", "csv": {"encoding": "latin-1"}}, "utf-8, gb18030"),
        ({"folder": "a", "csv": {"delimiter": "::"}}, "delimiter is one of"),
    ],
)
def test_options_that_are_not_understood_are_refused(tmp_path: Path, options: dict[str, Any], hint: str) -> None:
    with pytest.raises(DeclarationError, match=hint):
        FilesConnector(declaration("files", options, types=(row_type("a.csv"),), relations=()), tmp_path)


@pytest.mark.parametrize(
    ("table", "hint"),
    [
        ("../a.csv", "leaves options.folder"),
        ("/etc/passwd.csv", "leaves options.folder"),
        ("a/../../b.parquet", "leaves options.folder"),
        ("a.json", "name.parquet, name.csv or name.xlsx#Sheet"),
        ("person", "name.parquet, name.csv or name.xlsx#Sheet"),
        ("a.xlsx", "write name.xlsx#Sheet"),
        ("a.csv#Sheet", "write name.xlsx#Sheet"),
        ("a.csv#", "write name.xlsx#Sheet"),
        ("*.xlsx#Sheet", "may be a pattern"),
        ("*/a.csv", "may be a pattern"),
        ("a[0-9].csv", "made with"),
    ],
)
def test_tables_that_are_no_files_of_the_folder_are_refused(tmp_path: Path, table: str, hint: str) -> None:
    with pytest.raises(DeclarationError, match=hint):
        rows_of(tmp_path, table)


def test_the_folder_is_relative_to_the_exchange_file(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    text(tmp_path / "in/a.csv", "id,cell\n1,x\n")
    made = declaration("files", {"folder": "in"}, types=(row_type("a.csv"),), relations=())
    assert cells(FilesConnector(made, tmp_path)) == ["x"]


def test_odd_names_are_names_and_not_patterns_or_sql(tmp_path: Path) -> None:
    folder = tmp_path / "o'dd [x] year=2024"
    folder.mkdir()
    parquet(tmp_path / "a.parquet", "SELECT '1' AS id, 'x' AS cell").rename(folder / "a'b year=1.parquet")
    assert cells(rows_of(folder, "a'b year=1.parquet")) == ["x"]


# ------------------------------------------------------------------------------------------ nothing outside, no disk


def test_a_link_that_leaves_the_folder_is_refused_and_one_within_is_followed(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    text(tmp_path / "out.csv", f"id,cell\n1,{SECRET}\n")
    (folder / "a.csv").symlink_to(tmp_path / "out.csv")
    error = failure(rows_of(folder, "a.csv"))
    assert (error.kind, "leaves the folder" in str(error)) == (FailureKind.INVALID, True)
    text(folder / "b.csv", "id,cell\n1,x\n")
    (folder / "c.csv").symlink_to("b.csv")
    assert cells(rows_of(folder, "c.csv")) == ["x"]
    (folder / "d.csv").symlink_to("d.csv")
    assert failure(rows_of(folder, "d.csv")).kind is FailureKind.UNAVAILABLE


ATTACKS = [
    "COPY (SELECT 1) TO '{folder}/new.csv'",
    "COPY (SELECT 1) TO '{outside}/new.csv'",
    "SELECT * FROM read_csv('{outside}/out.csv')",
    "SELECT * FROM read_text('{folder}/../out.csv')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM glob('{outside}/*')",
    "SELECT * FROM '{outside}/out.csv'",
    "SELECT * FROM read_csv('https://example.com/a.csv')",
    "ATTACH '{folder}/new.db'",
    "EXPORT DATABASE '{folder}/new'",
    "INSTALL httpfs",
    "LOAD '{outside}/out.csv'",
    "SET enable_external_access = true",
    "SET temp_directory = '{folder}'",
    "PRAGMA enable_profiling",
    "SELECT 1; COPY (SELECT 1) TO '{folder}/new.csv'",
    "CREATE TABLE d9 AS SELECT 1",
]


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("door", ["session", "cursor"])
def test_nothing_outside_is_read_and_nothing_is_written(tmp_path: Path, attack: str, door: str) -> None:
    """At the session nothing but one SELECT runs; and behind it, DuckDB itself has nothing outside."""
    folder = tmp_path / "in"
    folder.mkdir()
    text(tmp_path / "out.csv", f"id,cell\n1,{SECRET}\n")
    text(folder / "a.csv", "id,cell\n1,x\n")
    sql = attack.format(folder=folder, outside=tmp_path)
    before = sorted(tmp_path.rglob("*"))

    async def question(made: FilesConnector) -> None:
        await made.fetch(LIST, {"limit": 1})
        if door == "session":
            with pytest.raises(SourceError):
                await made._workers.run(lambda session: session.execute(sql, []))
        elif "{folder}/new" not in attack and "CREATE" not in attack:
            with pytest.raises(duckdb.Error):
                made._duck.cursor().execute(sql)
        assert (await made.fetch(LIST, {"limit": 9})).columns[-1] == ["x"]

    ask(rows_of(folder, "a.csv"), question)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("attack", ["' OR 1=1 --", "x'; COPY (SELECT 1) TO 'a.csv'; --", '"; DROP TABLE t0; --'])
@pytest.mark.parametrize("op", [Op.EQ, Op.STARTS_WITH, Op.IN])
def test_a_value_is_never_read_as_sql(tmp_path: Path, attack: str, op: Op) -> None:
    text(tmp_path / "a.csv", "id,cell\n1,x\n2,y\n")
    request = replace(LIST, where=Compare("cell", op, "slot"))
    assert cells(rows_of(tmp_path, "a.csv"), request, slot=(attack,) if op is Op.IN else attack) == []


def everything_under(*folders: Path) -> set[Path]:
    return {path for folder in folders if folder.exists() for path in folder.rglob("*")}


def test_what_does_not_fit_into_memory_fails_and_nothing_is_put_on_a_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, elsewhere, home = tmp_path / "in", tmp_path / "cwd", tmp_path / "home"
    for made in (folder, elsewhere, home):
        made.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    monkeypatch.setattr(tempfile, "tempdir", None)
    parquet(
        folder / "a.parquet",
        "SELECT i::VARCHAR AS id, md5((i * 7)::VARCHAR) || md5(i::VARCHAR) AS cell FROM range(400000) AS n(i)",
    )
    before = everything_under(tmp_path)
    request = Fetch("Row", ("id", "cell"), order=(Order("cell"),))
    seen: set[Path] = set()

    async def question(made: FilesConnector) -> SourceError:
        async def watch() -> None:
            while True:
                seen.update(everything_under(tmp_path))
                await asyncio.sleep(0.005)

        watching = asyncio.ensure_future(watch())
        try:
            with pytest.raises(SourceError) as caught:
                await made.fetch(request, {})
        finally:
            watching.cancel()
        assert (await made.fetch(LIST, {"limit": 1})).count == 1  # and it serves on
        return caught.value

    error = ask(rows_of(folder, "a.parquet", options={"memory": 32}, timeout=30.0), question)
    assert error.kind is FailureKind.UNAVAILABLE
    assert "32 MiB (options.memory)" in str(error)
    assert seen == before == everything_under(tmp_path)


def test_a_large_text_is_refused_and_named_as_too_large(tmp_path: Path) -> None:
    text(tmp_path / "a.csv", "id,cell\n" + "".join(f"{i},{SECRET * 60}\n" for i in range(33_000)))
    error = failure(rows_of(tmp_path, "a.csv", options={"memory": 32}))
    assert (error.kind, "Row is larger than the 32 MiB" in str(error)) == (FailureKind.INVALID, True)


def test_nothing_stays_open_behind_a_connector(tmp_path: Path) -> None:
    text(tmp_path / "a.csv", "id,cell\n1,x\n")
    gc.collect()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        cells(rows_of(tmp_path, "a.csv"))
    gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1


# ---------------------------------------------------------------------------------------- not what their names say


@pytest.mark.parametrize("damage", ["csv", "html", "empty", "half", "no foot", "zip"])
def test_what_is_no_parquet_file_is_refused_and_not_quoted(tmp_path: Path, damage: str) -> None:
    file = parquet(tmp_path / "a.parquet", f"SELECT '1' AS id, '{SECRET}' AS cell")
    whole = file.read_bytes()
    half = whole[: len(whole) // 2]
    kinds = {
        "csv": f"id,cell\n1,{SECRET}\n".encode(),
        "html": b"<html>",
        "empty": b"",
        "half": half,
        "no foot": whole[:-8],
    }
    text(file, kinds.get(damage, b"PK\x03\x04"))
    error = failure(rows_of(tmp_path, "a.parquet"))
    assert error.kind is FailureKind.INVALID
    assert "a file of Row is no Parquet file, or only a part of one" in str(error)


def test_a_parquet_file_that_is_damaged_within_is_refused_and_named(tmp_path: Path) -> None:
    rows = f"SELECT i::VARCHAR AS id, '{SECRET}' || md5(i::VARCHAR) AS cell FROM range(9000) AS n(i)"
    file = parquet(tmp_path / "a.parquet", rows)
    whole = bytearray(file.read_bytes())
    whole[1_000:-3_000] = b"\xff" * (len(whole) - 4_000)
    text(file, bytes(whole))
    error = failure(rows_of(tmp_path, "a.parquet"))
    assert (error.kind, "a file of Row is damaged" in str(error)) == (FailureKind.INVALID, True)


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    assert "a file of Row is no file" in str(failure(rows_of(tmp_path, "a.csv")))


@pytest.mark.parametrize("table", ["a.csv", "a.parquet", "a.xlsx#S", "a-*.csv", "in/a.csv"])
def test_a_file_that_is_not_there_is_unavailable(tmp_path: Path, table: str) -> None:
    error = failure(rows_of(tmp_path, table))
    assert error.kind is FailureKind.UNAVAILABLE
    assert str(tmp_path) not in str(error)
    with pytest.raises(SourceError):
        ask(rows_of(tmp_path, table), lambda made: made.check())


def test_a_column_that_is_not_there_is_said_with_those_that_are(tmp_path: Path) -> None:
    parquet(tmp_path / "a.parquet", f"SELECT '1' AS id, '{SECRET}' AS \"Cell\"")
    said = refusal(rows_of(tmp_path, "a.parquet"))
    assert "table a.parquet (type Row) has no column cell (field cell); write one of: id, Cell" in said


# ------------------------------------------------------------------------------------------------- freshness, change


def test_a_replaced_file_is_seen_at_the_next_fetch(tmp_path: Path) -> None:
    async def question(made: FilesConnector) -> list[Column]:
        seen = []
        for cell in ("old", "new", "neu"):
            parquet(tmp_path / "next", f"SELECT '1' AS id, '{cell}' AS cell").replace(tmp_path / "a.parquet")
            text(tmp_path / "next", f"id,cell\n1,{cell}\n").replace(tmp_path / "b.csv")
            seen.append((await made.fetch(LIST, {"limit": 9})).columns[-1])
            seen.append((await made.fetch(replace(LIST, type="Other"), {"limit": 9})).columns[-1])
        return seen

    types = (row_type("a.parquet"), replace(row_type("b.csv"), name="Other"))
    made = FilesConnector(declaration("files", {"folder": "."}, types=types, relations=()), tmp_path)
    assert ask(made, question) == [["old"], ["old"], ["new"], ["new"], ["neu"], ["neu"]]


@pytest.mark.parametrize("name", ["a.parquet", "a.csv"])
def test_a_replaced_file_with_other_columns_is_a_lie_that_names_the_type(tmp_path: Path, name: str) -> None:
    def write(column: str) -> None:
        if name.endswith("csv"):
            text(tmp_path / "next", f"id,{column}\n1,{SECRET}\n").replace(tmp_path / name)
        else:
            parquet(tmp_path / "next", f"SELECT '1' AS id, '{SECRET}' AS {column}").replace(tmp_path / name)

    async def question(made: FilesConnector) -> None:
        write("cell")
        await made.check()
        write("other")
        for _ in range(2):
            with pytest.raises(SourceError, match="files of Row do not have what the declaration takes") as caught:
                await made.fetch(LIST, {"limit": 1})
            assert caught.value.kind is FailureKind.INVALID
        write("cell")
        assert (await made.fetch(LIST, {"limit": 1})).count == 1

    ask(rows_of(tmp_path, name), question)


def test_a_file_that_is_replaced_during_a_query_is_asked_again(tmp_path: Path) -> None:
    parquet(tmp_path / "a.parquet", "SELECT '1' AS id, 'old' AS cell")
    made = rows_of(tmp_path, "a.parquet")
    held = made._tables.holds
    replaced: list[Path] = []

    def holds(name: str) -> bool:
        if not replaced:
            replaced.append(
                parquet(tmp_path / "next", "SELECT '1' AS id, 'new' AS cell").replace(tmp_path / "a.parquet")
            )
        return held(name)

    setattr(made._tables, "holds", holds)  # noqa: B010  (a method, to the type checker)
    assert cells(made) == ["new"]


def test_files_that_are_replaced_all_the_time_are_unavailable(tmp_path: Path) -> None:
    text(tmp_path / "a.csv", "id,cell\n1,x\n")
    made = rows_of(tmp_path, "a.csv")
    setattr(made._tables, "holds", lambda _: False)  # noqa: B010  (a method, to the type checker)
    assert failure(made).kind is FailureKind.UNAVAILABLE


def test_when_the_data_last_changed_is_the_newest_files_time(tmp_path: Path) -> None:
    for name, day in (("r-1.csv", 1), ("r-2.csv", 3)):
        at = dt.datetime(2024, 5, day, tzinfo=dt.UTC).timestamp()
        os.utime(text(tmp_path / name, "id,cell\n1,x\n"), (at, at))
    assert ask(rows_of(tmp_path, "r-*.csv"), lambda made: made.changed()) == {
        "Row": dt.datetime(2024, 5, 3, tzinfo=dt.UTC)
    }
    assert ask(rows_of(tmp_path, "none-*.csv"), lambda made: made.changed()) == {}


def test_parts_are_one_table_and_come_and_go(tmp_path: Path) -> None:
    async def question(made: FilesConnector) -> list[Column]:
        seen = []
        for number in (1, 2):
            parquet(tmp_path / f"r-{number}.parquet", f"SELECT '{number}' AS id, 'x{number}' AS cell")
            seen.append((await made.fetch(LIST, {"limit": 9})).columns[-1])
        (tmp_path / "r-1.parquet").unlink()
        seen.append((await made.fetch(LIST, {"limit": 9})).columns[-1])
        return seen

    assert ask(rows_of(tmp_path, "r-*.parquet"), question) == [["x1"], ["x1", "x2"], ["x2"]]


def test_parts_of_text_may_have_their_columns_in_any_order(tmp_path: Path) -> None:
    text(tmp_path / "r-1.csv", "id,cell\n1,x\n")
    text(tmp_path / "r-2.csv", "other,cell,id\no,y,2\n")
    assert cells(rows_of(tmp_path, "r-*.csv")) == ["x", "y"]


def test_parts_that_do_not_agree_are_a_lie_that_names_the_coordinate(tmp_path: Path) -> None:
    parquet(tmp_path / "r-1.parquet", "SELECT '1' AS id, 'x' AS cell")
    parquet(tmp_path / "r-2.parquet", "SELECT '2' AS id, 7 AS cell")
    assert "do not agree on Row.cell" in str(failure(rows_of(tmp_path, "r-*.parquet")))


def test_a_table_that_was_begun_is_made_even_if_nobody_waits_any_more(tmp_path: Path) -> None:
    """Else a file that takes longer to read than a question may take would never be there."""
    text(tmp_path / "a.csv", "id,cell\n1,x\n")
    made = rows_of(tmp_path, "a.csv", timeout=0.2)
    begun, go, fill = threading.Event(), threading.Event(), made._tables._loader._fill
    count = []

    def slowly(*arguments: Any) -> int:
        begun.set()
        assert go.wait(10)
        count.append(1)
        return fill(*arguments)

    setattr(made._tables._loader, "_fill", slowly)  # noqa: B010  (a method, to the type checker)

    async def question(made: FilesConnector) -> list[Any]:
        first, second = (asyncio.ensure_future(made.fetch(LIST, {"limit": 9})) for _ in range(2))
        await until(begun.is_set)
        failures = await asyncio.gather(first, second, return_exceptions=True)
        assert [one.kind for one in failures if isinstance(one, SourceError)] == [FailureKind.TIMEOUT] * 2
        go.set()
        await until(lambda: "Row" in made._tables._known)
        return [*count, *(await made.fetch(LIST, {"limit": 9})).columns[-1]]

    assert ask(made, question) == [1, "x"]
