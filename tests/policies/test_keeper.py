from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from policies import sources as module
from policies.compile import Policy
from policies.epoch import epoch
from policies.errors import PolicyRefusedError, PolicyUnavailableError
from policies.keeper import InForce, Keeper
from policies.lines import PolicyFacts
from policies.load import load
from policies.rulebook import Rulebook, assemble
from policies.sources import REGISTRY, FileSource
from vocabulary.agreement import Lists
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode, Standing

ALLOW = "p, any, any, Visit.date, read, any, any, allow, plain\n"
CLOSED = ALLOW + "p, any, any, Visit.date, read, any, any, deny,\n"
STANDING = Standing(frozenset(), "health", "care", Mode.ORDINARY)
DATE = Coordinate("Visit", "date")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Built:
    """Builds rulebooks, and counts."""

    def __init__(self, facts: PolicyFacts) -> None:
        self.facts = facts
        self.count = 0

    def __call__(self, texts: Mapping[str, str]) -> Rulebook:
        self.count += 1
        return assemble(texts["policy.csv"], "policy.csv", Lists(), "", self.facts)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.csv"
    path.write_text(ALLOW, encoding="utf-8")
    return path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def built(facts: PolicyFacts) -> Built:
    return Built(facts)


@pytest.fixture
def keeper(file: Path, clock: Clock, built: Built) -> Keeper:
    return Keeper(FileSource({"policy.csv": file}), built, rest=0.0, clock=clock)


def shows(in_force: InForce) -> bool:
    return not in_force.policy.decide(STANDING, DATE, Action.READ).reason


def replaced(path: Path, text: str) -> None:
    """Replace a file as an operator should: a finished file renamed over it."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8", newline="")
    fresh.replace(path)


def test_the_policy_in_the_files_is_in_force(keeper: Keeper) -> None:
    in_force = keeper.current()
    assert shows(in_force)
    assert (in_force.epoch, in_force.archive) == epoch({"policy.csv": ALLOW})
    assert in_force.loaded_at == 100.0
    assert keeper.problem is None


def test_a_change_acts_at_the_next_look(keeper: Keeper, file: Path, clock: Clock) -> None:
    before = keeper.current()
    replaced(file, CLOSED)
    clock.now += 0.001
    after = keeper.current()
    assert shows(before)
    assert not shows(after)
    assert after.epoch == epoch({"policy.csv": CLOSED})[0] != before.epoch
    assert after.loaded_at == clock.now


def test_every_file_counts(file: Path, built: Built) -> None:
    other = file.with_name("exchange.yaml")
    other.write_text("a", encoding="utf-8")
    keeper = Keeper(FileSource({"policy.csv": file, "exchange.yaml": other}), built, rest=0.0)
    before = keeper.current()
    other.write_text("b", encoding="utf-8")
    assert keeper.current().epoch == epoch({"policy.csv": ALLOW, "exchange.yaml": "b"})[0] != before.epoch


def test_what_did_not_change_is_neither_read_nor_built(
    keeper: Keeper, built: Built, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FRESH_NS", 0)
    in_force = keeper.current()
    file.touch()
    assert keeper.current() is in_force  # read again, and found the same
    monkeypatch.setattr(Path, "read_bytes", None)
    assert keeper.current() is in_force
    assert built.count == 1


def test_a_change_that_leaves_size_and_date_as_they_were(
    keeper: Keeper, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FRESH_NS", 0)
    before = file.stat()
    with file.open("r+", encoding="utf-8") as text:
        text.write(ALLOW.replace("Visit.date", "Visit.*   "))
    while file.stat().st_ctime_ns == before.st_ctime_ns:  # until the file system's clock has ticked
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = file.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_ino) == (before.st_size, before.st_mtime_ns, before.st_ino)
    assert "Visit.*" in keeper.current().archive


def test_a_second_change_within_one_tick_of_the_clock(
    keeper: Keeper, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File systems stamp coarsely: a fresh file is read again although its stamp is the same."""
    stamp = keeper._source.stamp()
    monkeypatch.setattr(keeper._source, "stamp", lambda: stamp)
    file.write_text(CLOSED, encoding="utf-8")
    assert not shows(keeper.current())


