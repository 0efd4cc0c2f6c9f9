from __future__ import annotations

from portal.accesses import KINDS, LISTED
from portal.texts import TEXTS
from tests.support.pages import Pages


def test_every_kind_of_entry_has_a_word() -> None:
    assert {f"kind.{kind}" for kind in KINDS} <= TEXTS.keys()


def test_every_way_that_the_log_names_has_a_word() -> None:
    for how in ("released", "given", "probed", "named"):
        assert f"how.{how}" in TEXTS
    for shown in ("plain", "withheld", "denied", "filter", "match", "deliver", "write"):
        assert f"shown.{shown}" in TEXTS


def test_times_are_the_citys(officer: Pages) -> None:
    """What the log writes in UTC is read on the city's clock."""
    officer.get("/officer/refusals")
    entry = officer.city.entries()[-1][1]
    page = officer.get("/officer")
    listed = officer.send(page, "/officer/asker", ("by", "zhao.qiang"), without=["by"])
    hour = (int(entry["at"][11:13]) + 8) % 24
    assert f" {hour:02d}{entry['at'][13:19]}<" in listed.html
    assert "Times are the city's" in listed.text
    assert LISTED[0] == "at"


def test_what_has_no_word_of_ours_stands_as_it_is(officer: Pages) -> None:
    """A mask of a plug-in, a condition that the exchange declares: shown by name, and not passed over."""
    city = officer.city
    city.ask("caseworker", "{ residents(first: 1) { nodes { name } } }")
    page = officer.send(officer.get("/officer"), "/officer/asker", ("by", "he.ping"), without=["by"])
    form = next(one for one in page.forms if one.action == "/officer/entry")
    entry = officer.post("/officer/entry", [*form.sent(), form.buttons()[0]])
    assert entry.status == 200
    assert "care-desk" in entry.text
    assert "the asker's cases (case)" in entry.text
