from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from connectors.drivers import DRIVERS
from connectors.errors import DeclarationError, FailureKind, SourceError
from connectors.sql import SqlConnector
from tests.connectors.drivers.town import Server, field, town
from tests.connectors.served import WORDS, declaration
from tests.support.servers.certificates import make_certificates
from vocabulary.catalogue import TypeDeclaration
from vocabulary.fetch import Fetch, Via

THING = TypeDeclaration("Thing", "thing", WORDS, "id", None, None, "things", (field("id", "String"),), "id")
DATABASES = ["postgresql", "mariadb", "mysql"]


def made(folder: Path, url: object, **options: object) -> SqlConnector:
    return SqlConnector(declaration("sql", {"url": url, **options}), folder)


@pytest.mark.parametrize("kind", DATABASES)
@pytest.mark.parametrize(
    ("rest", "options", "hint"),
    [
        ("u:SECRET@127.0.0.1/town", {}, "write `password: {file: keys/…}` beside it"),
        ("u@SECRET.example/town", {}, "lack tls, and the server is not on this machine; write `tls: {ca:"),
        ("u@10.0.0.1/SECRET", {}, "lack tls"),
        ("u@127.0.0.1/town?sslmode=SECRET", {}, "write `tls: {ca: keys/…}` for TLS"),
        ("u@127.0.0.1/town?password=SECRET", {}, "says more than who and where"),
        ("u@/town?host=SECRET&unix_socket=SECRET", {}, "says more than who and where"),
        ("127.0.0.1/SECRET", {}, "lacks the user or the database"),
        ("u@127.0.0.1", {}, "lacks the user or the database"),
        ("u@127.0.0.1/SECRET", {"password": "SECRET"}, "password has to name a file; write `{file: keys/…}`"),
        ("u@127.0.0.1/SECRET", {"password": {"file": "SECRET"}}, r"password\.file names a file that is not there"),
        ("u@127.0.0.1/SECRET", {"tls": True}, "tls has to name a file; write `{ca: keys/…}`"),
        ("u@127.0.0.1/SECRET", {"tls": {"ca": "no.pem"}}, r"tls\.ca is no certificate"),
        ("u@127.0.0.1/SECRET", {"echo": True}, "are url, password and tls"),
    ],
)
def test_what_is_wrong_is_said_without_being_quoted(
    tmp_path: Path, kind: str, rest: str, options: dict[str, Any], hint: str
) -> None:
    (tmp_path / "no.pem").write_text("SECRET")
    with pytest.raises(DeclarationError, match=hint) as caught:
        made(tmp_path, f"{kind}://{rest}", **options)
    assert "SECRET" not in str(caught.value)
    assert "source town" in str(caught.value)


@pytest.mark.parametrize("kind", DATABASES)
def test_a_driver_is_not_the_declarations_to_choose(tmp_path: Path, kind: str) -> None:
    assert set(DRIVERS) == set(DATABASES)
    with pytest.raises(DeclarationError, match=f"names a driver; write {kind}://"):
        made(tmp_path, f"{kind}+other://u@127.0.0.1/town")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.8.8.8"])
def test_on_this_machine_no_tls_is_needed(tmp_path: Path, host: str) -> None:
    made(tmp_path, f"postgresql://u@{host}/town")
    made(tmp_path, "postgresql://u@/town?host=/var/run/postgresql")
    made(tmp_path, "mariadb://u@/town?unix_socket=/run/mysqld/mysqld.sock")


def ask(folder: Path, server: Server, database: str, host: str, ca: str | None) -> int:
    url = server.url(database).replace("127.0.0.1", host)
    options: dict[str, object] = {"url": url, "password": {"file": "password"}}
    if ca is not None:
        options["tls"] = {"ca": ca}

    async def journey() -> int:
        connector = SqlConnector(declaration("sql", options, types=(THING,), relations=(), timeout=10.0), folder)
        try:
            return (await connector.fetch(Fetch("Thing", ("id",), Via("Thing", "id")), {"keys": ("a",)})).count
        finally:
            await connector.close()

    return asyncio.run(journey())


@pytest.mark.server
@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_tls_knows_who_the_server_is(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    server: Server = request.getfixturevalue(kind)
    with town(server, tmp_path) as place:
        place.live("CREATE TABLE thing (id varchar(9))")
        place.live("INSERT INTO thing VALUES ('a')")
        (tmp_path / "ca.pem").write_bytes(server.ca.read_bytes())
        (tmp_path / "other").mkdir()
        make_certificates(tmp_path / "other", None)
        for host in ("localhost", "127.0.0.1"):
            assert ask(tmp_path, server, place.database, host, "ca.pem") == 1
        with pytest.raises(SourceError) as caught:
            ask(tmp_path, server, place.database, "127.0.0.1", "other/ca.pem")
        assert caught.value.kind is FailureKind.UNAVAILABLE
        with pytest.raises(SourceError) as caught:  # of the right authority, but another's name
            ask(tmp_path, server, place.database, "127.0.0.2", "ca.pem")
        assert caught.value.kind is FailureKind.UNAVAILABLE
