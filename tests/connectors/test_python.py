"""What only code in our own process can do to us."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from connectors import post
from connectors.errors import DeclarationError, FailureKind, SourceError
from connectors.python import PythonConnector
from tests.connectors.served import PERSON, RestServed, declaration
from vocabulary.catalogue import TypeDeclaration
from vocabulary.fetch import Fetch, Table, Via

CASE = TypeDeclaration(
    "Case",
    "Case",
    PERSON.description,
    key="id",
    subject=None,
    area=None,
    collection=None,
    fields=tuple(field for field in PERSON.fields if field.name in {"id", "name", "seenAt"}),
)
BY_ID = Fetch("Case", ("id", "name"), Via("Case", "id"))
FILE = """\
import asyncio
import datetime
import threading
from typing import NewType

import strawberry
from strawberry.schema.config import StrawberryConfig

Anything = NewType("Anything", object)
LET_GO = threading.Event()
CALLS = []


@strawberry.federation.type(keys=["id"])
class Case:
    id: strawberry.ID
    seen: Anything = None

    @strawberry.field
    {name}

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "Case":
        CALLS.append(threading.current_thread().name)
        return cls(id=id)


def plain(value):
    return value


schema = strawberry.federation.Schema(
    types=[Case],
    config=StrawberryConfig(scalar_map={{Anything: strawberry.scalar(name="Anything", serialize=plain)}}),
)
"""
HONEST = "def name(self) -> str:\n    return self.id.upper()"


def made(folder: Path, name: str = HONEST, **changes: Any) -> PythonConnector:
    body = indent(dedent(name), "    ").strip()
    (folder / "cases.py").write_text(FILE.format(name=body))
    options = changes.pop("options", {"file": "cases.py"})
    return PythonConnector(declaration("python", options, types=(CASE,), relations=(), **changes), folder)


def ask(connector: PythonConnector, request: Fetch = BY_ID, keys: tuple[str, ...] = ("p1", "p2")) -> Table:
    async def journey() -> Table:
        try:
            return await connector.fetch(request, {"keys": keys})
        finally:
            await connector.close()

    return asyncio.run(journey())


def failure(folder: Path, name: str, **changes: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        ask(made(folder, name, **changes))
    for word in ("SECRET", "p1", str(folder)):
        assert word not in str(caught.value)
    return caught.value


def module(connector: PythonConnector) -> Any:
    """The mounted module."""
    return sys.modules[connector.schema.schema_converter.type_map["Case"].definition.origin.__module__]  # type: ignore[union-attr]


def test_it_is_asked_in_a_thread_of_its_own(tmp_path: Path) -> None:
    connector = made(tmp_path)
    assert ask(connector).columns == (["p1", "p2"], ["P1", "P2"])
    assert module(connector).CALLS == ["tongguan subgraph town"] * 2
    assert "tongguan subgraph town" not in {thread.name for thread in threading.enumerate()}


def test_a_resolver_may_wait(tmp_path: Path) -> None:
    waits = "async def name(self) -> str:\n    await asyncio.sleep(0)\n    return self.id"
    assert ask(made(tmp_path, waits)).columns == (["p1", "p2"],) * 2


def test_a_resolver_that_blocks_holds_its_own_source_and_nobody_elses(tmp_path: Path) -> None:
    """The exchange's own loop goes on meanwhile, and so does every other source."""
    blocks = "def name(self) -> str:\n    LET_GO.wait()\n    return self.id"
    connector = made(tmp_path, blocks, timeout=0.3)
    (tmp_path / "other").mkdir()
    other = RestServed(tmp_path / "other").connector()

    async def journey() -> None:
        started = time.monotonic()
        blocked = [asyncio.ensure_future(connector.fetch(BY_ID, {"keys": ("p1",)})) for _ in range(5)]
        answered = 0
        while not all(one.done() for one in blocked):
            assert (await other.fetch(Fetch("Person", ("id",), Via("Person", "id")), {"keys": ("p1",)})).count == 1
            answered += 1
        assert answered > 5
        assert time.monotonic() - started < 3
        for one in await asyncio.gather(*blocked, return_exceptions=True):
            assert isinstance(one, SourceError)
            assert one.kind in {FailureKind.TIMEOUT, FailureKind.OVERLOADED}
        module(connector).LET_GO.set()
        assert (await connector.fetch(BY_ID, {"keys": ("p2",)})).columns == (["p2"], ["p2"])
        await connector.close()
        await other.close()

    asyncio.run(journey())


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("def name(self) -> str:\n    raise ValueError('SECRET ' + self.id)", FailureKind.INVALID),
        ("def name(self) -> str:\n    return None", FailureKind.INVALID),
        ("def name(self) -> Anything:\n    return 5", FailureKind.INVALID),
        ("def name(self) -> Anything:\n    return object()", FailureKind.INVALID),
        ("def name(self) -> Anything:\n    return self", FailureKind.INVALID),
        ("def name(self) -> Anything:\n    return 2**70", FailureKind.INVALID),
        ("def name(self) -> Anything:\n    return [self.id]", FailureKind.INVALID),
        ("def name(self) -> Anything:\n    a = []\n    a.append(a)\n    return a", FailureKind.INVALID),
        ("def name(self) -> Anything:\n    return chr(0xD800)", FailureKind.INVALID),
        ("def name(self) -> str:\n    return 'x' * 20_000_000", FailureKind.INVALID),
        ("def name(self) -> str:\n    raise SystemExit('SECRET')", FailureKind.UNAVAILABLE),
        ("def name(self) -> str:\n    raise KeyboardInterrupt", FailureKind.UNAVAILABLE),
        ("async def name(self) -> str:\n    raise SystemExit('SECRET')", FailureKind.UNAVAILABLE),
        ("async def name(self) -> str:\n    raise asyncio.CancelledError", FailureKind.UNAVAILABLE),
        ("async def name(self) -> str:\n    asyncio.current_task().cancel()\n    await asyncio.sleep(9)", FailureKind.UNAVAILABLE),
        ("def name(self) -> str:\n    return self.name()", FailureKind.INVALID),
    ],
)  # fmt: skip
def test_whatever_it_does_is_its_own_failure(tmp_path: Path, name: str, kind: FailureKind) -> None:
    error = failure(tmp_path, name)
    assert error.kind is kind
    assert "Case" in str(error)


