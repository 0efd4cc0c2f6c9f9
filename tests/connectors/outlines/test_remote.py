from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from connectors.outlines import NoTargetError, OutlineError, Target, look

pytestmark = pytest.mark.whole

SDL = '''
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
type Query { cases: [StreetCase!] }
"""一件案件"""
type StreetCase @key(fields: "caseNo") {
  caseNo: ID!
  kind: String
  reportedAt: DateTime
  photos: [String!]
  at(precision: Int): Float
  resident: Resident
  "报告人身份证号"
  reporterIdentityNo: String
}
type Resident @key(fields: "identityNo", resolvable: false) { identityNo: String! }
type Two @key(fields: "a b") { a: String b: String }
'''


class Endpoint(ThreadingHTTPServer):
    """What a subgraph answers, and what it was asked."""

    status, answer = 200, b""
    asked: list[tuple[dict[str, str], bytes]]


class Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint(("127.0.0.1", 0), Handler) as made:
        made.asked = []
        made.answer = json.dumps({"data": {"_service": {"sdl": SDL}}}).encode()
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def url(endpoint: Endpoint) -> str:
    return f"http://127.0.0.1:{endpoint.server_port}/graphql"


def test_an_entity_is_a_table(endpoint: Endpoint) -> None:
    outline = look(Target(url(endpoint), secret="s3cret", secret_file="keys/x.key", header="X-Api-Key"))
    assert (outline.connector, outline.lists) == ("graphql", False)
    assert dict(outline.options) == {"url": url(endpoint), "auth": {"header": "X-Api-Key", "file": "keys/x.key"}}
    (table,) = outline.tables
    assert (table.name, table.key, table.comment) == ("StreetCase", ("caseNo",), "一件案件")
    assert {column.name: column.scalar for column in table.columns} == {
        "caseNo": "String",
        "kind": "String",
        "reportedAt": "DateTime",
        "photos": None,
        "at": None,
        "resident": None,
        "reporterIdentityNo": "String",
    }
    ((headers, body),) = endpoint.asked
    assert headers["X-Api-Key"] == "s3cret"
    assert json.loads(body) == {"query": "{ _service { sdl } }"}


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (401, b"", "does not let us in"),
        (403, b"", "does not let us in"),
        (200, b"<html>", "is no Federation subgraph"),
        (200, b'{"data": null}', "is no Federation subgraph"),
        (200, b'{"data": {"_service": {"sdl": 3}}}', "is no Federation subgraph"),
        (500, b'{"errors": []}', "is no Federation subgraph"),
        (200, b'{"data": {"_service": {"sdl": "type {"}}}', "is no GraphQL"),
        (200, b'{"data": {"_service": {"sdl": "type A { a: String }"}}}', "no type with a key"),
        (302, b"", "is no Federation subgraph"),
        (200, b" " * (4 * 1024 * 1024 + 1), "more than 4 MiB"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_subgraph(endpoint: Endpoint, status: int, answer: bytes, said: str) -> None:
    endpoint.status, endpoint.answer = status, answer
    with pytest.raises(OutlineError, match=said) as refused:
        look(Target(url(endpoint), secret="s3cret", header="X-Api-Key"))
    assert "s3cret" not in str(refused.value)
    assert str(endpoint.server_port) not in str(refused.value)


def test_a_dead_endpoint() -> None:
    with pytest.raises(OutlineError, match="nobody answers at this address"):
        look(Target("http://127.0.0.1:9/graphql"))


@pytest.mark.parametrize("where", ["http://", "http://me:pw@127.0.0.1/graphql", "https://127.0.0.1/graphql?key=pw"])
def test_an_address_that_is_none_or_holds_a_credential(where: str) -> None:
    with pytest.raises(NoTargetError, match="a credential goes into a file"):
        look(Target(where))
