"""Two exchanges and a plain subgraph, composed into one supergraph and asked through a router that each of them knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from click.testing import CliRunner

from connectors.remote import Remote
from examples.three_tiers.build import build
from federation.app import build_exchange, create_app
from federation.built import Exchange
from federation.cli import cli
from federation.cli.router import shipped
from federation.identity import ExchangeKeys
from federation.schema.compose import CompositionFailedError, compose
from federation.schema.supergraph import Supergraph
from federation.settings import Settings
from tests.support.network import Stand
from tests.support.subgraphs import Subgraph
from tests.support.tiers import Caller, Tiers, opened
from vocabulary.catalogue import GraphDeclaration, SourceDeclaration
from vocabulary.coordinate import Coordinate

HOUSES = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
type Query { houses: [House] }
type House @key(fields: "no") { no: Int tenant: Resident }
type Resident @key(fields: "id") { id: ID! house: House }
type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
"""
PLAIN = "type Query { houses: [House] } type House { no: Int tenant: Resident } type Resident { id: ID! house: House }"
CITY = "  city-data-bureau:\n    name: {zh: 市数据局, en: City Data Bureau}\n    contact: data@city.example\n    areas: ['31']\n"
ROUTER = """exchange: city
operator: city-data-bureau
organisations:
  city-data-bureau: {name: {zh: 市数据局, en: City Data Bureau}, contact: data@city.example, areas: ["31"]}
purposes:
  elderly-care: {zh: 为老服务, en: Care for the elderly}
roles:
  care-analyst: {zh: 市养老分析员, en: Analyst of care in the city}
masks: {}
supergraph:
  anonymous: {organisation: city-data-bureau, roles: [care-analyst], areas: ["31"], purpose: elderly-care}
  subgraphs:
    huamu-street: {exchange: true}
    pudong-district: {exchange: true}
"""


def named_apart(text: str) -> str:
    """The district's own names for what it mounts, which the street goes on calling otherwise."""
    text = re.sub(r"(?<!table: )\bResident\b", "Pensioner", text).replace("collection: residents", "collection: pensioners")  # fmt: skip
    return text.replace("exchange: huamu-street}", "exchange: huamu-street, names: {pensioners: residents}}")


def known(text: str) -> str:
    """The street knows the city too."""
    text = text.replace("\nexchanges:\n", f"\n{CITY}\nexchanges:\n  city: {{organisation: city-data-bureau}}\n")
    return text.replace("\n\n  city-data-bureau", "\n  city-data-bureau")


def agreed(text: str) -> str:
    """And has agreed with it on what it has agreed on with the district."""
    return text + text[text.index("  S-2026-001:") :].replace("S-2026-001", "S-2026-002").replace("asker: pudong-data-bureau", "asker: city-data-bureau")  # fmt: skip


CHANGE = {
    "street/exchange.yaml": known,
    "street/lists.yaml": agreed,
    "district/exchange.yaml": named_apart,
    "district/policy.csv": named_apart,
    "district/lists.yaml": named_apart,
}


@pytest.fixture(scope="module")
def tiers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiers]:
    home = tmp_path_factory.mktemp("tiers")
    build(home)
    published = ExchangeKeys(home / "city" / "keys").published
    (home / "street" / "keys" / "exchanges" / "city.json").write_bytes(published)
    with pytest.MonkeyPatch.context() as patch, opened(home, patch, CHANGE) as three:
        yield three


def sdl_of(tiers: Tiers, folder: str) -> str:
    """The description that an exchange gives the city."""
    lower, name = (tiers.street, "huamu-street") if folder == "street" else (tiers.district, "pudong-district")
    reply = Caller(tiers, "city", lower, name).ask("{ _service { sdl } }", roles=("care-analyst",), areas=("31",))
    text: str = reply.data["_service"]["sdl"]
    return text


