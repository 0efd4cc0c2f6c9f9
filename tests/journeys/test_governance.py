"""The stories of governance, over HTTP: how something comes to be permitted, and how it ends.

How people change the policy itself, and what they never see of the schema, stands in `test_policy_change.py`. What a
clock that jumps does to a moment is judged in `tests/policies/test_clock.py`, and what each step of the registry
refuses in `tests/policies/registry/`; here the same come in by the door that people use.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Callable

import pytest

from democity.personas import RESIDENT
from federation.execute.waves import Waves
from policies.limits import limits as limits_module
from policies.registry import database as database_module
from tests.support.city import City
from tests.support.clock import moved
from tests.support.governing import (
    OWN,
    act,
    agreed,
    broken,
    done,
    drafted,
    emergency,
    hours,
    other,
    policy_of,
    refused,
    said,
    under,
)

MakeCity = Callable[..., City]
CARE = "elderly-care"
PHONES = "{ residents(first: 5) { nodes { phone } } }"
SEXES = "{ residents(first: 5) { nodes { sex } } }"
FIRST = f"SELECT identity_no, name, phone FROM resident WHERE area_code LIKE '{OWN}%' ORDER BY serial LIMIT 5"


@pytest.fixture
def city(make_city: MakeCity) -> City:
    return make_city()


# ── agreements ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_withheld_is_asked_for_as_the_answer_proposes_and_used_under_the_agreement(city: City) -> None:
    before = city.ask("analyst", PHONES, purpose=CARE)
    (withheld,) = before.body["extensions"]["withheld"]
    number = done(city, "steward", "draftAgreement", **withheld["request"], basis="PIPL art. 34", end=hours(24))
    for step in (None, "askAgreement"):
        if step:
            done(city, "steward", step, id=number)
        assert city.ask("analyst", PHONES, purpose=CARE, agreement=number).code == "AGREEMENT_UNKNOWN"
    done(city, "owner-steward", "approveAgreement", id=number)
    reply = city.ask("analyst", PHONES, purpose=CARE, agreement=number)
    (wish,) = withheld["request"]["wishes"]
    assert reply.masked == {"Resident.phone": [wish.removeprefix("read Resident.phone ")]}
    assert all(one["phone"] for one in reply.data["residents"]["nodes"])
    entry = dict(city.entries())[reply.body["extensions"]["receipt"]["index"]]
    assert entry["agreement"] == number
    assert any(number in shown["line"] for shown in entry["shown"])
    assert city.ask("analyst", PHONES, purpose=CARE).data == before.data
    assert {one["kind"] for one in under(city, number)} == {"act", "release"}


def test_an_agreement_is_suspended_resumed_and_revoked_at_once(city: City) -> None:
    number = agreed(city)

    def sexes() -> str:
        reply = city.ask("analyst", SEXES, purpose=CARE, agreement=number)
        return reply.code if reply.status != 200 else str(reply.data["residents"]["nodes"][0]["sex"])

    assert sexes() in {"男", "女"}
    done(city, "owner-steward", "suspendAgreement", id=number)
    assert sexes() == "AGREEMENT_UNKNOWN"
    done(city, "owner-steward", "resumeAgreement", id=number)
    assert sexes() in {"男", "女"}
    done(city, "steward", "revokeAgreement", id=number)
    assert sexes() == "AGREEMENT_UNKNOWN"
    assert "WRONG_STEP" in refused(city, "owner-steward", "resumeAgreement", id=number)


def test_what_is_revoked_here_is_revoked_before_the_policy_is_looked_at_again(city: City) -> None:
    number = agreed(city)
    city.exchange.keeper._rest = 3600.0
    assert city.ask("analyst", SEXES, purpose=CARE, agreement=number).status == 200
    done(city, "owner-steward", "suspendAgreement", id=number)
    assert city.ask("analyst", SEXES, purpose=CARE, agreement=number).code == "AGREEMENT_UNKNOWN"


def test_an_agreement_ends_by_the_clock_and_no_clock_set_back_reopens_it(city: City) -> None:
    number, late = agreed(city, end=hours(2)), _asked(city, end=hours(1))
    with moved(city.exchange.clock) as clock:
        assert city.ask("analyst", SEXES, purpose=CARE, agreement=number).status == 200
        clock.pass_(2 * 3600)
        assert city.ask("analyst", SEXES, purpose=CARE, agreement=number).code == "AGREEMENT_UNKNOWN"
        assert "EXPIRED" in refused(city, "owner-steward", "approveAgreement", id=late)
        clock.set_wall(-3 * 3600)
        assert city.ask("analyst", SEXES, purpose=CARE, agreement=number).code == "AGREEMENT_UNKNOWN"
        done(city, "owner-steward", "approveAgreement", id=late)  # by the clock that was set back it has not ended
        assert city.ask("analyst", SEXES, purpose=CARE, agreement=late).code == "AGREEMENT_UNKNOWN"


def _asked(city: City, end: str) -> str:
    number = drafted(city, end=end)
    return done(city, "steward", "askAgreement", id=number)


def test_a_clock_set_ahead_opens_nothing_early(city: City) -> None:
    number = agreed(city, start=hours(2))
    with moved(city.exchange.clock) as clock:
        clock.set_wall(3 * 3600)
        assert city.ask("analyst", SEXES, purpose=CARE, agreement=number).code == "AGREEMENT_UNKNOWN"
        clock.pass_(2 * 3600)
        assert city.ask("analyst", SEXES, purpose=CARE, agreement=number).status == 200


def test_nobody_approves_what_they_ask_for_and_others_have_no_say(city: City) -> None:
    number = _asked(city, end=hours(24))
    assert "NOT_OWNER" in refused(city, "steward", "approveAgreement", id=number)
    assert "NOT_OWNER" in refused(city, other("steward", "somebody.else"), "approveAgreement", id=number)
    stranger = other("steward", "x", organisation="eatwell")
    assert "UNKNOWN" in refused(city, stranger, "approveAgreement", id=number)
    assert "UNKNOWN" in refused(city, stranger, "revokeAgreement", id=number)
    assert city.ask("analyst", SEXES, purpose=CARE, agreement=number).code == "AGREEMENT_UNKNOWN"
    done(city, "owner-steward", "refuseAgreement", id=number)
    assert "WRONG_STEP" in refused(city, "owner-steward", "approveAgreement", id=number)


def test_an_agreement_of_others_is_as_if_there_were_none(city: City) -> None:
    number = agreed(city)
    for who, purpose in (("committee", CARE), ("owner-steward", CARE), ("analyst", "epidemic-control")):
        there = city.ask(who, SEXES, purpose=purpose, agreement=number)
        assert (there.status, there.code) == (400, "AGREEMENT_UNKNOWN")
        assert there.text == city.ask(who, SEXES, purpose=purpose, agreement="A-1999-1").text


def test_an_agreement_that_ends_before_it_starts_is_refused_with_its_reason(city: City) -> None:
    reply = act(
        city, "steward", "draftAgreement", owner="public-security-bureau", wishes=["read Resident.sex"], rows="own",
        purpose=CARE, basis="test", start=hours(3), end=hours(2),
    )  # fmt: skip
    assert (reply.status, reply.code) == (403, "ACT_REFUSED")
    assert "before" in reply.body["errors"][0]["message"]
    assert city.ask("steward", "{ agreements { nodes { number } } }").data["agreements"]["nodes"] == []


# ── emergencies ───────────────────────────────────────────────────────────────────────────────────────────────────────

WHO_LIVES_THERE = "{ residents(first: 1000) { nodes { area phone } } }"


def test_two_officers_open_what_emergency_lines_say_in_the_area_of_the_emergency(city: City) -> None:
    number = done(city, "emergency-officer", "declareEmergency", area=OWN, basis="flood", end=hours(24))
    assert "SAME_PERSON" in refused(city, "emergency-officer", "confirmEmergency", id=number)
    assert city.ask("analyst", WHO_LIVES_THERE, mode="emergency").code == "EMERGENCY_MISSING"
    done(city, "second-officer", "confirmEmergency", id=number)
    opened = city.ask("analyst", WHO_LIVES_THERE, mode="emergency")
    truth = city.rows(f"SELECT area_code, phone FROM resident WHERE area_code LIKE '{OWN}%' ORDER BY serial")
    assert [(one["area"], one["phone"]) for one in opened.data["residents"]["nodes"]] == truth
    ordinary = city.ask("analyst", WHO_LIVES_THERE).data["residents"]["nodes"]
    assert all(one["phone"] is None or "*" in one["phone"] for one in ordinary)
    withheld = city.ask("analyst", "{ residents(first: 5) { nodes { area address } } }", mode="emergency")
    assert withheld.withheld["Resident.address"] == "not-granted"


def test_what_is_withheld_in_an_emergency_is_asked_for_in_that_mode(city: City) -> None:
    emergency(city, OWN)
    addresses = "{ residents(first: 5) { nodes { address } } }"
    (withheld,) = city.ask("analyst", addresses, mode="emergency").body["extensions"]["withheld"]
    number = done(city, "steward", "draftAgreement", **withheld["request"], basis="PIPL art. 34", end=hours(24))
    done(city, "steward", "askAgreement", id=number)
    done(city, "owner-steward", "approveAgreement", id=number)
    opened = city.ask("analyst", addresses, mode="emergency", agreement=number)
    assert opened.status == 200
    assert all(one["address"] for one in opened.data["residents"]["nodes"])
    assert city.ask("analyst", addresses, mode="ordinary", agreement=number).code == "AGREEMENT_UNKNOWN"


def test_everything_released_in_an_emergency_is_listed_under_its_id(city: City) -> None:
    number = emergency(city, OWN)
    document = "{ residents(first: 3) { nodes { name tests { result } } } }"
    indexes = [city.ask("analyst", document, mode="emergency").body["extensions"]["receipt"]["index"] for _ in range(3)]
    city.ask("analyst", document)
    found = under(city, number)
    assert sorted(one["entry"] for one in found if one["kind"] == "release") == indexes
    assert {one["act"] for one in found if one["kind"] == "act"} == {"declare emergency", "confirm emergency"}
    assert sum(one["kind"] == "wave" for one in found) == 3
    assert all(number in one["under"] for one in found)


def test_an_emergency_ends_early_for_everybody_at_once(city: City) -> None:
    number = emergency(city, "31")
    assert city.ask("analyst", PHONES, mode="emergency").status == 200
    done(city, "second-officer", "endEmergency", id=number)
    assert city.ask("analyst", PHONES, mode="emergency").code == "EMERGENCY_MISSING"


def test_an_emergency_that_ends_between_decision_and_release_releases_nothing(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    emergency(city, "31", end=hours(1))
    run = Waves.run
    with moved(city.exchange.clock) as clock:

        async def meanwhile(*arguments: object) -> None:
            await run(*arguments)  # type: ignore[arg-type]  # handed on as they are
            clock.pass_(3600)

        assert city.ask("analyst", PHONES, mode="emergency").status == 200
        monkeypatch.setattr(Waves, "run", meanwhile)
        reply = city.ask("analyst", PHONES, mode="emergency")
    assert (reply.status, reply.code) == (403, "EMERGENCY_MISSING")
    assert "data" not in reply.body


# ── break-glass ───────────────────────────────────────────────────────────────────────────────────────────────────────

OPENED = "{ residents(first: 10) { nodes { name phone } } }"
SOUGHT = "query($n: String!) { residents(where: {identityNo: {eq: $n}}) { nodes { name phone } } }"


def test_a_broken_glass_opens_one_record_to_one_person_for_minutes(city: City) -> None:
    (number, name, phone), (neighbour, *_), *_ = city.rows(FIRST)
    glass = broken(city, "doctor", number)
    reply = city.ask("doctor", OPENED)
    assert reply.data["residents"]["nodes"] == [{"name": name, "phone": phone}]
    assert city.ask("doctor", SOUGHT, {"n": number}).data == reply.data
    assert city.ask("doctor", SOUGHT, {"n": neighbour}).data["residents"]["nodes"] == []
    assert city.ask(other("doctor", "a.colleague"), OPENED).data["residents"]["nodes"] == []
    entry = dict(city.entries())[reply.body["extensions"]["receipt"]["index"]]
    assert entry["glass"] == [glass]
    assert {one["person"] for one in under(city, glass)} == {"xu.yan"}
    with moved(city.exchange.clock) as clock:
        clock.pass_(30 * 60)
        assert city.ask("doctor", OPENED).data["residents"]["nodes"] == []


def test_a_broken_glass_is_told_at_once_and_its_reason_is_nowhere_to_be_read(
    city: City, caplog: pytest.LogCaptureFixture
) -> None:
    ((number, *_), *_) = city.rows(FIRST)
    reason = "昏迷不醒 an unmistakable reason"
    with caplog.at_level(logging.WARNING):
        glass = broken(city, "doctor", number, reason)
    assert 'tongguan_acts_total{step="break",what="glass"} 1.0' in city.get("/metrics").text
    (record,) = [one for one in caplog.records if one.message == "glass"]
    assert record.levelno == logging.WARNING
    assert record.__dict__["id"] == glass
    ways = [
        part.encode(encoding) for part in (reason, "昏迷不醒", "unmistakable") for encoding in ("utf-8", "utf-16-le")
    ]
    register = {city.home / f"{name}.sqlite" for name in ("population", "health", "delivery")}
    files = [path for path in city.home.rglob("*") if path.is_file() and path not in register]
    assert any("registry" in str(path) for path in files)
    for path in files:
        content = path.read_bytes()
        assert not [one for one in (*ways, number.encode()) if one in content], path
    assert reason not in caplog.text


def test_an_opening_is_reviewed_by_somebody_else_and_one_without_need_blocks(city: City) -> None:
    ((number, *_), *_) = city.rows(FIRST)
    glass = broken(city, "doctor", number)
    both = other("officer", "xu.yan", organisation="health-commission", roles=("security-officer", "emergency-doctor"))
    assert "SAME_PERSON" in refused(city, both, "reviewGlass", id=glass, outcome="justified", note="mine")
    assert "not permitted" in refused(city, "doctor", "reviewGlass", id=glass, outcome="justified", note="mine")
    done(city, "officer", "reviewGlass", id=glass, outcome="unjustified", note="nobody was ill")
    assert city.ask("doctor", OPENED).data["residents"]["nodes"] == []
    assert "BLOCKED" in refused(city, "doctor", "breakGlass", type="Resident", key=number, reason="once more")


def test_the_glass_is_broken_three_times_a_day(city: City) -> None:
    numbers = [number for number, *_ in city.rows(FIRST)]
    for number in numbers[:3]:
        broken(city, "doctor", number)
    assert "TOO_MANY" in refused(city, "doctor", "breakGlass", type="Resident", key=numbers[3], reason="a fourth")
    with moved(city.exchange.clock) as clock:
        clock.set_wall(86_400)
        assert "TOO_MANY" in refused(city, "doctor", "breakGlass", type="Resident", key=numbers[3], reason="a fourth")
        clock.pass_(86_400)
        broken(city, "doctor", numbers[3])


# ── consent, cases and own records ────────────────────────────────────────────────────────────────────────────────────


def test_whoever_objects_is_left_out_and_pages_are_full_all_the_same(make_city: MakeCity) -> None:
    lines = "p, role:committee-worker, own not-objected, Resident.name, read, elderly-care, ordinary, allow, plain\n"
    city = make_city(policy=f"{lines}p, any, any, Mutation.setConsent, write, any, any, allow, plain\n")
    document = "query($after: String) { residents(first: 5, after: $after) { nodes { id name } pageInfo { hasNextPage endCursor } } }"

    def everybody() -> list[str]:
        seen: list[str] = []
        after, more = None, True
        while more:
            page = city.ask("committee", document, {"after": after}, purpose=CARE).data["residents"]
            more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
            assert len(page["nodes"]) == 5 or not more
            seen += [one["id"] for one in page["nodes"]]
        return seen

    before = everybody()
    for number, *_ in city.rows(FIRST)[:3]:
        said(city, number, "objected")
    after = everybody()
    assert after == before[3:]
    assert len(set(after)) == len(after)
    fields = city.ask("committee", '{ __type(name: "ResidentConnection") { fields { name } } }').data["__type"][
        "fields"
    ]
    assert [one["name"] for one in fields] == ["edges", "nodes", "pageInfo"]


def test_health_is_shown_for_care_where_an_adult_has_consented_and_until_that_is_taken_back(city: City) -> None:
    query = (
        f"SELECT identity_no, birth_date FROM resident WHERE area_code LIKE '{OWN}%' AND birth_date {{}} '2000-01-01'"
    )
    vaccinated = {one for (one,) in city.rows("SELECT identity_no FROM vaccination", source="health")}
    adult = next(one for one, _ in city.rows(query.format("<")) if one in vaccinated)
    child = next(one for one, born in city.rows(query.format(">")) if one in vaccinated and born > "2016")
    document = "{ residents(first: 1000) { nodes { latestVaccination { vaccine } } } }"

    def shown() -> int:
        nodes = city.ask("committee", document, purpose=CARE).data["residents"]["nodes"]
        return sum(one["latestVaccination"] is not None for one in nodes)

    assert shown() == 0
    said(city, adult, "given")
    said(city, child, "given")
    assert shown() == 1
    said(city, adult, "none")
    assert shown() == 0


def test_a_caseworker_sees_the_residents_of_own_cases_while_they_are_open(city: City) -> None:
    (number, name, phone), *_ = city.rows(FIRST)
    case = done(
        city, "registrar", "openCase", type="Resident", key=number, kind="care", person="he.ping",
        organisation="huamu-committee-3",
    )  # fmt: skip
    assert city.ask("caseworker", OPENED).data["residents"]["nodes"] == [{"name": name, "phone": phone}]
    assert city.ask(other("caseworker", "a.colleague"), OPENED).data["residents"]["nodes"] == []
    done(city, "registrar", "closeCase", id=case)
    assert city.ask("caseworker", OPENED).data["residents"]["nodes"] == []


def test_a_resident_sees_own_records_and_speaks_for_nobody_else(city: City) -> None:
    (number, name, phone), (neighbour, *_), *_ = city.rows(FIRST)
    mine = ("Resident", number)
    assert city.ask(RESIDENT, OPENED, subject=mine).data["residents"]["nodes"] == [{"name": name, "phone": phone}]
    document = 'mutation($k: String!) { setConsent(type: "Resident", key: $k, purpose: "elderly-care", consent: "objected") { at } }'
    assert city.ask(RESIDENT, document, {"k": neighbour}, subject=mine).code == "ACT_REFUSED"
    assert city.ask(RESIDENT, document, {"k": number}, subject=mine).status == 200
    document = "query($n: String!) { accesses(where: {subject: {eq: $n}}) { nodes { act person } } }"
    nodes = city.ask("officer", document, {"n": number}).data["accesses"]["nodes"]
    assert {"act": "set consent", "person": "resident"} in nodes


# ── limits ────────────────────────────────────────────────────────────────────────────────────────────────────────────

MATCH = "p, role:health-analyst, any, Resident.identityNo, match, elderly-care, any, allow, plain\np, role:health-analyst, any, Resident.sex, read, elderly-care, any, allow, plain\n"


def limited(make_city: MakeCity, bounds: str, subject: str = "") -> City:
    """A city whose analysts may see little for the care of the elderly, and search for identity numbers."""
    city = make_city()
    declared = (city.home / "exchange.yaml").read_text("utf-8")
    usual = "{purpose: elderly-care, rows: 20000, subjects: 5000, probes: 200}"
    assert usual in declared
    declared = declared.replace(usual, bounds).replace("  glass: {perDay", f"{subject}  glass: {{perDay")
    return make_city(exchange=declared, policy=policy_of(city) + MATCH)


@pytest.mark.parametrize(
    ("bounds", "measure", "left"),
    [
        ("{purpose: elderly-care, rows: 8}", "rows", "3 rows"),
        ("{purpose: elderly-care, subjects: 8}", "subjects", "3 subjects"),
    ],
)
def test_more_than_a_day_allows_is_refused_with_what_is_left_of_ones_own(
    make_city: MakeCity, bounds: str, measure: str, left: str
) -> None:
    city = limited(make_city, bounds)
    first = city.ask("analyst", SEXES, purpose=CARE)
    assert first.body["extensions"]["left"][measure] == 3
    reply = city.ask("analyst", SEXES.replace("5", "10"), purpose=CARE)
    assert (reply.status, reply.code) == (429, "LIMIT_EXCEEDED")
    assert left in reply.body["errors"][0]["message"]
    assert "data" not in reply.body
    assert city.ask(other("analyst", "a.colleague"), SEXES, purpose=CARE).status == 200
    with moved(city.exchange.clock) as clock:
        clock.pass_(86_400)
        assert city.ask("analyst", SEXES, purpose=CARE).status == 200


def test_searches_are_counted_whether_they_find_somebody_or_not(make_city: MakeCity) -> None:
    city = limited(make_city, "{purpose: elderly-care, probes: 2}")
    document = "query($n: String!) { residents(where: {identityNo: {eq: $n}}) { nodes { sex } } }"
    ((number, *_), *_) = city.rows(FIRST)
    assert len(city.ask("analyst", document, {"n": number}, purpose=CARE).data["residents"]["nodes"]) == 1
    assert city.ask("analyst", document, {"n": "310115195001010000"}, purpose=CARE).data["residents"]["nodes"] == []
    hit, miss = (city.ask("analyst", document, {"n": one}, purpose=CARE) for one in (number, "310115195001010000"))
    assert (hit.status, hit.code) == (429, "LIMIT_EXCEEDED")
    assert hit.text == miss.text


def test_somebody_of_whom_enough_was_told_is_not_there_without_a_word(make_city: MakeCity) -> None:
    city = limited(make_city, "{purpose: elderly-care, rows: 1000}", "  subject: {disclosures: 2, days: 7}\n")
    nodes = [city.ask(other("analyst", f"p{at}"), SEXES, purpose=CARE).data["residents"]["nodes"] for at in range(2)]
    assert [len(one) for one in nodes] == [5, 5]
    seen = "{ residents(first: 5) { nodes { id sex } } }"
    reply = city.ask(other("analyst", "p2"), seen, purpose=CARE)
    truth = city.rows("SELECT sex FROM resident ORDER BY serial LIMIT 5 OFFSET 5")
    assert [one["sex"] for one in reply.data["residents"]["nodes"]] == [sex for (sex,) in truth]
    assert set(reply.body) == {"data", "extensions"}
    assert reply.body["extensions"]["withheld"] == []
    assert reply.body["extensions"]["left"]["rows"] == 995
    ((number, *_),) = city.rows("SELECT identity_no FROM resident ORDER BY serial LIMIT 1")
    document = "query($n: String!) { residents(where: {identityNo: {eq: $n}}) { nodes { sex } } }"
    spent, nobody = (
        city.ask(other("analyst", f"q{at}"), document, {"n": one}, purpose=CARE)
        for at, one in enumerate((number, "310115195001010000"))
    )
    assert spent.data == nobody.data == {"residents": {"nodes": []}}
    assert spent.body["extensions"]["left"] == nobody.body["extensions"]["left"]


def test_limits_that_answer_late_release_nothing(make_city: MakeCity, monkeypatch: pytest.MonkeyPatch) -> None:
    city = limited(make_city, "{purpose: elderly-care, rows: 1000}")
    assert city.ask("analyst", SEXES, purpose=CARE).status == 200
    monkeypatch.setattr(limits_module, "LATE_SECONDS", 0.05)
    (file,) = (city.home / "limits").glob("*.sqlite")
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        reply = city.ask("analyst", SEXES, purpose=CARE)
        somebody.execute("ROLLBACK")
    assert (reply.status, reply.code) == (503, "LIMITS_UNAVAILABLE")
    assert "data" not in reply.body


def test_a_registry_that_answers_late_does_nothing(make_city: MakeCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.05)
    city = make_city()
    ((number, *_), *_) = city.rows(FIRST)
    with contextlib.closing(
        sqlite3.connect(city.home / "registry" / "registry.sqlite", isolation_level=None)
    ) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        reply = act(city, "doctor", "breakGlass", type="Resident", key=number, reason="unconscious")
        somebody.execute("ROLLBACK")
    assert (reply.status, reply.code) == (503, "REGISTRY_UNAVAILABLE")
    assert city.ask("doctor", OPENED).data["residents"]["nodes"] == []


@pytest.mark.parametrize(
    ("who", "name", "told"),
    [
        ("steward", "proposePolicy", {"policy": "p", "lists": "", "exchange": "e", "reason": "r"}),
        (
            "steward",
            "openCase",
            {"type": "Resident", "key": "k", "kind": "c", "person": "sun.li", "organisation": "eatwell"},
        ),
        ("steward", "closeCase", {"id": "C-2026-1"}),
        ("registrar", "approvePolicy", {"id": "P-2026-1"}),
    ],
)
def test_who_answers_for_agreements_has_no_say_in_policy_cases_or_consents(
    city: City, who: str, name: str, told: dict[str, object]
) -> None:
    assert "not permitted" in refused(city, who, name, **told)


def test_a_resident_speaks_for_nobody_else_and_a_token_that_names_nobody_for_nobody(
    make_city: Callable[..., City],
) -> None:
    city = make_city()
    (mine,), (another,) = city.rows("SELECT identity_no FROM resident ORDER BY serial LIMIT 2")
    document = """mutation ($key: String!) {
      setConsent(type: "Resident", key: $key, purpose: "elderly-care", consent: "given") { entry }
    }"""
    for subject, key in ((None, another), (("Resident", mine), another), (("Firm", mine), mine)):
        assert city.ask(RESIDENT, document, {"key": key}, subject=subject).code == "ACT_REFUSED"
    assert city.ask(RESIDENT, document, {"key": mine}, subject=("Resident", mine)).status == 200
    names = [city.exchange.acts.consent_name("Resident", one) for one in (mine, another)]
    assert city.exchange.registry.consents.states("elderly-care", names) == {names[0]: True}
