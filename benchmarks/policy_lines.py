"""A made-up policy of as many lines as are asked for: the same text for the same number, each time.

A city's shape, with nobody's data in it: 67 organisations, 400 roles nested up to nine deep, 4,500 fields of 300 types,
twenty purposes. A line names a role (70 %), an organisation or anybody; a field (72 %), a type or everything; own rows
(55 %), all of them, or those of one area. One in twelve is a deny, and half of the rest show a mask.
"""

from __future__ import annotations

import random
from itertools import pairwise

from policies.lines import CoordinateFacts, PolicyFacts
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode, Standing

FAMILIES, DEPTH = 40, 10
"""Roles: in each family the first holds the second, and so on down: nine links."""
TYPES, FIELDS = 300, 15
WIDE = 12
"""Lines for everything (`*`): a city has a few, however long its policy is."""

ORGANISATIONS = tuple(f"org-{number:02}" for number in range(67))
ROLES = tuple(f"r{family:02}-{level}" for family in range(FAMILIES) for level in range(DEPTH))
PURPOSES = tuple(f"purpose-{number:02}" for number in range(20))
MASKS = ("partial", "surname", "redact")
COORDINATES = tuple(Coordinate(f"T{kind:03}", f"f{field:02}") for kind in range(TYPES) for field in range(FIELDS))

_AREAS = tuple(f"3101{district:02}{street:03}" for district in range(1, 17) for street in range(1, 14))
_ACTIONS = ("read",) * 17 + ("derive", "deliver", "match")


def made_up_facts() -> PolicyFacts:
    """What the lines may name. The first field of each type is an identifier."""
    identifier, other = CoordinateFacts(MASKS, identifier=True, personal=True), CoordinateFacts(MASKS, personal=True)
    return PolicyFacts(
        organisations=frozenset(ORGANISATIONS),
        roles=frozenset(ROLES),
        purposes=frozenset(PURPOSES),
        masks=frozenset(MASKS),
        coordinates={one: identifier if one.field == "f00" else other for one in COORDINATES},
    )


def made_up_text(count: int) -> str:
    """A policy file of `count` p lines, no two alike, and a g line for each link between roles."""
    chance = random.Random(count)  # noqa: S311  (made-up lines, not secrets)
    lines = dict.fromkeys(_line(chance, everything=True) for _ in range(WIDE))
    while len(lines) < count:
        lines.setdefault(_line(chance))
    families = (ROLES[first : first + DEPTH] for first in range(0, len(ROLES), DEPTH))
    links = (f"g, role:{holder}, role:{held}\n" for family in families for holder, held in pairwise(family))
    return "".join((*lines, *links))


def made_up_standing(chance: random.Random) -> Standing:
    """Somebody with one to four roles."""
    roles = frozenset(chance.sample(ROLES, chance.randint(1, 4)))
    return Standing(roles, chance.choice(ORGANISATIONS), chance.choice(PURPOSES), Mode.ORDINARY)


def _line(chance: random.Random, *, everything: bool = False) -> str:
    action = "read" if everything else chance.choice(_ACTIONS)
    kind = f"T{chance.randrange(TYPES):03}"
    field = "f00" if action == Action.MATCH else f"f{chance.randrange(FIELDS):02}"
    pattern = "*" if everything else f"{kind}.{field}"
    if not everything and action != Action.MATCH and chance.random() < 0.28:
        pattern = f"{kind}.*"
    denies = chance.random() < 1 / 12
    area = chance.choice(_AREAS)
    rows = chance.choices(("any" if denies else "own", "any", area), (55, 25, 20))[0]
    purpose = chance.choice(PURPOSES) if chance.random() < 0.8 else "any"
    mode = chance.choices(("any", "ordinary", "emergency"), (50, 40, 10))[0]
    shown = chance.choice(MASKS) if action == Action.READ and chance.random() < 0.5 else "plain"
    effect = "deny," if denies else f"allow, {shown}"
    return f"p, {_subject(chance, action)}, {rows}, {pattern}, {action}, {purpose}, {mode}, {effect}\n"


def _subject(chance: random.Random, action: str) -> str:
    organisation = f"org:{chance.choice(ORGANISATIONS)}"
    if action == Action.DELIVER:
        return organisation
    return chance.choices((f"role:{chance.choice(ROLES)}", organisation, "any"), (70, 27, 3))[0]
