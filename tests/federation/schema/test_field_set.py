from __future__ import annotations

import pytest

from federation.schema.field_set import (
    Field,
    FieldSetError,
    Fragment,
    Picked,
    field_set,
    normalised,
    parse_field_set,
    print_field_set,
)


@pytest.mark.parametrize(
    "text",
    [
        "id",
        "id name",
        "org { id owner { no } }",
        'price(currency: "EUR", at: NOW)',
        "... on Book { title } ... { id }",
        "other: name @include(if: true)",
        "... on Book @skip(if: false) { title }",
    ],
)
def test_it_reads_what_it_prints(text: str) -> None:
    read = parse_field_set(text)
    assert parse_field_set(print_field_set(read)) == read
    assert parse_field_set(f"{{ {text} }}") == read


def test_what_it_reads() -> None:
    assert parse_field_set('a: price(currency: "EUR") ... on Book { title @x }') == (
        Field("price", arguments=(("currency", '"EUR"'),), alias="a"),
        Fragment("Book", (Field("title", directives=("@x",)),)),
    )


@pytest.mark.parametrize("text", ["", "{", "}", "id {", "...named", "id } query { a", "!"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(FieldSetError):
        parse_field_set(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("b a", "a b"),
        ("a { x } a { y }", "a { y x }"),
        ("a a", "a"),
        ("... on T { a } ... on T { b }", "... on T { b a }"),
        ("p(b: 2, a: 1)", "p(a: 1, b: 2)"),
    ],
)
def test_what_selects_the_same_is_the_same(one: str, other: str) -> None:
    assert normalised(parse_field_set(one)) == normalised(parse_field_set(other))


@pytest.mark.parametrize(("one", "other"), [("a", "b"), ("a { x }", "a { y }"), ("p(a: 1)", "p(a: 2)")])
def test_what_selects_something_else_is_not(one: str, other: str) -> None:
    assert normalised(parse_field_set(one)) != normalised(parse_field_set(other))


# ── flat, as planning asks for them ───────────────────────────────────────────────────────────────────────────────────


def test_fields_in_their_order() -> None:
    assert field_set("id name") == (Picked("id"), Picked("name"))


def test_fields_below_fields() -> None:
    assert field_set("card { region { code } number }") == (
        Picked("card", fields=(Picked("region", fields=(Picked("code"),)), Picked("number"))),
    )


def test_arguments_are_literals_as_they_are_written() -> None:
    assert field_set('price(currency: CNY, at: {day: "Mon", hours: [1, 2]})') == (
        Picked("price", (("at", '{ day: "Mon", hours: [1, 2] }'), ("currency", "CNY"))),
    )


def test_fragments_become_conditions_which_add_up() -> None:
    assert field_set("... on Unit { id ... on Boat { sign } ... { crew } }") == (
        Picked("id", on=("Unit",)),
        Picked("sign", on=("Unit", "Boat")),
        Picked("crew", on=("Unit",)),
    )


def test_a_condition_ends_with_its_fragment() -> None:
    assert field_set("by { ... on Van { seats } gears }") == (
        Picked("by", fields=(Picked("seats", on=("Van",)), Picked("gears"))),
    )


@pytest.mark.parametrize(
    "text",
    ["{", "id }", "} { id", "id } query { name", "id } fragment F on T { x", "...F", "id { ...F }", "1"],
)
def test_what_is_no_field_set_has_no_fields(text: str) -> None:
    with pytest.raises(FieldSetError):
        field_set(text)