@pytest.mark.parametrize(
    "broken", [b"", b"# nothing\n", CLOSED[:-10].encode(), ALLOW.replace("allow", "alow").encode(), b"p, \xff\n"]
)
def test_a_broken_policy_is_refused_and_the_running_one_stays(
    broken: bytes, keeper: Keeper, file: Path, clock: Clock
) -> None:
    running = keeper.current()
    file.write_bytes(broken)
    assert keeper.current() is running
    assert isinstance(keeper.problem, PolicyRefusedError)
    clock.now += 3600
    assert keeper.current() is running
    replaced(file, CLOSED)
    assert not shows(keeper.current())
    assert keeper.problem is None


def test_a_broken_policy_put_back_is_no_problem_any_more(keeper: Keeper, file: Path) -> None:
    name = keeper.current().epoch
    file.write_text("x\n", encoding="utf-8")
    keeper.current()
    assert keeper.problem is not None
    file.write_text(ALLOW, encoding="utf-8")
    assert keeper.current().epoch == name
    assert keeper.problem is None


def test_a_broken_policy_is_built_once(keeper: Keeper, file: Path, built: Built) -> None:
    file.write_text("x\n", encoding="utf-8")
    for _ in range(3):
        keeper.current()
    assert built.count == 2


def test_a_build_that_crashes_changes_nothing(file: Path, built: Built) -> None:
    def build(texts: Mapping[str, str]) -> Rulebook:
        if texts["policy.csv"] != ALLOW:
            raise ZeroDivisionError
        return built(texts)

    keeper = Keeper(FileSource({"policy.csv": file}), build, rest=0.0)
    running = keeper.current()
    replaced(file, CLOSED)
    assert keeper.current() is running
    assert isinstance(keeper.problem, ZeroDivisionError)


def test_unreadable_files_close_after_patience_and_open_by_themselves(keeper: Keeper, file: Path, clock: Clock) -> None:
    running = keeper.current()
    file.unlink()
    clock.now += 1.0
    assert keeper.current() is running
    assert isinstance(keeper.problem, FileNotFoundError)
    clock.now += 0.01
    with pytest.raises(PolicyUnavailableError):
        keeper.current()
    with pytest.raises(PolicyUnavailableError):
        keeper.current()
    file.write_text(CLOSED, encoding="utf-8")
    assert not shows(keeper.current())
    assert keeper.problem is None


def test_patience_counts_from_the_last_look(keeper: Keeper, file: Path, clock: Clock) -> None:
    clock.now += 3600
    running = keeper.current()
    file.unlink()
    clock.now += 0.9
    assert keeper.current() is running


def test_a_process_that_slept_does_not_act_on_what_it_read_before(keeper: Keeper, file: Path, clock: Clock) -> None:
    keeper.current()
    clock.now += 3600
    file.unlink()
    with pytest.raises(PolicyUnavailableError):
        keeper.current()


def test_patience_is_what_was_asked_for(file: Path, built: Built, clock: Clock) -> None:
    keeper = Keeper(FileSource({"policy.csv": file}), built, patience=0.0, rest=0.0, clock=clock)
    file.unlink()
    clock.now += 0.001
    with pytest.raises(PolicyUnavailableError):
        keeper.current()


def test_a_refused_policy_stays_a_problem_through_an_outage(keeper: Keeper, file: Path) -> None:
    file.write_text("x\n", encoding="utf-8")
    keeper.current()
    aside = file.rename(file.with_suffix(".aside"))
    keeper.current()
    assert isinstance(keeper.problem, FileNotFoundError)
    aside.rename(file)
    keeper.current()
    assert isinstance(keeper.problem, PolicyRefusedError)


