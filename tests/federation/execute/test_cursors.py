from __future__ import annotations

from dataclasses import replace

from federation.document.operation import Field
from federation.document.structure import Items, Members, Slot
from federation.execute.cursors import bound_to
from federation.plan.nodes import Page

WHERE = Members((("name", Members((("eq", Slot(2)),))), ("or", Items((Members(()),)))))
FIELD = Field("list", "residents", (("first", Slot(0)), ("after", Slot(1)), ("where", WHERE)), "List", many=False)
PAGE = Page(0, 1, (), FIELD)


def test_first_and_after_may_change_and_nothing_else() -> None:
    binding = bound_to(PAGE, (10, "cursor", "张"))
    assert bound_to(PAGE, (99, "other", "张")) == binding
    assert bound_to(PAGE, (10, "cursor", "李")) != binding
    assert bound_to(replace(PAGE, asked=replace(FIELD, key="alias")), (10, "cursor", "张")) != binding
    narrower = replace(FIELD, selections=(("List", (Field("a", "a", (), "Int", many=False),)),))
    assert bound_to(replace(PAGE, asked=narrower), (10, "cursor", "张")) != binding


def test_a_literal_and_a_variable_make_the_same_binding() -> None:
    renumbered = Members((("name", Members((("eq", Slot(0)),))), ("or", Items((Members(()),)))))
    other = replace(FIELD, arguments=(("where", renumbered),))
    assert bound_to(replace(PAGE, asked=other), ("张",)) == bound_to(PAGE, (10, "cursor", "张"))
