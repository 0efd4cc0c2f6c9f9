"""What keeps other sites out: whose name a request calls us by, where a form was sent from, and what a browser may do.

Sources: Fetch Metadata (W3C), RFC 6265bis (`__Host-`, SameSite), CSP Level 3; OWASP, Cross-Site Request Forgery.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from portal.contract import RefusedError, Site

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def require_our_name(host: str, site: Site) -> None:
    """Refuse a request that calls us by a name of somebody else's (DNS rebinding).

    Without a public address only names of this machine's loopback are ours: an outside name that leads here is not.
    """
    if host in site.hosts or (not site.origin and _is_loopback(host)):
        return
    raise RefusedError("HOST_UNKNOWN", 421)


def require_own_form(headers: Mapping[str, str], host: str, site: Site) -> None:
    """Refuse what was not sent from a page of ours.

    Browsers say where a request comes from (`Sec-Fetch-Site`) wherever the page is https or on loopback. Since our
    pages send no referrer, the `Origin` of our own forms reads `null`: alone it decides only where it names us.
    """
    fetched_from = headers.get("sec-fetch-site")
    origin = site.origin or f"http://{host}"
    if fetched_from == "same-origin" and headers.get("origin", origin) in {origin, "null"}:
        return
    if fetched_from is None and headers.get("origin") == origin:
        return
    raise RefusedError("FORM_FOREIGN", 403)


def is_sent_by_another(headers: Mapping[str, str]) -> bool:
    """Whether a link or script of another site leads here. Somebody's own typing and bookmarks are nobody's."""
    return headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}


def require_mark(sent: str, right: str) -> None:
    """Refuse a form that does not carry the mark of this very session."""
    if not hmac.compare_digest(sent.encode("utf-8", "surrogatepass"), right.encode()):
        raise RefusedError("FORM_FOREIGN", 403)


def _is_loopback(host: str) -> bool:
    try:
        read = urlsplit(f"//{host}")
        name = read.hostname or ""
        return read.netloc == host and "@" not in host and (name == "localhost" or ip_address(name).is_loopback)
    except ValueError:
        return False
