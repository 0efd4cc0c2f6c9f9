from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from federation.cli import cli, router
from federation.cli.router import ROUTER, make_home, open_policy, origin_of
from federation.opening import limits_of
from federation.plan.world import World
from federation.rules import StartError, read_rules, world_of
from federation.settings import Settings
from tests.support.supergraphs import USERS, supergraph
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode, Standing
from vocabulary.rows import EVERYTHING

ACTS = "type Mutation @join__type(graph: A) { rename: User @join__field(graph: A) }"
STANDING = Standing(frozenset({"anonymous"}), "open", "use", Mode.ORDINARY)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(ROUTER, home=tmp_path / "a" / "home")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def written(types: str = USERS) -> Path:
        path = tmp_path / "supergraph.graphql"
        path.write_text(supergraph(types, mutation="type Mutation" in types), encoding="utf-8")
        return path

    return written


def test_a_home_is_made_in_which_everything_is_permitted_to_anyone(
    settings: Settings, write: Callable[..., Path]
) -> None:
    make_home(settings, write(USERS + ACTS))
    rules = read_rules(settings)
    policy = rules.keeper.current().policy
    assert rules.world.anonymous_purpose == "use"
    for coordinate, facts in rules.world.supergraph.coordinates().items():
        for action in (Action.WRITE,) if facts.kind == "act" else (Action.READ, Action.DERIVE, Action.DELIVER):
            assert policy.decide(STANDING, coordinate, action).plain == EVERYTHING, (coordinate, action)


def test_what_is_made_is_its_owners_alone(settings: Settings, write: Callable[..., Path]) -> None:
    make_home(settings, write())
    made = [one for one in settings.home.rglob("*") if one.is_file()]
    assert {one.name for one in made} == {"exchange.yaml", "supergraph.graphql", "policy.csv", "jwks.json"}
    assert {one.stat().st_mode & 0o077 for one in (settings.home, *made)} == {0}


def test_files_that_are_there_stay_and_the_supergraph_is_renewed(
    settings: Settings, write: Callable[..., Path]
) -> None:
    make_home(settings, write())
    files = [settings.home / name for name in ("exchange.yaml", "policy.csv")]
    (settings.home / "policy.csv").write_text("p, any, any, User.id, read, any, any, allow, plain\n")
    before = [one.read_bytes() for one in files]
    keys = (settings.keys / "jwks.json").read_bytes()
    make_home(settings, write(USERS.replace("tags:", "labels:")))
    assert [one.read_bytes() for one in files] == before
    assert (settings.keys / "jwks.json").read_bytes() == keys
    assert Coordinate("User", "labels") in read_rules(settings).world.supergraph.coordinates()


def test_the_open_policy_keeps_step_with_the_supergraph_until_somebody_edits_it(
    settings: Settings, write: Callable[..., Path]
) -> None:
    policy = settings.home / "policy.csv"
    for types, acts in ((USERS, False), (USERS + ACTS, True), (USERS, False)):
        make_home(settings, write(types))
        assert policy.read_text() == open_policy(acts=acts)
        read_rules(settings)
    policy.write_text("# mine\n" + open_policy(acts=False))
    make_home(settings, write(USERS + ACTS))
    assert policy.read_text() == "# mine\n" + open_policy(acts=False)


@pytest.mark.parametrize("text", ["", "type Query {", "type Query { x: Int }", "\xff"])
def test_a_supergraph_that_is_none_is_refused_and_the_home_stays(
    settings: Settings, write: Callable[..., Path], tmp_path: Path, text: str
) -> None:
    make_home(settings, write())
    before = (settings.home / "supergraph.graphql").read_bytes()
    bad = tmp_path / "bad.graphql"
    bad.write_bytes(text.encode("latin-1"))
    with pytest.raises(StartError):
        make_home(settings, bad)
    assert (settings.home / "supergraph.graphql").read_bytes() == before


def test_a_supergraph_that_does_not_fit_the_declaration_is_refused_and_the_home_stays(
    settings: Settings, write: Callable[..., Path]
) -> None:
    make_home(settings, write())
    declared = settings.home / "exchange.yaml"
    declared.write_text(declared.read_text("utf-8") + "  types: {User: {subject: id}}\n", encoding="utf-8")
    before = (settings.home / "supergraph.graphql").read_bytes()
    with pytest.raises(StartError, match="User: it is declared"):
        make_home(settings, write(USERS.replace("User", "Reader")))
    assert (settings.home / "supergraph.graphql").read_bytes() == before


