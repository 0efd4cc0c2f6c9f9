"""What the section `supergraph` of `exchange.yaml` must mean, as far as the file alone can tell.

Whether the supergraph has what is named here is judged when it is read (`federated.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from federation.schema.declare_named import listed, names
from federation.schema.declare_problem import DeclarationProblem, quoted
from federation.schema.yaml_lines import Part
from vocabulary.area import Area, NotAnAreaError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from federation.schema.declare_outline import Outline


def graph_fields(root: Part) -> list[Part]:
    """The declared fields of a supplied supergraph."""
    return [part for type_ in _types(root).values() for part in type_.named("fields").values()]


def _types(root: Part) -> dict[str, Part]:
    return _section(root).named("types")


def _section(root: Part) -> Part:
    return root.parts.get("supergraph", Part(root.line, None))


def _anonymous_is_declared(exchange: Outline) -> Iterator[DeclarationProblem]:
    root = exchange.root
    part = root.named("supergraph").get("anonymous")
    if part is None:
        return
    yield from names(part, "organisation", root.named("organisations"), "a declared organisation")
    yield from names(part, "purpose", root.named("purposes"), "a declared purpose")
    yield from listed(part.texts("roles"), root.named("roles"), "a declared role")
    for line, code in part.texts("areas"):
        try:
            Area.parse(code)
        except NotAnAreaError:
            remedy = 'write an area code in quotes, as "310115016"'
            yield DeclarationProblem(line, f"{quoted(code)} is no area code", remedy)


def _subgraphs_have_owners(exchange: Outline) -> Iterator[DeclarationProblem]:
    for name, subgraph in _section(exchange.root).named("subgraphs").items():
        yield from names(subgraph, "owner", exchange.root.named("organisations"), "a declared organisation")
        if not name.isprintable():
            yield DeclarationProblem(subgraph.line, f"{quoted(name)} names no subgraph", "write it as it is composed")


def _fields_are_governed(exchange: Outline) -> Iterator[DeclarationProblem]:
    masks = exchange.root.named("masks")
    for type_name, type_ in _types(exchange.root).items():
        for name, part in type_.named("fields").items():
            yield from listed(part.texts("masks"), masks, "a declared mask")
            if part.text("category") is not None and type_.text("subject") is None:
                problem = f"a personal category in {type_name}, which names no subject"
                yield DeclarationProblem(part.line_of("category"), problem, "write `subject: …` in that type")
            for line, other in part.texts("reveals"):
                if other == name:
                    problem = f"{quoted(other)} is not another field of {type_name}"
                    yield DeclarationProblem(line, problem, "write what else its plain value gives away")


GRAPH_RULES: Final[tuple[Callable[[Outline], Iterator[DeclarationProblem]], ...]] = (
    _anonymous_is_declared,
    _subgraphs_have_owners,
    _fields_are_governed,
)
