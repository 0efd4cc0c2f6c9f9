"""A declaration held against the SDL of its subgraph: what it takes is there, can be asked for by key, and fits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from connectors.entities import Names
from connectors.errors import DeclarationError
from connectors.layout import layout
from connectors.sdl import RemoteField, RemoteType, Sdl
from vocabulary.catalogue import RelationDeclaration, SourceDeclaration, TypeDeclaration

MOST_NAMED: Final = 60
LONGEST_NAME: Final = 64
_FITTING: Final[Mapping[str | None, tuple[str, ...]]] = {
    "String": ("String", "ID"),
    "Int": ("Int",),
    "Float": ("Float", "Int"),
    "Boolean": ("Boolean",),
    "Date": ("Date", "String"),
    "DateTime": ("DateTime", "String"),
    None: ("ID", "String", "Int"),  # a key whose scalar another source declares
}
_OWN: Final = frozenset({"String", "ID", "Int", "Float", "Boolean"})


def check_subgraph(declaration: SourceDeclaration, names: Names, sdl: Sdl) -> None:
    """See that the subgraph has what is taken from it.

    Raises:
        DeclarationError: it has not; the text says what to write instead.
    """
    for declared in declaration.types:
        _Check(declaration, sdl, f"type {declared.table} (type {declared.name})", declared.table).own(declared)
    for relation in declaration.relations:
        owner = names.of(relation.owner)
        of = f"type {owner} (owner of {relation.owner}.{relation.name})"
        _Check(declaration, sdl, of, owner).relation(relation, names)


class _Check:
    """Looks at one type of the subgraph."""

    def __init__(self, declaration: SourceDeclaration, sdl: Sdl, of: str, name: str) -> None:
        self._declaration = declaration
        self._sdl = sdl
        self._where = f"source {declaration.name}: {of}"
        if name not in sdl.types:
            raise DeclarationError(f"{self._where} is not there; write one of: {_some(sdl.names)}")
        self._type: RemoteType = sdl.types[name]

    def own(self, declared: TypeDeclaration) -> None:
        taken = layout(self._declaration, declared)
        for field, one in taken.items():
            found = self._field(one.column, f"field {field}")
            fitting = _FITTING[one.scalar]
            sdl = self._sdl
            custom = (sdl.scalars | sdl.enums) - _OWN if one.scalar in {"String", None} else set[str]()
            if found.is_list or found.type not in {*fitting, *custom}:
                shape = f"[{_short(found.type)}]" if found.is_list else _short(found.type)
                raise DeclarationError(
                    f"{self._where}: {one.column} (field {field}) is {shape} there, declared {one.scalar or 'a key'}; "
                    f"write a field of type {' or '.join(fitting)}"
                )
        if declared.key is not None:
            self._key(taken[declared.key].column)

    def relation(self, relation: RelationDeclaration, names: Names) -> None:
        key, name = names.of(relation.owner, relation.owner_key), names.of(relation.owner, relation.name)
        found = self._field(name, f"relation {relation.owner}.{relation.name}")
        table = self._declaration.type(relation.type).table
        if found.type != table or (relation.many and not found.is_list):
            leads = f"leads to {'many' if found.is_list else 'one'} {_short(found.type)}"
            wanted = f"{'a list of ' if relation.many else ''}{table}"
            raise DeclarationError(
                f"{self._where}: {name} {leads} there; declare another relation, or have it be {wanted}"
            )
        self._key(key)

    def _field(self, path: str, of: str) -> RemoteField:
        """Follow a path of fields, through single objects."""
        *way, last = path.split(".")
        type_ = self._type
        for step in way:
            found = self._member(type_, step, path, of)
            if found.is_list or found.type not in self._sdl.types:
                raise DeclarationError(f"{self._where}: {step} of {path} ({of}) leads to no single object there")
            type_ = self._sdl.types[found.type]
        return self._member(type_, last, path, of)

    def _member(self, type_: RemoteType, name: str, path: str, of: str) -> RemoteField:
        found = type_.fields.get(name)
        if found is None:
            missing = path if name == path else f"{name}, as in {path}"
            known = [one for one, facts in type_.fields.items() if facts.hindrance is None]
            raise DeclarationError(f"{self._where} has no field {missing} ({of}); write one of: {_some(known)}")
        if found.hindrance is not None:
            known = [one for one, facts in type_.fields.items() if facts.hindrance is None]
            problem = f"{name} ({of}) {found.hindrance}, so that it cannot be asked for by a key alone"
            raise DeclarationError(f"{self._where}: {problem}; write one of: {_some(known)}")
        return found

    def _key(self, name: str) -> None:
        if name in self._type.keys:
            return
        if name in self._type.unresolvable:
            raise DeclarationError(
                f'{self._where} has @key(fields: "{name}", resolvable: false): another subgraph resolves it; '
                "leave it out, or ask for it to be made resolvable"
            )
        single = [key for key in self._type.keys if " " not in key]
        known = f"write one of: {_some(single)}" if single else f'ask for @key(fields: "{name}") in the subgraph'
        raise DeclarationError(f"{self._where} cannot be asked for by {name}: that is no @key of it; {known}")


def _some(names: Collection[str]) -> str:
    """Names of the subgraph's making, which may be many and long."""
    shown = [_short(name) for name in list(names)[:MOST_NAMED]]
    return ", ".join(shown) + (", …" if len(names) > MOST_NAMED else "") or "(none is there)"


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
