"""YAML read strictly, with the line of every word.

`exchange.yaml` says who may see whose data, so a text that two YAML readers understand differently is refused rather
than guessed at: duplicate keys, `yes`/`no`/`on`/`off` as booleans, numbers in other bases or in base sixty, dates
(YAML 1.1, which PyYAML reads, against YAML 1.2, which editors read). Anchors, aliases, merge keys and tags are refused:
an alias can unfold a small file into gigabytes, and a declaration should stand where it is read. PyYAML only scans and
parses here, into events; nothing is constructed but text, numbers, booleans, lists and mappings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import yaml

from federation.schema.declare_problem import DeclarationProblem, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LARGEST: Final = 4 * 1024 * 1024  # characters; a file of so many bytes has no more
MOST_LEVELS: Final = 24  # a field's description stands on the eighth; `options` may go deeper

_TAG: Final = "tag:yaml.org,2002:"
_NUMBER: Final = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?")
# What only an escape can bring in: it would end a C string, break a log line, or fail to encode as UTF-8.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Part:
    """A value of the document, and the line (from 1) of the key that names it or, in a list, of itself.

    `value` holds plain dicts and lists all the way down; `parts` the same one level down with lines. What is not
    there, or is of another type than asked for, reads as nothing: the shape of the file is judged elsewhere.
    """

    line: int
    value: object
    parts: Mapping[str | int, Part] = field(default_factory=dict)

    def at(self, path: Iterable[str | int]) -> Part:
        """The part that the path leads to, or the last one on its way that exists."""
        part = self
        for step in path:
            if step not in part.parts:
                break
            part = part.parts[step]
        return part

    def line_of(self, word: str) -> int:
        """The line of a word of this mapping, or of the mapping where the word is missing."""
        return self.at([word]).line

    def text(self, word: str) -> str | None:
        """The text that a word of this mapping has."""
        part = self.parts.get(word)
        return part.value if part is not None and isinstance(part.value, str) else None

    def named(self, word: str) -> dict[str, Part]:
        """What the mapping under a word of this mapping declares, by name."""
        part = self.parts.get(word)
        return {} if part is None else {name: one for name, one in part.parts.items() if isinstance(name, str)}

    def texts(self, word: str) -> list[tuple[int, str]]:
        """The texts of the list under a word of this mapping, each with its line."""
        part = self.parts.get(word)
        if part is None or not isinstance(part.value, list):
            return []
        return [(item.line, item.value) for item in part.parts.values() if isinstance(item.value, str)]


def load(text: str) -> tuple[Part | None, list[DeclarationProblem]]:
    """Read one document. Without a Part it could not be read to its end; with problems it must not be used."""
    if len(text) > LARGEST:
        found = DeclarationProblem(1, f"the file has more than {LARGEST} characters", "write a shorter file")
        return None, [found]
    try:
        reader = _Reader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        found = DeclarationProblem(line, "a character that YAML does not allow", "write the text without it")
        return None, [found]
    return reader.document(), reader.problems


class _UnreadableError(Exception):
    """The reader cannot go on; the problem is recorded."""


class _Reader:
    def __init__(self, text: str) -> None:
        self.problems: list[DeclarationProblem] = []
        self._loader = yaml.SafeLoader(text)

    def document(self) -> Part | None:
        try:
            return self._document()
        except _UnreadableError:
            return None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._syntax(1 if mark is None else mark.line + 1, error.problem or error.context or "no YAML")
            return None
        except (ValueError, OverflowError):
            # PyYAML hands what an escape such as "\UFFFFFFFF" or a version such as %YAML 99…9.1 says to chr and int.
            self._report(self._loader.line + 1, "an escape or a number without meaning", "write the character itself")
            return None

    def _document(self) -> Part:
        self._next()  # the start of the stream
        if isinstance(self._peek(), yaml.StreamEndEvent):
            return Part(1, None)
        self._next()  # the start of the document
        part = self._part(1, 1)
        self._next()  # its end
        if not isinstance(self._peek(), yaml.StreamEndEvent):
            self._report(self._line(), "a second document begins", "write everything in one, without `---` between")
        return part

    def _part(self, line: int, level: int) -> Part:
        if level > MOST_LEVELS:
            self._report(line, f"more than {MOST_LEVELS} levels inside each other", "write it less deeply nested")
            raise _UnreadableError
        at, event = self._line(), self._next()
        if not isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):  # an alias: the parser has no fourth
            self._report(at, "an alias (`*`)", "write out what it stands for, or quote the text")
            return Part(line, None)
        if event.anchor is not None:
            self._report(at, "an anchor (`&`)", "write the value without it")
        if event.tag is not None:
            self._report(at, "a tag (`!`)", "write the value without it, or quote the text")
        if isinstance(event, yaml.ScalarEvent):
            return Part(line, self._scalar(event, at))
        return self._mapping(line, level) if isinstance(event, yaml.MappingStartEvent) else self._sequence(line, level)

    def _mapping(self, line: int, level: int) -> Part:
        parts: dict[str | int, Part] = {}
        while not isinstance(self._peek(), yaml.MappingEndEvent):
            at = self._line()
            key = self._key(at, level)
            part = self._part(at, level + 1)
            if key in parts:
                remedy = "write it once: only one of the two would count"
                self._report(at, f"{quoted(key)} stands here already, on line {parts[key].line}", remedy)
            elif key is not None:
                parts[key] = part
        self._next()
        return Part(line, {key: part.value for key, part in parts.items()}, parts)

    def _sequence(self, line: int, level: int) -> Part:
        parts: dict[str | int, Part] = {}
        while not isinstance(self._peek(), yaml.SequenceEndEvent):
            parts[len(parts)] = self._part(self._line(), level + 1)
        self._next()
        return Part(line, [part.value for part in parts.values()], parts)

    def _key(self, line: int, level: int) -> str | None:
        """The next key; None for one that is no word and has been reported."""
        event = self._peek()
        if not isinstance(event, yaml.ScalarEvent):
            self._part(line, level + 1)
            self._report(line, "a key that is no single word", "write a word, then a colon")
            return None
        if self._tag(event) == "merge":
            self._next()
            self._report(line, "a merge key (`<<`)", "write out what it would bring in")
            return None
        before = len(self.problems)
        key = self._part(line, level + 1).value
        if len(self.problems) == before and not isinstance(key, str):
            self._report(line, f"YAML reads the key {quoted(event.value)} as no text", "write it in quotes")
        return event.value

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> object:
        text, tag = event.value, self._tag(event)
        if _UNWRITABLE.search(text):
            self._report(line, "a control character or half a character in a text", "write the text without it")
        if tag == "null":
            return None
        if tag == "bool" and text in {"true", "false"}:
            return text == "true"
        if tag == "bool":
            meant = "true" if text.lower() in {"true", "yes", "on"} else "false"
            self._report(line, f"YAML reads {text} as {meant}", f'write {meant}, or "{text}" in quotes if it is a word')
        elif tag in {"int", "float"} and _NUMBER.fullmatch(text):
            return float(text) if "." in text else int(text)
        elif tag in {"int", "float"}:
            problem = "a number that readers of YAML understand differently (another base, a time, or not finite)"
            self._report(line, problem, "write it in plain decimal digits, or in quotes if it is a text")
        elif tag != "str":
            self._report(line, f"YAML reads this as a {tag}, not as a text", "write it in quotes")
        return text

    def _tag(self, event: yaml.ScalarEvent) -> str:
        """What YAML 1.1 takes an untagged scalar for: `str`, `int`, `bool` and so on."""
        if event.tag is not None:
            return "str"
        # PyYAML's stubs leave three methods untyped: this one and the two below.
        resolved = self._loader.resolve(yaml.ScalarNode, event.value, event.implicit)  # type: ignore[no-untyped-call]
        return str(resolved).removeprefix(_TAG)

    def _peek(self) -> yaml.Event:
        event: yaml.Event = self._loader.peek_event()  # type: ignore[no-untyped-call]
        return event

    def _next(self) -> yaml.Event:
        event: yaml.Event = self._loader.get_event()  # type: ignore[no-untyped-call]
        return event

    def _line(self) -> int:
        """The line of the next event."""
        mark = self._peek().start_mark
        return 1 if mark is None else mark.line + 1

    def _syntax(self, line: int, problem: str) -> None:
        if "'\\t'" in problem:
            self._report(line, "a tab where only spaces may stand", "write spaces")
        else:
            remedy = "write `word: value`, indented by spaces, every quote and bracket closed"
            self._report(line, f"this is no YAML: {problem}", remedy)

    def _report(self, line: int, problem: str, remedy: str) -> None:
        self.problems.append(DeclarationProblem(line, problem, remedy))
