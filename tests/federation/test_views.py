"""What organisations and other exchanges see: one view for each, and nothing of one in the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import parse, validate

from federation.document.limits import Limits
from federation.exchange.own import OWN_SOURCES
from federation.rules import file_source, rules_of, texts_of
from federation.views import Views
from tests.federation.schema.test_visible import small
from vocabulary.coordinate import Coordinate

CITY = Path(__file__).parents[2] / "democity" / "city"


QUESTIONS = (
    "{ _service { sdl } }",
    '{ _entities(representations: [{__typename: "Resident", id: "x"}]) { __typename } }',
    "{ residents { nodes { _masked } } }",
    "{ residents { nodes { ... on Node { ... on Resident { _masked } } } } }",
    "query($r: [_Any!]!) { __typename }",
    "{ residents { nodes { ...F } } } fragment F on _Entity { __typename }",
)


@pytest.mark.parametrize("document", QUESTIONS)
def test_its_words_are_as_if_misspelt_to_askers_of_ours(document: str) -> None:
    views = Views(small(), Limits())
    ours, theirs = views.of(frozenset()).api, views.of(frozenset(), as_subgraph=True).api
    misspelt = re.sub(r"_(service|entities|masked|Any|Entity)\b", lambda found: f"_{found[1][:-1]}q", document)
    said = [error.message for error in validate(ours, parse(document))]
    assert said
    blamed = [re.sub(r"_(servic|entitie|maske|An|Entit)q", "_", one.message) for one in validate(ours, parse(misspelt))]
    assert [re.sub(r"_(service|entities|masked|Any|Entity)", "_", one) for one in said] == blamed
    if "Any" not in document and "_Entity" not in document:
        assert validate(theirs, parse(document)) == []


def test_a_view_of_one_kind_is_never_given_for_the_other() -> None:
    views = Views(small(), Limits(), {"Resident": "identityNo"})
    hidden = frozenset({Coordinate("Resident", "name")})
    ours, theirs = views.of(hidden), views.of(hidden, as_subgraph=True)
    assert ours is not theirs
    assert (ours.sdl, views.of(hidden)) == ("", ours)
    assert views.of(hidden, as_subgraph=True) is theirs
    assert "_Any" not in ours.api.type_map
    assert '@key(fields: "identityNo")' in theirs.sdl
    assert views.of(frozenset(), as_subgraph=True) is not theirs


def test_what_an_exchange_tells_of_itself_is_in_no_view_of_another() -> None:
    """Neither its types nor its lists and acts; a view of people has them all, however often both are asked for."""
    graph = rules_of(texts_of(CITY), file_source(CITY), 1.0).world.supergraph
    own = {name for name, one in graph.types.items() if one.home in OWN_SOURCES}
    views = Views(graph, Limits())
    for _ in range(2):
        ours, theirs = views.of(frozenset()), views.of(frozenset(), as_subgraph=True)
        assert own <= ours.api.type_map.keys()
        assert not own & theirs.api.type_map.keys()
        assert not [
            name
            for name in own
            if re.search(rf"^(type|input|enum) {name}(Where|Order|Edge)?\b", theirs.sdl, re.MULTILINE)
        ]
        assert (ours.api.mutation_type is None, theirs.api.mutation_type is None) == (False, True)
    data = {one.field for one in graph.collections.values() if one.graph not in OWN_SOURCES}
    assert theirs.api.query_type is not None
    assert theirs.api.query_type.fields.keys() == data | {"node", "_service", "_entities"}
