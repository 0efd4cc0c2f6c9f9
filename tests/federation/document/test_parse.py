from __future__ import annotations

import json

import pytest
from graphql import GraphQLSchema
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.document.limits import Limits
from federation.document.parse import Documents
from federation.errors import Code, Refusal
from tests.federation.document.schema import ACTING, SCHEMA


def refused(text: str, limits: Limits | None = None, schema: GraphQLSchema = SCHEMA) -> Refusal:
    with pytest.raises(Refusal) as caught:
        Documents(schema, limits or Limits()).parse(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", Code.DOCUMENT_MALFORMED),
        ("{", Code.DOCUMENT_MALFORMED),
        ("{ nobody }", Code.DOCUMENT_INVALID),
        ("{ residents { nodes { nme } } }", Code.DOCUMENT_INVALID),
        ("mutation { residents }", Code.OPERATION_UNSUPPORTED),
        ("{ residents { ...F } } fragment F on Connection { ...F }", Code.DOCUMENT_INVALID),
        ("#" * 40_000, Code.DOCUMENT_TOO_LONG),
        ("{" + " a" * 5_000 + "}", Code.DOCUMENT_TOO_LONG),
        ("{" + "".join(f" x{i}: __typename" for i in range(100)) + "}", Code.DOCUMENT_TOO_WIDE),
        ("{ __typename" + " @skip(if: true)" * 100 + "}", Code.DOCUMENT_TOO_WIDE),
        ("{ __typename" * 1_200 + "}", Code.DOCUMENT_TOO_DEEP),
        (
            "{ residents { nodes " + "{ friends " * 20 + "{ name }" + "}" * 20 + " } }",
            Code.DOCUMENT_TOO_DEEP,
        ),
    ],
)
def test_each_bad_document_gets_its_code(text: str, code: Code) -> None:
    assert refused(text).code is code


def test_a_misspelt_field_is_not_corrected() -> None:
    message = refused("{ residents { nodes { nam } } }").message
    assert "name" not in message
    assert "mean" not in message


def test_what_is_normalised_holds_no_literal_and_no_name_of_the_askers_making() -> None:
    document = """
    query Zhang310115($secret13800001111: String! = "x13912345678") {
      zhang: residents(
        first: 8
        where: {name: {in: ["张三", "李四"]}, born: {eq: "1950-01-01"}, and: [{name: {eq: $secret13800001111}}]}
      ) { ...Wang }
    }
    fragment Wang on Connection { nodes { x310115: name friends(first: 9) { name } } }
    """
    parsed = Documents(SCHEMA, Limits()).parse(document)
    for hidden in ("Zhang", "310115", "1380", "1391", "张三", "李四", "1950", "zhang", "Wang", "8", "9"):
        assert hidden not in parsed.normalised
    assert "$_List" in parsed.normalised
    assert "$_String" in parsed.normalised


@pytest.mark.parametrize(
    "value",
    ["Zhang310115", "true", '{Zhang310115: "x"}', "{x: {Zhang310115: 1}}", "[Zhang310115]", "[{Zhang310115: 1}]"],
)
@pytest.mark.parametrize(
    "document",
    [
        "{ residents(where: {born: {eq: VALUE}}) { nodes { name } } }",
        "{ residents(where: {born: {in: VALUE}}) { nodes { name } } }",
        "{ residents(where: {born: {eq: VALUE}}) @skip(if: true) { nodes { name } } __typename }",
        "query($day: Date = VALUE) { residents(where: {born: {eq: $day}}) { nodes { name } } }",
    ],
)
def test_a_value_that_no_placeholder_replaces_is_refused_before_it_is_on_record(document: str, value: str) -> None:
    refusal = refused(document.replace("VALUE", value))
    assert refusal.code is Code.DOCUMENT_INVALID
    assert refusal.message.startswith("Date is written as a string. (line 1")


def test_two_writings_of_one_question_have_one_digest() -> None:
    documents = Documents(SCHEMA, Limits())
    one = documents.parse('{ a: residents(where: {name: {eq: "张"}}) { nodes { name } } }')
    other = documents.parse('query Q { b: residents(where: {name: {eq: "李"}}) { nodes { name } } } # said otherwise')
    assert one.digest != other.digest  # one has a name
    again = documents.parse('{ c: residents(where: {name: {eq: "王"}}) { nodes { name } } }')
    assert one.digest == again.digest


def test_a_document_is_parsed_once_and_forgotten_in_its_turn() -> None:
    documents = Documents(SCHEMA, Limits(), size=2)
    first = documents.parse("{ __typename }")
    assert documents.parse("{ __typename }") is first
    documents.parse("{ a: __typename }")
    documents.parse("{ b: __typename }")
    assert documents.parse("{ __typename }") is not first


@settings(max_examples=100)
@given(st.text(max_size=200))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        Documents(SCHEMA, Limits()).parse(text)
    except Refusal as refusal:
        refused = refusal
    else:
        return
    assert refused.code.status == 400


# ── mutations ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def acts(count: int, begin: int = 0) -> str:
    return " ".join(f'a{begin + index}: approve(id: "{index}") {{ state }}' for index in range(count))


def test_a_mutation_is_a_document_where_the_graph_has_acts() -> None:
    parsed = Documents(ACTING, Limits()).parse('mutation M { approve(id: "x") { state } } query Q { __typename }')
    assert list(parsed.operations) == ["M", "Q"]


