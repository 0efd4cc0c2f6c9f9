from __future__ import annotations

import base64
import re
from html import unescape

import pytest

from audit.note import VerifyKey
from audit.verify_receipt import verify_receipt
from portal.pages import PAGES
from tests.support.city import City
from tests.support.pages import Pages, Shown

PATHS = [page.path for page in PAGES if page.path.startswith("/officer")]


LOOKED = """{ residents(first: 1, where: {area: {within: ["310115016"]}}) {
  nodes { name ageBand phone identityNo latestVaccination { vaccine } mealService { active } }
} }"""


def somebody(city: City) -> str:
    """A resident whom the analyst has just looked at."""
    assert city.ask("analyst", LOOKED).data["residents"]["nodes"]
    rows = city.rows("SELECT identity_no FROM resident WHERE area_code LIKE '310115016%' ORDER BY serial LIMIT 1")
    number: str = rows[0][0]
    return number


def seen(officer: Pages, number: str, *more: tuple[str, str]) -> Shown:
    page = officer.get("/officer")
    return officer.send(page, "/officer/subject", ("subject", number), *more, without=["subject"])


def asked(officer: Pages, *more: tuple[str, str]) -> Shown:
    return officer.send(officer.get("/officer"), "/officer/asker", *more, without=[name for name, _ in more])


def opened(officer: Pages, page: Shown, at: int = 0) -> Shown:
    """An entry of a list."""
    form = [one for one in page.forms if one.action == "/officer/entry"][at]
    return officer.post("/officer/entry", [*form.sent(), form.buttons()[0]])


def test_the_menu_leads_officers_there_and_nobody_else(officer: Pages) -> None:
    assert 'href="/officer"' in officer.get("/").html
    for who in ("committee", "analyst", "steward"):
        other = Pages(officer.city)
        other.sign_in(who)
        assert 'href="/officer"' not in other.get("/").html
        other.close()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("who", ["analyst", "committee"])
def test_who_is_no_officer_is_shown_nothing_by_any_address(pages: Pages, who: str, path: str) -> None:
    pages.sign_in(who)
    city = pages.city
    number = somebody(city)
    before = len(city.entries())
    mark = pages.get("/").mark
    fields = [("mark", mark), ("subject", number), ("by", "wang.min"), ("kind", "refusal"), ("id", "x")]
    for page in (pages.get(path), pages.post(path, fields)):
        assert page.status in {200, 303}
        if page.status == 200:
            assert "The audit log is not open to you" in page.text
        assert number not in page.html
    new = [entry for _, entry in city.entries()[before:]]
    assert not [entry for entry in new if "accesses" in entry.get("document", "")]  # nothing was even asked


def test_who_saw_this_person(officer: Pages) -> None:
    number = somebody(officer.city)
    page = seen(officer, number)
    assert page.status == 200
    assert page.response.url.path == "/officer/subject"
    assert page.response.url.query == b""
    assert "wang.min" in page.text
    assert "Health Commission" in page.text
    assert "Epidemic control" in page.text
    assert "Data was given out" in page.text
    assert number not in page.text  # only in the forms that page on
    again = seen(officer, number)
    assert "searched for" in again.text  # the search itself
    assert "zhao.qiang" in again.text


def test_the_number_stands_in_no_log_and_no_file(officer: Pages, caplog: pytest.LogCaptureFixture) -> None:
    number = somebody(officer.city)
    with caplog.at_level(0):
        seen(officer, number)
    assert number not in caplog.text
    home = officer.city.home
    for path in [*(home / "audit").iterdir(), *(home / "registry").iterdir()]:
        assert number.encode() not in path.read_bytes(), path


def test_a_person_whom_nobody_saw(officer: Pages) -> None:
    page = seen(officer, "310115190001010000")
    assert "No entry of the log names this person." in page.text
    none = seen(officer, "  ")
    assert (none.status, "Please give an identity number." in none.text) == (400, True)


