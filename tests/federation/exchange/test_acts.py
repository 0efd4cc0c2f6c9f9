from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from federation.cli import cli
from federation.exchange.acts import ACTS
from tests.support.city import City
from tests.support.planning import demo_world
from vocabulary.moment import day_of


def test_what_is_declared_is_what_can_be_done() -> None:
    assert set(demo_world().supergraph.acts) == set(ACTS)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (
            'mutation { openCase(type: "Vaccination", key: "k", kind: "c", person: "p", organisation: "eatwell") { number } }',
            "ARGUMENT_INVALID",
        ),
        (
            'mutation { openCase(type: "Resident", key: "", kind: "c", person: "p", organisation: "eatwell") { number } }',
            "ARGUMENT_INVALID",
        ),
        (
            'mutation { openCase(type: "Resident", key: "k", kind: "c", person: "p", organisation: "nobody") { number } }',
            "ARGUMENT_INVALID",
        ),
        ('mutation { closeCase(id: "C-1999-1") { number } }', "ACT_REFUSED"),
        (
            'mutation { setConsent(type: "Resident", key: "k", purpose: "fun", consent: "given") { entry } }',
            "PURPOSE_UNKNOWN",
        ),
        (
            'mutation { setConsent(type: "Resident", key: "k", purpose: "elderly-care", consent: "yes") { entry } }',
            "ARGUMENT_INVALID",
        ),
        (
            'mutation { draftAgreement(owner: "health-commission", wishes: ["read Resident.sex"], rows: "own", purpose: "elderly-care", basis: "b", end: "2027-01-01T00:00:00Z") { number } }',
            "ARGUMENT_INVALID",
        ),
        (
            'mutation { draftAgreement(owner: "public-security-bureau", wishes: ["look Resident.sex"], rows: "own", purpose: "elderly-care", basis: "b", end: "2027-01-01T00:00:00Z") { number } }',
            "ARGUMENT_INVALID",
        ),
        (
            'mutation { draftAgreement(owner: "public-security-bureau", wishes: ["read Resident.*"], rows: "everywhere", purpose: "elderly-care", basis: "b", end: "2027-01-01T00:00:00Z") { number } }',
            "ACT_REFUSED",
        ),
        (
            'mutation { draftAgreement(owner: "public-security-bureau", wishes: ["read Resident.sex"], rows: "own", purpose: "elderly-care", basis: "b", end: "2020-01-01T00:00:00Z") { number } }',
            "ACT_REFUSED",
        ),
        ('mutation { confirmEmergency(id: "E-2026-1") { number } }', "ACT_REFUSED"),
        (
            'mutation { proposePolicy(policy: "p, nobody", lists: "", exchange: "", reason: "r") { number } }',
            "ACT_REFUSED",
        ),
    ],
)
def test_an_act_that_can_not_be_done_says_why_and_changes_nothing(city: City, document: str, code: str) -> None:
    desks = {"Case": "registrar", "Consent": "registrar", "Emergency": "emergency-officer", "Policy": "policy-steward"}
    who = next((desks[word] for word in desks if word in document.partition("(")[0]), "steward")
    before = city.exchange.registry.stamp()
    reply = city.ask(who, document)
    assert reply.code == code, reply.text
    assert city.exchange.registry.stamp() == before
    assert "data" not in reply.body


def test_the_second_act_is_refused_beside_the_first_that_was_done(make_city: Callable[..., City]) -> None:
    city = make_city()
    reply = city.ask(
        "registrar",
        """mutation ($key: String!) {
          one: openCase(type: "Resident", key: $key, kind: "care", person: "p", organisation: "eatwell") { number }
          two: closeCase(id: "C-1999-1") { number }
          three: openCase(type: "Resident", key: $key, kind: "care", person: "q", organisation: "eatwell") { number }
        }""",
        {"key": "310104194012133583"},
    )
    year = day_of(city.exchange.clock.earliest()).year
    assert reply.data == {"one": {"number": f"C-{year}-1"}, "two": None, "three": None}
    assert [error["path"] for error in reply.body["errors"]] == [["two"], ["three"]]
    assert len(city.exchange.registry.cases.assigned("p", "eatwell", city.exchange.clock.now())) == 1


def test_nothing_is_done_without_its_receipt(make_city: Callable[..., City]) -> None:
    city = make_city()
    city.exchange.log._store.close()
    log = city.home / "audit" / "log.sqlite"
    moved = log.rename(log.with_suffix(".moved"))
    log.mkdir()
    reply = city.ask(
        "registrar",
        'mutation { openCase(type: "Resident", key: "k", kind: "c", person: "p", organisation: "eatwell") { number } }',
    )
    assert reply.code == "RECEIPT_UNAVAILABLE"
    assert city.exchange.registry.cases.assigned("p", "eatwell", city.exchange.clock.now()) == ()
    log.rmdir()
    moved.rename(log)


def test_consents_are_taken_over_in_bulk_by_whoever_may_set_them(
    make_city: Callable[..., City], tmp_path: Path
) -> None:
    city = make_city()
    people = [number for (number,) in city.rows("SELECT identity_no FROM resident LIMIT 3")]
    file = tmp_path / "consents.csv"
    file.write_text("".join(f"{one},elderly-care,given\n" for one in people), encoding="utf-8")
    words = ["consent", "load", "--home", str(city.home)]
    refused = CliRunner().invoke(cli, [*words, "--as", "analyst", str(file)])
    assert (refused.exit_code, "ACT_REFUSED" in refused.output) == (1, True)
    loaded = CliRunner().invoke(cli, [*words, "--as", "registrar", str(file)])
    assert (loaded.exit_code, loaded.output) == (0, "3 consents are on record.\n")
    names = [city.exchange.acts.consent_name("Resident", one) for one in people]
    assert city.exchange.registry.consents.states("elderly-care", names) == dict.fromkeys(names, True)
    file.write_text("nobody,elderly-care,perhaps\n", encoding="utf-8")
    broken = CliRunner().invoke(cli, [*words, "--as", "registrar", str(file)])
    assert (broken.exit_code, "row 1" in broken.output) == (1, True)
    assert not any(
        one in path.read_bytes().decode("latin-1") for path in (city.home / "registry").iterdir() for one in people
    )