def test_no_token_passes_by_the_key_set_that_is_made(settings: Settings, write: Callable[..., Path]) -> None:
    make_home(settings, write())
    assert not list(settings.keys.glob("*.pem"))
    assert '"d"' not in (settings.keys / "jwks.json").read_text()


def run(*words: str, monkeypatch: pytest.MonkeyPatch, **environment: str) -> tuple[Result, list[Settings]]:
    served: list[Settings] = []
    for name in [name for name in os.environ if name.startswith("TONGGUAN_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(router, "build_exchange", lambda settings, **_: served.append(settings))
    monkeypatch.setattr(router, "serve_exchange", lambda *_: None)
    return CliRunner().invoke(cli, ["router", *words]), served


def test_its_bounds_are_wider_and_may_be_set(
    write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--supergraph", str(write()), "--home", str(tmp_path / "home"), "--port", "0")
    result, served = run(*words, monkeypatch=monkeypatch, TONGGUAN_DOCUMENT_DEPTH="7")
    assert result.exit_code == 0, result.output
    (settings,) = served
    limits = limits_of(settings)
    assert (limits.depth, limits.aliases, limits.fields, limits.cost) == (7, 1_000, 10_000, 100_000_000)
    assert (settings.host, settings.home) == ("127.0.0.1", tmp_path / "home")


def test_several_processes_are_several_only_where_that_is_said(
    write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many: list[int] = []
    monkeypatch.setattr(router, "serve_many", lambda _settings, _at, count, _origin: many.append(count))
    words = ("--supergraph", str(write()), "--home", str(tmp_path / "home"), "--port", "0")
    assert (run(*words, "--workers", "3", monkeypatch=monkeypatch)[1], many) == ([], [3])
    assert (len(run(*words, "--workers", "1", monkeypatch=monkeypatch)[1]), many) == (1, [3])
    assert run(*words, "--workers", "0", monkeypatch=monkeypatch)[0].exit_code == 2


@pytest.mark.parametrize(
    ("words", "code"), [((), 2), (("--supergraph", "nowhere.graphql"), 2), (("--port", "x"), 2)], ids=str
)
def test_wrong_usage(words: tuple[str, ...], code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(*words, monkeypatch=monkeypatch)[0].exit_code == code


def test_what_can_not_be_served_ends_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = tmp_path / "bad.graphql"
    bad.write_text("type Query { x: Int }")
    result, served = run(
        "--supergraph", str(bad), "--home", str(tmp_path / "home"), "--port", "0", monkeypatch=monkeypatch
    )
    assert (result.exit_code, served) == (3, [])
    assert "a schema without @link" in result.output
    assert not (tmp_path / "home").exists()


def test_a_supergraph_that_does_not_fit_the_policy_is_refused_and_the_home_stays(
    settings: Settings, write: Callable[..., Path]
) -> None:
    make_home(settings, write())
    (settings.home / "policy.csv").write_text("p, any, any, User.tags, read, any, any, allow, plain\n")
    before = (settings.home / "supergraph.graphql").read_bytes()
    with pytest.raises(StartError, match=r"User\.tags"):
        make_home(settings, write(USERS.replace("tags:", "labels:")))
    assert (settings.home / "supergraph.graphql").read_bytes() == before


def test_what_somebody_edits_meanwhile_is_not_overwritten(
    settings: Settings, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading a large supergraph takes seconds: a revocation that is written by then must not be undone."""
    make_home(settings, write())
    policy, revoked = settings.home / "policy.csv", "p, any, any, User.id, read, any, any, allow, plain\n"
    whole = world_of

    def slowly(texts: Mapping[str, str]) -> World:
        policy.write_text(revoked)
        return whole(texts)

    monkeypatch.setattr(router, "world_of", slowly)
    make_home(settings, write(USERS + ACTS))
    assert policy.read_text() == revoked


def test_the_file_that_was_named_is_watched_and_what_decides_is_the_homes(
    settings: Settings, write: Callable[..., Path]
) -> None:
    named = write()
    origin = pickle.loads(pickle.dumps(origin_of(settings, named)))  # as each process gets it  # noqa: S301
    texts = origin.read()
    assert origin.watched == (named, *(settings.home / name for name in ("exchange.yaml", "policy.csv", "lists.yaml")))
    assert texts.keys() == {"exchange.yaml", "supergraph.graphql", "policy.csv"}
    assert {name: (settings.home / name).read_text("utf-8") for name in texts} == texts
    (settings.home / "lists.yaml").write_text("{}\n")
    assert origin.read()["lists.yaml"] == "{}\n"
