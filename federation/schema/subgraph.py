"""A declared source as a Federation v2 subgraph: its SDL, described with Strawberry.

Every governed field is nullable (a withheld cell is null), carries what it is governed by as directives, and its
description in both languages. Source of the directives' rules: Apollo Federation v2 subgraph specification.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import strawberry
from strawberry.federation.schema_directives import Inaccessible, Key, Shareable
from strawberry.federation.types import FieldSet
from strawberry.types.unset import UNSET

from federation.schema.composition_problem import CompositionError, CompositionFailedError
from federation.schema.directives import ActOf, CollectionOf, CompanionOf, DataArea, DataSubject, DerivedFrom, Governed
from federation.schema.dynamic_types import TypeBook
from federation.schema.facts import MUTATION
from federation.schema.filters import collection_arguments
from vocabulary.values import SCALARS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strawberry.types.arguments import StrawberryArgument
    from strawberry.types.field import StrawberryField

    from vocabulary.catalogue import (
        ActArgument,
        ActDeclaration,
        CompanionDeclaration,
        FieldDeclaration,
        ReferenceDeclaration,
        RelationDeclaration,
        SourceDeclaration,
        TypeDeclaration,
        Words,
    )

_VERSION: Final = "2.3"  # what the directives used here need; composeDirective came with 2.1


@strawberry.interface(description="实体 · What can be asked for again by its id")
class Node:
    """Relay's object identification."""

    id: strawberry.ID = strawberry.field(description="密封标识，仅限取得者使用 · Sealed: good only for its receiver")


