from __future__ import annotations

import pytest

from portal.guard import POLICY
from portal.pages import PAGES
from tests.support.pages import Pages


def test_every_page_needs_a_session_unless_it_is_for_everybody(pages: Pages) -> None:
    for page in PAGES:
        if page.is_public:
            continue
        if page.get is not None:
            came = pages.get(page.path)
            assert (came.status, came.response.headers["location"]) == (303, "/sign-in"), page.path
        if page.post is not None:
            mark = pages.get("/sign-in").mark
            assert pages.post(page.path, [("mark", mark)]).response.headers["location"] == "/sign-in", page.path


def test_a_session_that_has_ended_is_told_so_whatever_was_pressed(committee: Pages) -> None:
    form = committee.get("/committee").form("/committee").sent()
    committee.city.run(_end(committee))
    for path in ("/committee", "/committee/resident", "/department", "/sign-out"):
        came = committee.post(path, form)
        assert came.status == 401, path
        assert "Your session has ended." in came.text
        committee.client.cookies.set("tongguan-session", "x" * 43, domain="127.0.0.1", path="/")
    assert committee.get("/sign-in").status == 200  # where one begins again


async def _end(pages: Pages) -> None:
    pages.city.exchange.sessions.end(pages.session())


@pytest.mark.parametrize("path", ["/", "/sign-in", "/committee", "/nowhere", "/static/0000/portal.css", "/language"])
def test_every_answer_has_the_headers_that_keep_other_sites_out(pages: Pages, path: str) -> None:
    headers = pages.get(path).response.headers
    assert headers["content-security-policy"] == POLICY
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"


def test_the_policy_of_content_has_no_unsafe_word() -> None:
    assert "unsafe" not in POLICY
    assert "default-src 'none'" in POLICY
    assert "frame-ancestors 'none'" in POLICY


def test_styles_and_scripts_are_kept_forever_under_their_digest(committee: Pages) -> None:
    home = committee.get("/")
    for name in ("portal.css", "portal.js", "mark.svg"):
        address = home.html.split(f'/{name}"')[0].rpartition('"')[2] + f"/{name}"
        came = committee.get(address)
        assert came.status == 200
        assert came.response.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_an_address_that_there_is_not_is_a_page_that_says_so(pages: Pages) -> None:
    came = pages.get("/nowhere")
    assert came.status == 404
    assert "There is no such page." in came.text


def test_a_page_that_is_opened_in_the_wrong_way_says_how_it_may_be(committee: Pages) -> None:
    came = committee.get("/sign-out")
    assert came.status == 405
    assert came.response.headers["allow"] == "POST"


def test_the_language_is_chosen_by_the_browser_until_somebody_chooses(pages: Pages) -> None:
    assert 'lang="en"' in pages.get("/sign-in").html
    assert '<html lang="zh-Hans">' in pages.get("/sign-in", headers={"accept-language": "fr"}).html
    page = pages.get("/sign-in")
    came = pages.send(page, "/language", ("language", "zh"))
    assert came.status == 303
    assert '<html lang="zh-Hans">' in pages.get("/sign-in").html


def test_development_is_told_loudly_on_every_page(committee: Pages) -> None:
    for path in ("/", "/committee", "/nowhere"):
        assert "anybody can be anybody" in committee.get(path).text
