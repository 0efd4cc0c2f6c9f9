"""Databases behind servers, looked at by the drivers that the connector uses: real ones, on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.outlines import NoTargetError, OutlineError, Target, look
from tests.support.city import free_port
from tests.support.servers.database import PASSWORD
from tests.support.servers.mariadb import MariadbServer
from tests.support.servers.postgresql import PostgresqlServer
from vocabulary.outline import Outline, Shape

pytestmark = pytest.mark.server

NUMBER = "11010519491231002X"  # the example of GB 11643 itself
POSTGRESQL = f"""
CREATE TYPE mood AS ENUM ('calm', 'busy');
CREATE TABLE person (
  person_id integer PRIMARY KEY, identity_no text UNIQUE NOT NULL, born date, at timestamptz, height numeric(5, 2),
  ok boolean, tags text[], facts jsonb, photo bytea, feels mood, code varchar(12), wait interval, big bigint
);
COMMENT ON TABLE person IS '人员';
COMMENT ON COLUMN person.code IS '区划代码';
INSERT INTO person SELECT n, CASE n WHEN 1 THEN '{NUMBER}' ELSE 'x' || n END, '1949-12-31', now(), 1.5, true,
  '{{a}}', '{{}}', '\\x00', 'calm', '310115016003', '1 hour', n FROM generate_series(1, 1200) n;
CREATE TABLE visit (visit_id serial PRIMARY KEY, person_id integer REFERENCES person, note text);
CREATE VIEW grown AS SELECT person_id FROM person;
CREATE TABLE spot (name text, at geometry(Point, 4326));
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
"""
MARIADB = f"""
CREATE TABLE person (
  person_id int PRIMARY KEY COMMENT '编号', identity_no varchar(18) UNIQUE NOT NULL, born date, at datetime,
  height decimal(5, 2), ok tinyint(1), flags tinyint(1), facts json, photo blob, code char(12), big bigint unsigned
) COMMENT '人员';
INSERT INTO person SELECT seq, IF(seq = 1, '{NUMBER}', CONCAT('x', seq)), '1949-12-31', NOW(), 1.5, 1, seq, '{{}}',
  x'00', '310115016003', seq FROM seq_1_to_120;
