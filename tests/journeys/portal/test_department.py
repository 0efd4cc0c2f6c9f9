"""A department's way through the pages, in a real browser."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import window
from tests.support.city import QUESTION, STREET

pytestmark = pytest.mark.server


def ready(page: Page) -> None:
    page.locator("form[data-ready]").wait_for()


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_an_analyst_asks_across_departments(browser: Browser, served: str, phone: bool) -> None:
    size = "phone" if phone else "desktop"
    with window(browser, served, phone=phone) as one:
        page = one.page
        one.sign_in("analyst")
        page.get_by_role("navigation").get_by_role("link", name="查询", exact=True).click()
        ready(page)
        one.look(f"department-empty-{size}")
        page.get_by_label("查询语句").fill(QUESTION)
        page.get_by_label("变量（JSON）").fill(json.dumps({"street": STREET}))
        page.get_by_role("button", name="查询", exact=True).click()
        expect(page.get_by_role("heading", name="residents.nodes")).to_be_visible()
        expect(page.get_by_text("没有授权您查看").first).to_be_visible()
        one.look(f"department-{size}")
        page.get_by_role("button", name="只看计划").click()
        expect(page.locator("pre.plan")).to_contain_text("wave 0")
        one.look(f"department-plan-{size}")
        assert page.url == f"{served}/department"


def test_the_editor_completes_checks_and_explains_by_keyboard_alone(browser: Browser, served: str) -> None:
    with window(browser, served, language="en-GB", allowed=("400 (Bad Request)",)) as one:
        page = one.page
        one.sign_in("analyst")
        one.open("/department")
        ready(page)
        area = page.get_by_label("Question")
        area.fill("")
        area.focus()
        page.keyboard.type("{ resi")
        options = page.get_by_role("listbox").get_by_role("option")
        expect(options.first).to_contain_text("residents")
        one.look("department-completion-desktop")
        page.keyboard.press("Enter")
        page.keyboard.type("no")
        page.keyboard.press("Enter")
        page.keyboard.type("ageB")
        expect(options.first).to_contain_text("Age band in full years")
        page.keyboard.press("Enter")
        page.keyboard.press("End")
        page.keyboard.type("}")
        expect(area).to_have_value("{ residents { nodes { ageBand } }}")
        expect(page.locator("[data-docs]")).to_contain_text("Put the cursor on a field")
        for _ in range(8):
            page.keyboard.press("ArrowLeft")
        expect(page.locator("[data-docs]")).to_contain_text("Resident.ageBand: String")
        assert page.locator("#problems button").count() == 0
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("heading", name="residents.nodes")).to_be_visible()
        area.fill("{ residents(fist: 1) { nodes { nme ...Nobody } } }")
        expect(page.locator("#problems")).to_contain_text("Line 1: Resident has no field nme")
        expect(page.locator("#problems")).to_contain_text("residents takes no argument fist")
        expect(page.locator("#problems")).to_contain_text("there is no fragment Nobody")
        area.focus()
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("DOCUMENT_INVALID")).to_be_visible()
        one.look("department-refused-desktop")


def test_arguments_variables_enum_values_and_directives_are_completed(browser: Browser, served: str) -> None:
    with window(browser, served, language="en-GB") as one:
        page = one.page
        one.sign_in("analyst")
        one.open("/department")
        ready(page)
        area = page.get_by_label("Question")
        options = page.get_by_role("listbox").get_by_role("option")

        def at(text: str) -> list[str]:
            """What is suggested where the text ends."""
            area.fill(text)
            area.press("Control+End")
            area.press("Control+Space")
            return [word.split()[0] for word in options.all_inner_texts()]

        assert at("query Q($street: String!) { residents(") == ["first", "after", "where", "orderBy"]
        assert "ageBand" in at("{ residents(where: {age")
        assert at("{ residents(where: {area: {")[0] == "within"
        assert at("query Q($street: String!) { residents(where: {area: {within: [")[0] == "$street"
        assert at("{ residents(orderBy: [{field: area, direction: ") == ["ASC", "DESC"]
        assert {"@include", "@skip"} <= set(at("{ residents { nodes { name @"))
        assert "ResidentWhere" in at("query Q($where: Resi")
        assert at("{ node(id: 1) { ... on Resi")[0] == "Resident"
        assert at("{ residents { nodes { livesA")[0] == "livesAlone"


def test_a_session_that_ends_while_somebody_writes_is_told_on_a_page(browser: Browser, served: str) -> None:
    with window(browser, served, language="en-GB", allowed=("401 (Unauthorized)",)) as one:
        page = one.page
        one.sign_in("analyst")
        one.open("/department")
        ready(page)
        page.context.clear_cookies(name="tongguan-session")
        page.context.add_cookies([{"name": "tongguan-session", "value": "x" * 43, "url": served}])
        page.get_by_label("Question").press("Control+Enter")
        expect(page.get_by_text("Your session has ended.")).to_be_visible()
        page.get_by_role("link", name="Sign in again").click()
        expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
        one.look("sign-in-again-desktop")


def test_the_catalogue_is_found_through_as_one_types(browser: Browser, served: str) -> None:
    with window(browser, served) as one:
        page = one.page
        one.sign_in("analyst")
        page.get_by_role("navigation").get_by_role("link", name="数据目录").click()
        page.get_by_role("searchbox").fill("独居")
        expect(page.get_by_role("row", name="livesAlone")).to_be_visible()
        expect(page.get_by_text("1 个字段")).to_be_visible()
        one.look("catalogue-desktop")
        page.get_by_role("searchbox").fill("")
        one.look("catalogue-whole-desktop")
    with window(browser, served, phone=True) as one:
        one.sign_in("analyst")
        one.open("/catalogue")
        one.look("catalogue-phone")
