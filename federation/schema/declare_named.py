"""Rules about names: a word of `exchange.yaml` that has to lead to something declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from federation.schema.declare_problem import DeclarationProblem, choice, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from federation.schema.yaml_lines import Part


def names(
    part: Part, word: str, known: Iterable[str], what: str, *, signed: bool = False
) -> Iterator[DeclarationProblem]:
    """A word of the part, where it is written, names one of those known."""
    name = part.text(word)
    if name is not None:
        yield from listed([(part.line_of(word), name)], known, what, signed=signed)


def listed(
    named: Iterable[tuple[int, str]], known: Iterable[str], what: str, *, signed: bool = False
) -> Iterator[DeclarationProblem]:
    """Each of the texts names one of those known; `signed`: a "-" before it does not count."""
    others = frozenset(known)
    for line, text in named:
        name = text.removeprefix("-") if signed else text
        if name not in others:
            yield DeclarationProblem(line, f"{quoted(name)} is not {what}", choice(name, others))
