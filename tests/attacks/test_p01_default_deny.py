"""Promise 1. Default deny: no line, an unreadable store, a crash in a rule: withheld."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from federation.rules import StartError
from policies.compile import Policy
from policies.registry.errors import RegistryUnavailableError
from policies.registry.registry import Registry
from tests.support.city import City

ONE_LINE = "p, role:health-analyst, own, Resident.area, read, epidemic-control, ordinary, allow, plain\n"
ALL = "{ residents { nodes { name sex birthDate phone address area livesAlone identityNo ageBand } } }"


def test_without_a_line_nothing_is_shown(city: City) -> None:
    reply = city.ask("officer", ALL, purpose="epidemic-control")
    assert reply.data == {"residents": {"nodes": []}}
    assert set(reply.withheld.values()) == {"not-granted"}


def test_one_line_shows_one_field(make_city: Callable[..., City]) -> None:
    reply = make_city(policy=ONE_LINE).ask("analyst", ALL)
    assert len(reply.data["residents"]["nodes"]) == 20
    for node in reply.data["residents"]["nodes"]:
        assert [name for name, value in node.items() if value is not None] == ["area"]


def test_another_purpose_shows_nothing_and_says_so(city: City) -> None:
    reply = city.ask("analyst", ALL, purpose="elderly-care")
    assert reply.data == {"residents": {"nodes": []}}
    assert reply.withheld["Resident.name"] == "purpose"


@pytest.mark.parametrize(
    "line",
    [
        "p, role:health-analyst, own, Resident.area, read, epidemic-control, ordinary, alow, plain\n",
        "p, role:health-analyst, own, Resident.area, read, epidemic-control, ordinary, allow\n",
        "p, role:health-analyst, own, Resident.area, read, epidemic-control, ordinary, allow, plain # all of it\n",
        "p， role:health-analyst, own, Resident.area, read, epidemic-control, ordinary, allow, plain\n",
        "p, role:health-analyst, own, Resident.nothing, read, epidemic-control, ordinary, allow, plain\n",
        "p, role:health-analyst, own, Resident.name, read, epidemic-control, ordinary, allow, nomask\n",
        "p, role:health-analyst, 3101, Resident.area, read, epidemic-control, ordinary, allow, plain\n",
        "",
    ],
)
def test_an_exchange_does_not_start_on_a_policy_with_a_mistake(make_city: Callable[..., City], line: str) -> None:
    with pytest.raises(StartError, match=r"policy\.csv"):
        make_city(policy=line)


def test_a_crash_in_a_decision_releases_nothing(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city()

    def crash(*_: object) -> None:
        raise ZeroDivisionError("310115195001011234")

    monkeypatch.setattr(Policy, "decide", crash)
    reply = city.ask("analyst", ALL)
    assert (reply.status, reply.code) == (500, "INTERNAL")
    assert "data" not in reply.body
    assert "310115195001011234" not in reply.text
    assert city.entries()[-1][1]["outcome"] == "INTERNAL"


def test_a_policy_that_cannot_be_read_decides_nothing(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city(policy_patience=0.001)
    assert city.ask("analyst", ALL).status == 200

    def unreadable(_: object) -> None:
        raise RegistryUnavailableError("the registry cannot be read: disk I/O error")

    with monkeypatch.context() as broken:
        broken.setattr(Registry, "stamp", unreadable)
        replies = [city.ask("analyst", ALL) for _ in range(20)]
    assert replies[-1].code == "POLICY_UNAVAILABLE"
    assert "data" not in replies[-1].body
    assert city.ask("analyst", ALL).status == 200


def test_files_that_nobody_approved_decide_nothing(make_city: Callable[..., City]) -> None:
    """Promise 1 and two people: who can write the file, and no more, can't open anything in a running exchange."""
    city = make_city(policy=ONE_LINE)
    wide = ONE_LINE + "p, any, any, Resident.*, read, any, any, allow, plain\n"
    (city.home / "policy.csv").write_text(wide, encoding="utf-8")
    for node in city.ask("analyst", ALL).data["residents"]["nodes"]:
        assert [name for name, value in node.items() if value is not None] == ["area"]
    assert "differ from what two people approved" in city.get("/health/ready").text
    (city.home / "policy.csv").write_bytes(b"\xff")
    assert "differ from what two people approved" in city.get("/health/ready").text
    assert city.ask("analyst", ALL).status == 200
