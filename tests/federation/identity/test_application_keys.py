from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Code, Unidentified
from federation.identity import ApplicationKeys, Applications, NotAnApplicationIdError, key_hash, new_application_key
from federation.identity import application_keys as module
from federation.identity.application_keys import AT_A_TIME
from federation.identity.key_hash import KeyHash
from tests.federation.identity.making import Clock, code_of, refused, register, registered, registration, run

SHOWN, LINE = new_application_key("health-desk")
OTHER, OTHER_LINE = new_application_key("data-desk")
PRINT = "0123456789abcdef" * 4


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "applications.yaml"


@pytest.fixture
def applications(path: Path) -> Applications:
    return registered(
        path,
        registration(key=LINE),
        registration("data-desk", key=OTHER_LINE),
        registration("only-certificate", certificate=f'"{PRINT}"'),
    )


@pytest.fixture
def keys(applications: Applications) -> ApplicationKeys:
    return ApplicationKeys(applications)


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The secrets that were hashed."""
    hashed: list[str] = []
    derive = key_hash.derive

    def counted(secret: str, salt: bytes) -> bytes:
        hashed.append(secret)
        return derive(secret, salt)

    monkeypatch.setattr(key_hash, "derive", counted)
    return hashed


class Held:
    """Hashing that waits until it is let go, so that a test sees what happens meanwhile."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.begun = threading.Semaphore(0)
        self.at_once = self.most = 0
        self._lock = threading.Lock()

    def derive(self, _secret: str, _salt: bytes) -> bytes:
        with self._lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        self.begun.release()
        self.go_on.wait(10)
        with self._lock:
            self.at_once -= 1
        return b"no hash of anything"


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    one = Held()
    monkeypatch.setattr(key_hash, "derive", one.derive)
    yield one
    one.go_on.set()


def test_a_new_key_is_shown_once_and_kept_as_a_hash() -> None:
    name, _, secret = SHOWN.partition(".")
    assert name == "health-desk"
    assert len(secret) == 43
    assert secret not in LINE
    assert KeyHash.parse(LINE).fits(secret)
    assert new_application_key("health-desk")[0] != SHOWN


@pytest.mark.parametrize("name", ["", "Desk", "desk.one", "d" * 65, "desk\n"])
def test_a_new_key_needs_an_id(name: str) -> None:
    with pytest.raises(NotAnApplicationIdError):
        new_application_key(name)


def test_the_right_key_is_its_application(keys: ApplicationKeys) -> None:
    assert run(keys.application(SHOWN)).id == "health-desk"
    assert run(keys.application(OTHER)).id == "data-desk"


def test_after_the_first_time_a_key_costs_no_hash(keys: ApplicationKeys, hashes: list[str]) -> None:
    first = run(keys.application(SHOWN))
    assert len(hashes) == 1
    assert all(run(keys.application(SHOWN)) is first for _ in range(5))
    assert len(hashes) == 1


@pytest.mark.parametrize(
    "shown",
    [
        "health-desk.wrong",
        f"data-desk.{SHOWN.partition('.')[2]}",
        SHOWN + "x",
        SHOWN[:-1],
        "nobody.wrong",
        "only-certificate.x",
    ],
    ids=["wrong", "another's", "longer", "shorter", "nobody's", "without a key"],  # the keys are random
)
def test_a_key_that_is_not_right_costs_one_hash_whatever_is_wrong(
    keys: ApplicationKeys, hashes: list[str], shown: str
) -> None:
    assert code_of(keys.application(shown)) is Code.CREDENTIAL_INVALID
    assert len(hashes) == 1
    assert code_of(keys.application(shown)) is Code.CREDENTIAL_INVALID  # a wrong one is not remembered
    assert len(hashes) == 2


def test_what_is_wrong_with_a_key_is_said_in_the_same_words(keys: ApplicationKeys) -> None:
    said = {refused(keys.application(shown)).message for shown in ("health-desk.wrong", "nobody.wrong", "x", "")}
    assert len(said) == 1


@pytest.mark.parametrize(
    "shown",
    [
        "",
        ".",
        "x",
        "health-desk",
        "health-desk.",
        ".secret",
        "Health-Desk.secret",
        "health-desk.a b",
        "health-desk.密钥",
        "health-desk.\udfff",
        "health-desk.a\n",
        f"health-desk.{'x' * 300}",
    ],
)
def test_what_can_be_no_key_costs_no_hash(keys: ApplicationKeys, hashes: list[str], shown: str) -> None:
    assert code_of(keys.application(shown)) is Code.CREDENTIAL_INVALID
    assert hashes == []


def test_a_key_ends_with_its_registration(path: Path) -> None:
    clock = Clock()
    read = registered(path, registration(key=LINE, expires='"1970-01-12T13:46:40+00:00"'))  # 1,000,000 s
    keys = ApplicationKeys(read, clock=clock)
    assert code_of(keys.application(SHOWN)) is Code.CREDENTIAL_EXPIRED
    clock.now -= 1
    assert run(keys.application(SHOWN)).id == "health-desk"
    clock.now += 1
    assert code_of(keys.application(SHOWN)) is Code.CREDENTIAL_EXPIRED


