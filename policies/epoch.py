"""The policy epoch: one hash over everything that decides, and the text that it is the hash of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from policies.errors import PolicyBuildError


def epoch(parts: Mapping[str, str]) -> tuple[str, str]:
    """Name a policy by its content: (SHA-256 in hex, the canonical text), over file name → text.

    The text is what `sha256sum` gives the same hash for: each part under a heading with its name and its length in
    bytes of UTF-8, in the order of the names. The length makes it unambiguous, whatever a part contains.

    Raises:
        PolicyBuildError: a name that would break its heading.
    """
    headed = []
    for name, text in sorted(parts.items()):
        if not name.isprintable():
            raise PolicyBuildError(f"{name!a} can't name a part of a policy: use printable characters")
        headed.append(f"== {name} {len(text.encode())}\n{text}\n")
    canonical = "".join(headed)
    return hashlib.sha256(canonical.encode()).hexdigest(), canonical


def parts(canonical: str) -> dict[str, str]:
    """Name → text, of a canonical text.

    Raises:
        PolicyBuildError: it is none.
    """
    found: dict[str, str] = {}
    rest = canonical.encode()
    while rest:
        heading, _, rest = rest.partition(b"\n")
        words = heading.decode().removeprefix("== ").rpartition(" ")
        name, size = words[0], int(words[2]) if words[2].isascii() and words[2].isdigit() else -1
        found[name], rest = rest[: max(size, 0)].decode(), rest[max(size, 0) + 1 :]
        if size < 0:
            break
    if not found or epoch(found)[1] != canonical:
        raise PolicyBuildError("a text that is no policy in its canonical form")
    return found
