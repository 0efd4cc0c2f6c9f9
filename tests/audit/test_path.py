from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.errors import MalformedError
from audit.path import TILE_LEVEL, path_of, root_by
from audit.tree import leaf_hash, node_hash, root_of

LEAVES = [leaf_hash(number.to_bytes(4, "big")) for number in range(1 << 18)]
TREE = [LEAVES]
while len(TREE) <= 17:
    TREE.append([node_hash(*TREE[-1][at : at + 2]) for at in range(0, len(TREE[-1]), 2)])


def nodes(level: int, first: int, count: int) -> list[bytes]:
    assert level % TILE_LEVEL == 0
    return TREE[level][first : first + count]


def reference(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 section 2.1.1, word for word: PATH(m, D[n])."""
    if len(leaves) == 1:
        return []
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    if index < k:
        return [*reference(index, leaves[:k]), root_of(leaves[k:])]
    return [*reference(index - k, leaves[k:]), root_of(leaves[:k])]


def test_every_path_of_every_small_tree() -> None:
    for size in range(1, 40):
        root = root_of(LEAVES[:size])
        for index in range(size):
            path = path_of(index, size, nodes)
            assert list(path) == reference(index, LEAVES[:size])
            assert root_by(LEAVES[index], index, size, path) == root


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_paths_over_tiles(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 3_000) | st.sampled_from((256, 257, 511, 512, 513, 768)))
    index = data.draw(st.integers(0, size - 1))
    path = path_of(index, size, nodes)
    assert list(path) == reference(index, LEAVES[:size])
    assert root_by(LEAVES[index], index, size, path) == root_of(LEAVES[:size])


@pytest.mark.whole
@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 140_000, 1 << 18])
@pytest.mark.parametrize("at", [0, 255, 65_000, -1])
def test_paths_over_tiles_of_tiles(size: int, at: int) -> None:
    index = at % size
    path = path_of(index, size, nodes)
    assert root_by(LEAVES[index], index, size, path) == root_of(LEAVES[:size])


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_other_leaf_index_size_or_hash_gives_the_root(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 600))
    index = data.draw(st.integers(0, size - 1))
    path, root = path_of(index, size, nodes), root_of(LEAVES[:size])
    other = data.draw(st.integers(-1, 700))
    broken = [(LEAVES[index], other, size, path)] if other != index else []
    broken += [(leaf_hash(b"another"), index, size, path)]
    broken += [(LEAVES[index], index, size, (*path, root)), (LEAVES[index], index, size, path[:-1])] if path else []
    for at in range(len(path)):
        changed = bytes([path[at][0] ^ 1]) + path[at][1:]
        broken.append((LEAVES[index], index, size, (*path[:at], changed, *path[at + 1 :])))
    for leaf, where, count, hashes in broken:
        try:
            assert root_by(leaf, where, count, hashes) != root
        except MalformedError:
            continue


def test_a_node_is_no_leaf() -> None:
    """The hash of an inner node, taken for that of an entry, leads to no root: RFC 6962 keeps them apart."""
    assert root_by(leaf_hash(LEAVES[0] + LEAVES[1]), 0, 1, ()) != root_of(LEAVES[:2])
    assert hashlib.sha256(b"\x01" + LEAVES[0] + LEAVES[1]).digest() == root_of(LEAVES[:2])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 1), (5, 3)])
def test_an_entry_that_there_is_not(index: int, size: int) -> None:
    with pytest.raises(MalformedError):
        path_of(index, size, nodes)
    with pytest.raises(MalformedError):
        root_by(LEAVES[0], index, size, ())


def test_nodes_that_are_not_known() -> None:
    with pytest.raises(MalformedError, match="does not know"):
        path_of(0, 600, lambda level, first, count: nodes(level, first, count)[: -1 if level else None])
