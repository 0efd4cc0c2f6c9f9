from __future__ import annotations

from connectors.per_owner import first_per_owner, terms
from tests.connectors.served import relation
from vocabulary.fetch import Order
from vocabulary.values import Column

COLUMNS: dict[str, Column] = {"day": [3, None, 1, 3, 2], "place": ["b", "z", "a", "a", "c"]}
OWNERS: Column = ["p", "p", "q", "p", "p"]


def chosen(*order: str, many: bool = True, bound: int = 9) -> list[int]:
    return first_per_owner(relation("visits", many=many, order=order, bound=bound), OWNERS, COLUMNS.__getitem__)


def test_an_order_is_read_with_its_direction() -> None:
    assert terms(relation("visits", many=True, order=("-day", "place"))) == [
        Order("day", descending=True),
        Order("place"),
    ]


def test_rows_come_in_order_with_null_smallest_and_ties_as_they_arrived() -> None:
    assert chosen("day") == [1, 2, 4, 0, 3]
    assert chosen("-day") == [0, 3, 4, 2, 1]
    assert chosen("-day", "place") == [3, 0, 4, 2, 1]
    assert chosen() == [0, 1, 2, 3, 4]


def test_each_owner_has_as_many_as_the_bound_says() -> None:
    assert chosen("-day", bound=2) == [0, 3, 2]
    assert chosen("day", many=False) == [1, 2]
