"""`exchange.yaml` read into a `Catalogue`, or refused with every mistake, its line and what to write instead.

Three judges look at the text one after the other: how it is written (`yaml_lines`), its shape (`declare_shape`, by the
published JSON Schema) and its meaning (`declare_rules`). A line that one of them has refused is not judged again by the
next, which would only repeat it in other words. What kinds of connector and of mask exist is not known here: the rooms
that have them check `connector`, `kind` and their parameters when the exchange starts.

    Exception
    └── ExchangeRefusedError    the file is not used; for the operator, it never holds a value from `options`
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from federation.schema.declare_graph import read_graph
from federation.schema.declare_problem import DeclarationProblem
from federation.schema.declare_rules import judge_meaning
from federation.schema.declare_shape import judge_shape
from federation.schema.yaml_lines import LARGEST, load
from vocabulary.area import Area
from vocabulary.catalogue import (
    Catalogue,
    CompanionDeclaration,
    ExchangeDeclaration,
    FieldDeclaration,
    MaskDeclaration,
    Organisation,
    PairDeclaration,
    ReferenceDeclaration,
    RelationDeclaration,
    Safeguard,
    SourceDeclaration,
    TypeDeclaration,
    Words,
)
from vocabulary.condition import ConditionDeclaration
from vocabulary.limits import GlassLimit, LimitsDeclaration, PrincipalLimit, SubjectBudget

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["DeclarationProblem", "ExchangeRefusedError", "parse", "read"]

_MOST_PROBLEMS: Final = 200  # of one judge: nobody reads more, and the nearest known word takes time to find
_COMPANION_WORDS: Final = frozenset({"of", "kind", "type", "level", "category", "description"})


class ExchangeRefusedError(Exception):
    """The file is wrong: all problems, in the order of their lines; `str` is one line for each."""

    def __init__(self, file: str, problems: tuple[DeclarationProblem, ...]) -> None:
        super().__init__("\n".join(f"{file}:{one.line}: {one.problem}; {one.remedy}" for one in problems))
        self.file = file
        self.problems = problems


def read(path: Path) -> Catalogue:
    """Read the file at `path`.

    Raises:
        ExchangeRefusedError: it cannot be read, is larger than 4 MiB or no UTF-8, or `parse` refuses it.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        problem = f"the file cannot be read ({error.strerror})"
        raise _refused(path.name, DeclarationProblem(1, problem, f"write the declaration to {path}")) from error
    if len(data) > LARGEST:
        problem = f"the file has more than {LARGEST} bytes"
        raise _refused(path.name, DeclarationProblem(1, problem, "write a shorter file"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _refused(path.name, DeclarationProblem(line, "this is no UTF-8", "write the file as UTF-8")) from error
    return parse(text, file=path.name)


def parse(text: str, *, file: str) -> Catalogue:
    """Read the text of an `exchange.yaml`; `file` is what its problems call it.

    Raises:
        ExchangeRefusedError: with every problem that was found (of shape and of meaning, the first 200 each).
    """
    root, written = load(text)
    problems = list(written)
    if root is not None:
        for judge in (judge_shape, judge_meaning):
            judged = {one.line for one in problems}
            problems += islice((one for one in judge(root) if one.line not in judged), _MOST_PROBLEMS)
    if root is None or problems:
        raise _refused(file, *sorted(set(problems)))
    return _catalogue(root.value)


def _refused(file: str, *problems: DeclarationProblem) -> ExchangeRefusedError:
    return ExchangeRefusedError(file, problems)


# From here on the shape is known to be right: `Any` is what the JSON Schema has vouched for.


def _catalogue(data: Any) -> Catalogue:
    return Catalogue(
        name=data["exchange"],
        operator=data["operator"],
        organisations={name: _organisation(name, one) for name, one in data["organisations"].items()},
        purposes={name: Words(**one) for name, one in data["purposes"].items()},
        roles={name: Words(**one) for name, one in data["roles"].items()},
        masks={
            name: MaskDeclaration(name, one["kind"], _without(one, {"kind"})) for name, one in data["masks"].items()
        },
        sources={name: _source(name, one) for name, one in data.get("sources", {}).items()},
        conditions={
            name: ConditionDeclaration(name, one["kind"], _without(one, {"kind"}))
            for name, one in data.get("conditions", {}).items()
        },
        safeguards=tuple(map(_safeguard, data.get("safeguards", ()))),
        limits=_limits(data.get("limits", {})),
        graph=read_graph(data["supergraph"]) if "supergraph" in data else None,
        exchanges={
            name: ExchangeDeclaration(name, one["organisation"]) for name, one in data.get("exchanges", {}).items()
        },
    )


def _safeguard(data: Mapping[str, Any]) -> Safeguard:
    return Safeguard(tuple(data["categories"]), tuple(data.get("purposes", ())), tuple(data["require"]))


def _limits(data: Mapping[str, Any]) -> LimitsDeclaration:
    subject, glass = data.get("subject"), data.get("glass")
    return LimitsDeclaration(
        principals=tuple(
            PrincipalLimit(one["purpose"], one.get("rows"), one.get("subjects"), one.get("probes"))
            for one in data.get("principals", ())
        ),
        subject=SubjectBudget(subject["disclosures"], subject["days"]) if subject else None,
        glass=GlassLimit(glass["perDay"], glass["minutes"]) if glass else GlassLimit(),
    )


def _organisation(name: str, data: Mapping[str, Any]) -> Organisation:
    return Organisation(name, Words(**data["name"]), data["contact"], tuple(map(Area.parse, data["areas"])))


def _source(name: str, data: Mapping[str, Any]) -> SourceDeclaration:
    limits = {word: data[word] for word in ("timeout", "concurrency") if word in data}
    return SourceDeclaration(
        name=name,
        owner=data["owner"],
        connector=data["connector"],
        options=data.get("options", {}),
        types=tuple(_type(of, one) for of, one in data["types"].items()),
        paired=PairDeclaration(data["paired"]["with"], data["paired"]["label"]) if "paired" in data else None,
        relations=tuple(
            _relation(field, one, owner, extension["key"])
            for owner, extension in data.get("extends", {}).items()
            for field, one in extension["relations"].items()
        ),
        **limits,
    )


def _type(name: str, data: Mapping[str, Any]) -> TypeDeclaration:
    return TypeDeclaration(
        name=name,
        table=data["table"],
        description=Words(**data["description"]),
        key=data.get("key"),
        subject=data.get("subject"),
        area=data.get("area"),
        collection=data.get("collection"),
        page_by=data.get("pageBy"),
        changed_by=data.get("changedBy"),
        fields=tuple(_field(of, one) for of, one in data["fields"].items()),
        companions=tuple(_companion(of, one) for of, one in data.get("companions", {}).items()),
        references=tuple(_reference(of, one) for of, one in data.get("references", {}).items()),
    )


def _field(name: str, data: Mapping[str, Any]) -> FieldDeclaration:
    return FieldDeclaration(
        name=name,
        scalar=data["type"],
        column=data["column"],
        level=data["level"],
        description=Words(**data["description"]),
        category=data.get("category"),
        masks=tuple(data.get("masks", ())),
        reveals=tuple(data.get("reveals", ())),
        identifier=data.get("identifier", False),
        filterable=data.get("filterable", True),
        inaccessible=data.get("inaccessible", False),
        part=data.get("part"),
        codes=tuple(data.get("codes", ())),
    )


def _companion(name: str, data: Mapping[str, Any]) -> CompanionDeclaration:
    return CompanionDeclaration(
        name=name,
        scalar=data["type"],
        of=data["of"],
        kind=data["kind"],
        parameters=_without(data, _COMPANION_WORDS),
        level=data["level"],
        description=Words(**data["description"]),
        category=data.get("category"),
    )


def _reference(name: str, data: Mapping[str, Any]) -> ReferenceDeclaration:
    return ReferenceDeclaration(
        name=name,
        type=data["type"],
        key=data["key"],
        column=data["column"],
        level=data["level"],
        description=Words(**data["description"]),
    )


def _relation(name: str, data: Mapping[str, Any], owner: str, owner_key: str) -> RelationDeclaration:
    return RelationDeclaration(
        name=name,
        owner=owner,
        owner_key=owner_key,
        type=data["type"],
        by=data["by"],
        many=data["many"],
        order=tuple(data.get("order", ())),
        bound=data.get("bound", 1),
        level=data["level"],
        description=Words(**data["description"]),
    )


def _without(data: Mapping[str, Any], words: frozenset[str] | set[str]) -> dict[str, object]:
    """The parameters: every word that is not one of those."""
    return {word: value for word, value in data.items() if word not in words}
