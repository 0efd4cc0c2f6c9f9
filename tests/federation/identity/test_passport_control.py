"""What an exchange takes of another one's word, and what it does not."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm
from jwt.api_jws import PyJWS

from federation.errors import Code, Unavailable, Unidentified
from federation.identity import (
    ExchangeKeys,
    KeySource,
    LocalKeys,
    Passport,
    PassportControl,
    PassportOffice,
    Reference,
    Tokens,
)
from federation.identity.key_source import KeyAbsent
from federation.identity.passport import TYPE
from federation.identity.seen import Seen
from federation.keys import KeyRing
from tests.federation.identity.making import AUDIENCE, ORGANISATIONS, Clock, Signer, code_of
from vocabulary.area import Area
from vocabulary.principal import Mode, Principal

ALWAYS = ("iss", "aud", "iat", "exp", "jti", "sub", "org", "roles", "areas", "purpose", "agreement", "mode")
ANALYST = Principal("wang.min", "health-commission", "", frozenset({"analyst"}), (Area("310115"),))


class Border:
    """Two exchanges that may ask `pudong`, and one that may not; each with keys of its own."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.keys = {name: ExchangeKeys(folder / name) for name in ("city", "hangzhou", "nobody")}
        self.offices = {
            name: PassportOffice(name, keys, KeyRing(b"k" * 32), self.clock) for name, keys in self.keys.items()
        }
        self.control = self.begun()

    def begun(self) -> PassportControl:
        trusted = {name: LocalKeys(json.loads(self.keys[name].published)) for name in ("city", "hangzhou")}
        return PassportControl("pudong", trusted, self.clock)

    def passport(self, by: str = "city", source: str = "pudong", **how: Any) -> str:
        every = {"purpose": "epidemic-control", "agreement": "a-1", "mode": Mode.EMERGENCY, **how}
        return self.offices[by].issue(ANALYST, source=source, **every)

    def signed(self, by: str = "city", *, kind: str = TYPE, without: str = "", **claims: Any) -> str:
        """A passport of any claims, signed by an exchange's own key."""
        said = {**_claims(self.passport()), **claims}
        said.pop(without, None)
        key = self.keys[by]
        content = json.dumps(said).encode()  # as JSON: JWT would not write the half of what is tried here
        return PyJWS().encode(content, key._key, algorithm="EdDSA", headers={"kid": key._kid, "typ": kind})

    def code(self, token: str) -> Code:
        return code_of(lambda: self.control.check(token))


@pytest.fixture
def border(tmp_path: Path) -> Border:
    for name in ("city", "hangzhou", "nobody"):
        (tmp_path / name).mkdir(mode=0o700)
    return Border(tmp_path)


def _claims(token: str) -> dict[str, Any]:
    read: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return read


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_passport_says_who_asks_and_why(border: Border) -> None:
    token = border.passport(receipt=Reference("tongguan.local/city", 7))
    assert border.control.check(token) == Passport(
        exchange="city",
        person=_claims(token)["sub"],
        organisation="health-commission",
        roles=frozenset({"analyst"}),
        areas=(Area("310115"),),
        purpose="epidemic-control",
        agreement="a-1",
        mode=Mode.EMERGENCY,
        receipt=Reference("tongguan.local/city", 7),
    )
    assert border.control.check(border.passport(agreement="", receipt=None)).receipt is None


# ── whose it is ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_for_another_is_refused(border: Border) -> None:
    for audience in ("minhang", "", ["pudong"], ["pudong", "minhang"], None, 5):
        assert border.code(border.signed(aud=audience)) is Code.TOKEN_INVALID


def test_an_exchange_speaks_for_itself_alone(border: Border) -> None:
    assert border.code(border.signed(by="city", iss="hangzhou")) is Code.TOKEN_INVALID
    assert border.code(border.signed(by="nobody")) is Code.TOKEN_INVALID
    assert border.code(border.passport(by="nobody")) is Code.TOKEN_INVALID
    for said in (None, 5, ["city"], {"city": 1}, "City", "city "):
        assert border.code(border.signed(iss=said)) is Code.TOKEN_INVALID
    assert border.control.check(border.passport(by="hangzhou")).exchange == "hangzhou"


