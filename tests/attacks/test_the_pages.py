"""Attacks on the pages: from other sites, by other people's cursors and ids, through what records and questions hold."""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.guard import POLICY
from portal.pages import PAGES
from tests.attacks.test_p02_no_receipt_no_release import break_log
from tests.support.city import QUESTION, STREET, City
from tests.support.pages import Pages, Shown
from vocabulary.receipt import Kind

OWN, OTHER = "310115016003", "310115016004"
POSTS = [page.path for page in PAGES if page.post is not None]


@pytest.fixture
def pages(city: City) -> Iterator[Pages]:
    opened = Pages(city)
    yield opened
    opened.close()


@pytest.fixture
def committee(pages: Pages) -> Pages:
    pages.sign_in("committee")
    return pages


@pytest.fixture
def neighbour(city: City) -> Iterator[Pages]:
    opened = Pages(city)
    opened.sign_in("neighbour")
    yield opened
    opened.close()


def entries(pages: Pages) -> int:
    return len(pages.city.entries())


def ids_of(page: Shown) -> list[str]:
    return re.findall(r'name="id" value="([^"]+)"', page.html)


def areas_of(page: Shown) -> list[str]:
    return re.findall(r">(31\d{13})<", page.html)


# ── from other sites ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}])
def test_no_form_of_another_site_is_taken(committee: Pages, path: str, headers: dict[str, str]) -> None:
    mark, before = committee.get("/").mark, entries(committee)
    fields = [("mark", mark), ("purpose", "epidemic-control/ordinary"), ("person", "officer"), ("language", "zh")]
    came = committee.post(path, fields, headers={**headers, "origin": "https://elsewhere.example"})
    assert came.status == 403
    assert "set-cookie" not in came.response.headers
    assert entries(committee) == before
    assert committee.get("/").status == 200  # nobody was signed out, or in as somebody else
    assert "li.na" in committee.get("/").text


@pytest.mark.parametrize("path", POSTS)
def test_no_form_is_taken_without_the_mark_of_this_session(
    committee: Pages, neighbour: Pages, pages: Pages, path: str
) -> None:
    before = entries(committee)
    for mark in ("", "0" * 64, neighbour.get("/").mark, "é"):
        came = committee.post(path, [("mark", mark), ("purpose", "epidemic-control/ordinary"), ("person", "officer")])
        assert came.status == 403, mark
    assert committee.post(path, [("purpose", "epidemic-control/ordinary")]).status == 403
    assert entries(committee) == before
    assert pages.get("/").status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 200),
        ({"sec-fetch-site": "same-origin", "origin": "https://elsewhere.example"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"sec-fetch-site": ""}, 403),
        ({"origin": "http://127.0.0.1:8000"}, 200),
        ({"origin": "http://127.0.0.1:8001"}, 403),
        ({"origin": "https://127.0.0.1:8000"}, 403),
        ({"origin": "null"}, 403),
        ({}, 403),
    ],
)
def test_a_form_says_where_it_was_sent_from(committee: Pages, headers: dict[str, str], status: int) -> None:
    mark = committee.get("/committee").mark
    del committee.client.headers["sec-fetch-site"]
    fields = [("mark", mark), ("purpose", "epidemic-control/ordinary")]
    assert committee.post("/committee", fields, headers=headers).status == status


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_link_of_another_site_asks_nothing_in_somebodys_name(committee: Pages, site: str) -> None:
    before = entries(committee)
    for page in PAGES:
        if page.get is None or page.is_public or page.path == "/":
            continue
        came = committee.get(page.path, headers={"sec-fetch-site": site})
        assert (came.status, came.response.headers["location"]) == (303, "/"), page.path
    assert entries(committee) == before
    assert committee.get("/", headers={"sec-fetch-site": site}).status == 200  # which asks nothing
    assert entries(committee) == before


def test_nobody_is_signed_in_from_another_site(pages: Pages, city: City) -> None:
    attacker = Pages(city)
    mark = attacker.get("/sign-in").mark  # one that the exchange gave, to the attacker's browser
    attacker.close()
    pages.get("/sign-in")
    came = pages.post("/sign-in/development", [("mark", mark), ("person", "analyst")])
    assert came.status == 403
    assert "tongguan-session" not in pages.client.cookies


@pytest.mark.parametrize(
    "host", ["exchange.example", "127.0.0.1.elsewhere.example", "localhost.elsewhere.example:8000", ""]
)
def test_an_outside_name_that_leads_here_is_not_answered(city: City, host: str) -> None:
    """DNS rebinding: a page of another site, once its name leads to this machine, would be of the same origin."""
    pages = Pages(city)
    came = pages.get("/sign-in", headers={"host": host})
    assert came.status == 421
    assert "made-up person" not in came.text
    pages.close()


