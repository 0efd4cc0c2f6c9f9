"""Commands over the home of a supplied supergraph."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from federation.cli import cli
from federation.plan.govern import Governance
from federation.rules import read_rules
from federation.settings import Settings
from tests.support.supergraphs import DECLARED, OPEN, USERS, home_of
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Mode, Standing

WHO = ("--organisation", "bureau", "--role", "worker", "--purpose", "care")


@pytest.fixture
def home(tmp_path: Path) -> str:
    scoped = USERS.replace("text: String!", 'text: String! @requiresScopes(scopes: [["texts"]])')
    return str(home_of(tmp_path / "home", scoped, DECLARED, OPEN))


def called(*words: str, given: str = "") -> Result:
    result = CliRunner().invoke(cli, list(words), input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("decide", *WHO, "User.name"), 0, "plain on rows: any"),
        (("decide", *WHO, "Post.text"), 1, "withheld: requires-scope"),
        (("decide", "--organisation", "people", "--purpose", "care", "--action", "deliver", "User.id"), 0, "plain"),
        (("decide", *WHO, "--action", "derive", "Post.text"), 1, "withheld: requires-scope"),
        (("decide", *WHO, "Post.nothing"), 1, "no coordinate of this graph"),
        (("compose",), 0, "join__Graph"),
        (("policy", "explain", *WHO, "User.name"), 0, "policy.csv:1"),
        (("policy", "check"), 1, "policy.csv:1: wide"),
    ],
    ids=str,
)
def test_a_command_over_a_supplied_supergraph(home: str, words: tuple[str, ...], code: int, said: str) -> None:
    head = 2 if words[0] == "policy" else 1
    result = called(*words[:head], "--home", home, *words[head:])
    assert (result.exit_code, said in result.output) == (code, True), result.output


def test_a_plan_over_a_supplied_supergraph_is_printed_and_nobody_is_asked(home: str) -> None:
    result = called("plan", "--home", home, *WHO, "-", given="{ me { name posts { text } } }")
    assert result.exit_code == 0, result.output
    assert "ask a: query { me { id name } }" in result.output
    assert "Post.text: requires-scope" in result.output


def test_a_declaration_that_does_not_fit_is_told_before_anything_starts(home: str) -> None:
    declared = Path(home) / "exchange.yaml"
    declared.write_text(declared.read_text("utf-8").replace("Post: {", "Pst: {"), encoding="utf-8")
    result = called("policy", "check", "--home", home)
    assert (result.exit_code, "Pst: it is declared, and no object type" in result.output) == (3, True)


# ── what the supergraph itself requires ───────────────────────────────────────────────────────────────────────────────

NARROWED = (
    USERS.replace("text: String!", 'text: String! @requiresScopes(scopes: [["texts"], ["a", "b"]])')
    .replace("tags: [String!] @join__field(graph: A)", "tags: [String!] @join__field(graph: A) @authenticated")
    .replace("author: User!", "author: User! @policy(policies: [[]])")
)


@pytest.fixture
def narrowed(tmp_path: Path) -> str:
    return str(home_of(tmp_path / "narrowed", NARROWED, DECLARED, OPEN))


def test_what_is_required_is_explained_with_what_would_meet_it(narrowed: str) -> None:
    result = called("policy", "explain", "--home", narrowed, *WHO, "Post.text")
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "Post.text · read · role:worker of bureau, care, ordinary",
        "  withheld (requires-scope)",
        "lines",
        "  policy.csv:1: plain where any, for any, any, any: counts",
        "the supergraph requires",
        "  requires-scope: the role texts, or the roles a and b (not met)",
        "would show it",
        "  have the role texts",
        "  have the roles a and b",
    ]
    met = called("policy", "explain", "--home", narrowed, *WHO, "--role", "a", "--role", "b", "Post.text")
    assert (met.exit_code, "(met)" in met.output) == (0, True)


def test_a_credential_is_what_whoever_shows_nothing_lacks(narrowed: str) -> None:
    words = ("policy", "explain", "--home", narrowed, "--organisation", "bureau", "--purpose", "care", "User.tags")
    result = called(*words, "--role", "anonymous")
    assert result.exit_code == 1
    assert "authenticated: a credential (not met)" in result.output
    assert "show a credential" in result.output
    assert called(*words).exit_code == 0


def test_a_type_that_is_required_is_what_leads_to_it(narrowed: str) -> None:
    result = called("policy", "explain", "--home", narrowed, *WHO, "Post.id")
    assert result.exit_code == 0, result.output
    assert "the supergraph requires" not in result.output


@pytest.mark.parametrize("coordinate", ["Post.text", "User.tags", "User.name", "Post.author", "Query.posts"])
@pytest.mark.parametrize("action", ["read", "match", "derive", "deliver"])
@pytest.mark.parametrize("roles", [("worker",), ("texts",), ("a",), ("a", "b"), ("anonymous", "visitor")], ids=str)
def test_explain_decides_and_test_decide_as_the_gateway_does(
    narrowed: str, coordinate: str, action: str, roles: tuple[str, ...]
) -> None:
    """`Governance` is what the running gateway plans with."""
    rules = read_rules(Settings(home=Path(narrowed)))
    standing = Standing(frozenset(roles), "bureau", "care", Mode.ORDINARY)
    governance, at = (
        Governance(rules.keeper.current().policy, rules.world.supergraph, standing),
        Coordinate.parse(coordinate),
    )
    decision = {
        "read": lambda: governance.view(at.type).decisions[at.field],
        "match": lambda: governance.match(at),
        "derive": lambda: governance.derive(at),
        "deliver": lambda: governance.deliver(at, "bureau"),
    }[action]()
    shown = not decision.reason
    who = ("--organisation", "bureau", "--purpose", "care", *(word for role in roles for word in ("--role", role)))
    for command in (("policy", "explain"), ("decide",)):
        result = called(*command, "--home", narrowed, *who, "--action", action, coordinate)
        assert (result.exit_code, decision.reason in result.output) == (0 if shown else 1, True), result.output
    cases = Path(narrowed) / "cases.yaml"
    expected = "plain" if shown else "withheld"
    cases.write_text(
        f"cases:\n  - name: it\n    who: {{organisation: bureau, roles: [{', '.join(roles)}]}}\n    purpose: care\n"
        f"    expect: {{{coordinate} {action}: {expected}}}\n",
        encoding="utf-8",
    )
    result = called("policy", "test", "--home", narrowed, str(cases))
    assert result.exit_code == 0, result.output


def test_a_case_that_fails_by_what_is_required_says_so(narrowed: str) -> None:
    cases = Path(narrowed) / "cases.yaml"
    cases.write_text(
        "cases:\n  - name: it\n    who: {organisation: bureau, roles: [worker]}\n    purpose: care\n"
        "    expect: {Post.text: plain}\n",
        encoding="utf-8",
    )
    result = called("policy", "test", "--home", narrowed, str(cases))
    assert result.exit_code == 1
    assert "expected plain, is withheld, by the lines alone plain [requires-scope]" in result.output


def test_a_role_that_nothing_depends_on_is_still_refused(narrowed: str) -> None:
    for words in (("decide",), ("policy", "explain")):
        result = called(*words, "--home", narrowed, *WHO, "--role", "nosuch", "Post.text")
        assert (result.exit_code, "nosuch is no role here" in result.output) == (2, True)


def test_a_difference_of_policies_does_not_hide_behind_what_is_required(narrowed: str) -> None:
    """No asker that lines tell apart has the scope; whoever has it would see the difference."""
    draft = Path(narrowed) / "draft.csv"
    draft.write_text(OPEN + "p, any, any, Post.text, read, any, any, deny,\n", encoding="utf-8")
    result = called("policy", "diff", "--home", narrowed, str(draft))
    assert "Post.text" in result.output
    assert result.output.startswith("- ")
