"""A clock that is set opens nothing early, reopens nothing, and is not guessed at where a condition rests on it."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

import pytest

from policies.registry.actor import Act, Actor
from tests.support.city import City
from vocabulary.area import Area

ADULTS = "latestVaccination { vaccine }"
DAY = 86_400.0
ACTORS = tuple(Actor(name, "emergency-bureau", "test") for name in ("first", "second"))


def unrecorded(_: Act) -> None:
    """What is on record is tested elsewhere."""


def settle(city: City) -> None:
    """Until the process has seen the emergency: the promised T at most."""
    deadline = time.monotonic() + city.settings.policy_patience
    while not city.exchange.keeper.current().rules.emergencies:
        assert time.monotonic() < deadline


def emergency(city: City, **lasts: float) -> str:
    """An emergency for the whole city, from now on."""
    one, two = ACTORS
    at, registry = city.exchange.clock.earliest(), city.exchange.registry.emergencies
    end = at + dt.timedelta(**lasts)
    made = registry.declare(one, at, unrecorded, area=Area("31"), basis="law", start=at, end=end)
    registry.confirm(two, at, unrecorded, made.id)
    return made.id


def set_clock(city: City, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Somebody sets the wall clock of a running exchange."""
    wall = city.exchange.clock._wall
    monkeypatch.setattr(city.exchange.clock, "_wall", lambda: wall() + seconds)


def in_emergency(city: City, document: str = "{ residents(first: 1) { nodes { area } } }") -> str:
    reply = city.ask("analyst", document, mode="emergency")
    return "answered" if reply.status == 200 else reply.code


def test_a_clock_set_back_does_not_reopen_what_has_ended(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city()
    emergency(city, hours=1)
    settle(city)
    assert in_emergency(city) == "answered"
    with monkeypatch.context() as ahead:
        set_clock(city, ahead, 2 * 3600)
        assert in_emergency(city) == "EMERGENCY_MISSING"
    assert in_emergency(city) == "EMERGENCY_MISSING"  # the clock is right again, and the process knows a later time


def test_a_clock_set_forward_opens_nothing_early(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city()
    one, two = ACTORS
    at, registry = city.exchange.clock.earliest(), city.exchange.registry.emergencies
    start, end = at + dt.timedelta(days=1), at + dt.timedelta(days=3)
    made = registry.declare(one, at, unrecorded, area=Area("31"), basis="law", start=start, end=end)
    registry.confirm(two, at, unrecorded, made.id)
    settle(city)
    set_clock(city, monkeypatch, 2 * DAY)
    assert in_emergency(city) == "EMERGENCY_MISSING"


@pytest.mark.parametrize("seconds", [-3600.0, 3600.0])
def test_what_rests_on_the_time_is_not_decided_while_clocks_disagree(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    city = make_city()
    adults, plain = (f"{{ residents(first: 5) {{ nodes {{ {field} }} }} }}" for field in (ADULTS, "name"))
    assert city.ask("committee", adults, purpose="elderly-care").status == 200
    set_clock(city, monkeypatch, seconds)
    assert city.ask("committee", adults, purpose="elderly-care").code == "POLICY_UNAVAILABLE"
    assert city.ask("committee", plain, purpose="epidemic-control").status == 200  # nothing there rests on the time


def test_an_agreement_ends_by_the_clock_between_two_questions(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city()
    document = "{ residents(first: 1) { nodes { livesAlone } } }"
    reply = city.ask("analyst", document, purpose="elderly-care", agreement="A-2026-001")
    assert reply.data["residents"]["nodes"][0]["livesAlone"] is not None
    set_clock(city, monkeypatch, 800 * DAY)
    assert city.ask("analyst", document, purpose="elderly-care", agreement="A-2026-001").code == "AGREEMENT_UNKNOWN"