def test_a_foreign_key_under_a_known_name_is_refused(border: Border) -> None:
    kid = jwt.get_unverified_header(border.passport())["kid"]
    foreign = jwt.encode(
        _claims(border.passport()), Signer(kid).key, algorithm="EdDSA", headers={"kid": kid, "typ": TYPE}
    )
    assert border.code(foreign) is Code.TOKEN_INVALID


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("areas", ["31"]),
        ("roles", ["officer"]),
        ("org", "data-bureau"),
        ("purpose", "audit"),
        ("exp", 9e9),
        ("jti", "x" * 22),
    ],
)
def test_what_was_changed_on_the_way_is_refused(border: Border, name: str, said: object) -> None:
    token = border.passport()
    head, _, signature = token.split(".")
    assert border.code(f"{head}.{_part({**_claims(token), name: said})}.{signature}") is Code.TOKEN_INVALID
    assert border.control.check(token)  # and took nothing from the true one


def test_no_algorithm_but_the_one(border: Border) -> None:
    token = border.passport()
    header, body = jwt.get_unverified_header(token), token.split(".")[1]
    key, *_ = json.loads(border.keys["city"].published)["keys"]
    pem = LocalKeys({"keys": [key]}).key(key["kid"]).key.public_bytes_raw()
    for alg in ("none", "None", "NONE", "HS256", "ES256", "RS256", "", None, ["EdDSA"]):
        head = _part({**header, "alg": alg})
        mac = base64.urlsafe_b64encode(hmac.digest(pem, f"{head}.{body}".encode(), "sha256")).rstrip(b"=").decode()
        for signature in ("", mac, token.split(".")[2]):
            assert border.code(f"{head}.{body}.{signature}") is Code.TOKEN_INVALID


@pytest.mark.parametrize("more", [{"crit": ["b64"], "b64": False}, {"jku": "https://x"}, {"jwk": {}}, {"typ": "JWT"}])
def test_a_header_with_more_to_mind_is_refused(border: Border, more: dict[str, object]) -> None:
    key = border.keys["city"]
    headers = {"kid": key._kid, "typ": TYPE, **more}
    signed = jwt.encode(_claims(border.passport()), key._key, algorithm="EdDSA", headers=headers)
    assert border.code(signed) is Code.TOKEN_INVALID


def test_a_persons_own_token_is_no_passport_and_a_passport_is_no_persons_token(border: Border) -> None:
    """Even where one provider's key were declared as an exchange's."""
    signer = Signer("k")
    key_set = {"keys": [signer.jwk]}
    control = PassportControl(AUDIENCE, {"issuer": LocalKeys(key_set)}, border.clock)
    own = signer.token("issuer", border.clock.now)
    tokens = Tokens(key_set, issuer="issuer", audience=AUDIENCE, organisations=ORGANISATIONS, clock=border.clock)
    assert tokens.principal(own)
    assert code_of(lambda: control.check(own)) is Code.TOKEN_INVALID
    as_passport = jwt.encode(
        {**_claims(border.passport()), "iss": "issuer", "aud": AUDIENCE},
        signer.key,
        algorithm="EdDSA",
        headers={"kid": "k", "typ": TYPE},
    )
    assert control.check(as_passport)
    assert code_of(lambda: tokens.principal(as_passport)) is Code.TOKEN_INVALID
    assert border.code(border.signed(kind="JWT")) is Code.TOKEN_INVALID
    assert border.code(border.signed(kind="at+jwt")) is Code.TOKEN_INVALID


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "e30.e30.", "名", "x" * 40_000, "\ud800"])
def test_what_is_no_token(border: Border, token: str) -> None:
    assert border.code(token) is Code.TOKEN_INVALID