def test_that_a_registration_has_ended_is_told_only_to_who_has_the_key(path: Path) -> None:
    read = registered(path, registration(key=LINE, expires='"2001-01-01T00:00:00Z"'))
    assert code_of(ApplicationKeys(read).application("health-desk.wrong")) is Code.CREDENTIAL_INVALID


def test_a_remembered_key_is_refused_once_it_is_taken_from_the_file(
    keys: ApplicationKeys, applications: Applications, path: Path
) -> None:
    assert run(keys.application(SHOWN)).id == "health-desk"
    register(path, registration("data-desk", key=OTHER_LINE))
    applications.reread()
    for _ in range(2):
        assert code_of(keys.application(SHOWN)) is Code.CREDENTIAL_INVALID
    assert run(keys.application(OTHER)).id == "data-desk"


def test_a_remembered_key_is_refused_once_the_application_has_another(
    keys: ApplicationKeys, applications: Applications, path: Path
) -> None:
    assert run(keys.application(SHOWN)).id == "health-desk"
    shown, line = new_application_key("health-desk")
    register(path, registration(key=line))
    applications.reread()
    assert code_of(keys.application(SHOWN)) is Code.CREDENTIAL_INVALID
    assert run(keys.application(shown)).id == "health-desk"


def test_a_key_that_is_taken_away_while_it_is_checked_is_refused(
    keys: ApplicationKeys, applications: Applications, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    derive = key_hash.derive

    def slow(secret: str, salt: bytes) -> bytes:
        register(path)
        applications.reread()
        return derive(secret, salt)

    monkeypatch.setattr(key_hash, "derive", slow)
    assert code_of(keys.application(SHOWN)) is Code.CREDENTIAL_INVALID


def test_what_is_remembered_holds_no_key_and_is_bounded(keys: ApplicationKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 1)
    assert run(keys.application(SHOWN)).id == "health-desk"
    assert run(keys.application(OTHER)).id == "data-desk"
    assert len(keys._known) == 1
    assert OTHER.partition(".")[2] not in repr(keys._known)


def test_no_more_than_two_are_checked_at_once_and_others_are_refused_meanwhile(
    keys: ApplicationKeys, held: Held
) -> None:
    async def journey() -> list[object]:
        waiting = [asyncio.create_task(keys.application(f"nobody.{number}")) for number in range(AT_A_TIME)]
        for _ in range(AT_A_TIME):
            await asyncio.to_thread(held.begun.acquire)
        over = await asyncio.gather(*(keys.application(f"other.{one}") for one in range(5)), return_exceptions=True)
        held.go_on.set()
        return [*over, *await asyncio.gather(*waiting, return_exceptions=True)]

    codes = [one.code for one in run(journey()) if isinstance(one, Unidentified)]
    assert codes == [Code.OVERLOADED] * 5 + [Code.CREDENTIAL_INVALID] * AT_A_TIME
    assert held.most == AT_A_TIME


def test_after_that_there_is_room_again(keys: ApplicationKeys, hashes: list[str]) -> None:
    for number in range(AT_A_TIME * 2):
        assert code_of(keys.application(f"nobody.{number}")) is Code.CREDENTIAL_INVALID
    assert len(hashes) == AT_A_TIME * 2


def test_many_that_show_the_same_key_at_once_cost_one_hash(keys: ApplicationKeys, hashes: list[str]) -> None:
    async def journey() -> set[str]:
        return {one.id for one in await asyncio.gather(*(keys.application(SHOWN) for _ in range(20)))}

    assert run(journey()) == {"health-desk"}
    assert len(hashes) == 1


def test_who_gives_up_frees_its_place_only_when_the_hash_is_done(keys: ApplicationKeys, held: Held) -> None:
    async def journey() -> Code:
        waiting = [asyncio.create_task(keys.application(f"nobody.{number}")) for number in range(AT_A_TIME)]
        for _ in range(AT_A_TIME):
            await asyncio.to_thread(held.begun.acquire)
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        with pytest.raises(Unidentified) as over:
            await keys.application("other.secret")
        return over.value.code

    assert run(journey()) is Code.OVERLOADED
    held.go_on.set()
    keys._pool.shutdown()
    assert [keys._free.acquire(blocking=False) for _ in range(AT_A_TIME + 1)] == [True] * AT_A_TIME + [False]


def test_the_loop_runs_while_a_key_is_checked(keys: ApplicationKeys, held: Held) -> None:
    async def journey() -> Code:
        checking = asyncio.create_task(keys.application("nobody.secret"))
        await asyncio.to_thread(held.begun.acquire)
        held.go_on.set()  # reached only because the loop was free
        with pytest.raises(Unidentified) as no:
            await checking
        return no.value.code

    assert run(journey()) is Code.CREDENTIAL_INVALID


@given(st.text(max_size=80))
def test_no_other_text_is_ever_a_key(text: str) -> None:
    keys = ApplicationKeys(_NOBODY)
    assert code_of(keys.application(text)) is Code.CREDENTIAL_INVALID
    keys._pool.shutdown()


_NOBODY = Applications(Path("/nowhere/applications.yaml"), organisations=frozenset(), roles=frozenset())
