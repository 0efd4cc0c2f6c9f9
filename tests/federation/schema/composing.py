"""Subgraphs of Federation v2 in few words, composed; what the tests of composition share."""

from __future__ import annotations

from federation.schema.compose import CompositionFailedError, compose

IMPORTS = ", ".join(
    f'"@{name}"'
    for name in (
        *("key", "external", "requires", "provides", "shareable", "override", "inaccessible", "tag", "extends"),
        *("composeDirective", "interfaceObject", "authenticated", "requiresScopes", "policy", "cost", "listSize"),
        *("context", "fromContext"),
    )
)
LINK = f'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [{IMPORTS}])\n'


def composed(first: dict[str, str] | None = None, /, **subgraphs: str) -> str:
    """The types that the subgraphs declare, without the header; `first` are subgraphs of Federation v1."""
    return types_of(compose({**(first or {}), **{name: LINK + sdl for name, sdl in subgraphs.items()}}))


def types_of(text: str) -> str:
    """A supergraph's types, without the header."""
    return text[text.index("enum join__Graph") :]


def refused(first: dict[str, str] | None = None, /, **subgraphs: str) -> list[str]:
    """What is wrong, each as `CODE: message`; nothing: it composes."""
    try:
        composed(first, **subgraphs)
    except CompositionFailedError as error:
        return list(map(str, error.errors))
    return []


def type_of(text: str, name: str) -> str:
    """The text of one type, its directives and members."""
    parts = [part for part in text.split("\n\n") if part.partition("\n")[0].split()[1:2] == [name]]
    assert len(parts) == 1, text
    return parts[0]
