"""Which errors concern somebody: paths through lists and objects, of rows that are seen and of others."""

from __future__ import annotations

import pytest

from federation.execute.erred import concerns
from federation.plan.places import Request
from tests.support.town import lines, town


@pytest.mark.parametrize(
    ("path", "is_told"),
    [
        (["people"], True),
        (["people", 0], True),
        (["people", 1], False),  # Bob, in another area
        (["people", 0, "name"], True),
        (["people", 1, "name"], False),
        (["people", 0, "friend"], False),  # who is Bob
        (["people", 2, "friend", "name"], True),
        (["people", 9, "name"], True),  # which leads nowhere, and so to nobody
        (["other"], True),
        ([], True),
    ],
)
def test_an_error_concerns_whoever_may_see_what_it_is_about(path: list[str | int], *, is_told: bool) -> None:
    state = (
        town(lines("any Query.*", "own Person.*")).ask("{ people { name friend { name } } }", areas=["310115"]).state
    )
    ((request,),) = state.plan.waves
    assert isinstance(request, Request)
    assert concerns(request.steps[0].select, [0], path, state) is is_told
