"""The operator's log: one JSON object a line, with known fields only, so that no value of a record can slip in.

An exception is written as its type and places: the messages of drivers quote values.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from pathlib import Path
from typing import Final

_TRUSTED: Final = ("tongguan", "uvicorn")
_KNOWN: Final = ("code", "status", "receipt", "ms", "kind", "where", "id", "step", "organisation", "difference")


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; extra fields that are not known are left out."""
        line: dict[str, object] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        line.update({name: getattr(record, name) for name in _KNOWN if getattr(record, name, None) is not None})
        if record.exc_info and record.exc_info[0] is not None:
            places = traceback.extract_tb(record.exc_info[2])
            line["kind"] = record.exc_info[0].__name__
            line["where"] = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in places]
        return json.dumps(line, ensure_ascii=False)


def _message(record: logging.LogRecord) -> str:
    """The message, filled in only where it is ours or the server's: others put what they like into theirs.

    asyncio, for one, writes the text of an exception that nobody fetched on the lines after the first.
    """
    if record.name.partition(".")[0] in _TRUSTED:
        return record.getMessage()
    return str(record.msg).partition("\n")[0]


def configure(level: str) -> None:
    """Send everything to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "uvicorn.access", "casbin"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
