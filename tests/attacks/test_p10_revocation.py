"""Promise 10. Revocation holds: a changed policy acts at once, a broken one never, and the epoch is on record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from federation.execute.waves import Waves
from tests.support.city import City
from tests.support.governing import agreed, done, drafted

NAMES = "{ residents(first: 3) { nodes { name } } }"


def test_a_line_taken_out_is_gone_at_the_next_question(make_city: Callable[..., City]) -> None:
    city = make_city()
    assert all(one["name"] for one in city.ask("analyst", NAMES).data["residents"]["nodes"])
    policy = (city.home / "policy.csv").read_text("utf-8")
    city.revise("\n".join(one for one in policy.splitlines() if "Resident.name" not in one) + "\n")
    reply = city.ask("analyst", NAMES)
    assert {one["name"] for one in reply.data["residents"]["nodes"]} == {None}
    epochs = [entry["epoch"] for _, entry in city.entries() if entry["kind"] == "policy"]
    assert len(epochs) == len(set(epochs)) == 2


def test_a_broken_policy_is_refused_and_the_running_one_stays(make_city: Callable[..., City]) -> None:
    city = make_city()
    policy = (city.home / "policy.csv").read_text("utf-8")
    city.revise(policy.replace("allow", "alow"))
    assert all(one["name"] for one in city.ask("analyst", NAMES).data["residents"]["nodes"])
    assert "policy" in city.get("/health/ready").text
    city.revise(policy)
    assert city.get("/health/ready").status_code == 200


def test_a_policy_that_changes_on_the_way_is_applied_before_release(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city()
    policy = (city.home / "policy.csv").read_text("utf-8")
    run, once = Waves.run, iter([True])

    async def revoke_meanwhile(*arguments: object) -> None:
        await run(*arguments)  # type: ignore[arg-type]  # handed on as they are
        if next(once, False):
            city.revise("\n".join(one for one in policy.splitlines() if "Resident.name" not in one) + "\n")

    monkeypatch.setattr(Waves, "run", revoke_meanwhile)
    reply = city.ask("analyst", NAMES)
    assert {one["name"] for one in reply.data["residents"]["nodes"]} == {None}


def test_a_policy_that_keeps_changing_releases_nothing(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city()
    policy = (city.home / "policy.csv").read_text("utf-8")
    run, count = Waves.run, iter(range(100))

    async def change(*arguments: object) -> None:
        await run(*arguments)  # type: ignore[arg-type]  # handed on as they are
        city.revise(f"# change {next(count)}\n{policy}")

    monkeypatch.setattr(Waves, "run", change)
    reply = city.ask("analyst", NAMES)
    assert (reply.status, reply.code) == (503, "POLICY_CHANGED")
    assert "data" not in reply.body


def test_an_answer_names_the_epoch_whose_text_is_archived(city: City) -> None:
    reply = city.ask("analyst", NAMES)
    entry = dict(city.entries())[reply.body["extensions"]["receipt"]["index"]]
    assert entry["epoch"] == city.exchange.keeper.current().epoch
    assert "role:health-analyst" in city.exchange.keeper.current().archive


def test_a_log_that_is_slow_to_write_does_not_outlive_a_revocation(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_city()
    policy = (city.home / "policy.csv").read_text("utf-8")
    recorder = city.exchange.pipeline._with.recorder
    close, once = recorder.close, iter([True])

    async def slow(*arguments: object) -> object:
        receipt = await close(*arguments)  # type: ignore[arg-type]  # handed on as they are
        if next(once, False):
            city.revise("\n".join(one for one in policy.splitlines() if "Resident.name" not in one) + "\n")
        return receipt

    monkeypatch.setattr(recorder, "close", slow)
    reply = city.ask("analyst", NAMES)
    assert {one["name"] for one in reply.data["residents"]["nodes"]} == {None}


def test_nobody_is_told_that_something_is_revoked_before_it_holds_in_every_process(
    make_city: Callable[..., City], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that can't read the registry goes on for T at most: as long must whoever revokes wait for the answer."""
    city = make_city(policy_patience=0.75)
    waited: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        waited.append(seconds)
        await sleep(0)

    number = agreed(city)
    monkeypatch.setattr("federation.pipeline.asyncio.sleep", noted)
    assert done(city, "steward", "revokeAgreement", id=number)
    assert 0.75 in waited
    waited.clear()
    drafted(city)
    assert 0.75 not in waited  # what takes nothing away keeps nobody waiting
