"""The Merkle tree of the log: RFC 6962 section 2.1, SHA-256.

A leaf hashes as SHA-256(0x00 || data), a node as SHA-256(0x01 || left || right), the empty tree as SHA-256("").
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from audit.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterable

HASH_SIZE: Final = 32
_SIZE_BYTES: Final = 8


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf; its prefix byte keeps a leaf from ever passing as a node."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The compact range [0, size): the roots of the perfect subtrees that make up the tree, largest (leftmost) first.

    There is one for each one-bit of `size`. Nothing else is needed to append, or to know the root.
    """

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> Frontier:
        """The frontier after one more leaf, given by its hash."""
        nodes, size, node = self.nodes, self.size, leaf
        while size & 1:  # a perfect subtree on the right edge has found its sibling
            nodes, node, size = nodes[:-1], node_hash(nodes[-1], node), size >> 1
        return Frontier(self.size + 1, (*nodes, node))

    def root(self) -> bytes:
        """The root hash (32 bytes)."""
        if not self.nodes:
            return hashlib.sha256(b"").digest()
        *left, root = self.nodes
        for node in reversed(left):
            root = node_hash(node, root)
        return root

    def encode(self) -> bytes:
        """The size in eight bytes, big-endian, then the nodes."""
        return self.size.to_bytes(_SIZE_BYTES, "big") + b"".join(self.nodes)

    @classmethod
    def decode(cls, data: bytes) -> Frontier:
        """Read what `encode` wrote; anything else is a MalformedError."""
        size = int.from_bytes(data[:_SIZE_BYTES], "big")
        if len(data) != _SIZE_BYTES + HASH_SIZE * size.bit_count():
            raise MalformedError("a frontier needs its size in eight bytes and one hash for each one-bit of it")
        starts = range(_SIZE_BYTES, len(data), HASH_SIZE)
        return cls(size, tuple(data[start : start + HASH_SIZE] for start in starts))


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes in their order."""
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    return frontier.root()
