"""Addresses that identity rests on: where keys may be fetched from, and which peers are trusted proxies."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import httpx

Network = IPv4Network | IPv6Network


def is_confidential(url: str) -> bool:
    """Say whether nobody on the way can change what is read there: https, or http on this machine's loopback.

    Credentials in the address and fragments are refused as well: OpenID Connect Discovery 1.0 knows none.
    """
    try:
        read = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        return False
    if not read.host or read.userinfo or read.fragment:
        return False
    return read.scheme == "https" or (read.scheme == "http" and _is_loopback(read.host))


def is_origin(url: str) -> bool:
    """Say whether an address is nothing but an origin (RFC 6454), as `https://exchange.example`."""
    read = httpx.URL(url)
    return url == f"{read.scheme}://{read.netloc.decode()}"


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks (CIDR) as an operator lists them, with commas between: `10.0.0.7, 10.1.0.0/24`.

    Raises:
        ValueError: one that is none, has bits set beyond its prefix, or is everybody (`0.0.0.0/0`).
    """
    found = tuple(ip_network(one.strip()) for one in text.split(",")) if text.strip() else ()
    if any(one.prefixlen == 0 for one in found):
        raise ValueError("a network of everybody is no network to trust")
    return found


def is_in(peer: str, trusted: tuple[Network, ...]) -> bool:
    """Say whether a peer's address lies in one of the networks; what is no address lies in none.

    An IPv4 peer of a socket for both (`::ffff:10.0.0.7`) is the IPv4 address that it maps.
    """
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in trusted)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
