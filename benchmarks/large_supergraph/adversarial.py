"""Documents that are short, valid, and meant to make a planner work: each kind for one thing that may grow too fast."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Final

from benchmarks.large_supergraph.model import Field, World


def adversarial(world: World, scale: int = 20) -> Mapping[str, str]:
    """A document by the name of its kind; each is about `scale` times as large as the least of its kind."""
    return {name: make(world, scale) for name, make in KINDS.items()}


def many_fragments(world: World, scale: int) -> str:
    """Every fragment spreads the two that follow: spread out one by one they are 2 to the power of `scale`."""
    root, fields = _fullest(world)
    names = [one.name for one in fields]
    fragments = [
        f"fragment F{number} on {root.target} {{ {names[number % len(names)]}{_spread(number + 1, scale)} }}"
        for number in range(scale)
    ]
    return "\n".join((f"query Fragments($id: ID!) {{ {root.name}{root.given} {{ ...F0 }} }}", *fragments))


def deep_aliases(world: World, scale: int) -> str:
    """A chain of hubs, each step under two aliases: 2 to the power of `scale` places in an answer."""
    hubs = [world.hubs[step % len(world.hubs)] for step in range(scale + 1)]
    root = _root_of(world, hubs[0])
    steps = [
        f"fragment F{number} on {hub} {{ a: next {{ ...F{number + 1} }} b: next {{ ...F{number + 1} }} }}"
        for number, hub in enumerate(hubs[:-1])
    ]
    last = f"fragment F{scale} on {hubs[-1]} {{ label }}"
    return "\n".join((f"query Aliases($id: ID!) {{ {root.name}{root.given} {{ ...F0 }} }}", *steps, last))


def wide_aliases(world: World, scale: int) -> str:
    """One root field under many aliases, all with the same fragment over subgraphs."""
    root, fields = _fullest(world)
    aliases = " ".join(f"a{number}: {root.name}{root.given} {{ ...All }}" for number in range(scale * 5))
    names = " ".join(one.name for one in fields)
    return f"query Wide($id: ID!) {{ {aliases} }}\nfragment All on {root.target} {{ {names} }}"


def interface_fan_out(world: World, scale: int) -> str:
    """An interface whose every object type is asked for all that it has, in as many subgraphs."""
    listing = world.listing
    assert listing.target is not None  # noqa: S101  (a listing leads to its interface)
    members = world.possible[listing.target][: scale * 5]
    parts = " ".join(f"... on {name} {{ {_scalars(world, name)} }}" for name in members)
    return f"query FanOut {{ {listing.name} {{ id {parts} }} }}"


def many_paths(world: World, scale: int) -> str:
    """A chain of hubs that a dozen subgraphs resolve alike: at each step any of them may go on."""
    selection = "{ label }"
    for step in reversed(range(scale)):
        hub = world.hubs[step % len(world.hubs)]
        extras = " ".join(one.name for one in islice(_extras(world, hub), 1 + step % 3))
        selection = f"{{ label {extras} next {selection} }}"
    root = _root_of(world, world.hubs[0])
    return f"query Paths($id: ID!) {{ {root.name}{root.given} {selection} }}"


KINDS: Final[Mapping[str, Callable[[World, int], str]]] = {
    "many fragments": many_fragments,
    "deep aliases": deep_aliases,
    "wide aliases": wide_aliases,
    "interface fan-out": interface_fan_out,
    "many paths": many_paths,
}


def _spread(number: int, scale: int) -> str:
    return "".join(f" ...F{one}" for one in (number, number + 1) if one < scale)


def _fullest(world: World) -> tuple[Field, list[Field]]:
    """The root field of one entity whose scalars lie in the most subgraphs, and those."""
    scalars = {
        root: [one for one in world.fields[root.target] if one.target is None]
        for root in world.roots
        if root.given == "(id: $id)" and root.target is not None
    }
    root = max(scalars, key=lambda one: (len({field.owners for field in scalars[one]}), one.name))
    return root, scalars[root]


def _scalars(world: World, name: str) -> str:
    return " ".join(f"{name}_{one.name}: {one.name}" for one in world.fields[name] if one.target is None)


def _extras(world: World, hub: str) -> Iterator[Field]:
    return (one for one in world.fields[hub] if len(one.owners) == 1)


def _root_of(world: World, hub: str) -> Field:
    return next(one for one in world.roots if one.target == hub)
