"""Random policies, askers and rows for comparing the three evaluators, drawn from any source of chance.

A policy is written as text and read by the strict loader, so that what is compared is the whole language and nothing
else. Lines of agreements, which come from no file, are lines of the same text with an agreement's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from policies.compile import Policy
from policies.lines import CoordinateFacts, Line, PolicyFacts, PolicyLines
from policies.load import load
from policies.model import enforce
from policies.reference import WITHHELD, cell
from tests.support.rules import AREAS, AT, CONDITIONS, CONSENT, PEOPLE, SUBJECT_TYPE, facts_of
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.decision import PLAIN, Decision
from vocabulary.principal import Action, Mode, Standing, Through
from vocabulary.rows import Asker, RowFacts, Tie, covers
from vocabulary.values import Value

ALL = frozenset(CONDITIONS)
SHARED = frozenset({"mine", "open"})
COORDINATES = {
    Coordinate("T", "a"): CoordinateFacts(("m1", "m2", "m3"), identifier=True, personal=True, conditions=ALL),
    Coordinate("T", "b"): CoordinateFacts(
        ("m3", "m2"), personal=True, conditions=ALL, safeguards={"any": ("unopposed",), "care": ("agreed", "adult")}
    ),
    Coordinate("U", "c"): CoordinateFacts(conditions=SHARED),
}
ROLES = ("r0", "r1", "r2", "r3")
PURPOSES = ("care", "audit")
AGREEMENTS = ("", "a1", "a2")
FACTS = PolicyFacts(
    organisations=frozenset({"bureau", "eatwell"}),
    roles=frozenset(ROLES),
    purposes=frozenset(PURPOSES),
    masks=frozenset({"m1", "m2", "m3"}),
    coordinates=COORDINATES,
    conditions=CONDITIONS,
)
CODES = tuple(area.code for area in AREAS)
ACTIONS = (*[Action.READ] * 6, Action.MATCH, Action.DELIVER, Action.DERIVE)
MASKS = {"T.a": (PLAIN, "m1", "m2", "m3"), "T.b": (PLAIN, "m3", "m2"), "T.*": (PLAIN, "m2", "m3")}
_KNOWN = 0.85
_THROUGH = 0.4
CELLS: dict[str, Sequence[Value]] = {
    "area": CODES,
    "id": PEOPLE,
    "owner": ("bureau", "eatwell"),
    "status": ("new", "open", "closed"),
    "livesAlone": (True, False),
    "seenAt": (AT, AT.replace(year=2025)),
    "day": (AT.date(), AT.date().replace(day=2)),
    "birthDate": (AT.date().replace(year=1990), AT.date().replace(year=2010), AT.date().replace(year=2020)),
    CONSENT: (True, False),
}


def a_line(random: Random) -> str:
    """One line that the loader takes."""
    action = random.choice(ACTIONS)
    is_allow = random.random() < 0.85
    pattern = "T.a" if action is Action.MATCH else random.choice(("T.a", "T.b", "U.c", "T.*", "U.*", "*", "*"))
    subjects = ["any", "org:bureau", "org:eatwell"]
    if action is not Action.DELIVER:
        subjects += [f"role:{role}" for role in ROLES]
    words = ["any", *CODES[1:6], *CODES[2:6]]
    if is_allow:
        words += ["any", "any", "any", "own", "own", "own", "31", "within"] + (
            ["exactly", "parent"] if pattern.startswith("U") else []
        )
    if pattern.startswith("T") and action is not Action.DELIVER:
        words += list(Tie)
    judgeable = sorted(ALL if pattern.startswith("T") else SHARED if pattern.startswith("U") else ())
    conditions = random.sample(judgeable, min(len(judgeable), random.choice((0, 0, 0, 0, 0, 1, 1, 2))))
    rows = " ".join([random.choice(words), *conditions])
    purpose = random.choice((*PURPOSES, "any", "any", "any"))
    mode = random.choice((*Mode, "any", "any", "any"))
    masks = MASKS.get(pattern, (PLAIN,)) if action is Action.READ else (PLAIN,)
    rest = f"allow, {random.choice(masks)}" if is_allow else "deny,"
    return f"p, {random.choice(subjects)}, {rows}, {pattern}, {action}, {purpose}, {mode}, {rest}\n"


def a_policy(random: Random) -> PolicyLines:
    """Four to fourteen lines, some of them of agreements, and up to four role links."""
    pairs = [(low, high) for low in ROLES for high in ROLES if low < high]
    links = random.sample(pairs, random.randint(0, 4))
    written: dict[frozenset[str], str] = {}
    for _ in range(random.randint(4, 14)):
        line = a_line(random)
        written.setdefault(frozenset(line.replace(",", " ,").split(" ")), line)  # conditions in any order say the same
    text = "".join([*written.values(), *(f"g, role:{holder}, role:{held}\n" for holder, held in links)])
    said = load(text, file="policy.csv", facts=FACTS)
    return replace(said, lines=tuple(_agreed(line, random.choice((*AGREEMENTS, "", "", ""))) for line in said.lines))


def _agreed(line: Line, agreement: str) -> Line:
    return replace(line, agreement=agreement, origin=f"under {agreement}" if agreement else "")


def an_asker(random: Random, areas: tuple[Area, ...] | None = None) -> Asker:
    """Somebody with areas, ties, and perhaps an emergency somewhere."""
    tied = {
        (random.choice(list(Tie)), random.choice((SUBJECT_TYPE, "Firm"))): frozenset(random.sample(PEOPLE, 2))
        for _ in range(random.randint(0, 3))
    }
    own = some_areas(random) if areas is None else areas
    return Asker(random.choice(("bureau", "eatwell")), own, some_areas(random), tied, AT)


def some_areas(random: Random) -> tuple[Area, ...]:
    """None, one or two."""
    return tuple(random.sample(AREAS, random.randint(0, 2)))


def a_standing(random: Random, asker: Asker, action: Action = Action.READ) -> Standing:
    """Some roles, here or through another exchange; neither for `deliver`, whose subject is an organisation."""
    roles = frozenset[str]() if action is Action.DELIVER else frozenset(random.sample(ROLES, random.randint(1, 3)))
    mode = random.choice((Mode.ORDINARY, Mode.ORDINARY, Mode.ORDINARY, Mode.EMERGENCY))
    through = a_through(random) if action is not Action.DELIVER and random.random() < _THROUGH else None
    return Standing(roles, asker.organisation, random.choice(PURPOSES), mode, random.choice(AGREEMENTS), through)


def a_through(random: Random) -> Through:
    """A calling exchange, with none to all of the agreements."""
    agreements = [one for one in AGREEMENTS if one]
    return Through(
        random.choice(("bureau", "eatwell")), frozenset(random.sample(agreements, random.choice((0, 1, 2, 2))))
    )


def a_row(random: Random) -> RowFacts:
    """A row; each of its facts may be unknown."""
    return facts_of({name: _cell(random, values) for name, values in CELLS.items()})


def _cell(random: Random, values: Sequence[Value]) -> Value:
    return random.choice(values) if random.random() < _KNOWN else None


def shown(decision: Decision, row: RowFacts, asker: Asker) -> str:
    """How a decision shows one cell, by the words of its docstring."""
    if covers(decision.denied, row, asker) is not False:
        return WITHHELD
    return next((grant.shown for grant in decision.grants if covers(grant.rows, row, asker) is True), WITHHELD)


@dataclass(frozen=True, slots=True)
class Cell:
    """One question: may this asker, of this standing, do so with this row's field?"""

    policy: Policy
    said: PolicyLines
    standing: Standing
    asker: Asker
    coordinate: Coordinate
    action: Action
    row: RowFacts

    @property
    def decision(self) -> Decision:
        """What the compiled grants say of its coordinate."""
        return self.policy.decide(self.standing, self.coordinate, self.action)

    def referenced(self) -> str:
        """How the reference shows it."""
        return cell(
            self.said.lines,
            self.said.role_links,
            self.asker,
            self.standing,
            FACTS,
            coordinate=self.coordinate,
            action=self.action,
            row=self.row,
        )

    def enforced(self) -> bool:
        """Whether Casbin shows it."""
        return enforce(
            self.policy.enforcer,
            self.standing,
            FACTS,
            asker=self.asker,
            coordinate=self.coordinate,
            action=self.action,
            row=self.row,
        )


def disagreement(asked: Cell, expected: str) -> str:
    """What the others say of a cell where they don't say what the reference does (`expected`); else empty."""
    decision, row, asker = asked.decision, asked.row, asked.asker
    visible = expected != WITHHELD
    agree = {
        "compiled": shown(decision, row, asker) == expected,
        "visible": (covers(decision.visible, row, asker) is True) is visible,
        "plain": (covers(decision.plain, row, asker) is True) is (expected == PLAIN),
        "reason": not (decision.reason and visible),
        "casbin": asked.enforced() is visible,
    }
    if all(agree.values()):
        return ""
    wrong = ", ".join(name for name, agrees in agree.items() if not agrees)
    lines = "\n".join(f"{line.name} {line.agreement}: {', '.join(line.columns)}" for line in asked.said.lines)
    where = f"{asked.standing}\n{asker}\n{asked.coordinate} {asked.action} {row}"
    return f"reference: {expected}; not so: {wrong}\n{where}\n{lines}\n{asked.said.role_links}"