@pytest.fixture(scope="module")
def supergraph(tiers: Tiers, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `tongguan compose` makes of the three."""
    at = tmp_path_factory.mktemp("composed")
    described = {
        "huamu-street": sdl_of(tiers, "street"),
        "pudong-district": sdl_of(tiers, "district"),
        "houses": HOUSES,
    }
    words: list[str] = []
    for (name, sdl), port in zip(described.items(), (9313, 9312, 1), strict=True):
        (at / name).write_text(sdl, "utf-8")
        words += ["--subgraph", f"{name}={at / name}@http://127.0.0.1:{port}/graphql"]
    result = CliRunner().invoke(cli, ["compose", *words])
    assert result.exit_code == 0, result.output
    return result.stdout


# ── what composes ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_our_router_reads_what_they_compose_to(supergraph: str) -> None:
    read = Supergraph.federated(supergraph, GraphDeclaration())
    assert set(read.graphs) == {"huamu-street", "pudong-district", "houses"}
    coordinates = read.coordinates()
    for one in ("Resident.name", "Resident.house", "Pensioner.care", "CareAssessment.careLevel", "House.tenant"):
        assert Coordinate.parse(one) in coordinates
    assert not [one for one in coordinates if one.type in {"Access", "Agreement", "CatalogueEntry", "Mutation"}]


def test_two_exchanges_as_they_stand_name_their_types_alike_and_are_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An id of one opens at no other: composed, they would be one entity half of which is null."""
    with opened(tmp_path, monkeypatch, {"street/exchange.yaml": known}) as alike:
        district = Caller(alike, "district", alike.street, "huamu-street").ask("{ _service { sdl } }")
        both = {"street": district.data["_service"]["sdl"], "district": sdl_of(alike, "district")}
    with pytest.raises(CompositionFailedError) as refused:
        compose(both)
    said = {(one.code, one.message.partition(":")[0].partition(".")[0]) for one in refused.value.errors}
    assert {code for code, _ in said} == {"INVALID_FIELD_SHARING", "FIELD_TYPE_MISMATCH"}
    assert {type_ for _, type_ in said} == {"Query", "Resident", "ResidentConnection", "ResidentEdge", "ResidentWhere"}


def test_types_of_one_name_are_refused_though_they_share_no_field_of_data() -> None:
    """What tells of masks is each exchange's own, so no two of them ever hold one type together."""
    link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])\n'
    one = f'{link} type Query {{ a: [R] }} type R @key(fields: "id") {{ id: ID! name: String _masked: [String!] }}'
    two = f'{link} type Query {{ b: [R] }} type R @key(fields: "id") {{ id: ID! phone: String _masked: [String!] }}'
    with pytest.raises(CompositionFailedError) as refused:
        compose({"one": one, "two": two})
    assert [(one.code, one.message.partition(":")[0]) for one in refused.value.errors] == [("INVALID_FIELD_SHARING", "R._masked")]  # fmt: skip


# ── and is asked ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Router:
    """The city's exchange as a router over the three, in the loop that they live in."""

    exchange: Exchange
    houses: Subgraph
    tiers: Tiers

    def ask(self, query: str) -> dict[str, Any]:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(create_app(self.exchange))
            async with httpx.AsyncClient(transport=transport, base_url="http://router") as client:
                return await client.post("/graphql", json={"query": query})

        body: dict[str, Any] = self.tiers.street.run(asked()).json()
        return body


@pytest.fixture
def router(tiers: Tiers, supergraph: str, tmp_path: Path) -> Iterator[Router]:
    texts = {"exchange.yaml": ROUTER, "supergraph.graphql": supergraph, "policy.csv": shipped("router.csv")}
    texts["policy.csv"] = "".join(line for line in texts["policy.csv"].splitlines(keepends=True) if "write" not in line)
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    for file in (tiers.directory / "city" / "keys").iterdir():
        if file.is_file():
            (keys / file.name).write_bytes(file.read_bytes())
            (keys / file.name).chmod(file.stat().st_mode)
    houses = Subgraph(PLAIN, entities={"Resident": lambda one: {"id": one["id"], "house": {"no": 7}}})

    def remote(declaration: SourceDeclaration, base: Path) -> Remote:
        if declaration.name == "houses":
            return Remote(declaration, base, Stand(answer))
        return Remote(declaration, base, Stand(tiers.answered))

    async def answer(request: httpx.Request) -> httpx.Response:
        reply = await houses.ask(request.content, about="it", safe=True)
        return httpx.Response(
            200, headers={"Content-Type": "application/json"}, content=orjson.dumps({"data": reply.data})
        )

    exchange = build_exchange(Settings(home=tmp_path, development=True), make_remote=remote)
    try:
        yield Router(exchange, houses, tiers)
    finally:
        tiers.street.run(exchange.close())


def test_a_router_asks_each_exchange_for_whoever_asks_it(router: Router) -> None:
    body = router.ask("{ residents(first: 20) { nodes { id name _masked house { no } } } pensioners(first: 20) { nodes { name care { careLevel } } } }")  # fmt: skip
    assert "errors" not in body, body
    nodes = body["data"]["residents"]["nodes"]
    assert [one["house"] for one in nodes] == [{"no": 7}] * 20
    assert all(one["name"].endswith("*") and "name:name-surname" in one["_masked"] for one in nodes)
    pensioners = body["data"]["pensioners"]["nodes"]
    assert [one["name"] for one in pensioners] == [one["name"] for one in nodes]
    assert any(one["care"] for one in pensioners)
