from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from federation.rules import policy_facts
from federation.schema.declare import ExchangeRefusedError
from federation.schema.trial import parse_cases
from tests.support.planning import demo_world
from vocabulary.area import Area
from vocabulary.principal import Action, Mode
from vocabulary.rows import Tie

Call = Callable[..., Result]
CITY = Path(__file__).parents[3] / "democity" / "city"
PAGE = (CITY.parents[1] / "docs" / "policy-writer.md").read_text("utf-8")
CASES = CITY / "policy.tests.yaml"
NOBODY = "310115195001011234"
PHONE = "p, role:committee-worker, own, Resident.phone, read, epidemic-control, ordinary, allow, %s\n"


@pytest.fixture
def draft(home: Path, tmp_path: Path) -> Callable[..., Path]:
    """The policy of the city with lines taken out (those that hold a text) and lines put behind."""

    def write(*more: str, without: str = "\0") -> Path:
        lines = (home / "policy.csv").read_text("utf-8").splitlines(keepends=True)
        path = tmp_path / "draft.csv"
        path.write_text("".join([*(line for line in lines if without not in line), *more]), encoding="utf-8")
        return path

    return write


def cases(path: Path, text: str) -> str:
    (path / "cases.yaml").write_text(text, encoding="utf-8")
    return str(path / "cases.yaml")


# ── check ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_about_the_demo_policy_there_is_nothing_to_say(call: Call) -> None:
    result = call("policy", "check")
    assert (result.exit_code, result.stdout) == (0, "nothing to say\n")


def test_check_prints_every_mistake_of_the_loader(call: Call, draft: Callable[..., Path]) -> None:
    wrong = [f"p, role:nobody{number}, own, Resident.name, read, any, any, allow, plain\n" for number in range(30)]
    result = call("policy", "check", str(draft(*wrong)))
    assert result.exit_code == 1
    assert result.stdout.count("is not declared") == 30


def test_check_works_where_the_policy_keeps_the_exchange_from_starting(call: Call, home: Path) -> None:
    with (home / "policy.csv").open("a", encoding="utf-8") as policy:
        policy.write("p, role:health-analyst, own, Resident.name, read\n")
    result = call("policy", "check")
    assert (result.exit_code, "a p line has 9 columns, not 5" in result.output) == (1, True)


def test_check_prints_what_is_odd_with_its_line(call: Call, draft: Callable[..., Path]) -> None:
    path = draft(PHONE % "plain", without="MealService.active")
    number = len(path.read_text("utf-8").splitlines())
    result = call("policy", "check", str(path))
    assert result.exit_code == 1
    assert f": dead: policy.csv:{number} shows plain whatever it would show through redact; " in result.output
    assert ": lonely: role:committee-worker may read no field of MealService" in result.output


def test_the_example_in_the_policy_writers_page_has_a_dead_line(call: Call, draft: Callable[..., Path]) -> None:
    example = PAGE.split("the first line is dead")[1].split("```policy\n")[1].split("```")[0]
    path = draft(example)
    number = len(path.read_text("utf-8").splitlines())
    result = call("policy", "check", str(path))
    assert f"policy.csv:{number - 1}: dead: policy.csv:{number} shows plain" in result.output


def test_check_compares_lines_with_the_agreements_of_the_lists(call: Call, draft: Callable[..., Path]) -> None:
    line = "p, org:health-commission, own, Resident.livesAlone, read, elderly-care, any, allow, plain\n"
    result = call("policy", "check", str(draft(line)))
    assert (result.exit_code, ": idle: it opens Resident.livesAlone without A-2026-001" in result.output) == (1, True)


def test_a_path_that_holds_no_policy_is_wrong_usage(call: Call, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in ("empty", "nothing"):
        result = call("policy", "check", str(tmp_path / path))
        assert (result.exit_code, "holds no policy" in result.output) == (2, True)


# ── test ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_demo_policy_passes_its_own_cases(call: Call) -> None:
    result = call("policy", "test", str(CASES))
    assert result.exit_code == 0, result.output
    assert " cases hold" in result.stdout


def test_the_cases_in_the_policy_writers_page_hold(call: Call, tmp_path: Path) -> None:
    example = "cases:" + PAGE.split("```yaml\ncases:")[1].split("```")[0]
    result = call("policy", "test", cases(tmp_path, example))
    assert (result.exit_code, "3 of 3 expectations of 1 cases hold" in result.output) == (0, True), result.output


def test_a_draft_that_breaks_a_case_is_told_with_both_lines(call: Call, draft: Callable[..., Path]) -> None:
    path = draft(PHONE % "plain")
    number = len(path.read_text("utf-8").splitlines())
    result = call("policy", "test", "--policy", str(path), str(CASES))
    assert result.exit_code == 1
    line = next(
        at for at, text in enumerate(CASES.read_text("utf-8").splitlines(), 1) if "Resident.phone: redact" in text
    )
    assert f"policy.tests.yaml: line {line}: a committee sees its own residents" in result.output
    assert f"Resident.phone read: expected redact, is plain [policy.csv:{number}]" in result.output


def test_expected_is_what_is_shown_and_not_what_lines_alone_say(call: Call, draft: Callable[..., Path]) -> None:
    """A plain identity number gives the birth date away, which is hidden, so the analyst does not see it."""
    path = draft("p, role:health-analyst, own, Resident.identityNo, read, epidemic-control, any, allow, plain\n")
    assert call("policy", "test", "--policy", str(path), str(CASES)).exit_code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cases"),
        ("cases: []\n", "is empty"),
        ("cases: [{}]\n", "lacks `name`"),
        ("cases: yes\n", "YAML reads yes as true"),
    ],
)
def test_a_file_of_cases_that_is_none_is_refused(call: Call, tmp_path: Path, text: str, said: str) -> None:
    result = call("policy", "test", cases(tmp_path, text))
    assert (result.exit_code, said in result.output) == (1, True), result.output


