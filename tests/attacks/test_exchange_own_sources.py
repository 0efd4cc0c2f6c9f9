"""What an exchange tells of itself is for those who ask it themselves: no other exchange is shown it by any door.

Whatever lines and agreements say: here they give the other exchange all of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from federation.exchange.own import OWN_SOURCES
from federation.execute.cells import outsider
from federation.sealing import Sealer
from tests.support.tiers import COORDINATOR, Caller, Tiers, opened
from vocabulary.values import Value

KEYS: dict[str, Value] = {
    "Access": 0,
    "Agreement": "S-2026-001",
    "Emergency": "E-2026-1",
    "BrokenGlass": "G-2026-1",
    "Case": "C-2026-1",
    "PolicyChange": "P-2026-1",
    "CatalogueEntry": "Resident.name",
}
"""A key of each of the exchange's own entities."""
GIVEN = "  S-2026-002:\n    asker: pudong-data-bureau\n    owner: huamu-street-office\n    wishes:\n{wishes}    rows: any\n    purpose: elderly-care\n    mode: ordinary\n    basis: 上海市数据条例第三十八条\n    start: '2026-01-01'\n    end: '2099-12-31'\n"
WISHED = ("Access.entry", "Access.person", "Agreement.number", "CatalogueEntry.coordinate")


def _lines(text: str) -> str:
    lines = (f"p, role:care-coordinator, any, {one}.*, read, elderly-care, ordinary, allow, plain" for one in KEYS)
    return "\n".join((text, *lines, ""))


def _agreed(text: str) -> str:
    wishes = "".join(f"      - {{coordinate: {one}, action: read, as: plain}}\n" for one in WISHED)
    return text + GIVEN.format(wishes=wishes)


@pytest.fixture(scope="module")
def tiers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiers]:
    change = {"street/policy.csv": _lines, "street/lists.yaml": _agreed}
    with pytest.MonkeyPatch.context() as patch, opened(tmp_path_factory.mktemp("tiers"), patch, change) as three:
        yield three


@pytest.fixture
def district(tiers: Tiers) -> Caller:
    return Caller(tiers, "district", tiers.street, "huamu-street")


def test_they_are_all_of_them(tiers: Tiers) -> None:
    types = tiers.street.exchange.supergraph.types
    assert {name for name, one in types.items() if one.home in OWN_SOURCES and one.key is not None} == KEYS.keys()


def test_the_lines_do_give_it_to_people_of_ours(tiers: Tiers) -> None:
    """Else these attacks could not fail."""
    ours = COORDINATOR.__class__("a.b", "huamu-street-office", "desk", ("care-coordinator",), ("310115016",), "elderly-care")  # fmt: skip
    for listed, field in (("catalogue", "coordinate"), ("accesses", "entry")):
        reply = tiers.street.ask(ours, f"{{ {listed}(first: 1) {{ nodes {{ {field} }} }} }}")
        assert reply.data[listed]["nodes"][0][field] is not None


@pytest.mark.parametrize(
    "listed",
    ["accesses", "accessCounts", "agreements", "emergencies", "brokenGlasses", "cases", "policyChanges", "catalogue"],
)
def test_a_list_of_it_is_as_if_misspelt(district: Caller, listed: str) -> None:
    assert listed not in district.ask("{ _service { sdl } }").data["_service"]["sdl"]
    one = district.ask(f"{{ {listed}(first: 1) {{ nodes {{ _masked }} }} }}")
    other = district.ask(f"{{ {listed[:-1]}x(first: 1) {{ nodes {{ _masked }} }} }}")
    assert (one.status, one.code) == (other.status, other.code) == (400, "DOCUMENT_INVALID")
    assert one.text.partition('"receipt"')[0] == other.text.replace(f"{listed[:-1]}x", listed).partition('"receipt"')[0]


@pytest.mark.parametrize("type_", KEYS)
def test_an_entity_of_it_is_none_by_whatever_it_is_named(tiers: Tiers, district: Caller, type_: str) -> None:
    """Not even by an id that this exchange did seal for the other one, as it did while it still showed them."""
    (sealed,) = Sealer(tiers.street.exchange.keys).ids(outsider("pudong-district"), type_, [KEYS[type_]])
    named = [{"__typename": type_, "id": sealed}, {"__typename": type_, "number": KEYS[type_]}]
    bare = "query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }"
    assert district.ask(bare, {"of": named}).data == {"_entities": [None, None]}
    cells = f"query ($of: [_Any!]!) {{ _entities(representations: $of) {{ ... on {type_} {{ id }} }} }}"
    assert district.ask(cells, {"of": named}).code == "DOCUMENT_INVALID"
    assert district.ask("query ($id: ID!) { node(id: $id) { __typename } }", {"id": sealed}).data == {"node": None}
    assert district.ask(f'{{ __type(name: "{type_}") {{ name }} }}').data == {"__type": None}
    assert type_ not in district.ask("{ _service { sdl } }").data["_service"]["sdl"]


def test_no_act_is_known(district: Caller) -> None:
    assert district.ask("{ __schema { mutationType { name } } }").data == {"__schema": {"mutationType": None}}
    act = district.ask('mutation { setConsent(type: "Resident", key: "x", purpose: "elderly-care", consent: "given") { __typename } }')  # fmt: skip
    assert act.code == "OPERATION_UNSUPPORTED"


def test_the_description_is_of_data_alone(tiers: Tiers, district: Caller) -> None:
    sdl = district.ask("{ _service { sdl } }").data["_service"]["sdl"]
    types = tiers.street.exchange.supergraph.types
    own = {name for name, one in types.items() if {field.graph for field in one.fields.values()} & OWN_SOURCES}
    assert {"Released", "AccessCount"} < own
    assert not [name for name in (*own, "Mutation") if name in sdl]
