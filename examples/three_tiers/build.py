"""The homes of the three exchanges, made in a directory: their files, keys, and a register of made-up people."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from democity.identity_number import Numbers
from democity.people import any_phone
from democity.people import name as name_of
from federation.identity import ExchangeKeys
from federation.issuing import make_issuer

HERE: Final = Path(__file__).parent
_RESIDENTS: Final = 60
_SEED: Final = 7
_DIVISION: Final = "310115"
_COMMITTEES: Final = ("310115016003", "310115016004")
_OLDEST, _YOUNGEST = dt.date(1936, 1, 1), dt.date(1976, 1, 1)


@dataclass(frozen=True, slots=True)
class Tier:
    """One exchange: its folder here, its name, its port, and the exchanges whose keys it holds."""

    folder: str
    exchange: str
    port: int
    knows: tuple[str, ...]


TIERS: Final = (
    Tier("street", "huamu-street", 9313, ("pudong-district",)),
    Tier("district", "pudong-district", 9312, ("city", "huamu-street")),
    Tier("city", "city", 9311, ("pudong-district",)),
)
PORTS: Final = tuple(one.port for one in TIERS)


def build(directory: Path, ports: tuple[int, ...] = PORTS) -> None:
    """Make the homes; keys, logs and the register of a home that stands are left as they are.

    `ports`: where street, district and city listen, in place of those that the files name.
    """
    for tier in TIERS:
        home = directory / tier.folder
        home.mkdir(parents=True, exist_ok=True)
        for file in (HERE / tier.folder).iterdir():
            text = file.read_text(encoding="utf-8")
            for one, port in zip(TIERS, ports, strict=True):
                text = text.replace(f"127.0.0.1:{one.port}/", f"127.0.0.1:{port}/")
            (home / file.name).write_text(text, encoding="utf-8")
        make_issuer(home / "keys")
    for tier in TIERS:  # each operator hands the public keys of its exchange to the others
        known = directory / tier.folder / "keys" / "exchanges"
        known.mkdir(exist_ok=True)
        for other in TIERS:
            if other.exchange in tier.knows:
                published = ExchangeKeys(directory / other.folder / "keys").published
                (known / f"{other.exchange}.json").write_bytes(published)
    _register(directory / "street" / "register.sqlite")
    _care(directory / "street" / "register.sqlite", directory / "district" / "care.sqlite")


def remove(directory: Path) -> None:
    """Take the homes away, with everything that was recorded."""
    for tier in TIERS:
        shutil.rmtree(directory / tier.folder, ignore_errors=True)


def _register(path: Path) -> None:
    if path.exists():
        return
    random, numbers = Random(_SEED), Numbers((_DIVISION,))
    serials = random.sample(range(1, 10 * _RESIDENTS), _RESIDENTS)
    days = (_YOUNGEST - _OLDEST).days
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE TABLE resident (identity_no TEXT PRIMARY KEY, serial INTEGER UNIQUE, name TEXT, birth_date DATE, "
            "phone TEXT, lives_alone BOOLEAN, area TEXT)"
        )
        for serial in serials:
            sex = random.choice(("男", "女"))
            born = _OLDEST + dt.timedelta(days=random.randrange(days))
            number = numbers.give(random, _DIVISION, born, sex)
            alone, area = random.random() < 0.3, random.choice(_COMMITTEES)  # noqa: PLR2004  (every third)
            row = (number, serial, name_of(random, sex), born.isoformat(), any_phone(random), alone, area)
            database.execute("INSERT INTO resident VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def _care(register: Path, path: Path) -> None:
    """Assessments of half of those over 70, and of somebody who lives in another street."""
    if path.exists():
        return
    random = Random(_SEED)
    with sqlite3.connect(register) as database:
        old = database.execute("SELECT identity_no FROM resident WHERE birth_date < '1956-01-01' ORDER BY serial")
        people = [number for (number,) in old][::2]
    people.append(Numbers((_DIVISION,)).give(random, _DIVISION, _OLDEST, "女"))
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE assessment (identity_no TEXT, care_level INTEGER, assessed_on DATE)")
        for number in people:
            day = dt.date(2025, 1, 1) + dt.timedelta(days=random.randrange(300))
            database.execute("INSERT INTO assessment VALUES (?, ?, ?)", (number, random.randint(1, 6), day.isoformat()))
