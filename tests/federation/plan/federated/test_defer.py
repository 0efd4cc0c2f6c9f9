"""Steps that are put off: a request less, no wave more, and never before what waits for them."""

from __future__ import annotations

from dataclasses import replace

from federation.plan.federated.defer import put_off
from federation.plan.places import Kept, Part, Representation, Select, Sent, Step, Take, Trace
from federation.schema.join_graph import Leaf
from vocabulary.rows import EVERYTHING

LEAF = Leaf("String", 0, None)


def step(
    number: int, graph: str, wave: int, takes: str = "", sent: str = "id", *, place: int | None = 1, act: str = ""
) -> Step:
    """A step about entities at place 1 that tells some columns of them, and takes others."""
    select = Select(1, 1, typename=False, parts=(Part(None, frozenset("T"), tuple(map(leaf, takes.split()))),))
    told = Representation("T", frozenset("T"), tuple(Sent(one, one) for one in sent.split()), ("id",))
    return Step(number, graph, wave, select, place, (told,) if place is not None else (), act)


def leaf(name: str) -> Take:
    return Take(name, name, leaf=LEAF)


def waves(*steps: Step, kept: tuple[Kept, ...] = ()) -> list[int]:
    return [one.wave for one in put_off(steps, kept)]


def test_a_step_joins_the_last_wave_in_which_its_subgraph_is_asked() -> None:
    assert waves(step(0, "b", 1, "x"), step(1, "a", 1, "y"), step(2, "b", 3, "z", "id y")) == [3, 1, 3]


def test_it_does_not_move_to_where_its_subgraph_is_not_asked() -> None:
    assert waves(step(0, "b", 1, "x"), step(1, "a", 2, "y")) == [1, 2]


def test_it_is_there_before_whoever_is_told_of_what_it_brings() -> None:
    chain = (step(0, "b", 1, "x"), step(1, "a", 2, "y", "id x"), step(2, "b", 3, "z"))
    assert waves(*chain) == [1, 2, 3]
    nested = Sent("of", "of", 1, {"T": (Sent("x", "x"),)})
    told = replace(chain[1].representations[0], sent=(nested,))
    assert waves(chain[0], replace(chain[1], representations=(told,)), chain[2]) == [1, 2, 3]


def test_what_waits_is_put_off_first() -> None:
    steps = (step(0, "b", 1, "x"), step(1, "a", 2, "y", "id x"), step(2, "b", 2, "z"), step(3, "a", 3, "w"))
    assert waves(*steps) == [2, 3, 2, 3]


def test_all_of_a_request_moves_or_nothing_of_it() -> None:
    waited_for = step(1, "b", 1, "y")
    steps = (step(0, "b", 1, "x"), waited_for, step(2, "a", 2, "w", "id y"), step(3, "b", 3, "z"))
    assert waves(*steps) == [1, 1, 2, 3]


def test_what_objects_are_decided_by_is_not_put_off() -> None:
    kept = Kept(1, "T", 1, EVERYTHING, (), {}, "a", area=Trace((), (), "x"))
    assert waves(step(0, "b", 1, "x"), step(1, "b", 2, "y"), kept=(kept,)) == [1, 2]
    through = replace(kept, place=0, area=Trace(("of",), (1,), "x"))
    assert waves(step(0, "b", 1, "x"), step(1, "b", 2, "y"), kept=(through,)) == [1, 2]


def test_what_leads_on_is_not_put_off() -> None:
    below = Take("of", "of", select=Select(2, 0, typename=False, parts=()))
    leading = step(0, "b", 1)
    leading = replace(leading, select=replace(leading.select, parts=(Part(None, frozenset("T"), (below,)),)))
    assert waves(leading, step(1, "b", 2, "y")) == [1, 2]
    telling = step(0, "b", 1, "x")
    telling = replace(telling, select=replace(telling.select, typename=True))
    assert waves(telling, step(1, "b", 2, "y")) == [1, 2]


def test_nothing_is_put_off_past_an_act_nor_from_the_root() -> None:
    assert waves(step(0, "a", 0, act="do", place=None), step(1, "b", 1, "x"), step(2, "b", 2, "y")) == [0, 1, 2]
    assert waves(step(0, "b", 0, "x", place=None), step(1, "b", 1, "y")) == [0, 1]


def test_no_wave_is_left_empty_and_no_step_is_lost() -> None:
    steps = [
        step(0, "a", 0, place=None),
        step(1, "b", 1, "x"),
        step(2, "c", 2, "y", "id x"),
        step(3, "b", 3, "z", "id y"),
    ]
    moved = put_off(steps, ())
    assert [one.id for one in moved] == [0, 1, 2, 3]
    assert {one.wave for one in moved} == {0, 1, 2, 3}
