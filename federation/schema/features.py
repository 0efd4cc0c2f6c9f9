"""The specifications that a supplied supergraph uses, under whatever names: the document made anew under their own.

Source: the link specification v1.0 (specs.apollo.dev/link). A name may be that of another specification (`as`), or
imported under another one (`import`); whoever looked for `@authenticated` alone would not see what stands there as
`@login`. So everything is renamed once, before anybody reads it, and what is not understood is refused: features `for:
SECURITY` or `for: EXECUTION` without which a graph must not be used, and a security directive that no link explains.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from graphql import (
    DirectiveNode,
    DocumentNode,
    NameNode,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    Visitor,
    value_from_ast_untyped,
    visit,
)

from federation.schema.composition_problem import CompositionError, CompositionFailedError
from federation.schema.links import FEDERATION, Link, Links, read_links

APOLLO: Final = "https://specs.apollo.dev/"
UNDERSTOOD: Final = {
    "link": {"1.0"},
    "join": {"0.3", "0.4", "0.5"},
    "inaccessible": {"0.1", "0.2"},
    "authenticated": {"0.1"},
    "requiresScopes": {"0.1"},
    "policy": {"0.1"},
}
"""The specifications that are acted upon, in these versions."""
NARROWING: Final = ("authenticated", "requiresScopes", "policy")
_SECURITY: Final = (*NARROWING, "inaccessible")
_LINK: Final = re.compile(re.escape(APOLLO) + r"link/v[0-9]+[.][0-9]+")
_CORE: Final = re.compile(re.escape(APOLLO) + r"core/v[0-9]+[.][0-9]+")


def canonical(document: DocumentNode) -> DocumentNode:
    """The document with every element of a specification under its own name (`join__type`, `authenticated`).

    Types of specifications other than join's and link's are left out: no field of the graph has them.

    Raises:
        CompositionFailedError: INVALID_LINK_DIRECTIVE_USAGE; UNSUPPORTED for what must be understood and is not.
    """
    document = _with_link(document)
    links = read_links(document, "supergraph")
    _refuse(_features(links))
    named = _Names(links)
    _refuse(named.strangers(document))
    kept = [one for one in document.definitions if not named.is_machinery(one)]
    renamed: DocumentNode = visit(replace(document, definitions=tuple(kept)), _Renaming(named.directive, named.type))
    return renamed


def _with_link(document: DocumentNode) -> DocumentNode:
    """The document in which `@link` is called so."""
    schemas = [one for one in document.definitions if isinstance(one, SchemaDefinitionNode)]
    for directive in (one for schema in schemas for one in schema.directives or ()):
        given = {one.name.value: value_from_ast_untyped(one.value) for one in directive.arguments or ()}
        name = directive.name.value
        if _LINK.fullmatch(str(given.get("url"))) and name == (given.get("as") or "link"):
            return document if name == "link" else _link_renamed(document, name)
        if _CORE.fullmatch(str(given.get("feature"))):
            raise _unsupported(["a supergraph of Federation 1 (@core): compose it anew with Federation 2"])
    raise _unsupported([f'a schema without @link(url: "{APOLLO}link/v1.0"): it says not how it is to be read'])


def _link_renamed(document: DocumentNode, name: str) -> DocumentNode:
    """`@core(url: …, as: "core")`, which names itself so, as `@link`, its types with it."""

    def directive(one: str) -> str:
        return "link" if one == name else one

    def type_(one: str) -> str:
        return f"link__{one.removeprefix(f'{name}__')}" if one.startswith(f"{name}__") else one

    renamed: DocumentNode = visit(document, _Renaming(directive, type_))
    return renamed


def _features(links: Links) -> list[str]:
    """What the graph must not be used without, and is not understood."""
    problems = []
    for link in links:
        name = _own_name(link)
        is_known = link.identity == f"{APOLLO}{name}" and link.version in UNDERSTOOD.get(name, ())
        is_needed = link.purpose is not None or (link.identity.startswith(APOLLO) and name in UNDERSTOOD)
        if is_needed and not is_known:
            problems.append(f"{link.url}, which this graph must not be used without")
    if not any(link.identity == f"{APOLLO}join" for link in links):
        problems.append(f"a schema without {APOLLO}join: it is no supergraph")
    return problems


def _own_name(link: Link) -> str:
    """The name of a specification, as its URL has it."""
    return link.identity.rpartition("/")[2]


class _Names:
    """What each name of a document stands for."""

    def __init__(self, links: Links) -> None:
        self._links = links

    def directive(self, name: str) -> str:
        """The canonical name of a directive."""
        resolved = self._links.resolve(name)
        if resolved is None:
            return name
        link, meant = resolved
        own = _own_name(link)
        if meant == link.namespace and f"@{name}" not in link.imports:
            meant = own  # named like its specification, by whatever name that has here
        if link.identity == FEDERATION and meant in _SECURITY:
            return meant
        if not link.identity.startswith(APOLLO):
            return f"foreign__{name}" if name in _SECURITY or name.startswith(("join__", "link__")) else name
        return own if meant == own else f"{own}__{meant}"

    def type(self, name: str) -> str:
        """The canonical name of a type."""
        for link in self._links:
            own = _own_name(link)
            if (imported := link.imports.get(name)) is not None:
                return f"{own}__{imported}"
            if name.startswith(f"{link.namespace}__"):
                return f"{own}__{name.removeprefix(f'{link.namespace}__')}"
        return name

    def is_machinery(self, definition: Any) -> bool:
        """Whether a definition is a type of a specification that nothing of the graph is made of."""
        if not isinstance(definition, TypeDefinitionNode):
            return False
        name = definition.name.value
        of = [one for one in self._links if name in one.imports or name.startswith(f"{one.namespace}__")]
        return bool(of) and not self.type(name).startswith(("join__", "link__"))

    def strangers(self, document: DocumentNode) -> list[str]:
        """Directives that look like security, and that no link explains; and what Apollo Connectors would need."""
        found = _Applied()
        visit(document, found)
        problems = []
        for name in sorted(found.directives):
            is_linked = self._links.resolve(name) is not None
            if name in _SECURITY and not is_linked:
                problems.append(f"@{name}, which no @link explains")
            if self.directive(name) == "join__directive":
                problems.append("@join__directive: what a connector or another specification would have to do")
        return problems


class _Applied(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.directives: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        self.directives.add(node.name.value)


class _Renaming(Visitor):
    """Renames directives and types, and nothing else: a field may be called as it likes."""

    def __init__(self, directive: Callable[[str], str], type_: Callable[[str], str]) -> None:
        super().__init__()
        self._directive = directive
        self._type = type_

    def leave_directive(self, node: Any, *_: object) -> Any:
        return replace(node, name=NameNode(value=self._directive(node.name.value)))

    def leave_directive_definition(self, node: Any, *_: object) -> Any:
        return replace(node, name=NameNode(value=self._directive(node.name.value)))

    def leave_named_type(self, node: Any, *_: object) -> Any:
        return replace(node, name=NameNode(value=self._type(node.name.value)))

    def leave_enum_type_definition(self, node: Any, *_: object) -> Any:
        return replace(node, name=NameNode(value=self._type(node.name.value)))

    def leave_scalar_type_definition(self, node: Any, *_: object) -> Any:
        return replace(node, name=NameNode(value=self._type(node.name.value)))

    def leave_input_object_type_definition(self, node: Any, *_: object) -> Any:
        return replace(node, name=NameNode(value=self._type(node.name.value)))


def _unsupported(problems: list[str]) -> CompositionFailedError:
    return CompositionFailedError([CompositionError("UNSUPPORTED", one) for one in problems])


def _refuse(problems: list[str]) -> None:
    if problems:
        raise _unsupported(problems)
