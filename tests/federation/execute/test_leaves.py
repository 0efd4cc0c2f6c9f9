"""Enums and arguments that askers see only in part: what is hidden neither arrives nor can be guessed."""

from __future__ import annotations

from typing import Any

import pytest

from federation.errors import Code, Refusal
from tests.support.federating import Federation
from tests.support.subgraphs import Subgraph


def cases() -> Federation:
    """Cases have a state that only some may know of, and a filter with hidden arguments."""
    return Federation(
        """
        type Query @join__type(graph: A) @join__type(graph: B) {
          cases(state: State = SEALED, first: Int = 5, secret: String @inaccessible, level: Level = LOW): [Case]
            @join__field(graph: A)
        }
        type Case @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
          id: ID!
          state: State @join__field(graph: A) @join__field(graph: B, external: true)
          states: [State] @join__field(graph: A)
          label: String @join__field(graph: B, requires: "state")
        }
        enum State @join__type(graph: A) @join__type(graph: B) {
          OPEN @join__enumValue(graph: A) @join__enumValue(graph: B)
          CLOSED @join__enumValue(graph: A) @join__enumValue(graph: B)
          SEALED @inaccessible @join__enumValue(graph: A)
        }
        enum Level @join__type(graph: A) { LOW @join__enumValue(graph: A) HIGH @join__enumValue(graph: A) }
        """,
        {
            "a": Subgraph(
                """
                type Query { cases(state: State = SEALED, first: Int = 5, secret: String, level: Level = LOW): [Case] }
                type Case { id: ID! state: State states: [State] }
                enum State { OPEN CLOSED SEALED }
                enum Level { LOW HIGH }
                """,
                {"cases": _cases},
            ),
            "b": Subgraph(
                "type Query { x: Int } type Case { id: ID! label: String }",
                entities={"Case": lambda told: {"id": told["id"], "label": f"is {told.get('state')}"}},
            ),
        },
    )


def _cases(**given: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"id": "1", "state": "OPEN", "states": ["OPEN", "SEALED", None]},
        {"id": "2", "state": "SEALED", "states": []},
        {"id": "3", "state": "CLOSED", "states": None},
    ]
    state = given.get("state")
    return [one for one in rows if state in {"SEALED", one["state"]}][: given["first"]]


def test_a_hidden_value_is_null() -> None:
    told = cases().ask("{ cases { id state states } }")
    assert told.data == {
        "cases": [
            {"id": "1", "state": "OPEN", "states": ["OPEN", None, None]},
            {"id": "2", "state": None, "states": []},
            {"id": "3", "state": "CLOSED", "states": None},
        ]
    }
    assert not told.failures


def test_what_is_computed_of_a_hidden_value_is_computed_of_null() -> None:
    told = cases().ask("{ cases { label } }")
    assert [one["label"] for one in told.data["cases"]] == ["is OPEN", "is None", "is CLOSED"]


def test_a_value_that_is_no_value_of_the_enum_is_a_lie() -> None:
    federation = cases()

    def strange(reply: Any) -> Any:
        reply.data["cases"][0]["state"] = {"not": "an enum"}
        return reply

    federation.subgraphs["a"].answering = strange
    told = federation.ask("{ cases { id state } }")
    assert [one["id"] for one in told.data["cases"]] == ["1", "2", "3"]
    assert [one["state"] for one in told.data["cases"]] == [None, None, None]
    assert [(one.code, one.coordinate) for one in told.failures] == [(Code.SOURCE_INVALID, "Case.state")]


@pytest.mark.parametrize(
    "document",
    [
        "{ cases(state: SEALED) { id } }",
        "query ($s: State = SEALED) { cases(state: $s) { id } }",
        '{ cases(secret: "x") { id } }',
        "{ cases(level: MIDDLE) { id } }",
    ],
)
def test_what_is_hidden_can_not_be_asked_for(document: str) -> None:
    federation = cases()
    with pytest.raises(Refusal):
        federation.ask(document)
    assert not federation.subgraphs["a"].asked


def test_a_hidden_value_in_a_variable_is_refused_as_any_misspelt_one() -> None:
    sentences = set()
    for value in ("SEALED", "MISSPELT"):
        with pytest.raises(Refusal) as refused:
            cases().ask("query ($s: State) { cases(state: $s) { id } }", {"s": value})
        assert refused.value.code is Code.VARIABLES_INVALID
        sentences.add(refused.value.message.replace(value, "?"))
    assert len(sentences) == 1


def test_a_default_that_is_hidden_is_its_subgraph_s_own_affair() -> None:
    federation = cases()
    assert len(federation.ask("{ cases { id } }").data["cases"]) == 3
    assert "SEALED" not in str(federation.subgraphs["a"].asked)


def test_arguments_travel_as_variables_or_literals() -> None:
    federation = cases()
    document = "query ($s: State, $n: Int) { cases(state: $s, first: $n) { id } open: cases(state: OPEN) { id } }"
    assert federation.ask(document, {"s": "CLOSED", "n": 2}).data == {"cases": [{"id": "3"}], "open": [{"id": "1"}]}
    assert federation.ask("{ cases(first: 1, level: HIGH) { id } }").data == {"cases": [{"id": "1"}]}