def test_pages_can_not_be_framed_and_give_no_referrer(committee: Pages) -> None:
    for page in (committee.get("/"), committee.residents(), committee.get("/nowhere")):
        assert page.response.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in page.response.headers["content-security-policy"]
        assert page.response.headers["referrer-policy"] == "no-referrer"
        assert "access-control-allow-origin" not in page.response.headers


@pytest.mark.parametrize(
    "back",
    ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "/sign-out", "javascript:1", ""],
)
def test_no_redirect_leads_anywhere_but_to_a_page_of_ours(committee: Pages, back: str) -> None:
    page = committee.get("/")
    came = committee.post("/language", [("mark", page.mark), ("language", "en"), ("back", back)])
    assert (came.status, came.response.headers["location"]) == (303, "/")
    for path in ("//elsewhere.example/", "/committee/", "/committee//elsewhere.example"):
        assert committee.get(f"http://127.0.0.1:8000{path}").status == 404


# ── sessions ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_planted_session_is_not_the_one_that_somebody_signs_in_to(pages: Pages, city: City) -> None:
    attacker = Pages(city)
    attacker.sign_in("neighbour")
    planted = attacker.session()
    pages.client.cookies.set("tongguan-session", planted, domain="127.0.0.1", path="/")
    page = pages.get("/")
    assert "chen.jie" in page.text
    pages.post("/sign-in/development", [("mark", page.mark), ("person", "committee")])
    assert pages.session() != planted
    assert "li.na" in pages.get("/").text
    assert attacker.get("/").status == 401  # whose own session ended with it
    attacker.close()


def test_a_made_up_session_is_none(pages: Pages) -> None:
    for forged in ("x", "x" * 43, "' OR 1=1 --"):
        pages.client.cookies.set("tongguan-session", forged, domain="127.0.0.1", path="/")
        came = pages.get("/committee")
        assert came.status == 401
        assert "Your session has ended" in came.text


def test_a_session_is_over_everywhere_once_it_is_signed_out(committee: Pages, city: City) -> None:
    kept, mark = committee.session(), committee.get("/committee").mark
    out = committee.post("/sign-out", [("mark", mark)])
    assert out.response.headers["location"] == "/sign-in"
    assert 'tongguan-session=""' in out.response.headers["set-cookie"]
    thief = Pages(city)
    thief.client.cookies.set("tongguan-session", kept, domain="127.0.0.1", path="/")
    before = len(city.entries())
    assert thief.get("/committee").status == 401
    thief.client.cookies.set("tongguan-session", kept, domain="127.0.0.1", path="/")
    assert thief.post("/committee", [("mark", mark), ("purpose", "epidemic-control/ordinary")]).status == 401
    assert len(city.entries()) == before
    thief.close()


def test_the_token_is_in_no_page_and_no_cookie(committee: Pages) -> None:
    whole = committee.residents().html + committee.get("/").html + str(dict(committee.client.cookies))
    assert "eyJ" not in whole  # how every JWT begins
    assert re.fullmatch(r"[\w-]{43}", committee.session())


def test_cookies_are_for_the_browser_alone(pages: Pages) -> None:
    page = pages.get("/sign-in")
    came = pages.send(page, "/sign-in/development", ("person", "committee"), without=["person"])
    for header in (page.response.headers["set-cookie"], came.response.headers["set-cookie"]):
        for cookie in re.split(r", (?=tongguan)", header):
            assert "HttpOnly" in cookie
            assert "SameSite=lax" in cookie
            assert "Path=/" in cookie
            assert "Domain" not in cookie


def test_over_https_cookies_are_secure_and_bound_to_the_host(make_city: Callable[..., City]) -> None:
    city = make_city(public_url="https://exchange.example")
    pages = Pages(city, base="https://exchange.example")
    page = pages.get("/sign-in")
    came = pages.send(page, "/sign-in/development", ("person", "committee"), without=["person"])
    assert "__Host-tongguan-session=" in came.response.headers["set-cookie"]
    for cookie in re.split(r", (?=__Host)", came.response.headers["set-cookie"]):
        assert "Secure" in cookie
    assert "li.na" in pages.get("/").text
    assert Pages(city, base="https://127.0.0.1").get("/").status == 421  # by its own name alone
    pages.close()