def test_an_answer_that_is_too_large_is_left(tmp_path: Path) -> None:
    assert f"more than {post.MAX_BYTES // 2**20} MiB" in str(
        failure(tmp_path, "def name(self) -> str:\n    return 'x' * 20_000_000")
    )


def test_nothing_alive_passes(tmp_path: Path) -> None:
    """A moment whose time zone is code of theirs arrives as text."""
    zone = (
        "class Zone(datetime.tzinfo):\n    def utcoffset(self, moment):\n        return datetime.timedelta(hours=8)\n"
    )
    connector = made(tmp_path)
    source = (tmp_path / "cases.py").read_text()
    source = source.replace("\n\n@strawberry.federation", f"\n\n{zone}\n\n@strawberry.federation", 1)
    source = source.replace("return cls(id=id)", "return cls(id=id, seen=datetime.datetime(2024, 5, 1, tzinfo=Zone()))")
    (tmp_path / "cases.py").write_text(source)
    connector = PythonConnector(connector.declaration, tmp_path)
    (seen,) = ask(connector, Fetch("Case", ("seenAt",), Via("Case", "id"))).columns
    assert {(type(cell), type(getattr(cell, "tzinfo", None))) for cell in seen} == {(datetime, timezone)}


def test_no_text_of_its_errors_reaches_a_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    failure(tmp_path, "def name(self) -> str:\n    raise ValueError('SECRET ' + self.id)")
    failure(tmp_path, "async def name(self) -> str:\n    raise ValueError('SECRET ' + self.id)")
    assert "SECRET" not in caplog.text
    assert "p1" not in caplog.text


