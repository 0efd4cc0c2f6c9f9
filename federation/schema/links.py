"""`@link`: which directive of which specification a name in a schema stands for.

Source: the link specification v1.0 (specs.apollo.dev/link). An element is named by its import (`@key`, or as renamed
there), else by the namespace of its specification (`@federation__key`); a directive of the same name as its
specification needs neither (`@inaccessible`). A schema without a link to federation is one of Federation v1, where
these directives have their plain names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from graphql import (
    ConstDirectiveNode,
    ConstValueNode,
    DirectiveDefinitionNode,
    DocumentNode,
    ListValueNode,
    ObjectValueNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    value_from_ast_untyped,
)

from federation.schema.composition_problem import CompositionError, CompositionFailedError
from federation.schema.specs import (
    FEATURES,
    FEDERATION_1,
    FEDERATION_1_IF_DEFINED,
    SCALARS,
    element_names,
    is_known_version,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

APOLLO: Final = "https://specs.apollo.dev/"
FEDERATION: Final = f"{APOLLO}federation"
LINK: Final = f"{APOLLO}link"
_VERSION: Final = re.compile(r"v([0-9]+)\.([0-9]+)")


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
    """All specifications that a schema uses.

    `directive` is what `@link` itself is called in the schema, `defined` the directives that it defines itself.
    """

    def __init__(self, links: Iterable[Link], directive: str = "link", defined: frozenset[str] = frozenset()) -> None:
        self._links = tuple(links)
        self.directive = directive
        self._defined = defined

    def __iter__(self) -> Iterator[Link]:
        return iter(self._links)

    @property
    def federation(self) -> tuple[int, int] | None:
        """The version of Federation v2 that the schema is written for; None: Federation v1."""
        for link in self._links:
            if link.identity == FEDERATION:
                major, _, minor = link.version.partition(".")
                return int(major), int(minor)
        return None

    def resolve(self, directive: str) -> tuple[Link, str] | None:
        """The specification of a directive and its name there, both names without `@`; None: the schema's own."""
        for link in self._links:
            if (imported := link.imports.get(f"@{directive}")) is not None:
                return link, imported.removeprefix("@")
        for link in self._links:
            if directive.startswith(f"{link.namespace}__"):
                return link, directive.removeprefix(f"{link.namespace}__")
            if directive == link.namespace:
                return link, directive if link.identity.endswith(f"/{directive}") else link.identity.rpartition("/")[2]
        return None

    def canonical(self, directive: str) -> str:
        """`federation__key` for whatever the schema calls it; other names as they are."""
        resolved = self.resolve(directive)
        if resolved is None:
            names = FEDERATION_1 | (FEDERATION_1_IF_DEFINED & self._defined)
            return f"federation__{directive}" if self.federation is None and directive in names else directive
        link, name = resolved
        is_feature = link.identity.removeprefix(APOLLO) in FEATURES
        return f"federation__{name}" if link.identity == FEDERATION or is_feature else directive

    def machinery(self) -> frozenset[str]:
        """The names that the types of Apollo's specifications have in the schema: field sets, scopes, imports."""
        names = {"link__Import", "link__Purpose", *(f"federation__{name}" for name in SCALARS)}
        for link in self._links:
            if link.identity.startswith(APOLLO):
                names |= {f"{link.namespace}__{name}" for name in (*SCALARS, "Import", "Purpose")}
                names |= {here for here in link.imports if not here.startswith("@")}
        return frozenset(names)


def read_links(document: DocumentNode, where: str) -> Links:
    """Read the `@link` directives of a schema definition; `where` begins each error.

    Raises:
        CompositionFailedError: INVALID_LINK_DIRECTIVE_USAGE; INVALID_LINK_IDENTIFIER for a URL that is none;
            UNKNOWN_LINK_VERSION and UNKNOWN_FEDERATION_LINK_VERSION.
    """
    applied = [
        directive
        for definition in document.definitions
        if isinstance(definition, SchemaDefinitionNode | SchemaExtensionNode)
        for directive in definition.directives or ()
    ]
    name = _own_name(applied)
    links = [_read(one, where) for one in applied if one.name.value == name]
    _refuse_twins(links, where)
    defined = (one.name.value for one in document.definitions if isinstance(one, DirectiveDefinitionNode))
    return Links(links, name, frozenset(defined))


