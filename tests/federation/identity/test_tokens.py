from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from federation.errors import Code, Unidentified
from federation.identity import KeyAbsent, Tokens
from federation.identity.key_source import KeySource, read_keys
from federation.issuing import ISSUER_KEY, KEY_SET, make_issuer
from federation.keys import KeyFileError
from tests.federation.identity.making import Clock, Signer, run
from vocabulary.area import Area

ISSUER, AUDIENCE = "https://tongguan.local/issuer", "tongguan"
NOW = int(time.time())
LATER = NOW + 7_200  # longer than all tests take
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "wang.min",
    "org": "health-commission",
    "roles": ["health-analyst"],
    "areas": ["310115000000", "310115"],
    "azp": "desk",
    "iat": NOW,
    "exp": LATER,
}
Make = Callable[..., str]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("keys")
    make_issuer(directory)
    return directory


@pytest.fixture(scope="module")
def key_set(keys: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((keys / KEY_SET).read_text())
    return read


@pytest.fixture
def tokens(key_set: dict[str, Any]) -> Tokens:
    return make_tokens(key_set)


@pytest.fixture(scope="module")
def sign(keys: Path) -> Make:
    key = load_pem_private_key((keys / ISSUER_KEY).read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)

    def signed(_without: str = "", _headers: Mapping[str, Any] | None = None, **claims: Any) -> str:
        every = {name: value for name, value in {**CLAIMS, **claims}.items() if name != _without}
        # Not jwt.encode: it would refuse to write some of the claims that a broken issuer might.
        header = {"alg": "EdDSA", "kid": "development", "typ": "JWT", **(_headers or {})}
        head = b".".join(b64(json.dumps(part).encode()) for part in (header, every))
        return (head + b"." + b64(key.sign(head))).decode()

    return signed


def b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def make_tokens(keys: Mapping[str, Any] | KeySource, clock: Callable[[], float] = time.time) -> Tokens:
    organisations = frozenset({"health-commission", "data-bureau"})
    return Tokens(keys, issuer=ISSUER, audience=AUDIENCE, organisations=organisations, clock=clock)


class Keys:
    """A source of keys that changes when it is told to, and counts how often it is asked for new ones."""

    def __init__(self, *signers: Signer) -> None:
        self.keys = read_keys({"keys": [one.jwk for one in signers]})
        self.brings: dict[str, jwt.PyJWK] = {}
        self.renewals = 0

    def key(self, kid: str) -> jwt.PyJWK:
        if kid not in self.keys:
            raise KeyAbsent(Code.TOKEN_INVALID, "not at hand")
        return self.keys[kid]

    async def renew(self) -> None:
        self.renewals += 1
        self.keys |= self.brings

    async def look_after(self) -> None:
        pass


def code_of(tokens: Tokens, token: str | None) -> Code:
    with pytest.raises(Unidentified) as refused:
        tokens.principal(token)
    return refused.value.code


def test_a_good_token_names_its_principal(tokens: Tokens, sign: Make) -> None:
    principal = tokens.principal(sign())
    assert (principal.id, principal.organisation, principal.application) == ("wang.min", "health-commission", "desk")
    assert principal.roles == {"health-analyst"}
    assert principal.areas == (Area("310115"),)


def test_a_token_without_roles_and_areas_is_somebody_who_sees_nothing(tokens: Tokens, sign: Make) -> None:
    principal = tokens.principal(sign(roles=[], areas=[]))
    assert (principal.roles, principal.areas) == (frozenset(), ())


@pytest.mark.parametrize("token", [None, ""])
def test_no_token(tokens: Tokens, token: str | None) -> None:
    assert code_of(tokens, token) is Code.TOKEN_MISSING


def test_an_expired_token(tokens: Tokens, sign: Make) -> None:
    assert code_of(tokens, sign(exp=NOW - 1)) is Code.TOKEN_EXPIRED


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "org", "iat", "exp"])
def test_a_missing_claim(tokens: Tokens, sign: Make, missing: str) -> None:
    assert code_of(tokens, sign(_without=missing)) is Code.TOKEN_INVALID


