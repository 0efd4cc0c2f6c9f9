"""The whole path against the reference evaluator: random policies, real rows, every cell of the answer.

What `policies.reference` says of one cell, line by line, is what a reader gets for it through planning, pushed row
rules, masks by column and row groups; and a row is listed exactly when some cell of it is visible.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from democity.personas import Persona
from federation.rules import POLICY_FILE, policy_facts
from policies import reference
from policies.epoch import parts
from policies.errors import PolicyError
from policies.lines import PolicyLines
from policies.load import load
from tests.support.city import City
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN
from vocabulary.principal import Action, Mode, Standing
from vocabulary.rows import Asker, RowFacts

EXAMPLES = 40
FIELDS = {"name": "name", "sex": "sex", "phone": "phone", "address": "address", "area": "area_code"}
DOCUMENT = "{ residents(first: 1000) { nodes { " + " ".join(FIELDS) + " } } }"
AREAS = ("any", "own", "within", "31", "310115", "310115016", "310115016003", "310115016004", "310104")
CONDITIONS = ("", "", "", " adult", " consented", " not-objected", " adult not-objected")
CHAINS = {
    "name": ("name-partial", "name-surname", "pseudonym", "redact"),
    "sex": ("redact",),
    "phone": ("phone-partial", "pseudonym", "redact"),
    "address": ("address-street", "redact"),
    "area": ("redact",),
}


@st.composite
def line(draw: st.DrawFn) -> str:
    subject = draw(st.sampled_from(("role:health-analyst", "role:committee-worker", "any", "org:health-commission")))
    field = draw(st.sampled_from((*FIELDS, "*")))
    if draw(st.integers(0, 3)):
        shown = draw(st.sampled_from((PLAIN, *CHAINS.get(field, ()))))
        area, rest = draw(st.sampled_from(AREAS)), f"allow, {shown}"
    else:
        area, rest = draw(st.sampled_from([one for one in AREAS if one not in {"own", "within"}])), "deny,"
    purpose = draw(st.sampled_from(("any", "epidemic-control", "elderly-care")))
    rows = f"{area}{draw(st.sampled_from(CONDITIONS))}"
    return f"p, {subject}, {rows}, Resident.{field}, read, {purpose}, ordinary, {rest}"


people = st.builds(
    Persona,
    st.just("random.person"),
    st.sampled_from(("health-commission", "eatwell")),
    st.just("test"),
    st.lists(st.sampled_from(("health-analyst", "committee-worker")), unique=True).map(tuple),
    st.lists(st.sampled_from([one for one in AREAS if one.isdigit()]), max_size=2, unique=True).map(tuple),
    st.just("epidemic-control"),
)


@pytest.fixture(scope="module")
def own_city(built_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    from tests.conftest import _copy  # noqa: PLC0415  (a city whose policy this module changes)

    city = City(_copy(built_city, tmp_path_factory.mktemp("reference")))
    yield city
    city.close()


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(line(), min_size=1, max_size=8, unique=True), who=people)
def test_every_cell_is_what_the_reference_says(own_city: City, lines: list[str], who: Persona) -> None:
    loaded = adopt(own_city, lines)
    if loaded is None:
        return
    reply = own_city.ask(who, DOCUMENT)
    expected = [row for row in referenced(own_city, loaded, who) if row is not None][:1000]
    assert reply.data["residents"]["nodes"] == expected


def adopt(city: City, lines: list[str]) -> PolicyLines | None:
    """Put the lines in force; None where the loader refuses them (it is not what is tested here)."""
    text = "\n".join(lines) + "\n"
    facts = policy_facts(city.exchange.catalogue, city.exchange.supergraph)
    try:
        loaded = load(text, file="policy.csv", facts=facts)
    except PolicyError:
        return None
    if text != parts(city.exchange.registry.changes.approved_text() or "").get(POLICY_FILE):
        city.revise(text)
    return loaded


def referenced(city: City, loaded: PolicyLines, who: Persona) -> list[dict[str, Any] | None]:
    """Each resident in the order of the list as the reference evaluator shows it; None where no cell is visible."""
    standing = Standing(frozenset(who.roles), who.organisation, who.purpose, Mode.ORDINARY)
    at = dt.datetime.now(dt.UTC)
    asker = Asker(who.organisation, tuple(Area(code) for code in who.areas), at=at)
    facts = policy_facts(city.exchange.catalogue, city.exchange.supergraph)
    everything = [one for one in facts.coordinates if one.type == "Resident"]
    decided: dict[tuple[str, bool | None], dict[Coordinate, str]] = {}
    masks: dict[tuple[str, str], Callable[[Any], Any]] = {}

    def shown(coordinate: Coordinate, row: RowFacts) -> str:
        return reference.cell(
            loaded.lines,
            loaded.role_links,
            asker,
            standing,
            facts,
            coordinate=coordinate,
            action=Action.READ,
            row=row,
        )

    def cell(field: str, way: str, value: Any) -> Any:
        if way == "withheld" or value is None:
            return None
        if way == PLAIN:
            return value
        if (field, way) not in masks:
            masks[field, way] = city.exchange.pipeline._with.book.column(
                way, who.organisation, Coordinate("Resident", field)
            )
        return masks[field, way]([value])[0]

    rows: list[dict[str, Any] | None] = []
    for *values, born in city.rows(f"SELECT {', '.join(FIELDS.values())}, birth_date FROM resident ORDER BY serial"):
        area, birth_date = values[-1], dt.date.fromisoformat(born)
        key = (area, facts.conditions["adult"].holds(birth_date, who.organisation, at))
        if key not in decided:  # nobody has consented, or objected, so that all else is the same for rows of one key
            row = RowFacts(Area(area), "Resident", "somebody", {"adult": birth_date})
            decided[key] = {one: shown(one, row) for one in everything}
        ways = decided[key]
        visible = any(way != "withheld" for way in ways.values())
        cells = {
            field: cell(field, ways[Coordinate("Resident", field)], value)
            for field, value in zip(FIELDS, values, strict=True)
        }
        rows.append(cells if visible else None)
    return rows
