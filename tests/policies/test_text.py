from __future__ import annotations

import pytest

from policies import text as module
from policies.errors import PolicyFileError
from policies.text import rows


def read(text: str) -> tuple[list[tuple[int, tuple[str, ...]]], list[PolicyFileError]]:
    problems: list[PolicyFileError] = []
    return [(row.number, row.columns) for row in rows(text, "policy.csv", problems)], problems


def test_rows_are_cut_at_commas_and_trimmed() -> None:
    assert read("# 注释，全角\n\n  \np,  a , b\n g,c,d\n") == ([(4, ("p", "a", "b")), (5, ("g", "c", "d"))], [])


def test_cr_lf_is_fine() -> None:
    assert read("# one\r\np, a\r\n\r\np, b\r\n") == ([(2, ("p", "a")), (4, ("p", "b"))], [])


@pytest.mark.parametrize(
    ("line", "problem", "remedy"),
    [
        ("p， a", "wide U+FF0C (fullwidth comma)", "narrow ','"),
        ("p,　a", "wide U+3000 (ideographic space)", "narrow ' '"),
        ("p, ａ", "wide U+FF41", "narrow 'a'"),
        ("p,\u00a0a", "wide U+00A0 (no-break space)", "narrow ' '"),
        ("p, а", "U+0430 (cyrillic small letter a)", "letters, digits"),
        ("p, é", "U+00E9", "letters, digits"),
        ("p, a # why", "a comment after a line", "line of its own"),
        ('p, "a"', "a quotation mark", "without quotes"),
        ("p, 'a'", "a quotation mark", "without quotes"),
        ("p, a[b,c]", "U+005B (left square bracket)", "letters, digits"),
        ("p, a(b", "U+0028", "letters, digits"),
        ("p; a", "U+003B (semicolon)", "letters, digits"),
        ("＃ p, a", "wide U+FF03", "narrow '#'"),
    ],
)
def test_a_line_holds_nothing_but_names_and_commas(line: str, problem: str, remedy: str) -> None:
    found, problems = read(f"p, before\n{line}\np, after\n")
    assert found == [(1, ("p", "before")), (3, ("p", "after"))]
    (error,) = problems
    assert (error.line, problem in error.problem, remedy in error.remedy) == (2, True, True), str(error)


@pytest.mark.parametrize("where", ["p, a{}b", "# a comment{}", "{}"])
@pytest.mark.parametrize(
    "char",
    [
        *("\t", "\0", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\u00ad", "\u200b", "\u200d"),
        *("\u2028", "\u2029", "\u202e", "\u2066", "\ufeff", "\ue000", "\ud800"),
    ],
)
def test_invisible_characters_stand_nowhere(where: str, char: str) -> None:
    found, problems = read("p, a\n" + where.format(char) + "\n")
    assert found == [(1, ("p", "a"))]
    (error,) = problems
    assert error.line == 2
    assert f"U+{ord(char):04X}" in error.problem
    assert str(error).isprintable()


def test_a_second_spelling_of_a_character_stands_nowhere() -> None:
    found, problems = read("# cafe\u0301\np, cafe\u0301\n")
    assert found == []
    assert [error.line for error in problems] == [1, 2]
    assert "normal form" in problems[0].problem


@pytest.mark.parametrize("text", ["# a\rp, any\r", "p, a\rp, b\n"])
def test_a_lone_carriage_return_hides_no_line(text: str) -> None:
    found, problems = read(text)
    assert found == []
    assert "carriage return" in str(problems)


def test_a_byte_order_mark_is_refused_and_the_line_behind_it_still_read() -> None:
    found, problems = read("\ufeffp, a\n")
    assert found == [(1, ("p", "a"))]
    assert [error.problem for error in problems] == ["the file starts with a byte order mark"]


@pytest.mark.parametrize("text", ["p, a\np, b", "p, a\n#"])
def test_a_file_that_breaks_off_is_refused(text: str) -> None:
    _, problems = read(text)
    assert [(error.line, error.problem) for error in problems] == [(2, "the file breaks off in its last line")]


def test_an_over_long_file_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_FILE", 9)
    assert read("p, a\n###\n") == ([(1, ("p", "a"))], [])
    found, problems = read("p, a\n####\n")
    assert found == []
    assert [error.problem for error in problems] == ["the file has 10 characters, the most is 9"]
