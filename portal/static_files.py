"""Styles and scripts, read once at the start. Their addresses hold a digest of them all, so browsers may keep them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

from starlette.responses import Response

from portal.contract import RefusedError

PREFIX: Final = "/static/"
_DIRECTORY: Final = Path(__file__).parent / "static"
_MEDIA: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOREVER: Final = "public, max-age=31536000, immutable"


class StaticFiles:
    """The files of `static/`; those of a kind that is not served are a mistake, and raise KeyError."""

    def __init__(self, directory: Path = _DIRECTORY) -> None:
        paths = sorted(path for path in directory.rglob("*") if path.is_file())
        self._files = {
            path.relative_to(directory).as_posix(): (path.read_bytes(), _MEDIA[path.suffix]) for path in paths
        }
        whole = sha256()
        for name, (content, _) in self._files.items():
            whole.update(sha256(name.encode()).digest() + sha256(content).digest())
        self._digest = whole.hexdigest()[:16]

    def address(self, name: str) -> str:
        """Where a browser finds a file; KeyError where there is none of that name."""
        self._files[name]
        return f"{PREFIX}{self._digest}/{name}"

    def answer(self, path: str) -> Response:
        """The file of an address; RefusedError for an address of another version, or of none."""
        digest, _, name = path.removeprefix(PREFIX).partition("/")
        if digest != self._digest or name not in self._files:
            raise RefusedError("PAGE_MISSING", 404)
        content, media = self._files[name]
        return Response(content, media_type=media, headers={"cache-control": _FOREVER})
