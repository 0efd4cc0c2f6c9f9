"""`make screenshots`: the pictures of docs/images/, made anew from a served demo city of made-up people."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Final

from tests.support.browser import ROOT, chromium, exchange, window
from tests.support.city import QUESTION, STREET, build_city, delivery_company, free_port

IMAGES: Final = ROOT / "docs" / "images"
LARGEST: Final = 150_000  # bytes of one picture


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="screenshots-") as directory:
        home, port = Path(directory) / "home", free_port()
        build_city(home, port)
        with delivery_company(home, port), exchange(home) as base, chromium() as browser:
            with window(browser, base) as one:
                one.page.set_viewport_size({"width": 1120, "height": 760})
                one.sign_in("committee")
                one.open("/committee")
                one.page.get_by_role("button", name="查看居民").click()
                one.page.get_by_role("checkbox", name="70-79").check()
                one.page.get_by_role("button", name="查找").click()
                one.page.get_by_role("heading", name="居民（本页").wait_for()
                one.page.screenshot(path=str(IMAGES / "committee.png"))
            with window(browser, base) as one:
                one.page.set_viewport_size({"width": 1120, "height": 890})
                one.sign_in("analyst")
                one.open("/department")
                one.page.locator("form[data-ready]").wait_for()
                one.page.get_by_label("查询语句").fill(QUESTION)
                one.page.get_by_label("变量（JSON）").fill(json.dumps({"street": STREET}))
                one.page.get_by_role("button", name="查询", exact=True).click()
                one.page.get_by_role("heading", name="residents.nodes").wait_for()
                one.page.get_by_label("查询语句").evaluate("area => { area.scrollTop = 0; area.blur(); }")
                one.page.evaluate("scrollTo(0, 190)")
                one.page.screenshot(path=str(IMAGES / "department.png"))


if __name__ == "__main__":
    main()
