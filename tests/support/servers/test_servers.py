from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.servers.mariadb import MariadbServer
from tests.support.servers.postgresql import PostgresqlServer
from tests.support.servers.process import program

ORPHAN = """
import os, sys
from tests.support.servers.{name} import {name}_server
with {name}_server() as server:
    print(server.folder, server._process.pid, flush=True)
    os.kill(os.getpid(), 9)
"""


@contextmanager
def closing_descriptor(pid: int) -> Iterator[int]:
    """Readable when the process ends, whoever its parent is."""
    descriptor = os.pidfd_open(pid)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def test_a_program_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="make servers"):
        program("no-such-server", tmp_path)


@pytest.mark.server
def test_postgresql_keeps_databases_apart_and_comes_back(postgresql: PostgresqlServer) -> None:
    one, other = postgresql.create_database(), postgresql.create_database()
    postgresql.execute("CREATE TABLE a AS SELECT 1 AS n; CREATE EXTENSION postgis", database=one)
    postgresql.stop()
    postgresql.start()
    assert postgresql.execute("SELECT n FROM a", database=one) == [(1,)]
    assert postgresql.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'a'", database=other) == [(0,)]
    for name in (one, other):
        postgresql.drop_database(name)


@pytest.mark.server
def test_mariadb_keeps_databases_apart_and_comes_back(mariadb: MariadbServer) -> None:
    one, other = mariadb.create_database(), mariadb.create_database()
    mariadb.execute("CREATE TABLE a AS SELECT 1 AS n", database=one)
    mariadb.stop()
    mariadb.start()
    assert mariadb.execute("SELECT n FROM a", database=one) == [(1,)]
    assert mariadb.execute("SHOW TABLES", database=other) == []
    for name in (one, other):
        mariadb.drop_database(name)


@pytest.mark.server
@pytest.mark.parametrize("name", ["postgresql", "mariadb"])
def test_a_server_does_not_outlive_whoever_started_it(name: str) -> None:
    made = subprocess.run([sys.executable, "-c", ORPHAN.format(name=name)], capture_output=True, text=True, check=False)
    assert made.returncode == -9, made.stderr
    folder, pid = made.stdout.split()
    try:
        with suppress(ProcessLookupError), closing_descriptor(int(pid)) as process:
            assert select.select([process], [], [], 20)[0], "the server runs on"
    finally:
        shutil.rmtree(folder)
