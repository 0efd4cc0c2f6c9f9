"""The strict loader: the only way from the text of a policy file to lines.

It stands in front of Casbin, which ignores a misspelt effect, an unknown kind of line, a name that nobody has, or a
column too many, and so turns a deny into nothing without a word. Here every line means what it says or the whole
file is refused, with all of its mistakes at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from policies.errors import PolicyFileError, PolicyRefusedError
from policies.lines import (
    ANY,
    COLUMNS,
    WORDS,
    CoordinateFacts,
    Effect,
    Line,
    PolicyFacts,
    PolicyLines,
    RoleLink,
    patterns,
)
from policies.roles import check_roles
from policies.text import Row, rows
from vocabulary.area import Area, NotAnAreaError
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN
from vocabulary.principal import Action, Mode
from vocabulary.rows import (
    EVERYTHING,
    Holds,
    RelatedArea,
    Relation,
    RowRule,
    Tie,
    TiedSubject,
    WithinArea,
    all_of,
    leaves,
)

ENFORCED = (Action.READ, Action.MATCH, Action.DERIVE, Action.DELIVER, Action.WRITE)
Matched = Mapping[str, Mapping[Coordinate, CoordinateFacts]]

_ACTIONS = {str(action): action for action in ENFORCED}
_EFFECTS = {str(effect): effect for effect in Effect}
_MODES = tuple(map(str, Mode))
_STARTS: Mapping[str, RowRule] = {
    ANY: EVERYTHING,
    **{str(relation): RelatedArea(relation) for relation in Relation},
    **{str(tie): TiedSubject(tie) for tie in Tie},
}


def load(text: str, *, file: str, facts: PolicyFacts) -> PolicyLines:
    """Read a policy file. `file` is the name that its lines go by; `text` is decoded with its line ends untouched.

    Raises:
        PolicyRefusedError: with every mistake found.
    """
    problems: list[PolicyFileError] = []
    matched = matched_by(facts)
    lines: list[Line] = []
    links: list[RoleLink] = []
    seen: dict[tuple[object, ...], int] = {}
    rules: dict[str, RowRule] = {}
    any_line = False
    for row in rows(text, file, problems):
        kind = row.columns[0]
        any_line |= kind == "p"
        if kind == "p":
            said = read_line(row, facts, matched, rules)
            if said is not None and _first(row, _said(said), seen):
                lines.append(said)
        elif kind == "g":
            link = _link(row, facts)
            if link is not None and _first(row, ("g", link.holder, link.held), seen):
                links.append(link)
        else:
            row.refuse(
                None, f"{kind!r} is no kind of line", "write p for a policy line, g for a role that holds another"
            )
    problems += check_roles(links)
    if not any_line and not problems:
        problem = "the file has no p line, so that nothing would ever be shown"
        problems.append(PolicyFileError(file, 1, None, problem, f"write lines of {', '.join(COLUMNS)}"))
    if problems:
        raise PolicyRefusedError(tuple(sorted(problems, key=lambda problem: problem.line)))
    return PolicyLines(tuple(lines), tuple(links))


def matched_by(facts: PolicyFacts) -> Matched:
    """Every pattern that matches something, with what it matches."""
    matched: dict[str, dict[Coordinate, CoordinateFacts]] = {}
    for coordinate, known in facts.coordinates.items():
        for pattern in patterns(coordinate):
            matched.setdefault(pattern, {})[coordinate] = known
    return matched


def _said(line: Line) -> tuple[object, ...]:
    """What a line says, normalised: as its `columns`, without writing them."""
    return line.subject, line.rows, line.pattern, line.action, line.purpose, line.mode, line.effect, line.shown


def _first(row: Row, key: tuple[object, ...], seen: dict[tuple[object, ...], int]) -> bool:
    """Say whether no line before says the same; refuse the row where one does."""
    before = seen.setdefault(key, row.number)
    if before != row.number:
        row.refuse(None, f"the line says the same as line {before}", "write it once")
    return before == row.number


def _link(row: Row, facts: PolicyFacts) -> RoleLink | None:
    """The role link of a `g` line."""
    found = len(row.problems)
    if len(row.columns) != 3:  # noqa: PLR2004  (g and two roles)
        row.refuse(None, f"a g line has 3 columns, not {len(row.columns)}", "write g, role:<holder>, role:<held>")
        return None
    _, holder, held = row.columns
    for column, role in (("holder", holder), ("held", held)):
        kind, _, name = role.partition(":")
        if kind != "role":
            row.refuse(column, f"{role!r} is no role", "write role:<declared role>")
        else:
            _declared(row, column, name, facts.roles)
    return RoleLink(row.number, row.file, holder, held) if len(row.problems) == found else None


def read_line(row: Row, facts: PolicyFacts, matched: Matched, rules: dict[str, RowRule] | None = None) -> Line | None:
    """The line of a `p` row, or None with its problems told; `matched` is `matched_by(facts)`.

    `rules` are row rules that were read before under the same facts, by their text: lines of a long file share them.
    """
    if len(row.columns) != len(COLUMNS):
        remedy = f"write {', '.join(COLUMNS)}, and end a deny with a comma after it, for its empty mask"
        row.refuse(None, f"a p line has {len(COLUMNS)} columns, not {len(row.columns)}", remedy)
        return None
    found = len(row.problems)
    _, subject, which, pattern, action, purpose, mode, effect, mask = row.columns
    rule = _rows(row, which, facts, {} if rules is None else rules)
    act = _action(row, action)
    does = _effect(row, effect)
    covered = matched.get(pattern, {})
    _subject(row, subject, act, facts)
    if not covered:
        row.refuse("coordinate", f"{pattern!r} matches no coordinate", _nearest(pattern, matched))
    if purpose != ANY:
        _declared(row, "purpose", purpose, facts.purposes)
    if mode != ANY:
        _declared(row, "mode", mode, _MODES)
    if rule is None or act is None or does is None:
        return None
    if does is Effect.DENY:
        _deny(row, rule, mask)
    else:
        _mask(row, act, mask, covered, facts)
    if act is Action.MATCH:
        _match(row, does, covered)
    if act is Action.WRITE and (fields := [one for one, known in covered.items() if not known.act]):
        row.refuse("action", f"{fields[0]} is a field, which nobody writes through the exchange", "name acts only")
    _judged(row, act, rule, covered)
    if len(row.problems) > found:
        return None
    return Line(row.number, row.file, subject, rule, pattern, act, purpose, mode, does, mask)


def _declared(row: Row, column: str, name: str, declared: Collection[str]) -> None:
    if name not in declared:
        row.refuse(column, f"{name!r} is not declared", _nearest(name, declared))


def _nearest(name: str, declared: Collection[str]) -> str:
    close = get_close_matches(name, declared, n=1)
    return f"write {close[0]}" if close else f"write one of {', '.join(sorted(declared)[:8])}"


def _subject(row: Row, subject: str, action: Action | None, facts: PolicyFacts) -> None:
    kind, _, name = subject.partition(":")
    if kind == "role":
        _declared(row, "subject", name, facts.roles)
        if action is Action.DELIVER:
            # A receiving system has no roles: such a line, a deny above all, would never apply.
            row.refuse(
                "subject", "deliver gives to an organisation, not to a role", "write org:<receiving organisation>"
            )
    elif kind == "org":
        _declared(row, "subject", name, facts.organisations)
    elif subject != ANY:
        row.refuse("subject", f"{subject!r} is no subject", "write role:<role>, org:<organisation> or any")


def _rows(row: Row, text: str, facts: PolicyFacts, read: dict[str, RowRule]) -> RowRule | None:
    """An area, a relation or a tie, and behind it the names of conditions; all must hold.

    `read` has what was right before, and gets what is.
    """
    if (rule := read.get(text)) is not None:
        return rule
    first, *names = text.split(" ") if text else [""]
    start = _first_word(row, first)
    rules: list[RowRule] = [] if start is None else [start]
    for name in names:
        condition = facts.conditions.get(name)
        if condition is None:
            known = ", ".join(sorted(facts.conditions)) or "none is declared"
            row.refuse("rows", f"{name!r} is no declared condition", f"write one of {known}, behind one space")
            return None
        rules.append(Holds(condition))
    if len(set(rules)) < len(rules):
        row.refuse("rows", "a condition stands there twice", "write it once")
        return None
    if start is None:
        return None
    read[text] = all_of(*rules)
    return read[text]


def _first_word(row: Row, word: str) -> RowRule | None:
    if word in _STARTS:
        return _STARTS[word]
    try:
        return WithinArea(Area.parse(word))
    except NotAnAreaError:
        remedy = f"write {', '.join(sorted(WORDS))}, or a code of 2, 6, 9, 12 or 15 digits, as 310115016"
        row.refuse("rows", f"{word!r} is no area", remedy)
        return None


def _action(row: Row, action: str) -> Action | None:
    if action in _ACTIONS:
        return _ACTIONS[action]
    if action in tuple(Action):
        row.refuse("action", f"{action} is not supported yet", f"write one of {', '.join(ENFORCED)}")
    else:
        row.refuse("action", f"{action!r} is no action", _nearest(action, ENFORCED))
    return None


def _effect(row: Row, effect: str) -> Effect | None:
    if effect in _EFFECTS:
        return _EFFECTS[effect]
    row.refuse("effect", f"{effect!r} is no effect, and would have none", "write allow or deny")
    return None


def _deny(row: Row, rule: RowRule, mask: str) -> None:
    if mask:
        row.refuse("mask", f"a deny shows nothing, not {mask!r}", "leave the column empty")
    if any(isinstance(leaf, RelatedArea) for leaf in leaves(rule)):
        # It would close fewer rows for a smaller area: a committee would see what its district may not.
        row.refuse("rows", "a deny in own areas would open rows to whoever has a smaller area", "write any or a code")


def _judged(row: Row, action: Action, rule: RowRule, covered: Mapping[Coordinate, CoordinateFacts]) -> None:
    """Refuse a rule that rests on what the rows of some matched coordinate do not have."""
    if rule is EVERYTHING or isinstance(rule, WithinArea):
        return
    for leaf in leaves(rule):
        match leaf:
            case RelatedArea(relation) if relation in {Relation.EXACTLY, Relation.PARENT}:
                others = [coordinate for coordinate, known in covered.items() if known.personal]
                # A committee would see its street's own record, and the street that above it alone: down the tree,
                # these do not narrow. What is about people does (promise 7).
                if others:
                    row.refuse("rows", f"{leaf} does not narrow, and {others[0]} is about people", "write own")
            case TiedSubject():
                others = [coordinate for coordinate, known in covered.items() if not known.personal]
                if others:
                    row.refuse("rows", f"{others[0]} is about nobody, whom {leaf} could tie", "write an area or any")
            case Holds(condition):
                others = [one for one, known in covered.items() if condition.name not in known.conditions]
                if others:
                    problem = f"{condition.name} can't be judged on {others[0]}"
                    remedy = f"name fields of a type that has {condition.field or 'a subject'}, of the right scalar"
                    row.refuse("rows", problem, remedy)
            case _:
                pass
    if action is Action.DELIVER and any(isinstance(leaf, TiedSubject) for leaf in leaves(rule)):
        row.refuse("rows", "a system that is told something has no cases of its own", "write an area or any")


def _mask(
    row: Row, action: Action, mask: str, covered: Mapping[Coordinate, CoordinateFacts], facts: PolicyFacts
) -> None:
    """Refuse a mask that some matched coordinate does not order: two such masks would have no stricter one."""
    if mask == PLAIN:
        return
    if action is not Action.READ:
        row.refuse("mask", f"{action} works on the value itself, not on {mask!r}", "write plain")
    elif mask not in facts.masks:
        row.refuse("mask", f"{mask!r} is no declared mask", _nearest(mask, (*facts.masks, PLAIN)))
    else:
        for coordinate, known in covered.items():
            if mask not in known.chain:
                accepted = ", ".join((PLAIN, *known.chain))
                row.refuse("mask", f"{mask} is no mask of {coordinate}", f"write a line per field; it takes {accepted}")


def _match(row: Row, effect: Effect, covered: Mapping[Coordinate, CoordinateFacts]) -> None:
    """Refuse `match` on what is no identifier. A deny may be wide, as long as it closes something."""
    others = [coordinate for coordinate, known in covered.items() if not known.identifier]
    if others and (effect is Effect.ALLOW or len(others) == len(covered)):
        row.refuse("action", f"{others[0]} is not declared an identifier", "write match for identifiers only")


__all__ = ["CoordinateFacts", "Effect", "Line", "PolicyFacts", "PolicyLines", "RoleLink", "load"]