# ── when ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_holds_for_its_time_and_clocks_may_differ_a_little(border: Border) -> None:
    for later, holds in ((-5.0, True), (-5.1, False), (0.0, True), (34.9, True), (35.0, False), (300.0, False)):
        border.clock.now = 1_000_000.0
        token = border.passport()
        border.clock.now -= 100
        border.control = border.begun()
        border.clock.now += 100 + later
        if holds:
            assert border.control.check(token)
        else:
            assert border.code(token) is (Code.TOKEN_INVALID if later < 0 else Code.TOKEN_EXPIRED)


@pytest.mark.parametrize(
    ("times", "holds"),
    [
        ({"exp": 1_000_060}, True),
        ({"exp": 1_000_060.1}, False),
        ({"exp": 1_000_000}, False),
        ({"exp": 999_999}, False),
        ({"iat": 1_000_005, "exp": 1_000_065}, True),
        ({"iat": 1_000_006}, False),
        ({"exp": "1000030"}, False),
        ({"exp": True}, False),
        ({"exp": float("nan")}, False),
        ({"iat": None}, False),
        ({"nbf": 0}, False),
    ],
)
def test_no_longer_than_a_minute(border: Border, times: dict[str, Any], holds: bool) -> None:
    token = border.signed(**times)
    if holds:
        assert border.control.check(token)
    else:
        assert border.code(token) is Code.TOKEN_INVALID


def test_shown_twice_it_is_refused_for_as_long_as_it_could_hold(border: Border) -> None:
    token = border.signed(iat=1_000_005, exp=1_000_065)
    assert border.control.check(token)
    for _ in range(69):
        assert border.code(token) is Code.TOKEN_INVALID
        border.clock.now += 1
        assert border.control.check(border.passport())
    border.clock.now += 1
    assert border.code(token) is Code.TOKEN_EXPIRED


def test_a_number_is_its_exchanges_own(border: Border) -> None:
    number = "n" * 22
    assert border.control.check(border.signed(jti=number))
    assert border.control.check(border.signed(by="hangzhou", iss="hangzhou", jti=number))
    assert border.code(border.signed(jti=number, purpose="another")) is Code.TOKEN_INVALID


def test_after_a_new_start_nothing_from_before_is_taken_again(border: Border) -> None:
    shown, kept = border.passport(), border.passport()
    assert border.control.check(shown)
    border.clock.now += 0.5
    border.control = border.begun()
    assert border.code(shown) is Code.TOKEN_EXPIRED
    assert border.code(kept) is Code.TOKEN_EXPIRED
    assert border.control.check(border.passport())


def test_what_is_refused_is_not_remembered(border: Border) -> None:
    token = border.passport()
    assert border.code(token[:-4] + "AAAA") is Code.TOKEN_INVALID
    border.clock.now -= 50
    assert border.code(token) is Code.TOKEN_INVALID
    border.clock.now += 50
    assert border.control.check(token)


def test_an_exchange_that_shows_too_many_shuts_out_itself_alone(border: Border) -> None:
    border.control._seen["city"] = Seen(70.0, most=3)
    for _ in range(3):
        assert border.control.check(border.passport())
    with pytest.raises(Unavailable) as caught:
        border.control.check(border.passport())
    assert caught.value.code is Code.OVERLOADED
    assert border.control.check(border.passport(by="hangzhou"))


# ── what it says ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("claim", ALWAYS)
def test_nothing_may_be_left_out(border: Border, claim: str) -> None:
    assert border.code(border.signed(without=claim)) is Code.TOKEN_INVALID


