"""A security officer's way through the pages, in a real browser; and what the browser says of a proof that was changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape, unescape
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from audit.note import SigningKey, VerifyKey
from audit.proof import Proof
from audit.verify_receipt import verify_receipt
from tests.support.browser import Window, screenshots, window

pytestmark = pytest.mark.server

NUMBER = "310115195001011234"
Change = Callable[[str, str, str], tuple[str, str, str]]


@pytest.fixture
def number(browser: Browser, served: str) -> str:
    """An identity number that somebody has searched for, and that so stands in the log."""
    with window(browser, served) as one:
        one.sign_in("officer")
        _search(one.page, served, NUMBER)
        expect(one.page.get_by_role("heading", name="谁看过这个人？", level=1)).to_be_visible()
    return NUMBER


def _search(page: Page, served: str, number: str) -> None:
    page.goto(f"{served}/officer")
    page.get_by_label("身份证号").fill(number)
    page.get_by_role("form", name="谁看过这个人？").get_by_role("button", name="查找").click()


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_an_officer_finds_out_who_saw_a_person_and_checks_the_proof(
    browser: Browser, served: str, number: str, phone: bool
) -> None:
    size = "phone" if phone else "desktop"
    with window(browser, served, phone=phone) as one:
        page = one.page
        one.sign_in("committee")
        page.get_by_role("navigation").get_by_role("link", name="我的居民").click()
        page.get_by_role("button", name="查看居民").click()
        page.get_by_role("button", name="退出登录").click()
        one.sign_in("officer")
        page.get_by_role("navigation").get_by_role("link", name="安全审计").click()
        expect(page.get_by_role("img", name=re.compile("堆叠柱形图"))).to_be_visible()
        page.get_by_text("以表格显示").click()
        one.look(f"officer-{size}")
        page.get_by_label("身份证号").fill(number)
        page.get_by_role("form", name="谁看过这个人？").get_by_role("button", name="查找").click()
        expect(page.get_by_role("heading", name="记录（本页")).to_be_visible()
        assert page.url == f"{served}/officer/subject"
        assert number not in page.title()
        one.look(f"officer-subject-{size}")
        page.get_by_role("button", name=re.compile("^查看第")).first.click()
        expect(page.get_by_text("证明成立")).to_be_visible()
        assert page.url == f"{served}/officer/entry"
        expect(page.get_by_text(re.compile("公钥指纹.*[0-9a-f]{4}( [0-9a-f]{4}){15}"))).to_be_visible()
        one.look(f"officer-entry-{size}")
        with page.expect_download() as download:
            page.get_by_role("button", name="下载记录和证明").click()
        key = VerifyKey.from_text(page.get_by_label("日志公钥").input_value())
        assert verify_receipt(Path(download.value.path()).read_text("utf-8"), None, key).ok
        page.get_by_role("button", name="回到列表").click()
        expect(page.get_by_role("heading", name="记录（本页")).to_be_visible()
        stored = page.evaluate("JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])")
        assert stored == "[[],[]]"
        page.goto(f"{served}/officer/refusals")
        one.look(f"officer-refusals-{size}")


def test_the_officers_pages_by_keyboard_and_in_english(browser: Browser, served: str) -> None:
    with window(browser, served, language="en-GB") as one:
        page = one.page
        one.sign_in("officer")
        page.goto(f"{served}/officer")
        page.get_by_label("Who asked, as entries name them").focus()
        page.keyboard.type("zhao.qiang")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="What did this person see?", level=1)).to_be_visible()
        one.look("officer-asker-english-desktop")
        page.get_by_role("button", name=re.compile("^Open entry")).first.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("The proof holds", exact=True)).to_be_visible()
        one.look("officer-entry-english-desktop")


@pytest.fixture
def entry(browser: Browser, served: str, number: str) -> Iterator[tuple[Window, Callable[[Change], None]]]:
    """A window at a list of entries; and what opens the newest with receipt, proof and key changed on the way."""
    with window(browser, served, language="en") as one:
        one.sign_in("officer")
        one.page.goto(f"{served}/officer")
        one.page.get_by_label("Identity number").fill(number)
        one.page.get_by_role("form", name="Who saw this person?").get_by_role("button", name="Search").click()

        def open_changed(change: Change) -> None:
            def on_the_way(route: Route) -> None:
                sent = {**route.request.all_headers(), "sec-fetch-site": "same-origin"}
                answer = route.fetch(headers=sent)
                text = answer.text()
                places = [
                    re.search(r"<pre[^>]* data-receipt[^>]*>(.*?)</pre>", text, re.DOTALL),
                    re.search(r"<pre[^>]* data-proof[^>]*>(.*?)</pre>", text, re.DOTALL),
                    re.search(r'id="vkey" class="code" value="([^"]+)"', text),
                ]
                receipt, proof, key = (unescape(found[1]) for found in places if found)
                for old, new in zip((receipt, proof, key), change(receipt, proof, key), strict=True):
                    text = text.replace(
                        escape(old, quote=True).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
                        escape(new, quote=True),
                    )
                route.fulfill(response=answer, body=text)

            one.page.route("**/officer/entry", on_the_way)
            one.page.get_by_role("button", name=re.compile("^Open entry")).first.click()

        yield one, open_changed


def flipped(text: str, at: int) -> str:
    """The text with one character exchanged for another of its kind."""
    at %= len(text)
    while not text[at].isalnum():
        at += 1
    return text[:at] + ("B" if text[at] != "B" else "C") + text[at + 1 :]


def _path(proof: str, change: Callable[[tuple[bytes, ...]], tuple[bytes, ...]]) -> str:
    read = Proof.parse(proof)
    return Proof(read.index, change(read.path), read.checkpoint).format()


OTHER = SigningKey.generate("tongguan.local/demo-city").verifier.to_text()
CHANGES: dict[str, Change] = {
    "a byte of the entry": lambda receipt, proof, key: (flipped(receipt, 60), proof, key),
    "white space after the entry": lambda receipt, proof, key: (receipt + " ", proof, key),
    "the person in the entry": lambda receipt, proof, key: (receipt.replace("zhao.qiang", "wang.min"), proof, key),
    "a hash": lambda receipt, proof, key: (receipt, flipped(proof, proof.index("index") + 20), key),
    "one hash less": lambda receipt, proof, key: (receipt, _path(proof, lambda path: path[:-1]), key),
    "one hash more": lambda receipt, proof, key: (receipt, _path(proof, lambda path: (*path, bytes(32))), key),
    "the index": lambda receipt, proof, key: (receipt, proof.replace("index ", "index 1"), key),
    "the size": lambda receipt, proof, key: (receipt, re.sub(r"\n\n(.*)\n(\d+)\n", r"\n\n\1\n1\2\n", proof), key),
    "the root": lambda receipt, proof, key: (receipt, flipped(proof, proof.rindex("\n\n") - 20), key),
    "the origin": lambda receipt, proof, key: (receipt, proof.replace("\n\ntongguan.local", "\n\ntongguan.other"), key),
    "the signature": lambda receipt, proof, key: (receipt, flipped(proof, -30), key),
    "no signature": lambda receipt, proof, key: (receipt, proof[: proof.rindex("\n\n") + 1], key),
    "the header": lambda receipt, proof, key: (receipt, proof.replace("@v1", "@v2"), key),
    "nothing at all": lambda receipt, _proof, key: (receipt, "no proof", key),
    "another key": lambda receipt, proof, _key: (receipt, proof, OTHER),
    "a mistyped key": lambda receipt, proof, key: (receipt, proof, flipped(key, -10)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_proof_that_was_changed_on_the_way_is_told(entry: tuple[Window, Callable[[Change], None]], name: str) -> None:
    one, open_changed = entry
    open_changed(CHANGES[name])
    expect(one.page.get_by_text("THE PROOF DOES NOT HOLD")).to_be_visible()
    expect(one.page.get_by_text("The proof holds", exact=True)).to_be_hidden()


def test_a_proof_that_was_not_changed_holds_and_ones_own_key_is_checked_with(
    entry: tuple[Window, Callable[[Change], None]],
) -> None:
    """The interception alone changes nothing; a key that one pastes in is the one that counts."""
    one, open_changed = entry
    open_changed(lambda receipt, proof, key: (receipt, proof, key))
    page = one.page
    expect(page.get_by_text("The proof holds", exact=True)).to_be_visible()
    right = page.get_by_label("The log's public key").input_value()
    page.get_by_label("The log's public key").fill(OTHER)
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("THE PROOF DOES NOT HOLD")).to_be_visible()
    one.look("officer-entry-fails-desktop")
    page.get_by_label("The log's public key").fill(f" {right} ")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("The proof holds", exact=True)).to_be_visible()


def test_a_browser_that_can_not_check_signatures_says_so_plainly(browser: Browser, served: str, number: str) -> None:
    with window(browser, served, language="en") as one:
        one.page.add_init_script(
            "crypto.subtle.importKey = () => Promise.reject(new DOMException('unknown', 'NotSupportedError'))"
        )
        one.sign_in("officer")
        one.page.goto(f"{served}/officer")
        one.page.get_by_label("Identity number").fill(number)
        one.page.get_by_role("form", name="Who saw this person?").get_by_role("button", name="Search").click()
        one.page.get_by_role("button", name=re.compile("^Open entry")).first.click()
        expect(one.page.get_by_text("Checked in part only")).to_be_visible()
        expect(one.page.get_by_text("The proof holds", exact=True)).to_be_hidden()


def test_without_scripts_everything_is_there_but_the_check(browser: Browser, served: str, number: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    page.goto(f"{served}/sign-in")
    page.locator('input[name="person"][value="officer"]').check()
    page.locator('form[action="/sign-in/development"] button').click()
    page.goto(f"{served}/officer")
    page.get_by_label("Identity number").fill(number)
    page.get_by_role("form", name="Who saw this person?").get_by_role("button", name="Search").click()
    page.get_by_role("button", name=re.compile("^Open entry")).first.click()
    expect(page.get_by_text("Not checked in this browser")).to_be_visible()
    page.screenshot(path=str(screenshots() / "officer-entry-without-scripts.png"), full_page=True)
    context.close()


def test_the_server_writes_no_number_anywhere(number: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Not in its log, not beside the audit log: the search has run in another test, or runs now."""
    homes = [path.parent for path in tmp_path_factory.getbasetemp().rglob("serve.log")]
    assert homes
    for home in homes:
        files = [path for path in home.rglob("*") if path.is_file() and path.suffix in {".log", ".sqlite", ""}]
        audited = [
            path for path in files if path.parent.name in {"audit", "registry", "limits"} or path.suffix == ".log"
        ]
        assert audited
        assert all(number.encode() not in path.read_bytes() for path in audited)
