"""A reference that leads to where rows came from is followed without asking; one that leads elsewhere is asked for."""

from __future__ import annotations

import pytest

from federation.plan.nodes import Lead
from federation.plan.places import Hop
from tests.support.planning import plan_of, world_of

EXCHANGE = """\
exchange: two
operator: bureau
organisations:
  bureau: {name: {zh: 数据局, en: Data bureau}, contact: a@b.example, areas: ["31"]}
purposes:
  epidemic-control: {zh: 疫情防控, en: Epidemic control}
roles:
  committee-worker: {zh: 居委干部, en: Neighbourhood committee worker}
masks:
  redact: {kind: redact}
sources:
  people:
    owner: bureau
    connector: sql
    options: {url: "sqlite:///people.sqlite"}
    types:
      Person:
        table: person
        description: {zh: 居民, en: A resident}
        key: number
        subject: number
        area: place
        collection: people
        pageBy: serial
        fields:
          serial: {column: serial, type: Int, level: 1, description: {zh: 序号, en: A random number}}
          number: {column: number, type: String, level: 4, description: {zh: 证件号, en: Number}}
          place: {column: place, type: String, level: 2, description: {zh: 网格, en: Grid}}
      House:
        table: house
        description: {zh: 楼栋, en: A house}
        key: code
        area: place
        collection: houses
        pageBy: code
        fields:
          code: {column: code, type: String, level: 1, description: {zh: 编号, en: Code}}
          place: {column: place, type: String, level: 2, description: {zh: 网格, en: Grid}}
  visits:
    owner: bureau
    connector: sql
    options: {url: "sqlite:///visits.sqlite"}
    types:
      Visit:
        table: visit
        description: {zh: 走访, en: A visit}
        subject: visited
        area: place
        fields:
          place: {column: place, type: String, level: 2, description: {zh: 网格, en: Grid}}
        references:
          visited: {type: Person, key: number, column: visited, level: 3, description: {zh: 被走访人, en: Who was visited}}
          visitor: {type: Person, key: number, column: visitor, level: 3, description: {zh: 走访人, en: Who visited}}
          house: {type: House, key: code, column: house, level: 1, description: {zh: 楼栋, en: The house}}
    extends:
      Person:
        key: number
        relations:
          visits: {type: Visit, by: visited.number, many: true, bound: 10, level: 3, description: {zh: 受访, en: Visits}}
          made: {type: Visit, by: visitor.number, many: true, bound: 10, level: 3, description: {zh: 出访, en: Visits made}}
      House:
        key: code
        relations:
          visits: {type: Visit, by: house.code, many: true, bound: 10, level: 3, description: {zh: 走访, en: Visits there}}
"""
POLICY = "p, role:committee-worker, own, *, read, epidemic-control, ordinary, allow, plain\n"


def lead(document: str) -> Lead:
    """How the persons are reached who stand innermost in a document."""
    plan = plan_of(document, "committee", policy=POLICY, world=world_of(EXCHANGE))
    last = [hop for wave in plan.waves for hop in wave if isinstance(hop, Hop)][-1]
    assert last.type == "Person"
    return last.lead


def test_the_visited_are_who_their_visits_were_reached_from() -> None:
    assert lead("{ people { nodes { visits { visited { number } } } } }") is Lead.BACK


@pytest.mark.whole
@pytest.mark.parametrize(
    "document",
    [
        "{ people { nodes { visits { visitor { number } } } } }",
        "{ people { nodes { made { visited { number } } } } }",
        "{ people { nodes { made { visitor { number } } } } }",
        "{ houses { nodes { visits { visited { number } } } } }",
        "{ houses { nodes { visits { visitor { number } } } } }",
    ],
)
def test_everybody_else_is_asked_for_by_the_key_that_the_row_holds(document: str) -> None:
    """Taken for those whom the rows came from, they would be shown as somebody else, or not at all."""
    assert lead(document) is Lead.REFERENCE
