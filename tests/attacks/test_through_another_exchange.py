"""Attacks by a calling exchange, which says who asks: it invents people, and gets no cell that is not agreed on.

What a passport says is said here by a token, and the exchange that it comes from by a fixture: decisions, plans, masks
and receipts are those of the whole path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from democity.personas import PERSONAS, Persona
from federation.pipeline import Pipeline
from federation.stages import Identified
from policies.keeper import InForce
from tests.support.city import City, Reply
from vocabulary.principal import Standing, Through

CALLER: Final = "huamu-street-office"
OPEN: Final = "p, any, any, Resident.*, read, any, any, allow, plain\n"
ROLES: Final = tuple(sorted({role for one in PERSONAS.values() for role in one.roles}))
INVENTED: Final = Persona("nobody.at.all", "data-bureau", "test", ROLES, ("31",), "elderly-care")
"""Of the organisation that runs the exchange asked, with every role there is, for the whole city."""
FIELDS: Final = ("id", "name", "sex", "phone", "address", "identityNo", "birthDate", "ageBand", "livesAlone", "area")
DOCUMENT: Final = f"{{ residents(first: 1000) {{ nodes {{ {' '.join(FIELDS)} }} }} }}"
THREE, FOUR = "310115016003", "310115016004"
NAME, AREA, ADDRESS = "Resident.name", "Resident.area", "Resident.address"

MakeCity = Callable[..., City]
From = Callable[[str | None], None]


def agreed(number: str, rows: str, *wishes: tuple[str, str], asker: str = CALLER, action: str = "read") -> str:
    """One entry of the demand list, of wishes that are each a coordinate and how it is shown."""
    said = "".join(f"      - {{coordinate: {one}, action: {action}, as: {shown}}}\n" for one, shown in wishes)
    return (
        f"  {number}:\n    asker: {asker}\n    owner: public-security-bureau\n    wishes:\n{said}"
        f'    rows: "{rows}"\n    purpose: elderly-care\n    mode: any\n    basis: test\n'
        '    start: "2020-01-01"\n    end: "2099-12-31"\n'
    )


def lists(*entries: str) -> str:
    return "demands:\n" + "".join(entries)


@pytest.fixture
def come_from(monkeypatch: pytest.MonkeyPatch) -> From:
    """Have every question come from the exchange of an organisation, or (None) from the asker."""
    callers: list[str | None] = [CALLER]
    alone = Pipeline._standing

    def standing(pipeline: Pipeline, identified: Identified, in_force: InForce) -> Standing:
        caller, said = callers[-1], alone(pipeline, identified, in_force)
        if caller is None:
            return said
        moment = pipeline._with.clock.now()
        agreements = in_force.rules.agreed_with(caller, said.purpose, said.mode, moment)
        return replace(said, through=Through(caller, agreements))

    monkeypatch.setattr(Pipeline, "_standing", standing)
    return callers.append


def nodes(reply: Reply) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = reply.data["residents"]["nodes"]
    return found


def cells(reply: Reply) -> set[tuple[str, str]]:
    """Which fields are shown in which committees."""
    return {
        (one["area"][:12], name)
        for one in nodes(reply)
        for name, value in one.items()
        if value is not None and name not in {"id", "area"}
    }


@pytest.mark.usefixtures("come_from")
@pytest.mark.parametrize("policy", [OPEN, OPEN + "p, any, any, *, read, any, any, allow, plain\n"])
def test_an_invented_person_gets_no_cell_that_is_not_agreed_on(make_city: MakeCity, policy: str) -> None:
    given = lists(agreed("A-1", THREE, (NAME, "name-surname"), (AREA, "plain")))
    city = make_city(policy=policy, lists=given)
    reply = city.ask(INVENTED, DOCUMENT)
    assert nodes(reply)
    assert {one["area"][:12] for one in nodes(reply)} == {THREE}
    assert all(one["name"].endswith("*") for one in nodes(reply))
    assert {name for one in nodes(reply) for name in FIELDS if one[name] is not None} == {"id", "name", "area"}
    hidden = {f"Resident.{name}" for name in FIELDS} - {"Resident.id", NAME, AREA}
    assert set(reply.withheld.values()) <= {"not-granted", "derive"}
    assert reply.withheld.keys() == hidden
    (real,) = city.rows("SELECT name FROM resident WHERE area_code LIKE ? LIMIT 1", (f"{THREE}%",))
    assert real[0] not in reply.text


@pytest.mark.usefixtures("come_from")
@pytest.mark.parametrize("agreements", ["", agreed("A-1", "any", (NAME, "plain"), asker="fire-brigade")])
def test_without_an_agreement_with_it_an_exchange_gets_nothing_whoever_it_invents(
    make_city: MakeCity, agreements: str
) -> None:
    city = make_city(policy=OPEN, lists=lists(agreements) if agreements else "demands: {}\n")
    for organisation in ("data-bureau", CALLER, "fire-brigade", "public-security-bureau"):
        reply = city.ask(replace(INVENTED, organisation=organisation), DOCUMENT)
        assert nodes(reply) == []
        assert set(reply.withheld.values()) == {"not-granted"}


@pytest.mark.usefixtures("come_from")
def test_what_is_not_agreed_on_decides_no_filter_either(make_city: MakeCity) -> None:
    policy = OPEN + "p, any, any, Resident.identityNo, match, any, any, allow, plain\n"
    city = make_city(policy=policy, lists=lists(agreed("A-1", THREE, (AREA, "plain"))))
    ((number, phone),) = city.rows(
        "SELECT identity_no, phone FROM resident WHERE area_code LIKE ? AND phone IS NOT NULL LIMIT 1", (f"{THREE}%",)
    )
    for where in (f'{{identityNo: {{eq: "{number}"}}}}', f'{{phone: {{eq: "{phone}"}}}}'):
        reply = city.ask(INVENTED, f"{{ residents(first: 10, where: {where}) {{ nodes {{ id area }} }} }}")
        assert reply.status != 200 or nodes(reply) == []
        assert number not in reply.text
        assert phone not in reply.text


def test_a_deny_that_concerns_the_calling_organisation_alone_closes_through_its_exchange(
    make_city: MakeCity, come_from: From
) -> None:
    policy = OPEN + f"p, org:{CALLER}, {THREE}, Resident.name, read, any, any, deny,\n"
    given = lists(agreed("A-1", "310115016", (NAME, "plain"), (AREA, "plain")))
    city = make_city(policy=policy, lists=given)
    for organisation in ("data-bureau", "health-commission"):
        shown = cells(city.ask(replace(INVENTED, organisation=organisation), DOCUMENT))
        assert (FOUR, "name") in shown
        assert (THREE, "name") not in shown
    come_from(None)
    assert (THREE, "name") in cells(city.ask(INVENTED, DOCUMENT))


@pytest.mark.usefixtures("come_from")
@pytest.mark.parametrize(
    ("person", "agreement", "mask"),
    [
        ("name-partial", "name-surname", "name-surname"),
        ("name-surname", "name-partial", "name-surname"),
        ("plain", "name-partial", "name-partial"),
        ("name-partial", "plain", "name-partial"),
    ],
)
def test_the_stricter_mask_is_the_one_that_shows(make_city: MakeCity, person: str, agreement: str, mask: str) -> None:
    policy = (
        f"p, any, any, Resident.name, read, any, any, allow, {person}\n"
        "p, any, any, Resident.area, read, any, any, allow, plain\n"
    )
    given = lists(agreed("A-1", THREE, (NAME, agreement), (AREA, "plain")))
    reply = make_city(policy=policy, lists=given).ask(INVENTED, DOCUMENT)
    assert reply.masked[NAME] == [mask]
    long = [one["name"] for one in nodes(reply) if len(one["name"]) > 2]  # of two, both masks show the surname
    assert long
    assert {one.endswith("*") for one in long} == {mask == "name-surname"}


@pytest.mark.usefixtures("come_from")
def test_what_gives_a_sibling_away_is_not_shown_where_that_is_not_agreed_on(make_city: MakeCity) -> None:
    """The person may see both, and the agreement has the identity number alone, which carries the date of birth."""
    given = agreed("A-1", THREE, ("Resident.identityNo", "plain"), (AREA, "plain"))
    both = agreed("A-1", THREE, *((f"Resident.{one}", "plain") for one in ("identityNo", "birthDate", "sex", "area")))
    alone = make_city(policy=OPEN, lists=lists(given)).ask(INVENTED, DOCUMENT)
    assert {one["identityNo"] for one in nodes(alone)} == {None}
    assert alone.withheld["Resident.identityNo"] == "reveals"
    assert all(one["identityNo"] for one in nodes(make_city(policy=OPEN, lists=lists(both)).ask(INVENTED, DOCUMENT)))


@pytest.mark.usefixtures("come_from")
def test_two_agreements_are_the_union_of_their_cells_and_no_product(make_city: MakeCity) -> None:
    """Promise 5: (rows1 x columns1) and (rows2 x columns2), never all rows of the one with the columns of the other."""
    given = lists(
        agreed("A-1", THREE, (NAME, "plain"), (AREA, "plain")),
        agreed("A-2", FOUR, (ADDRESS, "plain"), (AREA, "plain")),
    )
    assert cells(make_city(policy=OPEN, lists=given).ask(INVENTED, DOCUMENT)) == {(THREE, "name"), (FOUR, "address")}


@pytest.mark.usefixtures("come_from")
def test_agreements_and_roles_together_are_no_product_either(make_city: MakeCity) -> None:
    policy = (
        f"p, role:health-analyst, {THREE}, Resident.name, read, any, any, allow, plain\n"
        f"p, role:committee-worker, {FOUR}, Resident.address, read, any, any, allow, plain\n"
        "p, any, any, Resident.area, read, any, any, allow, plain\n"
    )
    given = lists(agreed("A-1", "310115016", (NAME, "plain"), (ADDRESS, "plain"), (AREA, "plain")))
    assert cells(make_city(policy=policy, lists=given).ask(INVENTED, DOCUMENT)) == {(THREE, "name"), (FOUR, "address")}


def test_no_plan_or_decision_of_one_way_is_taken_for_another(make_city: MakeCity, come_from: From) -> None:
    """The same person and document: from here, through two exchanges, and again; caches tell them apart."""
    given = lists(
        agreed("A-1", THREE, (NAME, "plain"), (AREA, "plain")),
        agreed("A-2", FOUR, (NAME, "plain"), (AREA, "plain"), asker="fire-brigade"),
    )
    city = make_city(policy=OPEN, lists=given)
    for _ in range(2):
        for caller, committees in ((CALLER, {THREE}), ("fire-brigade", {FOUR}), ("eatwell", set())):
            come_from(caller)
            assert {area for area, _ in cells(city.ask(INVENTED, DOCUMENT))} == committees
        come_from(None)
        assert {THREE, FOUR} < {area for area, _ in cells(city.ask(INVENTED, DOCUMENT))}


@pytest.mark.usefixtures("come_from")
def test_no_act_is_done_for_a_person_whom_an_exchange_says(make_city: MakeCity) -> None:
    policy = OPEN + "p, any, any, Mutation.*, write, any, any, allow, plain\n"
    city = make_city(policy=policy, lists=lists(agreed("A-1", "any", ("Resident.*", "plain"))))
    act = 'mutation { declareEmergency(area: "31", basis: "x", end: "2099-01-01T00:00:00Z") { number } }'
    reply = city.ask(INVENTED, act)
    assert (reply.status, reply.code) == (403, "ACT_REFUSED")


@pytest.mark.usefixtures("come_from")
def test_the_receipt_names_the_line_of_the_person_and_that_of_the_agreement(make_city: MakeCity) -> None:
    city = make_city(policy=OPEN, lists=lists(agreed("A-1", THREE, (NAME, "name-surname"), (AREA, "plain"))))
    assert nodes(city.ask(INVENTED, "{ residents(first: 5) { nodes { name } } }"))
    entry = city.entries()[-1][1]
    (shown,) = (one for one in entry["shown"] if one["coordinate"] == NAME)
    assert (shown["shown"], shown["line"]) == ("name-surname", "policy.csv:1 and lists.yaml:2.1 A-1 (test)")