def test_what_strawberry_says_elsewhere_is_still_said(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("strawberry.execution").error("elsewhere")
    assert "elsewhere" in caplog.text


def test_what_was_asked_for_is_theirs_to_change_and_ours_stays(tmp_path: Path) -> None:
    """Strawberry itself takes `__typename` out of each representation."""
    connector = made(tmp_path)

    async def journey() -> None:
        for _ in range(2):
            assert (await connector.fetch(BY_ID, {"keys": ("p1",)})).count == 1
        await connector.close()

    asyncio.run(journey())


# ---------------------------------------------------------------------------------------------------- file and schema


def test_two_sources_may_have_files_of_one_name(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    one, two = (made(folder, HONEST.replace("upper()", f"upper() + {folder.name!r}")) for folder in folders)
    assert ask(one).column("name") == ["P1one", "P2one"]
    assert ask(two).column("name") == ["P1two", "P2two"]
    assert not (folders[0] / "__pycache__").exists()


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({}, "of kind python are: file"),
        ({"file": "cases.py", "url": "SECRET"}, "of kind python are: file"),
        ({"file": 5}, r"file: write the path of a \.py file"),
        ({"file": "cases.txt"}, r"file: write the path of a \.py file"),
        ({"file": "absent.py"}, r"there is no file absent\.py"),
        ({"file": "folder.py"}, r"there is no file folder\.py"),
        ({"file": "../outside.py"}, "stays in the folder of exchange.yaml"),
        ({"file": "/etc/outside.py"}, "stays in the folder of exchange.yaml"),
        ({"file": "linked.py"}, "stays in the folder of exchange.yaml"),
        ({"file": "cases.py", "schema": "absent"}, "has no strawberry.federation.Schema of that name; write absent ="),
        ({"file": "cases.py", "schema": "Case"}, "has no strawberry.federation.Schema"),
        ({"file": "cases.py", "schema": 5}, "has no strawberry.federation.Schema"),
        (
            {"file": "cases.py", "sha256": "0" * 64},
            r"sha256: cases\.py is another; see what changed, and write what sha256sum says of it",
        ),
        ({"file": "cases.py", "sha256": None}, r"sha256: cases\.py is another"),
        ({"file": "cases.py", "names": {"Human": "M"}}, "names: Human is not added to here"),
    ],
)
def test_wrong_options_are_refused_with_what_to_write(tmp_path: Path, options: dict[str, object], hint: str) -> None:
    home = tmp_path / "home"
    (home / "folder.py").mkdir(parents=True)
    (tmp_path / "outside.py").write_text("raise AssertionError('it was run')")
    (home / "linked.py").symlink_to(tmp_path / "outside.py")
    with pytest.raises(DeclarationError, match=hint) as caught:
        made(home, options=options)
    assert "SECRET" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_a_file_that_is_another_than_was_approved_is_not_run(tmp_path: Path) -> None:
    made(tmp_path)
    file = tmp_path / "cases.py"
    options = {"file": "cases.py", "sha256": sha256(file.read_bytes()).hexdigest()}
    assert ask(made(tmp_path, options=options)).count == 2
    file.write_text(f"open({str(tmp_path / 'run')!r}, 'w')\n" + file.read_text())
    with pytest.raises(DeclarationError, match=r"cases\.py is another"):
        PythonConnector(declaration("python", options, types=(CASE,), relations=()), tmp_path)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("import strawberry\n\nraise ValueError('SECRET')\n", "cases.py ends in ValueError, from its line 3"),
        ("import nowhere_at_all\n", "cases.py ends in ModuleNotFoundError, from its line 1"),
        ("\nschema = (\n", "cases.py ends in SyntaxError, from its line 2"),
        ("def f():\n    raise SystemExit('SECRET')\n\nf()\n", "cases.py ends in SystemExit, from its line 2"),
        ("x = '\0'", "cases.py ends in SyntaxError"),
        ("x = 'é'", "cases.py ends in SyntaxError"),
    ],
)
def test_a_file_that_cannot_be_run_is_refused_with_its_line(tmp_path: Path, text: str, hint: str) -> None:
    (tmp_path / "cases.py").write_bytes(text.encode("latin-1"))
    before = set(sys.modules)
    with pytest.raises(DeclarationError, match=hint) as caught:
        PythonConnector(declaration("python", {"file": "cases.py"}), tmp_path)
    assert "SECRET" not in str(caught.value)
    assert not [name for name in set(sys.modules) - before if "tongguan_subgraph" in name]


def test_check_is_held_against_the_mounted_schema(tmp_path: Path) -> None:
    connector = made(tmp_path, "def surname(self) -> str:\n    return self.id")

    async def journey() -> None:
        try:
            await connector.check()
        finally:
            await connector.close()

    with pytest.raises(
        DeclarationError, match=r"type Case \(type Case\) has no field name .*; write one of: id, seen, surname"
    ):
        asyncio.run(journey())
    assert module(connector).CALLS == []