def test_what_did_this_person_see(officer: Pages) -> None:
    somebody(officer.city)
    page = asked(officer, ("by", "wang.min"))
    rows = re.findall(r'data-label="Who asked">([^<]+)<', page.html)
    assert set(rows) == {"wang.min"}
    officer.city.ask("analyst", "{ nonsense }")
    refusals = asked(officer, ("organisation", "health-commission"), ("kind", "refusal"))
    assert set(re.findall(r'data-label="Kind">([^<]+)<', refusals.html)) == {"Refused"}
    assert "No entry is so." in asked(officer, ("by", "wang.min"), ("until", "2020-01-01")).text
    assert asked(officer, ("by", "wang.min"), ("since", "2020-01-01"), ("until", "2999-12-31")).status == 200


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "Please give at least one of"),
        ((("since", "yesterday"),), "That is not a day."),
        ((("until", "9999-12-31"),), "That is not a day."),
    ],
)
def test_what_can_be_no_search(officer: Pages, more: tuple[tuple[str, str], ...], said: str) -> None:
    page = asked(officer, *more)
    assert (page.status, said in page.text) == (400, True)


def test_page_by_page_and_back(officer: Pages) -> None:
    for _ in range(25):
        officer.city.ask("analyst", "{ residents(first: 1) { nodes { name } } }")
    first = asked(officer, ("by", "wang.min"))
    numbers = re.findall(r"Open entry (\d+)", first.html)
    second = _go(officer, first, "on")
    others = re.findall(r"Open entry (\d+)", second.html)
    assert len(numbers) == 20
    assert others
    assert max(map(int, others)) < min(map(int, numbers))
    assert re.findall(r"Open entry (\d+)", _go(officer, second, "back").html) == numbers
    entry = opened(officer, second)
    back = next(one for one in entry.forms if one.action == "/officer/asker")
    assert re.findall(r"Open entry (\d+)", officer.post("/officer/asker", back.sent()).html) == others


def _go(officer: Pages, page: Shown, way: str) -> Shown:
    form = next(one for one in page.forms if one.action == "/officer/asker" and ("go", way) in one.buttons())
    return officer.post("/officer/asker", [*form.sent(), ("go", way)])


def test_refusals_say_why_in_words(officer: Pages) -> None:
    officer.city.ask("analyst", "{ nonsense }")
    page = officer.get("/officer/refusals")
    assert page.status == 200
    assert "DOCUMENT_INVALID · The question names something that the graph does not have" in page.text
    kinds = set(re.findall(r'data-label="Kind">([^<]+)<', page.html))
    assert "Refused" in kinds
    assert kinds <= {"Refused", "Failed", "Nobody known (summary)"}
    others = officer.send(page, "/officer/refusals", ("organisation", "eatwell"), without=["organisation"])
    assert "No entry is so." in others.text


# ── the chart ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_chart_and_its_table_have_the_same_figures(officer: Pages) -> None:
    somebody(officer.city)
    page = officer.get("/officer")
    assert page.status == 200
    bars = [int(count) for count in re.findall(r"<rect [^>]+><title>[^<]*: (\d+)</title>", page.html)]
    totals = [int(count) for count in re.findall(r'data-label="Total">(\d+)<', page.html)]
    assert bars
    assert sum(bars) == sum(totals)
    entries = [entry for _, entry in officer.city.entries()[:-1]]
    counted = [entry for entry in entries if entry["kind"] in {"release", "wave", "refusal", "failure"}]
    assert sum(totals) == len(counted)
    assert 'style="' not in page.html  # the policy of content takes no inline style


