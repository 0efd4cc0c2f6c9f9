"""Where a database server is, and how it is entered: `url`, `password` and `tls` of a source's options.

The declaration is archived with the policy, and read by many: a password stands in a file of its own. Whatever is not
on this machine is spoken to under TLS, with the server's name checked against an authority that the declaration names.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy import exc

from connectors.errors import DeclarationError
from connectors.tls import is_loopback, named_file, vouched
from vocabulary.catalogue import SourceDeclaration

_OPTIONS: Final = frozenset({"url", "password", "tls"})
_LARGEST_PASSWORD: Final = 4096


@dataclass(frozen=True, slots=True)
class Address:
    """`host` or the path of a local `socket`; `tls` None: spoken to in the clear, within this machine."""

    source: str
    host: str
    port: int
    socket: str | None
    database: str
    user: str
    password_file: Path | None
    tls: ssl.SSLContext | None

    def password(self) -> str:
        """Read the password, anew for each connection, so that it can be changed while the exchange runs.

        Raises:
            DeclarationError: the file cannot be read, or is no password.
        """
        if self.password_file is None:
            return ""
        where = f"source {self.source}: options.password.file"
        try:
            text = self.password_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise DeclarationError(f"{where} cannot be read; write the password to that file, as UTF-8") from None
        if len(text) > _LARGEST_PASSWORD or "\x00" in text:
            raise DeclarationError(f"{where} holds no password; write one line to it")
        return text.rstrip("\r\n")


def read_address(declaration: SourceDeclaration, base: Path, *, port: int, socket: str) -> Address:
    """Read the options of a server; `socket` is the word of the URL for the path of a local one.

    Raises:
        DeclarationError: with what to write instead; it quotes nothing of the URL.
    """
    where = f"source {declaration.name}: options"
    options = declaration.options
    if not options.keys() <= _OPTIONS or not isinstance(options.get("url"), str):
        raise DeclarationError(
            f"{where} of a database server are url, password and tls; write url: kind://user@host/database"
        )
    try:
        url = sa.make_url(str(options["url"]))
    except (exc.ArgumentError, ValueError):
        raise DeclarationError(f"{where}.url is no SQLAlchemy URL; write kind://user@host:port/database") from None
    if url.password is not None:
        raise DeclarationError(f"{where}.url holds a password; write `password: {{file: keys/…}}` beside it instead")
    if not url.database or not url.username:
        raise DeclarationError(f"{where}.url lacks the user or the database; write kind://user@host:port/database")
    path = url.query.get(socket)
    if set(url.query) - {socket} or (path is not None and (not isinstance(path, str) or not path.startswith("/"))):
        raise DeclarationError(
            f"{where}.url says more than who and where; write `tls: {{ca: keys/…}}` for TLS, and nothing behind the"
            f" database but ?{socket}=/path of a local socket"
        )
    host = url.host or "localhost"
    tls = vouched(f"{where}.tls", options.get("tls"), base)
    if tls is None and path is None and not is_loopback(host):
        raise DeclarationError(
            f"{where} lack tls, and the server is not on this machine; write `tls: {{ca: keys/….pem}}`, the certificate"
            " of the authority that vouches for the server"
        )
    password = named_file(f"{where}.password", options.get("password"), "file", base)
    return Address(declaration.name, host, url.port or port, path, url.database, url.username, password, tls)