@pytest.mark.parametrize(
    "claims",
    [
        {"nbf": NOW + 3_600},
        {"iat": NOW + 3_600},
        {"iss": "https://elsewhere.example"},
        {"iss": [ISSUER]},
        {"aud": "another"},
        {"aud": []},
        {"aud": {"tongguan": True}},
        {"sub": 5},
        {"sub": ""},
        {"sub": ["wang.min"]},
        {"sub": "x" * 257},
        {"sub": "\ud800"},
        {"org": "nobody"},
        {"org": ["health-commission"]},
        {"org": {"health-commission": 1}},
        {"org": None},
        {"azp": 7},
        {"azp": "\udfff"},
        {"roles": "health-analyst"},
        {"roles": [1]},
        {"roles": {"health-analyst": 1}},
        {"roles": None},
        {"roles": [f"role-{number}" for number in range(101)]},
        {"areas": "31"},
        {"areas": [31]},
        {"areas": ["3101"]},
        {"areas": ["上海"]},
        {"areas": [""]},
        {"areas": ["31", "*"]},
        {"exp": "soon"},
        {"exp": None},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": 10**400},
        {"exp": str(NOW + 600)},
        {"exp": True},
        {"iat": "x"},
        {"iat": 10**400},
        {"nbf": "x"},
        {"nbf": None},
        {"jti": 5},
        {"subject_type": "Resident"},
        {"subject_key": "310115195001011234"},
        {"subject_type": "Resident", "subject_key": None, "areas": []},
        {"subject_type": "Resident", "subject_key": "", "areas": []},
        {"subject_type": "", "subject_key": "310115195001011234", "areas": []},
        {"subject_type": "Resident", "subject_key": 310115195001011234, "areas": []},
        {"subject_type": ["Resident"], "subject_key": "310115195001011234", "areas": []},
        {"subject_type": "Resident", "subject_key": "x" * 129, "areas": []},
        {"subject_type": "x" * 129, "subject_key": "310115195001011234", "areas": []},
        {"subject_type": "Resident", "subject_key": "310115195001011234", "areas": ["310115"]},
    ],
    ids=lambda claims: next(iter(claims)),
)
def test_claims_that_cannot_be_right(tokens: Tokens, sign: Make, claims: dict[str, Any]) -> None:
    assert code_of(tokens, sign(**claims)) is Code.TOKEN_INVALID


@pytest.mark.parametrize(
    "headers",
    [
        {"kid": "unknown"},
        {"kid": None},
        {"kid": ["development"]},
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "ES256"},
        {"alg": None},
        {"crit": ["exp"]},
        {"typ": "logout+jwt"},
        {"typ": "dpop+jwt"},
        {"typ": "JOSE"},
        {"typ": ""},
        {"typ": None},
        {"typ": ["JWT"]},
    ],
    ids=str,
)
def test_headers_that_cannot_be_right(tokens: Tokens, sign: Make, headers: dict[str, Any]) -> None:
    assert code_of(tokens, sign(_headers=headers)) is Code.TOKEN_INVALID


def test_alg_none_without_a_signature(tokens: Tokens) -> None:
    token = jwt.encode(CLAIMS, "", algorithm="none", headers={"kid": "development"})
    assert code_of(tokens, token) is Code.TOKEN_INVALID


def test_the_public_key_is_no_secret_to_sign_with(tokens: Tokens, key_set: dict[str, Any]) -> None:
    public = base64.urlsafe_b64decode(key_set["keys"][0]["x"] + "=")
    head = b".".join(b64(json.dumps(part).encode()) for part in ({"alg": "HS256", "kid": "development"}, CLAIMS))
    for secret in (public, key_set["keys"][0]["x"].encode(), json.dumps(key_set["keys"][0]).encode()):
        token = head + b"." + b64(hmac.digest(secret, head, "sha256"))
        assert code_of(tokens, token.decode()) is Code.TOKEN_INVALID


def test_a_symmetric_key_in_the_key_set_is_of_no_use(key_set: dict[str, Any]) -> None:
    secret = b"s" * 32
    oct_key = {"kty": "oct", "kid": "shared", "alg": "HS256", "k": b64(secret).decode()}
    tokens = make_tokens({"keys": [*key_set["keys"], oct_key]})
    token = jwt.encode(CLAIMS, secret, algorithm="HS256", headers={"kid": "shared"})
    assert code_of(tokens, token) is Code.TOKEN_INVALID


