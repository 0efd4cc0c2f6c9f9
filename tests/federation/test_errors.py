from __future__ import annotations

import re
from pathlib import Path

from federation.errors import Code


def test_a_request_error_is_of_what_was_asked_and_never_of_who_asks_or_of_us() -> None:
    of_request = {code for code in Code if code.is_of_request}
    assert {code.status for code in of_request} == {400, 403}
    of_others = ("TOKEN", "CREDENTIAL", "PURPOSE", "AGREEMENT", "MODE", "EMERGENCY", "BODY", "GET", "SOURCE", "LIMIT")
    assert not [code for code in of_request if code.name.startswith(of_others)]


def test_the_page_names_each_request_error_and_no_other() -> None:
    page = (Path(__file__).parents[2] / "docs" / "errors.md").read_text("utf-8")
    (named,) = re.findall(r"stands in it \(([^)]+)\)", page)
    families = tuple(re.findall(r"`([A-Z_]+)…?`", named))
    assert {code for code in Code if code.name.startswith(families)} == {code for code in Code if code.is_of_request}