# ── other people's residents ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_residents_of_another_committee_are_reached_by_no_field_of_a_form(committee: Pages) -> None:
    fields = (
        "f.area.within",
        "f.ageBand.in",
        "purpose",
        "kind",
        "after",
        "here",
        "before",
        "id",
        "go",
        "mode",
        "areas",
    )
    values = (OTHER, f"{OTHER}001", "31", "310115", f"{OWN},{OTHER}", f"{OTHER}，31", "Resident", "on", "1 or 1=1")
    page = committee.get("/committee")
    seen: list[str] = []
    for name in fields:
        for value in values:
            came = committee.send(page, "/committee", (name, value))
            assert came.status in {200, 400}, (name, value)
            seen += areas_of(came)
    assert seen
    assert all(area.startswith(OWN) for area in seen)


def test_a_filter_that_would_be_refused_is_not_passed_on(committee: Pages) -> None:
    for name in ("f.name.startsWith", "f.phone.eq", "f.identityNo.eq", "f.livesAlone.eq", "f.birthDate.gte"):
        page = committee.residents((name, "true"))
        assert page.status == 200
        assert name not in page.html  # it is no field of this form, and nothing was filtered by it


def test_an_id_of_another_committee_is_as_if_there_were_nobody(committee: Pages, neighbour: Pages) -> None:
    stolen = ids_of(neighbour.residents())[0]
    page = committee.residents()
    form = next(one for one in page.forms if one.action == "/committee/resident")
    came = committee.post("/committee/resident", [*form.sent(), ("id", stolen)])
    nobody = committee.post("/committee/resident", [*form.sent(), ("id", "x" * len(stolen))])
    assert came.status == nobody.status == 404
    told = [re.sub(rf"as entry \d+|{re.escape(stolen)}|{'x' * len(stolen)}", "", page.html) for page in (came, nobody)]
    assert told[0] == told[1]


def test_a_cursor_of_somebody_else_opens_nothing(committee: Pages, neighbour: Pages) -> None:
    listed = neighbour.residents()
    stolen = next(value for name, value in listed.forms[-1].sent() if name == "after")
    came = committee.residents(("go", "on"), ("after", stolen))
    assert came.status == 400
    assert "The place in the list no longer holds." in came.text
    assert areas_of(came) == []


def test_no_value_behind_a_mask_stands_anywhere_in_a_page(committee: Pages) -> None:
    hidden = committee.city.rows(
        "SELECT name, phone, identity_no, address, birth_date FROM resident WHERE area_code LIKE ?", [f"{OWN}%"]
    )
    listed = committee.residents()
    form = next(one for one in listed.forms if one.action == "/committee/resident")
    one = committee.post("/committee/resident", [*form.sent(), form.buttons()[0]])
    assert len(hidden) > 20
    for page in (listed, one):
        whole = page.html + str(page.response.headers)
        for name, *others in hidden:
            assert f">{name}<" not in whole
            assert not [value for value in others if value is not None and value in whole]


# ── what records and questions hold ───────────────────────────────────────────────────────────────────────────────────

SCRIPT = "<script>alert(1)</script>"
QUOTED = '"><img src=x onerror=alert(1)>{{7*7}}'


@pytest.fixture
def bewitched(make_city: Callable[..., City]) -> City:
    """A city in whose records somebody has written scripts."""
    city = make_city()
    path = city.home / "health.sqlite"
    shutil.copy(path, city.home / "own.sqlite")
    (city.home / "own.sqlite").replace(path)
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE vaccination SET vaccine = ?", (SCRIPT + QUOTED,))
    return city


def test_a_script_in_a_record_is_a_text(bewitched: City) -> None:
    pages = Pages(bewitched)
    pages.sign_in("analyst")
    page = pages.get("/department")
    fields = (("document", QUESTION), ("variables", f'{{"street": "{STREET}"}}'), ("go", "run"))
    came = pages.send(page, "/department", *fields, without=["document", "variables"])
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&gt;&lt;img" in came.html
    assert "<script>alert" not in came.html
    assert "<img" not in came.html
    pages.close()


@pytest.mark.parametrize("name", ["document", "variables", "purpose", "mode", "agreement", "go", "part"])
@pytest.mark.parametrize(
    "text", [SCRIPT, f"</textarea>{SCRIPT}", QUOTED, f'{{ residents(first: "{SCRIPT}") {{ x }} }}']
)
def test_what_somebody_sends_comes_back_as_a_text(analyst: Pages, name: str, text: str) -> None:
    page = analyst.get("/department")
    came = analyst.send(page, "/department", (name, text), without=[name])
    assert "<script>alert" not in came.html
    assert "<img" not in came.html
    assert "49" not in came.text.split("entry")[0] or "{{7*7}}" in came.text


@pytest.fixture
def analyst(pages: Pages) -> Pages:
    pages.sign_in("analyst")
    return pages


