from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.errors import MalformedError
from audit.tree import Frontier, leaf_hash, node_hash, root_of

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "transparency.json"
GROUPS: dict[str, Any] = json.loads(VECTORS.read_text()) if VECTORS.exists() else {}

# The leaves and roots of the reference tree of github.com/google/certificate-transparency (merkle_tree_test),
# the RFC's own implementation: sizes 1 to 8.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def grown(count: int) -> Frontier:
    frontier = Frontier()
    for number in range(count):
        frontier = frontier.append(leaf_hash(b"%d" % number))
    return frontier


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert Frontier().root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_of_the_reference_tree(size: int) -> None:
    assert root_of(leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES[:size]).hex() == ROOTS[size - 1]


HASHERS = [
    # github.com/transparency-dev/merkle, rfc6962/rfc6962_test.go
    {
        "leaf_utf8": "L123456",
        "leaf_hash": "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56",
        "node_left_utf8": "N123",
        "node_right_utf8": "N456",
        "node_hash": "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb",
    },
    *([GROUPS["rfc6962_hasher"]] if GROUPS else []),
]


@pytest.mark.parametrize("vector", HASHERS)
def test_leaves_and_nodes_hash_as_published(vector: dict[str, str]) -> None:
    assert leaf_hash(vector["leaf_utf8"].encode()).hex() == vector["leaf_hash"]
    assert node_hash(vector["node_left_utf8"].encode(), vector["node_right_utf8"].encode()).hex() == vector["node_hash"]


TREES = [
    {"leaf_inputs": LEAVES, "root_by_size": [hashlib.sha256(b"").hexdigest(), *ROOTS]},
    *([GROUPS["rfc6962_8_leaves"]] if GROUPS else []),
]


@pytest.mark.parametrize("tree", TREES)
def test_every_step_of_an_eight_leaf_tree(tree: dict[str, Any]) -> None:
    frontier = Frontier()
    for size, root in enumerate(tree["root_by_size"]):
        assert (frontier.size, frontier.root().hex()) == (size, root)
        if size < len(tree["leaf_inputs"]):
            frontier = frontier.append(leaf_hash(bytes.fromhex(tree["leaf_inputs"][size])))


# github.com/transparency-dev/merkle, compact/range_test.go: leaf i is the two bytes of i, low first.
GOLDEN = {
    "10": "VjWMPSYNtCuCNlF/RLnQy6HcwSk6CIipfxm+hettA+4=",
    **GROUPS.get("rfc6962_golden_roots", {}).get("roots_b64", {}),
}


@pytest.mark.parametrize(("size", "root"), GOLDEN.items())
def test_golden_roots(size: str, root: str) -> None:
    leaves = (leaf_hash(bytes([i & 0xFF, i >> 8 & 0xFF])) for i in range(int(size)))
    assert base64.b64encode(root_of(leaves)).decode() == root


@given(st.integers(0, 70))
@settings(max_examples=71)
def test_the_root_is_the_one_that_the_rfc_defines(size: int) -> None:
    leaves = [leaf_hash(b"%d" % number) for number in range(size)]
    assert root_of(leaves) == naive_root(leaves)


@given(st.integers(0, 300))
def test_a_frontier_survives_its_encoding(size: int) -> None:
    frontier = grown(size)
    assert Frontier.decode(frontier.encode()) == frontier


def test_appending_leaves_the_old_frontier_as_it_was() -> None:
    old = grown(5)
    root = old.root()
    old.append(leaf_hash(b"one more"))
    assert (old.size, old.root()) == (5, root)


@given(st.binary(max_size=120))
def test_anything_else_is_no_frontier(data: bytes) -> None:
    try:
        frontier = Frontier.decode(data)
    except MalformedError:
        return
    assert frontier.encode() == data


@pytest.mark.parametrize("data", [b"", b"\0" * 7, b"\0" * 9, b"\0" * 7 + b"\1", b"\0" * 7 + b"\1" + b"x" * 31])
def test_a_cut_frontier_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError, match="frontier"):
        Frontier.decode(data)
