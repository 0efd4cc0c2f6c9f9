from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.document.limits import Limits
from federation.document.operation import Question, Questions
from federation.document.parse import Documents
from federation.document.structure import Items, Members, Slot
from federation.errors import Code, Refusal
from tests.federation.document.schema import ACTING, SCHEMA


def ask(text: str, variables: Mapping[str, object] | None = None, name: str | None = None, **limits: int) -> Question:
    bounds = Limits(**limits)
    return Questions(SCHEMA, bounds).ask(Documents(SCHEMA, bounds).parse(text), name, variables or {})


def do(text: str, variables: Mapping[str, object] | None = None, name: str | None = None) -> Question:
    """A question to the graph that has acts."""
    return Questions(ACTING, Limits()).ask(Documents(ACTING, Limits()).parse(text), name, variables or {})


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
            "query($d: Date) { residents(where: {born: {eq: $d}}) { nodes { name } } }",
            {"d": True},
            Code.ARGUMENT_INVALID,
        ),
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


def test_an_id_is_a_text_however_it_is_written() -> None:
    assert ask("{ node(id: 5) { id } }").values == ask("query($id: ID!) { node(id: $id) { id } }", {"id": 5}).values
    assert ask("{ node(id: 5) { id } }").values == ("5",)


# ── mutations ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_act_has_slots_for_what_it_is_told_and_selections_on_what_it_returns() -> None:
    text = """mutation($id: ID!, $why: String) {
      approve(id: $id, reason: $why) { state resident { name } }
    }"""
    question = do(text, {"id": "sealed", "why": "张三 is ill"})
    assert question.operation.acts
    assert not question.operation.introspective
    (field,) = question.operation.fields
    assert (field.key, field.name, field.type, field.many) == ("approve", "approve", "Agreement", False)
    assert (field.argument("id"), field.argument("reason")) == (Slot(0), Slot(1))
    assert [one.name for one in field.of("Agreement")] == ["state", "resident"]
    assert question.values == ("sealed", "张三 is ill")
    assert "张三" not in repr(question.operation)


def test_lists_times_and_booleans_are_told_as_anywhere() -> None:
    text = 'mutation { propose(fields: ["a", "b"], until: "2026-11-21T08:00:00+08:00", renew: true) { id } }'
    question = do(text)
    (field,) = question.operation.fields
    assert field.arguments == (("fields", Slot(0)), ("until", Slot(1)), ("renew", True))
    moment = dt.datetime(2026, 11, 21, 8, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    assert question.values == (("a", "b"), moment)


@pytest.mark.parametrize("until", [True, 3, "tomorrow", "2026-11-21T08:00:00", {"zhang": 1}, ["x"]])
def test_a_time_that_is_none_is_refused_without_its_value(until: object) -> None:
    text = "mutation($until: DateTime) { propose(fields: [], until: $until) { id } }"
    with pytest.raises(Refusal) as caught:
        do(text, {"until": until})
    assert caught.value.code is Code.ARGUMENT_INVALID
    assert caught.value.message == "$until takes a time with its offset, as in 2026-11-21T08:00:00+08:00."


def test_one_document_is_a_query_or_a_mutation_by_the_operation_that_is_chosen() -> None:
    text = 'query Q { node(id: "x") { id } } mutation M { approve(id: "x") { id } }'
    assert not do(text, name="Q").operation.acts
    assert do(text, name="M").operation.acts
    with pytest.raises(Refusal) as caught:
        do(text)
    assert caught.value.code is Code.OPERATION_UNKNOWN


def test_a_mutation_never_shares_the_plan_of_a_query() -> None:
    query, mutation = do("{ __typename }").operation, do("mutation { __typename }").operation
    assert query.fields == mutation.fields
    assert query.key != mutation.key
    assert (query.acts, mutation.acts) == (False, True)


def test_a_query_has_the_same_key_whether_or_not_the_graph_has_acts() -> None:
    text = "{ residents { nodes { name } } }"
    assert do(text).operation == ask(text).operation


def test_two_acts_of_one_name_are_two_acts_in_the_order_in_which_they_are_written() -> None:
    question = do(
        'mutation { b: approve(id: "1") { id } a: approve(id: "2") { id } ... { c: approve(id: "1") { id } } }'
    )
    assert [(one.key, one.argument("id")) for one in question.operation.fields] == [
        ("b", Slot(0)),
        ("a", Slot(1)),
        ("c", Slot(2)),
    ]
    assert question.values == ("1", "2", "1")


def test_one_act_that_is_written_twice_is_done_once() -> None:
    text = """mutation($id: ID!) { approve(id: $id) { id } ...F ... { approve(id: $id) { resident { name } } } }
    fragment F on Mutation { approve(id: $id) { state } }"""
    (field,) = do(text, {"id": "x"}).operation.fields
    assert [one.name for one in field.of("Agreement")] == ["id", "state", "resident"]


@pytest.mark.parametrize(
    "act",
    [
        'approve(id: "x") @include(if: $go) { id }',
        'approve(id: "x") @skip(if: $stop) { id }',
        'approve(id: "x") @include(if: $go) @skip(if: $stop) { id }',
        '... @include(if: $go) { approve(id: "x") { id } }',
        '... on Mutation @skip(if: $stop) { approve(id: "x") { id } }',
        "...F @include(if: $go)",
        "...G",
    ],
)
def test_an_act_that_is_left_out_is_not_done_whatever_was_asked_before(act: str) -> None:
    used = "__typename @include(if: $go) @skip(if: $stop)"
    text = f"mutation($go: Boolean!, $stop: Boolean!) {{ {used} {act} }}"
    if "...F" in act:
        text += ' fragment F on Mutation { approve(id: "x") { id } }'
    if "...G" in act:
        text += ' fragment G on Mutation { approve(id: "x") @include(if: $go) { id } }'
    documents, questions = Documents(ACTING, Limits()), Questions(ACTING, Limits())
    for goes in (True, False, True, False):
        asked = questions.ask(documents.parse(text), None, {"go": goes, "stop": not goes})
        assert ("approve" in {one.name for one in asked.operation.fields}) is goes
        assert asked.operation.acts


def test_a_mutation_of_which_everything_is_left_out_does_nothing_and_stays_a_mutation() -> None:
    operation = do('mutation { approve(id: "x") @skip(if: true) { id } }').operation
    assert (operation.fields, operation.acts) == ((), True)


@given(st.lists(st.sampled_from(["plain", "inline", "fragment"]), min_size=1, max_size=14))
def test_no_more_acts_are_done_than_the_bound_however_they_are_written(places: list[str]) -> None:
    written, fragments = [], []
    for index, place in enumerate(places):
        act = f'a{index}: approve(id: "x") {{ id }}'
        if place == "fragment":
            fragments.append(f"fragment F{index} on Mutation {{ {act} }}")
            act = f"...F{index}"
        written.append(f"... {{ {act} }}" if place == "inline" else act)
    text = " ".join([f"mutation {{ {' '.join(written)} }}", *fragments])
    if len(places) <= Limits().acts:
        assert [one.key for one in do(text).operation.fields] == [f"a{index}" for index in range(len(places))]
    else:
        with pytest.raises(Refusal) as caught:
            do(text)
        assert caught.value.code is Code.DOCUMENT_TOO_WIDE
