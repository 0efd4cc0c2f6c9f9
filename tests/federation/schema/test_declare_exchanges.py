"""`exchanges` and `paired`: which other exchanges may ask, whose they are, and whose people a source knows."""

from __future__ import annotations

import pytest

from federation.schema.declare import ExchangeRefusedError, parse
from tests.federation.schema.test_declare import SMALL
from tests.support.supergraphs import EXCHANGE
from vocabulary.catalogue import ExchangeDeclaration, PairDeclaration

POLICE = """\
  police:
    name: {zh: 警, en: Police}
    contact: police@city.example
    areas: ["31"]
purposes:
"""
CALLERS = """\
exchanges:
  district: {organisation: police}
  province: {organisation: police}
purposes:
"""
TOWN = """\
  town:
    owner: police
    connector: exchange
    options: {url: "https://town.example/graphql", exchange: old-town}
    types:
      House:
        table: House
        description: {zh: 房, en: A house}
        key: ref
        fields:
          ref: {column: id, type: String, level: 1, description: {zh: 标, en: Reference}}
operator: bureau
"""
PAIRED = """\
    timeout: 1.5
    paired: {with: town, label: person}
"""
WHOLE = (
    SMALL.replace("purposes:\n", POLICE, 1)
    .replace("purposes:\n", CALLERS, 1)
    .replace("operator: bureau\n", TOWN, 1)
    .replace("    timeout: 1.5\n", PAIRED, 1)
)


def problems(text: str) -> list[str]:
    try:
        parse(text, file="exchange.yaml")
    except ExchangeRefusedError as error:
        return [f"{one.line}: {one.problem}; {one.remedy}" for one in error.problems]
    return []


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_they_are_read() -> None:
    catalogue = parse(WHOLE, file="exchange.yaml")
    assert catalogue.exchanges == {
        "district": ExchangeDeclaration("district", "police"),
        "province": ExchangeDeclaration("province", "police"),
    }
    assert catalogue.sources["visits"].paired == PairDeclaration("town", "person")
    assert catalogue.sources["people"].paired is None


def test_where_they_are_left_out_nobody_may_ask_and_nothing_is_paired() -> None:
    catalogue = parse(SMALL, file="exchange.yaml")
    assert catalogue.exchanges == {}
    assert all(one.paired is None for one in catalogue.sources.values())


CASES: dict[str, tuple[str, str, str, str, str]] = {
    "an organisation that is none": ("district: {organisation: police}", "district: {organisation: polic}", "district:", "not a declared organisation", "`police`"),
    "our own organisation": ("district: {organisation: police}", "district: {organisation: bureau}", "district:", "run by the operator", "agreements are made with"),
    "ourselves": ("district: {organisation: police}", "small: {organisation: police}", "small: {organisation", "is this exchange", "another"),
    "no organisation": ("district: {organisation: police}", "district: {}", "district:", "organisation", "the organisation that runs it"),
    "more than an organisation": ("district: {organisation: police}", "district: {organisation: police, url: x}", "district:", "url", "organisation"),
    "an organisation that is no text": ("district: {organisation: police}", "district: {organisation: [police]}", "district:", "`organisation` is a list", "write a text"),
    "a name that is none": ("district: {organisation: police}", "District A: {organisation: police}", "District A:", "District A", "lower-case letters"),
    "a list of them": ("exchanges:\n  district: {organisation: police}\n  province: {organisation: police}\n", "exchanges: [district]\n", "exchanges:", "list", "other exchanges that may ask"),
    "a pair with a source that is none": ("paired: {with: town,", "paired: {with: twon,", "paired:", "twon", "`town`"),
    "a pair with a source that is no exchange": ("paired: {with: town,", "paired: {with: people,", "paired:", "people", "`town`"),
    "a pair with itself": ("paired: {with: town,", "paired: {with: visits,", "paired:", "visits", "`town`"),
    "a pair without a label": ("paired: {with: town, label: person}", "paired: {with: town}", "paired:", "label", "the label"),
    "a pair without another": ("paired: {with: town, label: person}", "paired: {label: person}", "paired:", "with", "the source that is the other exchange"),
    "a label that is none": ("label: person}", "label: Person One}", "paired:", "Person One", "lower-case letters"),
    "more than a pair": ("label: person}", "label: person, key: x}", "paired:", "key", "label"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "where", "problem", "remedy"), CASES.values(), ids=CASES.keys())
def test_refuses(old: str, new: str, where: str, problem: str, remedy: str) -> None:
    assert WHOLE.count(old) == 1, "a case patches one place"
    text = WHOLE.replace(old, new)
    (found,) = problems(text)
    assert found.startswith(f"{line_of(text, where)}: ")
    said, _, mend = found.partition("; ")
    assert problem in said, found
    assert remedy in mend, found


def test_a_pair_needs_an_exchange_and_not_only_a_source() -> None:
    (found,) = problems(WHOLE.replace("connector: exchange", "connector: graphql"))
    assert "`town`" in found


def test_a_supplied_supergraph_is_served_to_no_other_exchange() -> None:
    """Its other engine knows no `_entities`, no ids sealed for another and no masks beside its objects."""
    supplied = EXCHANGE.replace("supergraph:\n", "supergraph: {}\n")
    assert problems(supplied) == []
    (found,) = problems(supplied + "exchanges:\n  district: {organisation: people}\n")
    assert "served to no other exchange" in found
