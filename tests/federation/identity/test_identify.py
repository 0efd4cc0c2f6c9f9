from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Code, InternalError
from federation.identity import (
    ApplicationKeys,
    Applications,
    Callers,
    Certificates,
    Credentials,
    ExchangeKeys,
    Identity,
    LocalKeys,
    PassportControl,
    PassportOffice,
    Tokens,
    anonymous_of,
    key_hash,
    new_application_key,
    read_credentials,
)
from federation.identity.addresses import networks
from federation.identity.identify import shared_areas
from federation.keys import KeyRing
from federation.schema.facts import ANONYMOUS
from tests.federation.identity.making import (
    AUDIENCE,
    ORGANISATIONS,
    Authority,
    Clock,
    Signer,
    areas_of,
    code_of,
    fingerprint,
    register,
    registered,
    registration,
    run,
)
from vocabulary.area import Area
from vocabulary.catalogue import AnonymousDeclaration, Organisation, Words
from vocabulary.principal import Mode, Principal

ISSUER, PROXY = "https://login.example", "10.0.0.7"
SIGNER, AUTHORITY = Signer("first"), Authority()
KEY = ec.generate_private_key(ec.SECP256R1()).public_key()
CERTIFICATE = AUTHORITY.certify(KEY)
DESK, DESK_LINE = new_application_key("desk")
OTHER, OTHER_LINE = new_application_key("other")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "applications.yaml"


@pytest.fixture
def applications(path: Path) -> Applications:
    return registered(
        path,
        registration("desk", key=DESK_LINE, certificate=f'"{fingerprint(KEY)}"', areas='["310115", "310114001"]'),
        registration("other", key=OTHER_LINE, organisation="data-bureau"),
    )


@pytest.fixture
def tokens() -> Tokens:
    return Tokens({"keys": [SIGNER.jwk]}, issuer=ISSUER, audience=AUDIENCE, organisations=ORGANISATIONS)


@pytest.fixture
def identity(tmp_path: Path, applications: Applications, tokens: Tokens) -> Identity:
    bundle = tmp_path / "client-ca.pem"
    bundle.write_bytes(AUTHORITY.pem)
    certificates = Certificates(bundle, applications, proxies=networks(PROXY))
    return Identity(tokens, applications, ApplicationKeys(applications), certificates)


def token(**claims: Any) -> str:
    return SIGNER.token(ISSUER, int(time.time()), **claims)


def asks(identity: Identity, **shown: Any) -> Principal:
    return run(identity.principal(Credentials(peer=PROXY, **shown)))


def refusal(identity: Identity, **shown: Any) -> Code:
    return code_of(identity.principal(Credentials(**{"peer": PROXY, **shown})))


def test_nothing_shown_is_nobody(identity: Identity) -> None:
    assert refusal(identity) is Code.TOKEN_MISSING


def test_a_person_alone_is_what_the_token_says(identity: Identity) -> None:
    person = asks(identity, token=token(azp="portal"))
    assert (person.id, person.application, areas_of(person)) == ("wang.min", "portal", ["310115"])


@pytest.mark.parametrize("shown", [{"application_key": DESK}, {"certificate": CERTIFICATE}], ids=["key", "certificate"])
def test_an_application_alone_is_its_program(identity: Identity, shown: dict[str, Any]) -> None:
    program = asks(identity, **shown)
    assert (program.id, program.application, program.organisation) == ("nightly-report", "desk", "health-commission")
    assert program.roles == {"reporter"}
    assert areas_of(program) == ["310114001", "310115"]


def test_a_key_and_a_certificate_of_one_application(identity: Identity) -> None:
    assert asks(identity, application_key=DESK, certificate=CERTIFICATE).application == "desk"


def test_a_key_and_a_certificate_of_two_applications_are_refused(identity: Identity) -> None:
    assert refusal(identity, application_key=OTHER, certificate=CERTIFICATE) is Code.CREDENTIAL_INVALID


@pytest.mark.parametrize("shown", [{"application_key": DESK}, {"certificate": CERTIFICATE}], ids=["key", "certificate"])
@pytest.mark.parametrize("azp", [{}, {"azp": ""}, {"azp": "desk"}], ids=["no azp", "empty", "the same"])
def test_a_person_through_an_application_is_the_person_in_the_areas_of_both(
    identity: Identity, shown: dict[str, Any], azp: dict[str, str]
) -> None:
    person = asks(identity, token=token(areas=["310115016", "310114", "310101"], **azp), **shown)
    assert (person.id, person.application, person.organisation) == ("wang.min", "desk", "health-commission")
    assert person.roles == {"health-analyst"}
    assert areas_of(person) == ["310114001", "310115016"]