@strawberry.type(directives=[Shareable()], description="分页信息 · Where a page stands in its list")
class PageInfo:
    """Relay's connection specification."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


def describe(source: SourceDeclaration, root_node: bool = False) -> str:  # noqa: FBT001, FBT002  (called by keyword)
    """The SDL of the source's subgraph; with `root_node` it also has `Query.node`, which one subgraph has.

    Raises:
        CompositionFailedError: UNSUPPORTED, for a declaration that SDL could not tell from another.
    """
    return _Description(source).sdl(root_node=root_node)


class _Description:
    def __init__(self, source: SourceDeclaration) -> None:
        self._source = source
        self._book = TypeBook()
        self._book.use(Node, PageInfo)

    def sdl(self, *, root_node: bool) -> str:
        types = [self._home(declared) for declared in self._source.types]
        types += [self._stub(name, key) for name, key in self._strangers().items()]
        roots = [self._collection(declared) for declared in self._source.types if declared.collection]
        if root_node:
            roots.append(self._book.field("node", "Node", arguments=[self._book.argument("id", "ID!")]))
        query = self._book.object("Query", roots) if roots else None
        acts = [self._act(declared) for declared in self._source.acts]
        mutation = self._book.object(MUTATION, acts) if acts else None
        schema = strawberry.federation.Schema(query, mutation, types=types, federation_version=_VERSION)
        return schema.as_str() + "\n"

    def _home(self, declared: TypeDeclaration) -> type:
        directives: list[object] = []
        if declared.key:
            directives.append(Key(fields=FieldSet(declared.key)))
        if declared.subject:
            directives.append(DataSubject(field=declared.subject))
        if declared.area:
            directives.append(DataArea(field=declared.area))
        givers = self._givers(declared)
        members = (*self._members(declared, givers), *self._relations(declared.name, givers))
        if givers:
            problem = f"it reveals {', '.join(sorted(givers))}, which it does not have"
            raise self._unsupported(declared.name, problem)
        return self._book.object(
            declared.name,
            members,
            description=_text(declared.description),
            directives=directives,
            implements=Node if declared.key else None,
        )

    def _members(self, declared: TypeDeclaration, givers: dict[str, list[str]]) -> Iterator[StrawberryField]:
        for item in declared.fields:
            yield self._member(item, item.scalar, [*_field_facts(item), *_derivation(givers.pop(item.name, []))])
        for companion in declared.companions:
            facts = [*_companion_facts(companion), *_derivation(givers.pop(companion.name, []))]
            yield self._member(companion, companion.scalar, facts)
        for reference in declared.references:
            facts = [Governed(level=reference.level), *_derivation(givers.pop(reference.name, []))]
            yield self._member(reference, reference.type, facts)

    def _givers(self, declared: TypeDeclaration) -> dict[str, list[str]]:
        givers: dict[str, list[str]] = {}
        for item in declared.fields:
            for name in item.reveals:
                givers.setdefault(name, []).append(item.name)
        return givers

    def _relations(self, owner: str, givers: dict[str, list[str]]) -> Iterator[StrawberryField]:
        for relation in self._source.relations:
            if relation.owner == owner:
                if not relation.many and self._source.type(relation.type).key:
                    problem = "one entity by a relation reads as a reference: declare the relation `many`"
                    raise self._unsupported(f"{owner}.{relation.name}", problem)
                type_ = f"[{relation.type}!]" if relation.many else relation.type
                facts = [Governed(level=relation.level), *_derivation(givers.pop(relation.name, []))]
                yield self._member(relation, type_, facts)

    def _member(
        self,
        item: FieldDeclaration | CompanionDeclaration | ReferenceDeclaration | RelationDeclaration,
        type_: str,
        directives: list[object],
    ) -> StrawberryField:
        return self._book.field(item.name, type_, _text(item.description), directives)

    def _strangers(self) -> dict[str, str]:
        """Entities whose home is another source, with the key by which this one knows them."""
        known = [(relation.owner, relation.owner_key) for relation in self._source.relations]
        known += [(one.type, one.key) for declared in self._source.types for one in declared.references]
        at_home = {declared.name for declared in self._source.types}
        strangers: dict[str, str] = {}
        for name, key in known:
            if name not in at_home and strangers.setdefault(name, key) != key:
                raise self._unsupported(name, f"it is known here by two keys, {strangers[name]} and {key}")
        return strangers

    def _stub(self, name: str, key: str) -> type:
        relations = list(self._relations(name, {}))
        # Without a field of its own there is nothing here that the exchange could fetch for the entity.
        directive = Key(fields=FieldSet(key), resolvable=bool(relations))
        return self._book.object(name, (self._book.field(key, "String"), *relations), directives=[directive])

    def _collection(self, declared: TypeDeclaration) -> StrawberryField:
        name = declared.name
        if declared.page_by is None:
            raise self._unsupported(f"Query.{declared.collection}", "it names no field to page by")
        field = self._book.field
        self._book.object(f"{name}Edge", (field("cursor", "String!"), field("node", name)))
        connection = (field("edges", f"[{name}Edge!]"), field("nodes", f"[{name}!]"), field("pageInfo", "PageInfo!"))
        self._book.object(f"{name}Connection", connection)
        return field(
            str(declared.collection),
            f"{name}Connection",
            _text(declared.description),
            [CollectionOf(of=name, page_by=declared.page_by)],
            arguments=collection_arguments(self._book, declared),
        )

    def _act(self, act: ActDeclaration) -> StrawberryField:
        coordinate = f"{MUTATION}.{act.name}"
        entities = {declared.name for declared in self._source.types if declared.key}
        if act.type not in entities:
            raise self._unsupported(coordinate, f"it returns {act.type}, which is no entity of this source")
        # A name that comes twice would stand in the graph once, with what was declared last.
        self._check_once(MUTATION, [declared.name for declared in self._source.acts])
        self._check_once(coordinate, [argument.name for argument in act.arguments])
        arguments = [self._argument(coordinate, argument) for argument in act.arguments]
        return self._book.field(
            act.name, act.type, _text(act.description), [ActOf(level=act.level)], arguments=arguments
        )

    def _argument(self, coordinate: str, argument: ActArgument) -> StrawberryArgument:
        if argument.scalar not in {*SCALARS, "ID"} or (argument.many and argument.scalar != "String"):
            problem = "an act is told scalars, ids and lists of strings"
            raise self._unsupported(f"{coordinate}({argument.name}:)", problem)
        type_ = f"[{argument.scalar}!]" if argument.many else argument.scalar
        required = "!" if argument.required else ""
        return self._book.argument(argument.name, f"{type_}{required}", description=_text(argument.description))

    def _check_once(self, coordinate: str, names: list[str]) -> None:
        for name in sorted({name for name in names if names.count(name) > 1}):
            raise self._unsupported(coordinate, f"it declares {name} twice")

    def _unsupported(self, coordinate: str, problem: str) -> CompositionFailedError:
        message = f"{self._source.name}: {coordinate}: {problem}"
        return CompositionFailedError([CompositionError("UNSUPPORTED", message)])


def _field_facts(item: FieldDeclaration) -> list[object]:
    governed = Governed(
        level=item.level,
        category=item.category or UNSET,
        masks=list(item.masks) or UNSET,
        identifier=item.identifier or UNSET,
    )
    return [governed, Inaccessible()] if item.inaccessible else [governed]


def _companion_facts(item: CompanionDeclaration) -> list[object]:
    parameters = json.dumps(dict(item.parameters), ensure_ascii=False, sort_keys=True)
    companion = CompanionOf(of=item.of, kind=item.kind, parameters=parameters)
    return [Governed(level=item.level, category=item.category or UNSET), companion]


def _derivation(givers: list[str]) -> list[object]:
    return [DerivedFrom(fields=givers)] if givers else []


def _text(words: Words) -> str:
    return f"{words.zh} · {words.en}"
