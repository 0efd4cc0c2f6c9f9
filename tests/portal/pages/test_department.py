from __future__ import annotations

import json

from connectors.errors import FailureKind, SourceError
from tests.support.city import QUESTION, STREET
from tests.support.pages import Pages, Shown

VARIABLES = json.dumps({"street": STREET})


def ask(pages: Pages, document: str, variables: str = "", *more: tuple[str, str]) -> Shown:
    names = {name for name, _ in more}
    fields = (("document", document), ("variables", variables), *more)
    if "go" not in names:
        fields = (*fields, ("go", "run"))
    return pages.send(pages.get("/department"), "/department", *fields, without=["document", "variables", *names])


def test_a_first_question_stands_there_and_can_be_asked(analyst: Pages) -> None:
    page = analyst.get("/department")
    assert "query First {" in page.html
    assert "residents(first: 10)" in page.html
    came = analyst.send(
        page,
        "/department",
        ("document", page.html.split("required>")[1].split("</textarea>")[0]),
        ("go", "run"),
        without=["document"],
    )
    assert came.status == 200
    assert "residents.nodes" in came.text


def test_an_answer_marks_masks_names_what_is_withheld_and_drafts_what_to_ask(analyst: Pages) -> None:
    came = ask(analyst, QUESTION, VARIABLES)
    assert came.status == 200
    assert "of the name, only the surname and the last character" in came.text
    assert "164" in came.text or "1" in came.text
    assert "Nobody has granted it to you" in came.text
    assert "--wish" in came.text
    assert "read Resident.identityNo" in came.text
    assert "mutation Draft(" in came.html
    assert "This look is on record as entry" in came.text


def test_a_plan_is_text_and_holds_no_value(analyst: Pages) -> None:
    came = ask(analyst, QUESTION, VARIABLES, ("go", "plan"))
    assert "ask population: list Resident" in came.text
    assert "tells eatwell Resident.identityNo" in came.text
    assert "residents.nodes" not in came.text


def test_the_script_gets_the_answer_alone(analyst: Pages) -> None:
    came = ask(analyst, QUESTION, VARIABLES, ("part", "answer"))
    assert "residents.nodes" in came.text
    assert "<html" not in came.html
    assert "<textarea" not in came.html


def test_a_refused_question_says_so_in_plain_words_with_the_place(analyst: Pages) -> None:
    came = ask(analyst, "{ residents { nodes { nme } } }")
    assert came.status == 400
    assert "The question names something that the graph does not have" in came.text
    assert 'data-places="1:23"' in came.html
    assert "nme" in came.html  # the editor keeps what was written


def test_variables_that_are_none_are_told_before_anything_is_asked(analyst: Pages) -> None:
    before = len(analyst.city.entries())
    for text in ("{", "[1]", '"x"', "7", "[" * 20_000):
        came = ask(analyst, QUESTION, text)
        assert came.status == 400
        assert "The variables are no JSON object" in came.text
    assert len(analyst.city.entries()) == before


def test_a_purpose_that_opens_nothing_says_what_to_ask_for(analyst: Pages) -> None:
    came = ask(analyst, "{ residents { nodes { name } } }", "", ("purpose", "medical-rescue"))
    assert came.status == 200
    assert "read Resident.name" in came.text
    assert "--for medical-rescue" in came.text


def test_an_agreement_that_is_none_is_refused_in_plain_words(analyst: Pages) -> None:
    came = ask(analyst, "{ residents { nodes { name } } }", "", ("agreement", "A-2000-1"))
    assert came.status == 400
    assert "No such agreement of your organisation is in force" in came.text


def test_an_agreement_that_is_in_force_counts(analyst: Pages) -> None:
    more = (("agreement", "A-2026-001"), ("purpose", "elderly-care"))
    came = ask(analyst, "{ residents(first: 2) { nodes { livesAlone } } }", "", *more)
    assert came.status == 200
    assert "residents.nodes" in came.text
    assert "Left today" in came.text


def test_an_emergency_that_is_none_is_refused_in_plain_words(analyst: Pages) -> None:
    came = ask(analyst, "{ residents { nodes { name } } }", "", ("mode", "emergency"))
    assert came.status == 403
    assert "No emergency is in force at present." in came.text


def test_the_editor_learns_the_schema_of_its_organisation(analyst: Pages) -> None:
    mark = analyst.get("/department").mark
    came = analyst.post("/department/schema", [("mark", mark)])
    types = {one["name"]: one for one in came.response.json()["data"]["__schema"]["types"]}
    assert {"Resident", "ResidentWhere", "Query", "Mutation"} <= types.keys()
    fields = {one["name"]: one for one in types["Resident"]["fields"]}
    assert fields["ageBand"]["description"] == "年龄段 · Age band in full years"
    assert analyst.city.entries()[-1][1]["outcome"] == "answered"


def test_a_source_that_is_down_costs_its_own_cells_and_is_named(analyst: Pages) -> None:
    city = analyst.city
    connector = city.exchange.connectors["delivery"]

    async def dead(*_: object) -> object:
        raise SourceError("delivery", FailureKind.UNAVAILABLE, "no answer about 310115195001011234")

    connector._ask = dead  # type: ignore[method-assign,assignment]
    try:
        came = ask(analyst, QUESTION, VARIABLES)
    finally:
        del connector._ask
    assert came.status == 200
    assert "The system of Eatwell Delivery gave no “Meal service”: it can't be reached." in came.text
    assert "Missing: its system did not answer" in came.text
    assert "310115195001011234" not in came.html