@pytest.mark.parametrize("shown", [{"application_key": DESK}, {"certificate": CERTIFICATE}], ids=["key", "certificate"])
@pytest.mark.parametrize("claims", [{"azp": "portal"}, {"azp": "other"}, {"org": "data-bureau"}], ids=str)
def test_a_person_and_an_application_that_do_not_belong_together_are_refused(
    identity: Identity, shown: dict[str, Any], claims: dict[str, str]
) -> None:
    assert refusal(identity, token=token(**claims), **shown) is Code.CREDENTIAL_INVALID


def test_a_resident_through_an_application_stays_the_subject_of_own_records(identity: Identity) -> None:
    claims = {"subject_type": "Resident", "subject_key": "310115195001011234", "areas": [], "roles": ["resident"]}
    resident = asks(identity, token=token(**claims), application_key=DESK)
    assert (resident.subject, resident.areas) == (("Resident", "310115195001011234"), ())
    assert "310115195001011234" not in repr(resident)


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        ({"token": "x"}, Code.TOKEN_INVALID),
        ({"token": "x", "application_key": DESK}, Code.TOKEN_INVALID),
        ({"token": "x", "certificate": CERTIFICATE}, Code.TOKEN_INVALID),
        ({"application_key": ""}, Code.CREDENTIAL_INVALID),
        ({"application_key": "desk.wrong"}, Code.CREDENTIAL_INVALID),
        ({"application_key": "desk.wrong", "certificate": CERTIFICATE}, Code.CREDENTIAL_INVALID),
        ({"application_key": DESK, "certificate": b"garbage"}, Code.CREDENTIAL_INVALID),
        ({"certificate": CERTIFICATE, "peer": "10.0.0.8"}, Code.CREDENTIAL_UNTRUSTED_PROXY),
        ({"certificate": CERTIFICATE, "peer": "10.0.0.8", "application_key": DESK}, Code.CREDENTIAL_UNTRUSTED_PROXY),
    ],
)
def test_whatever_is_shown_beside_it_what_does_not_pass_is_refused(
    identity: Identity, shown: dict[str, Any], code: Code
) -> None:
    assert refusal(identity, **shown) is code


@pytest.mark.parametrize("shown", [{"application_key": "desk.wrong"}, {"certificate": b"garbage"}])
def test_a_good_token_does_not_cover_for_an_application_that_does_not_pass(
    identity: Identity, shown: dict[str, Any]
) -> None:
    assert refusal(identity, token=token(), **shown) is Code.CREDENTIAL_INVALID


def test_a_forged_token_costs_no_hash(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_hash, "derive", lambda *_: pytest.fail("it was hashed"))
    assert refusal(identity, token="forged", application_key="desk.wrong") is Code.TOKEN_INVALID


def test_where_no_proxy_is_declared_every_forwarded_certificate_is_refused(
    tokens: Tokens, applications: Applications
) -> None:
    identity = Identity(tokens, applications)
    for shown in ({}, {"token": token()}, {"application_key": DESK}):
        assert refusal(identity, certificate=CERTIFICATE, **shown) is Code.CREDENTIAL_UNTRUSTED_PROXY
    assert asks(identity, application_key=DESK).application == "desk"


def test_from_headers_to_a_principal(identity: Identity) -> None:
    headers = {"Authorization": f"Bearer {token()}", "X-Application-Key": DESK}
    person = run(identity.principal(read_credentials(headers, PROXY)))
    assert (person.id, person.application) == ("wang.min", "desk")


def test_looking_after_takes_a_changed_list(identity: Identity, path: Path) -> None:
    assert asks(identity, application_key=DESK).application == "desk"
    register(path, registration("other", key=OTHER_LINE))
    run(identity.look_after())
    assert refusal(identity, application_key=DESK) is Code.CREDENTIAL_INVALID
    assert asks(identity, application_key=OTHER).application == "other"


CODES = st.sampled_from(
    ["31", "310115", "310114", "310115016", "310115017", "310114001", "310115016003", "11", "110101"]
)
AREAS = st.lists(CODES, max_size=4).map(lambda codes: tuple(Area.parse(code) for code in codes))


