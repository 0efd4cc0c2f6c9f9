from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.document.limits import Limits
from federation.document.parse import Documents
from federation.errors import Code, Refusal
from tests.federation.document.schema import SCHEMA


def refused(text: str, limits: Limits | None = None) -> Refusal:
    with pytest.raises(Refusal) as caught:
        Documents(SCHEMA, limits or Limits()).parse(text)
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