def test_a_file_of_cases_that_is_not_there_or_no_text_is_wrong_usage(call: Call, tmp_path: Path) -> None:
    assert call("policy", "test", str(tmp_path / "nothing.yaml")).exit_code == 2
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    assert call("policy", "test", str(tmp_path / "binary.yaml")).exit_code == 2


WRONG = """cases:
  - name: one
    who: {organisation: nobody, roles: [clerk], areas: ["3101"]}
    purpose: curiosity
    row:
      area: "0"
      tied: [friend]
      holds: [rich]
      fails: [rich]
    expect:
      Resident.nmae: plain
      Resident.name hand-over: plain
      Resident.phone: name-surname
      Resident.identityNo match: identity-partial
"""


def test_every_name_that_is_none_is_told_with_its_line() -> None:
    world = demo_world()
    facts = policy_facts(world.catalogue, world.supergraph)
    with pytest.raises(ExchangeRefusedError) as refused:
        parse_cases(WRONG, file="cases.yaml", facts=facts)
    assert {one.line for one in refused.value.problems} == {3, 4, 6, 7, 8, 9, 11, 12, 13, 14}


def test_a_case_is_read_whole() -> None:
    world = demo_world()
    facts = policy_facts(world.catalogue, world.supergraph)
    text = """cases:
  - name: all of it
    who: {organisation: eatwell, roles: [committee-worker], areas: ["310115"]}
    purpose: elderly-care
    mode: emergency
    agreement: A-2026-001
    row: {area: "310115016", tied: [case]}
    expect:
      Resident.name: name-surname
      Resident.identityNo deliver: plain
"""
    (case,) = parse_cases(text, file="cases.yaml", facts=facts)
    assert (case.standing.mode, case.standing.agreement, case.areas) == (
        Mode.EMERGENCY,
        "A-2026-001",
        (Area("310115"),),
    )
    assert case.row is not None
    assert (case.row.area, case.row.tied) == (Area("310115016"), frozenset({Tie.CASE}))
    assert [(one.line, one.action, one.shown) for one in case.expected] == [
        (9, Action.READ, "name-surname"),
        (10, Action.DELIVER, "plain"),
    ]


# ── explain ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--as", "committee", "Resident.name"), 0, "counts"),
        (("--as", "committee", "Resident.address"), 1, "ask for elderly-care"),
        (("--as", "committee", "--purpose", "elderly-care", "Resident.address"), 0, "plain where own"),
        (("--as", "committee", "--row", "310115016003001", "Resident.name"), 0, "on this row: name-surname"),
        (("--as", "committee", "--row", "310115016004", "Resident.name"), 1, "have an area in which the row lies"),
        (("--as", "committee", "--area", "310115016004", "--row", "310115016004", "Resident.name"), 0, "name-surname"),
        (("--as", "committee", "Resident.identityNo"), 1, "deny where any"),
        (("--as", "analyst", "--purpose", "elderly-care", "Resident.livesAlone"), 1, "ask under agreement A-2026-001"),
        (
            (
                *("--organisation", "health-commission", "--purpose", "elderly-care"),
                *("--agreement", "A-2026-001", "Resident.livesAlone"),
            ),
            0,
            "counts",
        ),
        (("--as", "analyst", "--action", "derive", "Resident.birthDate"), 0, "derive"),
        (
            (
                *("--organisation", "eatwell", "--purpose", "epidemic-control"),
                *("--action", "deliver", "Resident.identityNo"),
            ),
            0,
            "deliver",
        ),
        (("--as", "analyst", "Resident.nothing"), 1, "`tongguan compose` prints them all"),
        (("--as", "analyst", "phone"), 2, "as in Resident.name"),
        (("--as", "analyst", "--row", "3101", "Resident.phone"), 2, "no area code"),
        (("--as", "analyst", "--purpose", "curiosity", "Resident.phone"), 2, "known are"),
        (("Resident.phone",), 2, "say for whom"),
    ],
    ids=str,
)
def test_explain(call: Call, words: tuple[str, ...], code: int, said: str) -> None:
    result = call("policy", "explain", *words)
    assert (result.exit_code, said in result.output) == (code, True), result.output


