"""The text of a policy file, before any of it means something: its characters, its line ends, its columns.

Casbin reads a line as whatever stands between two line feeds, drops what it does not know, and strips every kind of
space, so each trick below changes or loses a line there without a word. Here the text of a line is ASCII, a comment
stands alone, and no character is invisible, in comments neither: a reviewer must see the lines that the loader
sees (Unicode TR 36; CVE-2021-42574, "Trojan Source").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from policies.errors import PolicyFileError

LONGEST_FILE = 10_000_000
"""In characters: some hundred thousand lines, read in seconds. More is a mistake or an attack."""

_STRANGE = re.compile(r"[^A-Za-z0-9_.:*, -]")
_HINTS = {
    "#": ("a comment after a line", "write the comment on a line of its own"),
    '"': ("a quotation mark", "write the names without quotes"),
    "'": ("a quotation mark", "write the names without quotes"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line that is neither blank nor a comment, cut at its commas. `problems` is shared by the whole file."""

    file: str
    number: int
    columns: tuple[str, ...]
    problems: list[PolicyFileError]

    def refuse(self, column: str | None, problem: str, remedy: str) -> None:
        """Add a problem of this line."""
        self.problems.append(PolicyFileError(self.file, self.number, column, problem, remedy))


def rows(text: str, file: str, problems: list[PolicyFileError]) -> Iterator[Row]:
    """Cut the text into rows of trimmed columns. What is wrong goes to `problems`, and such a line is left out."""
    if len(text) > LONGEST_FILE:
        problem = f"the file has {len(text)} characters, the most is {LONGEST_FILE}"
        problems.append(PolicyFileError(file, 1, None, problem, "write wider patterns or nest roles"))
        return
    if text.startswith("\ufeff"):
        text = text[1:]
        problems.append(PolicyFileError(file, 1, None, "the file starts with a byte order mark", "save it without"))
    *whole, rest = text.split("\n")
    if rest:
        # A file that was cut off half-way has lost its last lines, which may be its denies.
        problem = "the file breaks off in its last line"
        problems.append(PolicyFileError(file, len(whole) + 1, None, problem, "end the file with a line feed"))
    for number, raw in enumerate((*whole, rest), start=1):
        line = raw.removesuffix("\r")
        row = Row(file, number, tuple(column.strip(" ") for column in line.split(",")), problems)
        if _readable(line, row) and line.strip(" ") and not line.lstrip(" ").startswith("#") and _plain(line, row):
            yield row


def _readable(line: str, row: Row) -> bool:
    """Refuse what no line may hold, comments neither: characters that can't be seen, and two spellings of one."""
    if line.isascii() and line.isprintable():
        return True  # nearly every line: not worth a look at each character
    if "\r" in line:
        row.refuse(None, "a carriage return stands inside the line", "end lines with LF or CR LF")
        return False
    for char in line:
        if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
            row.refuse(None, f"the line holds {_named(char)}, which can't be seen", "write it without")
            return False
    if not unicodedata.is_normalized("NFC", line):
        row.refuse(None, "the line is not in Unicode's normal form C", "save the file in NFC")
        return False
    return True


def _plain(line: str, row: Row) -> bool:
    """Refuse every character that no declared name and no separator has."""
    strange = _STRANGE.search(line)
    if strange is None:
        return True
    char = strange.group()
    narrow = unicodedata.normalize("NFKC", char)
    if char in _HINTS:
        row.refuse(None, *_HINTS[char])
    elif not char.isascii() and narrow.isascii():
        row.refuse(None, f"the line holds the wide {_named(char)}", f"write the narrow {narrow!r}")
    else:
        row.refuse(None, f"the line holds {_named(char)}", "write letters, digits and _ - . : * only, between commas")
    return False


def _named(char: str) -> str:
    name = unicodedata.name(char, "a control character")
    return f"U+{ord(char):04X} ({name.lower()})"
