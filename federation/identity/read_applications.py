"""The text of `applications.yaml` read into applications, or refused with every mistake and its line.

Exception
└── KeyFileError                    (federation.keys)
    └── ApplicationsRefusedError    the file is not used; no hash is ever shown
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from federation.identity.application import ID, Application
from federation.identity.key_hash import KeyHash, NotAHashError
from federation.keys import KeyFileError
from federation.schema.declare_problem import DeclarationProblem, choice, quoted
from federation.schema.yaml_lines import Part, load
from vocabulary.area import Area, NotAnAreaError

_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")
_WORDS: Final = frozenset({"organisation", "name", "roles", "areas", "key", "certificate", "expires"})
_LONGEST: Final = 256  # characters of a name
_MOST: Final = 100  # roles, and areas


class ApplicationsRefusedError(KeyFileError):
    """The file is wrong: `str` is one line for each problem, in the order of their lines."""

    def __init__(self, file: str, problems: tuple[DeclarationProblem, ...]) -> None:
        super().__init__("\n".join(f"{file}:{one.line}: {one.problem}; {one.remedy}" for one in problems))
        self.problems = problems


def parse(text: str, *, file: str, organisations: frozenset[str], roles: frozenset[str]) -> Mapping[str, Application]:
    """Read the text of an `applications.yaml`; `file` is what its problems call it.

    Raises:
        ApplicationsRefusedError: with every problem that was found.
    """
    root, written = load(text)
    found: dict[str, Application] = {}
    problems: list[DeclarationProblem] = []
    if root is not None:
        problems += _outline(root)
        for name, part in root.named("applications").items():
            entry = _Entry(name, part, organisations, roles)
            application = entry.application()
            problems += entry.problems
            if application is not None:
                problems += _shared(application, part, found)
                found[name] = application
    judged = {one.line for one in written}  # what is not even written right is not told twice
    problems = written + [one for one in problems if one.line not in judged]
    if root is None or problems:
        raise ApplicationsRefusedError(file, tuple(sorted(set(problems))))
    return MappingProxyType(found)


def _outline(root: Part) -> list[DeclarationProblem]:
    """The file is a mapping with the one word `applications`, and that is one by id."""
    words = root.value if isinstance(root.value, dict) else {}
    if set(words) != {"applications"} or not isinstance(words["applications"], dict):
        return [DeclarationProblem(root.line, "this is no list of applications", "write `applications:`, then each id")]
    return []


def _shared(application: Application, part: Part, found: Mapping[str, Application]) -> list[DeclarationProblem]:
    """One certificate leads to one application."""
    for other in found.values():
        if application.certificate is not None and application.certificate == other.certificate:
            problem = f"{quoted(other.id)} has this certificate already"
            return [DeclarationProblem(part.line_of("certificate"), problem, "give each application a key of its own")]
    return []


class _Entry:
    """One application of the file: read word by word, its problems collected."""

    def __init__(self, name: str, part: Part, organisations: frozenset[str], roles: frozenset[str]) -> None:
        self.problems: list[DeclarationProblem] = []
        self._name = name
        self._part = part
        self._organisations = organisations
        self._roles = roles

    def application(self) -> Application | None:
        """The application; None where it has a problem."""
        if not isinstance(self._part.value, dict):
            self._report(None, "is no application", f"write {', '.join(sorted(_WORDS))} under it")
            return None
        if not ID.fullmatch(self._name):
            self._report(None, "is no id", "write small letters, digits and `-`, at most 64, a letter first")
        for word, part in self._part.parts.items():
            if word not in _WORDS:
                problem = f"{quoted(str(word))} is no word of an application"
                self.problems.append(DeclarationProblem(part.line, problem, choice(str(word), _WORDS)))
        made = Application(
            id=self._name,
            organisation=self._one_of("organisation", self._text("organisation"), self._organisations),
            name=self._text("name"),
            roles=frozenset(self._one_of("roles", role, self._roles) for role in self._texts("roles")),
            areas=tuple(sorted({self._area(code) for code in self._texts("areas")})),
            expires=self._expires(),
            key=self._key(),
            certificate=self._certificate(),
        )
        if not self._has("key") and not self._has("certificate"):
            self._report(None, "has neither a key nor a certificate", "write one of them, or both")
        return None if self.problems else made

    def _has(self, word: str) -> bool:
        return word in self._part.parts

    def _text(self, word: str) -> str:
        text = self._part.text(word)
        if text is None or not text.strip() or len(text) > _LONGEST:
            self._report(word, f"has no text as its `{word}`", f"write `{word}: …`, at most {_LONGEST} characters")
            return ""
        return text

    def _texts(self, word: str) -> list[str]:
        part = self._part.parts.get(word)
        texts = [text for _, text in self._part.texts(word)]
        if part is None or not isinstance(part.value, list) or len(texts) != len(part.value) or len(texts) > _MOST:
            remedy = f'write `{word}: ["…"]`, at most {_MOST}; area codes in quotes'
            self._report(word, f"has no list of texts as its `{word}`", remedy)
            return []
        return texts

    def _one_of(self, word: str, text: str, known: frozenset[str]) -> str:
        if text and text not in known:
            self._report(word, f"names {quoted(text)}, which exchange.yaml does not declare", choice(text, known))
        return text

    def _area(self, code: str) -> Area:
        try:
            return Area.parse(code)
        except NotAnAreaError:
            self._report("areas", f"has {quoted(code)}, which is no area code", "write it as in `310115016`")
            return Area("")

    def _expires(self) -> dt.datetime:
        try:
            moment = dt.datetime.fromisoformat(self._text("expires"))
            if moment.tzinfo is not None:
                return moment
        except ValueError:
            pass
        remedy = 'write the moment with its zone, in quotes: "2027-06-30T00:00:00+08:00"'
        self._report("expires", "does not say when it expires", remedy)
        return dt.datetime.now(dt.UTC)

    def _key(self) -> KeyHash | None:
        if not self._has("key"):
            return None
        try:
            return KeyHash.parse(self._part.text("key") or "")
        except NotAHashError:
            self._report("key", "has a `key` that is no hash of one", "write the line that was made with the key")
            return None

    def _certificate(self) -> str | None:
        if not self._has("certificate"):
            return None
        fingerprint = self._part.text("certificate") or ""
        if not _FINGERPRINT.fullmatch(fingerprint):
            remedy = "write the SHA-256 of its SubjectPublicKeyInfo: 64 digits 0-9 a-f, in quotes"
            self._report("certificate", "has a `certificate` that is no fingerprint", remedy)
        return fingerprint

    def _report(self, word: str | None, problem: str, remedy: str) -> None:
        line = self._part.line if word is None else self._part.line_of(word)
        self.problems.append(DeclarationProblem(line, f"{quoted(self._name)} {problem}", remedy))
