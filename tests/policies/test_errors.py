from __future__ import annotations

import pytest

from policies.errors import (
    PolicyBuildError,
    PolicyError,
    PolicyFileError,
    PolicyRefusedError,
    PolicyUnavailableError,
)


@pytest.mark.parametrize("kind", [PolicyBuildError, PolicyFileError, PolicyRefusedError, PolicyUnavailableError])
def test_one_tree(kind: type[Exception]) -> None:
    assert issubclass(kind, PolicyError)


def test_a_mistake_reads_as_place_problem_and_remedy() -> None:
    error = PolicyFileError("policy.csv", 12, "effect", "'Deny' is no effect", "write allow or deny")
    assert str(error) == "policy.csv:12: effect: 'Deny' is no effect; write allow or deny"


def test_a_refusal_names_every_mistake_and_shortens_only_its_text() -> None:
    mistakes = tuple(PolicyFileError("policy.csv", line, None, "wrong", "right it") for line in range(1, 24))
    refused = PolicyRefusedError(mistakes)
    assert refused.problems == mistakes
    text = str(refused).split("\n")
    assert text[0] == "policy.csv:1: wrong; right it"
    assert text[-2:] == ["policy.csv:20: wrong; right it", "and 3 more"]
    assert str(PolicyRefusedError(mistakes[:1])) == "policy.csv:1: wrong; right it"
