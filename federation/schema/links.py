"""`@link`: which directive of which specification a name in a schema stands for.

Source: the link specification v1.0 (specs.apollo.dev/link). An element is named by its import (`@key`, or as renamed
there), else by the namespace of its specification (`@federation__key`); a directive of the same name as its
specification needs neither (`@inaccessible`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from graphql import (
    ConstDirectiveNode,
    ConstValueNode,
    DocumentNode,
    ListValueNode,
    ObjectValueNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    value_from_ast_untyped,
)

from federation.schema.composition_problem import CompositionError, CompositionFailedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FEDERATION: Final = "https://specs.apollo.dev/federation"
_URL: Final = re.compile(r"(?P<identity>https?://.+/(?P<name>[A-Za-z_][A-Za-z0-9_-]*))/v(?P<version>[0-9]+\.[0-9]+)")


@dataclass(frozen=True, slots=True)
class Link:
    """One specification that a schema uses. `imports`: name here → name there, directives with their `@`."""

    url: str
    identity: str
    version: str
    namespace: str
    imports: Mapping[str, str]
    purpose: str | None


class Links:
    """All specifications that a schema uses."""

    def __init__(self, links: Iterable[Link]) -> None:
        self._links = tuple(links)

    def __iter__(self) -> Iterator[Link]:
        return iter(self._links)

    def resolve(self, directive: str) -> tuple[Link, str] | None:
        """The specification of a directive and its name there, both names without `@`; None: the schema's own."""
        for link in self._links:
            if (imported := link.imports.get(f"@{directive}")) is not None:
                return link, imported.removeprefix("@")
        for link in self._links:
            if directive.startswith(f"{link.namespace}__"):
                return link, directive.removeprefix(f"{link.namespace}__")
            if directive == link.namespace:
                return link, directive
        return None

    def canonical(self, directive: str) -> str:
        """`federation__key` for whatever the schema calls it; other names as they are."""
        resolved = self.resolve(directive)
        return f"federation__{resolved[1]}" if resolved and resolved[0].identity == FEDERATION else directive


def read_links(document: DocumentNode, where: str) -> Links:
    """Read the `@link` directives of a schema definition; `where` begins each error.

    Raises:
        CompositionFailedError: INVALID_LINK_DIRECTIVE_USAGE.
    """
    links: list[Link] = []
    for definition in document.definitions:
        if isinstance(definition, SchemaDefinitionNode | SchemaExtensionNode):
            links += [_read(one, where) for one in definition.directives or () if one.name.value == "link"]
    _refuse_twins(links, where)
    return Links(links)


def _read(directive: ConstDirectiveNode, where: str) -> Link:
    arguments = {argument.name.value: argument.value for argument in directive.arguments or ()}
    values = {name: value_from_ast_untyped(value) for name, value in arguments.items() if name != "import"}
    matched = _URL.fullmatch(url := str(values.get("url")))
    if matched is None:
        raise _wrong(where, f"{url!r} is no specification: write https://…/name/v1.0")
    return Link(
        url=url,
        identity=matched["identity"],
        version=matched["version"],
        namespace=str(values.get("as") or matched["name"]),
        imports=dict(_imports(arguments.get("import"), where)),
        purpose=values.get("for"),
    )


def _imports(node: ConstValueNode | None, where: str) -> Iterator[tuple[str, str]]:
    for item in node.values if isinstance(node, ListValueNode) else ():
        value = value_from_ast_untyped(item)
        if isinstance(value, str):
            yield value, value
        elif isinstance(item, ObjectValueNode) and isinstance(name := value.get("name"), str):
            yield str(value.get("as") or name), name
        else:
            raise _wrong(where, 'an import is "@name" or {name: "@name", as: "@other"}')


def _refuse_twins(links: list[Link], where: str) -> None:
    """A name that stood for two things would be read as the first of them: governance could be hidden behind it."""
    names = [name for link in links for name in (link.namespace, *link.imports)]
    for name in sorted({name for name in names if names.count(name) > 1}):
        raise _wrong(where, f"{name} is linked twice")


def _wrong(where: str, problem: str) -> CompositionFailedError:
    return CompositionFailedError([CompositionError("INVALID_LINK_DIRECTIVE_USAGE", f"{where}: @link: {problem}")])