@given(AREAS, AREAS, CODES)
def test_a_place_lies_in_the_shared_areas_exactly_where_it_lies_in_both(
    some: tuple[Area, ...], others: tuple[Area, ...], code: str
) -> None:
    place = Area(code)
    both = any(one.contains(place) for one in some) and any(one.contains(place) for one in others)
    assert any(one.contains(place) for one in shared_areas(some, others)) == both


@given(AREAS, AREAS)
def test_the_shared_areas_are_the_same_from_either_side(some: tuple[Area, ...], others: tuple[Area, ...]) -> None:
    assert shared_areas(some, others) == shared_areas(others, some)


# ── somebody who shows nothing ────────────────────────────────────────────────────────────────────────────────────────

DECLARED = AnonymousDeclaration("data-bureau", ("reporter",), (Area("31"),), "care")


@pytest.fixture
def opened(tmp_path: Path, applications: Applications, tokens: Tokens) -> Identity:
    bundle = tmp_path / "client-ca.pem"
    bundle.write_bytes(AUTHORITY.pem)
    certificates = Certificates(bundle, applications, proxies=networks(PROXY))
    return Identity(tokens, applications, ApplicationKeys(applications), certificates, anonymous_of(DECLARED))


def test_whoever_shows_nothing_is_anonymous_where_that_is_declared(opened: Identity) -> None:
    nobody = asks(opened)
    assert (nobody.id, nobody.organisation, nobody.application) == ("anonymous", "data-bureau", "")
    assert nobody.roles == {"reporter", ANONYMOUS}
    assert areas_of(nobody) == ["31"]
    assert opened.is_anonymous(nobody)
    assert anonymous_of(None) is None


def test_whoever_shows_something_is_who_that_says(opened: Identity) -> None:
    for shown in ({"token": token()}, {"application_key": DESK}, {"certificate": CERTIFICATE}):
        assert not opened.is_anonymous(asks(opened, **shown))


def test_a_token_that_names_the_anonymous_is_not_it(opened: Identity) -> None:
    posing = asks(opened, token=token(sub="anonymous", org="data-bureau", roles=["reporter", ANONYMOUS], areas=["31"]))
    assert not opened.is_anonymous(posing)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": ""},
        {"Authorization": " "},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Negotiate"},
        {"Authorization": "Bearer not.a.token"},
        {"AUTHORIZATION": "bearer x"},
        {"Authorization": "ApiKey "},
        {"Authorization": "ApiKey desk.wrong"},
        {"X-Application-Key": ""},
        {"X-Application-Key": "desk.wrong"},
        {"Client-Cert": ":AA==:"},
    ],
    ids=str,
)
def test_a_credential_that_does_not_pass_makes_nobody_anonymous(opened: Identity, headers: dict[str, str]) -> None:
    credentials = read_credentials(headers, PROXY)
    assert code_of(opened.principal(credentials)).name.startswith(("TOKEN_", "CREDENTIAL_"))


@pytest.mark.parametrize(
    "headers", [{"Client-Cert": "AA=="}, {"Client-Cert-Chain": ":AA==:"}, {"Client-Cert": ""}], ids=str
)
def test_a_credential_that_is_not_even_one_is_refused_before(headers: dict[str, str]) -> None:
    assert code_of(lambda: read_credentials(headers, PROXY)) is Code.CREDENTIAL_INVALID


def test_an_expired_token_and_one_of_another_issuer_make_nobody_anonymous(opened: Identity) -> None:
    assert refusal(opened, token=token(exp=int(time.time()) - 60)) is Code.TOKEN_EXPIRED
    assert refusal(opened, token=Signer("other").token(ISSUER, int(time.time()))) is Code.TOKEN_INVALID


def test_without_the_section_nobody_is_anonymous(identity: Identity) -> None:
    assert code_of(identity.principal(read_credentials({}, PROXY))) is Code.TOKEN_MISSING


# ── other exchanges ───────────────────────────────────────────────────────────────────────────────────────────────────

BUREAU = Organisation(
    "pudong-data-bureau", Words("局", "Bureau"), "a@pudong.example", (Area("310115"), Area("310104002"))
)
ANALYST = Principal(
    "wang.min", "health-commission", "desk", frozenset({"analyst"}), (Area("310115016"),), ("Resident", "n1")
)


