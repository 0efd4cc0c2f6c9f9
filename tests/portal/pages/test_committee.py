from __future__ import annotations

import re

from tests.support.pages import Pages, Shown

COMMITTEE = "310115016003"


def names_of(page: Shown) -> list[str]:
    return re.findall(r'<span class="masked"[^>]*>([^<]+)<', page.html)


def areas_of(page: Shown) -> list[str]:
    return re.findall(r">(310115\d{9})<", page.html)


def test_only_purposes_that_open_residents_are_offered(committee: Pages) -> None:
    page = committee.get("/committee")
    assert page.status == 200
    offered = re.findall(r'name="purpose" value="([^"]+)"', page.html)
    assert offered == ["epidemic-control/ordinary", "elderly-care/ordinary"]
    assert "Epidemic control" in page.text


def test_the_list_shows_own_residents_masked_and_says_so(committee: Pages) -> None:
    page = committee.residents()
    areas = areas_of(page)
    assert len(areas) == 20
    assert all(area.startswith(COMMITTEE) for area in areas)
    assert all(re.fullmatch(r"\w{1,2}\*+", name) for name in names_of(page))
    assert "of the name, only the surname" in page.text  # the key
    assert "(masked)" in page.text  # at each cell, for who can't see the mark
    assert "covered whole, nothing is shown" in page.text
    assert "This look is on record as entry" in page.text


def test_what_is_withheld_says_why_whom_to_ask_and_brings_a_draft(committee: Pages) -> None:
    page = committee.residents()
    assert "It is open to you for another purpose, not for this one" in page.text  # the address
    assert "Public Security Bureau data-steward@public-security.example" in page.text
    assert "read Resident.address address-street" in page.html


def test_filters_are_those_that_would_not_be_refused(committee: Pages) -> None:
    page = committee.residents()
    offered = set(re.findall(r'name="(f\.[^"]+)"', page.html))
    assert offered == {"f.area.within", "f.ageBand.in"}


def test_a_band_and_a_grid_narrow_the_list(committee: Pages) -> None:
    grid = areas_of(committee.residents(("f.ageBand.in", "18-59")))[0]
    page = committee.residents(("f.ageBand.in", "18-59"), ("f.area.within", grid))
    cells = re.findall(r'data-label="Age band in full years">([^<]+)<', page.html)
    assert set(cells) == {"18-59"}
    assert set(areas_of(page)) == {grid}
    assert re.search(r'value="18-59" checked', page.html)  # the form keeps what was asked


def test_a_value_that_is_none_of_the_choices_is_told_at_its_field(committee: Pages) -> None:
    page = committee.residents(("f.ageBand.in", "73"))
    assert page.status == 400
    assert "The value for “Age band in full years” is not right." in page.text


def test_an_area_that_is_none_is_a_plain_sentence(committee: Pages) -> None:
    page = committee.residents(("f.area.within", "31011"))
    assert page.status == 400
    assert "A value of the search is not right." in page.text
    assert "ARGUMENT_INVALID" in page.text


def test_pages_lead_on_and_back_without_a_cursor_in_the_address(committee: Pages) -> None:
    first = committee.residents()
    second = turn(committee, first, "on")
    assert second.response.url.query == b""
    ids = [set(re.findall(r'name="id" value="([^"]+)"', page.html)) for page in (first, second)]
    assert ids[0]
    assert not ids[0] & ids[1]
    third = turn(committee, second, "on")
    back = turn(committee, third, "back")
    assert set(re.findall(r'name="id" value="([^"]+)"', back.html)) == ids[1]
    again = turn(committee, back, "back")
    assert set(re.findall(r'name="id" value="([^"]+)"', again.html)) == ids[0]


def test_a_purpose_that_opens_nothing_here_is_not_taken(committee: Pages) -> None:
    page = committee.residents(purpose="security-audit/ordinary")
    assert page.status == 400
    assert "This look is on record" not in page.text
    assert "What do you need it for?" in page.text


def test_somebody_who_may_list_nobody_is_not_offered_the_page(pages: Pages) -> None:
    home = pages.sign_in("officer")
    assert "/committee" not in home.html
    assert "No purpose opens residents to you" in pages.get("/committee").text


def turn(pages: Pages, page: Shown, go: str) -> Shown:
    """Press a button of the paging form, the last one that leads here."""
    form = [one for one in page.forms if one.action == "/committee"][-1]
    assert ("go", go) in form.buttons()
    return pages.post("/committee", [*form.sent(), ("go", go)])
