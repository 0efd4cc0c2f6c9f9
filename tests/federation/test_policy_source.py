from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from federation.app import build_exchange
from federation.built import Exchange
from federation.rules import StartError, read_rules
from federation.settings import Settings
from policies.epoch import parts
from tests.support.supergraphs import DECLARED, EXCHANGE, OPEN, USERS, home_of
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode, Standing

STANDING = Standing(frozenset({"worker"}), "bureau", "care", Mode.ORDINARY)


def shown(exchange: Exchange) -> bool:
    exchange.keeper.outdated()
    policy = exchange.keeper.current().policy
    return bool(policy.decide(STANDING, Coordinate("User", "name"), Action.READ).grants)


def test_the_files_of_a_supplied_supergraph_are_in_force_as_they_stand(tmp_path: Path) -> None:
    home = home_of(tmp_path / "home")
    exchange = build_exchange(Settings(home=home))
    try:
        assert shown(exchange)
        (home / "policy.csv").write_text("p, any, any, User.id, read, any, any, allow, plain\n")
        assert not shown(exchange)
    finally:
        asyncio.run(exchange.close())


def test_epoch_and_archive_hold_the_supergraph(tmp_path: Path) -> None:
    home = home_of(tmp_path / "home")
    in_force = read_rules(Settings(home=home)).keeper.current()
    assert parts(in_force.archive)["supergraph.graphql"] == (home / "supergraph.graphql").read_text("utf-8")
    before = in_force.epoch
    (home / "supergraph.graphql").write_text((home / "supergraph.graphql").read_text("utf-8") + "# one more\n")
    assert read_rules(Settings(home=home)).keeper.current().epoch != before


def test_a_running_exchange_keeps_the_supergraph_that_it_started_with(tmp_path: Path) -> None:
    home = home_of(tmp_path / "home")
    exchange = build_exchange(Settings(home=home))
    try:
        epoch = exchange.keeper.current().epoch
        home_of(home, USERS.replace("name: String!", "nick: String!"), DECLARED.replace("name: {", "nick: {"))
        assert shown(exchange)
        assert exchange.keeper.current().epoch == epoch
    finally:
        asyncio.run(exchange.close())


def test_a_supergraph_takes_no_home_over_whose_policy_two_people_decide(tmp_path: Path) -> None:
    """Or whoever writes the files would decide alone, where two have to."""
    home = home_of(tmp_path / "home")
    (home / "supergraph.graphql").unlink()
    (home / "exchange.yaml").write_text(SOURCES, encoding="utf-8")
    (home / "policy.csv").write_text("p, any, any, Access.entry, read, any, any, allow, plain\n")
    asyncio.run(build_exchange(Settings(home=home)).close())
    home_of(home)
    exchange = build_exchange(Settings(home=home))
    try:
        assert exchange.supergraph.join is None
        assert "Thing" in exchange.supergraph.types
    finally:
        asyncio.run(exchange.close())


SOURCES = (
    EXCHANGE.replace("supergraph:\n", "")
    + """\
sources:
  town:
    owner: bureau
    connector: files
    options: {folder: things}
    types:
      Thing:
        table: things.csv
        description: {zh: 物, en: A thing}
        key: number
        fields:
          number: {column: number, type: String, level: 1, description: {zh: 号, en: Number}}
"""
)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda home: (home / "supergraph.graphql").unlink(), "supergraph.graphql is not there"),
        (lambda home: (home / "exchange.yaml").write_text(SOURCES, encoding="utf-8"), "declares sources"),
        (lambda home: (home / "supergraph.graphql").write_text("type Query { x: Int }"), "a schema without @link"),
        (
            lambda home: (home / "exchange.yaml").write_text(EXCHANGE + DECLARED.replace("User:", "Usr:"), "utf-8"),
            "Usr: it is declared, and no object type",
        ),
        (
            lambda home: (home / "policy.csv").write_text(
                OPEN + "p, any, any, User.nick, read, any, any, allow, plain\n"
            ),
            "User.nick",
        ),
    ],
)
def test_what_does_not_fit_together_does_not_start(tmp_path: Path, spoil: object, said: str) -> None:
    home = home_of(tmp_path / "home")
    spoil(home)  # type: ignore[operator]  # one of the functions above
    with pytest.raises(StartError) as refused:
        read_rules(Settings(home=home))
    assert said in str(refused.value)


def test_who_owns_what_of_a_supplied_supergraph(tmp_path: Path) -> None:
    world = read_rules(Settings(home=home_of(tmp_path / "home"))).world
    assert (world.owner("a"), world.owner("b")) == ("people", "bureau")
    assert (world.contact("a"), world.anonymous_purpose) == ("people@city.example", "shopping")
    assert set(world.catalogue.sources) == {"a", "b"}
