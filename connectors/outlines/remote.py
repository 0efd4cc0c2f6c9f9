"""A remote Federation subgraph looked at by its SDL (Apollo Federation subgraph specification, `_service`)."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldDefinitionNode,
    GraphQLError,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    TypeNode,
    parse,
    value_from_ast_untyped,
)

from connectors.outlines.errors import NoTargetError, OutlineError
from connectors.outlines.target import MOST_COLUMNS, MOST_TABLES, Target, trusted
from connectors.tls import is_loopback
from vocabulary.outline import Column, Outline, Table
from vocabulary.values import SCALARS

_QUESTION: Final = "{ _service { sdl } }"
_LARGEST: Final = 4 * 1024 * 1024
_ROOTS: Final = frozenset({"Query", "Mutation", "Subscription", "_Service", "PageInfo"})


def is_endpoint(where: str) -> bool:
    """Whether somebody wrote the address of a GraphQL endpoint."""
    return where.startswith(("http://", "https://"))


def read_endpoint(target: Target) -> Outline:
    """Ask a subgraph for its SDL; nobody's data is asked for."""
    parts = urlsplit(target.where)
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise NoTargetError("write https://host:port/graphql; a credential goes into a file (--auth-header)")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise NoTargetError(
            "the endpoint is on another machine: write https://, and --ca where one of yours vouches for it"
        )
    document = _parsed(_sdl(target))
    tables = tuple(table for one in document.definitions if (table := _table(one)) and target.wants(table.name))
    if not tables:
        raise OutlineError("the subgraph has no type with a key and fields: the exchange reaches rows by @key alone")
    options: dict[str, object] = {"url": target.where}
    if target.header:
        options["auth"] = {"header": target.header, "file": target.secret_file}
    if target.ca is not None:
        options["tls"] = {"ca": target.relative(target.ca)}
    name = parts.hostname.partition(".")[0]
    notes = (
        "Only the subgraph's SDL was asked for: nothing was counted, and guesses rest on names alone.",
        "What it adds to types of other sources is not proposed: declare it under `extends:` by hand.",
    )
    return Outline("graphql", options, tables[:MOST_TABLES], name=name, lists=False, notes=notes)


def _sdl(target: Target) -> str:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    if target.header:
        headers[target.header] = target.secret
    verify = True if target.ca is None else trusted(target.ca)
    try:
        # Direct: no proxy of the environment's, no redirect.
        with (
            httpx.Client(trust_env=False, timeout=target.seconds, headers=headers, verify=verify) as client,
            client.stream("POST", target.where, json={"query": _QUESTION}) as reply,
        ):
            body = b""
            for chunk in reply.iter_raw():
                body += chunk
                if len(body) > _LARGEST:
                    raise OutlineError(f"the endpoint answered with more than {_LARGEST >> 20} MiB: is it a subgraph?")
    except httpx.TimeoutException:
        raise OutlineError("the endpoint did not answer in time: see whether it is up, or give it longer") from None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):
        raise OutlineError("nobody answers at this address: see host, port and scheme, and whether it is up") from None
    if reply.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        raise OutlineError(
            "the endpoint does not let us in: name its header with --auth-header and a file with the header's value "
            "with --password-file"
        )
    return _sdl_of(reply, body)


def _sdl_of(reply: httpx.Response, body: bytes) -> str:
    refused = "the endpoint is no Federation subgraph: it has to answer { _service { sdl } }"
    try:
        answer = httpx.Response(reply.status_code, content=body).json()
    except ValueError:
        raise OutlineError(refused) from None
    found: Any = answer
    for word in ("data", "_service", "sdl"):
        found = found.get(word) if isinstance(found, dict) else None
    if not isinstance(found, str):
        raise OutlineError(refused)
    return found


def _parsed(sdl: str) -> DocumentNode:
    try:
        return parse(sdl, no_location=True, max_tokens=200_000)
    except (GraphQLError, RecursionError):
        raise OutlineError("the endpoint's SDL is no GraphQL: ask whoever runs it") from None


def _table(definition: object) -> Table | None:
    """An entity of the subgraph; None for what the exchange can't reach by a key, and for stubs of other subgraphs'."""
    if not isinstance(definition, ObjectTypeDefinitionNode | ObjectTypeExtensionNode):
        return None
    name, key = definition.name.value, _key(definition)
    if name in _ROOTS or key is None:
        return None
    columns = tuple(_column(field) for field in (definition.fields or ())[:MOST_COLUMNS])
    if {column.name for column in columns} <= {key}:
        return None
    comment = (
        definition.description.value
        if isinstance(definition, ObjectTypeDefinitionNode) and definition.description
        else ""
    )
    return Table(name, columns, key=(key,), comment=comment)


def _key(definition: ObjectTypeDefinitionNode | ObjectTypeExtensionNode) -> str | None:
    """The field of a key that is a single field."""
    for directive in definition.directives or ():
        if directive.name.value in {"key", "federation__key"}:
            values = _values(directive)
            fields = values.get("fields")
            if values.get("resolvable") is not False and isinstance(fields, str) and fields.strip().isidentifier():
                return fields.strip()
    return None


def _values(directive: DirectiveNode) -> dict[str, Any]:
    return {one.name.value: value_from_ast_untyped(one.value) for one in directive.arguments or ()}


def _column(field: FieldDefinitionNode) -> Column:
    kind = _kind(field.type)
    scalar = "String" if kind == "ID" else kind if kind in SCALARS else None
    is_external = any(one.name.value in {"external", "federation__external"} for one in field.directives or ())
    if field.arguments or is_external:
        scalar, kind = None, "a field with arguments" if field.arguments else "a field of another subgraph"
    return Column(
        field.name.value,
        scalar,
        kind,
        nullable=not isinstance(field.type, NonNullTypeNode),
        comment=field.description.value if field.description else "",
    )


def _kind(type_: TypeNode) -> str:
    if isinstance(type_, NonNullTypeNode):
        return _kind(type_.type)
    if isinstance(type_, ListTypeNode):
        return f"a list of {_kind(type_.type)}"
    return type_.name.value if isinstance(type_, NamedTypeNode) else "of several kinds"