class Abroad:
    """The exchange `district`, whose people ask here."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.keys = ExchangeKeys(folder)
        self.office = PassportOffice("district", self.keys, KeyRing(b"k" * 32), self.clock)
        trusted = LocalKeys(json.loads(self.keys.published))
        control, roles = PassportControl("city", {"district": trusted}, self.clock), frozenset({"analyst", "reader"})
        self.callers = Callers(control, {"district": BUREAU}, roles)

    def passport(self, who: Principal = ANALYST) -> str:
        return self.office.issue(who, source="city", purpose="care", agreement="", mode=Mode.ORDINARY)


@pytest.fixture
def abroad(tmp_path: Path) -> Abroad:
    (tmp_path / "abroad").mkdir(mode=0o700)
    return Abroad(tmp_path / "abroad")


@pytest.fixture
def visited(tokens: Tokens, applications: Applications, abroad: Abroad) -> Identity:
    """An exchange that the other one may ask, and that lets in whoever shows nothing."""
    return Identity(tokens, applications, anonymous=anonymous_of(ANYBODY), callers=abroad.callers)


ANYBODY = AnonymousDeclaration("data-bureau", ("reader",), (Area("310115"),), "care")


def passenger(identity: Identity, passport: str) -> Principal:
    said = run(identity.passport(Credentials(passport=passport)))
    assert said is not None
    return identity.passenger(said)


def test_a_passenger_is_who_the_passport_says_by_a_pseudonym(visited: Identity, abroad: Abroad) -> None:
    who = passenger(visited, abroad.passport())
    assert (who.exchange, who.organisation, who.roles) == ("district", "health-commission", frozenset({"analyst"}))
    assert (who.application, who.subject) == ("", None)  # no application of ours, and no record is anybody's own
    assert areas_of(who) == ["310115016"]
    assert len(who.id) == 43
    assert "wang.min" not in repr(who)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (["31"], ["310104002", "310115"]),
        (["310104"], ["310104002"]),
        (["310104002003", "310115016"], ["310104002003", "310115016"]),
        (["310101", "32"], []),
        ([], []),
    ],
)
def test_areas_are_those_of_the_organisation_that_runs_the_exchange_at_most(
    visited: Identity, abroad: Abroad, said: list[str], left: list[str]
) -> None:
    who = replace(ANALYST, areas=tuple(map(Area, said)))
    assert areas_of(passenger(visited, abroad.passport(who))) == left


def test_the_name_of_a_role_makes_nobody_somebody_of_ours(visited: Identity, abroad: Abroad) -> None:
    """Nor does the name of an organisation: what they count for is bound by what is agreed with the exchange."""
    everything = replace(ANALYST, organisation="data-bureau", roles=frozenset({ANONYMOUS, "reader"}))
    who = passenger(visited, abroad.passport(everything))
    assert not visited.is_anonymous(who)
    assert who.exchange == "district"
    ours = run(visited.principal(Credentials()))
    assert visited.is_anonymous(ours)
    assert who != ours


def test_a_role_that_means_nothing_here_is_not_kept(visited: Identity, abroad: Abroad) -> None:
    """There is no end of their names, and standings are remembered."""
    made_up = replace(ANALYST, roles=frozenset({"analyst", "role:analyst", "Analyst", "made-up", "any"}))
    assert passenger(visited, abroad.passport(made_up)).roles == {"analyst"}


def test_two_people_of_one_name_are_two_passengers(visited: Identity, abroad: Abroad) -> None:
    one, same, other = (
        passenger(visited, abroad.passport(who)) for who in (ANALYST, ANALYST, replace(ANALYST, organisation="police"))
    )
    assert one == same
    assert one.id != other.id


def test_a_passport_is_good_for_one_request(visited: Identity, abroad: Abroad) -> None:
    passport = abroad.passport()
    passenger(visited, passport)
    assert code_of(visited.passport(Credentials(passport=passport))) is Code.TOKEN_INVALID


@pytest.mark.parametrize("passport", ["", "x", "a.b.c", "..", "x" * 40_000])
def test_what_is_no_passport_makes_nobody_anonymous(visited: Identity, passport: str) -> None:
    assert code_of(visited.passport(Credentials(passport=passport))) is Code.TOKEN_INVALID


def test_without_callers_no_passport_is_taken(identity: Identity, abroad: Abroad) -> None:
    assert code_of(identity.passport(Credentials(passport=abroad.passport()))) is Code.TOKEN_INVALID
    assert run(identity.passport(Credentials())) is None
    with pytest.raises(InternalError):
        identity.caller("district")


def test_a_passport_is_no_token_and_a_token_no_passport(visited: Identity, abroad: Abroad) -> None:
    assert code_of(visited.principal(Credentials(token=abroad.passport()))) is Code.TOKEN_INVALID
    assert code_of(visited.passport(Credentials(passport=token()))) is Code.TOKEN_INVALID
