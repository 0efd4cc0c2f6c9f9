from __future__ import annotations

import json
from typing import Any

import pytest

from portal.answer import Answer, read
from portal.cells import State, cell
from portal.contract import Reply
from portal.tables import MOST_ROWS, tables
from vocabulary.catalogue import MaskDeclaration
from vocabulary.shape import Shape

MASKS = {
    "surname": MaskDeclaration("surname", "partial-name", {"keep": "surname"}),
    "none": MaskDeclaration("none", "redact", {}),
}


def answer_of(data: Any = None, shape: Shape | None = None, **extensions: Any) -> Answer:
    errors = extensions.pop("errors", [])
    body = json.dumps({"data": data, "errors": errors, "extensions": extensions}).encode()
    return read(Reply("OK", 200, body, shape or Shape()))


ANSWER = answer_of(
    masked={"P.name": ["surname"], "P.phone": ["none"], "P.both": ["surname", "none"]},
    withheld=[{"coordinate": "P.number", "reason": "denied", "ask": "…"}],
    errors=[{"message": "…", "extensions": {"code": "SOURCE_TIMEOUT", "source": "s", "coordinate": "P.visits"}}],
)


@pytest.mark.parametrize(
    ("coordinate", "value", "state"),
    [
        ("P.age", 7, State.PLAIN),
        ("P.age", 0, State.PLAIN),
        ("P.age", False, State.PLAIN),
        ("P.age", "", State.PLAIN),
        ("P.age", None, State.EMPTY),
        ("P.name", "张**", State.MASKED),
        ("P.name", None, State.EMPTY),  # nothing there, or not to be masked: nobody is told which
        ("P.phone", None, State.HIDDEN),
        ("P.both", None, State.EMPTY),
        ("P.number", None, State.WITHHELD),
        ("P.visits", None, State.MISSING),
    ],
)
def test_what_became_of_a_value(coordinate: str, value: Any, state: State) -> None:
    assert cell(ANSWER, (coordinate,), value, MASKS).state == state


def test_a_cell_that_several_coordinates_may_fill_is_marked_if_one_is_masked() -> None:
    found = cell(ANSWER, ("P.age", "P.name"), "张**", MASKS)
    assert (found.state, found.masks) == (State.MASKED, ("surname",))


def leaf(coordinate: str) -> Shape:
    return Shape((coordinate,))


PEOPLE = Shape(
    fields={
        "people": Shape(
            ("Query.people",),
            {
                "nodes": Shape(
                    ("PersonConnection.nodes",),
                    {
                        "name": leaf("P.name"),
                        "contact": Shape(("P.contact",), {"name": leaf("P.name")}),
                        "visits": Shape(("P.visits",), {"day": leaf("V.day")}),
                    },
                ),
                "pageInfo": Shape(("PersonConnection.pageInfo",), {"endCursor": leaf("PageInfo.endCursor")}),
            },
        )
    }
)


def test_a_list_becomes_a_table_with_a_column_for_each_leaf() -> None:
    nodes = [
        {"name": "张**", "contact": {"name": "李*"}, "visits": [{"day": "a"}, {"day": "b"}]},
        {"name": None, "contact": None, "visits": []},
    ]
    answer = answer_of(
        {"people": {"nodes": nodes, "pageInfo": {"endCursor": "x"}}}, PEOPLE, masked={"P.name": ["surname"]}
    )
    people, page = tables(answer, MASKS)
    assert (people.name, people.count) == ("people.nodes", 2)
    assert [column.name for column in people.columns] == ["name", "contact.name", "visits.day"]
    assert [[[one.value for one in cells] for cells in row] for row in people.rows] == [
        [["张**"], ["李*"], ["a", "b"]],
        [[None], [None], [None]],
    ]
    assert people.rows[0][1][0].state is State.MASKED
    assert [column.name for column in page.columns] == ["pageInfo.endCursor"]


def test_no_row_is_a_table_all_the_same() -> None:
    answer = answer_of(
        {"people": {"nodes": []}},
        Shape(fields={"people": Shape(("Query.people",), {"nodes": PEOPLE.fields["people"].fields["nodes"]})}),
    )
    (table,) = tables(answer, MASKS)
    assert (table.rows, len(table.columns)) == ((), 3)


def test_a_null_in_the_place_of_a_list_is_no_row() -> None:
    (table, _) = tables(answer_of({"people": None}, PEOPLE), MASKS)
    assert table.rows == ()


def test_an_entity_is_a_table_of_one_row_and_a_fragment_of_another_type_is_empty() -> None:
    shape = Shape(fields={"node": Shape(("Query.node",), {"name": leaf("P.name"), "day": leaf("V.day")})})
    (table,) = tables(answer_of({"node": {"name": "x"}}, shape), MASKS)
    assert [[one.value for one in cells] for cells in table.rows[0]] == [["x"], [None]]


def test_introspection_has_no_cells() -> None:
    answer = answer_of({"__schema": {"types": [{"name": "A"}]}}, Shape(fields={"__schema": leaf("Query.__schema")}))
    assert tables(answer, MASKS) == ()


def test_a_scalar_at_the_root_is_a_cell() -> None:
    (table,) = tables(answer_of({"__typename": "Query"}, Shape(fields={"__typename": leaf("Query.__typename")})), MASKS)
    assert table.rows[0][0][0].value == "Query"


def test_a_long_list_is_cut_and_its_count_is_told() -> None:
    nodes: list[dict[str, Any]] = [
        {"name": str(number), "contact": None, "visits": []} for number in range(MOST_ROWS + 5)
    ]
    (table, _) = tables(answer_of({"people": {"nodes": nodes, "pageInfo": {"endCursor": None}}}, PEOPLE), MASKS)
    assert (len(table.rows), table.count) == (MOST_ROWS, MOST_ROWS + 5)
