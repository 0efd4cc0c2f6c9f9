"""How a live database server fails us, and what is left running there: on real servers of both kinds."""

from __future__ import annotations

import asyncio
import socket
import tracemalloc
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import DeclarationError, FailureKind, SourceError
from connectors.sql import SqlConnector
from tests.connectors.drivers.town import Server, Town, field, town
from tests.connectors.served import until
from tests.support.servers.mariadb import MariadbServer
from tests.support.servers.postgresql import PostgresqlServer
from vocabulary.fetch import Compare, Fetch, Op, Order, Via

pytestmark = pytest.mark.server

CELL = field("cell", "Int")
BY_ID = Fetch("Thing", ("id", "cell"), Via("Thing", "id"))
ALL = Fetch("Thing", ("id",), order=(Order("id"),), limit=True)
A = {"keys": ("a",)}


@pytest.fixture(params=["postgresql", "mariadb"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    server: Server = request.getfixturevalue(request.param)
    with town(server, tmp_path) as made:
        made.live("CREATE TABLE thing (id varchar(20), cell bigint)")
        made.live("INSERT INTO thing VALUES ('a', 1), ('b', 2)")
        yield made


def is_postgresql(place: Town) -> bool:
    return isinstance(place.server, PostgresqlServer)


def make_slow(place: Town) -> None:
    """From now on reading `thing` takes ten minutes."""
    nap = "LATERAL (SELECT pg_sleep(600)) AS nap" if is_postgresql(place) else "(SELECT SLEEP(600)) AS nap"
    place.live("ALTER TABLE thing RENAME TO kept" if is_postgresql(place) else "RENAME TABLE thing TO kept")
    place.live(f"CREATE VIEW thing AS SELECT kept.* FROM kept, {nap}" if is_postgresql(place) else
               "CREATE VIEW thing AS SELECT * FROM kept WHERE SLEEP(600) = 0")  # fmt: skip


def running(place: Town, seconds: float = 0) -> int:
    """The reader's statements that the server has been busy with for so long, by its own word."""
    if is_postgresql(place):
        busy = "state = 'active' AND clock_timestamp() - query_start >= make_interval(secs => $2)"
        sql = f"SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader' AND datname = $1 AND {busy}"
    else:
        busy = "command <> 'Sleep' AND time_ms >= 1000 * %s"
        sql = f"SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'reader' AND db = %s AND {busy}"
    return int(place.server.execute(sql, place.database, seconds)[0][0])


def hang_up_on_everybody(place: Town) -> None:
    if is_postgresql(place):
        place.server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'")
        return
    for (thread,) in place.server.execute("SELECT id FROM information_schema.processlist WHERE user = 'reader'"):
        place.server.execute(f"KILL CONNECTION {thread}")


async def failing(fetch: Awaitable[Any]) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await fetch
    text = str(caught.value)
    assert text.startswith("source town: ")
    assert not any(word in text for word in ("127.0.0.1", "reader", "made-up", "SELECT", "ERROR"))
    return caught.value


def test_a_cancelled_fetch_runs_on_nowhere(place: Town) -> None:
    async def ask(made: SqlConnector) -> None:
        await made.check()
        make_slow(place)
        task = asyncio.ensure_future(made.fetch(BY_ID, A))
        await until(lambda: running(place) == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(until(lambda: running(place) == 0), 10)

    place.ask(ask, CELL, timeout=30.0)


def test_closing_stops_what_runs(place: Town) -> None:
    async def ask(made: SqlConnector) -> None:
        await made.check()
        make_slow(place)
        task = asyncio.ensure_future(made.fetch(BY_ID, A))
        await until(lambda: running(place) == 1)
        await made.close()
        assert running(place) == 0
        await asyncio.gather(task, return_exceptions=True)

    place.ask(ask, CELL, timeout=30.0)


def test_the_server_ends_a_statement_by_itself(place: Town) -> None:
    """If we could not cancel it, as when this process dies, it would still end in time."""

    async def ask(made: SqlConnector) -> None:
        await made.check()
        make_slow(place)
        query = made._query(BY_ID)
        error = await failing(made.driver.run(lambda: query.statement(A), list))
        assert error.kind is FailureKind.TIMEOUT

    place.ask(ask, CELL, timeout=0.5)


def test_the_load_cap_is_the_most_connections_that_are_open(place: Town) -> None:
    async def ask(made: SqlConnector) -> int:
        await asyncio.gather(*(made.fetch(BY_ID, A) for _ in range(30)))
        if is_postgresql(place):
            return int(place.server.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader'")[0][0])
        return len(place.server.execute("SELECT id FROM information_schema.processlist WHERE user = 'reader'"))

    assert 1 <= place.ask(ask, CELL, concurrency=3) <= 3


def test_a_session_cannot_write_even_where_the_account_may(place: Town) -> None:
    async def ask(made: SqlConnector) -> None:
        for statement in (
            "DELETE FROM thing",
            "INSERT INTO thing VALUES ('c', 3)",
            "UPDATE thing SET cell = 0",
            "DROP TABLE thing",
        ):
            error = await failing(made.driver.run(lambda sql=statement: (sql, []), list))  # type: ignore[misc]  # bound now
            assert error.kind is FailureKind.INVALID

    place.ask(ask, CELL, user="keeper")
    assert place.live("SELECT count(*) FROM thing")[0][0] == 2


def test_a_session_is_in_utc_and_says_who_it_is(place: Town) -> None:
    async def ask(made: SqlConnector, sql: str) -> Any:
        return await made.driver.run(lambda: (sql, []), lambda rows: tuple(rows[0]))

    if is_postgresql(place):
        sql = "SELECT current_setting('TimeZone'), current_setting('application_name'), current_setting('search_path')"
        assert place.ask(lambda made: ask(made, sql), CELL) == ("UTC", "tongguan town", "public")
    else:
        sql = "SELECT @@time_zone, @@tx_read_only, @@max_statement_time"
        assert place.ask(lambda made: ask(made, sql), CELL) == ("+00:00", 1, 5.0)


def test_an_idle_connection_that_the_server_hung_up_on_costs_nothing(place: Town) -> None:
    async def ask(made: SqlConnector) -> int:
        await made.fetch(BY_ID, A)
        hang_up_on_everybody(place)
        return (await made.fetch(BY_ID, A)).count

    assert place.ask(ask, CELL) == 1


def test_a_server_that_restarts_is_found_again(place: Town) -> None:
    async def ask(made: SqlConnector) -> int:
        await made.fetch(BY_ID, A)
        place.server.stop()
        assert (await failing(made.fetch(BY_ID, A))).kind is FailureKind.UNAVAILABLE
        place.server.start()
        return (await made.fetch(BY_ID, A)).count

    assert place.ask(ask, CELL) == 1


def test_a_connection_killed_in_the_middle_is_unavailable(place: Town) -> None:
    async def ask(made: SqlConnector) -> None:
        await made.check()
        make_slow(place)
        task = asyncio.ensure_future(made.fetch(BY_ID, A))
        await until(lambda: running(place, 0.2) == 1)
        hang_up_on_everybody(place)
        assert (await failing(task)).kind is FailureKind.UNAVAILABLE

    place.ask(ask, CELL, timeout=30.0)


def test_a_lock_is_waited_for_in_bounded_time(place: Town) -> None:
    lock = "ACCESS EXCLUSIVE" if is_postgresql(place) else ""

    async def ask(made: SqlConnector) -> None:
        await made.check()
        with place.server.session(place.database) as holder:
            if lock:
                holder("BEGIN")
                holder(f"LOCK TABLE thing IN {lock} MODE")
            else:
                holder("LOCK TABLES thing WRITE")
            assert (await failing(made.fetch(BY_ID, A))).kind is FailureKind.UNAVAILABLE
        assert (await made.fetch(BY_ID, A)).count == 1

    place.ask(ask, CELL, timeout=2.5)


def test_a_wrong_password_is_refused_and_not_told(place: Town) -> None:
    (place.folder / "password").write_text("SECRET")
    for request in (BY_ID, ALL):
        error = place.failure(CELL, request=request)
        assert error.kind is FailureKind.REFUSED
        assert "SECRET" not in str(error)


def test_a_password_can_be_changed_while_the_exchange_runs(place: Town) -> None:
    right = (place.folder / "password").read_text()

    async def ask(made: SqlConnector) -> int:
        (place.folder / "password").write_text("wrong")
        assert (await failing(made.fetch(BY_ID, A))).kind is FailureKind.REFUSED
        (place.folder / "password").write_text(right)
        return (await made.fetch(BY_ID, A)).count

    assert place.ask(ask, CELL) == 1


def test_a_password_that_is_gone_while_the_exchange_runs_costs_its_own_fields(place: Town) -> None:
    right = (place.folder / "password").read_text()

    async def ask(made: SqlConnector) -> int:
        (place.folder / "password").unlink()
        assert (await failing(made.fetch(BY_ID, A))).kind is FailureKind.INVALID
        (place.folder / "password").write_text(right)
        return (await made.fetch(BY_ID, A)).count

    assert place.ask(ask, CELL) == 1


def test_an_account_without_the_right_is_refused(place: Town) -> None:
    if is_postgresql(place):
        place.server.execute("CREATE ROLE nobody_much LOGIN PASSWORD 'made-up'")
    else:
        place.server.execute(
            f"CREATE USER nobody_much@'127.0.0.1' IDENTIFIED BY 'made-up'; GRANT SHOW VIEW ON {place.database}.* TO nobody_much@'127.0.0.1'"
        )
    try:
        error = place.failure(CELL, user="nobody_much")
        assert error.kind in (
            {FailureKind.REFUSED} if is_postgresql(place) else {FailureKind.REFUSED, FailureKind.INVALID}
        )
    finally:
        place.server.execute("DROP ROLE nobody_much" if is_postgresql(place) else "DROP USER nobody_much@'127.0.0.1'")


def test_a_server_that_has_no_connection_left_is_overloaded(place: Town) -> None:
    if is_postgresql(place):
        place.server.execute("ALTER ROLE reader CONNECTION LIMIT 0")
    else:
        place.server.execute("SET GLOBAL max_connections = 10")
    try:
        with place.server.crowd(12):
            assert place.failure(CELL).kind is FailureKind.OVERLOADED
    finally:
        if is_postgresql(place):
            place.server.execute("ALTER ROLE reader CONNECTION LIMIT -1")
        else:
            place.server.execute("SET GLOBAL max_connections = 40")


@pytest.mark.parametrize("behaviour", ["dead", "black hole", "half an answer", "no database at all"])
def test_a_host_that_is_no_server(place: Town, behaviour: str) -> None:
    """Nothing listens; or it accepts and says nothing; or breaks off; or speaks of something else."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        if behaviour == "dead":
            listener.close()
        options = {
            **place.source(CELL).options,
            "url": f"{'postgresql' if is_postgresql(place) else 'mariadb'}://reader@127.0.0.1:{port}/x",
        }

        async def ask(made: SqlConnector) -> SourceError:
            fetch = asyncio.ensure_future(failing(made.fetch(BY_ID, A)))
            if behaviour in {"half an answer", "no database at all"}:
                client, _ = await asyncio.to_thread(listener.accept)
                client.sendall(b"N\x00" if behaviour == "half an answer" else b"HTTP/1.1 400 Bad Request\r\n\r\n")
                client.close()
            return await fetch

        error = place.ask(ask, CELL, options=options, timeout=1.0)
    expected = {"dead": FailureKind.UNAVAILABLE, "black hole": FailureKind.TIMEOUT}
    assert error.kind is expected.get(behaviour, FailureKind.UNAVAILABLE)


def test_a_renamed_column_is_named_at_start_and_invalid_later(place: Town) -> None:
    async def ask(made: SqlConnector) -> None:
        await made.fetch(BY_ID, A)
        place.live("ALTER TABLE thing RENAME COLUMN cell TO renamed")
        error = await failing(made.fetch(BY_ID, A))
        assert error.kind is FailureKind.INVALID
        assert "Thing" in str(error)
        with pytest.raises(DeclarationError, match=r"town: table thing .* no column cell .*write one of: id, renamed"):
            await made.check()
        place.live("ALTER TABLE thing RENAME COLUMN renamed TO cell")
        assert (await made.fetch(BY_ID, A)).columns == (["a"], [1])  # and it is found again without a restart

    place.ask(ask, CELL)


def test_a_type_that_changes_while_we_run_is_invalid_and_found_again(place: Town) -> None:
    async def ask(made: SqlConnector) -> None:
        await made.fetch(BY_ID, A)
        place.live(
            "ALTER TABLE thing ALTER COLUMN cell TYPE text"
            if is_postgresql(place)
            else "ALTER TABLE thing MODIFY cell varchar(20)"
        )
        error = await failing(made.fetch(BY_ID, A))
        assert error.kind is FailureKind.INVALID
        assert "Thing" in str(error)
        place.live(
            "ALTER TABLE thing ALTER COLUMN cell TYPE bigint USING cell::bigint"
            if is_postgresql(place)
            else "ALTER TABLE thing MODIFY cell bigint"
        )
        for _ in range(2):
            try:
                assert (await made.fetch(BY_ID, A)).columns == (["a"], [1])
            except SourceError:
                continue
            return
        pytest.fail("it never comes back")

    place.ask(ask, CELL)


def test_ten_rows_of_very_many_cost_the_memory_of_ten(place: Town) -> None:
    numbers = "generate_series(1, 300000) AS seq" if is_postgresql(place) else "seq_1_to_300000"

    async def ask(made: SqlConnector) -> int:
        await made.check()
        tracemalloc.start()
        try:
            place.live(f"INSERT INTO thing SELECT CONCAT('k', seq), seq FROM {numbers}")
            assert (await made.fetch(ALL, {"limit": 10})).count == 10
            place.live(f"INSERT INTO thing SELECT 'a', seq FROM {numbers}")  # they break the declared key
            error = await failing(made.fetch(BY_ID, A))
            assert error.kind is FailureKind.INVALID
            assert "more than one row of Thing for one key" in str(error)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert place.ask(ask, CELL, timeout=20.0) < 4_000_000


def test_values_are_only_ever_values(place: Town) -> None:
    attacks = (
        "' OR 1=1 --",
        "a' UNION SELECT * FROM thing --",
        "\\' OR 1=1 --",
        "\u02bc OR 1=1",
        "$1",
        "?",
        "%s",
        "{}",
    )

    async def ask(made: SqlConnector) -> None:
        for attack in attacks:
            for op in (Op.EQ, Op.STARTS_WITH, Op.IN):
                request = Fetch("Thing", ("id",), where=Compare("id", op, "slot"))
                table = await made.fetch(request, {"slot": (attack,) if op is Op.IN else attack})
                assert table.count == 0
        assert (await made.fetch(ALL, {"limit": 10})).count == 2

    place.ask(ask, CELL)


def test_when_data_last_changed_is_said_where_the_server_knows(place: Town) -> None:
    changed = place.ask(lambda made: made.changed(), CELL)
    if is_postgresql(place):
        assert changed == {}
    else:
        assert set(changed) == {"Thing"}
        assert changed["Thing"].tzinfo is not None


def test_a_table_may_be_named_with_its_schema(place: Town) -> None:
    schema = "public" if is_postgresql(place) else place.database
    assert place.ask(lambda made: made.fetch(BY_ID, A), CELL, table=f"{schema}.thing").count == 1


def test_mariadb_is_not_mysql(mariadb: MariadbServer, tmp_path: Path) -> None:
    with town(mariadb, tmp_path) as place:
        options = {**place.source(CELL).options}
        options["url"] = str(options["url"]).replace("mariadb://", "mysql://")
        error = place.failure(CELL, options=options)
    assert error.kind is FailureKind.INVALID
    assert "write mariadb:// in options.url" in str(error)
