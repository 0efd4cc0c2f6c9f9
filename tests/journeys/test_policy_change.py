"""Two people change the policy, over HTTP; and what the negative list keeps from an organisation is as if misspelt.

Of the bad inputs of policies and lists, each with its file, line and remedy, `tests/policies/test_load.py`,
`test_roles.py` and `tests/federation/schema/test_lists.py` judge the texts themselves; here they are proposed. That two
connections to the registry can't both approve stands in `tests/policies/registry/test_changes.py` too.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.city import City
from tests.support.governing import act, done, other, policy_of, proposed, refused, without

MakeCity = Callable[..., City]
PHONES = "{ residents(first: 5) { nodes { phone } } }"


@pytest.fixture
def city(make_city: MakeCity) -> City:
    return make_city()


def test_a_policy_is_proposed_by_one_and_approved_by_another_and_acts_at_once(city: City) -> None:
    number = proposed(city, "policy-steward", without(city, "Resident.phone")).data["proposePolicy"]["number"]
    assert city.ask("analyst", PHONES).data["residents"]["nodes"][0]["phone"]
    assert "OWN_REQUEST" in refused(city, "policy-steward", "approvePolicy", id=number)
    done(city, "second-policy-steward", "approvePolicy", id=number)
    assert city.ask("analyst", PHONES).withheld == {"Resident.phone": "not-granted"}
    steps = city.ask("officer", "{ policyChanges { nodes { number step } } }").data["policyChanges"]["nodes"]
    assert [one["step"] for one in steps if one["number"] == number] == ["approved"]
    assert sorted(one["step"] for one in steps) == ["approved", "superseded"]


def test_files_alone_change_nothing(city: City) -> None:
    before = city.ask("analyst", PHONES).data
    (city.home / "policy.csv").write_text(without(city, "Resident.phone"), encoding="utf-8")
    assert city.ask("analyst", PHONES).data == before


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ("p, role:health-analyst, own, Resident.nmae, read, any, any, allow, plain", "Resident.name"),
        ("p, role:health-analyst, own, Resident.phone, read, any, any, allow, phone-partail", "phone-partial"),
        ("p, role:health-analyst, 3101, Resident.phone, read, any, any, allow, plain", "310115016"),
        ("p, role:health-analyst, own, Resident.phone, read, any, any, alow, plain", "allow or deny"),
        ("p, any, any, *, read, any, any, allow, redact", "line per field"),
        ("g, role:resident, role:resident", "remove one"),
        ("g, role:caseworker, role:resident\ng, role:resident, role:caseworker", "remove one"),
    ],
    ids=["a typo", "an unknown mask", "no area", "no effect", "a pattern over everything", "oneself", "a circle"],
)
def test_a_policy_that_could_not_act_is_refused_with_file_line_and_remedy(city: City, wrong: str, remedy: str) -> None:
    policy = policy_of(city)
    epoch = city.exchange.keeper.current().epoch
    reply = proposed(city, "policy-steward", f"{policy}{wrong}\n")
    assert (reply.status, reply.code) == (403, "ACT_REFUSED")
    message = reply.body["errors"][0]["message"]
    last = len(policy.splitlines()) + len(wrong.splitlines())
    assert f"policy.csv:{last}" in message
    assert remedy in message
    assert city.exchange.keeper.current().epoch == epoch
    assert len(city.ask("officer", "{ policyChanges { nodes { number } } }").data["policyChanges"]["nodes"]) == 1


def test_roles_nested_twelve_deep_are_refused_with_their_line(city: City) -> None:
    declared = (city.home / "exchange.yaml").read_text("utf-8")
    names = [f"deep-{at}" for at in range(13)]
    roles = "".join(f"  {name}: {{zh: 深, en: Deep}}\n" for name in names)
    links = "".join(f"g, role:{one}, role:{held}\n" for one, held in pairwise(names))
    reply = proposed(
        city, "policy-steward", policy_of(city) + links, exchange=declared.replace("\nroles:\n", f"\nroles:\n{roles}")
    )
    assert reply.code == "ACT_REFUSED"
    assert "more than 9 deep" in reply.body["errors"][0]["message"]
    assert "policy.csv:" in reply.body["errors"][0]["message"]


def test_a_pattern_that_opens_everything_waits_for_the_second_person(city: City) -> None:
    """It is no mistake: `tongguan policy check` names it, and until somebody else has approved it nothing opens."""
    wide = f"{policy_of(city)}p, any, any, *, read, any, any, allow, plain\n"
    number = proposed(city, "policy-steward", wide).data["proposePolicy"]["number"]
    assert "OWN_REQUEST" in refused(city, "policy-steward", "approvePolicy", id=number)
    shown = city.ask("committee", "{ residents(first: 1000) { nodes { area identityNo } } }").data["residents"]["nodes"]
    assert {one["identityNo"] for one in shown} == {None}
    assert {one["area"][:12] for one in shown} == {"310115016003"}


def test_of_two_officers_who_approve_at_once_exactly_one_does(city: City) -> None:
    number = proposed(city, "policy-steward", without(city, "Resident.phone")).data["proposePolicy"]["number"]
    people = [other("second-policy-steward", f"officer.{at}") for at in range(8)]
    with ThreadPoolExecutor(len(people)) as pool:
        replies = list(pool.map(lambda who: act(city, who, "approvePolicy", id=number), people))
    assert sorted(reply.status for reply in replies) == [200] + [403] * 7
    acts = [entry["act"] for _, entry in city.entries() if entry["kind"] == "act" and entry["outcome"] == "approve"]
    assert [one["id"] for one in acts] == [number]


# ── the visible schema ────────────────────────────────────────────────────────────────────────────────────────────────

COMPANY = other("analyst", "eat.well", organisation="eatwell")
NEVER_SHARED = "  N-002: {coordinates: [Resident.livesAlone], organisations: [eatwell], article: test}\n\n"


@pytest.mark.parametrize(
    "document",
    [
        "{ residents { nodes { %s } } }",
        "{ residents { nodes { ...F } } } fragment F on Resident { x: %s }",
        "{ residents(where: {%s: {eq: true}}) { nodes { name } } }",
        "{ residents(where: {not: {or: [{%s: {isNull: true}}]}}) { nodes { name } } }",
        "{ residents(orderBy: [{field: %s}]) { nodes { name } } }",
    ],
)
def test_what_is_never_shared_with_an_organisation_is_as_if_misspelt(
    make_city: MakeCity, built_city: Path, document: str
) -> None:
    lists = (built_city / "lists.yaml").read_text("utf-8")
    city = make_city(lists=lists.replace("\ndemands:", f"{NEVER_SHARED}demands:"))
    hidden, misspelt = (city.ask(COMPANY, document % name) for name in ("livesAlone", "livesAlong"))
    assert (hidden.status, hidden.code) == (400, "DOCUMENT_INVALID")
    assert hidden.text.replace("livesAlone", "livesAlong") == misspelt.text
    assert "DOCUMENT_INVALID" not in city.ask("analyst", document % "livesAlone").text
    schema = "{ __schema { types { name fields { name } inputFields { name } enumValues { name } } } }"
    assert "livesAlone" not in city.ask(COMPANY, schema).text
    assert "livesAlone" in city.ask("analyst", schema).text
    assert "livesAlone" not in city.ask(COMPANY, document % "livesAlon").text
