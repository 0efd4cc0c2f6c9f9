"""What a list of people is asked with: a document made from what could be seen, and filters that would not be refused.

Names come from the visible schema and stand in the document; whatever a person types is a variable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from portal.forms import Form
from vocabulary.outlook import WITHHELD, FieldOutlook, Outlook, TypeOutlook

ROWS: Final = 20
_OWN: Final = ("scalar", "companion")
_LINKS: Final = ("relation", "reference")
_NUMBERS: Final = ("Int", "Float")


class NotAFilterError(ValueError):
    """What somebody typed can't be a value of that field; `name` is the field's."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Filter:
    """One input of the search form. `way`: area, choice, flag, number, day, text or prefix; `name` is the input's."""

    field: FieldOutlook
    operator: str
    way: str

    @property
    def name(self) -> str:
        """How the form calls it."""
        return f"f.{self.field.name}.{self.operator}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A document with its variables."""

    document: str
    variables: Mapping[str, Any]


def people_of(outlook: Outlook) -> tuple[TypeOutlook, ...]:
    """The types of data subjects that could be listed and of which anything would be shown."""
    return tuple(one for one in outlook.types.values() if one.is_person and one.collection and one.is_open)


def own_fields(kind: TypeOutlook) -> tuple[FieldOutlook, ...]:
    """The fields of a row itself."""
    return tuple(one for one in kind.fields.values() if one.kind in _OWN)


def links(kind: TypeOutlook, outlook: Outlook) -> tuple[FieldOutlook, ...]:
    """The fields that lead to rows which belong to this one, or to other people."""
    return tuple(one for one in kind.fields.values() if one.kind in _LINKS and one.type in outlook.types)


def filters_of(kind: TypeOutlook) -> tuple[Filter, ...]:
    """The inputs of the search form: only such as the exchange would take from this person for this purpose."""
    return tuple(one for field in kind.fields.values() for one in _filters(kind, field))


def _filters(kind: TypeOutlook, field: FieldOutlook) -> Iterator[Filter]:
    if not field.operators:
        return
    if field.name == kind.area and "within" in field.operators:
        yield Filter(field, "within", "area")
    elif field.options and "in" in field.operators:
        yield Filter(field, "in", "choice")
    elif field.type == "Boolean" and "eq" in field.operators:
        yield Filter(field, "eq", "flag")
    elif field.type in _NUMBERS:
        yield from (Filter(field, one, "number") for one in ("gte", "lte") if one in field.operators)
    elif field.type == "Date":
        yield from (Filter(field, one, "day") for one in ("gte", "lte") if one in field.operators)
    elif field.type == "String" and "startsWith" in field.operators:
        yield Filter(field, "startsWith", "prefix")
    elif field.type == "String" and "eq" in field.operators:
        yield Filter(field, "eq", "text")


def searched(kind: TypeOutlook, form: Form) -> tuple[tuple[str, str], ...]:
    """What of a form the search is made of, to be sent along from page to page: nothing that is no filter here."""
    names = {one.name for one in filters_of(kind)}
    return tuple((name, value) for name, value in form.fields if name in names and value.strip())


def list_question(kind: TypeOutlook, form: Form, after: str) -> Asked:
    """A page of the list, filtered as the form says.

    Raises:
        NotAFilterError: a field of the form that holds no value of its kind.
    """
    where: dict[str, dict[str, Any]] = {}
    for one in filters_of(kind):
        if (value := _value(one, form)) is not None:
            where.setdefault(one.field.name, {})[one.operator] = value
    fields = " ".join(one.name for one in own_fields(kind))
    filtered = bool(filters_of(kind))
    document = (
        f"query List($first: Int!, $after: String{f', $where: {kind.name}Where' if filtered else ''}) {{ "
        f"{kind.collection}(first: $first, after: $after{', where: $where' if filtered else ''}) {{ "
        f"nodes {{ id {fields} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    )
    variables: dict[str, Any] = {"first": ROWS, "after": after or None}
    return Asked(document, variables | ({"where": where} if filtered else {}))


def one_question(kind: TypeOutlook, outlook: Outlook, sealed: str) -> Asked:
    """One person by a sealed id, with what belongs to them."""
    parts = [one.name for one in own_fields(kind)]
    for link in links(kind, outlook):
        inner = " ".join(one.name for one in own_fields(outlook.types[link.type]))
        if inner:
            parts.append(f"{link.name} {{ {inner} }}")
    document = f"query One($id: ID!) {{ node(id: $id) {{ ... on {kind.name} {{ id {' '.join(parts)} }} }} }}"
    return Asked(document, {"id": sealed})


def shown(fields: tuple[FieldOutlook, ...]) -> tuple[FieldOutlook, ...]:
    """Those that some row shows somehow."""
    return tuple(one for one in fields if one.way != WITHHELD)


def _value(one: Filter, form: Form) -> Any:
    given = form.all(one.name)
    if not given:
        return None
    match one.way:
        case "area":
            return [part for text in given for part in text.replace("，", ",").replace("、", ",").split(",") if part]
        case "choice":
            if any(text not in one.field.options for text in given):
                raise NotAFilterError(one.field.name)
            return list(given)
        case "flag":
            if given[0] not in {"true", "false"}:
                raise NotAFilterError(one.field.name)
            return given[0] == "true"
        case "number":
            try:
                return int(given[0]) if one.field.type == "Int" else float(given[0])
            except ValueError:
                raise NotAFilterError(one.field.name) from None
        case _:
            return given[0]
