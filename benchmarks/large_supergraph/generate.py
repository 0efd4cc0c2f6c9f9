"""The generator: the same seed, the same supergraph.

As cities have them: every subgraph is the home of five or six types, most of them entities with one to three keys.
Others add to an entity by a key of it, refer to it by a stub that nothing resolves, require fields of its home, or
provide one. Value types are the same in several subgraphs. A few hubs are resolved alike by many: there a planner has
to choose. One subgraph lists entities of half a hundred others under one interface.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.large_supergraph.model import Draft, Field, World
from benchmarks.large_supergraph.names import HUBS, NOUNS, SCALARS, VALUES, subgraph_names, type_prefix

SUBGRAPHS: Final = 210
TYPES: Final = 1_150
_MOST_FIELDS: Final = 12
_HUB_SUBGRAPHS: Final = 12
_HUB_EXTRAS: Final = 6
_LISTED: Final = 50
_INTERFACE: Final = "Listed"
_SHARED: Final = " @shareable"
_KEYS: Final = {
    "id": (("id", "ID!"),),
    "code": (("code", "String!"),),
    "area serial": (("area", "String!"), ("serial", "Int!")),
}
"""The keys that an entity may have, and their fields; `id` every one has."""


@dataclass(frozen=True, slots=True)
class _Entity:
    name: str
    home: str
    keys: tuple[str, ...]


def generate(seed: int = 1, *, subgraphs: int = SUBGRAPHS, types: int = TYPES) -> World:
    """A supergraph of so many subgraphs and object types (`Query` not counted)."""
    return _Generator(random.Random(seed), subgraph_names(subgraphs), types).generated()  # noqa: S311  (made-up data)


class _Generator:
    def __init__(self, chance: random.Random, names: list[str], types: int) -> None:
        self._chance = chance
        self._names = names
        self._drafts = {name: Draft() for name in names}
        self._fields: dict[str, dict[str, Field]] = defaultdict(dict)
        self._roots: dict[str, Field] = {}
        self._interfaces: dict[str, tuple[Field, ...]] = {}
        self._possible: dict[str, tuple[str, ...]] = {}
        self._entities: list[_Entity] = []
        self._locals: list[tuple[str, str]] = []  # type and home
        self._owned = types - len(VALUES) - len(HUBS)

    def generated(self) -> World:
        self._make_homes()
        self._make_values()
        self._make_hubs()
        self._make_references()
        self._make_additions()
        self._make_abstract()
        listing = self._make_listing()
        return World(
            subgraphs={name: draft.sdl() for name, draft in self._drafts.items()},
            fields={name: tuple(fields.values()) for name, fields in self._fields.items()},
            roots=tuple(self._roots.values()),
            interfaces=self._interfaces,
            possible=self._possible,
            hubs=HUBS,
            listing=listing,
        )

    def _add(self, subgraph: str, owner: str, field: Field, *, directives: str = "") -> None:
        """A field of the supergraph, resolved by one subgraph more."""
        self._drafts[subgraph].part(owner).lines[field.name] = (
            f"{field.name}{field.arguments}: {field.type}{directives}"
        )
        known = self._roots if owner == "Query" else self._fields[owner]
        before = known[field.name].owners if field.name in known else ()
        known[field.name] = replace(field, owners=(*before, subgraph))

    def _has_room(self, owner: str) -> bool:
        return len(self._fields[owner]) < _MOST_FIELDS

    def _make_homes(self) -> None:
        each, more = divmod(self._owned, len(self._names))
        for index, home in enumerate(self._names):
            nouns = self._chance.sample(NOUNS, each + (index < more))
            for number, noun in enumerate(nouns):
                name = type_prefix(home) + noun
                if number < each - 1:
                    self._make_entity(name, home, is_root=number < 2)
                else:
                    self._make_local(name, home)

    def _make_entity(self, name: str, home: str, *, is_root: bool) -> None:
        others = self._chance.sample(list(_KEYS)[1:], self._chance.choice((0, 0, 1, 1, 2)))
        entity = _Entity(name, home, ("id", *others))
        self._entities.append(entity)
        for key in entity.keys:
            self._know(home, entity, key, resolvable=True)
        self._add_scalars(home, name, self._chance.randint(3, 5))
        if is_root:
            singular = name[0].lower() + name[1:]
            one = Field(singular, name, (), name, "(id: ID!)", "(id: $id)")
            many = Field(f"{singular}List", f"[{name}!]", (), name, "(first: Int = 10)")
            self._add(home, "Query", one)
            self._add(home, "Query", many)

    def _make_local(self, name: str, home: str) -> None:
        self._add_scalars(home, name, self._chance.randint(4, 7))
        self._locals.append((name, home))
        owner = self._chance.choice([one for one in self._entities if one.home == home])
        self._add(home, owner.name, Field(f"{name[len(type_prefix(home)) :].lower()}s", f"[{name}!]", (), name))

    def _add_scalars(self, home: str, owner: str, count: int) -> None:
        for name, scalar in self._chance.sample(SCALARS, count):
            self._add(home, owner, Field(name, scalar, ()))

    def _know(self, subgraph: str, entity: _Entity, key: str, *, resolvable: bool) -> None:
        """Write an entity with a key into a subgraph: as one that resolves it, or as a stub that only refers to it."""
        part = self._drafts[subgraph].part(entity.name)
        resolved, stub = f'fields: "{key}"', f'fields: "{key}", resolvable: false'
        if resolved in part.keys:
            return
        if resolvable and stub in part.keys:
            part.keys.remove(stub)
        if not resolvable and stub in part.keys:
            return
        part.keys.append(resolved if resolvable else stub)
        for name, scalar in _KEYS[key]:
            self._add(subgraph, entity.name, Field(name, scalar, ()))

    def _make_values(self) -> None:
        """Value types: each the same in two to six subgraphs, where entities at home have a field of it."""
        for value in VALUES:
            fields = self._chance.sample(SCALARS, self._chance.randint(4, 6))
            homes = self._chance.sample(self._names, min(len(self._names), self._chance.randint(2, 6)))
            for home in homes:
                for name, scalar in fields:
                    self._add(home, value, Field(name, scalar, ()), directives=_SHARED)
                owner = self._chance.choice([one for one in self._entities if one.home == home]).name
                if self._has_room(owner):
                    self._add(home, owner, Field(f"its{value}", value, (), value))

    def _make_hubs(self) -> None:
        """Hubs: many subgraphs resolve the same of each, and lead to the next; some add a field of their own."""
        keepers = self._chance.sample(self._names, min(_HUB_SUBGRAPHS, len(self._names)))
        for hub, following in zip(HUBS, (*HUBS[1:], HUBS[0]), strict=True):
            entity = _Entity(hub, keepers[0], ("id",))
            for number, keeper in enumerate(keepers):
                self._know(keeper, entity, "id", resolvable=True)
                for field in (Field("label", "String", ()), Field("next", following, (), following)):
                    self._add(keeper, hub, field, directives=_SHARED)
                if number < _HUB_EXTRAS:
                    self._add(keeper, hub, Field(f"by{type_prefix(keeper)}", "String", ()))
            root = Field(hub.lower(), hub, (), hub, "(id: ID!)", "(id: $id)")
            self._add(keepers[0], "Query", root)

    def _make_references(self) -> None:
        """Each entity leads to one to three of other subgraphs, by a stub; one in eight provides a field of it."""
        for entity in self._entities:
            for number in range(self._chance.randint(1, 3)):
                other = self._chance.choice(self._entities)
                if other.home == entity.home or not self._has_room(entity.name):
                    continue
                self._know(entity.home, other, self._chance.choice(other.keys), resolvable=False)
                is_list = self._chance.random() < 0.25
                reference = Field(
                    f"{'many' if is_list else 'of'}{number}",
                    f"[{other.name}!]" if is_list else other.name,
                    (),
                    other.name,
                )
                provided = self._chance.random() < 0.125 and self._plain(other)
                if provided:
                    self._external(entity.home, other, provided)
                    lines = self._drafts[other.home].part(other.name).lines
                    if not lines[provided].endswith(_SHARED):  # a field that another provides is resolved there too
                        lines[provided] += _SHARED
                self._add(
                    entity.home,
                    entity.name,
                    reference,
                    directives=f' @provides(fields: "{provided}")' if provided else "",
                )

    def _make_additions(self) -> None:
        """Other subgraphs add one or two fields to half of the entities; some require fields of the entity's home."""
        for entity in self._entities:
            for subgraph in self._chance.sample(self._names, min(len(self._names), self._chance.choice((0, 0, 1, 2)))):
                if subgraph == entity.home or not self._has_room(entity.name):
                    continue
                key = self._chance.choice(entity.keys)
                self._know(subgraph, entity, key, resolvable=True)
                directives = ""
                required = self._plain(entity)
                if required and self._chance.random() < 0.4:
                    self._external(subgraph, entity, required)
                    directives = f' @requires(fields: "{required}")'
                added = Field(f"by{type_prefix(subgraph)}", "Int", ())
                self._add(subgraph, entity.name, added, directives=directives)

    def _plain(self, entity: _Entity) -> str:
        """A field of scalars that only the entity's home resolves; empty where there is none."""
        keys = {name for key in entity.keys for name, _ in _KEYS[key]}
        own = [
            one.name
            for one in self._fields[entity.name].values()
            if one.target is None and one.name not in keys and one.owners == (entity.home,)
        ]
        return self._chance.choice(own) if own else ""

    def _external(self, subgraph: str, entity: _Entity, name: str) -> None:
        field = self._fields[entity.name][name]
        self._drafts[subgraph].part(entity.name).lines.setdefault(name, f"{name}: {field.type} @external")

    def _make_abstract(self) -> None:
        """Every third subgraph has a union of its own types, every fifth an interface that its entities implement."""
        for index, home in enumerate(self._names):
            entities = [one.name for one in self._entities if one.home == home]
            prefix = type_prefix(home)
            if index % 3 == 0:
                members = (*entities[:3], *(name for name, where in self._locals if where == home))
                self._drafts[home].unions[f"{prefix}Result"] = members
                self._possible[f"{prefix}Result"] = members
                found = Field(f"{prefix[0].lower()}{prefix[1:]}Search", f"[{prefix}Result!]", (), f"{prefix}Result")
                self._add(home, "Query", replace(found, arguments="(text: String!)", given='(text: "a")'))
            if index % 5 == 0:
                self._make_interface(f"{prefix}Kept", home, tuple(entities))

    def _make_interface(self, name: str, home: str, implementing: tuple[str, ...]) -> Field:
        part = self._drafts[home].part(name)
        part.kind = "interface"
        part.lines["id"] = "id: ID!"
        self._interfaces[name] = (Field("id", "ID!", (home,)),)
        self._possible[name] = implementing
        for one in implementing:
            self._drafts[home].part(one).implements.append(name)
        root = Field(f"{name[0].lower()}{name[1:]}", f"[{name}!]", (), name)
        self._add(home, "Query", root)
        return self._roots[root.name]

    def _make_listing(self) -> Field:
        """One subgraph lists entities of as many others under one interface, and knows no more of them than ids."""
        home = self._names[-1]
        listed = self._chance.sample(self._entities, min(_LISTED, len(self._entities)))
        for entity in listed:
            self._know(home, entity, "id", resolvable=False)
        return self._make_interface(_INTERFACE, home, tuple(one.name for one in listed))
