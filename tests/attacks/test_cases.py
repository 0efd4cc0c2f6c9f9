"""The attack cases that are written as data (`cases/`), against the demo city; and the proof that each can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import _copy
from tests.support.attacking import Attacker, open_exchange, open_policy
from tests.support.cases import CASES, DEMO, OPEN, Case, CaseError, CaseFile, read_file
from tests.support.city import City

FILES = {path.stem: read_file(path) for path in sorted(CASES.glob("p[0-9]*.yaml"))}
ALL = [
    pytest.param(name, case, id=f"{name}: {case.name}") for name, file in FILES.items() for case in file.cases.values()
]
OPENED = "negatives: {}\n"

Attack = Callable[[str, Case], None]


@pytest.fixture(scope="module")
def attack(built_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attack]:
    """Runs a case against a city with its policy; there is one city for each policy."""
    cities: dict[str, City] = {}

    def city(policy: str, lines: str | None) -> City:
        key = lines or policy
        if key not in cities:
            home = _copy(built_city, tmp_path_factory.mktemp("attacked"))
            if policy == OPEN:
                lines = open_policy(city(DEMO, None))
                cities[key] = City(home, policy=lines, exchange=open_exchange(home), lists=OPENED)
            else:
                cities[key] = City(home, policy=lines)
        return cities[key]

    def run(name: str, case: Case) -> None:
        file = FILES[name]
        Attacker(city(case.policy, file.policies.get(case.policy)), file.policies).attack(case, file.cases)

    yield run
    for one in cities.values():
        one.close()


@pytest.mark.parametrize(("name", "case"), ALL)
def test_an_attack_gets_nothing(attack: Attack, name: str, case: Case) -> None:
    attack(name, case)


@pytest.mark.parametrize(("name", "case"), ALL)
def test_the_same_attack_would_be_noticed_if_it_got_something(attack: Attack, name: str, case: Case) -> None:
    """Against an open policy, or without what is said to close it: a case that held there would hold anywhere."""
    with pytest.raises(AssertionError):
        attack(name, case.proven())


@pytest.mark.parametrize("promise", [1, 3, 4, 5, 6, 7, 9, 10, 12])
def test_every_promise_that_can_be_attacked_from_outside_has_its_cases(promise: int) -> None:
    (file,) = [file for file in FILES.values() if file.promise == promise]
    assert len(file.cases) >= 8


CASE = "promise: 1\ncases:\n  - {name: a, who: analyst, document: '{ residents }', then: {status: 200}%s}\n"


@pytest.mark.parametrize(
    "wrong",
    [
        CASE % ", nevr: [SELECT 1]",
        CASE % ", name: again",
        CASE % ", policy: unheard-of",
        CASE % ", proof: nothing",
        CASE.replace("status: 200", "stauts: 200") % "",
        CASE.replace("analyst", "nobody-of-that-name") % "",
        CASE.replace("{status: 200}", "{equal_to: another}") % "",
        CASE.replace("{status: 200}", "{code: ACT_REFUSED}") % "",
        CASE.replace(", document: '{ residents }'", "") % "",
        CASE % "" + "polices: {}\n",
        CASE % "" + "  - {name: a, who: analyst, document: '{ residents }', then: {}}\n",
    ],
)
def test_a_case_that_says_something_unknown_is_refused(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "p.yaml").write_text(CASE % "", encoding="utf-8")
    assert isinstance(read_file(tmp_path / "p.yaml"), CaseFile)
    (tmp_path / "p.yaml").write_text(wrong, encoding="utf-8")
    with pytest.raises(CaseError):
        read_file(tmp_path / "p.yaml")