CREATE TABLE visit (visit_id int PRIMARY KEY, person_id int, FOREIGN KEY (person_id) REFERENCES person (person_id));
CREATE VIEW grown AS SELECT person_id FROM person
"""


@pytest.fixture
def secret(tmp_path: Path) -> Callable[[str], Target]:
    def made(url: str, **more: object) -> Target:
        return Target(url, tmp_path, PASSWORD, "keys/x.password", **more)  # type: ignore[arg-type]  # `seconds`, `tables`

    return made


@pytest.mark.parametrize("kind", ["postgresql", "mariadb", "mysql"])
def test_a_server_on_another_machine_is_asked_under_tls_or_not_at_all(kind: str) -> None:
    """Its password and a sample of its rows would go over the network in the clear, to whoever answers."""
    with pytest.raises(NoTargetError, match="--ca"):
        look(Target(f"{kind}://reader@192.0.2.1/visits", None, PASSWORD))


def test_what_is_no_certificate_is_said(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("SECRET")
    with pytest.raises(NoTargetError, match="no certificate") as caught:
        look(Target("postgresql://reader@127.0.0.1/visits", None, PASSWORD, ca=tmp_path / "ca.pem"))
    assert "SECRET" not in str(caught.value)


def test_a_server_is_asked_under_tls_where_an_authority_is_named(
    secret: Callable[..., Target], town: str, postgresql: PostgresqlServer, borough: str, mariadb: MariadbServer
) -> None:
    for url, server in ((town, postgresql), (borough, mariadb)):
        outline = look(secret(url, ca=server.ca))
        assert outline.options["tls"] == {"ca": str(server.ca)}
        assert {table.name for table in outline.tables} >= {"person", "visit"}
    with pytest.raises(OutlineError):
        look(secret(town, ca=mariadb.ca))  # another authority than the one that vouches for it


@pytest.fixture(scope="module")
def town(postgresql: PostgresqlServer) -> Iterator[str]:
    name = postgresql.create_database()
    postgresql.execute("CREATE EXTENSION postgis", database=name)
    postgresql.execute(POSTGRESQL, database=name)
    yield postgresql.url(name)
    postgresql.drop_database(name)


@pytest.fixture(scope="module")
def borough(mariadb: MariadbServer) -> Iterator[str]:
    name = mariadb.create_database()
    mariadb.execute(MARIADB, database=name)
    yield mariadb.url(name)
    mariadb.drop_database(name)


def scalars(outline: Outline, table: str) -> dict[str, str | None]:
    (found,) = [one for one in outline.tables if one.name == table]
    return {column.name: column.scalar for column in found.columns}


def test_postgresql_is_looked_at(town: str, secret: Callable[..., Target]) -> None:
    outline = look(secret(town))
    assert outline.connector == "sql"
    assert dict(outline.options) == {"url": town, "password": {"file": "keys/x.password"}}
    assert [one.name for one in outline.tables] == ["grown", "person", "spot", "visit"]
    assert scalars(outline, "person") == {
        "person_id": "Int",
        "identity_no": "String",
        "born": "Date",
        "at": "DateTime",
        "height": "Float",
        "ok": "Boolean",
        "tags": None,
        "facts": None,
        "photo": None,
        "feels": "String",
        "code": "String",
        "wait": None,
        "big": "Int",
    }
    assert scalars(outline, "spot") == {"name": "String", "at": None}
    grown, person, _, visit = outline.tables
    assert (grown.is_view, person.is_view) == (True, False)
    assert (person.key, person.rows, person.is_more, person.comment) == (("person_id",), 1200, False, "人员")
    columns = {column.name: column for column in person.columns}
    assert columns["identity_no"].unique
    assert columns["code"].comment == "区划代码"
    assert columns["code"].sample.count(Shape.AREA) == columns["code"].sample.cells == 1000
    assert columns["identity_no"].sample.count(Shape.IDENTITY) <= 1
    assert [(key.column, key.table, key.target) for key in visit.foreign_keys] == [("person_id", "person", "person_id")]


def test_mariadb_is_looked_at(borough: str, secret: Callable[..., Target]) -> None:
    outline = look(secret(borough))
    assert dict(outline.options) == {"url": borough, "password": {"file": "keys/x.password"}}
    assert scalars(outline, "person") == {
        "person_id": "Int",
        "identity_no": "String",
        "born": "Date",
        "at": "DateTime",
        "height": "Float",
        "ok": "Boolean",
        "flags": "Int",
        "photo": None,
        "code": "String",
        "big": "Int",
        "facts": scalars(outline, "person")["facts"],  # MariaDB's JSON is a text under another name
    }
    _, person, visit = outline.tables
    columns = {column.name: column for column in person.columns}
    assert (person.rows, person.comment, columns["person_id"].comment) == (120, "人员", "编号")
    assert columns["identity_no"].sample.count(Shape.IDENTITY) == 1
    assert [(key.column, key.table, key.target) for key in visit.foreign_keys] == [("person_id", "person", "person_id")]


@pytest.mark.parametrize("kind", ["town", "borough"])
def test_sessions_only_read_and_one_table_can_be_named(
    kind: str, request: pytest.FixtureRequest, secret: Callable[..., Target]
) -> None:
    outline = look(secret(request.getfixturevalue(kind), tables=frozenset({"visit"})))
    assert [one.name for one in outline.tables] == ["visit"]
    with pytest.raises(NoTargetError, match="there is no table visits; there are: grown, person"):
        look(secret(request.getfixturevalue(kind), tables=frozenset({"visits"})))


@pytest.mark.parametrize("kind", ["town", "borough"])
def test_what_keeps_a_server_from_being_looked_at_is_said(
    kind: str, request: pytest.FixtureRequest, secret: Callable[..., Target]
) -> None:
    url: str = request.getfixturevalue(kind)
    database = url.rpartition("/")[2]
    port = url.rpartition(":")[2].partition("/")[0]
    cases = [
        (Target(url, None, "wrong"), "does not let this user in"),
        (Target(url, None), "does not let this user in"),
        (secret(url.replace(f"/{database}", "/nowhere")), "no such database for this user"),
        (secret(url.replace(port, str(free_port()))), "nobody answers at this host and port"),
        (secret(url.replace("reader@", "nobody@")), "does not let this user in"),
    ]
    for target, sentence in cases:
        with pytest.raises(OutlineError, match=sentence) as refused:
            look(target)
        said = str(refused.value)
        assert all(secret_ not in said for secret_ in (PASSWORD, "127.0.0.1", port, "reader", database, "wrong"))
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__


def test_an_empty_database_has_no_tables(postgresql: PostgresqlServer, secret: Callable[..., Target]) -> None:
    name = postgresql.create_database()
    try:
        with pytest.raises(OutlineError, match="there are no tables that this account may see"):
            look(secret(postgresql.url(name)))
    finally:
        postgresql.drop_database(name)


def test_a_view_that_never_ends_is_given_up(postgresql: PostgresqlServer, secret: Callable[..., Target]) -> None:
    name = postgresql.create_database()
    try:
        postgresql.execute("CREATE VIEW slow AS SELECT pg_sleep(60)::text AS x", database=name)
        postgresql.execute("GRANT SELECT ON slow TO reader", database=name)
        with pytest.raises(OutlineError, match="--seconds"):
            look(secret(postgresql.url(name), seconds=1.0))
    finally:
        postgresql.drop_database(name)
