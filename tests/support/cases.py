"""Attack cases written as data: read strictly, so that a misspelt expectation is an error and not one that holds.

The words are described in tests/attacks/cases/README.md, for whoever runs them against another gateway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

CASES: Final = Path(__file__).parents[1] / "attacks" / "cases"
DEMO_POLICY: Final = Path(__file__).parents[2] / "democity" / "city" / "policy.csv"
PEOPLE: Final = "people.yaml"
DEMO: Final = "demo"
OPEN: Final = "open"
"""The proof that a case can fail: it does where everything is plain to everybody."""
WITHOUT: Final = "without"
"""The proof that a case can fail: it does where the last step before it is left out."""

_T = TypeVar("_T")


class CaseError(Exception):
    """A case that says something unknown, or too little."""


@dataclass(frozen=True)
class Who:
    """A principal. `subject`: the type and key of the own records of a resident."""

    person: str
    organisation: str
    roles: tuple[str, ...]
    areas: tuple[str, ...]
    purpose: str
    subject: tuple[str, str] | None = None


@dataclass(frozen=True)
class Step:
    """One step before a question: a document, or time that passes, a policy put in force, or a source at fault."""

    who: Who | None = None
    purpose: str = ""
    mode: str = ""
    agreement: str = ""
    document: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    save: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    revise: str = ""
    fault: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Then:
    """What must come back."""

    status: int = 200
    code: str = ""
    data: Any = None
    withheld: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    equal_to: str = ""
    rows: Mapping[str, Mapping[str, int | str]] = field(default_factory=dict)
    within: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nulls: tuple[str, ...] = ()
    some: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One attack: who asks what after which steps, what must come back, and what may appear nowhere in it."""

    name: str
    who: Who
    document: str
    then: Then
    policy: str = DEMO
    facts: Mapping[str, str] = field(default_factory=dict)
    before: tuple[Step, ...] = ()
    purpose: str = ""
    mode: str = ""
    agreement: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    never: tuple[str, ...] = ()
    proof: Any = OPEN

    def proven(self) -> Case:
        """The case with something taken away or put in its place, so that it must fail."""
        if self.proof == OPEN:
            return replace(self, policy=OPEN)
        if self.proof == WITHOUT:
            return replace(self, before=self.before[:-1])
        return replace(self, **self.proof)


@dataclass(frozen=True)
class CaseFile:
    """The cases of one promise, and the policies that they name."""

    promise: int
    policies: Mapping[str, str]
    cases: Mapping[str, Case]


class _Strict(yaml.SafeLoader):
    """YAML in which no word stands twice, and nothing but text, numbers, lists and mappings means anything."""


def _mapping(loader: _Strict, node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in node.value:
        key = loader.construct_object(name)
        if key in found:
            raise CaseError(f"{key!r} stands twice{name.start_mark}")
        found[key] = loader.construct_object(value, deep=True)
    return found


_Strict.add_constructor("tag:yaml.org,2002:map", _mapping)
_Strict.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if not tag.endswith(":timestamp")]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_file(path: Path) -> CaseFile:
    """Read the cases of a promise; CaseError where a word is unknown or one is lacking."""
    said = _only(_loaded(path), path.name, "promise", "facts", "policies", "cases")
    facts, cases = dict(said.get("facts", {})), {}
    for one in said["cases"]:
        case = _case(one, facts)
        if case.name in cases:
            raise CaseError(f"two cases are named {case.name!r}")
        cases[case.name] = case
    for case in cases.values():
        if case.then.equal_to and case.then.equal_to not in cases:
            raise CaseError(f"{case.name!r} is equal to {case.then.equal_to!r}, which is no case here")
    policies = {name: _policy(one, name) for name, one in said.get("policies", {}).items()}
    for case in cases.values():
        named = {case.policy, *(step.revise for step in case.before if step.revise)}
        if unknown := named - policies.keys() - {DEMO}:
            raise CaseError(f"{case.name!r} names {unknown}, which is no policy here")
    return CaseFile(said["promise"], policies, cases)


def _policy(said: Any, name: str) -> str:
    """A whole policy, or the lines that are added to the demo city's, without those that hold some text."""
    if isinstance(said, str):
        return said
    words = _only(said, name, "added", "without")
    without = words.get("without")
    kept = [line for line in DEMO_POLICY.read_text("utf-8").splitlines() if not without or without not in line]
    return "\n".join((*kept, words.get("added", ""))) + "\n"


def _loaded(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Strict)  # noqa: S506  (a safe loader, made stricter)


@cache
def _people() -> Mapping[str, Who]:
    return {name: _made(Who, one, name) for name, one in _loaded(CASES / PEOPLE).items()}


def _only(said: Any, where: str, *known: str) -> dict[str, Any]:
    if not isinstance(said, dict) or (unknown := [one for one in said if one not in known]):
        raise CaseError(f"{where}: {unknown if isinstance(said, dict) else said!r} is not known; known: {known}")
    return said


def _made(kind: type[_T], said: Any, where: str) -> _T:
    """A value of a dataclass of strings, numbers and collections, from the words of the file."""
    words = _only(said, where, *(one.name for one in fields(kind)))  # type: ignore[arg-type]  # a dataclass
    try:
        return kind(**{name: tuple(one) if isinstance(one, list) else one for name, one in words.items()})
    except TypeError as lacking:
        raise CaseError(f"{where}: {lacking}") from None


def _who(said: Any, where: str) -> Who:
    """A person of people.yaml by name, or one who is `like` such a person but for what is said."""
    if isinstance(said, str):
        said = {"like": said}
    like = said.pop("like", "")
    if like not in _people():
        raise CaseError(f"{where}: nobody in {PEOPLE} is named {like!r}")
    other: dict[str, Any] = _only(said, where, *(one.name for one in fields(Who)))
    changed: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in other.items()}
    return replace(_people()[like], **changed)


def _step(said: Any, where: str) -> Step:
    if "who" in said:
        said["who"] = _who(said["who"], where)
    return _made(Step, said, where)


def _then(said: Any, where: str) -> Then:
    then = _made(Then, said, where)
    if then.code and "status" not in said:
        raise CaseError(f"{where}: a code comes with its status")
    for name, bounds in then.rows.items():
        _only(bounds, f"{where}: rows of {name}", "least", "most")
    return replace(then, within={name: tuple(codes) for name, codes in then.within.items()})


def _case(said: Any, facts: Mapping[str, str]) -> Case:
    where = str(said.get("name"))
    said["facts"] = {**facts, **said.get("facts", {})}
    said["who"] = _who(said.get("who"), where)
    said["before"] = [_step(one, where) for one in said.get("before", ())]
    said["then"] = _then(said.get("then"), where)
    if isinstance(said.get("proof"), dict):
        proof = _only(said["proof"], where, "who", "purpose", "mode", "agreement", "document", "variables", "policy")
        said["proof"] = {**proof, **({"who": _who(proof["who"], where)} if "who" in proof else {})}
    elif said.get("proof", OPEN) not in {OPEN, WITHOUT}:
        raise CaseError(f"{where}: {said['proof']!r} proves nothing")
    return _made(Case, said, where)
