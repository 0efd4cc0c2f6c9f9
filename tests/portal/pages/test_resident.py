from __future__ import annotations

import re

from tests.support.pages import Pages, Shown


def open_first(pages: Pages) -> Shown:
    page = pages.residents()
    form = next(one for one in page.forms if one.action == "/committee/resident")
    return pages.post("/committee/resident", [*form.sent(), form.buttons()[0]])


def test_a_residents_own_page_shows_what_belongs_to_them(committee: Pages) -> None:
    page = open_first(committee)
    assert page.status == 200
    assert page.response.url.path == "/committee/resident"
    assert page.response.url.query == b""
    for heading in ("About them", "The latest vaccination", "Meal service", "Emergency contact"):
        assert heading in page.text
    assert "Identity number" not in page.text.split("What is not shown to you")[0]


def test_the_way_back_leads_to_the_same_page_of_the_list(committee: Pages) -> None:
    listed = committee.residents(("f.ageBand.in", "70-79"))
    form = next(one for one in listed.forms if one.action == "/committee/resident")
    page = committee.post("/committee/resident", [*form.sent(), form.buttons()[0]])
    back = committee.post("/committee", next(one for one in page.forms if one.action == "/committee").sent())
    ids = [set(re.findall(r'name="id" value="([^"]+)"', one.html)) for one in (listed, back)]
    assert ids[0] == ids[1] != set()


def test_an_id_that_is_none_is_as_if_there_were_nobody(committee: Pages) -> None:
    page = committee.residents()
    form = next(one for one in page.forms if one.action == "/committee/resident")
    answer = committee.post("/committee/resident", [*form.sent(), ("id", "x" * 80)])
    assert answer.status == 404
    assert "There is no such resident, or none that may be shown to you." in answer.text


def test_nobody_is_reached_by_an_address(committee: Pages) -> None:
    answer = committee.get("/committee/resident?id=anything")
    assert (answer.status, answer.response.headers["location"]) == (303, "/committee")
