"""A step → the document that its subgraph is asked, and where the values of its variables come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from federation.document.structure import Structure
from federation.plan.federated.places import Argument, Constant, Part, Select, Step, Take

REPRESENTATIONS = "r"


@dataclass(frozen=True, slots=True)
class Text:
    """A document, and its variables by name; those of representations left out."""

    document: str
    variables: tuple[tuple[str, Structure], ...]


def write(step: Step) -> Text:
    """Write the document of a step."""
    return _Writer().step(step)


class _Writer:
    def __init__(self) -> None:
        self._variables: dict[tuple[str, Structure], str] = {}

    def step(self, step: Step) -> Text:
        inner = self._selection(step.select)
        declared = [f"${name}: {type_}" for (type_, _), name in self._variables.items()]
        if step.place is not None:
            declared.insert(0, f"${REPRESENTATIONS}: [_Any!]!")
            inner = f"{{ _entities(representations: ${REPRESENTATIONS}) {inner} }}"
        head = f"{step.operation} ({', '.join(declared)}) " if declared else f"{step.operation} "
        variables = tuple((name, value) for (_, value), name in self._variables.items())
        return Text(head + inner, variables)

    def _selection(self, select: Select) -> str:
        fields = ["__typename"] if select.typename else []
        for part in select.parts:
            taken = [self._take(one) for one in part.takes]
            if taken:
                fields += taken if part.on is None else [f"... on {part.on} {{ {' '.join(taken)} }}"]
        return f"{{ {' '.join(fields) or '__typename'} }}"

    def _take(self, take: Take) -> str:
        text = take.name if take.column == take.name else f"{take.column}: {take.name}"
        if take.arguments:
            text += f"({', '.join(self._argument(one) for one in take.arguments)})"
        return text + (f" {self._selection(take.select)}" if take.select else "")

    def _argument(self, argument: Argument) -> str:
        name, type_, value = argument
        if isinstance(value, Constant):
            return f"{name}: {value.text}"
        variable = self._variables.setdefault((type_, value), f"a{len(self._variables)}")
        return f"{name}: ${variable}"
