"""Inclusion proofs of the log's tree: the audit path of RFC 6962 section 2.1.1, made and checked.

A path is made from leaf hashes and from the roots of whole **tiles**: perfect subtrees of 256, 65,536 … leaves, which
somebody keeps. So it costs a few hundred look-ups, however large the log is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from audit.errors import MalformedError
from audit.tree import node_hash, root_of

TILE_LEVEL: Final = 8
"""How many levels of the tree one tile spans."""
TILE: Final = 1 << TILE_LEVEL
"""Children of a tile."""
LONGEST: Final = 63
"""Hashes of the longest path: an index fits 63 bits."""

Nodes = Callable[[int, int, int], list[bytes]]
"""Roots of perfect subtrees: level (0, 8, 16 …), first position, how many; fewer where they are not known."""


def path_of(index: int, size: int, nodes: Nodes) -> tuple[bytes, ...]:
    """The hashes from the sibling of leaf `index` up to a child of the root, in a tree of `size` leaves.

    Raises:
        MalformedError: there is no such leaf, or `nodes` does not know the tree.
    """
    if not 0 <= index < size:
        raise MalformedError(f"a log of {size} entries has no entry {index}")
    path: list[bytes] = []
    first, end = 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            path.append(_root(middle, end, nodes))
            end = middle
        else:
            path.append(_root(first, middle, nodes))
            first = middle
    return tuple(reversed(path))


def root_by(leaf: bytes, index: int, size: int, path: tuple[bytes, ...]) -> bytes:
    """The root that a path leads to from the hash of a leaf (RFC 9162 section 2.1.3.2, which says it for this tree).

    Raises:
        MalformedError: there is no such leaf, or the path is not as long as that of this leaf.
    """
    if not 0 <= index < size:
        raise MalformedError(f"a log of {size} entries has no entry {index}")
    node, at, last = leaf, index, size - 1
    for sibling in path:
        if last == 0:
            raise MalformedError("the proof has too many hashes")
        if at & 1 or at == last:
            node = node_hash(sibling, node)
            while not at & 1 and at:  # on the right edge, levels without a sibling are passed over
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise MalformedError("the proof has too few hashes")
    return node


def _split(count: int) -> int:
    """The largest power of two below `count` (RFC 6962: k < n <= 2k)."""
    return 1 << (count - 1).bit_length() - 1


def _root(first: int, end: int, nodes: Nodes) -> bytes:
    """The root over the leaves [first, end), whose first is a multiple of every power of two not above their number."""
    count = end - first
    if count & (count - 1):
        half = _split(count)
        left, right = _root(first, first + half, nodes), _root(first + half, end, nodes)
        return node_hash(left, right)
    level = (count.bit_length() - 1) // TILE_LEVEL * TILE_LEVEL
    wanted = count >> level
    found = nodes(level, first >> level, wanted)
    if len(found) != wanted:
        raise MalformedError("the index of the log does not know its tree")
    return root_of(found)
