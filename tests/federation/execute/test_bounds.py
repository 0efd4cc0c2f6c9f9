"""Documents made to be costly: refused, or planned in as many steps and places as a plain one of their size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from federation.errors import Code, Refusal
from tests.support.federating import Federation, Told
from tests.support.subgraphs import Subgraph


def friends() -> Federation:
    """People who lead to people, each hop through another subgraph, and an interface beside them."""

    def person(one: Mapping[str, Any]) -> dict[str, Any]:
        known = {"__typename": "Person", "id": one["id"], "name": "Ann", "note": "n"}
        return known | {"friend": lambda: person(one), "next": lambda: person(one)}

    return Federation(
        """
        type Query @join__type(graph: A) @join__type(graph: B) { me: Person @join__field(graph: A) who: Being @join__field(graph: A) }
        interface Being @join__type(graph: A) { id: ID! next: Being }
        type Person implements Being @join__implements(graph: A, interface: "Being")
          @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
          id: ID!
          name: String @join__field(graph: A)
          next: Being @join__field(graph: A)
          friend: Person @join__field(graph: B)
          note: String @join__field(graph: B)
        }
        type Robot implements Being @join__implements(graph: A, interface: "Being") @join__type(graph: A, key: "id") { id: ID! next: Being }
        """,
        {
            "a": Subgraph(
                """
                type Query { me: Person who: Being }
                interface Being { id: ID! next: Being }
                type Person implements Being { id: ID! name: String next: Being }
                type Robot implements Being { id: ID! next: Being }
                """,
                {"me": {"id": "1", "name": "Ann"}, "who": {"__typename": "Person", "id": "1"}},
                {"Person": person},
            ),
            "b": Subgraph(
                "type Query { x: Int } type Person { id: ID! friend: Person note: String }", entities={"Person": person}
            ),
        },
    )


def size(told: Told) -> tuple[int, int, int]:
    """Places, steps, and requests that were made."""
    return len(told.plan.places), sum(map(len, told.plan.waves)), len(told.plan.waves)


def chain(depth: int, leaf: str = "name", field: str = "friend") -> str:
    return f"{{ {field} " * depth + f"{{ {leaf} }}" + " }" * depth


def test_aliases_of_one_field_are_one_place_and_one_step() -> None:
    plain = size(friends().ask("{ me { friend { friend { name } } } }"))
    aliases = " ".join(f"f{one}: friend {{ g{one}: friend {{ n{one}: name }} }}" for one in range(15))
    told = friends().ask(f"{{ me {{ {aliases} }} }}")
    assert size(told) == plain
    assert told.data["me"]["f14"] == {"g14": {"n14": "Ann"}}


def test_fragments_that_say_the_same_again_add_nothing() -> None:
    plain = size(friends().ask("{ me { friend { name note } } }"))
    fragments = " ".join(
        f"fragment F{one} on Person {{ friend {{ ...G{one} }} }} fragment G{one} on Person {{ name note }}"
        for one in range(40)
    )
    spreads = " ".join(f"...F{one}" for one in range(40))
    assert size(friends().ask(f"{{ me {{ {spreads} }} }} {fragments}")) == plain


def test_steps_grow_with_depth_and_no_faster() -> None:
    here, to_and_fro = [], []
    for depth in (1, 2, 3):
        here.append(size(friends().ask(f"{{ me {chain(depth)} }}"))[1])
        body = "name"
        for _ in range(depth):
            body = f"friend {{ next {{ ... on Person {{ {body} }} }} }}"
        to_and_fro.append(size(friends().ask(f"{{ me {{ {body} }} }}"))[1])
    assert here == [3, 3, 3]
    assert to_and_fro == [3, 5, 7]


def test_fragments_that_double_at_each_level_are_refused() -> None:
    """Each fragment spreads the next one twice, under aliases: 2^n fields."""
    levels = 11
    fragments = " ".join(
        f"fragment F{one} on Person {{ a: friend {{ ...F{one + 1} }} b: friend {{ ...F{one + 1} }} }}"
        for one in range(levels)
    )
    with pytest.raises(Refusal) as refused:
        friends().ask(f"{{ me {{ ...F0 }} }} {fragments} fragment F{levels} on Person {{ name }}")
    assert refused.value.code in {Code.DOCUMENT_TOO_WIDE, Code.DOCUMENT_TOO_COSTLY, Code.DOCUMENT_TOO_DEEP}


@pytest.mark.parametrize(
    "document",
    [
        f"{{ me {chain(40)} }}",
        f"{{ me {{ {' '.join(f'a{one}: name' for one in range(2_000))} }} }}",
        "{ me { ...F } } fragment F on Person { friend { ...F } }",
        "{ me { " + "... on Person { " * 2_000 + "name" + " }" * 2_000 + " } }",
    ],
    ids=["deep", "wide", "circular", "nested fragments"],
)
def test_documents_without_end_are_refused(document: str) -> None:
    federation = friends()
    with pytest.raises(Refusal):
        federation.ask(document)
    assert not federation.subgraphs["a"].asked


def test_types_that_may_be_anything_at_each_level_multiply_no_further_than_the_document_says() -> None:
    """An interface with two types, each of which leads to it again: a place for each type at each level is 2^n."""
    counts = []
    for depth in (1, 2, 3):
        body = "id"
        for _ in range(depth):
            body = f"... on Person {{ next {{ {body} }} }} ... on Robot {{ next {{ {body} }} }}"
        told = friends().ask(f"{{ who {{ {body} }} }}")
        fields = body.count("next")
        counts.append(len(told.plan.places) <= fields + 2)
    assert all(counts)


def test_an_interface_s_own_field_multiplies_within_the_bound_of_fields() -> None:
    federation = friends()
    body = "id"
    for _ in range(10):
        body = f"... on Person {{ next {{ {body} }} }} ... on Robot {{ next {{ {body} }} }}"
    with pytest.raises(Refusal):
        federation.ask(f"{{ who {{ {body} }} }}")


def test_a_field_of_an_interface_is_asked_for_once_for_each_type_within_the_bound_of_fields() -> None:
    """An interface with two types, whose own field leads to it again: fields are counted for each type that has them."""
    assert len(friends().ask(f"{{ who {chain(4, 'id', 'next')} }}").plan.places) == 2**5
    with pytest.raises(Refusal) as refused:
        friends().ask(f"{{ who {chain(11, 'id', 'next')} }}")
    assert refused.value.code.name.startswith("DOCUMENT_TOO_")
