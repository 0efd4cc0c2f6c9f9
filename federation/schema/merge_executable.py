"""Directives for operations: what all subgraphs know, an asker may write.

Source: Apollo Federation v2, "Merging directives": the intersection of subgraphs, of places and of arguments.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from federation.schema.held import description
from federation.schema.merge_inputs import ARGUMENT, merge_inputs
from federation.schema.read_composed import EXECUTABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import DirectiveDefinitionNode

    from federation.schema.merging import Merging


def merge_executable(merging: Merging) -> Iterator[DirectiveDefinitionNode]:
    """The directives for operations that the supergraph has."""
    for name in sorted({name for one in merging.subgraphs for name in one.executable} - merging.composed.keys()):
        held = [(one, one.executable[name]) for one in merging.subgraphs if name in one.executable]
        each = [{place.value for place in node.locations if place.value in EXECUTABLE} for _, node in held]
        places = set.intersection(*each)
        if len(held) < len(merging.subgraphs) or not places:
            continue
        written = [(one, node.arguments or ()) for one, node in held]
        arguments = merge_inputs(f"@{name}", written, ARGUMENT, merging.subtypes, merging.errors)
        yield replace(
            held[0][1],
            description=description(held),
            arguments=tuple(replace(one.node, directives=()) for one in arguments),
            repeatable=all(node.repeatable for _, node in held),
            locations=tuple(place for place in held[0][1].locations if place.value in places),
        )
