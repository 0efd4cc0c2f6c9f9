"""Where a database server is, and how it is entered: `url`, `password` and `tls` of a source's options.

The declaration is archived with the policy, and read by many: a password stands in a file of its own. Whatever is not
on this machine is spoken to under TLS, with the server's name checked against an authority that the declaration names.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy import exc

from connectors.errors import DeclarationError
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
    tls = _tls(where, options.get("tls"), base)
    if tls is None and path is None and not _is_loopback(host):
        raise DeclarationError(
            f"{where} lack tls, and the server is not on this machine; write `tls: {{ca: keys/….pem}}`, the certificate"
            " of the authority that vouches for the server"
        )
    password = _file(f"{where}.password", options.get("password"), "file", base)
    return Address(declaration.name, host, url.port or port, path, url.database, url.username, password, tls)


def _tls(where: str, option: object, base: Path) -> ssl.SSLContext | None:
    file = _file(f"{where}.tls", option, "ca", base)
    if file is None:
        return None
    try:
        return ssl.create_default_context(cafile=file)
    except (OSError, ssl.SSLError):
        raise DeclarationError(f"{where}.tls.ca is no certificate; write one to that file, as PEM") from None


def _file(where: str, option: object, word: str, base: Path) -> Path | None:
    """The file that an option `{word: file}` names; relative to the folder of the exchange file."""
    if option is None:
        return None
    named = option.get(word) if isinstance(option, Mapping) else None
    if not isinstance(option, Mapping) or set(option) != {word} or not isinstance(named, str) or not named:
        raise DeclarationError(f"{where} has to name a file; write `{{{word}: keys/…}}`")
    file = base / named
    if not file.is_file():
        raise DeclarationError(f"{where}.{word} names a file that is not there; write its path, from the home")
    return file


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
