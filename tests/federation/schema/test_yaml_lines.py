from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.schema.yaml_lines import LARGEST, MOST_LEVELS, load


def test_values_and_lines() -> None:
    root, problems = load('a: 1\nb:\n  c: [x, true,\n      2.5]\n  d: "on"\ne:\n')
    assert problems == []
    assert root is not None
    assert root.value == {"a": 1, "b": {"c": ["x", True, 2.5], "d": "on"}, "e": None}
    paths: list[list[str | int]] = [["b"], ["b", "c"], ["b", "c", 1], ["b", "c", 2], ["e"]]
    assert [root.at(path).line for path in paths] == [2, 3, 3, 4, 6]
    assert root.at(["b", "missing", "deeper"]).line == 2
    assert root.at(["b"]).text("d") == "on"
    assert root.at(["b"]).texts("c") == [(3, "x")]
    assert root.at(["b"]).named("missing") == {}


def test_an_empty_file_is_nothing() -> None:
    root, problems = load("# only a comment\n")
    assert (problems, root is not None and root.value) == ([], None)


REFUSED = {
    "duplicate key": ("a: 1\nb: 2\na: 3\n", 3, "line 1", "write it once"),
    "duplicate key in flow": ("a: {b: 1,\n  b: 2}", 2, "line 1", "write it once"),
    "duplicate key in other quotes": ('a: 1\n"a": 2', 2, "line 1", "write it once"),
    "anchor": ("a: 1\nb: &x 1", 2, "anchor", "without it"),
    "alias": ("a: 1\nb: *x", 2, "alias", "write out"),
    "merge key": ("a: 1\n<<: {b: 2}", 2, "merge", "write out"),
    "tag": ("a: !!python/object/apply:os.getcwd []", 1, "tag", "without it"),
    "tagged text": ("a: !!str 1", 1, "tag", "without it"),
    "tagged key": ("!x a: 1", 1, "tag", "without it"),
    "no": ("a: b\nc: no", 2, "reads no as false", '"no" in quotes'),
    "on": ("c: On", 1, "reads On as true", '"On" in quotes'),
    "on as a key": ("a: 1\non: 1", 2, "reads on as true", '"on" in quotes'),
    "true as a key": ("true: 1", 1, "the key `true`", "in quotes"),
    "number as a key": ("1: 1", 1, "the key `1`", "in quotes"),
    "nothing as a key": ("a: 1\n~: 1", 2, "the key `~`", "in quotes"),
    "list as a key": ("a: 1\n? [b]\n: 1", 2, "a key", "write a word"),
    "octal": ("a: 010115", 1, "another base", "decimal digits"),
    "sexagesimal": ("a: 12:30:00", 1, "a time", "decimal digits"),
    "underscores": ("a: 1_000", 1, "number", "decimal digits"),
    "not a number": ("a: .nan", 1, "not finite", "decimal digits"),
    "infinite": ("a: -.inf", 1, "not finite", "decimal digits"),
    "huge": ("a: " + "9" * 5000, 1, "number", "decimal digits"),
    "date": ("a: 2024-02-31", 1, "timestamp", "in quotes"),
    "equals sign": ("a: =", 1, "not as a text", "in quotes"),
    "tab": ("a:\n\tb: 1", 2, "a tab", "write spaces"),
    "tab before a word": ("\ta: 1", 1, "a tab", "write spaces"),
    "open bracket": ("a: 1\nb: [c", 2, "no YAML", "bracket closed"),
    "bad indentation": ("a: 1\n  b: 2", 2, "no YAML", "indented"),
    "second document": ("a: 1\n---\nb: 1", 2, "second document", "in one"),
    "meaningless escape": ('a: 1\nb: "\\UFFFFFFFF"', 2, "escape", "character itself"),
    "meaningless version": ("%YAML 9" + "9" * 5000 + ".1\n---\na: 1", 1, "number", "write"),
    "half a character": ('a: "\\ud800"', 1, "half a character", "without it"),
    "escaped line end of a terminal": ('a: "\\e[2J"', 1, "control character", "without it"),
    "control character": ("a: 1\nb: \x00", 2, "character", "without it"),
    "too deep": ("[\n" * 100_000, MOST_LEVELS + 1, f"{MOST_LEVELS} levels", "less deeply"),
    "too deep on one line": ("[" * 100_000, 1, f"{MOST_LEVELS} levels", "less deeply"),
    "too deep as a key": ("? " * 100_000, 1, f"{MOST_LEVELS} levels", "less deeply"),
    "too large": ("a" * (LARGEST + 1), 1, f"{LARGEST} characters", "shorter"),
}


@pytest.mark.parametrize(("text", "line", "problem", "remedy"), REFUSED.values(), ids=REFUSED)
def test_refuses(text: str, line: int, problem: str, remedy: str) -> None:
    _, problems = load(text)
    assert [one.line for one in problems][:1] == [line]
    assert problem in problems[0].problem
    assert remedy in problems[0].remedy


def test_a_billion_laughs_unfold_nothing() -> None:
    rows = ["a0: &a0 [ha]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    root, problems = load("\n".join(rows))
    assert root is not None
    assert len(str(root.value)) < 1000
    assert {one.line for one in problems} == set(range(1, 11))


def test_all_problems_are_collected() -> None:
    _, problems = load("a: no\na: 1\nb: *c\nd: 0x1f\n")
    assert [one.line for one in problems] == [1, 2, 3, 4]


def test_no_problem_repeats_a_text_that_may_be_secret() -> None:
    _, problems = load("password: 2001-01-01\ntoken: 0777\nkey: !x hunter2\nlast: &hunter3 [hunter2\n")
    assert len(problems) >= 4
    assert not any(secret in str(problems) for secret in ("2001", "0777", "hunter"))


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab:-[]{}#&*!|>'\"%@`?, \n\t\\0179.~=<\ud800\u2028é\x00", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    root, problems = load(text)
    assert root is not None or problems
    assert all(one.line >= 1 and one.remedy.startswith("write ") for one in problems)
