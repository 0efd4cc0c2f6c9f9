"""Templates, compiled once at the start. What is not escaped or not given is a mistake, and fails."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from portal.masks import mask_words
from portal.static_files import StaticFiles

_DIRECTORY: Final = Path(__file__).parent / "templates"


@pass_context
def masks_in_words(context: Context, names: tuple[str, ...]) -> list[str]:
    """What these masks show, in the reader's language."""
    return [mask_words(context["say"], name, context["site"].masks) for name in names]


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


class Templates:
    """The templates of `templates/`, with what all of them may call."""

    def __init__(self, files: StaticFiles) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_DIRECTORY),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals.update(address=files.address, masks_in_words=masks_in_words)
        self._environment.filters.update(tojson_plain=_json)
        for name in self._environment.list_templates():
            self._environment.get_template(name)

    def draw(self, name: str, context: dict[str, Any]) -> str:
        """One page as text."""
        return self._environment.get_template(name).render(context)
