"""Questions for the made-up supergraph: each a valid document whose fields lie in ten subgraphs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from benchmarks.large_supergraph.model import Field, World

OVER: Final = 10
"""How many subgraphs have to answer a question."""
_DEEPEST: Final = 6
_WIDEST: Final = 8
_TRIES: Final = 400


@dataclass(frozen=True, slots=True)
class Question:
    """A document, and the subgraphs that its fields lie in.

    A plan may pass through others for a key, and do without one whose field another provides.
    """

    document: str
    subgraphs: frozenset[str]


@dataclass(slots=True)
class _Node:
    """A selection under way: on a type, the fields taken, each with its own selection where it leads to a type."""

    type: str
    depth: int
    taken: dict[str, tuple[Field, _Node | None]] = field(default_factory=dict)

    def text(self) -> str:
        parts = [
            f"{name}{one.given}{'' if below is None else f' {below.text()}'}"
            for name, (one, below) in self.taken.items()
        ]
        return f"{{ {' '.join(parts) or '__typename'} }}"


def questions(world: World, count: int, seed: int = 1, *, over: int = OVER) -> list[Question]:
    """So many different questions, the same for the same seed.

    Raises:
        ValueError: the supergraph has not so many that lie in as many subgraphs.
    """
    chance = random.Random(seed)  # noqa: S311  (made-up questions)
    found: dict[str, Question] = {}
    for _ in range(count * _TRIES):
        one = _question(world, chance, over)
        if one is not None:
            found[one.document] = one
        if len(found) == count:
            return list(found.values())
    raise ValueError(f"only {len(found)} questions over {over} subgraphs were found, not {count}")


def _question(world: World, chance: random.Random, over: int) -> Question | None:
    """Grow a tree from one root field, field by field, until it lies in so many subgraphs; None where it gets stuck."""
    root = chance.choice([one for one in world.roots if one.target in world.fields])
    top = _Node("Query", 0)
    nodes = [*_take(world, top, root)]
    needed = set(root.owners)
    for _ in range(_TRIES):
        if len(needed) == over:
            variables = "($id: ID!)" if "$id" in root.given else ""
            return Question(f"query Large{variables} {top.text()}", frozenset(needed))
        node = chance.choice(nodes)
        fields = [one for one in world.fields[node.type] if one.name not in node.taken]
        if not fields or len(node.taken) >= _WIDEST:
            continue
        chosen = chance.choice(fields)
        where = _where(chosen, needed)
        if len(where) > 1 or len(needed | where) > over or (chosen.target and node.depth >= _DEEPEST):
            continue
        needed |= where
        nodes += _take(world, node, chosen)
    return None


def _where(field: Field, needed: set[str]) -> set[str]:
    """Who could answer a field: none more where one of them answers already."""
    return set() if needed.intersection(field.owners) else set(field.owners)


def _take(world: World, node: _Node, field: Field) -> Iterator[_Node]:
    below = None if field.target is None else _Node(field.target, node.depth + 1)
    node.taken[field.name] = (field, below)
    if below is not None and field.target in world.fields:
        yield below
