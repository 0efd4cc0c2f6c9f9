"""Sign-in with an identity provider, in a real browser: there and back again."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import _copy
from tests.support.browser import exchange, window
from tests.support.city import free_port
from tests.support.provider import CLIENT, signing_in

pytestmark = pytest.mark.server


def test_a_browser_goes_to_the_provider_and_comes_back_signed_in(
    browser: Browser, built_city: Path, tmp_path: Path
) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with signing_in() as provider:
        provider.person = {
            "sub": "li.na",
            "org": "huamu-committee-3",
            "roles": ["committee-worker"],
            "areas": ["310115016003"],
        }
        settings = {
            "TONGGUAN_OIDC": "true",
            "TONGGUAN_ISSUER": provider.issuer,
            "TONGGUAN_PUBLIC_URL": base,
            "TONGGUAN_CLIENT_ID": CLIENT,
        }
        with exchange(_copy(built_city, tmp_path), port=port, **settings), window(browser, base) as one:
            one.open("/committee")
            one.page.wait_for_url(f"{base}/sign-in")
            one.look("sign-in-provider-desktop")
            one.page.get_by_role("button", name="使用统一身份认证登录").click()
            one.page.wait_for_url(f"{base}/")
            expect(one.page.get_by_role("heading", name="li.na，您好")).to_be_visible()
            assert one.page.get_by_text("开发环境").count() == 0
            names = {cookie["name"] for cookie in one.page.context.cookies()}
            assert names == {"tongguan-session"}  # nothing of the way there is left