def test_another_key_under_the_same_id(tokens: Tokens) -> None:
    token = jwt.encode(CLAIMS, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": "development"})
    assert code_of(tokens, token) is Code.TOKEN_INVALID


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_with_one_part_of_another(tokens: Tokens, sign: Make, part: int) -> None:
    mine, other = sign().split("."), sign(sub="zhao.qiang", _headers={"typ": "other"}).split(".")
    mixed = ".".join(other[place] if place == part else mine[place] for place in range(3))
    assert code_of(tokens, mixed) is Code.TOKEN_INVALID


def test_a_header_nested_without_end(tokens: Tokens) -> None:
    for size in (3_000, 60_000):
        deep = b64(b"[" * size).decode()
        assert code_of(tokens, f"{deep}.{deep}.{deep}") is Code.TOKEN_INVALID


@given(st.text(max_size=200))
def test_whatever_is_sent_is_refused_and_never_raises_anything_else(key_set: dict[str, Any], text: str) -> None:
    tokens = make_tokens(key_set)
    assert code_of(tokens, text) in {Code.TOKEN_INVALID, Code.TOKEN_MISSING}


def test_a_remembered_token_expires_all_the_same(key_set: dict[str, Any], sign: Make) -> None:
    clock = [float(NOW)]
    tokens = make_tokens(key_set, lambda: clock[0])
    token = sign(exp=NOW + 600)
    assert tokens.principal(token) is tokens.principal(token)
    clock[0] = NOW + 600.0
    assert code_of(tokens, token) is Code.TOKEN_EXPIRED


def test_a_refused_token_is_not_remembered(tokens: Tokens, sign: Make) -> None:
    token = sign(org="nobody")
    assert [code_of(tokens, token) for _ in range(2)] == [Code.TOKEN_INVALID] * 2
    assert not tokens._known


def test_two_tokens_do_not_mix(tokens: Tokens, sign: Make) -> None:
    first, second = sign(), sign(sub="zhao.qiang", org="data-bureau", roles=["security-officer"], areas=["31"])
    for _ in range(2):
        assert tokens.principal(first).id == "wang.min"
        assert tokens.principal(second).organisation == "data-bureau"


def test_what_is_remembered_is_bounded(tokens: Tokens, sign: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("federation.identity.tokens._REMEMBERED", 3)
    for number in range(10):
        assert tokens.principal(sign(sub=f"person {number}")).id == f"person {number}"
    assert len(tokens._known) == 3
    assert tokens.principal(sign(sub="person 0")).id == "person 0"


@pytest.mark.parametrize("key_set", [{}, {"keys": []}, {"keys": None}, {"keys": [{"kty": "nothing"}]}, {"keys": ["x"]}])
def test_a_key_set_without_a_key_is_refused(key_set: dict[str, Any]) -> None:
    with pytest.raises(KeyFileError, match="key set"):
        make_tokens(key_set)


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"])
def test_a_token_says_that_it_is_one(tokens: Tokens, sign: Make, kind: str) -> None:
    assert tokens.principal(sign(_headers={"typ": kind})).id == "wang.min"


def test_a_token_that_says_nothing_of_its_type_is_taken_for_one(tokens: Tokens, keys: Path) -> None:
    key = load_pem_private_key((keys / ISSUER_KEY).read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    token = jwt.encode(CLAIMS, key, algorithm="EdDSA", headers={"kid": "development", "typ": None})
    assert "typ" not in jwt.get_unverified_header(token)
    assert tokens.principal(token).id == "wang.min"


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_the_issuers_clock_may_be_five_seconds_ahead_and_no_more(
    key_set: dict[str, Any], sign: Make, claim: str
) -> None:
    clock = Clock(float(NOW))
    tokens = make_tokens(key_set, clock)
    assert tokens.principal(sign(**{claim: NOW + 5})).id == "wang.min"
    assert code_of(tokens, sign(**{claim: NOW + 6})) is Code.TOKEN_INVALID
    clock.now += 1
    assert tokens.principal(sign(**{claim: NOW + 6})).id == "wang.min"


def test_the_end_of_a_token_is_its_end_to_the_second(key_set: dict[str, Any], sign: Make) -> None:
    clock = Clock(NOW + 599.9)
    token = sign(exp=NOW + 600)
    assert make_tokens(key_set, clock).principal(token).id == "wang.min"
    clock.now = NOW + 600.0
    assert code_of(make_tokens(key_set, clock), token) is Code.TOKEN_EXPIRED


def test_a_resident_is_the_subject_of_own_records(tokens: Tokens, sign: Make) -> None:
    longest = "9" * 128
    principal = tokens.principal(sign(subject_type="Resident", subject_key=longest, areas=[], roles=["resident"]))
    assert principal.subject == ("Resident", longest)
    assert principal.areas == ()
    assert principal.roles == {"resident"}
    assert tokens.principal(sign()).subject is None


def test_no_text_of_a_principal_shows_a_residents_key(tokens: Tokens, sign: Make) -> None:
    principal = tokens.principal(sign(subject_type="Resident", subject_key="310115195001011234", areas=[]))
    assert "310115195001011234" not in f"{principal!r} {principal}"


def test_tokens_of_the_other_two_algorithms() -> None:
    curve, numbers = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65_537, 2_048)
    key_set = {
        "keys": [
            {**json.loads(ECAlgorithm.to_jwk(curve.public_key())), "kid": "curve"},
            {**json.loads(RSAAlgorithm.to_jwk(numbers.public_key())), "kid": "numbers", "alg": "RS256"},
        ]
    }
    tokens = make_tokens(key_set)
    for key, algorithm, kid in ((curve, "ES256", "curve"), (numbers, "RS256", "numbers")):
        assert tokens.principal(jwt.encode(CLAIMS, key, algorithm=algorithm, headers={"kid": kid})).id == "wang.min"


def test_a_key_that_is_too_short_signs_nothing() -> None:
    weak = rsa.generate_private_key(65_537, 1_024)  # noqa: S505  (that is the point)
    tokens = make_tokens({"keys": [{**json.loads(RSAAlgorithm.to_jwk(weak.public_key())), "kid": "weak"}]})
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = jwt.encode(CLAIMS, weak, algorithm="RS256", headers={"kid": "weak"})
    assert code_of(tokens, token) is Code.TOKEN_INVALID


def test_a_remembered_token_is_forgotten_with_its_key() -> None:
    signer = Signer("first")
    keys = Keys(signer)
    tokens = make_tokens(keys)
    token = signer.token(ISSUER, NOW, exp=LATER)
    assert tokens.principal(token) is tokens.principal(token)
    del keys.keys["first"]
    assert code_of(tokens, token) is Code.TOKEN_INVALID
    assert not tokens._known


def test_a_remembered_token_is_checked_again_where_another_key_has_its_id() -> None:
    signer = Signer("first")
    keys = Keys(signer)
    tokens = make_tokens(keys)
    token = signer.token(ISSUER, NOW, exp=LATER)
    assert tokens.principal(token).id == "wang.min"
    keys.keys = Keys(Signer("first")).keys
    assert code_of(tokens, token) is Code.TOKEN_INVALID


def test_an_absent_key_is_looked_for_once_and_then_the_token_passes() -> None:
    new = Signer("second")
    keys = Keys(Signer("first"))
    tokens = make_tokens(keys)
    token = new.token(ISSUER, NOW, exp=LATER)
    assert code_of(tokens, token) is Code.TOKEN_INVALID
    keys.brings = Keys(new).keys
    assert run(tokens.renewed(token)).id == "wang.min"
    assert run(tokens.renewed(token)).id == "wang.min"
    assert keys.renewals == 1


def test_a_token_that_is_refused_for_another_reason_asks_for_no_new_keys(sign: Make, key_set: dict[str, Any]) -> None:
    keys = Keys(Signer("first"))
    keys.keys |= read_keys(key_set)
    tokens = make_tokens(keys)
    for token in (None, "", "x", "x" * 20_000, sign(exp=NOW - 1), sign(aud="another"), sign(_headers={"kid": 5})):
        with pytest.raises(Unidentified):
            run(tokens.renewed(token))
    assert keys.renewals == 0
