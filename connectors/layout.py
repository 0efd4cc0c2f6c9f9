"""Where the fields of a request are found in a source, as its declaration says."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.errors import DeclarationError, GapKind, UnsupportedError
from vocabulary.catalogue import RelationDeclaration, SourceDeclaration, TypeDeclaration
from vocabulary.fetch import Fetch


@dataclass(frozen=True, slots=True)
class Taken:
    """The column that a field is taken from. `scalar` None: the key of an entity whose home is another source.

    `compared`: the column that holds the same as something that compares as its scalar does, where that is another.
    """

    column: str
    scalar: str | None
    compared: str | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """How a request reaches its rows.

    `key` is the field of the rows that holds the keys asked for (`identityNo`, `resident.identityNo`); None for a
    root collection. `relation` None with a `key`: the rows are the entities themselves, and the key is unique.
    `identifiers`: which of the fields asked for are texts by which somebody or something is told from others.
    """

    declared: TypeDeclaration
    layout: dict[str, Taken]
    key: str | None = None
    relation: RelationDeclaration | None = None
    identifiers: tuple[int, ...] = ()


def layout(declaration: SourceDeclaration, declared: TypeDeclaration) -> dict[str, Taken]:
    """Every field that a request may name: scalars, and references as `reference.key`."""
    taken = {item.name: Taken(item.column, item.scalar) for item in declared.fields}
    for item in declared.references:
        taken[f"{item.name}.{item.key}"] = Taken(item.column, _scalar(declaration, item.type, item.key))
    return taken


def resolve(declaration: SourceDeclaration, request: Fetch) -> Access:
    """Find what a request names.

    Raises:
        UnsupportedError: it names what the declaration does not have, or what no source may be asked for.
    """
    source = declaration.name
    try:
        declared = declaration.type(request.type)
        relation = None
        if request.via is not None and request.via.field is not None:
            relation = declaration.relation(request.via.type, request.via.field)
    except KeyError as missing:
        raise UnsupportedError(source, GapKind.NEVER, f"nothing is declared as {missing}") from None
    known = layout(declaration, declared)
    key = None if request.via is None else request.via.key if relation is None else relation.by
    named = (*request.fields, *(term.field for term in request.order), *((key,) if key is not None else ()))
    for name in named:
        if name not in known:
            raise UnsupportedError(source, GapKind.NEVER, f"{request.type} declares no field {name}")
    if request.via is not None and (request.limit or request.order):
        raise UnsupportedError(source, GapKind.NEVER, "rows reached by keys have their relation's own order and bound")
    return Access(declared, known, key, relation, _identifiers(declared, known, request))


def _identifiers(declared: TypeDeclaration, known: dict[str, Taken], request: Fetch) -> tuple[int, ...]:
    telling = {item.name for item in declared.fields if item.identifier or item.name == declared.key}
    telling |= {f"{item.name}.{item.key}" for item in declared.references}
    texts = {name for name in telling if known[name].scalar in {"String", None}}
    return tuple(at for at, field in enumerate(request.fields) if field in texts)


def check_relations(declaration: SourceDeclaration) -> None:
    """See that each relation names fields of its type; DeclarationError says which does not."""
    for relation in declaration.relations:
        where = f"source {declaration.name}: relation {relation.owner}.{relation.name}"
        try:
            known = layout(declaration, declaration.type(relation.type))
        except KeyError:
            raise DeclarationError(f"{where}: {relation.type} is no type of this source") from None
        for name in (relation.by, *(term.removeprefix("-") for term in relation.order)):
            if name not in known:
                raise DeclarationError(f"{where}: {relation.type} has no {name}; write one of: {', '.join(known)}")


def _scalar(declaration: SourceDeclaration, type_name: str, key: str) -> str | None:
    for declared in declaration.types:
        if declared.name == type_name:
            for item in declared.fields:
                if item.name == key:
                    return item.scalar
    return None
