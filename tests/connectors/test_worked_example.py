"""The connector of docs/contributor.md, as it stands there, through the whole conformance suite."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

import connectors
from connectors import Connector, connect
from tests.connectors import test_conformance, test_conformance_failures, test_conformance_lists
from tests.connectors.served import PEOPLE, PERSON, VISIT, VISITS, Served, declaration
from tests.support.network import Stand

PAGE = (Path(__file__).parents[2] / "docs" / "contributor.md").read_text("utf-8")
(CODE,) = re.findall(r"<!-- example: lookup -->\n```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
MODULE = "our_lookup"
UNLISTED = declaration(
    "lookup", {"url": "https://town.example"}, types=tuple(replace(one, collection=None) for one in (PERSON, VISIT))
)

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module", autouse=True)
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The page's code, as a distribution of somebody else's would have it."""
    file = tmp_path_factory.mktemp("example") / f"{MODULE}.py"
    file.write_text(CODE, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(MODULE, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[MODULE]


class LookupServed:
    """The service before somebody's old system, in this process."""

    kind = "lookup"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked = self.open = self.most = 0
        self._rows = {
            "person": [dict(row, alone=None if row["alone"] is None else row["alone"] == 1) for row in PEOPLE],
            "visit": [dict(row) for row in VISITS],
        }
        self._columns = {table: list(rows[0]) for table, rows in self._rows.items()}
        self._slow = self._dead = False

    def connector(self, **changes: Any) -> Connector:
        made = declaration("lookup", {"url": "https://town.example"}, **changes)
        connector = sys.modules[MODULE].LookupConnector(made, self.folder, Stand(self._answer))
        assert isinstance(connector, Connector)
        return connector

    def change(self, type_name: str, key: str, column: str, value: object) -> None:
        by = "id" if type_name == "Person" else "person"
        for row in self._rows[type_name.lower()]:
            if row[by] == key:
                row[column] = value

    def repeat(self, key: str) -> None:
        people = self._rows["person"]
        people.extend([row for row in people if row["id"] == key])

    def drop_column(self, column: str) -> None:
        self._columns["person"].remove(column)

    def kill(self) -> None:
        self._dead = True

    def slow(self) -> None:
        self._slow = True

    def quick(self) -> None:
        self._slow = False

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        if self._dead:
            raise httpx.ConnectError("town.example:80 refused p1")
        _, table, *rest = request.url.path.split("/")
        if rest == ["columns"]:
            return _json(self._columns[table])
        self.asked += 1
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            if self._slow:
                await asyncio.Event().wait()
            await asyncio.sleep(0)
        finally:
            self.open -= 1
        asked = json.loads(request.content)
        keys = set(asked["keys"])
        return _json([row for row in self._rows[table] if row[asked["key"]] in keys])


def _json(value: object) -> httpx.Response:
    """As it would come over the network."""
    content = json.dumps(value).encode()
    return httpx.Response(200, headers={"Content-Type": "application/json"}, stream=httpx.ByteStream(content))


@pytest.fixture
def served(tmp_path: Path) -> Served:
    return LookupServed(tmp_path)


SUITE = {
    name: one
    for module in (test_conformance, test_conformance_lists, test_conformance_failures)
    for name, one in vars(module).items()
    if name.startswith("test_")
}
globals().update(SUITE)


def test_one_line_makes_it_a_kind(tmp_path: Path, example: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    assert '("lookup", LookupConnector),' in PAGE
    monkeypatch.setattr(connectors, "KINDS", (*connectors.KINDS, ("lookup", example.LookupConnector)))
    made = connect(UNLISTED, tmp_path)
    assert isinstance(made, example.LookupConnector)


def test_an_entry_point_makes_it_a_kind_too(
    tmp_path: Path, example: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    ((group, points),) = tomllib.loads(block)["project"]["entry-points"].items()
    assert group == connectors.GROUP
    found = EntryPoints(EntryPoint(name, value, group) for name, value in points.items())
    monkeypatch.setattr(connectors, "entry_points", lambda *, group: found.select(group=group))
    made = connect(UNLISTED, tmp_path)
    assert isinstance(made, example.LookupConnector)


def test_the_suite_is_whole() -> None:
    """Else the page's promise would be a smaller one than every kind's."""
    assert len(SUITE) > 25
    assert SUITE.keys() <= globals().keys()
    modules = {path.stem for path in Path(__file__).parent.glob("test_conformance*.py")}
    assert modules == {one.__module__.rpartition(".")[2] for one in SUITE.values()}
