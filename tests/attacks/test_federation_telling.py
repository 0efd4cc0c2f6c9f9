"""Keys and requirements as releases to another organisation's subgraph (promise 6): none without `deliver`."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.remote import Reply
from tests.support.executing import Entries
from tests.support.federating import Federation, Told
from tests.support.subgraphs import Subgraph
from tests.support.town import HERE, THERE, TYPES, clinic, lines, person, register, sent, told, town
from vocabulary.receipt import Kind

READ = ("any Query.*", "any Person.*")
CLINIC = {"owners": {"b": "clinic"}}


def given(answer: Told) -> dict[str, int]:
    """How many objects other organisations were told of, by coordinate."""
    return {one.coordinate: one.count for entry in answer.entries for one in entry.given}


@pytest.mark.parametrize("field", ["nick", "score", "reach"])
def test_without_deliver_nothing_is_sent(field: str) -> None:
    graph = town(lines(*READ, "any Person.phone derive"), **CLINIC)
    answer = graph.ask(f"{{ people {{ name {field} }} }}")
    assert not graph.subgraphs["b"].asked
    assert answer.withheld == {f"Person.{field}": "deliver"}
    assert answer.data["people"][0] == {"name": "Ann", field: None}
    assert not given(answer)


def test_a_key_that_may_be_told_takes_no_requirement_with_it() -> None:
    graph = town(lines(*READ, "any Person.phone derive", "any Person.id deliver"), **CLINIC)
    answer = graph.ask("{ people { nick score reach } }")
    assert answer.withheld == {"Person.score": "deliver", "Person.reach": "deliver"}
    assert answer.data["people"][0] == {"nick": "nick of p1", "score": None, "reach": None}
    assert "138" not in sent([graph.subgraphs["b"]])
    assert given(answer) == {"Person.id": 3}


@pytest.mark.parametrize("read", [READ, ("any Query.*", "310115 Person.*", "any Person.name")])
def test_of_some_rows_only_these_are_sent(read: tuple[str, ...]) -> None:
    graph = town(
        lines(*read, f"{HERE} Person.id deliver", f"{HERE} Person.phone deliver", "any Person.phone derive"), **CLINIC
    )
    answer = graph.ask("{ people { name score } }")
    assert [one["id"] for one in told(graph.subgraphs["b"])] == ["p1", "p3"]
    assert [one["score"] for one in answer.data["people"]] == ["score of 13800000001", None, "score of 13800000003"]
    assert given(answer) == {"Person.id": 2, "Person.phone": 2}
    wave = next(one for one in answer.entries if one.kind is Kind.WAVE)
    assert len(wave.subjects["Person"]) == 2


def test_the_narrower_of_two_deliveries_counts() -> None:
    policy = lines(*READ, "any Person.id deliver", f"{THERE} Person.phone deliver", "any Person.phone derive")
    graph = town(policy, **CLINIC)
    answer = graph.ask("{ people { score } }")
    assert told(graph.subgraphs["b"]) == [{"__typename": "Person", "id": "p2", "phone": "13800000002"}]
    assert [one["score"] for one in answer.data["people"]] == [None, "score of 13800000002", None]


def test_rows_that_the_asker_may_not_see_are_not_told_of() -> None:
    graph = town(lines("any Query.*", "own Person.*", "any Person.id deliver"), **CLINIC)
    answer = graph.ask("{ people { nick } }", areas=["310115"])
    assert [one["id"] for one in told(graph.subgraphs["b"])] == ["p1", "p3"]
    assert given(answer) == {"Person.id": 2}


def test_rows_on_which_the_field_is_hidden_are_not_told_of() -> None:
    """As policy-writer.md says: only of rows from which the asker may follow."""
    graph = town(lines("any Query.*", "any Person.name", "own Person.nick", "any Person.id deliver"), **CLINIC)
    answer = graph.ask("{ people { name nick } }", areas=["310115"])
    assert [one["nick"] for one in answer.data["people"]] == ["nick of p1", None, "nick of p3"]
    assert [one["id"] for one in told(graph.subgraphs["b"])] == ["p1", "p3"]


def test_barred_people_are_not_told_of() -> None:
    graph = town(lines(*READ, "any Person.id deliver"), barred=frozenset({"p1"}), **CLINIC)
    graph.ask("{ people { nick } }")
    assert [one["id"] for one in told(graph.subgraphs["b"])] == ["p2", "p3"]


def test_the_entry_is_durable_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    append = Entries.append

    async def noted(log: Any, entry: Any) -> Any:
        order.append(str(entry.kind))
        return await append(log, entry)

    monkeypatch.setattr(Entries, "append", noted)
    other = clinic()

    def answered(reply: Reply) -> Reply:
        order.append("answered")
        return reply

    other.answering = answered
    graph = Federation(
        TYPES,
        {"a": register(), "b": other},
        lines(*READ, "any Person.id deliver"),
        subjects={"Person": "id"},
        areas={"Person": "area"},
        **CLINIC,  # type: ignore[arg-type]
    )
    graph.ask("{ people { nick } }")
    assert order == ["wave", "answered", "release"]


def test_where_the_entry_fails_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(Entries, "append", failing)
    graph = town(lines(*READ, "any Person.id deliver"), **CLINIC)
    with pytest.raises(OSError, match="the disk is full"):
        graph.ask("{ people { nick } }")
    assert not graph.subgraphs["b"].asked


# ── facts, and objects that are passed through ────────────────────────────────────────────────────────────────────────

AREAS = """
type Query @join__type(graph: A) @join__type(graph: C) { people: [Person] @join__field(graph: A) }
type Person @join__type(graph: A, key: "id") @join__type(graph: C, key: "id") {
  id: ID!
  name: String @join__field(graph: A)
  area: String @join__field(graph: C)
}
"""


def far_areas(policy: str) -> Federation:
    return Federation(
        AREAS,
        {
            "a": Subgraph(
                "type Query { people: [Person] } type Person { id: ID! name: String }",
                {"people": [person("p1"), person("p2"), person("p3")]},
                {"Person": lambda one: person(one["id"])},
            ),
            "c": Subgraph(
                "type Query { x: Int } type Person { id: ID! area: String }",
                entities={"Person": lambda one: {"id": one["id"], "area": person(one["id"])["area"]}},
            ),
        },
        policy,
        subjects={"Person": "id"},
        areas={"Person": "area"},
        owners={"c": "clinic"},
    )


@pytest.mark.parametrize("deliver", [(), ("310115 Person.id deliver",), ("own Person.id deliver",)])
def test_what_decides_rows_is_fetched_only_where_every_row_may_be_told(deliver: tuple[str, ...]) -> None:
    graph = far_areas(lines("any Query.*", "own Person.*", *deliver))
    with pytest.raises(Exception, match="can't be had here"):
        graph.ask("{ people { name } }", areas=["310115"])
    assert not graph.subgraphs["c"].asked


def test_rows_are_decided_by_what_another_subgraph_knows() -> None:
    graph = far_areas(lines("any Query.*", "own Person.*", "any Person.id deliver"))
    answer = graph.ask("{ people { name } }", areas=["310115"])
    assert answer.data == {"people": [{"name": "Ann"}, {"name": "Cat"}]}
    assert given(answer) == {"Person.id": 3}


THROUGH = """
type Query @join__type(graph: A) @join__type(graph: B) @join__type(graph: C) { goods: [Good] @join__field(graph: A) }
type Good @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID!
  name: String @join__field(graph: A)
  owner: Owner @join__field(graph: A) @join__field(graph: B, external: true)
  label: String @join__field(graph: B, requires: "owner { mail }")
}
type Owner @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") @join__type(graph: C, key: "id") {
  id: ID!
  area: String @join__field(graph: A)
  mail: String @join__field(graph: C) @join__field(graph: B, external: true)
}
"""


def through(policy: str) -> Federation:
    owners = {one: {"id": one, "area": area} for one, area in (("o1", HERE), ("o2", THERE))}
    return Federation(
        THROUGH,
        {
            "a": Subgraph(
                "type Query { goods: [Good] } type Good { id: ID! name: String owner: Owner }"
                "type Owner { id: ID! area: String }",
                {"goods": [{"id": f"g{one}", "name": one, "owner": known} for one, known in owners.items()]},
                {"Good": lambda one: one, "Owner": lambda one: owners[one["id"]]},
            ),
            "b": Subgraph(
                "type Query { x: Int } type Good { id: ID! label: String owner: Owner } type Owner { id: ID! mail: String }",
                entities={"Good": lambda one: {**one, "label": f"to {(one.get('owner') or {}).get('mail')}"}},
            ),
            "c": Subgraph(
                "type Query { x: Int } type Owner { id: ID! mail: String }",
                entities={"Owner": lambda one: {**one, "mail": f"{one['id']}@x"}},
            ),
        },
        policy,
        areas={"Owner": "area"},
        owners={"c": "clinic"},
    )


def test_objects_that_a_requirement_passes_through_are_told_all_or_none() -> None:
    everything = ("any Query.*", "any Good.*", "any Owner.*")
    graph = through(lines(*everything, f"{HERE} Owner.id deliver"))
    answer = graph.ask("{ goods { name label } }")
    assert not graph.subgraphs["c"].asked
    assert answer.withheld == {"Good.label": "deliver"}
    graph = through(lines(*everything, "any Owner.id deliver", "any Owner.mail deliver"))
    answer = graph.ask("{ goods { label } }")
    assert [one["label"] for one in answer.data["goods"]] == ["to o1@x", "to o2@x"]


def test_a_row_without_a_key_is_not_told_of() -> None:
    rows = [{**person("p1")}, {**person("p2"), "id": None}]
    graph = Federation(
        AREAS.replace("id: ID!", "id: ID!\n  code: ID @join__field(graph: A) @join__field(graph: C)").replace(
            'graph: C, key: "id"', 'graph: C, key: "code"'
        ),
        {
            "a": Subgraph(
                "type Query { people: [Person] } type Person { id: ID! code: ID name: String }",
                {"people": [{**one, "id": f"k{number}", "code": one["id"]} for number, one in enumerate(rows)]},
                {"Person": lambda one: one},
            ),
            "c": Subgraph(
                "type Query { x: Int } type Person { id: ID! code: ID area: String }",
                entities={"Person": lambda one: {"area": f"at {one['code']}"}},
            ),
        },
        owners={"c": "clinic"},
    )
    answer = graph.ask("{ people { area } }")
    assert answer.data == {"people": [{"area": "at p1"}, {"area": None}]}
    assert [one["code"] for one in told(graph.subgraphs["c"])] == ["p1"]
    assert given(answer) == {"Person.code": 1}