def test_the_explanation_in_the_policy_writers_page_is_what_is_printed(call: Call) -> None:
    shown = PAGE.split("<!-- explain: committee -->\n```text\n")[1].split("```")[0].splitlines()
    printed = call("policy", "explain", "--as", "committee", "--row", "310115016004", "Resident.name").stdout
    assert [line for line in printed.splitlines() if line in shown] == shown


def test_explain_says_what_siblings_took(call: Call, draft: Callable[..., Path]) -> None:
    path = draft("p, role:health-analyst, own, Resident.identityNo, read, epidemic-control, any, allow, plain\n")
    result = call("policy", "explain", "--as", "analyst", "--policy", str(path), "Resident.identityNo")
    assert result.exit_code == 1
    assert "plain on no row: it would give birthDate and sex away" in result.output


# ── diff ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_policy_does_not_differ_from_itself(call: Call, home: Path, draft: Callable[..., Path]) -> None:
    for new in (home, home / "policy.csv", draft()):
        result = call("policy", "diff", str(new))
        assert (result.exit_code, result.stdout) == (0, "no decision differs\n"), result.output


def test_what_would_be_shown_more_and_less_is_told(call: Call, draft: Callable[..., Path], home: Path) -> None:
    new = draft(PHONE % "phone-partial", without="read, epidemic-control, ordinary, allow, name-surname")
    result = call("policy", "diff", str(new))
    assert result.exit_code == 0
    assert "· Resident.phone: redact where own [policy.csv:" in result.stdout
    assert "→ phone-partial where own [policy.csv:" in result.stdout
    assert "· Resident.name: name-surname where own [policy.csv:" in result.stdout
    assert {line[0] for line in result.stdout.splitlines()} == {"+", "-"}
    back = call("policy", "diff", str(new), str(home / "policy.csv"))
    assert back.stdout.count("→ withheld") == 0
    assert "→ name-surname where own" in back.stdout


def test_a_change_of_what_is_given_away_differs_on_what_gives_it_away(call: Call, draft: Callable[..., Path]) -> None:
    numbers = "p, role:health-analyst, own, Resident.%s, read, epidemic-control, ordinary, allow, plain\n"
    both = numbers % "identityNo" + numbers % "sex" + numbers % "birthDate"
    result = call("policy", "diff", str(draft(both)))
    assert "· Resident.identityNo: withheld → plain where own" in result.stdout


def test_recorded_answers_that_would_have_differed_are_named(
    call: Call, draft: Callable[..., Path], home: Path
) -> None:
    assert call("audit", "search", "--as", "officer", NOBODY).exit_code == 0
    result = call("policy", "diff", "--days", "7", str(draft(without="Access.*")))
    assert "answers of the last 7 days that would have differed: 1\n" in result.stdout, result.output
    assert "role:security-officer of data-bureau, security-audit, ordinary: -Access." in result.stdout
    assert NOBODY not in result.output
    same = call("policy", "diff", "--days", "7", str(home))
    assert "answers of the last 7 days that would have differed: 0\n" in same.stdout


def test_without_a_log_nothing_is_replayed(call: Call, home: Path) -> None:
    shutil.rmtree(home / "audit", ignore_errors=True)
    result = call("policy", "diff", "--days", "7", str(home))
    assert (result.exit_code, "log" in result.output) == (3, True)


def test_three_policies_are_not_compared(call: Call, home: Path) -> None:
    assert call("policy", "diff", str(home), str(home), str(home)).exit_code == 2


def test_a_draft_with_mistakes_is_told_to_be_checked(call: Call, draft: Callable[..., Path]) -> None:
    path = str(draft("p, role:nobody, own, Resident.name, read, any, any, allow, plain\n"))
    for words in (
        ("diff", path),
        ("test", "--policy", path, str(CASES)),
        ("explain", "--as", "analyst", "--policy", path, "Resident.name"),
    ):
        result = call("policy", *words)
        assert (result.exit_code, "tongguan policy check" in result.output) == (1, True)


@pytest.mark.parametrize(
    "words",
    [("check",), ("test", str(CASES)), ("explain", "--as", "analyst", "Resident.phone"), ("diff", str(CITY))],
    ids=lambda words: words[0],
)
def test_what_only_looks_needs_no_key_and_leaves_no_trace(call: Call, home: Path, words: tuple[str, ...]) -> None:
    shutil.rmtree(home / "keys")
    before = sorted(path.name for path in home.iterdir())
    assert call("policy", *words).exit_code == 0
    assert sorted(path.name for path in home.iterdir()) == before
