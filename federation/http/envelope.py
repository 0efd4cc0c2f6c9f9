"""What stands in a request, by POST or by GET, as one `Asked`; nothing of it is believed yet.

Sources: GraphQL over HTTP (draft of May 2025), "Request Parameters", "GET" and "JSON Encoding"; its appendix
"Persisted Documents" (draft), "Persisted Document Request"; and Apollo's automatic persisted queries, version 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

import orjson

from federation.errors import Code, Unidentified
from federation.identity import read_credentials
from federation.pipeline import now
from federation.stages import Asked

_SHAPE: Final = '{"query": "…", "variables": {…}}'
_LONGEST_ADDRESS: Final = 8_192  # bytes of the query component; what must be longer goes by POST
_PARAMETERS: Final = frozenset({"query", "documentId", "operationName", "variables", "extensions"})
_MAPS: Final = ("variables", "extensions")
_MOST_PARAMETERS: Final = 20
_SAID: Final = ("purpose", "agreement", "mode")
_SHA256: Final = "sha256:"


def read_body(body: bytes, headers: Mapping[str, str], peer: str) -> Asked:
    """Read the body of a POST.

    Raises:
        Unidentified: BODY_MALFORMED, or a credential that is malformed.
    """
    sent = _json(body)
    if not isinstance(sent, dict):
        raise _malformed(f"The body is not an object: send {_SHAPE}.")
    return _asked(sent, headers, peer, in_address=False)


def read_address(query: bytes, headers: Mapping[str, str], peer: str) -> Asked:
    """Read the query component of the address of a GET.

    Purpose, agreement and mode are said in headers alone. So no link, form or picture of another site can have a
    question asked in the name of a browser that shows a client certificate: only scripts set headers, and a browser
    asks us first whether those of another site may (Fetch, CORS protocol), to which the answer is no.

    Raises:
        Unidentified: ADDRESS_TOO_LONG, BODY_MALFORMED, PURPOSE_MISSING, or a credential that is malformed.
    """
    if len(query) > _LONGEST_ADDRESS:
        raise Unidentified(Code.ADDRESS_TOO_LONG, f"The address is longer than {_LONGEST_ADDRESS} bytes. Use POST.")
    if not headers.get("x-purpose"):
        raise Unidentified(Code.PURPOSE_MISSING, "By GET, say what it is for in the header `X-Purpose`.")
    sent = _parameters(query)
    asked = _asked(sent, headers, peer, in_address=True)
    extensions = sent.get("extensions")
    if isinstance(extensions, dict) and not extensions.keys().isdisjoint(_SAID):
        raise _malformed("By GET, `purpose`, `agreement` and `mode` are said in headers.")
    return asked


def _parameters(query: bytes) -> dict[str, object]:
    """The parameters, each once; what is empty is not given, and others than ours are not looked at."""
    try:
        given = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError:  # no ASCII, what it stands for is no UTF-8, or there are too many
        raise _malformed("The address is not written as `application/x-www-form-urlencoded`, in UTF-8.") from None
    texts: dict[str, str] = {}
    for name, value in given:
        if name in texts:
            raise _malformed(f"`{name}` stands twice in the address.")
        if name in _PARAMETERS:
            texts[name] = value
    return {name: _json(value.encode()) if name in _MAPS else value for name, value in texts.items() if value}


def _asked(sent: Mapping[str, object], headers: Mapping[str, str], peer: str, *, in_address: bool) -> Asked:
    document, operation = sent.get("query"), sent.get("operationName")
    variables, extensions = ({} if (given := sent.get(name)) is None else given for name in _MAPS)
    if not (operation is None or isinstance(operation, str)):
        raise _malformed("`operationName` is no text.")
    if not (isinstance(variables, dict) and isinstance(extensions, dict)):
        raise _malformed("`variables` and `extensions` are objects.")
    digest = _digest(sent.get("documentId"), extensions.get("persistedQuery"))
    if not (isinstance(document, str) or (document is None and digest is not None)):
        raise _malformed("`query` is missing, or is no text.")
    return Asked(
        document=document or "",
        operation=operation,
        variables=variables,
        credentials=read_credentials(headers, peer),
        purpose=headers.get("x-purpose") or _text(extensions.get("purpose")),
        agreement=headers.get("x-agreement") or _text(extensions.get("agreement")),
        at=now(),
        mode=headers.get("x-mode") or _text(extensions.get("mode")),
        digest=digest,
        in_address=in_address,
    )


def _digest(identifier: object, automatic: object) -> str | None:
    """Which document is meant, by the SHA-256 of its text. Any other identifier is that of no document here."""
    if not (identifier is None or isinstance(identifier, str)):
        raise _malformed("`documentId` is no text.")
    meant = None if identifier is None else identifier.removeprefix(_SHA256)
    if automatic is None:
        return meant
    if not (isinstance(automatic, dict) and isinstance(automatic.get("sha256Hash"), str)):
        raise _malformed('`persistedQuery` in `extensions` is {"version": 1, "sha256Hash": "…"}.')
    version = automatic.get("version")
    if type(version) is not int or version != 1:  # `True` and `1.0` equal 1
        raise _malformed("`persistedQuery` in `extensions` has version 1 here.")
    if meant is not None and meant != automatic["sha256Hash"]:
        raise _malformed("`documentId` and `persistedQuery` name two documents.")
    return str(automatic["sha256Hash"])


def _json(text: bytes) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _malformed(f"What was sent is not JSON: send {_SHAPE}.") from None


def _text(value: object) -> str | None:
    if not (value is None or isinstance(value, str)):
        raise _malformed("`purpose`, `agreement` and `mode` in `extensions` are texts.")
    return value


def _malformed(sentence: str) -> Unidentified:
    return Unidentified(Code.BODY_MALFORMED, sentence)
