"""A file of cases for `tongguan policy test`, read as strictly as `exchange.yaml`, or refused with every mistake.

By the same three judges: how it is written (`yaml_lines`), its shape (the JSON Schema below) and what it names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any, Final

from federation.schema.declare import ExchangeRefusedError
from federation.schema.declare_problem import DeclarationProblem, choice, quoted
from federation.schema.declare_shape import judge_shape
from federation.schema.yaml_lines import Part, load
from policies.lines import PolicyFacts
from policies.reference import WITHHELD
from policies.trial import Case, CaseRow, Expected
from vocabulary.area import Area, NotAnAreaError
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN
from vocabulary.principal import Action, Mode, Standing
from vocabulary.rows import Tie

ACTIONS: Final = (Action.READ, Action.MATCH, Action.DERIVE, Action.DELIVER, Action.WRITE)
_MOST_PROBLEMS: Final = 200  # of one judge


def _texts(description: str) -> Mapping[str, object]:
    items = {"type": "string", "minLength": 1, "description": "a name, in quotes where it is a number"}
    return {"type": "array", "items": items, "uniqueItems": True, "description": description}


_TEXT: Final = {"type": "string", "minLength": 1}
_WHO: Final = {
    "type": "object",
    "description": "who asks",
    "additionalProperties": False,
    "required": ["organisation"],
    "properties": {
        "organisation": {**_TEXT, "description": "a declared organisation; for deliver, the one that is told"},
        "roles": _texts("declared roles, and those that the supergraph requires"),
        "areas": _texts("area codes, in quotes"),
    },
}
_ROW: Final = {
    "type": "object",
    "description": "the row that is asked for",
    "additionalProperties": False,
    "properties": {
        "area": {**_TEXT, "description": "its area code, in quotes"},
        "tied": _texts("what ties the asker to its subject: self, case, glass"),
        "holds": _texts("conditions that hold on it"),
        "fails": _texts("conditions that fail on it"),
    },
}
_CASE: Final = {
    "type": "object",
    "description": "one case",
    "additionalProperties": False,
    "required": ["name", "who", "purpose", "expect"],
    "properties": {
        "name": {**_TEXT, "description": "a sentence that says what must hold"},
        "who": _WHO,
        "purpose": {**_TEXT, "description": "a declared purpose"},
        "mode": {"type": "string", "enum": [mode.value for mode in Mode], "description": "ordinary or emergency"},
        "agreement": {**_TEXT, "description": "the agreement that is asked under"},
        "row": _ROW,
        "expect": {
            "type": "object",
            "description": "how each coordinate is shown: plain, a mask, or withheld",
            "minProperties": 1,
            "additionalProperties": {**_TEXT, "description": "plain, a mask of the field, or withheld"},
        },
    },
}
SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "cases that a policy must pass",
    "additionalProperties": False,
    "required": ["cases"],
    "properties": {"cases": {"type": "array", "items": _CASE, "minItems": 1, "description": "the cases"}},
}


def parse_cases(text: str, *, file: str, facts: PolicyFacts, roles: Collection[str] = ()) -> tuple[Case, ...]:
    """Read the text of a file of cases; `file` is what its problems call it, `roles` are known beside declared ones.

    Raises:
        ExchangeRefusedError: with every problem that was found (of shape and of names, the first 200 each).
    """
    root, written = load(text)
    problems = list(written)
    if root is not None:
        for judged in (judge_shape(root, SCHEMA), _judge_names(root, facts, {*facts.roles, *roles})):
            lines = {one.line for one in problems}
            problems += islice((one for one in judged if one.line not in lines), _MOST_PROBLEMS)
    if root is None or problems:
        raise ExchangeRefusedError(file, tuple(sorted(set(problems))))
    return tuple(_case(part) for part in root.parts["cases"].parts.values())


def _judge_names(root: Part, facts: PolicyFacts, roles: Collection[str]) -> Iterator[DeclarationProblem]:
    cases = root.parts.get("cases")
    for case in cases.parts.values() if cases is not None else ():
        who, row = case.at(["who"]), case.at(["row"])
        yield from _known(_one(who, "organisation"), facts.organisations)
        yield from _known(who.texts("roles"), sorted(roles))
        yield from _known(_one(case, "purpose"), facts.purposes)
        yield from _areas(who.texts("areas"))
        for name, part in case.named("expect").items():
            yield from _expectation(name, part, facts)
        if "row" in case.parts:
            yield from _areas(_one(row, "area"))
            yield from _known(row.texts("tied"), tuple(Tie))
            yield from _known(row.texts("holds"), facts.conditions)
            yield from _known(row.texts("fails"), facts.conditions)
            for line, name in row.texts("fails"):
                if name in {other for _, other in row.texts("holds")}:
                    yield DeclarationProblem(line, f"{quoted(name)} holds and fails", "write it once")


def _one(part: Part, word: str) -> list[tuple[int, str]]:
    text = part.text(word)
    return [] if text is None else [(part.line_of(word), text)]


def _known(found: Iterable[tuple[int, str]], known: Iterable[str]) -> Iterator[DeclarationProblem]:
    names = tuple(known)
    for line, name in found:
        if name not in names:
            yield DeclarationProblem(line, f"{quoted(name)} is not declared", choice(name, names))


def _areas(found: Iterable[tuple[int, str]]) -> Iterator[DeclarationProblem]:
    for line, code in found:
        try:
            Area.parse(code)
        except NotAnAreaError:
            yield DeclarationProblem(line, f"{quoted(code)} is no area code", "write one of 2, 6, 9, 12 or 15 digits")


def _expectation(name: str, part: Part, facts: PolicyFacts) -> Iterator[DeclarationProblem]:
    """A coordinate and perhaps an action, and a way in which it can be shown."""
    written, _, action = name.partition(" ")
    known = next((facts.coordinates[one] for one in facts.coordinates if str(one) == written), None)
    if known is None:
        near = get_close_matches(written, map(str, facts.coordinates), n=1)
        remedy = f"write {quoted(near[0])} if that is meant" if near else "write Type.field, and behind it an action"
        yield DeclarationProblem(part.line, f"{quoted(written)} is no coordinate", remedy)
    elif action and action not in ACTIONS:
        yield DeclarationProblem(part.line, f"{quoted(action)} is no action", choice(action, ACTIONS))
    elif isinstance(part.value, str):
        chain = known.chain if action in {"", Action.READ} else ()
        yield from _known([(part.line, part.value)], (PLAIN, *chain, WITHHELD))


# From here on shape and names are known to be right.


def _case(part: Part) -> Case:
    who = part.parts["who"]
    row = part.parts.get("row")
    standing = Standing(
        frozenset(name for _, name in who.texts("roles")),
        who.text("organisation") or "",
        part.text("purpose") or "",
        Mode(part.text("mode") or Mode.ORDINARY),
        part.text("agreement") or "",
    )
    return Case(
        name=part.text("name") or "",
        standing=standing,
        areas=tuple(Area.parse(code) for _, code in who.texts("areas")),
        row=None if row is None else _row(row),
        expected=tuple(_expected(name, one) for name, one in part.named("expect").items()),
    )


def _row(part: Part) -> CaseRow:
    area = part.text("area")
    return CaseRow(
        area=None if area is None else Area.parse(area),
        tied=frozenset(Tie(name) for _, name in part.texts("tied")),
        holds=frozenset(name for _, name in part.texts("holds")),
        fails=frozenset(name for _, name in part.texts("fails")),
    )


def _expected(name: str, part: Part) -> Expected:
    written, _, action = name.partition(" ")
    return Expected(part.line, Coordinate.parse(written), Action(action or Action.READ), str(part.value))
