"""How other exchanges are told who asks: a passport for each sending, resting on the entry that says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest

from federation.errors import InternalError
from federation.identity import Envoy, ExchangeKeys, PassportOffice
from federation.identity.envoy import nobody
from federation.identity.passport import HEADER
from federation.keys import KeyRing
from federation.schema.declare import parse
from tests.federation.identity.making import Clock
from tests.support.executing import EXCHANGE
from vocabulary.area import Area
from vocabulary.principal import Mode, Principal, Standing

ELSEWHERE = """\
  town:
    owner: police
    connector: exchange
    options: {url: "https://town.example/graphql", exchange: old-town}
    types:
      House:
        table: House
        description: {zh: 房, en: A house}
        key: ref
        fields:
          ref: {column: id, type: String, level: 1, description: {zh: 标, en: Reference}}
  village:
    owner: health
    connector: exchange
    options: {url: "https://village.example/graphql", exchange: village}
    types:
      Barn:
        table: Barn
        description: {zh: 仓, en: A barn}
        key: ref
        fields:
          ref: {column: id, type: String, level: 1, description: {zh: 标, en: Reference}}
"""
WHO = Principal("wang.min", "bureau", "desk", frozenset({"worker"}), (Area("310115"),), ("Person", "n001"))
STANDING = Standing(frozenset({"worker"}), "bureau", "care", Mode.EMERGENCY, "a-1")


@pytest.fixture
def envoy(tmp_path: Path) -> Envoy:
    keys = ExchangeKeys(tmp_path)
    catalogue = parse(EXCHANGE + ELSEWHERE, file="exchange.yaml")
    return Envoy(PassportOffice("small", keys, KeyRing(b"k" * 32), Clock()), catalogue, "tongguan.local/small")


def claims(headers: Any) -> dict[str, Any]:
    said = headers()
    assert list(said) == [HEADER]
    read: dict[str, Any] = jwt.decode(said[HEADER], options={"verify_signature": False})
    return read


def test_it_says_who_asks_and_why_and_upon_which_entry(envoy: Envoy) -> None:
    said = claims(envoy.speak_for(WHO, STANDING)("town", 7))
    wanted = {
        "iss": "small",
        "aud": "old-town",
        "org": "bureau",
        "roles": ["worker"],
        "areas": ["310115"],
        "purpose": "care",
        "agreement": "a-1",
        "mode": "emergency",
        "receipt": {"log": "tongguan.local/small", "entry": 7},
    }
    assert {name: said[name] for name in wanted} == wanted


def test_nobody_is_named_in_clear_and_a_resident_is_not_told_to_be_one(envoy: Envoy) -> None:
    said = claims(envoy.speak_for(WHO, STANDING)("town", 7))
    for secret in ("wang.min", "n001", "Person", "desk"):
        assert secret not in repr(said)


def test_each_sending_has_a_passport_of_its_own(envoy: Envoy) -> None:
    headers = envoy.speak_for(WHO, STANDING)("town", 7)
    one, other = claims(headers), claims(headers)
    assert one["jti"] != other["jti"]
    assert one["sub"] == other["sub"]


def test_a_person_is_somebody_else_to_each_exchange_and_two_are_never_one(envoy: Envoy) -> None:
    people = [
        WHO,
        replace(WHO, organisation="police"),
        replace(WHO, exchange="district"),
        replace(WHO, id="wang.mi", organisation="nbureau"),
    ]
    subjects = {
        claims(envoy.speak_for(one, STANDING)(source, 1))["sub"] for one in people for source in ("town", "village")
    }
    assert len(subjects) == 8


def test_the_exchange_itself_has_no_role_and_no_area(envoy: Envoy) -> None:
    said = claims(envoy.speak_for_us("village"))
    assert (said["aud"], said["org"], said["roles"], said["areas"]) == ("village", "bureau", [], [])
    assert (said["purpose"], said["agreement"], said["mode"]) == ("care", "", "ordinary")
    assert "receipt" not in said


def test_for_nobody_no_headers_are_made() -> None:
    with pytest.raises(InternalError, match="for nobody"):
        nobody("town", 7)
