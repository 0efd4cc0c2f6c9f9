"""Steps made one: only where an object is told and asked for as it would have been, and costs nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from federation.plan.federated.unite import unite
from federation.plan.nodes import Deliver
from federation.plan.places import Part, Representation, Select, Sent, Step, Take
from federation.schema.field_set import field_set
from federation.schema.join_graph import FieldIn, GraphType, JoinGraph, Kind, Leaf, TypeIn
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.rows import NOTHING

LEAF = Leaf("Int", 0, None)


def graph(estimate: str = "Int") -> JoinGraph:
    fields = {
        "stock": FieldIn("Boolean", "Boolean"),
        "estimate": FieldIn("Int", estimate, requires=field_set("price")),
    }
    there = TypeIn("Product", (), fields)
    return JoinGraph({}, {"Product": GraphType("Product", Kind.OBJECT, {}, {"b": there})})


def step(number: int, takes: str, sent: str) -> Step:
    taken = tuple(Take(one, one, leaf=LEAF) for one in takes.split())
    told = Representation("Product", frozenset({"Product"}), tuple(Sent(one, one) for one in sent.split()), ("id",))
    select = Select(1, 1, typename=False, parts=(Part("Product", frozenset({"Product"}), taken),))
    return Step(number, "b", 2, select, 1, (told,))


STOCK, ESTIMATE = step(0, "stock", "id"), step(1, "stock estimate", "id price")


def test_who_is_told_more_is_asked_for_both() -> None:
    for pair in ((STOCK, ESTIMATE), (ESTIMATE, STOCK)):
        (one,) = unite(pair, graph())
        assert one.representations == ESTIMATE.representations
        assert {take.name for part in one.select.parts for take in part.takes} == {"stock", "estimate"}
        assert len(one.select.parts) == 1
        assert len(one.select.parts[0].takes) == 2


def test_a_chain_becomes_one() -> None:
    assert len(unite((STOCK, ESTIMATE, step(2, "weight", "id")), graph())) == 1


DELIVER = Deliver("post", Coordinate("Product", "price"), Decision(Coordinate("Product", "price")))


@pytest.mark.parametrize(
    "host",
    [
        replace(ESTIMATE, graph="c"),
        replace(ESTIMATE, wave=3),
        replace(ESTIMATE, place=2),
        replace(ESTIMATE, representations=(replace(ESTIMATE.representations[0], delivers=(DELIVER,)),)),
        replace(ESTIMATE, representations=(replace(ESTIMATE.representations[0], rows=NOTHING),)),
        replace(ESTIMATE, representations=ESTIMATE.representations * 2),
        replace(ESTIMATE, representations=(replace(ESTIMATE.representations[0], sent=(Sent("id", "id_1"),)),)),
        replace(ESTIMATE, act="do"),
    ],
    ids=["graph", "wave", "place", "permission", "rows", "more types", "another column", "act"],
)
def test_others_stay_apart(host: Step) -> None:
    assert unite((STOCK, host), graph()) == (STOCK, host)


def test_a_field_that_may_fail_with_its_whole_object_is_asked_for_alone() -> None:
    assert unite((STOCK, ESTIMATE), graph("Int!")) == (STOCK, ESTIMATE)