def test_what_is_not_understood_could_narrow_the_rest(border: Border) -> None:
    assert border.code(border.signed(only="310115016")) is Code.TOKEN_INVALID


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("sub", "wang.min"),  # a name in clear, which may be somebody else's here
        ("sub", ""),
        ("sub", 5),
        ("sub", "x" * 42 + "\n"),
        ("org", ""),
        ("org", None),
        ("roles", "analyst"),
        ("roles", [""]),
        ("roles", [["analyst"]]),
        ("roles", {"analyst": 1}),
        ("roles", ["r"] * 101),
        ("areas", "31"),
        ("areas", [31]),
        ("areas", ["3101"]),
        ("areas", ["*"]),
        ("areas", [""]),
        ("areas", None),
        ("purpose", ""),
        ("purpose", None),
        ("purpose", "x" * 257),
        ("agreement", None),
        ("agreement", 1),
        ("mode", "glass"),
        ("mode", ""),
        ("mode", ["ordinary"]),
        ("mode", None),
        ("jti", ""),
        ("jti", 5),
        ("jti", "short"),
        ("jti", "x" * 65),
        ("receipt", None),
        ("receipt", "7"),
        ("receipt", {"log": "a"}),
        ("receipt", {"log": "", "entry": 1}),
        ("receipt", {"log": "a", "entry": -1}),
        ("receipt", {"log": "a", "entry": True}),
        ("receipt", {"log": "a", "entry": 1.0}),
        ("receipt", {"log": "a", "entry": 2**53}),
        ("receipt", {"log": "a", "entry": 1, "more": 1}),
    ],
)
def test_each_claim_is_of_its_own_form(border: Border, claim: str, said: Any) -> None:
    token = border.signed(**{claim: said})
    with pytest.raises(Unidentified) as caught:
        border.control.check(token)
    assert caught.value.code is Code.TOKEN_INVALID
    for word in ("wang", "3101", "glass", "city"):
        assert word not in caught.value.message


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(claim=st.sampled_from([*ALWAYS, "receipt", "more"]), said=anything)
def test_whatever_an_exchange_signs_is_a_passport_or_a_refusal(border: Border, claim: str, said: Any) -> None:
    try:
        token = border.signed(**{claim: said})
    except (ValueError, TypeError):  # not even JWT has a form for it
        return
    try:
        passport = border.control.check(token)
    except Unidentified:
        return
    assert isinstance(passport.mode, Mode)
    assert passport.exchange in {"city", "hangzhou"}


# ── keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_key_that_is_not_at_hand_is_looked_for_once_and_the_passport_is_good_for_one_still(border: Border) -> None:
    class Renewed:
        renewals = 0
        keys: KeySource = LocalKeys({"keys": [Signer("other").jwk]})

        def key(self, kid: str) -> jwt.PyJWK:
            return self.keys.key(kid)

        async def renew(self) -> None:
            self.renewals += 1
            self.keys = LocalKeys(json.loads(border.keys["city"].published))

        async def look_after(self) -> None:
            return

    source = Renewed()
    control = PassportControl("pudong", {"city": source}, border.clock)
    token = border.passport()
    with pytest.raises(KeyAbsent):
        control.check(token)
    assert asyncio.run(control.renewed(token)).exchange == "city"
    assert source.renewals == 1
    assert code_of(control.renewed(token)) is Code.TOKEN_INVALID
    assert source.renewals == 1


def test_a_key_of_another_kind_in_the_set_signs_no_passport(border: Border) -> None:
    key = generate_private_key(SECP256R1())
    jwk = {**json.loads(ECAlgorithm.to_jwk(key.public_key())), "kid": "k", "use": "sig"}
    control = PassportControl("pudong", {"city": LocalKeys({"keys": [jwk]})}, border.clock)
    for alg in ("ES256", "EdDSA"):
        signed = f"{_part({'alg': alg, 'kid': 'k', 'typ': TYPE})}.{border.passport().split('.')[1]}"
        signature = base64.urlsafe_b64encode(ECAlgorithm(ECAlgorithm.SHA256).sign(signed.encode(), key)).rstrip(b"=")
        with pytest.raises(Unidentified):
            control.check(f"{signed}.{signature.decode()}")
