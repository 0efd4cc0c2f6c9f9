"""What bad input gets: its documented code and a sentence, in bounded time; nothing leaks and nothing is lost.

What bad arguments, sources and policies get stands with the promises that they attack.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from audit.reader import LOG_FILE
from democity.personas import PERSONAS
from federation.demo import token_of
from federation.errors import Code
from federation.settings import Settings
from tests.support.city import QUESTION, STREET, City, free_port, wait_for

GOOD = "{ residents(first: 1) { nodes { area } } }"
BOUND = 5.0  # seconds; generous, because machines that test are busy. Without a bound these would take minutes.


@dataclass(frozen=True)
class Bad:
    """A request that differs from a good one in `query`, `variables` or headers; None takes a header away."""

    query: str = GOOD
    variables: object = None
    headers: tuple[tuple[str, str | None], ...] = ()
    operation: str | None = None
    body: bytes | None = None


def nested(depth: int) -> str:
    """Contacts of contacts of contacts."""
    return "{ residents(first: 1) { nodes " + "{ emergencyContact " * depth + "{ area }" + " }" * depth + " } }"


def fragments(count: int) -> str:
    """Each spreads the next one twice: a few lines that ask for 2 to the power of `count` fields."""
    spread = "".join(f"fragment F{i} on Resident {{ ...F{i + 1} ...F{i + 1} }} " for i in range(count))
    return f"{{ residents {{ nodes {{ ...F0 }} }} }} {spread} fragment F{count} on Resident {{ area }}"


def wide(count: int) -> str:
    return "{ residents { nodes { " + " ".join(f"a{i}: area" for i in range(count)) + " } } }"


def deep_where(depth: int) -> dict[str, object]:
    inner: dict[str, object] = {"area": {"within": ["31"]}}
    for _ in range(depth):
        inner = {"not": inner}
    return inner


FILTERED = "query($w: ResidentWhere) { residents(where: $w) { nodes { area } } }"
COUNTED = "query($n: Int!) { residents(first: $n) { nodes { area } } }"

TABLE: dict[str, tuple[Bad, str]] = {
    "not GraphQL": (Bad("{ residents {"), "DOCUMENT_MALFORMED"),
    "an empty document": (Bad(""), "DOCUMENT_MALFORMED"),
    "control characters": (Bad("{ residents \u0000 }"), "DOCUMENT_MALFORMED"),
    "a string without end": (Bad('{ residents(after: "'), "DOCUMENT_MALFORMED"),
    "an unknown field": (Bad("{ residents { nodes { nme } } }"), "DOCUMENT_INVALID"),
    "an unknown type": (Bad("query($x: Nothing) { __typename }"), "DOCUMENT_INVALID"),
    "an unknown fragment": (Bad("{ residents { nodes { ...F } } }"), "DOCUMENT_INVALID"),
    "fragments in a circle": (
        Bad("{ residents { nodes { ...F } } } fragment F on Resident { ...G } fragment G on Resident { ...F }"),
        "DOCUMENT_INVALID",
    ),
    "a document that only defines": (Bad("fragment F on Resident { area }"), "DOCUMENT_INVALID"),
    "a type definition": (Bad("type Query { a: Int }"), "DOCUMENT_INVALID"),
    "a document too long": (Bad("{ residents { nodes { area } } } #" + "x" * 40_000), "DOCUMENT_TOO_LONG"),
    "too many tokens": (Bad("{ " + "__typename " * 5_000 + "}"), "DOCUMENT_TOO_LONG"),
    "too deep": (Bad(nested(20)), "DOCUMENT_TOO_DEEP"),
    "much too deep": (Bad(nested(900)), "DOCUMENT_TOO_DEEP"),
    "deep in braces only": (Bad("{ a " * 1_900), "DOCUMENT_TOO_DEEP"),
    "deep in a list literal": (Bad(f"{{ residents(after: {'[' * 1_900}"), "DOCUMENT_TOO_DEEP"),
    "too many aliases": (Bad(wide(100)), "DOCUMENT_TOO_WIDE"),
    "too many directives": (Bad("{ __typename " + "@include(if: true) " * 100 + "}"), "DOCUMENT_TOO_WIDE"),
    "fragments that multiply": (Bad(fragments(25)), "DOCUMENT_TOO_WIDE"),
    "too costly": (
        Bad("{ residents(first: 1000) { nodes { vaccinations { vaccine resident { vaccinations { dose } } } } } }"),
        "DOCUMENT_TOO_COSTLY",
    ),
    "a page too large": (Bad("{ residents(first: 1001) { nodes { area } } }"), "ARGUMENT_INVALID"),
    "a page too large in a variable": (Bad(COUNTED, {"n": 2_147_483_647}), "ARGUMENT_INVALID"),
    "a page below nothing": (Bad(COUNTED, {"n": -1}), "ARGUMENT_INVALID"),
    "too many comparisons": (Bad(FILTERED, {"w": {"and": [{"area": {"within": ["31"]}}] * 400}}), "DOCUMENT_TOO_WIDE"),
    "too many values": (Bad(FILTERED, {"w": {"area": {"within": ["31"] * 5_000}}}), "DOCUMENT_TOO_WIDE"),
    "a filter nested without end": (Bad(FILTERED, {"w": deep_where(300)}), "VARIABLES_INVALID"),
    "an area that is none": (
        Bad('{ residents(where: {area: {within: ["3101"]}}) { nodes { area } } }'),
        "ARGUMENT_INVALID",
    ),
    "an unknown operation": (Bad("query A { __typename }", operation="B"), "OPERATION_UNKNOWN"),
    "one of two operations, not said which": (
        Bad("query A { __typename } query B { __typename }"),
        "OPERATION_UNKNOWN",
    ),
    "an unknown act": (Bad("mutation { deleteEverything }"), "DOCUMENT_INVALID"),
    "an act that is not permitted": (Bad('mutation { askAgreement(id: "A-2026-1") { number } }'), "ACT_REFUSED"),
    "an unknown mode": (Bad("{ __typename }", headers=(("X-Mode", "panic"),)), "MODE_UNKNOWN"),
    "an emergency that nobody declared": (
        Bad("{ __typename }", headers=(("X-Mode", "emergency"),)),
        "EMERGENCY_MISSING",
    ),
    "a subscription": (Bad("subscription { residents { nodes { area } } }"), "OPERATION_UNSUPPORTED"),
    "a variable that is missing": (Bad(COUNTED, {}), "VARIABLES_INVALID"),
    "a variable of the wrong type": (Bad(COUNTED, {"n": "many"}), "VARIABLES_INVALID"),
    "a variable too large": (Bad(COUNTED, {"n": 10**30}), "VARIABLES_INVALID"),
    "a cursor that is none": (Bad('{ residents(after: "x") { nodes { area } } }'), "CURSOR_INVALID"),
    "no token": (Bad(headers=(("Authorization", None),)), "TOKEN_MISSING"),
    "a token that is none": (Bad(headers=(("Authorization", "Bearer x.y.z"),)), "TOKEN_INVALID"),
    "no purpose": (Bad(headers=(("X-Purpose", None),)), "PURPOSE_MISSING"),
    "an unknown purpose": (Bad(headers=(("X-Purpose", "curiosity"),)), "PURPOSE_UNKNOWN"),
    "an agreement": (Bad(headers=(("X-Agreement", "a-1"),)), "AGREEMENT_UNKNOWN"),
    "another media type": (Bad(headers=(("Content-Type", "text/plain"),)), "MEDIA_TYPE_UNSUPPORTED"),
    "no JSON": (Bad(body=b"{"), "BODY_MALFORMED"),
    "a body too large": (Bad(body=b" " * 300_000), "BODY_TOO_LARGE"),
}


def tally(city: City) -> dict[str, int]:
    """How often each code is on record, whether in an entry of its own or counted at the door."""
    city.run_flush()
    counted: dict[str, int] = {}
    for _, entry in city.entries():
        for code, count in entry.get("counts", {entry["outcome"]: 1}).items():
            counted[code] = counted.get(code, 0) + count
    return counted


def send(city: City, bad: Bad) -> Any:
    headers: dict[str, str | None] = {
        "Authorization": f"Bearer {city.token('analyst')}",
        "X-Purpose": "epidemic-control",
        **dict(bad.headers),
    }
    body = {"query": bad.query, "variables": bad.variables, "operationName": bad.operation}
    sent = {name: value for name, value in headers.items() if value is not None}
    return city.post(bad.body if bad.body is not None else body, sent)


@pytest.mark.parametrize(("bad", "code"), TABLE.values(), ids=TABLE)
def test_bad_input_gets_its_code_and_a_sentence(city: City, bad: Bad, code: str) -> None:
    before = tally(city).get(code, 0)
    started = time.monotonic()
    reply = send(city, bad)
    assert time.monotonic() - started < BOUND
    assert (reply.code, reply.status) == (code, Code[code].status), reply.text[:500]
    assert "data" not in reply.body
    (error,) = reply.body["errors"]
    assert len(error["message"]) > 20
    assert len(reply.text) < 4_000
    assert tally(city)[code] == before + 1
    assert send(city, Bad()).data["residents"]["nodes"]


def test_the_same_bad_document_again_and_again_costs_no_more(city: City) -> None:
    started = time.monotonic()
    for _ in range(50):
        assert send(city, Bad(fragments(25))).code == "DOCUMENT_TOO_WIDE"
    assert time.monotonic() - started < BOUND


def test_expired(city: City) -> None:
    token = token_of(city.settings, PERSONAS["analyst"], -1)
    reply = send(city, Bad(headers=(("Authorization", f"Bearer {token}"),)))
    assert (reply.status, reply.code) == (401, "TOKEN_EXPIRED")


# ── a full disk under the audit store ─────────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def served(home: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    tongguan = Path(sys.executable).with_name("tongguan")
    command = [str(tongguan), "serve", "--home", str(home), "--port", str(port)]
    allowed = {**os.environ, "TONGGUAN_DEVELOPMENT": "true"}
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=allowed)
    try:
        wait_for(f"http://127.0.0.1:{port}/health/live")
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def allow(process: subprocess.Popen[bytes], size: int) -> None:
    """The largest that a file of this process may become: beyond it, writing fails as on a full disk."""
    _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, hard))


@pytest.mark.server
def test_a_full_disk_under_the_log_releases_nothing_and_loses_nothing(make_city: Callable[..., City]) -> None:
    city = make_city()
    port = free_port()
    settings = replace(Settings(home=city.home), port=port)
    headers = {
        "Authorization": f"Bearer {token_of(settings, PERSONAS['analyst'], 600)}",
        "X-Purpose": "epidemic-control",
    }
    asked = {"query": QUESTION, "variables": {"street": STREET, "first": 50}}
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30, trust_env=False)

    def until(path: str, status: int) -> httpx.Response:
        deadline = time.monotonic() + 20
        while (response := client.get(path)).status_code != status:
            assert time.monotonic() < deadline, response.text
        return response

    receipts: list[int] = []
    with client, served(city.home, port) as process:
        assert client.post("/graphql", json=asked).status_code == 200
        allow(process, (city.home / "audit" / f"{LOG_FILE}-wal").stat().st_size + 200_000)
        refused = None
        for _ in range(2_000):
            response = client.post("/graphql", json=asked)
            if response.status_code != 200:
                refused = response
                break
            receipts.append(response.json()["extensions"]["receipt"]["index"])
        assert refused is not None
        assert refused.status_code == 503
        assert refused.json()["errors"][0]["extensions"]["code"] == "RECEIPT_UNAVAILABLE"
        assert "data" not in refused.json()
        assert receipts
        assert client.get("/health/ready").json()["problems"] == ["the audit log can't be written"]
        assert client.get("/health/ready").status_code == 503
        assert client.get("/health/live").status_code == 200
        for body in (asked, {"query": "{ nobody }"}):
            assert client.post("/graphql", json=body).json()["errors"][0]["extensions"]["code"] == "RECEIPT_UNAVAILABLE"
        missing = client.post("/graphql", json=asked, headers={"Authorization": ""})
        assert missing.json()["errors"][0]["extensions"]["code"] == "RECEIPT_UNAVAILABLE"
        allow(process, resource.RLIM_INFINITY)
        until("/health/ready", 200)
        response = client.post("/graphql", json=asked)
        assert response.status_code == 200
        receipts.append(response.json()["extensions"]["receipt"]["index"])
    entries = dict(city.entries())
    assert [entries[index]["kind"] for index in receipts] == ["release"] * len(receipts)
    assert {"TOKEN_MISSING": 1} in [entry.get("counts") for entry in entries.values()]
    verified = subprocess.run(
        [Path(sys.executable).with_name("tongguan"), "audit", "verify", "--home", city.home],
        capture_output=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout.decode()
    assert sorted(entries) == list(range(len(entries)))
