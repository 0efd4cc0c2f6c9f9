"""A value that may not be seen, read through a field that is computed from it (`@requires`; GHSA-m8jr-fxqx-8xx6)."""

from __future__ import annotations

import pytest

from tests.support.federating import OPEN
from tests.support.media import media
from tests.support.town import HERE, lines, sent, town

PLAIN = ("any Query.*", "any Person.id", "any Person.score", "any Person.rank", "any Person.reach", "any Person.friend")


@pytest.mark.parametrize("field", ["score", "rank", "reach"])
@pytest.mark.parametrize("phone", [(), ("any Person.phone read redact",), ("310115 Person.phone",)])
def test_what_is_computed_from_hidden_cells_is_hidden_with_them(field: str, phone: tuple[str, ...]) -> None:
    graph = town(lines(*PLAIN, *phone))
    answer = graph.ask(f"{{ people {{ id {field} }} }}", areas=["31"])
    shown = [one[field] for one in answer.data["people"] if one[field] is not None]
    assert "13800000002" not in str(answer.data)
    if phone and "310115" in phone[0] and field != "reach":
        assert len(shown) == 2
    else:
        assert not shown
        assert answer.withheld[f"Person.{field}"] == "derive"
        assert "13800000" not in sent(list(graph.subgraphs.values()))


@pytest.mark.parametrize(("field", "value"), [("score", "score of 13800000001"), ("reach", "reach of 13800000002")])
def test_derive_lets_it_be_computed_and_nothing_else(field: str, value: str) -> None:
    answer = town(lines(*PLAIN, "any Person.phone derive")).ask(f"{{ people {{ {field} phone }} }}")
    assert answer.data["people"][0] == {field: value, "phone": None}
    assert "13800000001" not in answer.text


def test_derive_of_some_rows_computes_on_these_alone() -> None:
    graph = town(lines(*PLAIN, "310115 Person.phone derive"))
    answer = graph.ask("{ people { id score } }")
    assert answer.data["people"] == [
        {"id": "p1", "score": "score of 13800000001"},
        {"id": "p2", "score": None},
        {"id": "p3", "score": "score of 13800000003"},
    ]


def test_derive_of_own_rows_computes_nested_values_for_nobody() -> None:
    answer = town(lines(*PLAIN, "310115 Person.phone derive")).ask("{ people { reach } }")
    assert answer.withheld == {"Person.reach": "derive"}


def test_what_is_computed_from_other_people_takes_derive_however_plain_they_are() -> None:
    """A person of whom nothing more may be told would be told of through a friend's field, and stand in no entry."""
    answer = town(lines(*PLAIN, "any Person.phone"), barred=frozenset({"p2"})).ask("{ people { id reach score } }")
    assert answer.withheld == {"Person.reach": "derive"}
    assert "13800000002" not in str(answer.data)


def test_a_row_of_which_only_a_computed_cell_could_be_seen_is_not_there() -> None:
    answer = town(lines("any Query.*", "any Person.score", f"{HERE} Person.phone derive")).ask(
        "{ people { __typename } }"
    )
    assert answer.data == {"people": [{"__typename": "Person"}] * 2}
    hidden = town(lines("any Query.*", "any Person.score")).ask("{ people { __typename } }")
    assert hidden.data == {"people": []}


DENIED = "p, any, any, Book.secret, read, any, any, deny,\np, any, any, Book.secret, derive, any, any, deny,\n"


@pytest.mark.parametrize(
    "document",
    ["{ media { score } }", "{ media { s: score likes } }", "{ media { ...f } } fragment f on Media { score }"],
)
def test_an_interface_object_computes_from_no_hidden_field_of_a_type(document: str) -> None:
    graph = media(OPEN + DENIED)
    answer = graph.ask(document)
    assert "s-m1" not in str(answer.data)
    assert "of s-m2" in str(answer.data)
    assert "s-m1" not in sent(list(graph.subgraphs.values()))


def test_an_interface_object_whose_key_may_not_be_told_for_a_type_is_not_told_of() -> None:
    denied = "p, any, any, Book.id, deliver, any, any, deny,\n"
    graph = media(OPEN + denied + "p, any, any, Book.likes, read, any, any, deny,\n", owners={"a": "clinic"})
    answer = graph.ask("{ media { likes } }")
    assert not graph.subgraphs["a"].asked
    assert answer.data["media"] in (None, [])


@pytest.mark.parametrize("document", ["{ media { likes } }", "{ media { ... on Media { n: likes } } }"])
def test_an_interface_object_shows_fields_by_the_type_of_each(document: str) -> None:
    shut = "p, any, any, Book.likes, read, any, any, deny,\n"
    assert [list(one.values()) for one in media(OPEN + shut).ask(document).data["media"]] == [[None], [5]]
    gone = "p, any, any, Book.*, read, any, any, deny,\n"
    assert [list(one.values()) for one in media(OPEN + gone).ask(document).data["media"]] == [[5]]


def test_an_interface_object_about_people_is_decided_as_each_of_them() -> None:
    answer = media(OPEN, subjects={"Book": "id"}, barred=frozenset({"m1"})).ask("{ media { likes } }")
    assert answer.data == {"media": [{"likes": 5}]}
