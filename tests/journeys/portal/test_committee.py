"""A committee worker's way through the pages, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import window

pytestmark = pytest.mark.server


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_committee_worker_finds_own_residents(browser: Browser, served: str, phone: bool) -> None:
    size = "phone" if phone else "desktop"
    with window(browser, served, phone=phone) as one:
        page = one.page
        one.open("/sign-in")
        one.look(f"sign-in-{size}")
        one.sign_in("committee")
        one.look(f"home-{size}")
        page.get_by_role("navigation").get_by_role("link", name="我的居民").click()
        one.look(f"committee-purposes-{size}")
        page.get_by_role("radio", name="疫情防控").check()
        page.get_by_role("button", name="查看居民").click()
        expect(page.get_by_role("heading", name="居民（本页")).to_be_visible()
        page.get_by_text("未提供的内容").click()
        one.look(f"committee-withheld-{size}")
        page.get_by_role("checkbox", name="70-79").check()
        page.get_by_role("button", name="查找").click()
        one.look(f"committee-{size}")
        page.get_by_role("button", name="第 1 位居民的详情").click()
        expect(page.get_by_role("heading", name="居民详情")).to_be_visible()
        assert page.url == f"{served}/committee/resident"
        one.look(f"resident-{size}")
        page.get_by_role("button", name="回到居民列表").click()
        expect(page.get_by_role("checkbox", name="70-79")).to_be_checked()
        page.get_by_role("button", name="退出登录").click()
        expect(page.get_by_role("heading", name="登录", exact=True)).to_be_visible()
        one.open("/committee")
        page.wait_for_url(served + "/sign-in")


def test_it_works_by_keyboard_alone(browser: Browser, served: str) -> None:
    with window(browser, served, language="en-GB") as one:
        page = one.page
        one.sign_in("committee")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Own residents Find")).to_be_focused()
        page.keyboard.press("Enter")
        page.get_by_role("radio").first.focus()
        page.keyboard.press("ArrowDown")
        expect(page.get_by_role("radio", name="Care for the elderly")).to_be_checked()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Residents (")).to_be_visible()
        one.look("committee-english-desktop")