def _own_name(applied: Iterable[ConstDirectiveNode]) -> str:
    """What `@link` is called: a schema links it under another name by that other name."""
    for directive in applied:
        values = {one.name.value: value_from_ast_untyped(one.value) for one in directive.arguments or ()}
        if str(values.get("url")).startswith(f"{LINK}/") and values.get("as", "link") == directive.name.value:
            return directive.name.value
    return "link"


def _read(directive: ConstDirectiveNode, where: str) -> Link:
    arguments = {argument.name.value: argument.value for argument in directive.arguments or ()}
    values = {name: value_from_ast_untyped(value) for name, value in arguments.items() if name != "import"}
    url = str(values.get("url"))
    identity, name, version = _parsed(url, where)
    known = element_names(identity.removeprefix(APOLLO), version) if identity.startswith(APOLLO) else None
    imports = list(_imports(arguments.get("import"), where, known))
    if twins := {here for here, meant in imports for again, other in imports if here == again and meant != other}:
        raise _wrong(where, f"{', '.join(sorted(twins))} is linked twice")
    return Link(
        url=url,
        identity=identity,
        version=version,
        namespace=str(values.get("as") or name),
        imports=dict(imports),
        purpose=values.get("for"),
    )


def _parsed(url: str, where: str) -> tuple[str, str, str]:
    """A URL's identity, name and version."""
    parts = urlsplit(url)
    path, _, last = parts.path.rpartition("/")
    name, version = path.rpartition("/")[2], _VERSION.fullmatch(last)
    if not parts.scheme or not name or version is None:
        problem = f"{where}: @link: {url!r} is no specification: write https://…/name/v1.0"
        raise _failed("INVALID_LINK_IDENTIFIER", problem)
    identity, number = url.rpartition("/")[0], ".".join(version.groups())
    if identity == FEDERATION and not is_known_version("federation", number):
        raise _failed("UNKNOWN_FEDERATION_LINK_VERSION", f"{where}: @link: {url!r} is no version of Federation v2")
    if identity == LINK and not is_known_version("link", number):
        raise _failed("UNKNOWN_LINK_VERSION", f"{where}: @link: {url!r} is no version of @link")
    return identity, name, number


def _imports(node: ConstValueNode | None, where: str, known: frozenset[str] | None) -> Iterator[tuple[str, str]]:
    for item in node.values if isinstance(node, ListValueNode) else ():
        value = value_from_ast_untyped(item)
        if isinstance(value, str):
            here, name = value, value
        elif isinstance(item, ObjectValueNode) and isinstance(name := value.get("name"), str):
            here = str(value.get("as") or name)
        else:
            raise _wrong(where, 'an import is "@name" or {name: "@name", as: "@other"}')
        if name.startswith("@") != here.startswith("@"):
            raise _wrong(where, f"{name} is imported as {here}: both begin with @ or neither does")
        if known is not None and name not in known:
            raise _wrong(where, f"{name} is nothing of that specification in that version")
        yield here, name


def _refuse_twins(links: list[Link], where: str) -> None:
    """A name that stood for two things would be read as the first of them: governance could be hidden behind it."""
    names = [name for link in links for name in (link.namespace, *link.imports)]
    for name in sorted({name for name in names if names.count(name) > 1}):
        raise _wrong(where, f"{name} is linked twice")


def _wrong(where: str, problem: str) -> CompositionFailedError:
    return _failed("INVALID_LINK_DIRECTIVE_USAGE", f"{where}: @link: {problem}")


def _failed(code: str, message: str) -> CompositionFailedError:
    return CompositionFailedError([CompositionError(code, message)])
