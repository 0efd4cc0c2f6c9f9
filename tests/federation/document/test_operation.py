from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest

from federation.document.limits import Limits
from federation.document.operation import Question, Questions
from federation.document.parse import Documents
from federation.document.structure import Items, Members, Slot
from federation.errors import Code, Refusal
from tests.federation.document.schema import SCHEMA


def ask(text: str, variables: Mapping[str, object] | None = None, name: str | None = None, **limits: int) -> Question:
    bounds = Limits(**limits)
    return Questions(SCHEMA, bounds).ask(Documents(SCHEMA, bounds).parse(text), name, variables or {})


def refusal(
    text: str, variables: Mapping[str, object] | None = None, name: str | None = None, **limits: int
) -> Refusal:
    with pytest.raises(Refusal) as caught:
        ask(text, variables, name, **limits)
    return caught.value


def test_values_are_no_part_of_the_operation() -> None:
    text = "query($n: String, $k: Int) { residents(first: $k, where: {name: {eq: $n}}) { nodes { name } } }"
    one, other = ask(text, {"n": "张三", "k": 3}), ask(text, {"n": "李四", "k": 5})
    assert one.operation.key == other.operation.key
    assert one.values == ("张三", 3)
    assert "张三" not in repr(one.operation)


def test_a_literal_and_a_variable_differ_in_nothing_but_where_the_value_stands() -> None:
    written = ask('{ residents(where: {name: {in: ["a", "b"]}}) { nodes { name } } }')
    (field,) = written.operation.fields
    assert field.argument("where") == Members((("name", Members((("in", Slot(1)),))),))
    assert written.values == (20, ("a", "b"))


def test_a_null_and_a_boolean_are_structure_because_they_change_the_work() -> None:
    text = "query($w: ResidentWhere) { residents(where: $w) { nodes { name } } }"
    assert (
        ask(text, {"w": {"alone": {"eq": True}}}).operation.key
        != ask(text, {"w": {"alone": {"eq": False}}}).operation.key
    )
    assert ask(text, {"w": None}).operation.key == ask(text, {}).operation.key


def test_fragments_aliases_and_directives_are_spread_out() -> None:
    text = """query($yes: Boolean!) {
      residents { nodes { ...F n: name @skip(if: $yes) } }
    } fragment F on Resident { name ... on Node { id } ... { born @include(if: $yes) } }"""
    (field,) = ask(text, {"yes": True}).operation.fields
    (nodes,) = field.of("Connection")
    assert [(one.key, one.name) for one in nodes.of("Resident")] == [("name", "name"), ("id", "id"), ("born", "born")]


def test_an_interface_is_asked_per_concrete_type() -> None:
    text = '{ node(id: "x") { id ... on Firm { title } ... on Resident { name } } }'
    (field,) = ask(text).operation.fields
    assert {name: [one.name for one in fields] for name, fields in field.selections} == {
        "Resident": ["id", "name"],
        "Firm": ["id", "title"],
    }


def test_scalars_of_the_graph_become_python_values() -> None:
    text = 'query($d: [Date!]) { residents(where: {born: {eq: "1950-02-01", in: $d}}) { nodes { name } } }'
    assert ask(text, {"d": ["1951-01-01"]}).values == ((dt.date(1951, 1, 1),), 20, dt.date(1950, 2, 1))


def test_lists_from_several_places_keep_their_slots() -> None:
    text = 'query($n: String!) { residents(where: {name: {in: ["a", $n]}}, orderBy: {field: NAME}) { nodes { name } } }'
    (field,) = ask(text, {"n": "b"}).operation.fields
    where = field.argument("where")
    assert isinstance(where, Members)
    assert where.get("name") == Members((("in", Items((Slot(2), Slot(0)))),))
    assert field.argument("orderBy") == Items((Members((("field", "NAME"),)),))


@pytest.mark.parametrize(
    ("text", "variables", "code"),
    [
        ("query($n: Int!) { residents(first: $n) { nodes { name } } }", {}, Code.VARIABLES_INVALID),
        ("query($n: Int!) { residents(first: $n) { nodes { name } } }", {"n": "张三"}, Code.VARIABLES_INVALID),
        ("query A { __typename } query B { __typename }", {}, Code.OPERATION_UNKNOWN),
        ("{ residents(first: 0) { nodes { name } } }", {}, Code.ARGUMENT_INVALID),
        ("{ residents(first: 1001) { nodes { name } } }", {}, Code.ARGUMENT_INVALID),
        ('{ residents(where: {born: {eq: "gestern"}}) { nodes { name } } }', {}, Code.ARGUMENT_INVALID),
        ("{ residents(where: {born: {eq: 3}}) { nodes { name } } }", {}, Code.ARGUMENT_INVALID),
        (
            "{ residents(first: 1000) { nodes { friends(first: 1000) { name } } } }",
            {},
            Code.DOCUMENT_TOO_COSTLY,
        ),
        (
            "query($n: [String!]) { residents(where: {name: {in: $n}}) { nodes { name } } }",
            {"n": ["x"] * 1_001},
            Code.DOCUMENT_TOO_WIDE,
        ),
    ],
)
def test_each_bad_question_gets_its_code(text: str, variables: Mapping[str, object], code: Code) -> None:
    assert refusal(text, variables).code is code


def test_a_refusal_never_repeats_the_value() -> None:
    text = "query($n: Int!) { residents(first: $n) { nodes { name } } }"
    assert "310115195001011234" not in refusal(text, {"n": "310115195001011234"}).message


def test_fragments_that_fan_out_are_bounded() -> None:
    fragments = "".join(f"fragment F{i} on Resident {{ ...F{i + 1} ...F{i + 1} x{i}: name }} " for i in range(50))
    text = "{ residents { nodes { ...F0 } } } " + fragments + "fragment F50 on Resident { name }"
    assert refusal(text).code in {Code.DOCUMENT_TOO_WIDE, Code.DOCUMENT_TOO_DEEP}


def test_the_page_counts_its_rows_once() -> None:
    assert ask("{ residents(first: 1000) { edges { node { friends(first: 5) { name } } } } }", cost=8_000).operation
