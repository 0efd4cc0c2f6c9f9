"""`tongguan compose`: an exchange's own sources (test_looking.py), or subgraphs that are named."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from connectors.post import Service
from federation.cli import cli, composing
from federation.schema.compose import compose
from tests.support.network import Stand

SHOP = 'type Query { shops: [Shop] } type Shop @key(fields: "no") { no: Int name: String }'
STOCK = 'extend type Shop @key(fields: "no") { no: Int @external stock: Int }'
URL = "https://shop.example/graphql"


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command, called where the two subgraphs stand as files and no exchange is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TONGGUAN_HOME", raising=False)
    (tmp_path / "shop.graphqls").write_text(SHOP, "utf-8")
    (tmp_path / "stock.graphqls").write_text(STOCK, "utf-8")

    def called(*words: str) -> Result:
        result = CliRunner().invoke(cli, ["compose", *words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return called


Call = Callable[..., Result]
TWO = ("--subgraph", f"shop=shop.graphqls@{URL}", "--subgraph", "stock=stock.graphqls")
COMPOSED = compose({"shop": SHOP, "stock": STOCK}, {"shop": URL})


def test_named_files_are_composed(call: Call) -> None:
    result = call(*TWO)
    assert (result.exit_code, result.stdout) == (0, COMPOSED + "\n")


def test_it_is_written_where_one_wants_it(call: Call, tmp_path: Path) -> None:
    assert call(*TWO, "--out", "supergraph.graphql").stdout == ""
    assert (tmp_path / "supergraph.graphql").read_text("utf-8") == COMPOSED


def test_a_file_names_them_relative_to_itself(call: Call, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    config = f"subgraphs:\n  shop:\n    sdl: ../shop.graphqls\n    url: {URL}\n  stock:\n    sdl: ../stock.graphqls\n"
    (tmp_path / "in" / "subgraphs.yaml").write_text(config, "utf-8")
    result = call("--from-config", "in/subgraphs.yaml")
    assert (result.exit_code, result.stdout) == (0, COMPOSED + "\n")


def served(monkeypatch: pytest.MonkeyPatch, answer: httpx.Response) -> list[bytes]:
    """Let every service answer that; what it is asked stands in the list."""
    asked: list[bytes] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request.content)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(answer.content))

    monkeypatch.setattr(composing, "Service", partial(Service, network=Stand(respond)))
    return asked


CONFIG = f"subgraphs:\n  shop:\n    url: {URL}\n"


def test_a_subgraph_is_asked_for_its_schema(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "subgraphs.yaml").write_text(CONFIG, "utf-8")
    asked = served(monkeypatch, httpx.Response(200, json={"data": {"_service": {"sdl": SHOP}}}))
    result = call("--from-config", "subgraphs.yaml")
    assert (result.exit_code, result.stdout) == (0, compose({"shop": SHOP}, {"shop": URL}) + "\n")
    assert asked == [b'{"query":"{ _service { sdl } }"}']


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={"data": {"_service": {"sdl": 1}}}),
        httpx.Response(200, json={"errors": [{"message": "the secret of the subgraph"}]}),
        httpx.Response(200, json=["the secret of the subgraph"]),
        httpx.Response(200, text="the secret of the subgraph", headers={"Content-Type": "application/json"}),
        httpx.Response(401, text="the secret of the subgraph"),
        httpx.Response(302, headers={"Location": "https://elsewhere.example/"}),
    ],
    ids=str,
)
def test_what_a_subgraph_says_instead_is_not_repeated(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: httpx.Response
) -> None:
    (tmp_path / "subgraphs.yaml").write_text(CONFIG, "utf-8")
    served(monkeypatch, answer)
    result = call("--from-config", "subgraphs.yaml")
    assert (result.exit_code, "shop" in result.output, "secret" in result.output) == (1, True, False)
    assert "elsewhere" not in result.output


def test_what_does_not_compose_is_said_with_its_code(call: Call, tmp_path: Path) -> None:
    (tmp_path / "stock.graphqls").write_text(STOCK.replace("Shop", "Store"), "utf-8")
    result = call(*TWO, "--out", "supergraph.graphql")
    assert result.exit_code == 1
    assert "EXTENSION_WITH_NO_BASE: stock: Store" in result.output
    assert not (tmp_path / "supergraph.graphql").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--subgraph", "shop"), "NAME=FILE"),
        (("--subgraph", "=shop.graphqls"), "NAME=FILE"),
        (("--subgraph", "shop=nowhere.graphqls"), "nowhere.graphqls: it can't be read"),
        (("--subgraph", "shop=binary"), "binary: it can't be read as UTF-8 text"),
        (("--subgraph", "shop=shop.graphqls@http://shop.example/graphql"), "in the clear"),
        (("--subgraph", "shop=shop.graphqls@https://a:b@shop.example/"), "credentials"),
        (("--subgraph", "shop=shop.graphqls", "--subgraph", "shop=stock.graphqls"), "shop is named twice"),
        (("--home", "city", "--subgraph", "shop=shop.graphqls"), "--home composes an exchange's own"),
        (("--from-config", "nowhere.yaml"), "nowhere.yaml: it can't be read"),
        (("--from-config", "empty.yaml"), "empty.yaml"),
        (("--from-config", "list.yaml"), "write subgraphs:"),
        (("--from-config", "other.yaml"), "other.yaml: shop: write sdl: FILE"),
        (("--from-config", "twice.yaml"), "twice.yaml"),
        (("--subgraph", "shop=shop.graphqls", "--out", "no/where.graphql"), "where.graphql can't be written"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage(call: Call, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "empty.yaml").touch()
    (tmp_path / "list.yaml").write_text("subgraphs:\n  - shop\n")
    (tmp_path / "other.yaml").write_text("subgraphs:\n  shop:\n    file: shop.graphqls\n")
    (tmp_path / "twice.yaml").write_text("subgraphs:\n  shop:\n    sdl: a\n  shop:\n    sdl: b\n")
    result = call(*words)
    assert (result.exit_code, said in result.output) == (2, True), result.output
