"""What a GraphQL service answers, read and checked in its shape (GraphQL, section 7.1). Nothing in it is trusted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from connectors.errors import FailureKind, SourceError

_CODE: Final = re.compile(r"(?=.{1,64}\Z)[A-Z]+(?:_[A-Z]+)*(?:_?[0-9]{1,4})?")
_NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")  # GraphQL, section 2.1.9


@dataclass(frozen=True, slots=True)
class RemoteError:
    """An error of an answer. The path is in the names of the request; an error without one concerns all of it.

    `code` is empty where the subgraph's is no code: words of capitals with `_` between, and four digits at most, for a
    longer one could be somebody's number. `message` is empty unless it was asked for. Path, code and message are the
    subgraph's own words: nothing of them may be shown but what the request itself said.
    """

    path: tuple[str | int, ...]
    code: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A GraphQL answer: data, errors, or both (partial); never neither. `data` and `extensions` are not checked."""

    data: dict[str, Any] | None
    errors: tuple[RemoteError, ...]
    extensions: Mapping[str, Any] = field(default_factory=dict)


def read_reply(source: str, answer: bytes, about: str, *, keeps_messages: bool = False) -> Reply:
    """Read an answer, with two of the field's habits: `errors` null or empty. `about` is what was asked for.

    Raises:
        SourceError: INVALID, it is no answer of GraphQL's. The text holds nothing of it.
    """
    try:
        return _read(orjson.loads(answer), keeps_messages=keeps_messages)
    except orjson.JSONDecodeError:
        sentence = "what is no JSON"
    except _LieError as lie:
        sentence = str(lie)
    raise SourceError(source, FailureKind.INVALID, f"answered with {sentence}, when it was asked for {about}")


class _LieError(ValueError):
    """Says how an answer is none, and quotes nothing of it."""


def _read(body: object, *, keeps_messages: bool) -> Reply:
    if type(body) is not dict:
        raise _LieError("JSON that is no answer of GraphQL's")
    data, errors, extensions = body.get("data"), body.get("errors"), body.get("extensions")
    if data is not None and type(data) is not dict:
        raise _LieError("data that are no object")
    if errors is not None and type(errors) is not list:
        raise _LieError("errors that are no list")
    if data is None and not errors:
        raise _LieError("neither data nor errors")
    read = tuple([_error(one, keeps_messages=keeps_messages) for one in errors]) if errors else ()
    return Reply(data, read, extensions if type(extensions) is dict else {})


def _error(error: object, *, keeps_messages: bool) -> RemoteError:
    if not isinstance(error, dict):
        raise _LieError("an error that is no object")
    path, extensions, message = error.get("path"), error.get("extensions"), error.get("message")
    if path is None:
        path = []
    if not isinstance(path, list) or not all(map(_is_step, path)):
        raise _LieError("an error with a path that is none")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return RemoteError(
        tuple(path),
        code if isinstance(code, str) and _CODE.fullmatch(code) else "",
        message if keeps_messages and isinstance(message, str) else "",
    )


def _is_step(step: object) -> bool:
    """A response key, or the index of a list."""
    if type(step) is int:
        return step >= 0
    return type(step) is str and _NAME.fullmatch(step) is not None
