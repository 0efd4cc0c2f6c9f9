"""The shape of a declared file, judged by its published JSON Schema (draft 2020-12, as `exchange.schema.json`).

jsonschema finds what is wrong; its own sentences speak of instances and schemas, so each finding is told again here in
the words of the file, with its line. What to write comes from the `description` and `examples` of the schema, which are
what an editor shows too.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from jsonschema import Draft202012Validator, ValidationError, validators

from federation.schema.declare_problem import DeclarationProblem, choice, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from federation.schema.yaml_lines import Part


def published(name: str) -> Mapping[str, Any]:
    """The JSON Schema that stands in the file `name` beside this module."""
    schema: Mapping[str, Any] = json.loads(
        resources.files("federation.schema").joinpath(name).read_text(encoding="utf-8")
    )
    return schema


SCHEMA: Final = published("exchange.schema.json")

_FORMS: Final = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}
_FOUND: Final[Mapping[type, str]] = {
    type(None): "nothing",
    dict: "a mapping",
    list: "a list",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "true or false",
}
_FAULTS: Final = {
    "pattern": "cannot be written like this",
    "minLength": "is empty",
    "maxLength": "is too long",
    "minItems": "is empty",
    "minProperties": "is empty",
    "uniqueItems": "names something twice",
    "minimum": "is too small",
    "exclusiveMinimum": "is too small",
    "maximum": "is too large",
    "const": "does not fit",
}


@dataclass(frozen=True, slots=True)
class _Finding:
    """What jsonschema found: a keyword of the schema, the value that it asks for, and what stands there instead."""

    keyword: str
    wanted: Any
    found: Any
    schema: Mapping[str, Any]
    part: Part
    word: str  # the nearest word of the file above the mistake, as it is shown
    is_name: bool  # what was found is the name of something, not its value

    @classmethod
    def of(cls, error: ValidationError, root: Part) -> _Finding:
        words = [step for step in error.absolute_path if isinstance(step, str)]
        return cls(
            keyword=str(error.validator),
            wanted=error.validator_value,
            found=error.instance,
            schema=error.schema if isinstance(error.schema, dict) else {},
            part=root.at(error.absolute_path),
            word=quoted(words[-1]) if words else "the file",
            is_name="propertyNames" in error.absolute_schema_path,
        )


def judge_shape(root: Part, schema: Mapping[str, Any] = SCHEMA) -> Iterator[DeclarationProblem]:
    """What the JSON Schema finds wrong; the same problem may come twice."""
    for error in _STRICT(schema).iter_errors(root.value):
        finding = _Finding.of(error, root)
        yield from _EXPLAIN.get(finding.keyword, _faulty)(finding)


def _unknown(finding: _Finding) -> Iterator[DeclarationProblem]:
    known = finding.schema["properties"]
    for word in finding.found:
        if word not in known:
            line = finding.part.line_of(word)
            yield DeclarationProblem(line, f"{quoted(word)} is not known here", choice(word, known))


def _missing(finding: _Finding) -> Iterator[DeclarationProblem]:
    wanted = finding.wanted
    if finding.keyword == "dependentRequired":
        wanted = [word for present, words in wanted.items() if present in finding.found for word in words]
    for word in wanted:
        if word not in finding.found:
            remedy = f"write `{word}: …`, {finding.schema['properties'][word]['description']}"
            yield DeclarationProblem(finding.part.line, f"{finding.word} lacks `{word}`", remedy)


def _one_of(finding: _Finding) -> Iterator[DeclarationProblem]:
    """One of several words has to stand there, and no second one; that it is no mapping is another's finding."""
    if not isinstance(finding.found, dict):
        return
    words = [word for one in finding.wanted for word in one["required"]]
    there = [word for word in words if word in finding.found]
    properties = finding.schema["properties"]
    remedy = ", or ".join(f"`{word}: …`, {properties[word]['description']}" for word in words)
    if not there:
        yield DeclarationProblem(
            finding.part.line, f"{finding.word} lacks {' or '.join(f'`{one}`' for one in words)}", f"write {remedy}"
        )
    for word in there[1:]:
        problem = f"`{word}` stands beside `{there[0]}`"
        yield DeclarationProblem(finding.part.line_of(word), problem, "write one of the two")


def _mistyped(finding: _Finding) -> Iterator[DeclarationProblem]:
    form, found = _FORMS[finding.wanted], finding.found
    remedy = f"write {form}: {finding.schema['description']}"
    if form == "a text" and isinstance(found, bool | int | float):
        remedy = f'write "{json.dumps(found)}", in quotes'
    problem = f"{finding.word} is {_FOUND[type(found)]}, and has to be {form}"
    yield DeclarationProblem(finding.part.line, problem, remedy)


def _unlisted(finding: _Finding) -> Iterator[DeclarationProblem]:
    found = finding.found if isinstance(finding.found, str) else ""
    shown = quoted(found) if found else _FOUND[type(finding.found)]
    yield DeclarationProblem(finding.part.line, f"{shown} is no value of {finding.word}", choice(found, finding.wanted))


def _faulty(finding: _Finding) -> Iterator[DeclarationProblem]:
    found, schema = finding.found, finding.schema
    line = finding.part.line_of(found) if finding.is_name else finding.part.line
    subject = quoted(found) if isinstance(found, str) and (found or finding.is_name) else finding.word
    form = f"{_FORMS[schema['type']]}: " if schema.get("type") in {"integer", "number"} else ""
    each = ", each once" if finding.keyword == "uniqueItems" else ""
    example = "".join(f", as in {quoted(text)}" for text in schema.get("examples", ()))
    yield DeclarationProblem(
        line, f"{subject} {_FAULTS[finding.keyword]}", f"write {form}{schema['description']}{each}{example}"
    )


_EXPLAIN: Final[Mapping[str, Callable[[_Finding], Iterator[DeclarationProblem]]]] = {
    "additionalProperties": _unknown,
    "required": _missing,
    "dependentRequired": _missing,
    "oneOf": _one_of,
    "type": _mistyped,
    "enum": _unlisted,
}


def _matches(_: object, pattern: str, instance: object, __: object) -> Iterator[ValidationError]:
    # Python's `$` lets a line break pass at the end of a text; ECMA-262's, which the schema is written for, does not.
    if isinstance(instance, str) and not re.fullmatch(pattern, instance):
        yield ValidationError("does not match")


def _is_integer(_: object, instance: object) -> bool:
    # JSON Schema takes 2.0 for an integer; a float would then stand where the catalogue promises an int.
    return isinstance(instance, int) and not isinstance(instance, bool)


_STRICT: Final[type[Draft202012Validator]] = validators.extend(  # type: ignore[no-untyped-call]  # untyped in the stubs
    Draft202012Validator,
    {"pattern": _matches},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)
