"""`tongguan inspect` looks at whole tables of people. It must not tell one value of them, nor be told what to write."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from connectors.outlines import OutlineError, Target, look
from federation.schema.declare import parse
from federation.schema.proposal import Ground, policy_lines, propose, write_section
from tests.federation.schema.proposal.drawing import BARE, REGISTER, WITH_REGISTER, WITHOUT

SECRETS = [
    *("11010519491231002X", "张小丽", "13812345678", "a.b@city.example", "上海市浦东新区花木街道花木路123弄4号502室"),
    *("the key is under the mat", "沪A12345", "hunter2", "阳性", "1949-12-31", "310115016003", "424242"),
]
HEADER = [
    "identity_no",
    "name",
    "mobile",
    "email",
    "address",
    "remarks",
    "plate",
    "password",
    "result",
    "born",
    "area_code",
    "n",
]


def written(where: Path) -> str:
    outline = look(Target(str(where), where.parent))
    texts = [repr(outline)]
    for ground in (WITHOUT, WITH_REGISTER):
        proposal = propose(outline, ground)
        assert proposal.types
        texts += [write_section(proposal), policy_lines(proposal), *proposal.questions()]
    return "\n".join(texts)


@pytest.mark.parametrize("rows", [1, 40])
def test_no_value_of_a_record_is_in_what_is_written(tmp_path: Path, rows: int) -> None:
    columns = ", ".join(f"{name} TEXT" for name in HEADER)
    marks = ", ".join("?" * len(HEADER))
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as database, database:
        database.execute(f"CREATE TABLE t ({columns}, UNIQUE (identity_no, n))")
        database.executemany(
            f"INSERT INTO t VALUES ({marks})", [[*SECRETS[:-1], f"424242{row}"] for row in range(rows)]
        )
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *([*SECRETS[:-1], f"424242{row}"] for row in range(rows))])
    for name in ("a.sqlite", "a.csv"):
        text = written(tmp_path / name)
        assert not [secret for secret in SECRETS if secret in text]


def test_a_file_without_a_header_gives_no_record_for_names(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{','.join(SECRETS)}\n" * 2, "utf-8")
    with pytest.raises(OutlineError) as refused:
        look(Target(str(tmp_path / "a.csv")))
    assert not [secret for secret in SECRETS if secret in str(refused.value)]


HOSTILE = [
    "x\n      Opened:\n        table: t",
    "x # ? trust me",
    '"}, level: 1, description: {zh: "',
    "'; DROP TABLE t; --",
    "{{x}}",
    "*a",
    "&a b",
    "!!python/object:os.system",
    "x: y",
    "- x",
    "\u202ename",
    "n\u200bame",
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
@pytest.mark.parametrize("place", ["table", "column"])
def test_a_name_of_the_source_writes_nothing_but_itself(tmp_path: Path, hostile: str, place: str) -> None:
    quoted = '"' + hostile.replace('"', '""') + '"'
    table, column = (quoted, "kind") if place == "table" else ("t", quoted)
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as database, database:
        database.execute(f"CREATE TABLE {table} (number INTEGER PRIMARY KEY, {column} INTEGER)")
        database.execute("CREATE TABLE plain (number INTEGER PRIMARY KEY)")
        database.execute(f"INSERT INTO {table} VALUES (1, 2)")
    before = (tmp_path / "a.sqlite").read_bytes()
    outline = look(Target(str(tmp_path / "a.sqlite"), tmp_path))
    for ground, exchange in ((WITHOUT, BARE), (Ground("bureau", WITH_REGISTER.catalogue), REGISTER)):
        proposal = propose(outline, ground)
        section = write_section(proposal)
        assert section.replace("\n", "").isprintable()
        source = parse(exchange + section, file="exchange.yaml").sources[proposal.name]
        assert len(source.types) <= 2
        assert all(field.level >= 2 for declared in source.types for field in declared.fields)
        assert {declared.table for declared in source.types} <= {hostile, "t", "plain"}
        assert {field.column for declared in source.types for field in declared.fields} <= {"number", "kind", hostile}
        assert all(line.startswith("# ") for line in policy_lines(proposal).splitlines())
    assert (tmp_path / "a.sqlite").read_bytes() == before