def test_a_file_caught_while_it_is_written_is_not_acted_on(
    keeper: Keeper, file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = keeper.current()
    read_bytes = Path.read_bytes

    def slow(path: Path) -> bytes:
        content = read_bytes(path)
        with path.open("a", encoding="utf-8") as more:
            more.write(CLOSED.removeprefix(ALLOW))
        return content

    file.write_text(ALLOW.replace("Visit.date", "Visit.*"), encoding="utf-8")
    monkeypatch.setattr(Path, "read_bytes", slow)
    assert keeper.current() is running
    assert isinstance(keeper.problem, OSError)
    clock.now += 1.01
    with pytest.raises(PolicyUnavailableError):  # a file that never comes to rest closes too
        keeper.current()
    monkeypatch.undo()
    file.write_text(CLOSED, encoding="utf-8")
    assert not shows(keeper.current())


def test_no_policy_no_keeper(file: Path, built: Built) -> None:
    with pytest.raises(PolicyUnavailableError):
        Keeper(FileSource({"policy.csv": file.with_name("missing.csv")}), built)
    file.write_bytes(b"p\n\xff\n")
    with pytest.raises(PolicyRefusedError, match=r"policy\.csv:2: the line is not UTF-8"):
        Keeper(FileSource({"policy.csv": file}), built)


def test_many_threads_see_whole_policies_only(keeper: Keeper, file: Path) -> None:
    stop = threading.Event()
    wrong: list[InForce] = []
    expected = {epoch({"policy.csv": text})[0]: text is ALLOW for text in (ALLOW, CLOSED)}

    def ask() -> None:
        while not stop.is_set():
            in_force = keeper.current()
            if expected[in_force.epoch] != shows(in_force):
                wrong.append(in_force)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for text in [CLOSED, ALLOW] * 20 + [CLOSED]:
        replaced(file, text)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert not shows(keeper.current())


def test_it_looks_no_more_often_than_it_rests(file: Path, built: Built, clock: Clock) -> None:
    keeper = Keeper(FileSource({"policy.csv": file}), built, rest=0.5, clock=clock)
    first = keeper.current()
    replaced(file, CLOSED)
    assert keeper.current() is first
    clock.now += 0.5
    assert keeper.current().epoch != first.epoch


def test_what_does_not_change_is_part_of_the_epoch(file: Path, built: Built) -> None:
    one = Keeper(FileSource({"policy.csv": file}), built, constant={"exchange.yaml": "a"}).current()
    other = Keeper(FileSource({"policy.csv": file}), built, constant={"exchange.yaml": "b"}).current()
    assert one.epoch != other.epoch
    assert "exchange.yaml" in one.archive


def test_what_does_not_change_stands_in_place_of_the_sources_own(file: Path, built: Built) -> None:
    """A declaration is taken at the start: another in the source acts at the next one, and changes no epoch now."""
    declaration = file.with_name("exchange.yaml")
    declaration.write_text("a", encoding="utf-8")
    source = FileSource({"policy.csv": file, "exchange.yaml": declaration})
    keeper = Keeper(source, built, constant={"exchange.yaml": "a"}, rest=0.0)
    before = keeper.current()
    declaration.write_text("b", encoding="utf-8")
    assert keeper.current().epoch == before.epoch
    replaced(file, CLOSED)
    assert not shows(keeper.current())


def test_a_text_that_may_be_missing_is_empty_and_counts_once_it_is_there(file: Path, built: Built) -> None:
    lists = file.with_name("lists.yaml")
    source = FileSource({"policy.csv": file, "lists.yaml": lists}, optional=frozenset({"lists.yaml"}))
    keeper = Keeper(source, built, rest=0.0)
    assert keeper.current().epoch == epoch({"policy.csv": ALLOW, "lists.yaml": ""})[0]
    lists.write_text("x", encoding="utf-8")
    assert keeper.current().epoch == epoch({"policy.csv": ALLOW, "lists.yaml": "x"})[0]


class Registry:
    """A source that counts its changes, as a registry does, and may be gone."""

    def __init__(self) -> None:
        self.changes, self.text, self.is_gone, self.read_count = 0, ALLOW, False, 0

    def stamp(self) -> tuple[object, ...]:
        if self.is_gone:
            raise OSError("gone")
        return (self.changes,)

    def read(self) -> Mapping[str, bytes]:
        self.read_count += 1
        return {"policy.csv": self.text.encode()}

    def is_fresh(self) -> bool:
        return False


def test_any_source_is_looked_at_by_its_stamp_and_closes_where_it_can_not_be_read(built: Built, clock: Clock) -> None:
    registry = Registry()
    keeper = Keeper(registry, built, rest=0.0, clock=clock)
    assert shows(keeper.current())
    assert registry.read_count == 1
    registry.changes, registry.text = 1, CLOSED
    assert not shows(keeper.current())
    assert registry.read_count == 2
    registry.is_gone = True
    clock.now += 1.01
    with pytest.raises(PolicyUnavailableError):
        keeper.current()


class Registered:
    """A source as the registry is one: approved texts, and a part of its own."""

    def __init__(self, policy: str, own: str) -> None:
        self.texts = {"policy.csv": policy, REGISTRY: own}
        self.changes = 0

    def say(self, **texts: str) -> None:
        self.texts |= {"policy.csv" if name == "policy" else REGISTRY: text for name, text in texts.items()}
        self.changes += 1

    def stamp(self) -> tuple[object, ...]:
        return (self.changes,)

    def read(self) -> Mapping[str, bytes]:
        return {name: text.encode() for name, text in self.texts.items()}

    def is_fresh(self) -> bool:
        return False


def test_what_is_revoked_in_the_registry_acts_beside_a_policy_that_is_refused(facts: PolicyFacts, clock: Clock) -> None:
    """Promise 10: an approved policy with a mistake must not keep an agreement or an emergency going."""
    built: list[str] = []

    def build(texts: Mapping[str, str]) -> Rulebook:
        loaded = load(texts["policy.csv"], file="policy.csv", facts=facts)
        if texts[REGISTRY] == "damaged":
            raise ValueError(texts[REGISTRY])
        built.append(texts[REGISTRY])
        return Rulebook(Policy.build(loaded.lines, loaded.role_links, facts))

    source = Registered(ALLOW, "agreed")
    keeper = Keeper(source, build, rest=0.0, clock=clock)
    first = keeper.current().epoch
    source.say(policy="p, nonsense\n", own="revoked")
    assert keeper.current().epoch != first
    assert built[-1] == "revoked"
    assert isinstance(keeper.problem, PolicyRefusedError)
    source.say(own="revoked, and ended")
    keeper.current()
    assert built[-1] == "revoked, and ended"
    assert isinstance(keeper.problem, PolicyRefusedError)
    source.say(own="damaged")
    clock.now += 2.0
    with pytest.raises(PolicyUnavailableError):
        keeper.current()
    source.say(policy=CLOSED, own="revoked, and ended")
    keeper.current()
    assert keeper.problem is None


def test_a_retired_keeper_acts_on_nothing_that_its_source_no_longer_holds(
    keeper: Keeper, file: Path, clock: Clock
) -> None:
    replaced(file, "p, nonsense\n")
    clock.now += 0.001
    assert shows(keeper.current())  # a mistake: the policy before stays
    keeper.retire()
    with pytest.raises(PolicyUnavailableError):
        keeper.current()
    replaced(file, ALLOW)
    clock.now += 0.001
    assert shows(keeper.current())
    replaced(file, CLOSED)
    clock.now += 0.001
    assert not shows(keeper.current())


def test_a_keeper_that_retires_looks_at_once(file: Path, clock: Clock, built: Built) -> None:
    keeper = Keeper(FileSource({"policy.csv": file}), built, rest=60.0, clock=clock)
    replaced(file, "p, nonsense\n")
    assert shows(keeper.current())
    keeper.retire()
    with pytest.raises(PolicyUnavailableError):
        keeper.current()
