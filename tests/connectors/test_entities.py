"""The document that a subgraph is asked, and answers that are none to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from graphql import parse, print_ast

from connectors.entities import LieError, Names, Question, check_names, question
from connectors.errors import DeclarationError
from connectors.layout import resolve
from tests.connectors.served import PERSON, VISIT, declaration, relation
from vocabulary.catalogue import SourceDeclaration
from vocabulary.fetch import Fetch, Via
from vocabulary.values import Column


def declared(**changes: Any) -> SourceDeclaration:
    return declaration("graphql", {"url": "https://town.example"}, **changes)


def written(request: Fetch, names: Mapping[str, str] | None = None, **changes: Any) -> Question:
    return question(request, resolve(declared(**changes), request), Names(names or {}))


ENTITY = Fetch("Person", ("id", "livesAlone", "boss.id"), Via("Person", "id"))
RELATION = Fetch("Visit", ("place",), Via("Human", "id", "two"))


def test_entities_are_asked_for_by_their_key_and_every_column_has_an_alias() -> None:
    assert written(ENTITY).document == (
        "query ($of: [_Any!]!) { rows: _entities(representations: $of) "
        "{ __typename ... on person { k: id c0: alone c1: boss } } }"
    )


def test_a_relation_is_asked_of_its_owner_with_what_orders_it_and_whom_it_names() -> None:
    assert written(RELATION).document == (
        "query ($of: [_Any!]!) { rows: _entities(representations: $of) "
        "{ __typename ... on Human { k: id r: two { __typename c0: place c1: person c2: day } } } }"
    )


def test_names_of_the_subgraphs_own_stand_where_it_has_others() -> None:
    asked = written(RELATION, {"Human": "Mensch", "Human.id": "nummer", "Human.two": "besuche"})
    assert "... on Mensch { k: nummer r: besuche {" in asked.document
    assert asked.representations(("p1",)) == [{"__typename": "Mensch", "nummer": "p1"}]


def test_a_path_leads_through_objects() -> None:
    boss = replace(PERSON.references[0], column="boss.chair.id")
    asked = written(ENTITY, types=(replace(PERSON, references=(boss,)), VISIT))
    assert "c1: boss { v: chair { v: id } } }" in asked.document
    rows: list[dict[str, Any]] = [{"c1": {"v": {"v": "p2"}}}, {"c1": None}, {"c1": {"v": None}}]
    assert asked.cells(rows, "boss.id") == ["p2", None, None]
    lacking: list[dict[str, Any]] = [{"c1": "p2"}, {"c1": {}}, {"c1": [{"v": "p2"}]}, {}]
    for row in lacking:
        with pytest.raises(LieError):
            asked.cells([row], "boss.id")


def test_a_document_is_what_graphql_reads_it_as() -> None:
    for request in (ENTITY, RELATION, Fetch("Person", (), Via("Person", "id"))):
        assert print_ast(parse(written(request).document, no_location=True)).count("_entities") == 1


def test_no_name_of_theirs_clashes_with_another_or_with_one_of_ours() -> None:
    theirs = ("k", "r", "v", "rows", "c1", "c0", "on", "of")
    fields = tuple(replace(field, column=name) for field, name in zip(PERSON.fields, theirs, strict=True))
    boss = replace(PERSON.references[0], column="c2.c2")
    asked = written(
        Fetch(
            "Person",
            ("id", "name", "age", "score", "livesAlone", "birthDate", "seenAt", "area", "boss.id"),
            Via("Person", "id"),
        ),
        types=(replace(PERSON, fields=fields, references=(boss,)), VISIT),
    )
    assert print_ast(parse(asked.document))  # `on` and `of` are fields like any other
    aliases = [path[0] for path in asked.paths.values()]
    assert len(set(aliases)) == len(aliases) == 9
    assert "{ k: k c0: r c1: v c2: rows c3: c1 c4: c0 c5: on c6: of c7: c2 { v: c2 } }" in asked.document


ROW = {"__typename": "person", "k": "p1"}


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"rows": None},
        {"rows": {}},
        {"rows": []},
        {"rows": [ROW]},
        {"rows": [ROW, None, None]},
        {"rows": [{**ROW, "k": "p2"}, None]},
        {"rows": [None, ROW]},
        {"rows": [{**ROW, "k": ["p1"]}, None]},
        {"rows": [{**ROW, "__typename": "Person"}, None]},
        {"rows": [{"k": "p1"}, None]},
        {"rows": [{"__typename": "person"}, None]},
        {"rows": [[ROW], None]},
        {"rows": ["p1", None]},
    ],
)
def test_entities_that_nobody_asked_for_are_a_lie(data: object) -> None:
    with pytest.raises(LieError):
        written(ENTITY).rows(data, ("p1", "p2"))


def test_keys_are_compared_with_their_type() -> None:
    with pytest.raises(LieError):
        written(ENTITY).rows({"rows": [{"__typename": "person", "k": True}]}, (1,))


VISITED = {"__typename": "Human", "k": "p1"}


@pytest.mark.parametrize(
    "related",
    ["x", 5, [["x"]], [{}], [{"__typename": "person"}], {"__typename": "Visit"}],
)
def test_rows_of_another_type_are_a_lie(related: object) -> None:
    with pytest.raises(LieError):
        written(RELATION).rows({"rows": [{**VISITED, "r": related}]}, ("p1",))


def test_a_relation_is_a_list_or_one_object_and_null_is_no_row() -> None:
    row = {"__typename": "visit", "c0": "a"}
    for related, count in (([row, row], 2), (row, 1), (None, 0), ([], 0), ([None, row], 1)):
        owners, rows = written(RELATION).rows({"rows": [None, {**VISITED, "r": related}]}, ("p0", "p1"))
        assert (owners, rows) == (["p1"] * count, [row] * count)
    with pytest.raises(LieError):
        written(RELATION).rows({"rows": [VISITED]}, ("p1",))


def test_rows_name_the_owner_under_whom_they_came() -> None:
    Question.vouch(["p1", "p2"], ["p1", "p2"])
    wrong: list[Column] = [["p1", "p1"], ["p1", None], ["p1"]]
    for named in wrong:
        with pytest.raises(LieError):
            Question.vouch(["p1", "p2"], named)


def test_an_errors_path_leads_to_a_field() -> None:
    asked = written(RELATION)
    assert asked.named(["rows", 0, "r", 3, "c2"]) == "day"
    paths: tuple[tuple[str | int, ...], ...] = (("rows", 0, "r"), ("rows", 0), (), ("rows", 0, "r", 1, "k"))
    for path in paths:
        assert asked.named(path) is None


INJECTED = (
    "a b",
    "a { b }",
    "a} { x",
    "",
    "1a",
    "a.",
    ".a",
    "a..b",
    "a\n",
    "名",
    "a: b",
    "a(x: 1)",
    "a @include(if: true)",
)


@pytest.mark.parametrize("name", [*INJECTED, "__typename", "a.__typename", "__schema"])
def test_a_column_that_is_no_field_is_refused(name: str) -> None:
    wrong = (replace(PERSON.fields[1], column=name), *PERSON.fields[2:])
    with pytest.raises(DeclarationError, match=r"type Person: column of name: write the name of a field"):
        check_names(declared(types=(replace(PERSON, fields=(PERSON.fields[0], *wrong)), VISIT)))


@pytest.mark.parametrize("name", [*INJECTED, "__Type", "a.b"])
def test_a_table_or_a_key_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(DeclarationError, match="table: write the name of an object type"):
        check_names(declared(types=(replace(PERSON, table=name), VISIT)))
    key = replace(PERSON.fields[0], column=name)
    with pytest.raises(DeclarationError, match=r"column of id: write the name of a field of the subgraph$"):
        check_names(declared(types=(replace(PERSON, fields=(key, *PERSON.fields[1:])), VISIT)))


@pytest.mark.parametrize(
    ("names", "hint"),
    [
        ("Human", "write what the subgraph calls each"),
        ({"Person": "P"}, "Person is not added to here; write one of: Human, Human.id, Human.visits"),
        ({"Human.name": "n"}, r"Human\.name is not added to here"),
        *(({"Human.visits": name}, r"names\.Human\.visits: write the name") for name in (*INJECTED, "__type", 5)),
    ],
)
def test_names_that_lead_nowhere_are_refused(names: object, hint: str) -> None:
    with pytest.raises(DeclarationError, match=hint):
        Names.read("source town: options", declaration("graphql", {"names": names}))


def test_without_relations_and_lists_there_is_nothing_to_name() -> None:
    unlisted = tuple(replace(one, collection=None) for one in declaration("graphql", {}).types)
    with pytest.raises(DeclarationError, match="nothing, for neither a relation nor a list is declared here"):
        Names.read("o", declaration("graphql", {"names": {"Human": "M"}}, relations=(), types=unlisted))


def test_a_list_may_have_another_name_there() -> None:
    assert Names.read("o", declaration("exchange", {"names": {"people": "residents"}})).of("people") == "residents"
    assert Names.read("o", declaration("exchange", {})).of("people") == "people"
    with pytest.raises(DeclarationError, match=r"names\.people: write the name of a type or field"):
        Names.read("o", declaration("exchange", {"names": {"people": "a b"}}))


def test_one_field_there_may_be_several_relations_here() -> None:
    names = {"Human.two": "records", "Human.latest": "records"}
    source = declaration(
        "graphql", {"names": names}, relations=(relation("two", many=True), relation("latest", many=False))
    )
    read = Names.read("o", source)
    assert (read.of("Human"), read.of("Human", "id"), read.of("Human", "latest")) == ("Human", "id", "records")
