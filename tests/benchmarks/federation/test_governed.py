"""The policy of the governed run is one that the strict loader takes."""

from __future__ import annotations

from pathlib import Path

from benchmarks.federation.governed import RECIPIENT, governed_home, keys_of
from benchmarks.federation.masks import REGISTERED
from policies.conditions import make_condition
from policies.lines import CoordinateFacts, PolicyFacts
from policies.load import load
from vocabulary.condition import ConditionDeclaration
from vocabulary.coordinate import Coordinate

_CHAINS = {"User.name": ("name-partial",), "User.username": ("pseudonym",), "Review.body": ("pseudonym",)}
_FIELDS = ("User.name", "User.username", "User.birthday", "User.reviews", "Review.body", "Review.product")
_COORDINATES = (*_FIELDS, "Review.author", "Product.name", "Product.reviews")


def test_the_policy_loads(tmp_path: Path) -> None:
    home = governed_home(tmp_path / "home")
    registered = make_condition(
        ConditionDeclaration("registered", "value", {"field": "birthday", "values": sorted(REGISTERED)})
    )
    facts = PolicyFacts(
        organisations=frozenset({RECIPIENT}),
        roles=frozenset(),
        purposes=frozenset({"research"}),
        masks=frozenset({"name-partial", "pseudonym"}),
        coordinates={
            Coordinate.parse(name): CoordinateFacts(
                _CHAINS.get(name, ()), conditions=frozenset({"registered"} if name.startswith("User.") else ())
            )
            for name in _COORDINATES
        },
        conditions={"registered": registered},
    )
    said = load((home / "policy.csv").read_text("utf-8"), file="policy.csv", facts=facts)
    assert [one.shown for one in said.lines] == ["name-partial", "pseudonym", "plain", "pseudonym", *["plain"] * 3]


def test_the_keys_of_a_home_are_its_own(tmp_path: Path) -> None:
    one, other = keys_of(tmp_path / "one"), keys_of(tmp_path / "other")
    assert one == keys_of(tmp_path / "one")
    assert len({one.username, one.body, other.username, other.body}) == 4
