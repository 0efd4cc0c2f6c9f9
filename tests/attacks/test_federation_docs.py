"""The policy that `docs/policy-writer.md` gives as an example for a federated graph does what the page says."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.town import told, town

ASKED = '{ people { id name score } search(name: "Cat") { id } }'
PAGE = Path(__file__).parents[2] / "docs" / "policy-writer.md"


def example() -> str:
    """The lines of the section."""
    (found,) = re.findall(
        r"## How a federated graph is governed\n.*?```csv\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    )
    return str(found)


def test_the_example_shows_and_tells_what_its_lines_say() -> None:
    graph = town(example(), owners={"b": "clinic"})
    answer = graph.ask('{ people { id name phone score } search(name: "Cat") { id } }', areas=["310115"])
    assert answer.data == {
        "people": [
            {"id": "p1", "name": "A**", "phone": None, "score": "score of 13800000001"},
            {"id": "p3", "name": "C**", "phone": None, "score": "score of 13800000003"},
        ],
        "search": [{"id": "p3"}],
    }
    assert [one["id"] for one in told(graph.subgraphs["b"])] == ["p1", "p3"]


def test_without_one_of_its_lines_less_is_shown() -> None:
    lines = example().splitlines(keepends=True)
    whole = str(town(example(), owners={"b": "clinic"}).ask(ASKED).data)
    for number in range(len(lines)):
        policy = "".join(lines[:number] + lines[number + 1 :])
        fewer = str(town(policy, owners={"b": "clinic"}).ask(ASKED).data)
        assert fewer != whole
        assert fewer.count("None") > whole.count("None")