def test_where_there_are_no_acts_a_mutation_is_refused_as_ever() -> None:
    refusal = refused('mutation { approve(id: "x") { state } }')
    assert (refusal.code, refusal.message) == (Code.OPERATION_UNSUPPORTED, "Only queries are answered here.")


def test_a_subscription_is_refused_beside_acts_too() -> None:
    refusal = refused("query Q { __typename } subscription S { approve }", schema=ACTING)
    assert (refusal.code, refusal.message) == (
        Code.OPERATION_UNSUPPORTED,
        "Only queries and mutations are answered here.",
    )


@pytest.mark.parametrize(
    "document",
    [
        '{ approve(id: "x") { state } }',
        '{ x: approve(id: "x") { state } }',
        'query { ... on Mutation { approve(id: "x") { state } } }',
        'query { ...F } fragment F on Mutation { approve(id: "x") { state } }',
        'query { node(id: "x") { ... on Mutation { approve(id: "x") { state } } } }',
        'query { residents { nodes { approve(id: "x") { state } } } }',
        'mutation { approve(id: "x") { approve(id: "x") { state } } }',
        'mutation { approve(id: "x") { ... on Mutation { approve(id: "x") { state } } } }',
        "mutation { residents { nodes { name } } }",
        'mutation { node(id: "x") { id } }',
        "mutation { ... on Query { residents { nodes { name } } } }",
        "mutation { ...F } fragment F on Query { residents { nodes { name } } }",
        "mutation { ...F } fragment F on Node { id }",
        "mutation { __schema { types { name } } }",
        'mutation { __type(name: "Mutation") { name } }',
        "mutation { approve { state } }",
        'mutation { approve(id: "x") }',
        'mutation { approve(id: "x") { state } approve(id: "y") { state } }',
        'mutation { approve(id: "x") { state } ...F } fragment F on Mutation { approve(id: "y") { state } }',
        'mutation { approve(id: "x") { state } approve: propose(fields: []) { state } }',
        "mutation { propose(fields: [], until: Zhang310115) { state } }",
        "mutation { propose(fields: [Zhang310115]) { state } }",
    ],
)
def test_a_mutation_selects_acts_alone_and_nothing_else_does(document: str) -> None:
    assert refused(document, schema=ACTING).code is Code.DOCUMENT_INVALID


def test_ten_acts_are_a_document_and_eleven_are_not() -> None:
    assert Documents(ACTING, Limits()).parse(f"mutation {{ {acts(10)} __typename }}").operations
    refusal = refused(f"mutation {{ {acts(11)} }}", schema=ACTING)
    assert refusal.code is Code.DOCUMENT_TOO_WIDE
    assert "10 acts" in refusal.message


@pytest.mark.parametrize(
    "document",
    [
        f"mutation {{ {acts(6)} ... {{ {acts(5, 6)} }} }}",
        f"mutation {{ {acts(6)} ... on Mutation {{ ... @include(if: true) {{ {acts(5, 6)} }} }} }}",
        f"mutation {{ {acts(6)} ...F }} fragment F on Mutation {{ {acts(5, 6)} }}",
        f"mutation {{ ...F }} fragment F on Mutation {{ ...G }} fragment G on Mutation {{ {acts(11)} }}",
        f"mutation A {{ {acts(6)} }} mutation B {{ {acts(5)} }}",
        f"query Q {{ __typename }} mutation M {{ {acts(11)} }}",
        "mutation { " + 'approve(id: "x") { state } ' * 11 + "}",
    ],
)
def test_eleven_acts_are_too_many_wherever_they_are_written(document: str) -> None:
    refusal = refused(document, schema=ACTING)
    assert refusal.code is Code.DOCUMENT_TOO_WIDE
    assert "acts" in refusal.message


def test_fields_of_queries_are_no_acts() -> None:
    document = "{ " + " ".join(f"a{index}: __typename" for index in range(20)) + " }"
    assert Documents(ACTING, Limits()).parse(document).operations


@settings(max_examples=100)
@given(st.text(max_size=40), st.lists(st.text(max_size=40), max_size=3), st.booleans())
def test_what_an_act_is_told_is_never_in_what_is_normalised(reason: str, fields: list[str], as_default: bool) -> None:
    def normalised(said: str, names: list[str]) -> str:
        literal, listed = json.dumps(said), json.dumps(names)
        given = "$r" if as_default else literal
        head = f"mutation M($r: String = {literal})" if as_default else "mutation M"
        text = f"{head} {{ propose(fields: {listed}, until: {literal}, reason: {given}) {{ state }} }}"
        return Documents(ACTING, Limits()).parse(text).normalised

    assert normalised(reason, fields) == normalised("x", ["y"] if fields else [])


def test_the_reason_of_an_act_is_not_normalised_however_it_is_written() -> None:
    document = '''
    # 张三 asked for it
    mutation Zhang($zhang: String = "张三", $list: [String!]! = ["张三"]) {
      zhang: propose(fields: ["a", $zhang], reason: """
        because 张三 is ill
      """) { state }
      other: propose(fields: $list, until: "2026-11-21T08:00:00+08:00", reason: $zhang) { zhang: state ...Zhang }
    }
    fragment Zhang on Agreement { id }
    '''
    normalised = Documents(ACTING, Limits()).parse(document).normalised
    for hidden in ("张三", "ill", "because", "2026", "Zhang", "zhang", '"'):
        assert hidden not in normalised
    assert "reason:$_String" in normalised