def test_every_field_of_the_committees_form_comes_back_as_a_text(committee: Pages) -> None:
    for name in ("f.area.within", "f.ageBand.in", "purpose", "kind", "here", "before", "after", "id", SCRIPT):
        for path in ("/committee", "/committee/resident"):
            form = committee.get("/committee").mark
            came = committee.post(
                path, [("mark", form), ("purpose", "epidemic-control/ordinary"), (name, SCRIPT + QUOTED)]
            )
            assert "<script>alert" not in came.html
            assert "<img" not in came.html


def test_a_form_that_is_none_or_endless_is_refused(committee: Pages) -> None:
    mark = committee.get("/").mark
    media = {"content-type": "application/json"}
    assert committee.post("/committee", [("mark", mark)], headers=media).status == 415
    many = [("mark", mark), *((f"f{number}", "x") for number in range(400))]
    assert committee.post("/committee", many).status == 400
    assert committee.post("/committee", [("mark", mark), ("x", "y" * 300_000)]).status == 413


# ── nothing about people where it would stay ──────────────────────────────────────────────────────────────────────────


def test_no_address_title_or_redirect_says_anything_about_a_person(committee: Pages) -> None:
    listed = committee.residents(("f.ageBand.in", "18-59"))
    form = next(one for one in listed.forms if one.action == "/committee/resident")
    one = committee.post("/committee/resident", [*form.sent(), form.buttons()[0]])
    for page in (listed, one):
        assert page.response.url.query == b""
        assert "location" not in page.response.headers
        assert {form.method for form in page.forms} == {"post"}
        assert not [form.action for form in page.forms if "?" in form.action]
        assert not re.findall(r'href="[^"]*\?', page.html)
        title = re.search(r"<title>([^<]*)</title>", page.html)
        assert title is not None
        assert title[1] in {"Own residents · Tongguan", "Resident · Tongguan"}
        assert page.response.headers["cache-control"] == "no-store"


def test_scripts_of_ours_keep_nothing_in_the_browser() -> None:
    scripts = [path.read_text("utf-8") for path in (Path(__file__).parents[2] / "portal" / "static").rglob("*.js")]
    assert len(scripts) > 4
    for word in (
        "localStorage",
        "sessionStorage",
        "indexedDB",
        "document.cookie",
        "history.pushState",
        "eval(",
        "http",
    ):
        assert not [text for text in scripts if word in text], word


def test_no_template_holds_a_script_or_style_of_its_own() -> None:
    for path in (Path(__file__).parents[2] / "portal" / "templates").glob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"<script(?![^>]* src=)", text), path.name
        assert not re.search(r"\s(?:style|on\w+)=", text), path.name
        assert "|safe" not in text.replace(" ", ""), path.name
        assert "<style" not in text, path.name
        assert "autoescape" not in text, path.name


# ── the same door ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_look_is_on_record_for_its_purpose(committee: Pages) -> None:
    before = entries(committee)
    committee.residents()
    (index, entry) = committee.city.entries()[-1]
    assert index >= before
    assert (entry["kind"], entry["outcome"], entry["purpose"]) == ("release", "answered", "epidemic-control")
    assert entry["who"]["person"] == "li.na"
    assert entry["who"]["application"] == "committee-page"


def test_a_plan_is_on_record_and_asks_nobody(analyst: Pages) -> None:
    page, before = analyst.get("/department"), entries(analyst)
    fields = (("document", QUESTION), ("variables", f'{{"street": "{STREET}"}}'), ("go", "plan"))
    came = analyst.send(page, "/department", *fields, without=["document", "variables"])
    assert STREET not in came.text.split("Plan")[-1]  # no value stands in a plan
    new = [entry for _, entry in analyst.city.entries()[before:]]
    assert [(one["kind"], one["outcome"]) for one in new] == [("release", "planned")]
    assert not {"subjects", "waves", "sources", "rows"} & new[0].keys()


def test_what_can_not_be_put_on_record_is_not_shown(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city()
    pages = Pages(city)
    pages.sign_in("committee")
    break_log(city, monkeypatch, Kind.RELEASE)
    came = pages.residents()
    assert came.status == 503
    assert "can't put this on record just now, so nothing is shown" in came.text
    assert areas_of(came) == []
    pages.close()


def test_a_failure_of_ours_is_a_page_that_tells_nothing(committee: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "no such row 310115195001011234"

    def fail(*_: object) -> None:
        raise RuntimeError(secret)

    monkeypatch.setattr("portal.pages.committee.filters_of", fail)
    came = committee.residents()
    assert came.status == 500
    assert secret not in came.html
    assert "Something of ours went wrong." in came.text
    assert came.response.headers["content-security-policy"] == POLICY
    assert came.response.headers["cache-control"] == "no-store"
