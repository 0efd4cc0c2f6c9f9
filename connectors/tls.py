"""What is said to another machine: under TLS, to whoever an authority vouches for; in the clear only within this one.

Rows, keys and credentials would else be read on the way, or told to whoever answers.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

from connectors.errors import DeclarationError


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def vouched(where: str, option: object, base: Path) -> ssl.SSLContext | None:
    """What an option `tls: {ca: file}` says: trust this authority, and check the server's name; None where it is none.

    Raises:
        DeclarationError: it names no file, or none that is a certificate.
    """
    file = named_file(where, option, "ca", base)
    if file is None:
        return None
    try:
        return ssl.create_default_context(cafile=file)
    except (OSError, ssl.SSLError):
        raise DeclarationError(f"{where}.ca is no certificate; write one to that file, as PEM") from None


def named_file(where: str, option: object, word: str, base: Path) -> Path | None:
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
