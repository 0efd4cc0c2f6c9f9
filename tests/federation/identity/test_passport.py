from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest

from federation.errors import InternalError
from federation.identity import ExchangeKeys, PassportOffice, Reference
from federation.keys import KeyRing
from tests.federation.identity.making import Clock
from vocabulary.area import Area
from vocabulary.principal import Mode, Principal

ANALYST = Principal(
    "wang.min", "health-commission", "dashboard", frozenset({"reporter", "analyst"}), (Area("310115"), Area("310104"))
)


def office(folder: Path, master: bytes = b"k" * 32) -> PassportOffice:
    return PassportOffice("city", ExchangeKeys(folder), KeyRing(master), Clock())


def claims(made: PassportOffice, principal: Principal = ANALYST, **how: Any) -> dict[str, Any]:
    every = {"source": "pudong", "purpose": "epidemic-control", "agreement": "a-1", "mode": Mode.ORDINARY, **how}
    read: dict[str, Any] = jwt.decode(made.issue(principal, **every), options={"verify_signature": False})
    return read


def test_it_says_who_asks_and_why_and_nothing_else(tmp_path: Path) -> None:
    said = claims(office(tmp_path), receipt=Reference("tongguan.local/city", 7))
    assert len(said.pop("jti")) == 22
    assert len(said.pop("sub")) == 43
    assert said == {
        "iss": "city",
        "aud": "pudong",
        "iat": 1_000_000.0,
        "exp": 1_000_030.0,
        "org": "health-commission",
        "roles": ["analyst", "reporter"],
        "areas": ["310115", "310104"],
        "purpose": "epidemic-control",
        "agreement": "a-1",
        "mode": "ordinary",
        "receipt": {"log": "tongguan.local/city", "entry": 7},
    }
    assert "receipt" not in claims(office(tmp_path))


def test_nobody_is_named_in_it(tmp_path: Path) -> None:
    resident = replace(ANALYST, areas=(), subject=("Resident", "310115199001011234"))
    said = str(claims(office(tmp_path), resident))
    for word in ("wang", "dashboard", "310115", "Resident"):
        assert word not in said


def test_the_pseudonym_is_one_persons_for_one_source_of_one_exchange(tmp_path: Path) -> None:
    made = office(tmp_path)
    same = claims(made)["sub"]
    assert claims(made, mode=Mode.EMERGENCY, purpose="other")["sub"] == same
    assert claims(made, replace(ANALYST, roles=frozenset(), areas=()))["sub"] == same
    others = {
        claims(made, source="minhang")["sub"],
        claims(made, replace(ANALYST, id="li.hua"))["sub"],
        claims(made, replace(ANALYST, organisation="data-bureau"))["sub"],
        claims(made, replace(ANALYST, id="mission", organisation="health-comwang.min"))["sub"],
        claims(office(tmp_path, b"x" * 32))["sub"],
        same,
    }
    assert len(others) == 6


def test_no_two_have_one_number(tmp_path: Path) -> None:
    made = office(tmp_path)
    assert len({claims(made)["jti"] for _ in range(50)}) == 50


def test_one_that_nobody_would_take_is_not_made(tmp_path: Path) -> None:
    many = replace(ANALYST, roles=frozenset(f"{number:0256}" for number in range(200)))
    with pytest.raises(InternalError):
        claims(office(tmp_path), many)
