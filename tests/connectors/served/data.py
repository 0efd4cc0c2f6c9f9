"""The one small data set: entities `Person` by `id`, and rows `Visit` of people whose home is another source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vocabulary.catalogue import (
    FieldDeclaration,
    ReferenceDeclaration,
    RelationDeclaration,
    SourceDeclaration,
    TypeDeclaration,
    Words,
)

WORDS = Words("", "")
ODD = (
    "o'hara",
    '"; DROP TABLE person; --',
    "100%_\\",
    "汉字\u3000名",
    "👩‍👩‍👧",
    "' OR 1=1 --",
    "tab\there",
    "a\x00b",
    "",
)
MANY = 1_200

_PERSON = ("id", "name", "age", "score", "alone", "born", "seen", "area", "boss")
_P1, _P2 = "310115016003001", "310115016003002"
PEOPLE: list[dict[str, Any]] = [
    dict(zip(_PERSON, row, strict=True))
    for row in (
        ("p1", "王小明", 73, 1.5, 1, "1951-02-03", "2024-05-01T08:30:00+08:00", _P1, "p2"),
        ("p2", "王", 40, -2.0, 0, "1984-12-31", "2024-05-01T01:00:00", _P2, None),
        ("p3", None, None, None, None, None, None, None, "p1"),
        ("p4", "Wang", 40, 0.0, 0, "1984-12-30", "2024-05-01T00:30:00.000001Z", "310104", "p1"),
        ("P4", "wang", 0, 3.0, 1, "2000-01-01", "2024-04-30T23:59:59Z", "31010", "p4"),
        *((odd, odd, 7, 0.5, 0, "2020-02-29", "2020-02-29T00:00:00Z", "32", odd) for odd in ODD),
        *((f"m{i:05d}", "m", -i, 0.25, 0, "1990-01-01", "1990-01-01T00:00:00Z", "3302", None) for i in range(MANY)),
    )
]
VISITS: list[dict[str, Any]] = [
    dict(zip(("person", "day", "place"), row, strict=True))
    for row in (
        ("p1", "2024-01-02", "b"),
        ("p1", "2024-03-01", "a"),
        ("p1", None, "z"),
        ("p1", "2024-02-01", "c"),
        ("p2", None, "only"),
        ("p4", "2023-01-01", "early"),
        ("p4", "2023-01-02", None),
        *((odd, "2020-02-29", odd) for odd in ODD),
    )
]


def taken(name: str, scalar: str, column: str | None = None) -> FieldDeclaration:
    return FieldDeclaration(name, scalar, column or name, 1, WORDS)


PERSON = TypeDeclaration(
    "Person",
    "person",
    WORDS,
    key="id",
    subject="id",
    area="area",
    collection="people",
    fields=(
        taken("id", "String"),
        taken("name", "String"),
        taken("age", "Int"),
        taken("score", "Float"),
        taken("livesAlone", "Boolean", "alone"),
        taken("birthDate", "Date", "born"),
        taken("seenAt", "DateTime", "seen"),
        taken("area", "String"),
    ),
    references=(ReferenceDeclaration("boss", "Person", "id", "boss", 1, WORDS),),
)
VISIT = TypeDeclaration(
    "Visit",
    "visit",
    WORDS,
    key=None,
    subject="person",
    area=None,
    collection=None,
    fields=(taken("day", "Date"), taken("place", "String")),
    references=(ReferenceDeclaration("person", "Human", "id", "person", 1, WORDS),),
)


def relation(name: str, *, many: bool, order: tuple[str, ...] = (), bound: int = 100) -> RelationDeclaration:
    return RelationDeclaration(name, "Human", "id", "Visit", "person.id", many, order, bound, 1, WORDS)


RELATIONS = (
    relation("visits", many=True, order=("day",)),
    relation("latest", many=False, order=("-day",)),
    relation("earliest", many=False, order=("day",)),
    relation("two", many=True, order=("-day", "place"), bound=2),
    relation("any", many=False),
)


def declaration(connector: str, options: Mapping[str, object], **changes: Any) -> SourceDeclaration:
    known: dict[str, Any] = {"types": (PERSON, VISIT), "relations": RELATIONS, "timeout": 5.0, "concurrency": 2}
    return SourceDeclaration("town", "bureau", connector, options, **{**known, **changes})
