"""Steps → the document that their subgraph is asked, and where the values of its variables come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from federation.document.structure import Constant, Structure
from federation.plan.places import Argument, Place, Request, Select, Step, Take


def requests(wave: Sequence[Step], places: Sequence[Place]) -> tuple[Request, ...]:
    """The requests of one wave: each subgraph is asked once, and each act by itself."""
    together: dict[tuple[str, str], list[Step]] = {}
    for step in wave:
        together.setdefault((step.graph, step.act), []).append(step)
    return tuple(_Writer().request(graph, steps, places) for (graph, _), steps in together.items())


def _told(step: Step, number: int) -> Iterator[object]:
    """What makes the entities of two steps one list: the same is told of each."""
    for one in step.representations:
        is_flat = all(sent.place is None for sent in one.sent)
        yield (one.name, *(sent.name for sent in one.sent)) if is_flat else number


class _Writer:
    def __init__(self) -> None:
        self._variables: dict[tuple[str, Structure], str] = {}

    def request(self, graph: str, steps: Sequence[Step], places: Sequence[Place]) -> Request:
        fields, declared = list[str](), list[str]()
        lists: dict[tuple[object, ...], list[int]] = {}
        for number, step in enumerate(steps):
            if step.place is None:
                fields += self._fields(step.select) or ["__typename"]
            else:
                lists.setdefault((self._selection(step.select), *_told(step, number)), []).append(number)
        alone = len(lists) == 1 and not fields
        entry: dict[int, tuple[str, str]] = {}
        for at, ((selection, *_), numbers) in enumerate(lists.items()):
            key, variable = ("_entities", "r") if alone else (f"_entities{at}", f"r{at}")
            name = key if alone else f"{key}: _entities"
            fields.append(f"{name}(representations: ${variable}) {selection}")
            entry.update(dict.fromkeys(numbers, (key, variable)))
            declared.append(f"${variable}: [_Any!]!")
        entries = [entry.get(number, ("", "")) for number in range(len(steps))]
        declared += [f"${name}: {type_}" for (type_, _), name in self._variables.items()]
        head = "mutation" if steps[0].act else "query"
        if declared:
            head += f" ({', '.join(declared)})"
        variables = tuple((name, value) for (_, value), name in self._variables.items())
        about = ", ".join(dict.fromkeys(name for step in steps for name in places[step.select.place].types))
        return Request(graph, f"{head} {{ {' '.join(fields)} }}", tuple(steps), tuple(entries), variables, about)

    def _selection(self, select: Select) -> str:
        return f"{{ {' '.join(self._fields(select)) or '__typename'} }}"

    def _fields(self, select: Select) -> list[str]:
        fields = ["__typename"] if select.typename else []
        for part in select.parts:
            taken = [self._take(one) for one in part.takes]
            if taken:
                fields += taken if part.on is None else [f"... on {part.on} {{ {' '.join(taken)} }}"]
        return fields

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
