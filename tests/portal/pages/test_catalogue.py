from __future__ import annotations

import re

from tests.support.pages import Pages


def test_every_field_has_its_meaning_owner_and_how_it_is_shown(analyst: Pages) -> None:
    page = analyst.get("/catalogue")
    assert page.status == 200
    for text in (
        "Resident",
        "livesAlone",
        "Lives alone",
        "Public Security Bureau",
        "data-steward@public-security.example",
    ):
        assert text in page.text
    assert "Epidemic control: of the name, only the surname and the last character" in page.text
    assert "This look is on record" in page.text


def test_the_citys_data_comes_before_what_the_exchange_tells_of_itself(analyst: Pages) -> None:
    kinds = re.findall(r'<section class="kind" id="(\w+)"', analyst.get("/catalogue").html)
    assert kinds.index("Vaccination") < kinds.index("CatalogueEntry")
    assert kinds.index("Resident") < kinds.index("Access")
    assert len(kinds) == len(set(kinds)) > 8


def test_it_is_chinese_for_who_reads_chinese(analyst: Pages) -> None:
    page = analyst.get("/catalogue", headers={"accept-language": "zh-CN"})
    assert "是否独居" in page.text
    assert "Lives alone" not in page.text


def test_whom_it_is_not_open_to_is_told_so(pages: Pages) -> None:
    home = pages.sign_in("doctor")
    assert 'href="/catalogue"' not in home.html
    page = pages.get("/catalogue")
    assert page.status == 200
    assert "The catalogue is not open to you." in page.text
