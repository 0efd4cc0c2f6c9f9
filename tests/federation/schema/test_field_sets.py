"""Field sets as they are read: flat, each field with the type conditions that it stands in."""

from __future__ import annotations

import pytest
from graphql import GraphQLError

from federation.schema.field_sets import Picked, field_set


def test_fields_in_their_order() -> None:
    assert field_set("id name") == (Picked("id"), Picked("name"))


def test_fields_below_fields() -> None:
    assert field_set("card { region { code } number }") == (
        Picked("card", fields=(Picked("region", fields=(Picked("code"),)), Picked("number"))),
    )


def test_arguments_are_literals_as_they_are_written() -> None:
    assert field_set('price(currency: CNY, at: {day: "Mon", hours: [1, 2]})') == (
        Picked("price", (("currency", "CNY"), ("at", '{ day: "Mon", hours: [1, 2] }'))),
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
def test_what_is_no_field_set_is_refused(text: str) -> None:
    with pytest.raises(GraphQLError):
        field_set(text)