@pytest.mark.parametrize("days", ["7", "90", "365", "-1", "nonsense", "1000000"])
def test_the_days_of_the_chart(officer: Pages, days: str) -> None:
    page = officer.send(
        officer.get("/officer"), "/officer", ("days", days), ("kind", "refusal"), without=["days", "kind"]
    )
    assert page.status == 200
    expected = days if days in {"7", "90", "365"} else "30"
    assert re.search(rf'<option value="{expected}" selected>', page.html)
    assert re.search(r'<option value="refusal" selected>', page.html)


# ── one entry ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_entry_in_full(officer: Pages) -> None:
    number = somebody(officer.city)
    page = opened(officer, seen(officer, number))
    assert page.status == 200
    assert page.response.url.path == "/officer/entry"
    for words in ("Health Commission", "Epidemic control", "answered", "own areas (own)"):
        assert words in page.text
    assert "of the name, only the surname and the last character" in page.text
    assert re.search(r"policy\.csv:\d+", page.html)
    assert "told to Eatwell Delivery" in page.text
    assert number not in page.text


def test_what_the_page_holds_is_what_the_log_holds_and_proves_itself(officer: Pages) -> None:
    page = opened(officer, seen(officer, somebody(officer.city)))
    receipt, proof = (
        _unescaped(re.search(rf"<pre[^>]* {name}[^>]*>(.*?)</pre>", page.html, re.DOTALL))
        for name in ("data-receipt", "data-proof")
    )
    key = VerifyKey.from_text(_unescaped(re.search(r'id="vkey" class="code" value="([^"]+)"', page.html)))
    assert key.to_text() == (officer.city.settings.keys / "log.vkey").read_text().strip()
    assert verify_receipt(proof, receipt.encode(), key).ok
    form = [one for one in page.forms if one.action == "/officer/entry"][-1]
    file = officer.post("/officer/entry", [*form.sent(), ("go", "file")])
    assert re.fullmatch(r'attachment; filename="entry-\d+\.tlog-proof"', file.response.headers["content-disposition"])
    assert file.response.headers["content-type"] == "text/plain; charset=utf-8"
    assert verify_receipt(file.html, None, key).ok
    assert base64.b64decode(file.html.split("\n")[1].removeprefix("extra ")).decode() == receipt


def _unescaped(found: re.Match[str] | None) -> str:
    assert found is not None
    return unescape(found[1])


@pytest.mark.parametrize("path", ["/officer/subject", "/officer/asker", "/officer/entry"])
def test_nobody_and_no_entry_has_an_address(officer: Pages, path: str) -> None:
    came = officer.get(f"{path}?subject=1&id=2")
    assert (came.status, came.response.headers["location"]) == (303, "/officer")


def test_an_id_that_is_none(officer: Pages) -> None:
    mark = officer.get("/officer").mark
    for fields in (
        [("id", "x" * 60)],
        [],
        [("id", "x"), ("go", "file")],
        [("id", "x"), ("from", "https://evil.example/")],
    ):
        page = officer.post("/officer/entry", [("mark", mark), *fields])
        assert page.status == 404
        assert "There is no such entry, or none that is shown to you." in page.text
        assert "evil" not in page.html


def test_the_id_of_one_organisation_opens_nothing_for_another(officer: Pages) -> None:
    page = seen(officer, somebody(officer.city))
    form = next(one for one in page.forms if one.action == "/officer/entry")
    other = Pages(officer.city)
    other.sign_in("analyst")
    came = other.post("/officer/entry", [("mark", other.get("/").mark), ("id", form.buttons()[0][1])])
    assert came.status == 303
    other.close()


def test_in_chinese(officer: Pages) -> None:
    page = officer.get("/officer", headers={"accept-language": "zh"})
    assert "谁看过这个人？" in page.text
    assert "各单位每日访问次数" in page.text


def test_the_pages_are_asked_for_on_record(officer: Pages) -> None:
    before = len(officer.city.entries())
    officer.get("/officer/refusals")
    new = [entry for _, entry in officer.city.entries()[before:]]
    assert [entry["purpose"] for entry in new if entry["kind"] == "release"] == ["security-audit"]
